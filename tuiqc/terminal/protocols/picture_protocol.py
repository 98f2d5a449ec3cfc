"""What every protocol is asked, and the frame that it makes of a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import ClassVar, NamedTuple, Protocol

import numpy as np

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols import CLASSES

Colour = tuple[int, int, int]


class Run(NamedTuple):
    """Cells of text that look alike; a colour of None is that of the screen."""

    text: str
    cells: int
    colour: Colour | None = None
    background: Colour | None = None


class Part(NamedTuple):
    """A piece of the payload with its own place: `payload[start:stop]`, offset (dx, dy) in cells."""

    dx: int
    dy: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture ready for one protocol, `columns` x `rows` cells large.

    Attributes
    ----------
    protocol
        The name of the protocol.
    payload
        Escape codes that send or draw the picture; b"" where it is text alone.
    text
        The cells of each row with their colours, as codes in UTF-8 to be written; empty where the protocol has none.
    pixels
        What is shown where the cells are made of pixels, (2 * rows, columns, 3) uint8.
    image_id
        The id under which a terminal holds the picture.
    parts
        Pieces of the payload that are drawn at different places; empty if it is drawn as one.
    grey_levels
        Grey levels that it has (at most).
    """

    protocol: str
    columns: int
    rows: int
    payload: bytes = b""
    image_id: int = 0
    parts: tuple[Part, ...] = ()
    grey_levels: int = 0
    text: tuple[bytes, ...] = ()
    pixels: RGB | None = field(default=None, compare=False, repr=False)

    @property
    def nbytes(self) -> int:
        """Bytes that the terminal is sent for it."""
        return len(self.payload) + sum(map(len, self.text))


class Held(NamedTuple):
    """A frame under the id that it has in the terminal, the codes that send it, and those that free what had to go."""

    frame: Frame
    codes: bytes = b""
    gone: bytes = b""


class Drawing(NamedTuple):
    """What draws a frame: codes to be written first, text of its cells, codes for when it is in sight."""

    frame: Frame
    codes: bytes = b""
    text: str = ""
    after: bytes = b""


class Shelf(Protocol):
    """What a terminal holds of our pictures."""

    def put(self, key: Hashable, frame: Frame, pixels: int) -> Held:
        """Have the terminal hold a frame of so many pixels."""

    def holds(self, image_id: int) -> bool:
        """Whether it has a picture under this id."""


class PictureProtocol(ABC):
    """A way to bring pixels onto the screen; it has no state.

    Attributes
    ----------
    COARSE
        A cell shows two pixels, one above the other: `Frame.pixels` and captions count more than frames of tiles.
    OVER_TEXT
        Pictures lie over blank cells, which wipe them when they are painted; something must stand in below a dialog.
    WRITTEN
        The cells of a picture are text that is quicker written at their place than painted as a widget's.
    TEXT_WINS
        Text that is painted later replaces the picture in its cells and nowhere else, so that a box can lie over it.
    HELD
        The terminal keeps pictures under an id, so that they need not be sent again.
    TOGETHER
        Many pictures at once have to be one, as terminals keep few of them.
    UNICODE
        It is for terminals that show more than ASCII.
    """

    COARSE: ClassVar[bool] = False
    OVER_TEXT: ClassVar[bool] = False
    WRITTEN: ClassVar[bool] = False
    TEXT_WINS: ClassVar[bool] = False
    HELD: ClassVar[bool] = False
    TOGETHER: ClassVar[bool] = False
    UNICODE: ClassVar[bool] = True

    def size(self, columns: int, rows: int, caps: Capabilities) -> tuple[int, int]:
        """Width and height in pixels that a picture should have to fill `columns` x `rows` cells one to one."""
        return (columns, 2 * rows) if self.COARSE else caps.pixels(columns, rows)

    def most_greys(self, caps: Capabilities) -> int:
        """Grey levels of a picture of which none were given up."""
        return caps.grey_levels

    def bound(self, budget: int | None, caps: Capabilities) -> int | None:
        """Bytes that a frame may take, given what the link carries (None: as many as it takes)."""
        return budget

    @abstractmethod
    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """Make a picture (height, width, 3) uint8 into a frame of so many cells."""

    def smaller(self, rgb: RGB) -> RGB | None:
        """A picture that takes fewer bytes when greys can't be given up any more; None where there is none."""
        return None

    def hold(self, frame: Frame, key: Hashable, caps: Capabilities, shelf: Shelf) -> Held:
        """Have the terminal hold a frame, where it can."""
        return Held(frame)

    def codes_ahead(self, codes: bytes) -> bytes:
        """Of codes that `hold` gave those that send the picture, so that nothing of it is seen yet."""
        return codes

    def place(self, frame: Frame) -> bytes:
        """Codes that place a held frame which was sent `ahead`."""
        return b""

    def draw_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
        """Codes that draw a frame with its top left cell at (x, y), 0-based; the cursor stays where it is."""
        return frame.payload

    def text_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> str:
        """Codes that paint the cells of a frame with their top left at (x, y), 0-based; "" where it has none."""
        return ""

    def draw(
        self, frame: Frame, key: Hashable, at: tuple[int, int], caps: Capabilities, shelf: Shelf
    ) -> Drawing:
        """All that brings a frame onto the screen with its top left cell at (x, y), sent only if it is not held."""
        return Drawing(frame, self.draw_at(frame, *at, caps), self.text_at(frame, *at, caps))

    def erase(self, frame: Frame, caps: Capabilities, shelf: Shelf) -> bytes:
        """Codes that take a frame off the screen which lies over text."""
        return b""

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        """The cells of each row as text; empty where it has none. `clipped`: something may lie over some of them."""
        return []

    def stand_in(self, frame: Frame) -> list[list[Run]] | None:
        """Cells that can stand for a picture below a dialog, None where half-blocks of it have to."""
        return self.runs(frame, clipped=True) or None

    def print_here(self, frame: Frame, caps: Capabilities) -> bytes:
        """For output that is no full screen: draw it from the cursor on, and leave the cursor on the line below."""
        room = b"\n" * (frame.rows + 1) + b"\x1b[%dA" % (frame.rows + 1)
        return room + _drawn(frame, caps, _forward) + b"\x1b[%dB" % frame.rows

    def release(self, image_id: int, caps: Capabilities) -> bytes:
        """Codes that take a picture off the screen and free what the terminal holds of it."""
        return b""


