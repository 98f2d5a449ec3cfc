"""Large planes: pyramids, regions, and planes made smaller while they are read."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from fixtures.images import gradient, write_tiff
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.pixels import (
    Piece,
    PlaneSource,
    Window,
    image_info,
    open_image,
    overviews,
    plane_source,
    reduce,
    tiff_series,
)
from tuiqc.pixels.reduce import block_means

TILED = {"tile": (64, 64), "compression": "zlib"}


def halved(plane: np.ndarray, times: int) -> np.ndarray:
    return plane[:: 2**times, :: 2**times]


def pyramid(path: Path, plane: np.ndarray, kind: str, levels: int = 3) -> Path:
    """The same pyramid as OME-TIFF with SubIFDs, as SubIFDs of a plain TIFF, and as smaller pages."""
    with tifffile.TiffWriter(path, ome=kind == "ome") as tif:
        options = {} if kind == "pages" else {"subifds": levels}
        quiet = {"metadata": None} if kind != "ome" else {}
        tif.write(plane, photometric="minisblack", **TILED, **options, **quiet)
        for level in range(1, levels + 1):
            tif.write(halved(plane, level), subfiletype=1, photometric="minisblack", **TILED, **quiet)
    return path


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the tiles or strips that are decoded."""
    seen: list[int] = []
    real = tiff_series._decode
    monkeypatch.setattr(tiff_series, "_decode", lambda fd, page, n: (seen.append(n), real(fd, page, n))[1])
    return seen


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planes of some hundred pixels count as very large."""
    monkeypatch.setattr(plane_source, "WHOLE_PLANE_BYTES", 20_000)
    monkeypatch.setattr(plane_source, "OVERVIEW_SIDE", 64)
    for name in ("_BLOCK", "_SMALL_BLOCK"):
        monkeypatch.setattr(plane_source, name, 64)
    monkeypatch.setattr(reduce, "CHUNK_BYTES", 40_000)


# --- levels


@pytest.mark.parametrize("kind", ["ome", "subifds", "pages"])
@pytest.mark.parametrize("shape", [(512, 384), (501, 387)])
def test_the_levels_of_a_pyramid_are_found_and_read(tmp_path: Path, kind: str, shape: tuple) -> None:
    plane = gradient(shape)
    path = pyramid(tmp_path / "a.ome.tif", plane, kind)
    with open_image(path) as image:
        assert [level.scale for level in image.levels] == [1, 2, 4, 8]
        for number, level in enumerate(image.levels):
            assert level.shape == halved(plane, number).shape
            np.testing.assert_array_equal(image.read(level=number), halved(plane, number))
            window = Window(3, 40, 5, 30)
            np.testing.assert_array_equal(
                image.read(window=window, level=number), halved(plane, number)[3:40, 5:30]
            )
        with pytest.raises(InputError, match="no level 4"):
            image.read(level=4)


def test_a_hyperstack_with_a_pyramid_keeps_its_axes(tmp_path: Path) -> None:
    stack = np.stack([gradient((256, 256), seed=c) for c in range(3)])
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tif:
        tif.write(stack, subifds=1, metadata={"axes": "CYX"}, **TILED)
        tif.write(stack[:, ::2, ::2], subfiletype=1, **TILED)
    with open_image(path) as image:
        assert (image.info.sizes["c"], len(image.levels)) == (3, 2)
        np.testing.assert_array_equal(image.read(c=2, level=1), stack[2, ::2, ::2])


def test_a_thumbnail_of_another_shape_is_no_level(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(gradient((256, 256)), metadata=None, **TILED)
        tif.write(gradient((64, 100)), metadata=None, subfiletype=1)
    assert len(image_info(path).levels) == 1


def test_several_series_give_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tif:
        tif.write(gradient((96, 80)))
        tif.write(gradient((40, 50), seed=3))
    np.testing.assert_array_equal(open_image(path).read(), gradient((96, 80)))


# --- what is read


def test_a_view_of_all_reads_the_smallest_level_that_serves(tmp_path: Path, decoded: list[int]) -> None:
    plane = gradient((512, 512))
    path = pyramid(tmp_path / "a.tif", plane, "ome")
    piece = PlaneSource().piece(path, Window.whole((512, 512)), 1 / 4.5)
    assert piece is not None
    assert (piece.scale, piece.window) == (4, Window(0, 128, 0, 128))
    np.testing.assert_array_equal(piece.pixels, halved(plane, 2))
    assert not decoded, "the level is small: it is read whole, by tifffile"


@pytest.mark.usefixtures("small_limits")
def test_a_step_to_an_object_decodes_the_tiles_it_touches_and_no_other(
    tmp_path: Path, decoded: list[int]
) -> None:
    plane = gradient((512, 512))
    path = write_tiff(tmp_path / "a.tif", plane, **TILED)
    planes = PlaneSource(10**6)
    for _ in range(2):
        piece = planes.piece(path, Window(100, 140, 300, 330), 2.0)
        assert piece is not None
        np.testing.assert_array_equal(piece.pixels, plane[100:140, 300:330])
        assert sorted(decoded) == [12, 13, 20, 21], "and the second time none"
    planes.piece(path, Window(100, 140, 310, 350), 2.0)
    assert sorted(decoded) == [12, 13, 20, 21], "a little further lies in the same ones"


@pytest.mark.usefixtures("small_limits")
def test_uncompressed_rows_are_read_where_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plane = gradient((512, 16384))
    path = write_tiff(tmp_path / "a.tif", plane)
    filled = []
    real = tiff_series.fill
    monkeypatch.setattr(
        tiff_series, "fill", lambda fd, pixels, at: (filled.append(pixels.nbytes), real(fd, pixels, at))[1]
    )
    planes = PlaneSource(10**6)
    planes.piece(path, Window(100, 140, 300, 330), 2.0)
    assert sum(filled) <= 2 * 128 * 64 * 2
    filled.clear()
    lines = []
    read = tiff_series.read_lines
    monkeypatch.setattr(
        tiff_series,
        "read_lines",
        lambda fd, run, offset, places: (lines.extend(places), read(fd, run, offset, places))[1],
    )
    whole = planes.piece(path, Window.whole(plane.shape), 1 / 256)
    assert whole is not None
    assert whole.scale == 256
    assert len(lines) == 4, "two rows of every 256"
    filled.clear()
    again = planes.piece(path, Window(0, 512, 0, 8192), 1 / 280)
    assert again is not None
    assert not filled
    np.testing.assert_array_equal(again.pixels, whole.pixels[:, :32])


def layouts(path: Path, plane: np.ndarray, kind: str) -> Path:
    if kind == "hdf5":
        with h5py.File(path, "w") as file:
            file.create_dataset("exported_data", data=plane, chunks=(50, 30), compression="gzip")
        return path
    options = {"tiles": TILED, "strips": {}, "packed strips": {"rowsperstrip": 7, "compression": "zlib"}}
    return write_tiff(path, plane, **options[kind])


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("kind", ["tiles", "strips", "packed strips", "hdf5"])
@pytest.mark.parametrize("labels", [True, False])
def test_a_plane_without_a_pyramid_is_made_smaller(tmp_path: Path, kind: str, labels: bool) -> None:
    y, x = np.mgrid[:333, :277]
    plane = (
        ((y // 8) * 1000 + x // 8 + 2**25).astype(np.uint32) if labels else (y * 100 + x).astype(np.uint16)
    )
    path = layouts(tmp_path / ("a.h5" if kind == "hdf5" else "a.tif"), plane, kind)
    told = []
    planes = PlaneSource(10**6)
    for window, zoom in ((Window.whole(plane.shape), 1 / 8), (Window(17, 300, 30, 200), 1 / 2.5)):
        piece = planes.piece(path, window, zoom, labels=labels, progress=lambda *at: told.append(at))
        assert piece is not None
        k = int(piece.scale)
        assert k == (8 if zoom < 0.2 else 2)
        cut = piece.window
        ys, xs = (np.arange(a, b) * k + k // 2 for a, b in ((cut.y0, cut.y1), (cut.x0, cut.x1)))
        expected = plane[np.minimum(ys, 332)[:, None], np.minimum(xs, 276)]
        if labels:
            np.testing.assert_array_equal(piece.pixels, expected)
        else:
            assert np.abs(piece.pixels.astype(int) - expected.astype(int))[:-1, :-1].max() <= 100 * k
    assert told[0][0] == 0
    assert all(done <= total for done, total in told)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40))
def test_block_means_are_means(down: int, across: int, rows: int, columns: int) -> None:
    plane = np.random.default_rng(1).integers(0, 255, (rows, columns)).astype(np.uint8)
    means = block_means(plane, (down, across))
    assert means.shape == (-(-rows // down), -(-columns // across))
    if down <= 4 and across <= 4:
        for y, x in np.ndindex(means.shape):
            block = plane[y * down : (y + 1) * down, x * across : (x + 1) * across]
            assert abs(int(means[y, x]) - block.mean()) <= 0.5 + 1e-6


def test_means_of_yes_and_no_are_what_most_of_the_block_is() -> None:
    plane = np.zeros((5, 5), bool)
    plane[4, 4] = plane[4, 0] = plane[0, 0] = True
    np.testing.assert_array_equal(block_means(plane, (2, 2)), [[0, 0, 0], [0, 0, 0], [1, 0, 1]])


def test_of_a_long_block_pixels_all_over_it_are_averaged() -> None:
    plane = np.tile(np.arange(120, dtype=np.uint8), (120, 1))
    np.testing.assert_allclose(block_means(plane, (40, 40))[0], [20, 60, 100], atol=1)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint32", "uint64", "float32", "float64"])
def test_means_keep_the_type_and_leave_out_what_is_not_finite(dtype: str) -> None:
    plane = np.full((8, 8), 7).astype(dtype)
    if plane.dtype.kind == "f":
        plane[0, 0], plane[5, 5], plane[4:, :4] = np.nan, np.inf, np.nan
    means = block_means(plane, (4, 4))
    assert means.dtype == plane.dtype
    assert means[0, 0] == means[1, 1] == plane[7, 7]
    if plane.dtype.kind == "f":
        assert means[1, 0] == 0


# --- stopping, keeping


@pytest.mark.usefixtures("small_limits")
def test_what_was_stopped_goes_on_where_it_was(tmp_path: Path, decoded: list[int]) -> None:
    path = write_tiff(tmp_path / "a.tif", gradient((512, 512)), **TILED)
    planes = PlaneSource(10**6)
    whole = Window.whole((512, 512))
    assert planes.piece(path, whole, 1 / 8, stop=lambda: len(decoded) >= 20) is None
    before = len(decoded)
    assert 20 <= before < 64
    assert planes.piece(path, whole, 1 / 8) is not None
    assert len(decoded) == 64, "every tile once"


@pytest.mark.usefixtures("small_limits")
def test_an_overview_outlives_the_session_and_not_the_file(tmp_path: Path, decoded: list[int]) -> None:
    plane = gradient((512, 512))
    path, folder, whole = tmp_path / "a.tif", tmp_path / "cache", Window.whole((512, 512))
    write_tiff(path, plane, **TILED)
    first = PlaneSource(10**6, folder).piece(path, whole, 1 / 8)
    decoded.clear()
    second = PlaneSource(10**6, folder).piece(path, whole, 1 / 8)
    assert not decoded
    assert isinstance(first, Piece)
    assert isinstance(second, Piece)
    np.testing.assert_array_equal(first.pixels, second.pixels)
    for file in folder.glob("*.npy"):
        file.write_bytes(b"cut short")
    assert PlaneSource(10**6, folder).piece(path, whole, 1 / 8) is not None
    assert len(decoded) == 64
    write_tiff(path, plane + 1, **TILED)
    decoded.clear()
    assert PlaneSource(10**6, folder).piece(path, whole, 1 / 8) is not None
    assert len(decoded) == 64


def test_a_folder_of_overviews_is_bounded(tmp_path: Path) -> None:
    folder = overviews.OverviewFolder(tmp_path / "cache", 10_000)
    for number in range(9):
        folder.put(number, np.zeros(250, np.int64))
    kept = [number for number in range(9) if folder.get(number) is not None]
    assert sum(file.stat().st_size for file in folder.folder.iterdir()) <= 10_000
    assert len(kept) == 4
    assert kept[-1] == 8


def test_a_folder_that_can_not_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    folder = overviews.OverviewFolder(tmp_path / "file" / "cache")
    folder.put(1, np.zeros(3))
    assert folder.get(1) is None
    assert overviews.OverviewFolder(None).get(1) is None


@pytest.mark.usefixtures("small_limits")
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 350), st.integers(0, 350), st.integers(1, 350), st.integers(1, 350), st.floats(0.01, 4))
def test_the_memory_stays_within_its_bound(
    big: Path, y: int, x: int, height: int, width: int, zoom: float
) -> None:
    planes = PlaneSource(200_000)
    planes.piece(big, Window(y, y + height, x, x + width), zoom)
    planes.piece(big, Window(y, y + height, x, x + width), 1 / 16)
    assert planes.nbytes <= 200_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiff(tmp_path_factory.mktemp("big") / "a.tif", gradient((400, 700)), **TILED)
