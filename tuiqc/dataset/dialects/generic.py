"""Any other table: columns are found by the usual names; nothing is assumed where none of them is there."""

from tuiqc.dataset.dialects.dialect import Dialect

DIALECT = Dialect(
    name="generic",
    title="generic table",
    required=(),
    signs=(
        r"(?i)(label|object|cell|nucle(us|i))[ _-]?(id|number|label|index|nr|no)?|id|index|obj",
        r"(?i)(centroid|cent(er|re)|pos(ition)?|location)?[ _\-.]?[xy]([ _-]?(centroid|cent(er|re)|pos))?",
    ),
    label=(
        *(
            "label",
            "label_id",
            "labelid",
            "object_label",
            "mask_label",
            "object_number",
            "object_id",
            "objectid",
        ),
        *(
            "cell_id",
            "cellid",
            "cell_number",
            "cell_label",
            "nucleus_id",
            "nuclei_id",
            "roi_id",
            "segment_id",
        ),
        *("id", "object", "obj", "cell", "nucleus", "number", "index", "nr"),
    ),
    t=("t", "frame", "timepoint", "time_point", "timestep"),
    centre=(
        *(("centroid_x", "centroid_y"), ("x_centroid", "y_centroid"), ("center_x", "center_y")),
        *(("centre_x", "centre_y"), ("x_center", "y_center"), ("centroid.x", "centroid.y"), ("cx", "cy")),
        *(
            ("Centroid_X_Pixel", "Centroid_Y_Pixel"),
            ("pos_x", "pos_y"),
            ("spatial_x", "spatial_y"),
            ("position_x", "position_y"),
            ("x", "y"),
        ),
    ),
    z=(
        *(("centroid_z",), ("z_centroid",), ("center_z",), ("centre_z",), ("z_center",), ("centroid.z",)),
        *(("cz",), ("pos_z",), ("position_z",), ("z",)),
    ),
    box=(
        ("min_x", "min_y", "max_x", "max_y"),
        ("x_min", "y_min", "x_max", "y_max"),
        ("bbox_min_x", "bbox_min_y", "bbox_max_x", "bbox_max_y"),
    ),
    area=("area", "size", "n_pixels", "area_px", "npixels", "pixels"),
    image=("image", "image_name", "image_id", "filename", "file_name", "file"),
    weight=0.3,
)
