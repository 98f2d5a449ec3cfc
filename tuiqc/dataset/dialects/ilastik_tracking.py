"""ilastik's tracking table: `labelimageId` is the value in `Object-Identities` of that frame, frames count
from 0. Tracks and lineages count from 2; 1 and -1 are objects that were not tracked. Older versions and the manual
tracking write `lineage_id`, `track_id1` …: case and underscores do not matter."""

from tuiqc.dataset.dialects.base import Dialect

DIALECT = Dialect(
    name="ilastik-tracking",
    title="ilastik tracking",
    required=("labelimageId|labelimage_oid", "track_id|track_id1|lineage_id"),
    signs=(
        r"(?i)frame|timestep",
        r"(?i)track_?id\d*|lineage_?id",
        r"(?i)parent_?track_?id\d*|merger_?label_?id",
        r"(?i)Center_of_the_object_\d|Object_Center_\d|Size_in_pixels|Bounding_Box_M(in|ax)imum_\d",
    ),
    label=("labelimageId", "labelimage_oid"),
    t=("frame", "timestep"),
    track_first=2,
    any_spelling=True,
    centre=(("Center_of_the_object_0", "Center_of_the_object_1"), ("Object_Center_0", "Object_Center_1")),
    z=(("Center_of_the_object_2",), ("Object_Center_2",)),
    box=(
        (
            "Bounding_Box_Minimum_0",
            "Bounding_Box_Minimum_1",
            "Bounding_Box_Maximum_0",
            "Bounding_Box_Maximum_1",
        ),
    ),
    area=("Size_in_pixels", "Object_Area"),
)
