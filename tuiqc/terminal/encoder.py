"""The one entry for the screen: a picture and what the terminal can do become a `Frame`.

`encode` is pure and may run in any thread. How a frame is shown depends on its protocol:

- HALFBLOCK: `cells_at(frame, x, y, caps)` paints its cells; `frame.runs` are their colours. The payload is empty.
- ASCII: `frame.characters` are the rows of text; the payload is empty.
- KITTY: write `frame.payload` once, then `cells_at(...)`, or print `frame.placeholders` as text in the colour
  `id_colour(image_id)`.
  Sending data again for an id takes its picture off the screen until all of it has arrived: give each
  picture a new id and `release` the one before it.
- KITTY_DIRECT, SIXEL: write `draw_at(frame, x, y, caps)`; a sixel again whenever text was written over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tuiqc.terminal import ascii, halfblock, kitty, sixel, tmux
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.halfblock import Run
from tuiqc.terminal.palette import RGB

_FEWER_GREYS = (48, 32, 24, 16, 8, 4)


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
    payload
        Escape codes that transmit (KITTY) or draw (SIXEL, KITTY_DIRECT) the picture; b"" for HALFBLOCK.
    cells
        What is printed as text, row by row, for KITTY and ASCII, else empty: `placeholders` and `characters`.
    text
        The same, and the cells of HALFBLOCK with their colours, as codes in UTF-8 to be written; empty for ASCII.
    pixels
        What a HALFBLOCK frame shows, (2 * rows, columns, 3) uint8.
    image_id
        The id under which a kitty terminal holds the picture.
    parts
        Pieces of the payload that are drawn at different places; empty if it is drawn as one.
    grey_levels
        Grey levels that it has (at most).
    """

    protocol: Protocol
    columns: int
    rows: int
    payload: bytes
    cells: tuple[str, ...]
    image_id: int = 0
    parts: tuple[Part, ...] = ()
    grey_levels: int = 0
    text: tuple[bytes, ...] = ()
    pixels: RGB | None = field(default=None, compare=False, repr=False)

    @property
    def nbytes(self) -> int:
        """Bytes that the terminal is sent for it."""
        return len(self.payload) + sum(map(len, (*self.text, *self.characters)))

    @property
    def runs(self) -> list[list[Run]]:
        """The coloured cells of a HALFBLOCK frame."""
        return [] if self.pixels is None else halfblock.cells(self.pixels, 256)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The text rows of a KITTY frame, short: to be painted from their first cell on."""
        return self.cells if self.protocol is Protocol.KITTY else ()

    @property
    def full_placeholders(self) -> list[str]:
        """As `placeholders`, every cell with its number: for rows that may be clipped on the left, as by a dialog."""
        return kitty.placeholder_rows(self.image_id, self.columns, self.rows) if self.placeholders else []

    @property
    def characters(self) -> tuple[str, ...]:
        """The text rows of an ASCII frame."""
        return self.cells if self.protocol is Protocol.ASCII else ()


_AS_CELLS = (Protocol.HALFBLOCK, Protocol.ASCII)


def picture_size(columns: int, rows: int, caps: Capabilities) -> tuple[int, int]:
    """Width and height in pixels that a picture should have to fill `columns` x `rows` cells one to one."""
    if caps.protocol in _AS_CELLS:
        return columns, 2 * rows
    return caps.pixels(columns, rows)


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
        (height, width, 3) uint8. Best of `picture_size`; another size is averaged or repeated to 1 x 2 pixels
        per cell (HALFBLOCK, ASCII), scaled by the terminal with its aspect ratio kept (kitty, so a smaller picture
        is a way to send less), or cut at the right and bottom (SIXEL).
    columns, rows
        Size on the screen in cells, at least 1. KITTY numbers at most 297 of each: the frame has no more.
    image_id
        1 to 2**24 - 1, used by the kitty protocols.
    grey_levels
        How many to begin with; None for `caps.grey_levels`.
    budget
        Bytes that the frame may take; grey levels are given up for it, and at last, for kitty, half the resolution.
        None for as many as it takes. It may not be enough even for the poorest picture.

    Raises
    ------
    ValueError
        A shape, dtype, size or id outside of these.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        raise ValueError(f"a picture is (height, width, 3) uint8, not {rgb.shape} {rgb.dtype}")
    if columns < 1 or rows < 1:
        raise ValueError(f"a picture takes at least one cell, not {columns}x{rows}")
    levels = grey_levels or caps.grey_levels
    if caps.protocol is Protocol.SIXEL and caps.multiplexer == "tmux" and not caps.passthrough:
        budget = min(budget or tmux.SIXEL_BUDGET, tmux.SIXEL_BUDGET)
    frame = _encode_with(rgb, columns, rows, caps, image_id, levels)
    for fewer in _FEWER_GREYS:
        if budget is None or frame.nbytes <= budget:
            return frame
        if fewer < levels:
            frame = _encode_with(rgb, columns, rows, caps, image_id, fewer)
    if (
        budget is not None
        and frame.nbytes > budget
        and caps.protocol in (Protocol.KITTY, Protocol.KITTY_DIRECT)
    ):
        smaller = np.ascontiguousarray(rgb[::2, ::2])  # greys are few already: means would add to them
        return _encode_with(smaller, columns, rows, caps, image_id, min(levels, _FEWER_GREYS[-1]))
    return frame


def _encode_with(
    rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
) -> Frame:
    protocol = caps.protocol
    if protocol is Protocol.ASCII:
        text = tuple(ascii.rows_of(rgb, columns, rows))
        return Frame(protocol, columns, rows, b"", text, grey_levels=len(ascii.RAMP))
    if protocol is Protocol.HALFBLOCK:
        levels = min(grey_levels, halfblock.LEVELS)
        pixels = halfblock.rounded(halfblock.fit(rgb, columns, rows), levels)
        painted = halfblock.painted_rows(pixels, caps.truecolor)
        return Frame(protocol, columns, rows, b"", (), grey_levels=levels, text=painted, pixels=pixels)
    if protocol is Protocol.SIXEL:
        payload, parts = _sixel_parts(rgb, columns, rows, caps, grey_levels)
        return Frame(protocol, columns, rows, payload, (), parts=parts, grey_levels=grey_levels)
    if protocol is Protocol.KITTY:
        columns, rows = min(columns, kitty.MAX_CELLS), min(rows, kitty.MAX_CELLS)
        payload = kitty.transmit_placeholder(rgb, image_id, columns, rows, grey_levels=grey_levels)
        text = kitty.short_placeholder_rows(columns, rows)
        sent = for_terminal(payload, caps)
        painted = kitty.painted_rows(columns, rows, repeat=not caps.multiplexer)
        return Frame(protocol, columns, rows, sent, text, image_id, grey_levels=grey_levels, text=painted)
    payload = kitty.place_direct(rgb, image_id, 1, columns, rows, grey_levels=grey_levels)
    return Frame(protocol, columns, rows, payload, (), image_id, grey_levels=grey_levels)


def renumbered(frame: Frame, image_id: int) -> Frame:
    """The same kitty frame under another image id."""
    if frame.image_id == image_id:
        return frame
    payload = frame.payload.replace(b",i=%d," % frame.image_id, b",i=%d," % image_id, 1)
    return replace(frame, payload=payload, image_id=image_id)


def draw_at(frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
    """Escape codes that draw a SIXEL or KITTY_DIRECT frame with its top left cell at (x, y), 0-based.

    The cursor is saved before and restored after. Give it room: a sixel that reaches into the last row of the
    screen may scroll it. Through tmux every piece goes in one envelope with its cursor move, from `caps.pane` on.
    For KITTY it is the payload, for cells of text nothing.
    """
    if frame.protocol in (Protocol.HALFBLOCK, Protocol.ASCII, Protocol.KITTY):
        return frame.payload
    x, y = x + caps.pane[0], y + caps.pane[1]
    return _drawn(frame, caps, lambda dx, dy: b"\x1b[%d;%dH" % (y + dy + 1, x + dx + 1))


def cells_at(frame: Frame, x: int, y: int, caps: Capabilities) -> str:
    """Codes that paint the cells of a HALFBLOCK or KITTY frame with their top left at (x, y), 0-based.

    The cursor and the colours are what they were when it is done.
    """
    rows = "".join(f"\x1b[{y + down + 1};{x + 1}H{row.decode()}" for down, row in enumerate(frame.text))
    colour = "\x1b[0m"
    if frame.protocol is Protocol.KITTY:
        colour = "\x1b[0;48;2;0;0;0;38;2;{};{};{}m".format(*kitty.id_colour(frame.image_id))
    codes = f"\x1b7{colour}{rows}\x1b[0m\x1b8"
    return f"\x1b[?2026h{codes}\x1b[?2026l" if caps.synchronized else codes


def draw_here(frame: Frame, caps: Capabilities) -> bytes:
    """As `draw_at`, at the cursor, for output that is no full screen. It needs `rows` + 1 rows of room."""
    if frame.protocol in (Protocol.HALFBLOCK, Protocol.ASCII, Protocol.KITTY):
        return frame.payload
    return _drawn(
        frame, caps, lambda dx, dy: (b"\x1b[%dC" % dx if dx else b"") + (b"\x1b[%dB" % dy if dy else b"")
    )


def _drawn(frame: Frame, caps: Capabilities, move: Callable[[int, int], bytes]) -> bytes:
    drawn = []
    for part in frame.parts or (Part(0, 0, 0, len(frame.payload)),):
        codes = b"\x1b7" + move(part.dx, part.dy) + frame.payload[part.start : part.stop] + b"\x1b8"
        drawn.append(tmux.wrap(codes) if caps.passthrough else codes)
    return b"".join(drawn)


def for_terminal(codes: bytes, caps: Capabilities) -> bytes:
    """Kitty graphics commands as this terminal needs them: each wrapped where tmux is between."""
    return tmux.wrap_each(codes) if caps.passthrough else codes


def release(image_id: int, caps: Capabilities) -> bytes:
    """Escape codes that take a kitty picture off the screen and free its data; b"" for other protocols."""
    if caps.protocol not in (Protocol.KITTY, Protocol.KITTY_DIRECT):
        return b""
    return for_terminal(kitty.free(image_id), caps)


def _sixel_parts(
    rgb: RGB, columns: int, rows: int, caps: Capabilities, grey_levels: int
) -> tuple[bytes, tuple[Part, ...]]:
    """Sixels of the picture, cut into pieces where the terminal takes no picture as large as all of it."""
    most = caps.pixels(columns, rows)
    rgb = rgb[: most[1], : most[0]]
    width, height = caps.sixel_max or (rgb.shape[1], rgb.shape[0])
    wide, tall = caps.exact or (caps.cell_width, caps.cell_height)
    step_x, step_y = max(1, int(width / wide + 1e-6)), max(1, int(height / tall + 1e-6))
    index, palette = sixel.quantise(rgb, caps.sixel_registers, grey_levels)  # one palette: no seams
    payload, parts = b"", []
    for dy in range(0, rows, step_y):
        for dx in range(0, columns, step_x):
            (left, top), (right, bottom) = caps.pixels(dx, dy), caps.pixels(dx + step_x, dy + step_y)
            piece = index[top:bottom, left:right]
            if not piece.size:
                continue
            codes = sixel.encode_index(piece, palette)
            parts.append(Part(dx, dy, len(payload), len(payload) + len(codes)))
            payload += codes
    return payload, tuple(parts) if len(parts) > 1 else ()
