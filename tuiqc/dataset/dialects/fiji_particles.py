"""Fiji's Analyze Particles and ROI Manager: calibrated, and a pixel's centre is at +0.5.

The first column has a blank name and counts the rows, which is the label in the mask that Analyze Particles
makes ("Count Masks"). `Label` is text (image:roi), so it is only used where the blank column is missing.
Frames count from 1.
"""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="fiji-particles",
    title="Fiji particles",
    required=(" ||Label", "Area|X|BX|Mean|Circ."),
    signs=(
        r" |",
        r"[XY]|[XY]M",
        r"BX|BY|Width|Height|Circ\.|Round|AR|Feret|IntDen|RawIntDen|%Area",
        r"Area|Mean|StdDev",
    ),
    label=(" ", "", "Label"),
    t=("Frame",),
    t_first=1,
    centre=(("X", "Y"), ("XM", "YM")),
    centre_offset=0.5,
    box=(("BX", "BY", "Width", "Height"),),
    box_is_size=True,
    area=("Area",),
    calibrated=True,
    spoilers=(r"label|Centroid\..|ObjectNumber|CellID|label_id",),
)
