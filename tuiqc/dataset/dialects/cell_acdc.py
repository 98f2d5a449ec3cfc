"""Cell-ACDC's `_acdc_output.csv`: cells of a movie, whose labels are their tracks.

A row is a cell in a frame; frames are counted from 0. A bud has its mother as `relative_ID`, which is a relative at any
time and so no parent.
"""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="cell-acdc",
    title="Cell-ACDC",
    required=("Cell_ID", "frame_i"),
    signs=(
        r"is_cell_(dead|excluded)|relative_ID|cell_cycle_stage|generation_num|division_frame_i|emerg_frame_i",
        r"cell_(area|vol)_.+|[xy]_centroid|relationship|corrected_.+|is_history_known|was_manually_edited",
    ),
    label=("Cell_ID",),
    t=("frame_i",),
    centre=(("x_centroid", "y_centroid"),),
    area=("cell_area_pxl",),
    track=("Cell_ID_tree", "Cell_ID"),
    track_first=1,
)