def drawn_at(frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
    """The pieces of the payload each at its place; through tmux every one in an envelope with its cursor move."""
    x, y = x + caps.pane[0], y + caps.pane[1]
    return _drawn(frame, caps, lambda dx, dy: b"\x1b[%d;%dH" % (y + dy + 1, x + dx + 1))


def _forward(dx: int, dy: int) -> bytes:
    return (b"\x1b[%dC" % dx if dx else b"") + (b"\x1b[%dB" % dy if dy else b"")


def _drawn(frame: Frame, caps: Capabilities, move: Callable[[int, int], bytes]) -> bytes:
    drawn = []
    for part in frame.parts or (Part(0, 0, 0, len(frame.payload)),):
        codes = b"\x1b7" + move(part.dx, part.dy) + frame.payload[part.start : part.stop] + b"\x1b8"
        drawn.append(tmux.wrap(codes) if caps.passthrough else codes)
    return b"".join(drawn)


def painted_at(frame: Frame, x: int, y: int, caps: Capabilities, colour: str = "\x1b[0m") -> str:
    """The rows of text each at its place; the cursor and the colours are what they were when it is done."""
    rows = "".join(f"\x1b[{y + down + 1};{x + 1}H{row.decode()}" for down, row in enumerate(frame.text))
    codes = f"\x1b7{colour}{rows}\x1b[0m\x1b8"
    return f"\x1b[?2026h{codes}\x1b[?2026l" if caps.synchronized else codes


def for_terminal(codes: bytes, caps: Capabilities) -> bytes:
    """Commands as this terminal needs them: each wrapped where tmux is between."""
    return tmux.wrap_each(codes) if caps.passthrough else codes


@cache
def protocol_of(name: str) -> PictureProtocol:
    """The protocol of that name (`Capabilities.protocol`, `Frame.protocol`)."""
    module, _, found = CLASSES[name].partition(".")
    protocol: PictureProtocol = getattr(import_module(f"tuiqc.terminal.protocols.{module}"), found)()
    return protocol


_FEWER_GREYS = (48, 32, 24, 16, 8, 4)


def picture_size(columns: int, rows: int, caps: Capabilities) -> tuple[int, int]:
    """Width and height in pixels that a picture should have to fill `columns` x `rows` cells one to one."""
    return protocol_of(caps.protocol).size(columns, rows, caps)


def encode(
    rgb: RGB,
    columns: int,
    rows: int,
    caps: Capabilities,
    image_id: int,
    *,
    grey_levels: int | None = None,
    budget: int | None = None,
) -> Frame:
    """Make a picture into a frame for this terminal.

    Parameters
    ----------
    rgb
        (height, width, 3) uint8. Best of `picture_size`; another size is fitted in by the protocol, or cut.
    columns, rows
        Size on the screen in cells, at least 1; the frame may have fewer.
    image_id
        1 to 2**24 - 1, used where terminals hold pictures.
    grey_levels
        How many to begin with; None for `caps.grey_levels`.
    budget
        Bytes that the frame may take; grey levels are given up for it, and at last, where that helps, resolution. None
        for as many as it takes. It may not be enough even for the poorest picture.

    Raises
    ------
    ValueError
        A shape, dtype, size or id outside of these.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        raise ValueError(f"a picture is (height, width, 3) uint8, not {rgb.shape} {rgb.dtype}")
    if columns < 1 or rows < 1:
        raise ValueError(f"a picture takes at least one cell, not {columns}x{rows}")
    protocol, levels = protocol_of(caps.protocol), grey_levels or caps.grey_levels
    budget = protocol.bound(budget, caps)
    frame = protocol.encode(rgb, columns, rows, caps, image_id, levels)
    for fewer in _FEWER_GREYS:
        if budget is None or frame.nbytes <= budget:
            return frame
        if fewer < levels:
            frame = protocol.encode(rgb, columns, rows, caps, image_id, fewer)
    smaller = protocol.smaller(rgb) if budget is not None and frame.nbytes > budget else None
    if smaller is None:
        return frame
    return protocol.encode(smaller, columns, rows, caps, image_id, min(levels, _FEWER_GREYS[-1]))


def draw_at(frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
    """Escape codes that draw a frame which lies over text with its top left cell at (x, y), 0-based.

    The cursor is saved before and restored after. Of other frames it is the payload.
    """
    return protocol_of(frame.protocol).draw_at(frame, x, y, caps)


def release(image_id: int, caps: Capabilities) -> bytes:
    """Escape codes that take a held picture off the screen and free its data; b"" for other protocols."""
    return protocol_of(caps.protocol).release(image_id, caps)
