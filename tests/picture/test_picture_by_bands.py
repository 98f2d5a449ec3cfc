"""A picture made while its planes are decoded band by band is that of the whole planes, pixel by pixel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec
from tuiqc.pixels import PlaneSource, bands

HEIGHT, WIDTH = 201, 190
LAYOUTS: dict[str, dict[str, Any]] = {
    "raw": {},
    "big-endian": {"byteorder": ">"},
    "strips of 16": {"compression": "zlib", "rowsperstrip": 16},
    "strips of 7, predicted": {"compression": "zlib", "rowsperstrip": 7, "predictor": 2},
    "tiles": {"compression": "zlib", "tile": (32, 48)},
    "one strip": {"compression": "zlib", "rowsperstrip": HEIGHT},
}
RANDOM = np.random.default_rng(5)
GREY = RANDOM.poisson(300, (HEIGHT, WIDTH))
LABELS = (np.arange(HEIGHT)[:, None] // 20 * 10 + np.arange(WIDTH) // 19 + 1) * (GREY > 290)


@pytest.fixture(autouse=True)
def small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of a few kilobytes, so that there are several of them."""
    monkeypatch.setattr(bands, "_BAND_BYTES", 4096)
    monkeypatch.setattr(bands, "_RAW_BYTES", 4096)


def made(folder: Path, layout: str, dtype: type, rgb: bool = False) -> ImageRecord:
    grey, mask = folder / "grey.tif", folder / "mask.tif"
    plane = GREY.astype(dtype)
    plane = np.stack([plane, plane[::-1], plane // 2], axis=-1) if rgb else plane
    kind = {"photometric": "rgb" if rgb else "minisblack"}
    tifffile.imwrite(grey, plane, **kind, **LAYOUTS[layout])
    tifffile.imwrite(mask, LABELS.astype(np.uint16), **LAYOUTS[layout])
    return ImageRecord(0, "A1", {}, {"DNA": grey}, {"nuclei": mask}, {"nuclei": None})


def both(spec: PictureSpec, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """By bands, and from whole planes."""
    by_bands = Painter().paint(spec)
    monkeypatch.setattr(PlaneSource, "on_display", lambda *_, **__: None)
    return by_bands, Painter().paint(spec)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(95, 100), (63, 70), (40, 90), (11, 9)], ids=str)
def test_is_that_of_the_whole_planes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, size: tuple[int, int]
) -> None:
    display = Display.of(["DNA"], ["nuclei"], "nuclei")
    spec = PictureSpec(made(tmp_path, layout, np.uint16), display, "nuclei", width=size[0], height=size[1])
    by_bands, whole = both(spec, monkeypatch)
    np.testing.assert_array_equal(by_bands.rgb, whole.rgb)
    assert by_bands.remarks == whole.remarks == ()


@pytest.mark.parametrize(("dtype", "rgb"), [(np.uint8, False), (np.uint8, True), (np.float32, False)])
def test_is_that_of_the_whole_planes_of_every_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: type, rgb: bool
) -> None:
    record = made(tmp_path, "strips of 16", dtype, rgb)
    spec = PictureSpec(record, Display.of(["DNA"], ["nuclei"], "nuclei"), "nuclei", width=60, height=60)
    by_bands, whole = both(spec, monkeypatch)
    np.testing.assert_array_equal(by_bands.rgb, whole.rgb)


def test_marks_an_object_between_the_pixels_of_the_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = made(tmp_path, "strips of 16", np.uint16)
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[101, 91] = 7
    tifffile.imwrite(record.masks["nuclei"], labels, **LAYOUTS["strips of 16"])
    spec = PictureSpec(
        record, Display.of(["DNA"], ["nuclei"], "nuclei"), "nuclei", label=7, width=30, height=30
    )
    by_bands, whole = both(spec, monkeypatch)
    np.testing.assert_array_equal(by_bands.rgb, whole.rgb)
    assert not np.array_equal(whole.rgb, Painter().paint(replace(spec, label=0)).rgb)


def test_keeps_no_whole_plane_and_looks_at_all_pixels_before_it_calls_them_even(tmp_path: Path) -> None:
    record = made(tmp_path, "strips of 16", np.uint16)
    plane = np.full((HEIGHT, WIDTH), 9, np.uint16)
    spec = PictureSpec(record, Display.of(["DNA"], [], ""), width=40, height=40)
    painter = Painter()
    painter.paint(spec)
    assert painter.source.nbytes < plane.nbytes / 8
    for hot, remark in ((False, ("DNA: every pixel is 9",)), (True, ())):
        plane[5, 6] = 10 if hot else 9
        tifffile.imwrite(record.channels["DNA"], plane, **LAYOUTS["strips of 16"])
        assert Painter().paint(spec).remarks == remark


def test_tells_what_is_damaged_as_the_whole_plane_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = made(tmp_path, "strips of 16", np.uint16)
    path = record.channels["DNA"]
    with tifffile.TiffFile(path) as tif:
        offset = tif.pages[0].dataoffsets[4]
    data = bytearray(path.read_bytes())
    data[offset : offset + 40] = b"\xff" * 40
    path.write_bytes(data)
    spec = PictureSpec(record, Display.of(["DNA"], ["nuclei"], "nuclei"), "nuclei", width=60, height=60)
    by_bands, whole = both(spec, monkeypatch)
    assert by_bands.problems == whole.problems != ()
    np.testing.assert_array_equal(by_bands.rgb, whole.rgb)


def test_calls_in_threads_come_in_their_order_and_raise_what_one_raised() -> None:
    calls = [lambda number=number: number * number for number in range(50)]
    assert bands.in_threads(calls) == [number * number for number in range(50)]

    def fail() -> int:
        raise KeyError("no")

    with pytest.raises(KeyError, match="no"):
        bands.in_threads([*calls, fail, *calls])
    assert bands.in_threads([]) == []
