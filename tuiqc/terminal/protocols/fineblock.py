"""Pictures as block characters that cut a cell into 4, 6 or 8 parts: two colours, and the best shape for them.

A cell has a foreground and a background, so that its parts are shared out to two colours. All ways to do so are tried,
and the one with the least squared error is taken: for parts x around their mean, S the sum of those in the foreground,
n of N parts, it is the one with the largest |S|^2 (1/n + 1/(N - n)).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols import Protocol
from tuiqc.terminal.protocols.halfblock import LEVELS, coloured_rows, resized, steps_of
from tuiqc.terminal.protocols.picture_protocol import (
    Colour,
    Frame,
    PictureProtocol,
    Run,
    painted_at,
)

_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_FINEST = 4
_HALF = 0.49
_LOST = 64
"""Difference of the components of a colour (its chroma) that a mean may have less of."""
_SEXTANT = 0x1FB00
_OCTANT = 0x1CD00
_LEFT, _RIGHT = 0b010101, 0b101010
_OTHER_OCTANTS = {
    **{
        sum(0b101 << at for bit, at in enumerate((0, 1, 4, 5)) if sign >> bit & 1): text
        for sign, text in enumerate(_QUADRANTS)
    },
    0x01: "\U0001cea8",
    0x02: "\U0001ceab",
    0x40: "\U0001cea3",
    0x80: "\U0001cea0",
    0x03: "\U0001fb82",
    0xC0: "▂",
    0x3F: "\U0001fb85",
    0xFC: "▆",
    0x14: "\U0001fbe6",
    0x28: "\U0001fbe7",
}
"""Octants that Unicode had already, as quadrants, quarters or halves; the others stand in order from U+1CD00."""


@cache
def signs(down: int) -> tuple[str, ...]:
    """The characters of a cell of 2 x `down` parts, by the bits of those in the foreground: row by row, from the left.

    Unicode 1.1 (quadrants), 13 (sextants, Symbols for Legacy Computing) and 16 (octants, their Supplement).
    """
    if down == 2:
        return tuple(_QUADRANTS)
    if down == 3:
        known = {0: " ", _LEFT: "▌", _RIGHT: "▐", 63: "█"}
        free = iter(range(_SEXTANT, _SEXTANT + 60))
        return tuple(known.get(bits) or chr(next(free)) for bits in range(64))
    free = iter(range(_OCTANT, _OCTANT + 230))
    return tuple(_OTHER_OCTANTS.get(bits) or chr(next(free)) for bits in range(256))


class FineBlock(PictureProtocol):
    """`Frame.text` has the codes that paint the cells, `Frame.pixels` the picture of 2 x DOWN parts in each of them.

    Attributes
    ----------
    NAME
        Its name.
    DOWN
        Parts of a cell one below the other, of which there are two side by side.
    """

    COARSE = True
    WRITTEN = True
    NAME: ClassVar[Protocol]
    DOWN: ClassVar[int]

    def size(self, columns: int, rows: int, caps: Capabilities) -> tuple[int, int]:
        """Two pixels by four in a cell, which are square whatever the parts are: `encode` shares them out."""
        return 2 * columns, _FINEST * rows

    def most_greys(self, caps: Capabilities) -> int:
        """More steps than `LEVELS` would cut runs that look alike."""
        return min(caps.grey_levels, LEVELS)

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """Cells of two colours each."""
        levels = min(grey_levels, LEVELS)
        pixels = shared_out(resized(rgb, 2 * columns, _FINEST * rows), self.DOWN)
        bits, front, back = two_colours(pixels, self.DOWN, levels)
        text = coloured_rows(front, back, _letters(self.DOWN)[bits], bits == 0, caps.truecolor)
        return Frame(self.NAME, columns, rows, grey_levels=levels, text=text, pixels=pixels)

    def text_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> str:
        """Its cells."""
        return painted_at(frame, x, y, caps)

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        """Runs of cells in the same two colours."""
        return [] if frame.pixels is None else cells(frame.pixels, self.DOWN, frame.grey_levels)

    def print_here(self, frame: Frame, caps: Capabilities) -> bytes:
        """Lines, each ending in a reset."""
        return b"".join(row + b"\x1b[0m\n" for row in frame.text)


class Quadrant(FineBlock):
    """Two by two parts."""

    NAME = Protocol.QUADRANT
    DOWN = 2


class Sextant(FineBlock):
    """Two by three parts, nearly square."""

    NAME = Protocol.SEXTANT
    DOWN = 3


class Octant(FineBlock):
    """Two by four parts."""

    NAME = Protocol.OCTANT
    DOWN = 4


def shared_out(rgb: RGB, down: int) -> RGB:
    """Average four pixels that stand one below the other in a cell to `down` parts by the area that each covers.

    (4 * rows, width, 3) uint8 becomes (down * rows, width, 3).
    """
    if down == _FINEST:
        return rgb
    rows, width = rgb.shape[0] // _FINEST, rgb.shape[1]
    edges = np.arange(_FINEST + 1) / _FINEST
    low, high = (np.arange(down) / down)[:, None], (np.arange(1, down + 1) / down)[:, None]
    covered = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * down
    pixels = rgb.reshape(rows, _FINEST, width, 3)
    parts = np.matmul(covered.astype(np.float32), pixels.reshape(rows, _FINEST, -1).astype(np.float32))
    whole: RGB = np.rint(parts).astype(np.uint8).reshape(rows, down, width, 3)
    for part, weights in enumerate(covered):
        inside = np.flatnonzero(weights >= _HALF)
        _keep_vivid(whole[:, part], pixels[:, inside].transpose(1, 0, 2, 3))
    return whole.reshape(rows * down, width, 3)


def _keep_vivid(means: RGB, members: RGB) -> None:
    """Put the most vivid of some colours in the place of their mean, where that has lost much of it.

    A line one pixel thin is all that shows an outline, and its mean with what lies beside it is dim. `means` is
    (..., 3) uint8 and changed, `members` (n, ..., 3).
    """
    vivid = np.ptp(members, axis=-1)
    best = vivid.argmax(axis=0)
    lost = vivid.max(axis=0) > np.ptp(means, axis=-1).astype(np.int16) + _LOST
    means[lost] = np.take_along_axis(members, best[None, ..., None], axis=0)[0][lost]


def two_colours(pixels: RGB, down: int, levels: int = LEVELS) -> tuple[npt.NDArray[np.intp], RGB, RGB]:
    """Share the parts of each cell out to two colours.

    Parameters
    ----------
    pixels
        (down * rows, 2 * columns, 3) uint8.
    levels
        Steps that the components of the two colours are rounded to. Cells whose two would be the same have one.

    Returns
    -------
    (rows, columns) bits of the parts in the foreground, 0 where there is one colour; their foreground and background,
    (rows, columns, 3) uint8 each.
    """
    rows, columns, parts = pixels.shape[0] // down, pixels.shape[1] // 2, 2 * down
    by_cell = (
        pixels.reshape(rows, down, columns, 2, 3).transpose(4, 0, 2, 1, 3).reshape(3, rows * columns, parts)
    )
    values = by_cell.astype(np.float32)
    means = values.mean(axis=2, keepdims=True)
    masks, weights = _splits(parts)
    sums = (values - means) @ masks.T
    chosen = (np.einsum("cij,cij->ij", sums, sums) * weights).argmax(axis=1)
    counts = masks.sum(axis=1)[chosen]
    above = sums[:, np.arange(len(chosen)), chosen]
    steps, inside = steps_of(levels), masks[chosen] > 0
    front, back = (
        steps[_colours_of(means[..., 0] + part, by_cell, which)]
        for part, which in ((above / counts, inside), (above / (counts - parts), ~inside))
    )
    bits = np.where((front == back).all(axis=0), 0, chosen + 1)
    shape = (rows, columns, 3)
    return bits.reshape(rows, columns), front.T.reshape(shape), back.T.reshape(shape)


def _colours_of(mean: npt.NDArray[np.float32], by_cell: RGB, inside: npt.NDArray[np.bool_]) -> RGB:
    """The colour of the parts `inside` of each cell, (3, cells): their mean, or that of a line through it."""
    colours = np.clip(np.rint(mean), 0, 255).astype(np.uint8).T.copy()
    _keep_vivid(colours, np.where(inside, by_cell, 0).transpose(2, 1, 0))
    return colours.T


@cache
def _splits(parts: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The ways to share parts out, each once, as (2^(parts - 1) - 1, parts) ones and noughts; the weight of each."""
    bits = np.arange(1, 1 << (parts - 1))
    masks = (bits[:, None] >> np.arange(parts) & 1).astype(np.float32)
    counts = masks.sum(axis=1)
    weights = (1 / counts + 1 / (parts - counts)).astype(np.float32)
    return masks, weights


