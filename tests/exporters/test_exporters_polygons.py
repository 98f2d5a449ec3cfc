"""`export --what masks` of polygons: the same file without some objects, all else as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
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
    write_overlay,
    write_rois,
)

from tuiqc.cli import main
from tuiqc.errors import InputError
from tuiqc.exporters.eraser import Eraser, MaskInFile
from tuiqc.exporters.masks import copy_masks
from tuiqc.measure.contours import trace
from tuiqc.pixels import Window, open_image, with_reading
from tuiqc.pixels.image_path import Reading
from tuiqc.pixels.polygons.polygon_file import PolygonFiles

IDS = {f"cell-{label}": ring for label, ring in SQUARES.items()}
MANY = {f"c{n}": square(4 * (n % 8), 4 * (n // 8), 3) for n in range(20)}


def make(path: Path) -> Path:
    low = path.name
    if "Roi" in low:
        return write_rois(path, {str(label): ring for label, ring in SQUARES.items()})
    if "geojson" in low:
        return squares_geojson(path, bare="bare" in low)
    if "shapes" in low:
        columns = {"cell_id": list(SQUARES), "kind": ["a", "b", None]}
        return write_geoparquet(path, columns, [wkb([ring]) for ring in SQUARES.values()])
    more = [n for n in SQUARES for _ in range(5)]
    return write_corners(path, IDS, 1.0, label_id=more, further=[f"f{n}" for n in more])


def copied(path: Path, labels: dict[int, set[int]] | None, **reading: Any) -> tuple[Path, Eraser]:
    target = path.with_name(f"copy of {path.name}")
    erase = Eraser(labels)
    copy_masks(path, target, [MaskInFile(Reading(role="mask", units="px")._replace(**reading), erase)])
    return target, erase


@pytest.mark.parametrize(
    "name",
    [
        "a.geojson",
        "bare.geojson.gz",
        "shapes.parquet",
        "cell_boundaries.parquet",
        "cell_boundaries.csv.gz",
        "RoiSet.zip",
    ],
)
def test_a_copy_lacks_what_was_taken_out_and_nothing_else(tmp_path: Path, name: str) -> None:
    if "Roi" in name:
        pytest.importorskip("roifile", reason="reads regions of ImageJ (extra: handover)")
    path = make(tmp_path / name)
    target, erase = copied(path, {0: {5, 77}})
    assert erase.removed == {(0, 5)}
    before, after = (PolygonFiles().get(one) for one in (path, target))
    assert after.outlines.labels.tolist() == [3, 9]
    kept = np.repeat([True, False, True], np.diff(before.outlines.part_start))
    assert np.array_equal(after.outlines.points, before.outlines.points[kept])
    assert list(after.columns) == list(before.columns)
    if "Roi" not in name:
        empty, _ = copied(path, None)
        assert len(PolygonFiles().get(empty).outlines) == 0


def test_labels_that_were_counted_stay_the_same(tmp_path: Path) -> None:
    features = [feature(ring, id=name) for name, ring in MANY.items()]
    for path in (
        write_geojson(tmp_path / "a.geojson", features),
        write_geoparquet(
            tmp_path / "a.parquet", {"cell_id": list(MANY)}, [wkb([ring]) for ring in MANY.values()]
        ),
        write_corners(tmp_path / "cell_boundaries.parquet", MANY),
    ):
        target, _ = copied(path, {0: {2, 3}})
        assert PolygonFiles().get(target).outlines.labels.tolist() == [1, *range(4, 21)]


def test_what_a_file_says_beside_its_objects_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    whole = {
        "type": "FeatureCollection",
        "crs": {"b": [1]},
        "features": [feature(square(2, 2, 4), properties={"label": 4, "é": [1]})],
    }
    path.write_text(json.dumps(whole))
    target, _ = copied(path, {0: {9}})
    assert json.loads(target.read_text()) == whole
    shapes = make(tmp_path / "shapes.parquet")
    target, _ = copied(shapes, {0: {3}})
    assert pq.read_schema(target).metadata == pq.read_schema(shapes).metadata
    assert pq.read_table(target).equals(pq.read_table(shapes).slice(1))


def test_a_nucleus_goes_alone_a_cell_with_its_nucleus(tmp_path: Path) -> None:
    inner = {"type": "Polygon", "coordinates": [square(4, 4, 3)]}
    features = [feature(square(2, 2, 10), nucleusGeometry=inner, properties={"label": n}) for n in (1, 2)]
    path = write_geojson(tmp_path / "a.geojson", features)
    target, _ = copied(path, {0: {2}}, channel=1)
    left = json.loads(target.read_text())["features"]
    assert ["nucleusGeometry" in one for one in left] == [True, False]
    target, _ = copied(path, {0: {2}}, channel=0)
    assert len(json.loads(target.read_text())["features"]) == 1


def test_one_time_point_of_an_object_goes(tmp_path: Path) -> None:
    shapes = [
        {"type": "Polygon", "coordinates": [square(2, 2, 4)], "plane": {"z": 0, "t": t}} for t in (0, 1)
    ]
    features = [feature(geometry=one, properties={"label": 8}) for one in shapes]
    target, erase = copied(write_geojson(tmp_path / "a.geojson", features), {1: {8}})
    assert erase.removed == {(1, 8)}
    with open_image(target) as image:
        assert [int((image.read(t=t, window=Window(0, 9, 0, 9)) > 0).sum()) for t in range(1)] == [16]


def test_a_file_without_regions_is_none(tmp_path: Path) -> None:
    pytest.importorskip("roifile", reason="reads regions of ImageJ (extra: handover)")
    with pytest.raises(InputError, match="no region left"):
        copied(make(tmp_path / "RoiSet.zip"), None)


def test_the_command_writes_polygons_without_failed_objects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "batch"
    batch.mkdir()
    tifffile.imwrite(batch / "a.tif", np.zeros((32, 32), np.uint8))
    squares_geojson(batch / "a.geojson")
    head = "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema\n"
    row = "object,a,objects,5,,fail,,,x,2026-01-01T00:00:00+00:00,,,,,1\n"
    (batch / "qc_annotations.csv").write_text(head + row)
    assert main(["export", str(batch), "--what", "masks", "-o", str(tmp_path / "out")]) == 0
    assert "1 mask written, 1 object taken out" in capsys.readouterr().out
    with open_image(with_reading(tmp_path / "out" / "a.geojson", partner=batch / "a.tif")) as image:
        assert np.unique(image.read()).tolist() == [0, 3, 9]


def test_an_empty_table_of_corners_is_an_image_without_objects(tmp_path: Path) -> None:
    path = tmp_path / "cell_boundaries.parquet"
    pq.write_table(
        pa.table(
            {
                "cell_id": pa.array([], pa.string()),
                "vertex_x": pa.array([], pa.float32()),
                "vertex_y": pa.array([], pa.float32()),
            }
        ),
        path,
    )
    assert len(PolygonFiles().get(path).outlines) == 0


def random_labels(seed: int, size: int = 48) -> np.ndarray:
    """Labels with holes, parts and corners that touch."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 7, (size // 4, size // 4)) * (rng.random((size // 4, size // 4)) < 0.8)
    plane = np.kron(coarse, np.ones((4, 4), np.int64))
    plane[rng.random(plane.shape) < 0.08] = 0
    return plane.astype(np.uint16)


