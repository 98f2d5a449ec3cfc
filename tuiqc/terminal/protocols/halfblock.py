"""Pictures as coloured half-blocks: `▀` with the upper pixel as foreground, the lower as background."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols import Protocol
from tuiqc.terminal.protocols.picture_protocol import Colour, Frame, PictureProtocol, Run, painted_at

BLOCK = "▀"
LEVELS = 64
"""Steps of a component: equal neighbours join to one run, and text styles repeat."""
_CUBE = np.array([0, 95, 135, 175, 215, 255])


class HalfBlock(PictureProtocol):
    """Two pixels in each cell: `Frame.text` has the codes that paint them, `Frame.pixels` is what they are made of."""

    COARSE = True
    WRITTEN = True

    def most_greys(self, caps: Capabilities) -> int:
        """More steps than `LEVELS` would cut runs that look alike."""
        return min(caps.grey_levels, LEVELS)

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """Coloured cells."""
        levels = min(grey_levels, LEVELS)
        pixels = rounded(fit(rgb, columns, rows), levels)
        text = painted_rows(pixels, caps.truecolor)
        return Frame(Protocol.HALFBLOCK, columns, rows, grey_levels=levels, text=text, pixels=pixels)

    def text_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> str:
        """Its cells."""
        return painted_at(frame, x, y, caps)

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        """Runs of equal cells."""
        return [] if frame.pixels is None else cells(frame.pixels, 256)

    def print_here(self, frame: Frame, caps: Capabilities) -> bytes:
        """Lines, each ending in a reset."""
        return b"".join(row + b"\x1b[0m\n" for row in frame.text)


def fit(rgb: RGB, columns: int, rows: int) -> RGB:
    """Picture scaled to (2 * rows, columns, 3), see `resized`."""
    return resized(rgb, columns, 2 * rows)


def resized(rgb: RGB, width: int, height: int) -> RGB:
    """Picture scaled to (height, width, 3): averaged where it shrinks, repeated where it grows."""
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


def rounded(rgb: RGB, levels: int = LEVELS) -> RGB:
    """A picture (2 * rows, columns, 3) uint8 with its components in so many steps; ValueError for another shape."""
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.shape[0] % 2 or 0 in rgb.shape:
        raise ValueError(f"half-blocks take a (2 * rows, columns, 3) picture, not {rgb.shape}")
    return steps_of(levels)[rgb]


@lru_cache
def steps_of(levels: int) -> RGB:
    """The 256 values of a component each rounded to the nearest of so many steps."""
    steps = (np.arange(256) * (levels - 1) + 127) // 255
    rounded_to: RGB = np.rint(steps * (255 / (levels - 1))).astype(np.uint8)
    return rounded_to


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
    One list per row of runs, the upper half in the colour of the text; their cells add up to `columns`.
    """
    coarse = rounded(rgb, levels)
    pairs = np.concatenate([coarse[0::2], coarse[1::2]], axis=2)
    begins = np.ones(pairs.shape[:2], bool)
    begins[:, 1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=2)
    rows: list[list[Run]] = []
    for line, starts in zip(pairs, begins, strict=True):
        at = np.flatnonzero(starts)
        lengths = np.diff(np.append(at, len(line))).tolist()
        colours = line[at].tolist()
        rows.append(
            [
                Run(BLOCK * n, n, (a, b, c), (d, e, f))
                for n, (a, b, c, d, e, f) in zip(lengths, colours, strict=True)
            ]
        )
    return rows


def painted_rows(rgb: RGB, truecolor: bool = True) -> tuple[bytes, ...]:
    """Each row of cells as text in UTF-8 with SGR colours, without a reset at its end.

    Colours are told where they change. A cell with two equal halves is a space, which needs no foreground. Without
    `truecolor` colours are the nearest of the 6x6x6 cube and the 24 greys of the 256-colour palette.

    Parameters
    ----------
    rgb
        (2 * rows, columns, 3) uint8; see `rounded`.
    """
    top, bottom = rgb[0::2], rgb[1::2]
    even = (top == bottom).all(axis=2)
    return coloured_rows(
        top, bottom, np.broadcast_to(_letters(BLOCK.encode()), (*even.shape, 3)), even, truecolor
    )