@cache
def _letters(down: int) -> npt.NDArray[np.uint8]:
    """Each sign in UTF-8, (2^parts, 4) padded with NUL."""
    padded = b"".join(sign.encode().ljust(4, b"\0") for sign in signs(down))
    return np.frombuffer(padded, np.uint8).reshape(-1, 4)


def cells(pixels: RGB, down: int, levels: int = LEVELS) -> list[list[Run]]:
    """Runs of cells in the same two colours, row by row from the left; their cells add up to the columns."""
    bits, front, back = two_colours(pixels, down, levels)
    known = signs(down)
    colours: npt.NDArray[Any] = np.concatenate([front, back], axis=2)
    begins = np.ones(bits.shape, bool)
    begins[:, 1:] = (colours[:, 1:] != colours[:, :-1]).any(axis=2)
    rows: list[list[Run]] = []
    for line, pair, starts in zip(bits.tolist(), colours, begins, strict=True):
        edges = [*np.flatnonzero(starts).tolist(), len(line)]
        rows.append(
            [_run("".join(known[b] for b in line[a:z]), pair[a].tolist()) for a, z in pairwise(edges)]
        )
    return rows


def _run(text: str, pair: list[int]) -> Run:
    front: Colour = (pair[0], pair[1], pair[2])
    back: Colour = (pair[3], pair[4], pair[5])
    return Run(text, len(text), front, back)
