"""ilastik's object classification: suffix 0 is x, 1 is y; box maxima are exclusive; 0-based pixels.

`labelimage_oid` is the value in `Object Identities` and starts at 1 in every time step; `object_id` runs over
the whole file and is not a label.
"""

from tuiqc.dataset.dialects.base import Dialect

DIALECT = Dialect(
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
