"""Finished pictures: an encoded frame and the strips of text that show it, all made in the worker."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.picture.painter import Painted, Shot
from tuiqc.terminal import halfblock
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.encoder import Frame, encode
from tuiqc.terminal.kitty import id_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Encoded:
    """A frame, and whether grey levels were given up for the byte budget (`coarser`)."""

    frame: Frame
    truecolor: bool
    coarser: bool

    @property
    def nbytes(self) -> int:
        """Bytes that the terminal is sent for it."""
        return self.frame.nbytes

    @cached_property
    def strips(self) -> list[Strip]:
        """Its cells as strips of text; empty where it is no text, and for kitty, where the id has to be known."""
        if self.frame.protocol is Protocol.HALFBLOCK:
            return strips_of_runs(self.frame.runs, self.truecolor)
        return [Strip([Segment(text, _PLAIN)], self.frame.columns) for text in self.frame.characters]


@dataclass(frozen=True, slots=True)
class Finished:
    """A picture that is ready to be shown.

    `milliseconds` is the time from the request to here. `key` names the frame, None if it is like no other.
    """

    number: int
    shot: Shot
    painted: Painted
    encoded: Encoded
    key: Hashable = None
    milliseconds: float = 0.0

    @property
    def frame(self) -> Frame:
        """The encoded picture."""
        return self.encoded.frame

    @property
    def rgb(self) -> NDArray[Any]:
        """The composed picture, (height, width, 3) uint8; a large one is averaged to a quarter of its sides."""
        return self.painted.rgb


def finish(
    painted: Painted,
    cells: tuple[int, int],
    caps: Capabilities,
    *,
    grey_levels: int | None = None,
    budget: int | None = None,
) -> Encoded:
    """Encode a painted picture for `cells` (columns, rows)."""
    columns, rows = cells
    frame = encode(painted.rgb, columns, rows, caps, _ANY_ID, grey_levels=grey_levels, budget=budget)
    most = (
        caps.grey_levels
        if caps.protocol is not Protocol.HALFBLOCK
        else min(caps.grey_levels, halfblock.LEVELS)
    )
    coarser = caps.protocol is not Protocol.ASCII and frame.grey_levels < most
    return Encoded(frame, caps.truecolor, coarser)


_ANY_ID = 1  # the terminal's shelf gives each picture its own when it is sent
_PLAIN = Style()


def placeholder_strips(frame: Frame, *, clipped: bool = False) -> list[Strip]:
    """The cells that stand for a kitty picture, in the colour that is its id.

    `clipped`: something may lie over them.
    """
    style = Style(color=Color.from_rgb(*id_colour(frame.image_id)), bgcolor=Color.from_rgb(0, 0, 0))
    rows = frame.full_placeholders if clipped else list(frame.placeholders)
    return [Strip([Segment(text, style)], frame.columns) for text in rows]


def strips_of_runs(rows: list[list[halfblock.Run]], truecolor: bool = True) -> list[Strip]:
    """Half-block cells as strips: `▀` with the upper pixel as its colour and the lower one as its background."""
    style_of = _style if truecolor else _style_256
    strips = []
    for row in rows:
        segments, length = [], 0
        for cells, top, bottom in row:
            segments.append(Segment(halfblock.BLOCK * cells, style_of(top, bottom)))
            length += cells
        strips.append(Strip(segments, length))
    return strips


@lru_cache(maxsize=20_000)
def _style(top: halfblock.Colour, bottom: halfblock.Colour) -> Style:
    return Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom))


@lru_cache(maxsize=20_000)
def _style_256(top: halfblock.Colour, bottom: halfblock.Colour) -> Style:
    colours = [Color.from_ansi(halfblock.nearest_256(colour)) for colour in (top, bottom)]
    return Style(color=colours[0], bgcolor=colours[1])


def halfblock_strips(rgb: NDArray[Any], columns: int, rows: int) -> list[Strip]:
    """Any picture as half-blocks of `columns` x `rows` cells."""
    return strips_of_runs(halfblock.cells(halfblock.fit(rgb, columns, rows)))
