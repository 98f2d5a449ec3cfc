"""ilastik's tables.

Object classification: suffix 0 is x, 1 is y; box maxima are exclusive; 0-based pixels. `labelimage_oid` is the value in
`Object Identities` and starts at 1 in every time step; `object_id` runs over the whole file and is not a label.

Tracking: `labelimageId` is the value in `Object-Identities` of that frame, frames count from 0. Tracks and lineages
count from 2; 1 and -1 are objects that were not tracked. Older versions and the manual tracking write `lineage_id`,
`track_id1` …: case and underscores do not matter.
"""

from tuiqc.dataset.dialects.dialect import Dialect

OBJECTS = Dialect(
    name="ilastik-objects",
    title="ilastik object classification",
    required=("labelimage_oid",),
    signs=(
        r"object_id|timestep",
        r"User Label|Predicted Class|Probability of .+",
        r"Center of the object_\d|Size in pixels|Bounding Box M(in|ax)imum_\d",
    ),
    label=("labelimage_oid",),
    t=("timestep",),
    centre=(("Center of the object_0", "Center of the object_1"), ("Object Center_0", "Object Center_1")),
    z=(("Center of the object_2",), ("Object Center_2",)),
    box=(
        (
            "Bounding Box Minimum_0",
            "Bounding Box Minimum_1",
            "Bounding Box Maximum_0",
            "Bounding Box Maximum_1",
        ),
    ),
    area=("Size in pixels", "Object Area"),
)

TRACKING = Dialect(
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
