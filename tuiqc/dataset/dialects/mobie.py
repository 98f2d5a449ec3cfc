"""MoBIE's default table: anchor and box in calibrated units."""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="mobie",
    title="MoBIE",
    required=("label_id",),
    signs=(r"anchor_[xyz]", r"bb_(min|max)_[xyz]|n_pixels|label_image_id|timepoint"),
    label=("label_id",),
    t=("timepoint",),
    centre=(("anchor_x", "anchor_y"),),
    box=(("bb_min_x", "bb_min_y", "bb_max_x", "bb_max_y"),),
    area=("n_pixels",),
    image=("label_image_id",),
    calibrated=True,
)