def coloured_rows(
    front: RGB, back: RGB, signs: npt.NDArray[np.uint8], even: npt.NDArray[np.bool_], truecolor: bool
) -> tuple[bytes, ...]:
    """As `painted_rows`, of cells with a foreground, a background and a sign each.

    Parameters
    ----------
    front, back
        (rows, columns, 3) uint8.
    signs
        (rows, columns, bytes) UTF-8, padded with NUL.
    even
        (rows, columns) cells that show the background alone: a space, whatever their sign.
    """
    rows, columns = even.shape
    new_front, new_back = _changed_front(front, even), np.ones((rows, columns), bool)
    new_back[:, 1:] = (back[:, 1:] != back[:, :-1]).any(axis=2)
    colours = _codes_24bit if truecolor else _codes_256
    upper, lower = colours(b"38", front), colours(b"48", back)
    upper[~new_front], lower[~new_back] = 0, 0
    some, both = new_front | new_back, new_front & new_back
    space = np.zeros(signs.shape[-1], np.uint8)
    space[0] = ord(" ")
    pieces = (
        np.where(some[..., None], _letters(b"\x1b["), 0),
        upper,
        np.where(both[..., None], _letters(b";"), 0),
        lower,
        np.where(some[..., None], _letters(b"m"), 0),
        np.where(even[..., None], space, signs),
    )
    letters = np.concatenate(pieces, axis=2, dtype=np.uint8)
    return tuple(line.tobytes().translate(None, b"\0") for line in letters)


def _changed_front(front: RGB, even: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cells (rows, columns) before which the foreground is another one: that of the last cell that needed any."""
    rows, columns = even.shape
    needed = np.where(even, -1, np.arange(columns))
    before = np.full((rows, columns), -1)
    before[:, 1:] = np.maximum.accumulate(needed, axis=1)[:, :-1]
    other: npt.NDArray[np.bool_] = (front != front[np.arange(rows)[:, None], before]).any(axis=2)
    return ~even & ((before < 0) | other)


def _letters(text: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text, np.uint8)


_DIGITS = np.array([b"%d" % number for number in range(256)], "S3").view(np.uint8).reshape(256, 3)


def _codes_24bit(plane: bytes, colours: RGB) -> npt.NDArray[np.uint8]:
    """`38;2;r;g;b` of each cell, (rows, columns, letters), short numbers padded with NUL."""
    codes = np.zeros((*colours.shape[:2], 16), np.uint8)
    codes[..., :5] = _letters(plane + b";2;")
    for part, at in enumerate((5, 9, 13)):
        codes[..., at : at + 3] = _DIGITS[colours[..., part]]
    codes[..., (8, 12)] = ord(";")
    return codes


def _codes_256(plane: bytes, colours: RGB) -> npt.NDArray[np.uint8]:
    """`38;5;n` of each cell."""
    codes = np.zeros((*colours.shape[:2], 8), np.uint8)
    codes[..., :5] = _letters(plane + b";5;")
    known, which = np.unique(colours.reshape(-1, 3), axis=0, return_inverse=True)
    numbers = np.array([nearest_256((red, green, blue)) for red, green, blue in known.tolist()])
    codes[..., 5:] = _DIGITS[numbers[which.reshape(colours.shape[:2])]]
    return codes


@lru_cache(maxsize=16_384)
def nearest_256(colour: Colour) -> int:
    """The entry of xterm's 256-colour palette (16 to 255) nearest to a colour in RGB."""
    cube = [int(np.abs(_CUBE - part).argmin()) for part in colour]
    grey = min(23, max(0, round((sum(colour) / 3 - 8) / 10)))
    in_cube = sum((int(_CUBE[step]) - part) ** 2 for step, part in zip(cube, colour, strict=True))
    in_greys = sum((8 + 10 * grey - part) ** 2 for part in colour)
    return 232 + grey if in_greys < in_cube else 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
