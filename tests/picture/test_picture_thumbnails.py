"""Small planes of images: like the image, read once, found again, and never of a file that has changed."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
import tifffile

from tuiqc.errors import InputError
from tuiqc.picture import thumbnails
from tuiqc.picture.thumbnails import ThumbnailSource
from tuiqc.pixels.image_file import Window

SIDE = 512


@pytest.fixture
def image(tmp_path: Path) -> Path:
    y, x = np.mgrid[:SIDE, :SIDE]
    tifffile.imwrite(tmp_path / "a.tif", (x + 2 * y).astype(np.uint16))
    return tmp_path / "a.tif"


def whole(source: ThumbnailSource, path: Path, zoom: float, **more: Any) -> Any:
    piece = source.piece(path, Window.whole((SIDE, SIDE)), zoom, **more)
    assert piece is not None
    return piece


def test_a_small_plane_is_the_mean_of_what_it_stands_for(image: Path) -> None:
    piece = whole(ThumbnailSource(), image, 1 / 16)
    assert piece.pixels.shape == (32, 32)
    assert piece.scale == 16
    y, x = np.mgrid[:32, :32]
    assert np.abs(piece.pixels - (16 * x + 7.5 + 2 * (16 * y + 7.5))).max() <= 2


def test_labels_are_not_mixed(tmp_path: Path) -> None:
    labels = np.zeros((SIDE, SIDE), np.uint16)
    labels[:, :256], labels[:, 256:] = 3, 900
    tifffile.imwrite(tmp_path / "l.tif", labels)
    piece = whole(ThumbnailSource(), tmp_path / "l.tif", 1 / 16, labels=True)
    assert set(np.unique(piece.pixels)) == {3, 900}


def test_it_is_found_again_in_the_folder_and_not_when_the_file_has_changed(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ThumbnailSource(folder=tmp_path / "small")
    first = whole(source, image, 1 / 16).pixels
    source.settle()
    assert list((tmp_path / "small").glob("*.npy"))

    class Untouched:
        def __init__(self, *arguments: object) -> None:
            raise AssertionError("it is read again")

    with monkeypatch.context() as patch:
        patch.setattr(thumbnails, "Reduction", Untouched)
        again = whole(ThumbnailSource(folder=tmp_path / "small"), image, 1 / 16).pixels
    assert np.array_equal(first, again)
    tifffile.imwrite(image, np.full((SIDE, SIDE), 9, np.uint16))
    assert (whole(ThumbnailSource(folder=tmp_path / "small"), image, 1 / 16).pixels == 9).all()


def test_tiles_of_about_the_same_size_share_one(image: Path, tmp_path: Path) -> None:
    source = ThumbnailSource(folder=tmp_path / "small")
    for zoom in (0.08, 0.075, 0.07, 0.065):
        whole(source, image, zoom)
    source.settle()
    assert len(list((tmp_path / "small").glob("*.npy"))) == 1


def test_the_folder_stays_within_its_bound(tmp_path: Path) -> None:
    source = ThumbnailSource(folder=tmp_path / "small", folder_bytes=20_000)
    for number in range(20):
        tifffile.imwrite(tmp_path / f"{number}.tif", np.full((SIDE, SIDE), number, np.uint16))
        whole(source, tmp_path / f"{number}.tif", 1 / 16)
    source.settle()
    assert 0 < sum(path.stat().st_size for path in (tmp_path / "small").glob("*.npy")) <= 22_500


def test_a_region_is_read_as_it_is(image: Path) -> None:
    piece = ThumbnailSource().piece(image, Window(10, 20, 30, 50), 2.0)
    assert piece is not None
    assert piece.pixels[0, 0] == 30 + 2 * 10
    assert piece.pixels.shape == (10, 20)


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.tif").write_bytes(b"no image")
    with pytest.raises(InputError):
        whole(ThumbnailSource(folder=tmp_path / "small"), tmp_path / "b.tif", 1 / 16)


def test_what_is_not_used_any_more_is_let_go(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "_IDLE_SECONDS", 0.01)
    source = ThumbnailSource(folder=tmp_path / "small")
    for zoom in (1 / 16, 1 / 4):
        whole(source, image, zoom)
        assert source._writer is not None
        end = monotonic() + 10
        while source._writer is not None and monotonic() < end:
            sleep(0.01)
        assert source._writer is None, "its thread would keep it, and its planes"
    assert len(list((tmp_path / "small").glob("*.npy"))) == 2
