"""SpatialData: images, labels and shapes in one place by their transformations, tables about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.zarr_images import scene, write_spatial_data

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.open.by_spatialdata import _systems
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.pixels import read_plane
from tuiqc.pixels.polygons.outlines import Affine


def opened(path: Path) -> Batch:
    return open_batch(SourceOptions(sources=(str(path),), cache=False))


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_images_labels_shapes_and_tables(tmp_path: Path, version: str) -> None:
    write_spatial_data(tmp_path / "sample.zarr", version)
    batch = opened(tmp_path / "sample.zarr")
    assert (batch.channels, batch.layers) == (["DAPI", "Actin"], ["cells", "spots", "nuclei"])
    left = {one.role: one.why for one in batch.unmatched}
    assert "neither the pixels" in left["mask regions"]
    assert left["file"] == "points are not shown"
    loader = ObjectLoader(batch)
    cells = loader.load(0, "cells")
    assert cells.frame[["label", "CD3"]].values.tolist() == [[3, 1.5], [2, 2.5], [1, 3.5]]
    assert cells.geometry.area.tolist() == [96.0] * 3  # 4 x 6 in coordinates of two pixels
    assert cells.geometry.min_x.tolist() == [42, 22, 6]
    assert cells.geometry.min_y.tolist() == [12] * 3
    nuclei = loader.load(0, "nuclei")
    assert nuclei.frame[["label", "CD3"]].values.tolist() == [[1, 4.5]]
    assert loader.load(0, "spots").frame["radius"].tolist() == [2, 4]
    path = batch.images[0].masks["nuclei"]
    assert path is not None
    assert np.array_equal(read_plane(path), scene()[1])


def test_a_folder_with_its_parts_and_no_mark_is_one_too(tmp_path: Path) -> None:
    import zarr

    write_spatial_data(tmp_path / "sample.zarr")
    del zarr.open_group(tmp_path / "sample.zarr").attrs["spatialdata_attrs"]
    assert opened(tmp_path / "sample.zarr").layers == ["cells", "spots", "nuclei"]


def test_what_is_damaged_is_said_and_the_rest_opened(tmp_path: Path) -> None:
    write_spatial_data(tmp_path / "sample.zarr")
    (tmp_path / "sample.zarr" / "shapes" / "cells" / "shapes.parquet").unlink()
    (tmp_path / "sample.zarr" / "tables" / "table" / "zarr.json").write_text("{")
    batch = opened(tmp_path / "sample.zarr")
    assert batch.layers == ["spots", "nuclei"]
    said = " ".join(one.why for one in batch.unmatched)
    assert "has no shapes.parquet" in said
    assert "is no JSON" in said


def test_one_without_anything_to_see_is_refused(tmp_path: Path) -> None:
    import zarr

    zarr.open_group(tmp_path / "a.zarr", mode="w").attrs["spatialdata_attrs"] = {"version": "0.2"}
    with pytest.raises(InputError, match="without images, labels and shapes"):
        opened(tmp_path / "a.zarr")


@pytest.mark.parametrize(
    ("step", "way"),
    [
        ({"type": "identity"}, Affine()),
        ({"type": "scale", "scale": [1, 2, 3]}, Affine(xx=3, yy=2)),
        ({"type": "translation", "translation": [0, 2, 3]}, Affine(x0=3, y0=2)),
        ({"type": "affine", "affine": [[1, 0, 0, 0], [0, 2, 3, 4], [0, 5, 6, 7]]}, Affine(6, 5, 7, 3, 2, 4)),
        ({"type": "sequence", "transformations": [{"type": "scale", "scale": [1, 2, 2]},
          {"type": "translation", "translation": [0, 1, 1]}]}, Affine(2, 0, 1, 0, 2, 1)),
        ({"type": "scale", "scale": [1]}, None),
        ({"type": "affine", "affine": [["a"]]}, None),
        ({"type": "mapAxis"}, None),
    ],
)  # fmt: skip
def test_transformations(step: dict[str, object], way: Affine | None) -> None:
    found = _systems([{**step, "output": {"name": "here"}}], ("c", "y", "x"))
    assert found == ({"here": way} if way is not None else {"global": Affine()})
