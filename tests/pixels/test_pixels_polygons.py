"""Polygons in place of a mask: what each format says, and which pixel is whose."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from fixtures.polygon_files import (
    SQUARES,
    feature,
    square,
    squares_geojson,
    wkb,
    write_corners,
    write_geojson,
    write_geoparquet,
    write_rois,
)

from tuiqc.errors import InputError
from tuiqc.files.cache import DiskCache
from tuiqc.pixels import Window, image_info, open_image, with_reading
from tuiqc.pixels.polygons.box_index import BoxIndex
from tuiqc.pixels.polygons.outlines import Affine, OutlineBuilder
from tuiqc.pixels.polygons.polygon_file import PolygonFiles, is_polygons
from tuiqc.pixels.polygons.scanline import Drawing

PLANE = Window(0, 32, 0, 32)


def drawn(*objects: Any, window: Window = PLANE, scale: float = 1.0, **at: int) -> Any:
    """Labels 1, 2, … of objects, each a list of parts (lists of rings)."""
    builder = OutlineBuilder()
    for parts in objects:
        builder.add(parts)
    return Drawing(builder.made(np.arange(1, len(objects) + 1))).draw(window, scale, **at)


def expected(shape: tuple[int, int], rings: Any) -> Any:
    """Pixels whose centre an odd number of edges lies left of."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    inside = np.zeros(shape, bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if y0 != y1:
                crosses = (min(y0, y1) <= y) & (y < max(y0, y1))
                inside ^= crosses & (x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x)
    return inside


def test_pixels_are_those_whose_centre_is_inside() -> None:
    rng = np.random.default_rng(5)
    for corners in (3, 4, 9, 2_000):
        ring = [tuple(map(float, point)) for point in rng.uniform(-4, 36, (corners, 2)).astype(np.float32)]
        assert (drawn([[ring]]) == expected((32, 32), [ring])).all()
        part = Window(7, 19, 3, 30)
        assert (drawn([[ring]], window=part) == expected((32, 32), [ring])[7:19, 3:30]).all()


def test_what_touches_shares_no_pixel_and_leaves_none_out() -> None:
    cuts = np.array([0.5, 3.25, 9.5, 17, 31.5])
    strips = [[[[(a, 0), (b, 0), (b, 32), (a, 32)]]] for a, b in pairwise(cuts)]
    plane = drawn(*strips)
    assert (plane[:, :31] > 0).all()
    assert list(np.unique(plane[:, 9])) == [3]


HOLE = [square(2, 2, 20), square(6, 6, 4)]


@pytest.mark.parametrize(
    ("objects", "pixels"),
    [
        ([[HOLE]], {1: 400 - 16}),
        ([[[HOLE[0], HOLE[1][::-1]]]], {1: 400 - 16}),  # whichever way round
        ([[[square(1, 1, 4)], [square(20, 20, 3)]]], {1: 16 + 9}),
        ([[[square(1, 1, 4)], [square(3, 1, 4)]]], {1: 24}),  # parts that overlap are filled
        ([[[square(0, 0, 20)]], [[square(5, 5, 4)]]], {1: 400 - 16, 2: 16}),
        ([[[square(5, 5, 4)]], [[square(0, 0, 20)]]], {1: 16, 2: 400 - 16}),  # the smaller one is on top
        ([[[square(2, 2, 4)]], [[square(4, 2, 4)]]], {1: 8, 2: 16}),  # of equal ones the later
        ([[[[(0, 0), (10, 10), (10, 0), (0, 10)]]]], {1: 50}),  # crosses itself
        ([[], [[square(1, 1, 2)]], [[[]]]], {2: 4}),  # nothing
        ([[[[(3, 3), (8, 3)]]], [[[(4, 4)]]]], {}),  # a line, a point
        ([[[square(-5, -5, 7)]], [[square(30, 30, 9)]], [[square(90, 90, 9)]]], {1: 4, 2: 4}),
        ([[[square(4.6, 4.6, 0.3)]]], {}),  # between the centres
    ],
)
def test_holes_parts_overlaps_and_what_has_no_area(objects: Any, pixels: dict[int, int]) -> None:
    found = np.unique(drawn(*objects), return_counts=True)
    assert dict(zip(*(one.tolist() for one in found), strict=True)) | {0: 0} == {0: 0} | pixels


