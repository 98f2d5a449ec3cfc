"""kitty graphics: transmit, place, take away (https://sw.kovidgoyal.net/kitty/graphics-protocol/).

Pictures go as palette PNG: measured on micrographs it takes a third of the bytes of compressed RGB and less
time. All commands carry q=2, so the terminal never answers into the input of the program.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB, to_palette
from tuiqc.terminal.palette_png import palette_png
from tuiqc.terminal.protocols import Protocol
from tuiqc.terminal.protocols.picture_protocol import (
    Drawing,
    Frame,
    Held,
    PictureProtocol,
    Run,
    Shelf,
    drawn_at,
    for_terminal,
    painted_at,
)

_RANGES = """
305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9
5AB-5AC 5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A 73D
73F-741 743 745 747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 F82-F83 F86-F87
135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC
1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D
A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F 10A38 1D185-1D189 1D1AA-1D1AD
1D242-1D244
"""


def _expand(ranges: str) -> tuple[str, ...]:
    found: list[str] = []
    for item in ranges.split():
        first, _, last = item.partition("-")
        found += map(chr, range(int(first, 16), int(last or first, 16) + 1))
    return tuple(found)


DIACRITICS = _expand(_RANGES)
"""Entry n is the combining character that stands for the number n."""


PLACEHOLDER = "\U0010eeee"
MAX_CELLS = len(DIACRITICS)
"""Most columns and most rows that placeholders can number."""
MAX_ID = 2**24 - 1
_CHUNK = 4096


class Kitty(PictureProtocol):
    """Cells of placeholders in the colour that is the picture's id, once the terminal holds the picture.

    Sending data again for an id takes its picture off the screen until all of it has arrived: each picture has a new
    id, and the one before it is freed when the new one is in sight. Placeholders number at most 297 columns and rows.
    """

    WRITTEN = True
    HELD = True

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """A smaller picture is a way to send less: the terminal scales it and keeps its aspect ratio."""
        columns, rows = min(columns, MAX_CELLS), min(rows, MAX_CELLS)
        payload = transmit_placeholder(rgb, image_id, columns, rows, grey_levels=grey_levels)
        return Frame(
            Protocol.KITTY,
            columns,
            rows,
            for_terminal(payload, caps),
            image_id,
            grey_levels=grey_levels,
            text=painted_rows(columns, rows, repeat=not caps.multiplexer),
        )

    def smaller(self, rgb: RGB) -> RGB:
        """Half the resolution."""
        return np.ascontiguousarray(rgb[::2, ::2])  # greys are few already: means would add to them

    def hold(self, frame: Frame, key: Hashable, caps: Capabilities, shelf: Shelf) -> Held:
        """Send it, unless it is there."""
        width, height = self.size(frame.columns, frame.rows, caps)
        return shelf.put(key, frame, width * height)

    def codes_ahead(self, codes: bytes) -> bytes:
        """Without their placing."""
        return only_sent(codes)

    def place(self, frame: Frame) -> bytes:
        """A virtual placement."""
        return place_virtual(frame.image_id, frame.columns, frame.rows)

    def text_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> str:
        """Placeholders on black."""
        colour = "\x1b[0;48;2;0;0;0;38;2;{};{};{}m".format(*id_colour(frame.image_id))
        return painted_at(frame, x, y, caps, colour)

    def draw(
        self, frame: Frame, key: Hashable, at: tuple[int, int], caps: Capabilities, shelf: Shelf
    ) -> Drawing:
        """What had to go is freed only when the new one is in sight: the old one must not blink."""
        held = self.hold(frame, key, caps, shelf)
        return Drawing(held.frame, held.codes, self.text_at(held.frame, *at, caps), held.gone)

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        """Short rows, to be painted from their first cell on; `clipped`: each cell says which it is."""
        if clipped:
            rows = placeholder_rows(frame.image_id, frame.columns, frame.rows)
        else:
            rows = list(short_placeholder_rows(frame.columns, frame.rows))
        return [[Run(row, frame.columns, id_colour(frame.image_id), (0, 0, 0))] for row in rows]

    def print_here(self, frame: Frame, caps: Capabilities) -> bytes:
        """The picture, then lines of placeholders."""
        red, green, blue = id_colour(frame.image_id)
        rows = short_placeholder_rows(frame.columns, frame.rows)
        lines = [f"\x1b[38;2;{red};{green};{blue}m{row}\x1b[39m\n" for row in rows]
        return frame.payload + "".join(lines).encode()

    def release(self, image_id: int, caps: Capabilities) -> bytes:
        """Free it."""
        return for_terminal(free(image_id), caps)


class KittyDirect(PictureProtocol):
    """Placed over blank cells at the cursor; what the terminal holds is placed again, and need not be sent."""

    OVER_TEXT = True
    HELD = True

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """As `Kitty`."""
        payload = place_direct(rgb, image_id, 1, columns, rows, grey_levels=grey_levels)
        return Frame(Protocol.KITTY_DIRECT, columns, rows, payload, image_id, grey_levels=grey_levels)

    def smaller(self, rgb: RGB) -> RGB:
        """Half the resolution."""
        return np.ascontiguousarray(rgb[::2, ::2])

    def hold(self, frame: Frame, key: Hashable, caps: Capabilities, shelf: Shelf) -> Held:
        """Send it, unless it is there."""
        width, height = self.size(frame.columns, frame.rows, caps)
        return shelf.put(key, frame, width * height)

    def codes_ahead(self, codes: bytes) -> bytes:
        """Without their placing."""
        return only_sent(codes)

    def draw_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
        """At the cursor."""
        return drawn_at(frame, x, y, caps)

    def draw(
        self, frame: Frame, key: Hashable, at: tuple[int, int], caps: Capabilities, shelf: Shelf
    ) -> Drawing:
        """Send and place it, or only place it."""
        held = self.hold(frame, key, caps, shelf)
        shown = held.frame
        if not held.codes:
            shown = replace(shown, payload=place_again(shown.image_id, 1, shown.columns, shown.rows))
        return Drawing(held.frame, self.draw_at(shown, *at, caps), after=held.gone)

    def erase(self, frame: Frame, caps: Capabilities, shelf: Shelf) -> bytes:
        """Take it off the screen; the terminal holds it for the next time."""
        return for_terminal(hide(frame.image_id), caps) if shelf.holds(frame.image_id) else b""

    def release(self, image_id: int, caps: Capabilities) -> bytes:
        """Free it."""
        return for_terminal(free(image_id), caps)


def transmit_placeholder(rgb: RGB, image_id: int, columns: int, rows: int, *, grey_levels: int = 64) -> bytes:
    """Commands that send a picture and make a virtual placement of `columns` x `rows` cells for placeholders.

    `rgb` is (height, width, 3) uint8; the terminal scales it into the cells and keeps its aspect ratio.
    ValueError for an id outside 1..2**24-1 or more than 297 columns or rows.
    """
    _check(image_id, columns, rows)
    return _send(rgb, b"a=T,U=1,q=2,f=100,i=%d,c=%d,r=%d" % (image_id, columns, rows), grey_levels)


def placeholder_rows(image_id: int, columns: int, rows: int) -> list[str]:
    """Text of each row, to be printed in the foreground colour `id_colour(image_id)`.

    Every cell names its row and column, so the picture stays right where a row is clipped or painted in
    parts.
    """
    _check(image_id, columns, rows)
    cells = [(PLACEHOLDER, column) for column in DIACRITICS[:columns]]
    return ["".join(f"{base}{row}{column}" for base, column in cells) for row in DIACRITICS[:rows]]


@lru_cache(8)
def short_placeholder_rows(columns: int, rows: int) -> tuple[str, ...]:
    """As `placeholder_rows` in half the bytes: only the first cell of a row says which it is, the others follow it.

    Right only while the rows are painted from their first cell on: what is clipped on the left shows another part.
    """
    _check(1, columns, rows)
    rest = PLACEHOLDER * (columns - 1)
    return tuple(f"{PLACEHOLDER}{row}{DIACRITICS[0]}{rest}" for row in DIACRITICS[:rows])


@lru_cache(8)
def painted_rows(columns: int, rows: int, *, repeat: bool) -> tuple[bytes, ...]:
    """As `short_placeholder_rows` in UTF-8; with `repeat` equal cells are one and how often it comes again.

    That (REP, ECMA-48) is understood by kitty and Ghostty, which have placeholders, not by all that may lie between.
    """
    cell = PLACEHOLDER.encode()
    rest = cell * (columns - 1)
    if repeat and columns > 4:
        rest = cell + b"\x1b[%db" % (columns - 2)
    column = DIACRITICS[0].encode()
    return tuple(cell + row.encode() + column + rest for row in DIACRITICS[:rows])


def id_colour(image_id: int) -> tuple[int, int, int]:
    """The 24-bit foreground colour (r, g, b) that stands for an image id in placeholder cells."""
    return image_id >> 16 & 255, image_id >> 8 & 255, image_id & 255


def place_direct(
    rgb: RGB, image_id: int, placement_id: int, columns: int, rows: int, *, grey_levels: int = 64
) -> bytes:
    """Commands that send a picture and show it at the cursor, which stays; see `transmit_placeholder`."""
    _check(image_id, 1, 1)
    keys = (image_id, placement_id, columns, rows)
    return _send(rgb, b"a=T,C=1,q=2,f=100,i=%d,p=%d,c=%d,r=%d" % keys, grey_levels)


def place_again(image_id: int, placement_id: int, columns: int, rows: int) -> bytes:
    """Command that shows a picture the terminal already holds at the cursor, as after `hide`."""
    return b"\x1b_Ga=p,C=1,q=2,i=%d,p=%d,c=%d,r=%d\x1b\\" % (image_id, placement_id, columns, rows)


def place_virtual(image_id: int, columns: int, rows: int) -> bytes:
    """Command that makes a virtual placement for placeholders of a picture that was sent by `only_sent`."""
    return b"\x1b_Ga=p,U=1,q=2,i=%d,c=%d,r=%d\x1b\\" % (image_id, columns, rows)


def only_sent(codes: bytes) -> bytes:
    """The commands of `transmit_placeholder` or `place_direct` without their placing: nothing of it is seen yet."""
    return re.sub(rb"a=T,[UC]=1,(q=2,f=100,i=\d+)[^;]*,(m=[01];)", rb"a=t,\1,\2", codes, count=1)


def hide(image_id: int) -> bytes:
    """Command that takes a picture off the screen; the terminal keeps its data."""
    return b"\x1b_Ga=d,d=i,q=2,i=%d\x1b\\" % image_id


def free(image_id: int) -> bytes:
    """Command that takes a picture off the screen and frees its data in the terminal."""
    return b"\x1b_Ga=d,d=I,q=2,i=%d\x1b\\" % image_id


def _check(image_id: int, columns: int, rows: int) -> None:
    if not 1 <= image_id <= MAX_ID:
        raise ValueError(f"a kitty image id is 1 to {MAX_ID}, not {image_id}")
    if not (1 <= columns <= MAX_CELLS and 1 <= rows <= MAX_CELLS):
        raise ValueError(f"placeholders number at most {MAX_CELLS} columns and rows, not {columns}x{rows}")


def _send(rgb: RGB, keys: bytes, grey_levels: int) -> bytes:
    """The picture as PNG in chunks of at most 4096 base64 bytes; later chunks carry only m and q."""
    data = b64encode(palette_png(*to_palette(rgb, 256, grey_levels)))
    chunks = []
    for start in range(0, len(data), _CHUNK):
        more = start + _CHUNK < len(data)
        control = b"%s,m=%d" % (keys if start == 0 else b"q=2", more)
        chunks.append(b"\x1b_G%s;%s\x1b\\" % (control, data[start : start + _CHUNK]))
    return b"".join(chunks)
