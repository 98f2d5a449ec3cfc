"""The part of a sheet of tiles that is in sight, in cells of its widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Offset, Region

from tuiqc.picture.colours import ColourScale
from tuiqc.picture.tile_layout import Line, TileLayout, TileSize
from tuiqc.qc.verdict import ALL, NONE, SCREEN_COLOURS
from tuiqc.text import display_width, printable, shorten

if TYPE_CHECKING:
    import pandas as pd


Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class FrameLook:
    """The characters of a frame: corners clockwise from the top left, then top, right, bottom, left."""

    corners: str
    top: str
    right: str
    bottom: str
    left: str


THIN = FrameLook("╭╮╯╰", "─", "│", "─", "│")
HEAVY = FrameLook("┏┓┛┗", "━", "┃", "━", "┃")
CURSOR = FrameLook("    ", "▀", " ", "▄", " ")
LOOK_OF = {"": THIN, "judged": HEAVY}

FRAMES: dict[str, Rgb] = {**SCREEN_COLOURS, NONE.name: (110, 115, 125)}
"""Colours of frames by verdict."""

BLANK = Style(bgcolor="rgb(0,0,0)", color="rgb(200,200,200)")
NOTE = Style(bgcolor="rgb(0,0,0)", color="rgb(150,150,150)", italic=True)
SOLID = Style(bgcolor="rgb(255,255,255)", color="rgb(0,0,0)")
"""The sides of the cursor's frame: no character, for those of some fonts have gaps between lines."""
HEADING = Style(bgcolor="rgb(45,50,60)", color="rgb(255,255,255)", bold=True)
_CHOSEN = Style(color="rgb(120,200,255)", bgcolor="rgb(0,0,0)", bold=True)
_WHITE: Rgb = (255, 255, 255)
_CATEGORIES = 12
_PART = " · "


def css(colour: Rgb | None) -> str:
    """A colour as Rich reads it."""
    red, green, blue = colour or FRAMES[""]
    return f"rgb({red},{green},{blue})"


def frame_row(look: FrameLook, colour: Rgb | None, width: int, caption: str, selected: bool) -> list[Segment]:
    """The top row of a frame (no caption), or the bottom row with its caption; `selected` puts a sign on it."""
    line = Style(color=css(_WHITE if look is CURSOR else colour), bgcolor="rgb(0,0,0)")
    corner = SOLID if look is CURSOR else line
    if not caption:
        mark = "◆ selected " if selected and width >= 16 else "◆" if selected else ""
        rest = look.top * (width - 2 - display_width(mark))
        return [
            Segment(look.corners[0], corner),
            Segment(mark, _CHOSEN),
            Segment(rest, line),
            Segment(look.corners[1], corner),
        ]
    room = max(1, width - 2 - (1 if selected else 0))
    text = short_caption(printable(caption), room)
    text = f" {text} " if display_width(text) <= room - 2 else text
    left = width - 2 - display_width(text)
    mark = "" if not selected else "◆ selected" if left >= 10 else "◆"
    rest = look.bottom * max(0, left - len(mark))
    style = Style(
        color="rgb(0,0,0)" if look is CURSOR else css(colour),
        bgcolor=css(_WHITE) if look is CURSOR else "rgb(0,0,0)",
        bold=True,
    )
    return [
        Segment(look.corners[3], corner),
        Segment(text, style),
        Segment(rest, line),
        Segment(mark, _CHOSEN),
        Segment(look.corners[2], corner),
    ]


def short_caption(text: str, width: int) -> str:
    """As much of a caption as fits: whole parts of it, then without the sign of no verdict."""
    sign, _, rest = text.partition(" ")
    parts = rest.split(_PART)
    while display_width(text) > width and len(parts) > 1:
        parts.pop()
        text = f"{sign} {_PART.join(parts)}"
    if display_width(text) > width:
        text = parts[0] if sign == NONE.sign else f"{sign}{parts[0]}"
    return shorten(text, width)


def verdict_legend() -> Text:
    """What the colours by verdict mean."""
    text = Text(" frame: verdict  ", no_wrap=True)
    for verdict in ALL:
        text.append(f"{verdict.sign} {verdict.name or 'none'}", style=css(FRAMES[verdict.name]))
        text.append("  ")
    return text


