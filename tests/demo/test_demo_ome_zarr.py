"""Plates of OME-Zarr that the demo writes: what an independent reader says of them, and that they are the same data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("tensorstore", reason="the extra zarr is not installed")
pytest.importorskip("yaozarrs", reason="what reads the plates independently is not installed")

import yaozarrs

from tuiqc.cli import main
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.pixels import image_info, read_plane


@pytest.fixture(scope="module")
def as_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "tiff"
    assert main(["demo", "--make", str(folder), "--images", "3", "--size", "300"]) == 0
    return folder


@pytest.mark.parametrize(
    ("name", "version"),
    [("ome-zarr", "0.5"), pytest.param("ome-zarr-0.4", "0.4", marks=pytest.mark.thorough)],
)
def test_plates_are_the_same_batch_and_valid(as_files: Path, tmp_path: Path, name: str, version: str) -> None:
    folder = tmp_path / "zarr"
    assert main(["demo", "--make", str(folder), "--images", "3", "--size", "300", "--format", name]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["README.txt", "plate1.zarr", "truth.csv"]
    yaozarrs.validate_zarr_store(str(folder / "plate1.zarr"))
    assert version in str(yaozarrs.open_group(str(folder / "plate1.zarr")).ome_metadata())
    batch, other = (open_batch(SourceOptions((str(one),))) for one in (folder, as_files))
    assert (batch.channels, batch.layers) == (["DNA", "ER"], ["nuclei", "cells"])
    assert [record.placeholders["well"] for record in batch.images] == ["A01", "A02", "A03"]
    assert not batch.unmatched
    for zarr, tiff in zip(batch.images, other.images, strict=True):
        for at, channel in enumerate(batch.channels):
            path, twin = zarr.channels[channel], tiff.channels[channel]
            assert path is not None
            assert twin is not None
            yaozarrs.validate_zarr_store(str(path))
            assert np.array_equal(read_plane(path, c=at), read_plane(twin))
            assert [level.scale for level in image_info(path).levels] == [1, 2]
        for layer in batch.layers:
            path, twin = zarr.masks[layer], tiff.masks[layer]
            assert path is not None
            assert twin is not None
            yaozarrs.validate_zarr_store(str(path))
            assert np.array_equal(read_plane(path), read_plane(twin))
    truth = pd.read_csv(folder / "truth.csv")
    assert set(truth["image"]) <= {record.key for record in batch.images}
    tables = []
    for at, source in enumerate((folder, as_files)):
        assert main(["table", str(source), "-o", str(tmp_path / f"{at}.csv")]) == 0
        tables.append(pd.read_csv(tmp_path / f"{at}.csv"))
    same = ["label", "AreaShape_Area", "AreaShape_Center_X"]
    assert np.allclose(tables[0][same], tables[1][same])


def test_another_demo_takes_the_place_of_plates(tmp_path: Path) -> None:
    from tuiqc.demo import make_batch

    make_batch(tmp_path, images=1, size=64, ome_zarr="0.5")
    make_batch(tmp_path, images=1, size=64, overwrite=True)
    assert not (tmp_path / "plate1.zarr").exists()
    assert (tmp_path / "plate1_A01_s1_DNA.tif").exists()


def test_what_it_needs_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tuiqc.demo.ome_zarr.find_spec", lambda name: None)
    assert main(["demo", "--make", str(tmp_path / "d"), "--format", "ome-zarr"]) == 2
    assert 'pip install "tuiqc[zarr]"' in capsys.readouterr().err
    assert not (tmp_path / "d").exists()
