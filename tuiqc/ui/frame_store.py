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

from tuiqc.picture.painter import PictureSpec, RenderedPicture
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.halfblock import cells, fit, nearest_256
from tuiqc.terminal.protocols.picture_protocol import Colour, Frame, Run, encode, protocol_of

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
        """Its cells as strips of text; empty where it is no text, or the id in the terminal has to be known."""
        protocol = protocol_of(self.frame.protocol)
        return [] if protocol.HELD else strips_of(protocol.runs(self.frame), self.truecolor)


@dataclass(frozen=True, slots=True)
class Finished:
    """A picture that is ready to be shown.

    `milliseconds` is the time from the request to here. `key` names the frame, None if it is like no other.
    """

    number: int
    spec: PictureSpec
    rendered: RenderedPicture
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
        return self.rendered.rgb


def finish(
    rendered: RenderedPicture,
    cells: tuple[int, int],
    caps: Capabilities,
    *,
    grey_levels: int | None = None,
    budget: int | None = None,
) -> Encoded:
    """Encode a painted picture for `cells` (columns, rows)."""
    columns, rows = cells
    frame = encode(rendered.rgb, columns, rows, caps, _ANY_ID, grey_levels=grey_levels, budget=budget)
    coarser = frame.grey_levels < protocol_of(caps.protocol).most_greys(caps)
    return Encoded(frame, caps.truecolor, coarser)


_ANY_ID = 1  # the terminal's shelf gives each picture its own when it is sent


def strips_of(rows: list[list[Run]], truecolor: bool = True) -> list[Strip]:
    """Rows of cells as strips of text."""
    style_of = _style if truecolor else _style_256
    return [
        Strip(
            [Segment(run.text, style_of(run.colour, run.background)) for run in row],
            sum(run.cells for run in row),
        )
        for row in rows
    ]


_STYLES = 4_096
"""Colours of cells that are kept, a kilobyte each; noisy pictures have ever new ones, and 20,000 took 20 MB."""


@lru_cache(maxsize=_STYLES)
def _style(colour: Colour | None, background: Colour | None) -> Style:
    front, back = (None if part is None else _colour(part) for part in (colour, background))
    return Style(color=front, bgcolor=back)


@lru_cache(maxsize=_STYLES)
def _colour(colour: Colour) -> Color:
    return Color.from_rgb(*colour)  # writes out a name for each


@lru_cache(maxsize=_STYLES)
def _style_256(colour: Colour | None, background: Colour | None) -> Style:
    front, back = (
        None if part is None else Color.from_ansi(nearest_256(part)) for part in (colour, background)
    )
    return Style(color=front, bgcolor=back)


def halfblock_strips(rgb: NDArray[Any], columns: int, rows: int) -> list[Strip]:
    """Any picture as half-blocks of `columns` x `rows` cells."""
    return strips_of(cells(fit(rgb, columns, rows)))


def held_strips(frame: Frame, *, clipped: bool = False) -> list[Strip]:
    """The cells of a frame that the terminal holds; their colours are its id, whatever colours there are."""
    return strips_of(protocol_of(frame.protocol).runs(frame, clipped=clipped))


def stand_in_strips(frame: Frame, rgb: NDArray[Any], truecolor: bool) -> list[Strip]:
    """Cells of text that something may lie over, in place of a frame of the picture `rgb`."""
    protocol = protocol_of(frame.protocol)
    rows = protocol.stand_in(frame)
    if rows is None:
        return halfblock_strips(rgb, frame.columns, frame.rows)
    return strips_of(rows, truecolor or protocol.HELD)
