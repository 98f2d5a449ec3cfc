"""mcquant (mcmicro): one column per marker, then scikit-image's properties under other names; pixels from 0."""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="mcquant",
    title="mcquant",
    required=("CellID",),
    signs=(r"[XY]_centroid", r"(row|column)_centroid|MajorAxisLength|Solidity|Extent|Eccentricity"),
    label=("CellID",),
    centre=(("X_centroid", "Y_centroid"), ("column_centroid", "row_centroid")),
    z=(("Z_centroid",),),
    area=("Area",),
)
