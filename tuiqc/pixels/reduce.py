"""Planes made smaller while they are read, a bounded piece at a time: no plane is ever held whole for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.pixels.image_file import ImageFile, Window
from tuiqc.pixels.slow_store import Stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_BYTES = 16 * 2**20
"""About as much of a plane is in memory at a time."""

SAMPLES_PER_BLOCK = 4
"""Of a long block only so many rows and columns are averaged; more costs time and shows nothing."""

_LEAST_FACTOR = 4
"""Uncompressed planes that are made so much smaller are read some rows of each block."""

_LONG_ROW = 2**14
"""To read so many bytes takes longer than to ask for them."""

Stop = Callable[[], bool]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make smaller: a plane of a level, the region of it, and by how much.

    `window` is in pixels of the level; `factor` of them become one. `labels`: one of them is taken; else their mean.
    """

    t: int
    z: int
    c: int
    level: int
    window: Window
    factor: int
    labels: bool

    @property
    def target(self) -> Window:
        """The region in reduced pixels."""
        return self.window.reduced(self.factor)


class Reduction:
    """A region that is being made smaller; it goes on where it was stopped.

    Parameters
    ----------
    wanted
        What to make smaller.
    image
        The file; `run` may be given it opened anew.
    """

    def __init__(self, wanted: Wanted, image: ImageFile) -> None:
        self.wanted = wanted
        shape = wanted.target.shape + ((3,) if image.info.rgb else ())
        self.pixels: NDArray[Any] = np.zeros(shape, image.info.dtype)
        self._chunks = list(chunks(image, wanted.level, wanted.window, wanted.factor))
        self._done = 0

    def run(self, image: ImageFile, stop: Stop, progress: Progress) -> NDArray[Any]:
        """Read what is missing and return the reduced region.

        Raises
        ------
        Stopped
            `stop()` became true; a further call goes on.
        InputError
            As `ImageFile.read`.
        """
        wanted, total = self.wanted, len(self._chunks)
        top, left = wanted.target.y0, wanted.target.x0
        while self._done < total:
            if stop():
                raise Stopped
            progress(self._done, total)
            window = self._chunks[self._done]
            small = _reduced(image, wanted, window)
            y, x = window.y0 // wanted.factor - top, window.x0 // wanted.factor - left
            self.pixels[y : y + small.shape[0], x : x + small.shape[1]] = small
            self._done += 1
        progress(total, total)
        return self.pixels