def test_a_level_has_the_pixels_whose_centre_is_inside_too() -> None:
    plane = drawn([[square(4, 4, 12)]], [[square(20, 20, 1)]], window=Window(0, 8, 0, 8), scale=4)
    assert (plane > 0).sum() == 9
    assert plane[1:4, 1:4].all()


def test_boxes_near_a_window_are_found_without_a_look_at_all() -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform(-50, 4000, (20_000, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0, 12, corners.shape)], axis=1).astype(np.float32)
    boxes[7], boxes[8], boxes[9] = (-100, -100, 9000, 9000), (1e8, -1e8, 1e8, -1e8), (5, 0, 6, 3000)
    index = BoxIndex(boxes)
    for x0, y0, x1, y1 in [
        (1000, 1000, 1100, 1100),
        (0, 0, 4000, 4000),
        (-60, -60, 0, 0),
        (9e7, -2e8, 2e8, 0),
    ]:
        left, top, right, low = boxes.T
        touching = np.flatnonzero((right > x0) & (left < x1) & (low > y0) & (top < y1))
        near = index.near(x0, y0, x1, y1)
        assert len(set(near.tolist())) == len(near)
        assert set(touching.tolist()) <= set(near.tolist())
    assert len(index.near(1000, 1000, 1100, 1100)) < 100
    assert len(BoxIndex(boxes[:0]).near(0, 0, 9, 9)) == 0


def test_sizes_and_places_are_those_of_the_outline() -> None:
    builder = OutlineBuilder()
    for parts in ([HOLE], [[square(0, 0, 2)], [square(4, 0, 2)]], [], [[[(1, 1), (3, 1)]]]):
        builder.add(parts)
    found = builder.made(np.arange(1, 5)).measured()
    assert np.allclose(found.area, [384, 8, np.nan, 0], equal_nan=True)
    assert np.allclose(found.centre[[1, 3]], [[3, 1], [2, 1]])
    assert np.allclose(found.box[:2], [[2, 2, 22, 22], [0, 0, 6, 2]])


def test_a_way_and_its_inverse() -> None:
    way = Affine(2, 1, 3, 0, 4, 5)
    points = np.array([[1.0, 2.0], [7, 8]])
    assert np.allclose(way.inverse().after(way).of(points), points)
    with pytest.raises(ValueError, match="one line"):
        Affine(0, 0, 0, 0, 0, 0).inverse()


# --- what files say


def labels_in(path: Path) -> dict[int, int]:
    with open_image(path) as image:
        values, counts = np.unique(image.read(), return_counts=True)
    return {int(value): int(count) for value, count in zip(values, counts, strict=True) if value}


AREAS = {3: 16, 5: 36, 9: 25}


@pytest.mark.parametrize("name", ["a.geojson", "a.geojson.gz", "a.json"])
@pytest.mark.parametrize("bare", [False, True])
def test_geojson(tmp_path: Path, name: str, bare: bool) -> None:
    path = squares_geojson(tmp_path / name, bare=bare)
    assert is_polygons(path)
    assert labels_in(path) == AREAS
    assert image_info(path).format == "GeoJSON"


def test_measurements_and_classes_become_columns(tmp_path: Path) -> None:
    object_form = {"objectType": "cell", "measurements": {"Area": 2.5, "n": 3}}
    list_form = {
        "object_type": "cell",
        "measurements": [{"name": "Area", "value": 4}, {"name": "late", "value": 1}],
    }
    classed = {"classification": {"name": "Tumor", "color": [1, 2, 3]}, "isLocked": True, "n": "three"}
    path = write_geojson(
        tmp_path / "q.geojson",
        [
            feature(square(2, 2, 4), id="a-1", properties=object_form),
            feature(square(9, 2, 4), id="b-2", properties=list_form),
            feature(square(9, 9, 4), id="c-3", properties=classed),
        ],
    )
    found = PolygonFiles().get(path)
    assert {name: column.to_pylist() for name, column in found.columns.items()} == {
        "id": ["a-1", "b-2", "c-3"],
        "objectType": ["cell", None, None],
        "object_type": [None, "cell", None],
        "Area": [2.5, 4, None],
        "n": ["3", None, "three"],
        "late": [None, 1, None],
        "classification": [None, None, "Tumor"],
        "isLocked": [None, None, True],
    }
    assert found.outlines.labels.tolist() == [1, 2, 3]
    assert "count from 1" in found.notes[0]


