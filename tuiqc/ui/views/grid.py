"""A sheet of tiles: what contact sheet and object gallery share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region
from textual.strip import Strip

from tuiqc.picture.display import Display
from tuiqc.review.rows import SIGNS, Rows
from tuiqc.review.tile_layout import Line, Move, TileLayout, TileSize, best_columns, tile_size
from tuiqc.terminal.capabilities import Protocol
from tuiqc.text import printable, shorten
from tuiqc.ui.actions import GRID
from tuiqc.ui.keymap import view_bindings
from tuiqc.ui.messages import PageMade, TileMade
from tuiqc.ui.tile_board import Slot, TileBoard
from tuiqc.ui.tiles import TileJob, TileMaker
from tuiqc.ui.views.tile_frames import (
    BLANK,
    CURSOR,
    FRAMES,
    HEADING,
    LOOK_OF,
    NOTE,
    FrameLook,
    css,
    frame_row,
    verdict_legend,
)
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.screens.view_columns import ViewColumns

_MOST_COLUMNS = 40
_COARSE = 48
"""Pictures of fewer pixels on a side have fainter labels."""
_NEAR = 2
"""So many pages ahead and one behind are made when all in sight are there."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tile on the screen looks like, but for its picture."""

    index: int
    look: FrameLook
    caption: str
    colour: tuple[int, int, int] | None
    selected: bool