def traced(plane: np.ndarray, path: Path) -> Path:
    features = []
    for label, parts in trace(plane):
        rings = [[[ring.tolist() for ring in (part.outer, *part.holes)]] for part in parts]
        shape = {"type": "MultiPolygon", "coordinates": [one[0] for one in rings]}
        features.append(feature(geometry=shape, properties={"label": label}))
    return write_geojson(path, features)


def test_outlines_of_a_mask_are_drawn_as_the_mask_was(tmp_path: Path) -> None:
    for seed in range(20):
        plane = random_labels(seed)
        tifffile.imwrite(tmp_path / "a.tif", plane)
        path = with_reading(traced(plane, tmp_path / f"{seed}.geojson"), partner=tmp_path / "a.tif")
        with open_image(path) as image:
            assert np.array_equal(image.read(), plane), seed
        areas = PolygonFiles().get(Path(path)).outlines.measured().area
        assert areas.tolist() == np.bincount(plane.ravel())[np.unique(plane)[1:]].tolist()


def test_every_command_takes_polygons_as_it_takes_a_mask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = random_labels(3)
    answers = []
    for kind in ("mask", "polygons"):
        folder = tmp_path / kind
        folder.mkdir()
        tifffile.imwrite(folder / "a.tif", plane * 7 + 100)
        if kind == "mask":
            tifffile.imwrite(folder / "a_nuclei_labels.tif", plane)
        else:
            traced(plane, folder / "a_nuclei.geojson")
        said = []
        for command in (
            ["table", "-o", str(tmp_path / "t.csv")],
            ["rank", "-o", str(tmp_path / "r.csv")],
            ["stats"],
        ):
            assert main([command[0], str(folder), *command[1:]]) == 0
            said.append(capsys.readouterr().out.replace(str(folder), "").replace(kind, ""))
        answers.append((*said, (tmp_path / "t.csv").read_bytes(), (tmp_path / "r.csv").read_bytes()))
    assert answers[0] == answers[1]
    both = tmp_path / "mask"
    traced(plane, both / "a_cells.geojson")
    assert main(["compare-layers", str(both), "--layer", "nuclei", "--against", "cells", "--json"]) == 0
    said_of = json.loads(capsys.readouterr().out)
    assert "same" in json.dumps(said_of)