def scale_legend(
    name: str, scale: ColourScale, column: pd.Series[Any], what: str = "frame", bar: int = 16
) -> Text:
    """What the colours of `what` by a column mean: the map in `bar` cells with its ends, or the first categories."""
    text = Text(f" {what}: {printable(name)}  " if what else f" {printable(name)} ", no_wrap=True)
    if scale.limits is not None:
        text.append(f"{scale.limits[0]:.4g} ")
        for colour in scale.legend(bar):
            text.append("█", style=css(colour))
        return text.append(f" {scale.limits[1]:.4g}")
    values = sorted(column.dropna().unique(), key=str)
    for code, value in enumerate(values[:_CATEGORIES]):
        text.append("■ ", style=css(scale.rgb(code)))
        text.append(f"{printable(str(value))}  ")
    return text.append("…" if len(values) > _CATEGORIES else "")


_TOP = 1
"""Rows of text above the tiles."""


@dataclass(frozen=True, eq=False)
class TilePage:
    """Where the tiles stand in `area` (columns, rows of cells), the first row of which is row `top` of the sheet."""

    layout: TileLayout
    tile: TileSize
    top: int
    area: tuple[int, int]

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The lines of tiles and the headings that are in sight."""
        return tuple(self.layout.lines(self.top, self.area[1]))

    @property
    def looks(self) -> object:
        """Equal for two pages of which nothing is painted at another place."""
        return self.top, self.tile, self.area, self.lines

    @property
    def indices(self) -> list[int]:
        """The tiles in sight."""
        return [index for line in self.lines for index in range(line.start, line.stop)]

    def corner(self, index: int) -> Offset:
        """The top left cell of a tile."""
        top, column = self.layout.place(index)
        return Offset(column * self.tile.width, _TOP + top - self.top)

    def picture(self, index: int) -> Region:
        """The cells of a tile's picture."""
        x, y = self.corner(index)
        return Region(x + 1, y + self.tile.frame_rows - 1, *self.tile.picture)

    def frame(self, index: int) -> list[Region]:
        """The cells of a tile's frame."""
        (x, y), width, height = self.corner(index), self.tile.width, self.tile.height
        sides = [
            Region(x, y + height - 1, width, 1),
            Region(x, y, 1, height),
            Region(x + width - 1, y, 1, height),
        ]
        return sides if self.tile.frame_rows == 1 else [Region(x, y, width, 1), *sides]

    @property
    def headings(self) -> list[Region]:
        """The rows of the headings in sight."""
        return [Region(0, _TOP + line.top - self.top, self.area[0], 1) for line in self.lines if line.heading]

    def line_at(self, y: int) -> tuple[Line, int] | None:
        """The line that a row of cells belongs to, and which of its rows that is; None below the last."""
        row = y - _TOP + self.top
        for line in self.lines:
            if line.top <= row < line.top + (1 if line.heading else self.tile.height):
                return line, row - line.top
        return None

    def within(self, one: int, other: int) -> list[int]:
        """The tiles in sight in the box that is drawn from one to another."""
        box = Region.from_union([Region(*self.corner(index), 1, 1) for index in (one, other)])
        return [
            index
            for index in self.indices
            if box.contains_point((self.corner(index).x, self.corner(index).y))
        ]

    def index_at(self, at: Offset) -> int | None:
        """The tile at a cell, None beside them."""
        for index in self.indices:
            x, y = self.corner(index)
            if Region(x, y, self.tile.width, self.tile.height).contains_point((at.x, at.y)):
                return index
        return None


@dataclass
class BoxDrag:
    """A box that the mouse draws around tiles, from one place to another.

    `before` has the positions in it, and whether each was selected when it came in.
    """

    first: int
    last: int
    drawn: bool = False
    before: dict[int, bool] = field(default_factory=dict)

    def to(self, last: int, inside: Sequence[int], selected: Callable[[int], bool]) -> list[tuple[int, bool]]:
        """Draw it to another place, so that these positions are in it: what has to be selected, or no longer."""
        self.last, self.drawn = last, True
        left = set(self.before) - set(inside)
        changes = [(position, self.before.pop(position)) for position in sorted(left)]
        for position in inside:
            if position not in self.before:
                self.before[position] = selected(position)
                changes.append((position, True))
        return changes
