"""Planes made as small as a display needs while they are decoded, band by band in several threads: none is held whole.

The pixels are those that the whole plane would have given: means of blocks are cut at the same places, labels and the
pixels that contrast is taken from are picked from the same rows and columns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from tuiqc.pixels.image_file import ImageFile, Window
from tuiqc.pixels.slow_store import Stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND_BYTES = 2**18
"""About as much is decoded at a time, which is a strip as most programs write them: it need not be copied into a band,
and what fits into the cache of a processor is made small before it leaves it."""
_RAW_BYTES = 2**19
"""The same where nothing is decoded: each band is a read of its own."""

SAMPLES_PER_BLOCK = 4
"""Of a long block only so many rows and columns are averaged; more costs time and shows nothing."""

_SAMPLES = 65_536
"""Pixels of a plane that contrast is taken from: every 8th of a 2048 x 2048 plane gives limits within 1 of all."""

T = TypeVar("T")
Stop = Callable[[], bool]
Progress = Callable[[int, int], None]


class PlaneAt(NamedTuple):
    """A plane of a file."""

    t: int
    z: int
    c: int
    level: int


def sample_step(shape: tuple[int, ...]) -> int:
    """Each how many rows and columns of a plane give about 65,000 pixels for its contrast."""
    return max(int(np.sqrt(shape[0] * shape[1] / _SAMPLES)), 1)


def display_means(plane: NDArray[Any], block: int) -> NDArray[Any]:
    """Average blocks of `block` x `block` pixels; incomplete ones at the far edges are dropped.

    Parameters
    ----------
    plane
        (y, x) or (y, x, samples), any numeric type or bool.

    Returns
    -------
    numpy.ndarray
        (y // block, x // block), the type of `plane` for whole numbers of at most 16 bits, where means are rounded;
        float32 or float64 for others. Of a long block `SAMPLES_PER_BLOCK` rows and columns are averaged.
    """
    wide: type[np.generic]
    if plane.dtype.kind == "u" and plane.dtype.itemsize <= 2:
        wide = np.uint16 if plane.dtype.itemsize == 1 else np.uint32
    else:  # float64 keeps what float32 would round away
        wide = np.float64 if plane.dtype.itemsize >= 8 or plane.dtype.kind != "f" else np.float32
    offsets = _offsets(block)
    rows, columns = (n // block * block for n in plane.shape[:2])
    total: NDArray[Any] = plane[offsets[0] : rows : block].astype(wide)
    for offset in offsets[1:]:
        total += plane[offset:rows:block]
    sums: NDArray[Any] = total[:, offsets[0] : columns : block].copy()
    for offset in offsets[1:]:
        sums += total[:, offset:columns:block]
    count = len(offsets) ** 2
    if sums.dtype.kind == "f":
        sums /= count
        return sums
    sums += count // 2
    sums //= count
    return sums.astype(plane.dtype)


@cache
def _offsets(block: int) -> tuple[int, ...]:
    """Which rows, and columns, of a block are averaged."""
    return tuple(np.unique(np.linspace(0, block - 1, min(block, SAMPLES_PER_BLOCK)).astype(int)).tolist())


class Small(NamedTuple):
    """A channel made small, and every so many of its pixels for contrast, see `sample_step`."""

    means: NDArray[Any]
    sample: NDArray[Any]


class _Part(NamedTuple):
    """What a band gives: the means of its complete blocks, and its rows before and behind them."""

    before: NDArray[Any]
    means: NDArray[Any]
    behind: NDArray[Any]
    sample: NDArray[Any]


def means_by_bands(image: ImageFile, at: PlaneAt, block: int, stop: Stop, progress: Progress) -> Small:
    """Average blocks of a plane of whole numbers as `display_means`.

    Raises
    ------
    Stopped
        `stop()` became true.
    InputError
        As `ImageFile.read`.
    """
    step = sample_step(image.levels[at.level].shape)

    def part(y0: int, pixels: NDArray[Any]) -> _Part:
        lead = min(-y0 % block, len(pixels))
        whole = (len(pixels) - lead) // block * block
        inside = pixels[lead : lead + whole]
        means = display_means(inside, block) if whole else display_means(pixels[:0], block)
        rows = pixels[-y0 % step :: step, ::step]
        return _Part(pixels[:lead].copy(), means, pixels[lead + whole :].copy(), rows.copy())

    parts = _by_bands(image, at, block, part, stop, progress)
    return Small(_joined(parts, block), np.concatenate([one.sample for one in parts]))


def _joined(parts: list[_Part], block: int) -> NDArray[Any]:
    """The means of all bands, with those of blocks that lie across their borders."""
    found, left = [parts[0].means], parts[0].behind
    for one in parts[1:]:
        if len(left):
            found.append(display_means(np.concatenate([left, one.before]), block))
        found.append(one.means)
        left = one.behind
    return np.concatenate(found)


def picked_by_bands(
    image: ImageFile,
    at: PlaneAt,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    stop: Stop,
    progress: Progress,
) -> NDArray[Any]:
    """The pixels of a plane in some rows and columns, both in ascending order; raises as `means_by_bands`."""

    def part(y0: int, pixels: NDArray[Any]) -> NDArray[Any]:
        first, last = np.searchsorted(rows, (y0, y0 + len(pixels)))
        return pixels.take(rows[first:last] - y0, axis=0).take(columns, axis=1)

    return np.concatenate(_by_bands(image, at, 1, part, stop, progress))


def bands(image: ImageFile, level: int, least: int = 1) -> list[tuple[int, int]]:
    """First row and row behind the last of each, cut where tiles and strips end; `least` rows each but the last."""
    rows, columns = image.levels[level].shape
    high = max(min(image.info.block[0], rows), 1)
    row = columns * image.info.dtype.itemsize * image.info.sizes.get("s", 1)
    nbytes = _RAW_BYTES if image.info.block == (1, 1) else _BAND_BYTES
    together = high * max(1, nbytes // max(high * row, 1), -(-least // high))
    return [(y, min(y + together, rows)) for y in range(0, rows, together)]


def _by_bands(
    image: ImageFile,
    at: PlaneAt,
    least: int,
    part: Callable[[int, NDArray[Any]], T],
    stop: Stop,
    progress: Progress,
) -> list[T]:
    cuts = bands(image, at.level, least)
    columns = image.levels[at.level].shape[1]
    done = 0

    def work(cut: tuple[int, int]) -> T:
        nonlocal done
        if stop():
            raise Stopped
        window = Window(*cut, 0, columns)
        made = part(cut[0], image.read(t=at.t, z=at.z, c=at.c, window=window, level=at.level))
        done += 1
        progress(done, len(cuts))
        return made

    return in_threads([partial(work, cut) for cut in cuts])


def in_threads(calls: list[Callable[[], T]]) -> list[T]:
    """Results of calls that leave Python to others most of the time, in their order; this thread does its share.

    What one raises is raised here, when none is running any more; those that have not begun are not begun then.
    """
    results: dict[int, T] = {}
    waiting = iter(enumerate(calls))
    failed: list[BaseException] = []

    def run() -> None:
        for number, call in waiting:
            if failed:
                return
            try:
                results[number] = call()
            except BaseException as error:
                failed.append(error)

    helpers = [_threads().submit(run) for _ in range(min(_beside(), len(calls) - 1))]
    run()
    for helper in helpers:
        if not helper.cancel():  # it may never have begun: the pool does others' work
            helper.result()
    if failed:
        raise failed[0]
    return [results[number] for number in range(len(calls))]


def _beside() -> int:
    """Threads that help the one that asks."""
    return min(3, (os.cpu_count() or 1) - 1)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _beside()), thread_name_prefix="tuiqc-bands")