class Grid(View):
    """Tiles of the rows of one level in their order; a row of text above and below."""

    BINDINGS: ClassVar[list[BindingType]] = list(view_bindings(GRID))
    DEFAULT_CSS = "Grid { background: black; }"
    FOOTER: ClassVar[tuple[str, ...]] = (
        "verdict_pass",
        "verdict_fail",
        "verdict_unsure",
        "note",
        "more_tiles",
        "fewer_tiles",
        "select",
        "select_page",
        "sort",
        "filter",
        "colour_by",
        "undo",
    )
    WORD: ClassVar[str] = "images"

    def __init__(self, home: ViewColumns, *, id: str | None = None) -> None:
        super().__init__(home, id=id)
        self.maker = TileMaker(self.painter(), self, home.caps)
        self.board = TileBoard(self, self.maker.get, home.output, home.caps, self._repaint_text)
        self.columns = 0
        self._top = 0
        self._sheet = TileLayout(0, 1, 1)
        self._tile = TileSize(4, 3)
        self._lines: list[Line] = []
        self._shown: dict[int, Shown] = {}
        self._drawn: object = None
        self._texts: tuple[Text, Text] = (Text(), Text())
        self._keys: frozenset[Hashable] = frozenset()
        self._at: dict[Any, Hashable] = {}

    # --- what a sheet is of

    @abstractmethod
    def painter(self) -> Any:
        """What composes the tiles."""

    @property
    @abstractmethod
    def rows(self) -> Rows | None:
        """The rows whose tiles are shown."""

    @abstractmethod
    def job(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """Name and job of the tile of a position in the frame."""

    @abstractmethod
    def caption(self, position: int) -> str:
        """What stands under the tile, behind the sign of the verdict."""

    def aspect(self) -> float:
        """Width by height of the pictures."""
        return 1.0

    def starts(self, rows: Rows) -> NDArray[Any] | None:
        """First row of each group, None without groups."""
        return None

    def heading(self, group: int, row: int) -> str:
        """What stands above a group; `row` is its first."""
        return ""

    def frame_colour(self, position: int) -> tuple[int, int, int] | None:
        """Colour of the frame by a column, None where it is that of the verdict."""
        return None

    def legend(self) -> Text:
        """What the colours of the frames mean."""
        return verdict_legend()

    def remarks(self) -> list[str]:
        """What the line above says beside number, order and columns."""
        return []

    def state(self) -> object:
        """What the pictures depend on beside their rows; another one and all are drawn anew."""
        return self.home.display_style

    # --- following the state

    @property
    def area(self) -> tuple[int, int]:
        """Columns and rows of cells for tiles."""
        return self.size.width, max(0, self.size.height - 2)

    def follow(self) -> None:
        """Show the tiles around the cursor as they are now."""
        rows = self.rows
        if not self.display or self.area[0] < 4 or self.area[1] < 3:
            return
        self._arrange(rows)
        cursor = self.cursor
        if rows is not None and cursor is not None:
            self._top = self._sheet.scrolled(self._top, self.area[1], cursor)
        else:
            self._top = self._sheet.snapped(min(self._top, self._sheet.height))
        self._lines = list(self._sheet.lines(self._top, self.area[1]))
        self._show(rows, cursor)

    def _arrange(self, rows: Rows | None) -> None:
        count = 0 if rows is None else len(rows)
        cell = (self.home.caps.cell_width, self.home.caps.cell_height)
        columns = self.columns or best_columns(count, self.area, self.aspect(), cell)
        self._tile = tile_size(columns, self.area, self.aspect(), cell)
        starts = None if rows is None or not count else self.starts(rows)
        self._sheet = TileLayout(count, columns, self._tile.height, starts)

    def _show(self, rows: Rows | None, cursor: int | None) -> None:
        drawn = (
            self._top,
            self._tile,
            self.area,
            [(line.top, line.start, line.stop) for line in self._lines],
        )
        indices = [index for line in self._lines for index in range(line.start, line.stop)]
        positions = {index: rows.view.row(index) for index in indices} if rows is not None else {}
        shown = {
            index: self._look(rows, index, at, cursor) for index, at in positions.items() if rows is not None
        }
        slots = self._slots(positions, cursor)
        repaint = drawn != self._drawn
        before, self._shown, self._drawn = self._shown, shown, drawn
        texts = (self._heading_text(rows), self._legend_text())
        if repaint:
            self.refresh()
        else:
            changed = [index for index, one in shown.items() if before.get(index) != one]
            for index in changed:
                self.paint(self._frame_regions(index))
            if texts != self._texts:
                self.refresh(
                    Region(0, 0, self.size.width, 1), Region(0, self.size.height - 1, self.size.width, 1)
                )
            for slot in slots:
                if slot.key not in self._keys:
                    self.paint([slot.region])
        self._keys = frozenset(slot.key for slot in slots)
        self._at = {slot.region.offset: slot.key for slot in slots}
        self._texts = texts
        self.board.show(slots, repaint=repaint)
        self._want(rows, positions, cursor)

    def _slots(self, positions: dict[int, int], cursor: int | None) -> list[Slot]:
        slots = []
        for index, position in positions.items():
            top, column = self._sheet.place(index)
            columns, rows = self._tile.picture
            region = Region(column * self._tile.width + 1, 2 + top - self._top, columns, rows)
            key, _ = self.job(position, self._tile.picture)
            slots.append(Slot(key, region, self._rank(index, cursor)))
        return slots

    def _rank(self, index: int, cursor: int | None) -> int:
        return abs(index - (cursor if cursor is not None else 0))

    def _want(self, rows: Rows | None, positions: dict[int, int], cursor: int | None) -> None:
        """Ask for the tiles in sight, the nearest to the cursor first, then for those that the next keys may show."""
        if rows is None or not positions:
            self.maker.want([])
            return
        order = sorted(positions, key=lambda index: self._rank(index, cursor))
        first, last = min(positions), max(positions)
        page = last - first + 1
        ahead = range(last + 1, min(last + 1 + _NEAR * page, len(rows)))
        behind = range(first - 1, max(-1, first - 1 - page), -1)
        wanted = [self.job(positions[index], self._tile.picture) for index in order]
        wanted += [self.job(rows.view.row(index), self._tile.picture) for index in (*ahead, *behind)]
        self.maker.want(wanted)

    def _look(self, rows: Rows, index: int, position: int, cursor: int | None) -> Shown:
        verdict = rows.verdict(position)
        colour = self.frame_colour(position)
        look = CURSOR if index == cursor else LOOK_OF["" if colour is None and not verdict else "judged"]
        return Shown(
            index,
            look,
            f"{SIGNS[verdict]} {self.caption(position)}",
            colour if colour is not None else FRAMES[verdict],
            position in rows.selection,
        )

    # --- text around the tiles

    def _heading_text(self, rows: Rows | None) -> Text:
        count = 0 if rows is None else len(rows)
        parts = [f"{self.HEADING} · {count:,} {self.WORD}"]
        if rows is not None:
            parts.append(rows.order_name)
        parts += [*self.remarks(), f"{self._sheet.columns} columns"]
        text = Text(" " + printable(" · ".join(parts)), style="bold", no_wrap=True)
        if self._shown:
            where = f"{min(self._shown) + 1:,}-{max(self._shown) + 1:,} of {count:,} "
            text.truncate(max(0, self.size.width - len(where) - 1))
            text.append(" " * (self.size.width - text.cell_len - len(where)) + where)
        return text

    def _legend_text(self) -> Text:
        text = self.legend()
        text.truncate(self.size.width)
        return text

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        width = self.size.width
        if y == 0 or y == self.size.height - 1:
            text = self._texts[0 if y == 0 else 1]
            segments = [Segment(one.text, one.style) for one in text.render(self.app.console) if one.text]
            return Strip(segments).adjust_cell_length(width, BLANK)
        row = y - 1 + self._top
        for line in self._lines:
            if line.heading and line.top == row:
                return self._group_strip(line)
            if not line.heading and line.top <= row < line.top + self._tile.height:
                return self._tiles_strip(line, row - line.top)
        if y == self.size.height // 2 and not self._lines:
            return Strip([Segment(self._nothing().center(width)[:width], NOTE)]).adjust_cell_length(
                width, BLANK
            )
        return Strip([Segment(" " * width, BLANK)], width)

    def _nothing(self) -> str:
        rows = self.rows
        if rows is None:
            return self.home.feed_text or "nothing to show"
        return "the filter lets none through" if rows.total else "nothing to show"

    def _group_strip(self, line: Line) -> Strip:
        size = self._sheet.group_size(line.group)
        text = f" {printable(self.heading(line.group, line.start))} · {size:,} "
        width = self.size.width
        return Strip([Segment(shorten(text, width), HEADING)]).extend_cell_length(width, BLANK)

    def _tiles_strip(self, line: Line, inner: int) -> Strip:
        width = self.size.width
        segments: list[Segment] = []
        for index in range(line.start, line.stop):
            shown = self._shown.get(index)
            if shown is not None:
                segments += self._tile_segments(shown, line, index, inner)
        return Strip(segments).adjust_cell_length(width, BLANK)

    def _tile_segments(self, shown: Shown, line: Line, index: int, inner: int) -> Sequence[Segment]:
        columns, rows = self._tile.picture
        if inner == 0 or inner == rows + 1:
            return frame_row(
                shown.look, shown.colour, self._tile.width, shown.caption if inner else "", shown.selected
            )
        side = Style(
            color=css(shown.colour) if shown.look is not CURSOR else "rgb(255,255,255)", bgcolor="rgb(0,0,0)"
        )
        offset = Offset((index - line.start) * self._tile.width + 1, 2 + line.top - self._top)
        return [
            Segment(shown.look.left, side),
            *self._picture_segments(self._at.get(offset), inner - 1, columns, rows),
            Segment(shown.look.right, side),
        ]

    def _picture_segments(self, key: Hashable, row: int, columns: int, rows: int) -> list[Segment]:
        strips = self.board.strips(key)
        if strips is not None and row < len(strips):
            return list(strips[row])
        tile = self.maker.get(key)
        text = ""
        if tile is None and row == rows // 2:
            text = "…".center(columns)
        elif tile is not None and tile.rgb is None:
            lines = _wrapped(f"broken: {tile.trouble}", columns, rows)
            text = lines[row].center(columns) if row < len(lines) else ""
        return [Segment(text.ljust(columns)[:columns], NOTE)]

    def _frame_regions(self, index: int) -> list[Region]:
        top, column = self._sheet.place(index)
        x, y = column * self._tile.width, 1 + top - self._top
        width, height = self._tile.width, self._tile.height
        return [
            Region(x, y, width, 1),
            Region(x, y + height - 1, width, 1),
            Region(x, y, 1, height),
            Region(x + width - 1, y, 1, height),
        ]

    # --- moving

    @property
    def cursor(self) -> int | None:
        """Index of the current tile, None if there is none."""
        return self.session.row

    def go(self, index: int) -> None:
        """Make a tile the current one."""
        if self.session.level == "image":
            self.session.go_image(index)
        else:
            self.session.go_object(index)
        self.home.place_changed()

    def action_tile(self, move: str) -> None:
        """Move the cursor."""
        rows = self.rows
        if rows is None or not len(rows):
            return
        now = self.cursor
        target = 0 if now is None else self._sheet.move(now, cast(Move, move), self.area[1])
        if move in ("page_up", "page_down"):
            step = self.area[1] // self._tile.height * self._tile.height
            self._top = self._sheet.snapped(self._top + (step if move == "page_down" else -step))
        self.go(target)

    def action_tile_left(self) -> None:
        """Left."""
        self.action_tile("left")

    def action_tile_right(self) -> None:
        """Right."""
        self.action_tile("right")

    def action_tile_up(self) -> None:
        """Up."""
        self.action_tile("up")

    def action_tile_down(self) -> None:
        """Down."""
        self.action_tile("down")

    def action_tile_page_up(self) -> None:
        """A screen up."""
        self.action_tile("page_up")

    def action_tile_page_down(self) -> None:
        """A screen down."""
        self.action_tile("page_down")

    def action_tile_first(self) -> None:
        """First tile."""
        self.action_tile("first")

    def action_tile_last(self) -> None:
        """Last tile."""
        self.action_tile("last")

    # --- columns

    def action_more_tiles(self) -> None:
        """Smaller tiles, more of them."""
        self._columns_changed(1)

    def action_fewer_tiles(self) -> None:
        """Larger tiles, fewer of them."""
        self._columns_changed(-1)

    def _columns_changed(self, step: int) -> None:
        self.columns = min(max(1, self._sheet.columns + step), max(1, min(_MOST_COLUMNS, self.area[0] // 6)))
        self.follow()

    # --- many at once

    def action_range_left(self) -> None:
        """Select to the left."""
        self._extend("left")

    def action_range_right(self) -> None:
        """Select to the right."""
        self._extend("right")

    def action_range_up(self) -> None:
        """Select upwards."""
        self._extend("up")

    def action_range_down(self) -> None:
        """Select downwards."""
        self._extend("down")

    def _extend(self, move: Move) -> None:
        """Move, and select all from where the range began to there."""
        rows, now = self.rows, self.cursor
        if rows is None or now is None:
            return
        target = self._sheet.move(now, move, self.area[1])
        for index in range(min(now, target), max(now, target) + 1):
            position = rows.view.row(index)
            if position not in rows.selection:
                rows.selection.toggle(position)
        self.go(target)
        self.home.tell_chips()

    def action_select_page(self) -> None:
        """Select all tiles in sight; again: none of them."""
        rows = self.rows
        if rows is None or not self._shown:
            return
        positions = [rows.view.row(index) for index in self._shown]
        wanted = not all(position in rows.selection for position in positions)
        for position in positions:
            if (position in rows.selection) != wanted:
                rows.selection.toggle(position)
        self.home.say(
            f"{len(positions):,} in sight {'selected: p f u judge them' if wanted else 'no longer selected'}"
        )
        self.home.tell_chips()

    # --- messages

    def on_tile_made(self, event: TileMade) -> None:
        """A tile is ready."""
        self.board.made(event.key)

    def on_page_made(self, event: PageMade) -> None:
        """The picture of the page is ready."""
        self.board.page_made()

    def _repaint_text(self) -> None:
        """Paint all that is not a tile's picture."""
        regions = [one for index in self._shown for one in self._frame_regions(index)]
        regions += [
            Region(0, 1 + line.top - self._top, self.size.width, 1) for line in self._lines if line.heading
        ]
        for slot in self.board.slots:
            tile = self.maker.get(slot.key)
            if tile is None or tile.rgb is None:
                regions.append(slot.region)
        self.paint(regions)

    def paint(self, regions: Sequence[Region]) -> None:
        """Paint these cells, and no others.

        Textual paints what lies left of a region too, which would wipe a sixel; so beside one they are written here.
        What Textual paints later is the same.
        """
        if self.home.caps.protocol is not Protocol.SIXEL:
            self.refresh(*regions)
            return
        if self.board.covered or not self.is_on_screen:
            return
        offset, colours = self.region.offset, self.app.console._color_system
        text = []
        for region in regions:
            for y in range(region.y, region.bottom):
                text.append(f"\x1b[{offset.y + y + 1};{offset.x + region.x + 1}H")
                strip = self.render_line(y).crop(region.x, region.right)
                text += [
                    one.style.render(one.text, color_system=colours) if one.style else one.text
                    for one in strip
                ]
        self.home.output.write_text("\x1b7" + "".join(text) + "\x1b8")

    def on_resize(self) -> None:
        """Another size: other tiles."""
        self._drawn = None
        self.follow()

    def on_click(self, event: events.Click) -> None:
        """A click goes to a tile, a double click opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for index in self._shown:
            top, column = self._sheet.place(index)
            at = Region(column * self._tile.width, 1 + top - self._top, self._tile.width, self._tile.height)
            if at.contains_point((offset.x, offset.y)):
                self.go(index)
                if event.chain >= 2:
                    self.enter()
                return

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """A line down."""
        event.stop()
        self.action_tile("down")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """A line up."""
        event.stop()
        self.action_tile("up")

    # --- life

    def opened(self) -> None:
        """Draw all anew."""
        self.board.caps = self.maker.caps = self.home.caps
        self._drawn = None

    def left(self) -> None:
        """No tiles are wanted."""
        self.maker.want([])
        self.board.hide()

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """Pictures over these cells are wiped."""
        self.board.painted_over(regions)

    def cover(self) -> None:
        """A dialog lies above."""
        self.board.cover()

    def uncover(self) -> None:
        """No dialog any more."""
        self.board.uncover()

    def on_unmount(self) -> None:
        """End the threads."""
        self.maker.stop()
        self.board.free()


def _wrapped(text: str, width: int, most: int) -> list[str]:
    from textwrap import wrap

    return wrap(printable(text), max(1, width))[:most]


def fainter(display: Display, pixels: int) -> Display:
    """Styles for a picture of few pixels, in which outlines cover most of an object: what is below shines through."""
    if pixels >= _COARSE:
        return display
    layers = tuple((name, replace(style, opacity=style.opacity * 0.5)) for name, style in display.layers)
    return replace(display, layers=layers)