def test_regions_in_an_image_are_not_written_again_but_as_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("roifile", reason="reads and writes the regions")
    batch, out = tmp_path / "in", tmp_path / "out"
    batch.mkdir()
    named = {str(label): ring for label, ring in SQUARES.items()}
    write_overlay(batch / "a.tif", np.zeros((32, 32), np.uint16), named)
    (batch / "qc_annotations.csv").write_text("level,image,layer,label,verdict\nobject,a,overlay,5,fail\n")
    assert main(["export", str(batch), "--what", "masks", "-o", str(out / "m")]) == 2
    assert "--what ome-zarr" in capsys.readouterr().err
    assert main(["export", str(batch), "--what", "napari", "-o", str(out / "n.py")]) == 3
    assert "--what ome-zarr" in capsys.readouterr().err
    assert main(["export", str(batch), "--what", "fiji", "-o", str(out / "f")]) == 0


def test_polygons_are_not_named_to_what_can_not_show_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((32, 32), np.uint8))
    squares_geojson(tmp_path / "a.geojson")
    head = "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema\n"
    (tmp_path / "qc_annotations.csv").write_text(
        head + "object,a,objects,5,,fail,,,x,2026-01-01T00:00:00+00:00,,,,,1\n"
    )
    out = tmp_path / "out"
    assert main(["export", str(tmp_path), "--what", "mobie-collection", "-o", str(out / "m.csv")]) == 3
    assert "shows no polygons" in capsys.readouterr().err
    assert "geojson" not in (out / "m.csv").read_text()


def test_a_gate_on_objects_that_can_not_be_placed_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There was no object and no evidence at all, and the check ended with a fault of the program."""
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((32, 32), np.uint8))
    shapes = [wkb([ring]) for ring in SQUARES.values()]
    columns = {"EntityID": list(SQUARES), "ZIndex": [0, 0, 0]}
    write_geoparquet(tmp_path / "a_cell_boundaries.parquet", columns, shapes, name="Geometry")
    assert main(["check", str(tmp_path)]) == 3
    assert "--units LAYER=0.2125" in capsys.readouterr().err
