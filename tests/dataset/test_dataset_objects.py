"""Objects: from tables, from masks, and from files in which something is wrong."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.batches import cellprofiler_table, labels_plane, make_batch, write_tiff
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.dataset.dialects import DIALECTS, DialectChoice, recognise
from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.join_report import compare_labels
from tuiqc.dataset.mask_measures import label_plane, measure_objects
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart, join_parts
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.parts import part_from_table
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import UsageError


def batch_of(folder: Path, **kwargs: object) -> Batch:
    return open_batch(SourceOptions(sources=(str(folder),), **kwargs))  # type: ignore[arg-type]


def loaded(batch: Batch, layer: str = "nuclei", **kwargs: object) -> list[ObjectPart]:
    parts: list[ObjectPart] = []
    ObjectLoader(batch).load_layer(layer, parts.append, **kwargs)  # type: ignore[arg-type]
    return parts


def one(folder: Path, table: str | bytes, mask: np.ndarray | None = None, **kwargs: object) -> ObjectPart:
    """One image with one table."""
    write_tiff(folder / "a_DNA.tif", np.zeros((32, 32), np.uint8))
    if mask is not None:
        write_tiff(folder / "a_nuclei_labels.tif", mask)
    (folder / "a_nuclei.csv").write_bytes(table.encode() if isinstance(table, str) else table)
    return ObjectLoader(batch_of(folder, **kwargs)).load(0, "nuclei")


# --- tables --------------------------------------------------------------------------------------------------------


def test_frame_and_geometry_of_a_table(tmp_path: Path) -> None:
    part = ObjectLoader(batch_of(make_batch(tmp_path))).load(1, "nuclei")
    assert list(part.frame.columns)[:4] == ["image", "label", "ImageNumber", "ObjectNumber"]
    assert part.frame["image"].tolist() == [1, 1, 1]
    assert part.frame["label"].dtype == np.int64
    assert part.geometry.centre_x.tolist() == [3.5, 9.5, 15.5]
    assert part.geometry.area.tolist() == [16.0] * 3
    assert np.isnan(part.geometry.min_x).all()
    assert not part.problems


def test_load_layer_gives_the_same_as_load_in_the_order_wanted(tmp_path: Path) -> None:
    batch = batch_of(make_batch(tmp_path, wells=tuple(str(n) for n in range(1, 13))))
    parts = loaded(batch, order=[11, 3, 0, 5])
    assert [image for part in parts for image in part.images] == [11, 3, 0, 5]
    frame, geometry = join_parts(parts)
    loader = ObjectLoader(batch)
    single, single_geometry = join_parts([loader.load(index, "nuclei") for index in (11, 3, 0, 5)])
    pd.testing.assert_frame_equal(frame, single)
    np.testing.assert_array_equal(geometry.centre_y, single_geometry.centre_y)


def test_stop_ends_between_parts(tmp_path: Path) -> None:
    batch = batch_of(make_batch(tmp_path, wells=tuple(str(n) for n in range(1, 13))))
    seen: list[ObjectPart] = []
    ObjectLoader(batch).load_layer("nuclei", seen.append, stop=lambda: len(seen) >= 1)
    assert [part.images for part in seen] == [(0,)]


def test_types_that_differ_between_tables(tmp_path: Path) -> None:
    make_batch(tmp_path)
    for well, value in (("1", 7), ("2", 2.5), ("10", "")):
        cellprofiler_table(
            tmp_path / f"Well_{well}_nuclei.csv", extra={"x": value, "y": "a" if well == "2" else 3}
        )
    frame, _ = join_parts(loaded(batch_of(tmp_path)))
    assert frame["x"].tolist()[:6] == [7.0] * 3 + [2.5] * 3
    assert frame["x"].isna().sum() == 3
    assert frame["y"].tolist() == ["3"] * 3 + ["a"] * 3 + ["3"] * 3


def test_columns_that_only_some_tables_have(tmp_path: Path) -> None:
    make_batch(tmp_path)
    cellprofiler_table(tmp_path / "Well_2_nuclei.csv", extra={"only": 1})
    frame, geometry = join_parts(loaded(batch_of(tmp_path)))
    assert frame["only"].notna().tolist() == [False] * 3 + [True] * 3 + [False] * 3
    assert len(geometry) == len(frame) == 9


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "empty"),
        ("label,area\n1,2\n3,4,5\n6,7\n", "not a proper table"),
        (b"II*\0\0\0", "not a text file"),
        ("foo,bar\n1,2\n", "no column with the labels"),
        ("label,area\n1,2\nx,3\n,4\n2.5,1\n0,1\n", "4 rows have no positive whole label"),
        ("label,area\n1,2\n1,3\n2,4\n", "label 1 comes more than once"),
        ("label,area,area\n1,2,3\n", "more than once"),
        ("label,area\n1,2\n2", "cut off"),
        ("label,Fläche\n1,2\n".encode("latin-1"), "Latin-1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_raised(tmp_path: Path, table: str | bytes, said: str) -> None:
    part = one(tmp_path, table, labels_plane())
    assert any(said in problem.text for problem in part.problems)
    assert len(part.frame) == len(part.geometry)


def test_all_rows_with_the_same_label_are_kept(tmp_path: Path) -> None:
    assert one(tmp_path, "label,area\n1,2\n1,3\n2,4\n").frame["label"].tolist() == [1, 1, 2]


def test_header_only_means_no_objects(tmp_path: Path) -> None:
    part = one(tmp_path, "label,area\n", labels_plane())
    assert (len(part.frame), part.problems) == (0, [])


def test_own_names_win_and_the_columns_of_the_file_are_kept(tmp_path: Path) -> None:
    part = one(tmp_path, "image,label,ObjectNumber,ImageNumber,t,AreaShape_Area\nfoo,tag,5,1,hot,9\n")
    assert part.frame.iloc[0].to_dict() == {
        "image": 0, "label": 5, "image (file)": "foo", "label (file)": "tag", "ObjectNumber": 5, "ImageNumber": 1,
        "t (file)": "hot", "AreaShape_Area": 9,
    }  # fmt: skip


def test_number_object_number_is_the_label(tmp_path: Path) -> None:
    part = one(tmp_path, "ImageNumber,ObjectNumber,Number_Object_Number\n1,1,4\n1,2,9\n")
    assert part.frame["label"].tolist() == [4, 9]


def test_time_counts_from_zero(tmp_path: Path) -> None:
    part = one(tmp_path, "frame,labelimageId,trackId,lineageId\n0,1,2,2\n1,1,2,2\n")
    assert part.frame["t"].tolist() == [0, 1]
    assert part.frame["label"].tolist() == [1, 1]
    assert not part.problems


def test_tables_without_centres_and_calibrated_ones_take_the_mask(tmp_path: Path) -> None:
    mask = labels_plane()
    for number, table in enumerate(
        ("label,size\n2,1\n7,1\n", "Label,Area,Centroid.X,Centroid.Y\n2,0.1,1.5,1.5\n7,1,1,1\n")
    ):
        geometry = one(tmp_path / str(number), table, mask).geometry
        assert geometry.centre_x[0] == 9.5
        assert geometry.max_x[0] == 12
        assert geometry.area[0] == 16 or number == 0
        assert np.isnan(geometry.centre_x[1])  # the mask has no 7
    without = one(tmp_path / "none", "Label,Area,Centroid.X,Centroid.Y\n2,0.1,1.5,1.5\n").geometry
    assert without.centre_x.tolist() == [1.5]


def test_rows_and_labels_are_compared(tmp_path: Path) -> None:
    part = one(tmp_path, "label,area\n1,2\n7,2\n", labels_plane())
    assert compare_labels(np.unique(labels_plane()), part.frame["label"].to_numpy()) == ((2, 3), (7,))


def test_dialect_override(tmp_path: Path) -> None:
    part = one(tmp_path, "label,area,mine\n1,2,3\n", dialects={"nuclei": "generic:mine"})
    assert part.frame["label"].tolist() == [3]


# --- masks ---------------------------------------------------------------------------------------------------------


def test_objects_measured_from_the_mask(tmp_path: Path) -> None:
    batch = batch_of(make_batch(tmp_path, tables=False))
    frame, geometry = join_parts(loaded(batch))
    assert frame["image"].tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert frame["mean_DNA"].tolist() == [1.0] * 3 + [2.0] * 3 + [3.0] * 3
    assert geometry.min_x.tolist()[:3] == [2, 8, 14]
    assert "nuclei" not in batch.dialects


def test_an_image_without_its_table_takes_the_labels_of_the_mask(tmp_path: Path) -> None:
    make_batch(tmp_path)
    (tmp_path / "Well_2_nuclei.csv").unlink()
    parts = loaded(batch_of(tmp_path))
    frame, geometry = join_parts(parts)
    assert frame["image"].tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert geometry.centre_x.tolist() == [3.5, 9.5, 15.5] * 3
    assert any("no table" in problem.text for part in parts for problem in part.problems)


@pytest.mark.parametrize(
    ("mask", "said", "count"),
    [
        (labels_plane(dtype=np.float32), "", 3),
        (labels_plane(dtype=np.int32), "", 3),
        (labels_plane(dtype=np.float32) + np.float32(0.5), "not whole numbers", 0),
        (-labels_plane(dtype=np.int16), "negative", 0),
        (np.full((32, 32), np.inf, np.float32), "not finite", 0),
        (labels_plane(size=40), "40 x 40", 3),
        (labels_plane(count=2, size=14), "14 x 14", 2),
        (np.zeros((32, 32), np.uint8), "", 0),
    ],
)
def test_masks_of_all_kinds(tmp_path: Path, mask: np.ndarray, said: str, count: int) -> None:
    write_tiff(tmp_path / "a_DNA.tif", np.full((32, 32), 5, np.uint8))
    write_tiff(tmp_path / "a_nuclei_labels.tif", mask)
    part = ObjectLoader(batch_of(tmp_path)).load(0, "nuclei")
    assert len(part.frame) == count
    assert any(said in problem.text for problem in part.problems) if said else not part.problems
    if count:
        assert part.frame["mean_DNA"].tolist() == [5.0] * count


def test_broken_masks_and_channels_stop_nothing(tmp_path: Path) -> None:
    make_batch(tmp_path, tables=False)
    (tmp_path / "Well_1_nuclei_labels.tif").write_bytes(b"not a picture")
    (tmp_path / "Well_2_DNA.tif").write_bytes(b"")
    parts = loaded(batch_of(tmp_path))
    assert [len(part.frame) for part in parts] == [0, 3, 3]
    assert [bool(part.problems) for part in parts] == [True, True, False]


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.uint32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.sampled_from([0, 0, 1, 2, 5])),  # noqa: E501
    st.sampled_from([1, 2**23, 2**31]),
)  # fmt: skip
def test_measuring_agrees_with_the_definition(small: np.ndarray, factor: int) -> None:
    labels = small.astype(np.uint64) * np.uint64(factor)
    channel = np.arange(small.size, dtype=np.float64).reshape(small.shape)
    frame = measure_objects(labels, {"c": channel})
    assert frame["label"].tolist() == sorted(int(v) for v in np.unique(labels) if v)
    for row in frame.itertuples(index=False):
        y, x = np.nonzero(labels == row.label)
        assert (row.area, row.min_x, row.min_y, row.max_x, row.max_y) == (
            len(y), x.min(), y.min(), x.max() + 1, y.max() + 1,
        )  # fmt: skip
        assert row.centre_x == pytest.approx(x.mean())
        assert row.centre_y == pytest.approx(y.mean())
        assert row.mean_c == pytest.approx(channel[y, x].mean())
        at_edge = (x == 0) | (y == 0) | (x == small.shape[1] - 1) | (y == small.shape[0] - 1)
        assert row.touches_border == at_edge.any()


def test_measuring_agrees_with_scikit_image() -> None:
    measure = pytest.importorskip("skimage.measure")
    labels = np.random.default_rng(1).integers(0, 5, (40, 30)).astype(np.uint16)
    picture = np.random.default_rng(2).random((40, 30))
    theirs = measure.regionprops_table(
        labels, picture, properties=("label", "area", "centroid", "bbox", "intensity_mean")
    )
    ours = measure_objects(labels, {"p": picture})
    for name, other in (
        ("area", "area"),
        ("centre_x", "centroid-1"),
        ("max_y", "bbox-2"),
        ("mean_p", "intensity_mean"),
    ):
        np.testing.assert_allclose(ours[name], theirs[other])


def test_bool_masks_and_colour_pictures() -> None:
    assert label_plane(np.ones((2, 2), bool)).max() == 1
    with pytest.raises(ValueError, match="colour"):
        label_plane(np.zeros((2, 2, 3), np.uint8))


# --- dialects ------------------------------------------------------------------------------------------------------

HEADERS = {
    "cellprofiler": (["ImageNumber", "ObjectNumber", "AreaShape_Area", "AreaShape_Center_X", "AreaShape_Center_Y"], "ObjectNumber"),  # noqa: E501
    "cellprofiler-multi": (["Image_ImageNumber", "Nuclei_ObjectNumber", "Nuclei_AreaShape_Area"], "Nuclei_ObjectNumber"),  # noqa: E501
    "skimage": (["label", "area", "centroid-0", "centroid-1", "bbox-0", "bbox-1", "bbox-2", "bbox-3"], "label"),
    "morpholibj": (["Label", "Area", "Perimeter", "Centroid.X", "Centroid.Y", "Box.X.Min"], "Label"),
    "mobie": (["label_image_id", "label_id", "anchor_x", "anchor_y", "bb_min_x"], "label_id"),
    "ilastik-objects": (["object_id", "timestep", "labelimage_oid", "User Label", "Predicted Class", "Center of the object_0", "Center of the object_1"], "labelimage_oid"),  # noqa: E501
    "ilastik-tracking": (["frame", "labelimageId", "trackId", "lineageId", "Center_of_the_object_0", "Center_of_the_object_1"], "labelimageId"),  # noqa: E501
    "mcquant": (["CellID", "DAPI", "X_centroid", "Y_centroid", "Area"], "CellID"),
    "fiji-particles": ([" ", "Label", "Area", "Mean", "X", "Y", "BX", "BY", "Width", "Height"], " "),
    "cellprofiler-tracks": (["ImageNumber", "ObjectNumber", "AreaShape_Area", "TrackObjects_Label_50"], "ObjectNumber"),
    "cellprofiler-database": (["ImageNumber", "ObjectNumber", "Nuclei_AreaShape_Area", "Nuclei_Location_Center_X"], "ObjectNumber"),  # noqa: E501
    "trackmate": (["LABEL", "ID", "TRACK_ID", "QUALITY", "POSITION_X", "POSITION_Y", "POSITION_T", "FRAME"], "ID"),
    "cell-acdc": (["frame_i", "Cell_ID", "cell_area_pxl", "is_cell_dead", "relative_ID", "x_centroid", "y_centroid"], "Cell_ID"),  # noqa: E501
    "ctc": (["L", "B", "E", "P"], "L"),
    "generic": (["cell_id", "x", "y", "size"], "cell_id"),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_is_recognised(name: str) -> None:
    columns, label = HEADERS[name]
    choice = recognise(columns)
    assert (choice.name, choice.label_column) == (name, label)
    assert repr(label) in choice.explanation


def test_stray_columns_do_not_mislead() -> None:
    assert recognise(["Label", *HEADERS["skimage"][0]]).name == "skimage"
    assert recognise(["label", *HEADERS["ilastik-objects"][0]]).name == "ilastik-objects"
    assert recognise(["Label", "x", "y"]).name == "generic"
    nothing = recognise(["foo", "bar"])
    assert (nothing.name, nothing.label_column) == ("generic", None)


def test_axes_of_dialects() -> None:
    choice = recognise(HEADERS["skimage"][0])
    assert choice.centre_columns == ("centroid-1", "centroid-0")
    assert choice.box_columns == ("bbox-1", "bbox-0", "bbox-3", "bbox-2")
    deep = recognise(["label", "centroid-0", "centroid-1", "centroid-2"])
    assert deep.centre_columns == ("centroid-2", "centroid-1")
    fiji = recognise(HEADERS["fiji-particles"][0])
    assert (fiji.centre_offset, fiji.box_is_size, fiji.calibrated) == (0.5, True, True)
    with pytest.raises(UsageError, match="no table dialect"):
        recognise(["label"], "skimge")


def test_joining_nothing() -> None:
    frame, geometry = join_parts([])
    assert list(frame.columns) == ["image", "label"]
    assert len(frame) == len(geometry) == len(Geometry.unknown(0)) == 0


def test_a_cellprofiler_table_cut_by_image_is_recognised_without_its_image_number():
    columns = ["ObjectNumber", "AreaShape_Area", "AreaShape_Center_X", "AreaShape_Center_Y"]
    choice = recognise(columns)
    assert choice.name == "cellprofiler"
    assert choice.centre_columns == ("AreaShape_Center_X", "AreaShape_Center_Y")
    assert recognise(["ObjectNumber", "intensity"]).name == "generic"


def test_a_geometry_of_which_nothing_is_known_takes_no_memory_until_it_is_written_into() -> None:
    nothing = Geometry.unknown(1000)
    some = nothing.taken(np.arange(10))
    both = Geometry.joined([some, nothing])
    for geometry, count in ((nothing, 1000), (some, 10), (both, 1010)):
        assert geometry.area.shape == (count,)
        assert geometry.area.strides == (0,)
        assert np.isnan(geometry.area).all()
    own = nothing.writable("best_z")
    own.best_z[3] = 7
    assert np.flatnonzero(own.best_z == 7).tolist() == [3]
    assert np.isnan(nothing.best_z).all()
    assert own.area.strides == (0,)


@pytest.mark.parametrize(
    ("images", "times", "labels", "twice"),
    [
        ([0, 0, 1], None, [1, 2, 1], False),
        ([0, 0, 1], None, [1, 1, 1], True),
        ([1, 0, 1], None, [1, 1, 1], True),
        ([1, 0, 1], None, [1, 1, 2], False),
        ([0, 0, 0], [0, 1, 1], [5, 5, 5], True),
        ([0, 0, 0], [0, 1, 2], [5, 5, 4], False),
    ],
)
def test_labels_that_come_twice_are_told(
    images: list[int], times: list[int] | None, labels: list[int], twice: bool, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"label": labels} | ({} if times is None else {"t": times}))
    choice = DialectChoice("generic", "generic", 1.0, "label", t_column=None if times is None else "t")
    _, _, problems = part_from_table(frame, np.array(images), choice, tmp_path / "t.csv", "cells")
    assert any("more than once" in problem.text for problem in problems) == twice
