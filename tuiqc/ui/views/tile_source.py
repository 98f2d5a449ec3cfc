"""What the tiles of a sheet are of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tuiqc.picture.display import Display
from tuiqc.picture.painter import FEW_PIXELS, Painter
from tuiqc.picture.tile_layout import (
    SMALLEST,
    SMALLEST_COARSE,
    Move,
    TileLayout,
    TileSize,
    best_tiles,
    filling_tile,
)
from tuiqc.review.changes import Changes
from tuiqc.review.place import Level
from tuiqc.review.rows import Rows
from tuiqc.terminal.protocols.picture_protocol import picture_size, protocol_of
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.column_names import choose_object_colour
from tuiqc.ui.keys import GRID, VIEW
from tuiqc.ui.tiles import Tile, TileJob
from tuiqc.ui.views.tile_page import (
    BLANK,
    CURSOR,
    HEADING,
    NOTE,
    SOLID,
    FrameLook,
    Rgb,
    css,
    frame_row,
    verdict_legend,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile on the screen looks like, but for its picture."""

    index: int
    look: FrameLook
    caption: str
    colour: Rgb | None
    selected: bool


def sheet_text(parts: Sequence[str], indices: Sequence[int], count: int, width: int) -> Text:
    """What is shown, the most important first, as much as fits; on the right which of how many are in sight."""
    where = f"{min(indices) + 1:,}-{max(indices) + 1:,} of {count:,} " if indices else ""
    room = max(1, width - len(where) - 2)
    fitting = list(parts)
    while len(fitting) > 1 and display_width(" · ".join(fitting)) > room:
        fitting.pop()
    said = shorten(printable(" · ".join(fitting)), room)
    pad = " " * (width - 1 - display_width(said) - len(where))
    return Text(f" {said}{pad}{where}", style="bold", no_wrap=True)


def strip_of_text(segments: Sequence[Segment], width: int) -> Strip:
    """Text on the ground of a sheet."""
    parts = [Segment(one.text, BLANK + one.style) for one in segments if one.text]
    return Strip(parts).adjust_cell_length(width, BLANK)


def blank_strip(width: int, note: str = "") -> Strip:
    """A row without tiles, with a note in its middle."""
    style = NOTE if note else BLANK
    return Strip([Segment(note.center(width)[:width], style)]).adjust_cell_length(width, BLANK)


def heading_strip(name: str, size: int, width: int) -> Strip:
    """The heading of a group of so many tiles."""
    text = shorten(f" {printable(name)} · {size:,} ", width)
    return Strip([Segment(text, HEADING)]).extend_cell_length(width, BLANK)


def frame_segments(shown: Shown, tile: TileSize, inner: int) -> list[Segment] | None:
    """Row `inner` of a tile if it belongs to its frame, None if there is a part of its picture in it."""
    first = tile.frame_rows - 1
    if first <= inner < tile.picture[1] + first:
        return None
    caption = "" if inner < first else shown.caption
    marked = shown.selected and (inner < first or not first)
    return frame_row(shown.look, shown.colour, tile.width, caption, marked)


def sides_of(shown: Shown, picture: Sequence[Segment]) -> list[Segment]:
    """A row of the picture between the sides of its frame."""
    side = SOLID if shown.look is CURSOR else Style(color=css(shown.colour), bgcolor="rgb(0,0,0)")
    return [Segment(shown.look.left, side), *picture, Segment(shown.look.right, side)]


def picture_segments(
    strips: Sequence[Strip] | None, tile: Tile | None, row: int, columns: int, rows: int
) -> list[Segment]:
    """A row of a tile's picture: its cells as text, blank ones, that it is being made, or why there is none."""
    if strips is not None and row < len(strips):
        return list(strips[row])
    text = ""
    if tile is None and row == rows // 2:
        text = "…".center(columns)
    elif tile is not None and tile.rgb is None:
        lines = wrap(printable(f"broken: {tile.trouble}"), max(1, columns))[:rows]
        text = lines[row].center(columns) if row < len(lines) else ""
    return [Segment(text.ljust(columns)[:columns], NOTE)]


MOST_COLUMNS = 40
UNKNOWN: Rgb = (70, 72, 80)
"""The frame of what has no value in the column that colours the frames."""


