"""TrackMate's table of all spots: three further header rows (names, short names, units) stand below the first.

Tracks count from 0; places are in the unit of the image, so they are taken from the mask if there is one. What the
mask holds depends on how it was exported: the spot's or the track's id plus 1, or the ids themselves (see
`tuiqc.dataset.mask_values`).
"""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="trackmate",
    title="TrackMate spots",
    required=("TRACK_ID", "FRAME", "POSITION_X", "POSITION_Y"),
    signs=("ID", "LABEL", "QUALITY|RADIUS|VISIBILITY", "POSITION_T|POSITION_Z"),
    label=("ID",),
    t=("FRAME",),
    centre=(("POSITION_X", "POSITION_Y"),),
    area=("AREA",),
    track=("TRACK_ID",),
    calibrated=True,
)
