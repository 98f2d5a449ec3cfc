"""MorphoLibJ's Analyze Regions (Fiji): calibrated where the image is."""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="morpholibj",
    title="MorphoLibJ",
    required=("Label", "Centroid.X|Box.X.Min|Area|Volume|Perimeter|Circularity|PixelCount|VoxelCount|Mean"),
    signs=(
        r"Centroid\.[XYZ]",
        r"(Box|Ellipse|InertiaEllipse|Feret|InscrCircle|InscrDisc|Elli|InscrBall|InscrSphere)\..+|Geodesic.*|Tortuosity",
        r"Area|Volume|Perimeter|SurfaceArea|VoxelCount|PixelCount|Circularity|Convexity|Mean|StdDev",
    ),
    label=("Label",),
    t=("Timepoint",),
    centre=(("Centroid.X", "Centroid.Y"),),
    box=(("Box.X.Min", "Box.Y.Min", "Box.X.Max", "Box.Y.Max"),),
    area=("Area", "PixelCount"),
    calibrated=True,
    # An ImageJ results table has a `Label` too, of the form image:roi.
    spoilers=(r" |BX|XM|RawIntDen|IntDen|%Area",),
)
