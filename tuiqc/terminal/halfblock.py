"""Pictures as coloured half-blocks: `▀` with the upper pixel as foreground, the lower as background."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tuiqc.terminal.palette import RGB

Colour = tuple[int, int, int]
Run = tuple[int, Colour, Colour]
"""A number of cells, the colour of their upper and of their lower half."""

BLOCK = "▀"
LEVELS = 64
"""Steps of a component: equal neighbours join to one run, and text styles repeat."""
_CUBE = np.array([0, 95, 135, 175, 215, 255])


def fit(rgb: RGB, columns: int, rows: int) -> RGB:
    """Picture scaled to (2 * rows, columns, 3): averaged where it shrinks, repeated where it grows."""
    height, width = 2 * rows, columns
    if rgb.shape[:2] == (height, width):
        return rgb
    scaled = rgb.astype(np.float32)
    for axis, size in ((0, height), (1, width)):
        scaled = _resampled(scaled, axis, size)
    whole: RGB = np.rint(scaled).astype(np.uint8)
    return whole


def _resampled(values: npt.NDArray[Any], axis: int, size: int) -> npt.NDArray[Any]:
    """Mean of the pixels that begin in each of `size` equal stretches, at least one each, along one axis."""
    edges = np.arange(size + 1) * values.shape[axis] // size
    counts = np.diff(edges)
    if counts.min() < 1:
        repeated: npt.NDArray[Any] = values.take(edges[:-1], axis=axis)
        return repeated
    shape = [1] * values.ndim
    shape[axis] = size
    sums: npt.NDArray[Any] = np.add.reduceat(values, edges[:-1], axis=axis)
    sums /= counts.astype(np.float32).reshape(shape)
    return sums


def cells(rgb: RGB, levels: int = LEVELS) -> list[list[Run]]:
    """Runs of equal cells, row by row from the left.

    Parameters
    ----------
    rgb
        (2 * rows, columns, 3) uint8.
    levels
        Steps that components are rounded to, at least 2: fewer give longer runs.

    Returns
    -------
    One list per row of runs `(cells, top, bottom)`; their cells add up to `columns`.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.shape[0] % 2 or 0 in rgb.shape:
        raise ValueError(f"half-blocks take a (2 * rows, columns, 3) picture, not {rgb.shape}")
    steps = (np.arange(256) * (levels - 1) + 127) // 255
    rounded = np.rint(steps * (255 / (levels - 1))).astype(np.uint8)[rgb]
    pairs = np.concatenate([rounded[0::2], rounded[1::2]], axis=2)
    begins = np.ones(pairs.shape[:2], bool)
    begins[:, 1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=2)
    rows: list[list[Run]] = []
    for line, starts in zip(pairs, begins, strict=True):
        at = np.flatnonzero(starts)
        lengths = np.diff(np.append(at, len(line))).tolist()
        colours = line[at].tolist()
        rows.append(
            [(n, (a, b, c), (d, e, f)) for n, (a, b, c, d, e, f) in zip(lengths, colours, strict=True)]
        )
    return rows


def run_bytes(rows: list[list[Run]]) -> int:
    """Bytes of the runs in true colour as Rich writes them: the colours, three bytes a cell, the reset."""
    return sum(
        sum(len(str(part)) for part in (*top, *bottom)) + 24 + 3 * count
        for row in rows
        for count, top, bottom in row
    )


def encode(rgb: RGB, truecolor: bool = True) -> bytes:
    """The picture, shaped as for `cells`, as lines of text in UTF-8 with SGR colours, each line ending in a
    newline.

    Without `truecolor` colours are the nearest of the 6x6x6 cube and the 24 greys of the 256-colour palette.
    """
    paint = _sgr_24bit if truecolor else _sgr_256
    lines = []
    for row in cells(rgb):
        top: Colour | None = None
        bottom: Colour | None = None
        parts = []
        for count, upper, lower in row:
            codes = [paint(38, upper)] if upper != top else []
            codes += [paint(48, lower)] if lower != bottom else []
            parts.append((f"\x1b[{';'.join(codes)}m" if codes else "") + BLOCK * count)
            top, bottom = upper, lower
        lines.append("".join(parts) + "\x1b[0m\n")
    return "".join(lines).encode()


def _sgr_24bit(plane: int, colour: Colour) -> str:
    return f"{plane};2;{colour[0]};{colour[1]};{colour[2]}"


def _sgr_256(plane: int, colour: Colour) -> str:
    return f"{plane};5;{nearest_256(colour)}"


@lru_cache(maxsize=65_536)
def nearest_256(colour: Colour) -> int:
    """The entry of xterm's 256-colour palette (16 to 255) nearest to a colour in RGB."""
    cube = [int(np.abs(_CUBE - part).argmin()) for part in colour]
    grey = min(23, max(0, round((sum(colour) / 3 - 8) / 10)))
    in_cube = sum((int(_CUBE[step]) - part) ** 2 for step, part in zip(cube, colour, strict=True))
    in_greys = sum((8 + 10 * grey - part) ** 2 for part in colour)
    return 232 + grey if in_greys < in_cube else 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