def test_the_nucleus_of_a_cell_is_a_second_layer(tmp_path: Path) -> None:
    inner = {"type": "Polygon", "coordinates": [square(4, 4, 3)]}
    path = write_geojson(tmp_path / "cells.geojson", [feature(square(2, 2, 10), nucleusGeometry=inner)])
    assert image_info(path).channel_names == ("cells", "nuclei")
    with open_image(path) as image:
        assert [(image.read(c=c) > 0).sum() for c in (0, 1)] == [100, 9]


@pytest.mark.parametrize(
    ("whole", "labels"),
    [
        # Baysor, early and late; proseg counts from 0 and has parts as features of their own
        ({"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "coordinates": [square(2, 2, 4)], "cell": 17}]}, {17: 16}),
        ({"type": "FeatureCollection", "features": [feature(square(2, 2, 4), id="cell-1")]}, {1: 16}),
        ([feature(square(2, 2, 4), properties={"cell": 0}), feature(square(9, 2, 2), properties={"cell": 1})],
         {1: 16, 2: 4}),
        ([feature(square(2, 2, 4), properties={"cell": 7}), feature(square(9, 2, 2), properties={"cell": 8}),
          feature(square(9, 9, 3), properties={"cell": 7})], {7: 25, 8: 4}),
        (feature(square(2, 2, 4)), {1: 16}),
        ({"type": "Polygon", "coordinates": [square(2, 2, 4)]}, {1: 16}),
        ({"crs": {"a": [1, {"b": "]"}]}, "features": [feature(square(2, 2, 4))], "type": "FeatureCollection"}, {1: 16}),
        ([feature(square(2, 2, 4)), feature(geometry={"type": "Point", "coordinates": [1, 1]}),
          feature(geometry={"type": "MultiPolygon", "coordinates": [[square(9, 9, 2)], [square(20, 9, 2)]]})],
         {1: 16, 3: 8}),
        ({"type": "FeatureCollection", "features": []}, {}),
        ([], {}),
        ([{"type": "Feature", "geometry": None, "properties": None}, feature(square(2, 2, 4))], {2: 16}),
    ],
)  # fmt: skip
def test_shapes_of_geojson(tmp_path: Path, whole: Any, labels: dict[int, int]) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(whole))
    assert labels_in(path) == labels


def test_geojson_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiqc.pixels.polygons.json_stream._PIECE", 7)
    path = write_geojson(
        tmp_path / "ä.geojson", [feature(square(2, 2, 4), properties={"label": 12, "ä": "ü,]"})]
    )
    told: list[tuple[int, int]] = []
    found = PolygonFiles().get(path, lambda done, total: told.append((done, total)))
    assert found.columns["ä"].to_pylist() == ["ü,]"]
    assert told[-1][0] == told[-1][1] == path.stat().st_size


@pytest.mark.parametrize("scheme", ["x", "polygons", "multi"])
def test_geoparquet(tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "shapes.parquet"
    columns = {"cell_id": list(SQUARES), "kind": ["a", "b", None]}
    if scheme == "x":
        write_geoparquet(path, columns, [wkb([ring]) for ring in SQUARES.values()])
    else:
        lists = [[[{"x": float(x), "y": float(y)} for x, y in ring]] for ring in SQUARES.values()]
        nested: list[Any] = lists if scheme == "polygons" else [[one] for one in lists]
        write_geoparquet(
            path, columns, nested, encoding="polygon" if scheme == "polygons" else "multipolygon"
        )
    assert is_polygons(path)
    assert labels_in(path) == AREAS
    assert PolygonFiles().get(path).columns["kind"].to_pylist() == ["a", "b", None]


def test_circles_are_points_with_a_radius(tmp_path: Path) -> None:
    from struct import pack

    point = b"\x01" + pack("<Idd", 1, 16.0, 16.0)
    path = write_geoparquet(tmp_path / "spots.parquet", {"radius": [5.0]}, [point])
    assert abs(labels_in(path)[1] - 25 * np.pi) < 3


def test_cells_of_merscope_have_an_outline_in_every_slice(tmp_path: Path) -> None:
    ids = [2**60, 2**60, 2**60 + 7]
    shapes = [wkb([square(2, 2, 4)]), wkb([square(2, 2, 6)]), wkb([square(20, 2, 3)], [square(20, 9, 3)])]
    columns = {"EntityID": ids, "ZIndex": [0, 1, 1]}
    path = write_geoparquet(tmp_path / "cell_boundaries.parquet", columns, shapes, name="Geometry")
    with open_image(with_reading(path, units="px")) as image:
        assert image.info.sizes["z"] == 2
        assert [np.unique(image.read(z=z), return_counts=True)[1][1:].tolist() for z in (0, 1)] == [
            [16],
            [36, 18],
        ]
    assert PolygonFiles().get(path).columns["EntityID"].to_pylist() == [2**60, 2**60 + 7]


@pytest.mark.parametrize("name", ["cell_boundaries.parquet", "cell_boundaries.csv", "cell_boundaries.csv.gz"])
def test_corners_of_xenium_are_micrometres(tmp_path: Path, name: str) -> None:
    image = tmp_path / "dapi.tif"
    tifffile.imwrite(
        image, np.zeros((32, 32), np.uint8), resolution=(40000, 40000), resolutionunit="CENTIMETER"
    )
    ids = {"aaab-1": SQUARES[3], "aaac-1": SQUARES[5]}
    path = write_corners(tmp_path / name, ids, 0.25)
    assert labels_in(with_reading(path, partner=image)) == {1: 16, 2: 36}
    assert PolygonFiles().get(path).columns["cell_id"].to_pylist() == list(ids)
    assert labels_in(with_reading(path, partner=image, units="0.5")) == {1: 4, 2: 9}
    with pytest.raises(InputError, match="how large its pixels are"):
        labels_in(path)


def test_a_column_of_labels_counts_more_than_ids(tmp_path: Path) -> None:
    both = {"aa-1": square(2, 2, 4), "bb-1": square(10, 2, 4)}
    path = write_corners(tmp_path / "b.parquet", both, label_id=[8] * 5 + [4] * 5)
    assert labels_in(with_reading(path, units="px")) == {8: 16, 4: 16}


def test_ids_of_bytes_are_texts(tmp_path: Path) -> None:
    path = write_corners(tmp_path / "b.parquet", {b"aa-1": square(2, 2, 4)})
    assert PolygonFiles().get(path).columns["cell_id"].to_pylist() == ["aa-1"]


def test_an_id_that_comes_again_is_a_part_of_the_same_object(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rings = [square(2, 2, 4), square(10, 2, 4), square(20, 2, 2)]
    points = np.array(rings, np.float64).reshape(-1, 2)
    ids = ["a"] * 5 + ["b"] * 5 + ["a"] * 5
    path = tmp_path / "nucleus_boundaries.parquet"
    pq.write_table(pa.table({"cell_id": ids, "vertex_x": points[:, 0], "vertex_y": points[:, 1]}), path)
    assert labels_in(with_reading(path, units="px")) == {1: 20, 2: 16}


@pytest.mark.parametrize("name", ["rois.zip", "one.roi"])
def test_regions_of_imagej(tmp_path: Path, name: str) -> None:
    pytest.importorskip("roifile", reason="reads regions of ImageJ (extra: handover)")
    path = write_rois(tmp_path / name, {str(label): ring for label, ring in SQUARES.items()})
    assert is_polygons(path)
    assert labels_in(path) == (AREAS if name == "rois.zip" else {3: 16})


def test_positions_of_regions_are_slices(tmp_path: Path) -> None:
    pytest.importorskip("roifile", reason="reads regions of ImageJ (extra: handover)")
    path = write_rois(tmp_path / "rois.zip", {"cell a": SQUARES[3]}, z_position=3)
    with open_image(path) as image:
        assert [(image.read(z=z) > 0).sum() for z in range(image.info.sizes["z"])] == [0, 0, 16]


def test_a_plane_of_polygons_is_that_of_its_image(tmp_path: Path) -> None:
    image = tmp_path / "a.tif"
    tifffile.imwrite(image, np.zeros((700, 1500), np.uint8))
    path = squares_geojson(tmp_path / "a.geojson")
    info = image_info(with_reading(path, partner=image))
    assert info.shape == (700, 1500)
    assert [level.shape for level in info.levels] == [(700, 1500), (350, 750)]
    assert image_info(path).shape == (25, 25)


def test_a_matrix_places_the_polygons(tmp_path: Path) -> None:
    matrix = tmp_path / "micron_to_mosaic_pixel_transform.csv"
    matrix.write_text("2 0 -1\n0 2 3\n0 0 1\n")
    path = squares_geojson(tmp_path / "a.geojson")
    with open_image(with_reading(path, units=str(matrix))) as image:
        y, x = np.nonzero(image.read() == 3)
    assert (y.min(), y.max(), x.min(), x.max()) == (7, 14, 3, 10)


def test_what_was_read_of_a_large_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiqc.pixels.polygons.polygon_file._BIG", 0)
    inner = {"type": "Polygon", "coordinates": [square(3, 3, 2)]}
    features = [
        feature(ring, nucleusGeometry=inner, properties={"label": n, "k": "x"}) for n, ring in SQUARES.items()
    ]
    path = write_geojson(tmp_path / "a.geojson", features)
    files = PolygonFiles()
    files.kept = DiskCache(tmp_path / "cache", 1 << 20, ".polygons")
    first = files.get(path)
    monkeypatch.setattr("tuiqc.pixels.polygons.geojson.read", None)
    files.clear()
    again = files.get(path)
    assert again.notes == first.notes
    assert {name: one.to_pylist() for name, one in again.columns.items()} == {
        "label": [3, 5, 9],
        "k": ["x"] * 3,
    }
    for mine, theirs in ((again.outlines, first.outlines), (again.inner, first.inner)):
        assert mine is not None
        assert theirs is not None
        assert all((one == theirs.arrays()[name]).all() for name, one in mine.arrays().items())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.geojson", b"", "is empty"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "ends in the middle|whole JSON"),
        ("a.geojson", b"not json", "no JSON"),
        ("a.geojson", b'{"a": 1}', "is no GeoJSON"),
        ("a.geojson", b"[" * 100_000, "without end|whole JSON"),
        ("a.geojson", b'[{"geometry": {"type": "Polygon", "coordinates": [[1, 2]]}}]', "no list of points"),
        ("a.geojson", b'[{"geometry": {"type": "Polygon", "coordinates": [[["a", 2]]]}}]', "feature 1 has"),
        ("a.geojson", b'[{"geometry": {"type": "Polygon", "coordinates": [[[NaN, 2]]]}}]', "no place"),
        ("a.geojson", b"\xff\xfe[", "UTF-8"),
        ("a.geojson.gz", b"\x1f\x8b\x08\0\0\0", "gzip"),
        ("a.parquet", b"PAR1xxxxPAR1", "not an image"),
        ("a.geoparquet", b"PAR1xxxxPAR1", "GeoParquet"),
        ("rois.zip", b"PK\x03\x04" + bytes(22) + b"\x05\0\0\0a.roi", "not an image|regions|ZIP"),
        ("a.roi", b"Iout" + bytes(4), "regions of ImageJ"),
        ("cell_boundaries.csv", b"cell_id,vertex_x,vertex_y\n1,a,b\n", "no numbers"),
        ("cell_boundaries.csv", b"cell_id,vertex_x,vertex_y\n1,2,\n", "without an id or a place"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_said(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    if name.endswith((".roi", ".zip")):
        pytest.importorskip("roifile", reason="reads regions of ImageJ (extra: handover)")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        labels_in(with_reading(path, units="px"))