def chunks(image: ImageFile, level: int, window: Window, factor: int = 1) -> Iterator[Window]:
    """Regions that cover `window` (pixels of a level), each of about `CHUNK_BYTES`, from the top left.

    They begin at multiples of `factor`, and on the borders of tiles and strips where these are multiples of it.
    """
    shape = image.levels[level].shape
    high, wide = (min(n, m) for n, m in zip(image.info.block, shape, strict=True))
    pixel = image.info.dtype.itemsize * image.info.sizes.get("s", 1)
    across = window.shape[1] if wide >= shape[1] or (high, wide) == (1, 1) else _fill(wide, factor, 1024)
    down = _fill(high, factor, CHUNK_BYTES // max(across * pixel, 1))
    if wide < shape[1] and (high, wide) != (1, 1):
        across = _fill(wide, factor, CHUNK_BYTES // max(down * pixel, 1))
    for y in range(window.y0 // down * down, window.y1, down):
        for x in range(window.x0 // across * across, window.x1, across):
            part = Window(
                max(y, window.y0 // factor * factor),
                min(y + down, _end(window.y1, factor, shape[0])),
                max(x, window.x0 // factor * factor),
                min(x + across, _end(window.x1, factor, shape[1])),
            )
            if 0 not in part.shape:
                yield part


def _fill(unit: int, factor: int, room: int) -> int:
    """The largest multiple of `factor`, and if it can be of `unit`, that is at most `room`; at least one of each."""
    step = ceil(max(unit, factor) / factor) * factor
    return step * max(1, room // step)


def _end(end: int, factor: int, size: int) -> int:
    return min(ceil(end / factor) * factor, size)


def _reduced(image: ImageFile, wanted: Wanted, window: Window) -> NDArray[Any]:
    """One chunk, made smaller."""
    k = wanted.factor

    def read(part: Window) -> NDArray[Any]:
        return image.read(t=wanted.t, z=wanted.z, c=wanted.c, window=part, level=wanted.level)

    few = _from_few_rows(image, wanted, window)
    if few is not None:
        return few
    pixels = read(window)
    if wanted.labels:
        return _picked(pixels, k, k)
    return block_means(pixels, (k, k))


def _from_few_rows(image: ImageFile, wanted: Wanted, window: Window) -> NDArray[Any] | None:
    """A chunk made smaller from some rows of each block; None where reading all of them is as quick, or needed.

    The middle row, and of long rows two that stand for a half each: these are nearer to the mean where spots are
    smaller than a block (30 dB for 25), but each is a read by itself, which is half of the time of a thumbnail.
    """
    k = wanted.factor
    row = image.info.shape[1] * image.info.dtype.itemsize
    if image.info.block != (1, 1) or wanted.level or k < _LEAST_FACTOR or k * row < image.read_worth:
        return None
    if wanted.labels or row < _LONG_ROW:
        count, starts = 1, _middles(window.y0, window.y1, k)
    else:
        tops, count = range(window.y0, window.y1, k), 2
        starts = [min(top + y, window.y1 - 1) for top in tops for y in _spread(k, count)]
    lines = image.lines(starts, 1, t=wanted.t, z=wanted.z, c=wanted.c)
    if lines is None:
        return None
    rows = lines[:, 0, window.x0 : window.x1]
    if wanted.labels:
        return _picked(rows, 1, k)
    return block_means(rows, (count, k))


def _picked(pixels: NDArray[Any], down: int, across: int) -> NDArray[Any]:
    """The pixel in the middle of each block, the last one of an incomplete block that has no middle."""
    for axis, block in enumerate((down, across)):
        places = _middles(0, pixels.shape[axis], block)
        even = places[-1] - places[0] == (len(places) - 1) * block
        every = (slice(None),) * axis + (slice(places[0], None, block),)
        pixels = pixels[every] if even else pixels.take(places, axis=axis)
    return np.ascontiguousarray(pixels)


def _middles(start: int, end: int, block: int) -> list[int]:
    """The middle of each block, the last place of an incomplete block that has no middle."""
    places = list(range(start + block // 2, end, block))
    return places if len(places) * block >= end - start else [*places, end - 1]


def block_means(plane: NDArray[Any], block: tuple[int, int]) -> NDArray[Any]:
    """Average blocks of (rows, columns) pixels, the incomplete ones at the far edges too.

    Parameters
    ----------
    plane
        (y, x) or (y, x, samples), any numeric type or bool. Values that are not finite do not count; a block of them
        alone is 0.

    Returns
    -------
    numpy.ndarray
        ceil(y / rows) x ceil(x / columns), the type of `plane`; means are rounded for integers. Of a long block
        `SAMPLES_PER_BLOCK` rows and columns are averaged, spread evenly.
    """
    if plane.dtype.kind not in "bu" or plane.dtype.itemsize > 2:
        return _counted_means(plane, block)
    down, across = (n // k for n, k in zip(plane.shape[:2], block, strict=True))
    y, x = down * block[0], across * block[1]
    if (y, x) == plane.shape[:2]:
        return _whole_means(plane, block)
    size = [ceil(n / k) for n, k in zip(plane.shape[:2], block, strict=True)]
    means: NDArray[Any] = np.empty((*size, *plane.shape[2:]), plane.dtype)
    means[:down, :across] = _whole_means(plane[:y, :x], block)
    high, wide = plane.shape[0] - y, plane.shape[1] - x
    for part, one, at in (
        (plane[:y, x:], (block[0], wide), (slice(down), slice(across, None))),
        (plane[y:, :x], (high, block[1]), (slice(down, None), slice(across))),
        (plane[y:, x:], (high, wide), (slice(down, None), slice(across, None))),
    ):
        if part.size:
            rows, columns = part.shape[0] // one[0], part.shape[1] // one[1]
            blocks = part.reshape(rows, one[0], columns, one[1], *plane.shape[2:])
            means[at] = np.floor(blocks.mean((1, 3)) + 0.5).astype(plane.dtype)
    return means


def _whole_means(plane: NDArray[Any], block: tuple[int, int]) -> NDArray[Any]:
    """As `block_means`, of complete blocks of whole numbers of at most 16 bits: nothing need be counted."""
    ys, xs = (_spread(n, SAMPLES_PER_BLOCK) for n in block)
    total = np.zeros((plane.shape[0] // block[0], plane.shape[1] // block[1], *plane.shape[2:]), np.uint32)
    for y in ys:
        for x in xs:
            total += plane[y :: block[0], x :: block[1]]
    count = len(ys) * len(xs)
    total += count // 2
    total //= count
    return total.astype(plane.dtype)


def _counted_means(plane: NDArray[Any], block: tuple[int, int]) -> NDArray[Any]:
    """As `block_means`, of any type, with blocks that are incomplete or not finite everywhere."""
    size = [ceil(n / k) for n, k in zip(plane.shape[:2], block, strict=True)]
    finite = None
    if plane.dtype.kind == "f" and not np.isfinite(plane).all():
        finite = np.isfinite(plane)
        plane = np.where(finite, plane, 0)
    whole = plane.dtype.kind in "bu" and plane.dtype.itemsize <= 2
    total: NDArray[Any] = np.zeros((*size, *plane.shape[2:]), np.uint32 if whole else np.float64)
    count: NDArray[Any] = np.zeros(total.shape, np.uint32)
    # Of a block that is incomplete the first row and column are there at least.
    ys, xs = ((0, *_spread(n, SAMPLES_PER_BLOCK)[1:]) for n in block)
    for y in ys:
        for x in xs:
            part = plane[y :: block[0], x :: block[1]]
            where = (slice(0, part.shape[0]), slice(0, part.shape[1]))
            total[where] += part
            count[where] += 1 if finite is None else finite[y :: block[0], x :: block[1]]
    np.maximum(count, 1, out=count)
    mean: NDArray[Any] = (total + count // 2) // count if whole else total / count
    if plane.dtype.kind not in "fb" and not whole:
        np.rint(mean, out=mean)
    return mean.astype(plane.dtype, copy=False)


@cache
def _spread(block: int, most: int) -> tuple[int, ...]:
    """Which of so many pixels stand for all: at most so many, each in the middle of its part."""
    count = min(block, most)
    return tuple((2 * i + 1) * block // (2 * count) for i in range(count))
