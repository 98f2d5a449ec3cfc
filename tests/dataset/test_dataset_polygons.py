"""A layer of polygons: found beside its images, placed by its unit, measured as a mask, joined to tables by ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
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

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import UsageError
from tuiqc.pixels import PlaneSource, image_info, read_plane

UM = 0.25


def image(path: Path, shape: tuple[int, ...] = (32, 32), um: float | None = UM) -> Path:
    per = None if um is None else (10_000 / um, 10_000 / um)
    rng = np.random.default_rng(3)
    tifffile.imwrite(
        path,
        rng.integers(1, 200, shape, np.uint8),
        resolution=per,
        resolutionunit="CENTIMETER",
        photometric="minisblack",
    )
    return path


def opened(folder: Path, **options: Any) -> Batch:
    return open_batch(SourceOptions(sources=(str(folder),), cache=False, **options))


def part_of(batch: Batch, layer: str | None = None) -> ObjectPart:
    return ObjectLoader(batch).load(0, layer or batch.layers[0])


def test_regions_that_imagej_keeps_in_images_are_a_layer(tmp_path: Path) -> None:
    pytest.importorskip("roifile", reason="reads and writes the regions")
    plane = np.arange(32 * 32, dtype=np.uint16).reshape(32, 32)
    named = {str(label): ring for label, ring in SQUARES.items()}
    write_overlay(tmp_path / "A01.tif", plane, {})
    write_overlay(tmp_path / "A02.tif", plane, named)
    write_overlay(tmp_path / "A03.tif", plane, {"7": square(4, 4, 5)}, selected=True)
    image(tmp_path / "A04.tif")
    batch = opened(tmp_path)
    assert batch.layers == ["overlay"]
    assert any("ImageJ keeps" in line for line in batch.assumptions)
    loader = ObjectLoader(batch)
    found = [loader.load(at, "overlay") for at in range(4)]
    assert [part.frame["label"].tolist() for part in found] == [[], [3, 5, 9], [7], []], (
        "a scale bar is no object"
    )
    assert found[1].geometry.area.tolist() == [16, 36, 25]
    assert not any(problem.lost for part in found for problem in part.problems)
    assert opened(tmp_path, labels=(("own", "A{n}.tif"),), images=(("DNA", "A{n}.tif"),)).layers == ["own"]


def test_an_overlay_that_is_damaged_is_told_and_the_image_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("roifile", reason="reads and writes the regions")
    named = {str(label): ring for label, ring in SQUARES.items()}
    path = write_overlay(tmp_path / "A01.tif", np.zeros((32, 32), np.uint16), named)
    path.write_bytes(path.read_bytes().replace(b"Iout", b"Iou\0"))
    batch = opened(tmp_path)
    assert (batch.layers, len(batch.images)) == ([], 1)
    assert [one.path for one in batch.unmatched] == [path]


def test_polygons_are_layers_of_the_images_that_they_are_named_after(tmp_path: Path) -> None:
    for well in ("A01", "A02"):
        image(tmp_path / f"{well}_DNA.tif")
        squares_geojson(tmp_path / f"{well}_nuclei.geojson")
        squares_geojson(tmp_path / f"{well}_cells-polygons.geojson.gz")
    (tmp_path / "settings.json").write_text('{"a": 1}')
    batch = opened(tmp_path)
    assert [record.key for record in batch.images] == ["A01", "A02"]
    assert sorted(batch.layers) == ["cells", "nuclei"]
    assert [one.path.name for one in batch.unmatched if one.path] == ["settings.json"]
    frame = part_of(batch, "nuclei").frame
    assert frame["label"].tolist() == [3, 5, 9]
    assert frame["area"].tolist() == [16, 36, 25]
    assert frame["area_um2"].tolist() == [1.5, 2.5, 4.5]
    assert {"mean_DNA", "touches_border", "centre_x"} <= set(frame.columns)


def test_a_mask_of_pixels_goes_before_polygons_of_the_same_layer(tmp_path: Path) -> None:
    image(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "a_cp_masks.tif", np.zeros((32, 32), np.uint16))
    squares_geojson(tmp_path / "a_rois.geojson")
    batch = opened(tmp_path)
    assert [path.name for path in batch.images[0].masks.values() if path] == ["a_cp_masks.tif"]
    assert "is the same mask" in batch.unmatched[0].why


def test_a_file_of_polygons_alone_is_opened(tmp_path: Path) -> None:
    path = write_corners(tmp_path / "cell_boundaries.parquet", {1: SQUARES[3]})
    batch = open_batch(SourceOptions(sources=(str(path),), units={"": "px"}, cache=False))
    assert part_of(batch).frame["area"].tolist() == [16]


def test_regions_beside_an_image(tmp_path: Path) -> None:
    pytest.importorskip("roifile", reason="reads regions of ImageJ (extra: handover)")
    image(tmp_path / "a.tif")
    write_rois(tmp_path / "RoiSet.zip", {"7": SQUARES[3]})
    part = part_of(opened(tmp_path))
    assert part.frame[["label", "name", "type"]].values.tolist() == [[7, "7", "freehand"]]


@pytest.mark.parametrize("form", ["geojson", "parquet"])
def test_micrometres_become_pixels_by_the_image(tmp_path: Path, form: str) -> None:
    image(tmp_path / "a.tif")
    places = {n: [(x * UM, y * UM) for x, y in ring] for n, ring in SQUARES.items()}
    if form == "parquet":
        write_corners(tmp_path / "a_boundaries.parquet", places)
        batch = opened(tmp_path)
    else:
        write_geojson(
            tmp_path / "a.geojson", [feature(ring, properties={"label": n}) for n, ring in places.items()]
        )
        told = part_of(opened(tmp_path))
        batch = opened(tmp_path, units={"objects": "um"})
        assert any("are they in micrometres" in problem.text for problem in told.problems)
    assert part_of(batch).frame[["label", "area", "min_x", "max_y"]].values.tolist()[0] == [3, 16, 2, 6]


def test_a_unit_is_asked_for_where_nobody_says_it(tmp_path: Path) -> None:
    image(tmp_path / "a.tif", um=None)
    write_corners(tmp_path / "a_boundaries.parquet", {3: SQUARES[3]})
    assert "--units LAYER=0.2125" in str(part_of(opened(tmp_path)).problems[0])
    assert part_of(opened(tmp_path, units={"": "0.5"})).frame["area"].tolist() == [64]
    with pytest.raises(UsageError, match="no such layer of polygons; there are: objects"):
        opened(tmp_path, units={"nuclei": "um"})


def test_options_are_kept_with_the_batch(tmp_path: Path) -> None:
    options = SourceOptions(sources=("a",), units={"cells": "um"}, by_colour=("nuclei",), base_dir=tmp_path)
    options.to_toml(tmp_path / "batch.toml")
    kept = SourceOptions.from_toml(tmp_path / "batch.toml")
    assert (kept.units, kept.by_colour) == ({"cells": "um"}, ("nuclei",))


def test_objects_without_pixels_are_said(tmp_path: Path) -> None:
    image(tmp_path / "a.tif")
    rings = [square(2, 2, 20), square(2, 2, 20), square(90, 90, 9), square(8.6, 8.6, 0.2)]
    write_geojson(
        tmp_path / "a.geojson", [feature(ring) for ring in rings] + [{"type": "Feature", "geometry": None}]
    )
    part = part_of(opened(tmp_path))
    said = " ".join(problem.text for problem in part.problems)
    assert part.frame["label"].tolist() == [2]
    assert "1 object of 5 lie outside of the image" in said
    assert "3 objects without a pixel" in said
    assert "1 feature without an outline" in said


def test_of_a_large_plane_the_outlines_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image(tmp_path / "a.tif")
    write_geojson(
        tmp_path / "a.geojson",
        [feature(square(-2, 4, 8)), feature(square(10, 3, 6)), feature(square(50, 3, 6))],
    )
    drawn = part_of(opened(tmp_path)).frame
    monkeypatch.setattr("tuiqc.dataset.mask_measures.LARGE_BYTES", 1)
    outlined = part_of(opened(tmp_path)).frame
    same = ["label", "min_x", "min_y", "max_x", "max_y", "touches_border"]
    assert outlined[same].equals(drawn[same])
    assert outlined[["area", "centre_x"]].values.tolist() == [[64, 1.5], [36, 12.5]]


@pytest.mark.parametrize("shared", [False, True])
def test_tables_speak_of_polygons_by_their_ids(tmp_path: Path, shared: bool) -> None:
    wells = ("A01", "A02") if shared else ("A01",)
    frames = []
    for at, well in enumerate(wells):
        image(tmp_path / f"{well}_DNA.tif")
        ids = [f"{well}-{n}" for n in (1, 2, 3)]
        write_geoparquet(
            tmp_path / f"{well}_cells.parquet", {"cell_id": ids}, [wkb([ring]) for ring in SQUARES.values()]
        )
        frames.append(pd.DataFrame({"cell_id": ids[::-1], "counts": [3 + at, 2, 1], "well": well}))
    if shared:
        pd.concat(frames).to_csv(tmp_path / "cells.csv", index=False)
    else:
        frames[0].to_csv(tmp_path / "A01_cells.csv", index=False)
    batch = opened(tmp_path)
    part = ObjectLoader(batch).load(len(wells) - 1, "cells")
    first = ["label", "cell_id", "counts"]
    well = wells[-1]
    assert part.frame[first].values.tolist() == [
        [3, f"{well}-3", 2 + len(wells)],
        [2, f"{well}-2", 2],
        [1, f"{well}-1", 1],
    ]
    assert part.geometry.area.tolist() == [25, 36, 16]
    assert any("labels are those of the polygons" in problem.text for problem in part.problems)


def test_two_compartments_are_two_layers(tmp_path: Path) -> None:
    image(tmp_path / "a.tif")
    inner = {"type": "Polygon", "coordinates": [square(4, 4, 3)]}
    write_geojson(tmp_path / "a.geojson", [feature(square(2, 2, 10), nucleusGeometry=inner)])
    batch = opened(tmp_path)
    assert batch.layers == ["cells", "nuclei"]
    assert [part_of(batch, layer).frame["area"].tolist() for layer in batch.layers] == [[100], [9]]


def test_polygons_lie_on_every_plane_of_a_stack(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.ome.tif", np.ones((3, 32, 32), np.uint8), metadata={"axes": "ZYX"})
    placed = {"type": "Polygon", "coordinates": [square(20, 20, 5)], "plane": {"c": -1, "z": 2, "t": 0}}
    write_geojson(tmp_path / "a.geojson", [feature(square(2, 2, 4)), feature(geometry=placed)])
    batch = opened(tmp_path)
    path = batch.images[0].masks["objects"]
    assert path is not None
    assert image_info(path).sizes["z"] == 3
    assert [sorted(np.unique(read_plane(path, z=z)).tolist()) for z in range(3)] == [
        [0, 1],
        [0, 1],
        [0, 1, 2],
    ]


def test_a_movie_has_polygons_at_its_time_points(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.ome.tif", np.ones((2, 32, 32), np.uint8), metadata={"axes": "TYX"})
    shapes = [
        {"type": "Polygon", "coordinates": [square(2 + t, 2, 4)], "plane": {"c": 0, "z": 0, "t": t}}
        for t in (0, 1)
    ]
    features = [feature(geometry=one, properties={"label": 8, "speed": t}) for t, one in enumerate(shapes)]
    write_geojson(tmp_path / "a.geojson", features)
    frame = part_of(opened(tmp_path)).frame
    assert frame[["label", "t", "min_x", "speed"]].values.tolist() == [[8, 0, 2, 0], [8, 1, 3, 1]]


def test_colours_are_labels_when_asked(tmp_path: Path) -> None:
    image(tmp_path / "a.tif")
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[2:6, 2:6] = 1, 2, 3
    picture[8:10, 8:10] = 255, 0, 0
    tifffile.imwrite(tmp_path / "a_masks.tif", picture, photometric="rgb")
    problem = part_of(opened(tmp_path)).problems[0]
    assert "colour picture" in problem.text
    assert "--by-colour" in problem.text
    part = part_of(opened(tmp_path, by_colour=("objects",)))
    assert part.frame[["label", "area"]].values.tolist() == [[0x010203, 16], [0xFF0000, 4]]
    with pytest.raises(UsageError, match="no such object layer"):
        opened(tmp_path, by_colour=("cells",))


def test_large_ids_of_many_tables_are_not_taken_for_labels(tmp_path: Path) -> None:
    for at, well in enumerate(("A01", "A02", "A03")):
        image(tmp_path / f"{well}_DNA.tif")
        ids = [2**60 + 10 * at + n for n in range(3)]
        shapes = [wkb([ring]) for ring in SQUARES.values()]
        write_geoparquet(tmp_path / f"{well}_cells.parquet", {"EntityID": ids}, shapes)
        pd.DataFrame({"EntityID": ids, "x": 1.0, "y": 2.0}).to_csv(
            tmp_path / f"{well}_cells.csv", index=False
        )
    parts: list[ObjectPart] = []
    ObjectLoader(opened(tmp_path)).load_layer("cells", parts.append)
    assert [label for part in parts for label in part.frame["label"].tolist()] == [1, 2, 3] * 3
    assert parts[-1].geometry.area.tolist() == [16, 36, 25]


def test_polygons_follow_the_size_of_an_image_that_was_replaced(tmp_path: Path) -> None:
    image(tmp_path / "a.tif")
    squares_geojson(tmp_path / "a.geojson")
    path = opened(tmp_path).images[0].masks["objects"]
    source = PlaneSource()
    assert path is not None
    assert source.plane(path).shape == (32, 32)
    image(tmp_path / "a.tif", (40, 50))
    assert source.plane(path).shape == (40, 50)
