"""The quick reader of plain TIFF says and reads what the thorough one does, or nothing; facts are kept and found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.pixels.facts import HeaderFacts
from tuiqc.pixels.image_file import Window
from tuiqc.pixels.image_identity import file_identity
from tuiqc.pixels.tiff import TiffImage
from tuiqc.pixels.tiff_plain import open_plain

WAYS: list[dict[str, Any]] = [
    {},
    {"rowsperstrip": 7},
    {"metadata": None},
    {"resolution": (20000.0, 10000.0), "resolutionunit": "CENTIMETER"},
    {"resolution": (300, 300), "resolutionunit": "INCH"},
    {"description": "of my own", "metadata": None},
    {"byteorder": ">"},
    {"compression": "zlib"},
    {"bigtiff": True},
    {"tile": (16, 16)},
    {"ome": True},
    {"imagej": True},
    {"photometric": "miniswhite"},
]


@settings(max_examples=35, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    way=st.sampled_from(WAYS),
    dtype=st.sampled_from(["u1", "i1", "u2", "i2", "u4", "f4"]),
    shape=st.sampled_from([(33, 40), (64, 17), (2, 2), (1, 9), (3, 20, 24), (20, 24, 3)]),
)
def test_it_says_and_reads_what_the_thorough_reader_does(
    tmp_path: Path, way: dict[str, Any], dtype: str, shape: tuple[int, ...]
) -> None:
    path = tmp_path / "a.tif"
    pixels = np.random.default_rng(1).integers(0, 100, shape).astype(dtype)
    try:
        tifffile.imwrite(path, pixels, **way)
    except (ValueError, TypeError):
        return  # that can't be written
    plain = open_plain(path)
    if plain is None:
        return
    with plain, TiffImage(path) as thorough:
        assert plain.info.format == thorough.info.format == "TIFF"
        for name in ("axes", "sizes", "dtype", "partial", "reduced", "block"):
            assert getattr(plain.info, name) == getattr(thorough.info, name), name
        assert plain.info.pixel_size_um == pytest.approx(thorough.info.pixel_size_um)
        np.testing.assert_array_equal(plain.read(), thorough.read())
        window = Window(1, 2, 0, 2)
        np.testing.assert_array_equal(plain.read(window=window), thorough.read(window=window))
        np.testing.assert_array_equal(plain.lines([0, 1], 1), thorough.lines([0, 1], 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("way", [{}, {"rowsperstrip": 7}, {"metadata": None}, {"byteorder": ">"}])
def test_plain_files_are_taken(tmp_path: Path, way: dict[str, Any]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((40, 30), np.uint16), **way)
    plain = open_plain(tmp_path / "a.tif")
    assert plain is not None
    plain.close()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(0, 3000))
def test_damage_is_left_to_the_thorough_reader_or_told(tmp_path: Path, at: int, value: int, cut: int) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((30, 40), np.uint16), rowsperstrip=5)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[at % len(data)] = value
    (tmp_path / "a.tif").write_bytes(data[: len(data) - cut])
    plain = open_plain(tmp_path / "a.tif")
    if plain is not None:
        with plain:
            assert plain.read().shape == plain.info.shape


def test_a_file_that_is_cut_short_later_is_told(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((30, 40), np.uint16))
    plain = open_plain(tmp_path / "a.tif")
    assert plain is not None
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:600])
    with plain, pytest.raises(InputError):
        plain.lines([25], 2)


def test_rows_that_are_not_in_memory_are_asked_for_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = np.arange(1200, dtype=np.uint16).reshape(30, 40)
    tifffile.imwrite(tmp_path / "a.tif", plane)
    asked: list[tuple[int, int]] = []

    def not_there(*_: Any) -> int:
        raise BlockingIOError

    monkeypatch.setattr("os.RWF_NOWAIT", 8, raising=False)
    monkeypatch.setattr(
        "os.posix_fadvise", lambda fd, at, count, how: asked.append((at, count)), raising=False
    )
    monkeypatch.setattr("os.POSIX_FADV_WILLNEED", 3, raising=False)
    plain = open_plain(tmp_path / "a.tif")
    assert plain is not None
    with plain:
        with monkeypatch.context() as there:  # whatever the file system says of a file just written
            there.setattr("os.preadv", lambda fd, into, at, *_, real=os.preadv: real(fd, into, at))
            plain.lines([3, 20], 1)
        assert not asked, "it is in memory"
        monkeypatch.setattr("os.preadv", not_there)
        lines = plain.lines([3, 20], 1)
    assert lines is not None
    np.testing.assert_array_equal(lines[:, 0], plane[[3, 20]])
    assert [count for _, count in asked] == [18 * 80]


def test_facts_are_found_in_a_later_session_and_not_of_a_file_that_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "ö.tif"
    tifffile.imwrite(path, np.ones((2, 30, 40), np.uint16), imagej=True, metadata={"axes": "CYX"})
    with TiffImage(path) as image:
        info = image.info
    HeaderFacts(tmp_path / "h").put(file_identity(path), info)
    found = HeaderFacts(tmp_path / "h").get(file_identity(path), path)
    assert found is not None
    for name in type(info).__slots__:
        assert getattr(found, name) == getattr(info, name), name
    tifffile.imwrite(path, np.ones((8, 8), np.uint16))
    assert HeaderFacts(tmp_path / "h").get(file_identity(path), path) is None


def test_facts_that_are_damaged_or_too_many_cost_nothing_but_time(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((8, 8), np.uint16))
    with TiffImage(tmp_path / "a.tif") as image:
        info = image.info
    kept = tmp_path / "h"
    for number in range(100):
        HeaderFacts(kept).put((f"file {number}", 1, 2), info)
    kept.write_bytes(b'{"x": 1\n[1]\n["file 99", [1, 2], [1]\n\xff\n' + kept.read_bytes() + b'["cut')
    facts = HeaderFacts(kept, max_bytes=kept.stat().st_size // 2)
    assert facts.get(("file 99", 1, 2), tmp_path / "a.tif") is not None
    assert facts.get(("file 1", 1, 2), tmp_path / "a.tif") is None
    kept.write_bytes(b'["file 5",[1,2],["yx"]]\n')
    assert HeaderFacts(kept).get(("file 5", 1, 2), tmp_path / "a.tif") is None
