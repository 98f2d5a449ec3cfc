"""scikit-image's `regionprops_table`: axes in array order, row (y) first; box maxima exclusive; pixels from 0."""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="skimage",
    title="scikit-image",
    required=("label",),
    signs=(
        r"centroid-\d",
        r"bbox-\d|area|equivalent_diameter.*|(mean|min|max)_intensity.*|intensity_(mean|min|max).*",
    ),
    label=("label",),
    t=("frame",),
    # Three axes are z, y, x; two are y, x: the longer one has to be tried first.
    centre=(("centroid-2", "centroid-1"), ("centroid-1", "centroid-0")),
    z=(("centroid-0", "centroid-2"),),
    box=(
        ("bbox-2", "bbox-1", "bbox-5", "bbox-4"),
        ("bbox-1", "bbox-0", "bbox-3", "bbox-2"),
    ),
    area=("area", "area_filled", "num_pixels"),
    image=("image", "image_name", "filename", "file"),
)
