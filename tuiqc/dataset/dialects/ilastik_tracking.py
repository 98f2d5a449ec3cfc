"""ilastik's tracking table: `labelimageId` is the value in `Object-Identities` of that frame, frames count
from 0."""

from tuiqc.dataset.dialects.base import Dialect

DIALECT = Dialect(
    name="ilastik-tracking",
    title="ilastik tracking",
    required=("labelimageId|labelimage_id",),
    signs=(
        r"frame",
        r"(?i)track_?id\d*|lineage_?id",
        r"parentTrackId|mergerLabelId",
        r"Center_of_the_object_\d|Object_Center_\d|Size_in_pixels|Bounding_Box_M(in|ax)imum_\d",
    ),
    label=("labelimageId",),
    t=("frame",),
    centre=(("Center_of_the_object_0", "Center_of_the_object_1"), ("Object_Center_0", "Object_Center_1")),
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