class TileSource(ABC):
    """Things of one level in their order; each has a place in the sheet (`index`) and one in its table (`position`).

    Attributes
    ----------
    HEADING, LEVEL, PLACES, FOOTER
        As of `View`.
    WORD
        What is counted.
    ORDERED
        Whether what lies between two tiles is a range that can be selected.
    WITH_CANDIDATES
        As of `View`.
    """

    HEADING: ClassVar[str]
    WORD: ClassVar[str]
    LEVEL: ClassVar[Level]
    PLACES: ClassVar[tuple[str, ...]] = (GRID, VIEW)
    FOOTER: ClassVar[tuple[str, ...]] = (
        "verdict_pass",
        "verdict_fail",
        "verdict_unsure",
        "enter",
        "colour_by",
        "more_tiles",
        "fewer_tiles",
        "select_page",
        "sort",
        "filter",
        "select",
        "note",
        "undo",
    )
    ORDERED: ClassVar[bool] = True
    WITH_CANDIDATES: ClassVar[bool] = False

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    @property
    def painter(self) -> Painter:
        """What composes the tiles."""
        return self.context.pictures.tile_painter

    def refusal(self) -> str:
        """Why there is nothing to show, in a sentence; "" if there is."""
        return ""

    # --- the things

    @property
    @abstractmethod
    def rows(self) -> Rows | None:
        """The table that they are in, None before any of it was read."""

    @property
    def count(self) -> int:
        """How many places there are."""
        return 0 if self.rows is None else len(self.rows)

    def position(self, index: int) -> int:
        """What stands at a place; -1 for nothing."""
        assert self.rows is not None
        return self.rows.view.row(index)

    @property
    def cursor(self) -> int | None:
        """The place of what is current, None if it is not there."""
        return self.context.session.cursor.row

    @property
    def order_name(self) -> str:
        """Their order in words, "" before they are there."""
        return "" if self.rows is None else self.rows.order_name

    def remarks(self) -> list[str]:
        """What is said of them beside number and order."""
        return []

    # --- one of them

    @abstractmethod
    def spec(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """Name and picture of a tile of so many columns and rows of cells."""

    @abstractmethod
    def caption(self, position: int) -> str:
        """What stands under it, behind the sign of its verdict."""

    def empty_caption(self, index: int) -> str:
        """What stands at a place with nothing."""
        return ""

    def verdict(self, position: int) -> str:
        """Its verdict."""
        assert self.rows is not None
        return self.rows.verdict(position)

    def frame_colour(self, position: int) -> Rgb | None:
        """The colour of its frame by a column, None where it is that of the verdict."""
        return None

    @property
    def by_verdict(self) -> bool:
        """Whether the colours are those of verdicts."""
        return True

    def legend(self, width: int) -> Text:
        """What the colours mean."""
        return verdict_legend()

    # --- where they stand

    @property
    def aspect(self) -> float:
        """Width by height of the pictures."""
        return 1.0

    def starts(self) -> NDArray[Any] | None:
        """Place of the first of each group, None without groups."""
        return None

    def heading(self, group: int) -> str:
        """What stands above a group."""
        return ""

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a cell of text in pixels."""
        return self.context.output.caps.cell_width, self.context.output.caps.cell_height

    @property
    def coarse(self) -> bool:
        """Whether a cell has two pixels: a row of cells is worth more to a picture than to its frame then."""
        return protocol_of(self.context.output.caps.protocol).COARSE

    def arrange(self, area: tuple[int, int], columns: int) -> tuple[TileLayout, TileSize]:
        """Lay them out in columns and rows of cells, so many side by side; 0 for as many as fill a page best."""
        starts = self.starts() if self.count else None
        across, _ = picture_size(1, 1, self.context.output.caps)
        frame, smallest = (1 if self.coarse else 2), (SMALLEST if across > 1 else SMALLEST_COARSE)
        if columns:
            tile = filling_tile(columns, area, self.aspect, self.cell, starts, frame)
        else:
            columns, tile = best_tiles(self.count, area, self.aspect, self.cell, starts, smallest, frame)
        return TileLayout(self.count, columns, tile.height, starts), tile

    def columns_after(self, columns: int, step: int, width: int) -> int | None:
        """How many columns there are after `step` more, in so many cells; None if that can't be chosen."""
        return min(max(1, columns + step), max(1, min(MOST_COLUMNS, width // 6)))

    # --- moving and choosing

    @abstractmethod
    def go(self, index: int) -> None:
        """Make the thing at a place the current one."""

    def move(self, layout: TileLayout, move: Move, rows: int) -> None:
        """Go where a key leads, `rows` being in sight."""
        now = self.cursor
        if self.count:
            self.go(0 if now is None else layout.move(now, move, rows))

    def enter(self) -> None:
        """Go home at what is current."""
        self.context.views.go_home(stay=False)

    def choose_colour(self) -> None:
        """Ask for the column that colours them."""
        choose_object_colour(self.context)

    def selectable(self, positions: Sequence[int]) -> list[int]:
        """Those of them that can be selected."""
        return [position for position in positions if position >= 0]

    def select_range(self, start: int, end: int, *, on: bool) -> None:
        """Select what lies from one place to another, both with it, or no longer."""
        rows = self.rows
        assert rows is not None
        rows.selection.range(rows.view, start, end, on=on)

    def select_all(self, positions: Sequence[int]) -> bool:
        """Select all of these, or none if all are; whether they are now."""
        rows = self.rows
        assert rows is not None
        wanted = not all(position in rows.selection for position in positions)
        for position in positions:
            rows.selection.set(position, wanted)
        self.context.changed(Changes.SELECTION)
        return wanted


def fainter(display: Display, pixels: int) -> Display:
    """Styles for a picture of few pixels, in which outlines cover most of an object: what is below shines through."""
    if pixels >= FEW_PIXELS:
        return display
    layers = tuple((name, replace(style, opacity=style.opacity * 0.5)) for name, style in display.layers)
    return replace(display, layers=layers)
