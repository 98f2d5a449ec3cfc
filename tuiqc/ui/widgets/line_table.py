"""A table that paints a screenful at a time: the cost of a key does not grow with the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tuiqc.review.listing import ListedColumn
from tuiqc.tables.colouring import readable_on
from tuiqc.text import display_width, shorten
from tuiqc.ui.actions import TABLE_MOVES
from tuiqc.ui.widgets.table_content import TableContent
from tuiqc.ui.widgets.titled import Titled

_GUTTER = 3  # cursor bar, verdict sign, space


class LineTable(Titled, can_focus=True):
    """A table on Textual's line API with a sticky header, pinned columns and a cell cursor.

    The widget holds no data: it asks its `content` for the cells that are in sight.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, text, show=False) for keys, action, text in TABLE_MOVES
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--header-cursor",
        "table--cursor",
        "table--cursor-cell",
        "table--cursor-blurred",
        "table--pinned",
        "table--pass",
        "table--fail",
        "table--unsure",
        "table--scroll",
        "table--empty",
    }
    ALLOW_SELECT = False

    @dataclass
    class Moved(Message):
        """The cursor went to another row by the person's doing."""

        table: LineTable
        row: int

        @property
        def control(self) -> LineTable:
            """The table, for selectors in handlers."""
            return self.table

        def can_replace(self, message: Message) -> bool:
            """Only the newest position matters."""
            return isinstance(message, LineTable.Moved) and message.table is self.table

    @dataclass
    class Chosen(Message):
        """A row was double-clicked."""

        table: LineTable
        row: int

        @property
        def control(self) -> LineTable:
            """The table, for selectors in handlers."""
            return self.table

    @dataclass
    class HeaderClicked(Message):
        """The header of a column was clicked."""

        table: LineTable
        column: int

        @property
        def control(self) -> LineTable:
            """The table, for selectors in handlers."""
            return self.table

    def __init__(
        self, content: TableContent, *, empty: str = "nothing to show", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.content = content
        self.empty = empty
        self.row = 0
        self.column = 0
        self.top = 0
        self.first = 0  # first of the columns that scroll
        self._styles: dict[str, Style] = {}
        self.when_moved: Callable[[], None] | None = None
        """Called at once in place of the message `Moved`, which comes only when this table has been painted."""

    # --- what others call

    @property
    def page(self) -> int:
        """Number of data rows in sight."""
        return max(1, self.size.height - 1)

    def go(self, row: int, column: int | None = None) -> None:
        """Put the cursor on `row` without telling anybody; scrolls as far as needed."""
        old_row, old_top, old_column, old_first = self.row, self.top, self.column, self.first
        self.row = max(0, min(row, len(self.content) - 1))
        if column is not None:
            self.column = max(0, min(column, len(self.content.columns()) - 1))
        self._scroll_into_sight()
        if (self.top, self.column, self.first) != (old_top, old_column, old_first):
            self.refresh()
        elif self.row != old_row:
            self._refresh_row(old_row)
            self._refresh_row(self.row)

    def content_changed(self) -> None:
        """Other rows or columns are there: keep the cursor inside and paint all."""
        self.row = max(0, min(self.row, len(self.content) - 1))
        self.column = max(0, min(self.column, len(self.content.columns()) - 1))
        self._scroll_into_sight()
        self.refresh()

    def row_changed(self, row: int) -> None:
        """The cells of one row changed."""
        self._refresh_row(row)

    # --- moving

    def action_move(self, where: str) -> None:
        """Move the cursor: up, down, left, right, page_up, page_down, first, last."""
        steps: dict[str, Callable[[], tuple[int, int]]] = {
            "up": lambda: (self.row - 1, self.column),
            "down": lambda: (self.row + 1, self.column),
            "left": lambda: (self.row, self.column - 1),
            "right": lambda: (self.row, self.column + 1),
            "page_up": lambda: (self.row - self.page, self.column),
            "page_down": lambda: (self.row + self.page, self.column),
            "first": lambda: (0, self.column),
            "last": lambda: (len(self.content) - 1, self.column),
        }
        self._move_by_person(*steps[where]())

    def _move_by_person(self, row: int, column: int | None = None) -> None:
        before = self.row
        self.go(row, column)
        if self.row == before:
            return
        if self.when_moved is not None:
            self.when_moved()
        else:
            self.post_message(self.Moved(self, self.row))

    def _scroll_into_sight(self) -> None:
        if self.size.height < 2:
            return  # not on the screen: the resize that brings it back scrolls no further than is needed
        if self.row < self.top:
            self.top = self.row
        elif self.row >= self.top + self.page:
            self.top = self.row - self.page + 1
        self.top = max(0, min(self.top, len(self.content) - self.page))
        columns, pinned = self.content.columns(), self.content.pinned()
        if not pinned <= self.column < len(columns):
            return
        self.first = max(pinned, min(self.first, self.column))
        room = self.size.width - 1 - _GUTTER - sum(c.width + 1 for c in columns[:pinned])
        least = self.column
        used = columns[least].width + 1
        # From the cursor to the left, as far as there is room: those beyond are not measured for it.
        while least > self.first and (used := used + columns[least - 1].width + 1) <= room:
            least -= 1
        self.first = max(self.first, least)

    # --- mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll three rows, the cursor stays."""
        self._scroll_rows(3)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll three rows back."""
        self._scroll_rows(-3)
        event.stop()

    def _scroll_rows(self, rows: int) -> None:
        top = max(0, min(self.top + rows, len(self.content) - self.page))
        if top != self.top:
            self.top = top
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the row (twice: open it); on the header, the column."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        column = self._column_at(offset.x)
        if offset.y == 0:
            if column is not None:
                self.go(self.row, column)
                self.post_message(self.HeaderClicked(self, column))
            return
        row = self.top + offset.y - 1
        if row >= len(self.content):
            return
        self._move_by_person(row, column)
        if event.chain >= 2:
            self.post_message(self.Chosen(self, row))

    def _column_at(self, x: int) -> int | None:
        at = _GUTTER
        for number, column in self._columns_in_sight():
            at += column.width + 1
            if x < at:
                return number
        return None

    # --- painting

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the one that looks for colours of the terminal's own theme in each cell: here are none."""
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def on_resize(self) -> None:
        """Keep the cursor in sight when there is less room."""
        before = self.top
        self._scroll_into_sight()
        if self.top != before:
            self.refresh()

    def notify_style_update(self) -> None:
        """The theme changed: forget the styles."""
        super().notify_style_update()
        self._styles.clear()

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(f"table--{name}") if name else self.rich_style
        return self._styles[name]

    def _refresh_row(self, row: int) -> None:
        line = row - self.top + 1
        if 1 <= line <= self.page:
            self.refresh(Region(0, line, self.size.width, 1))

    def _columns_in_sight(self) -> list[tuple[int, ListedColumn]]:
        columns, pinned = self.content.columns(), self.content.pinned()
        seen = [(number, columns[number]) for number in range(min(pinned, len(columns)))]
        used = _GUTTER + sum(column.width + 1 for _, column in seen)
        for number in range(max(self.first, pinned), len(columns)):
            column, room = columns[number], self.size.width - 1 - used
            # A column that is cut would show half of its numbers, which are other numbers.
            if column.width > room and len(seen) > pinned:
                squeezed = column.squeezed(room)
                return seen if squeezed is None else [*seen, (number, squeezed)]
            seen.append((number, column))
            used += column.width + 1
        return seen

    def render_line(self, y: int) -> Strip:
        """One line: the header, or the row that is `y - 1` below the first in sight."""
        width = self.size.width
        if y == 0:
            return self._header_line(width)
        row = self.top + y - 1
        if row >= len(self.content):
            if y == 1 and not len(self.content):
                text = shorten(f"   {self.empty}", width)
                return Strip([Segment(text.ljust(width), self._style("empty"))], width)
            return Strip.blank(width, self._style(""))
        return self._row_line(row, width)

    def _header_line(self, width: int) -> Strip:
        style = self._style("header")
        segments = [Segment(" " * _GUTTER, style)]
        for number, column in self._columns_in_sight():
            text = _fit(column.header + column.mark, column)
            here = number == self.column
            segments.append(Segment(text, self._style("header-cursor") if here else style))
            segments.append(Segment(" ", style))
        return _trim(segments, width, style)

    def _row_line(self, row: int, width: int) -> Strip:
        pinned, current = self.content.pinned(), row == self.row
        sign, tone = self.content.mark(row)
        base = self._style("cursor" if self.has_focus else "cursor-blurred") if current else self._style("")
        # On the bar of the cursor a coloured sign could hardly be read.
        coloured = bool(tone) and not (current and self.has_focus)
        tone_style = base + Style(color=self._style(tone).color, bold=True) if coloured else base
        segments = [Segment("▌" if current else " ", base), Segment(sign, tone_style)]
        segments.append(Segment("•" if self.content.selected(row) else " ", base + Style(bold=True)))
        for number, column in self._columns_in_sight():
            style = base
            if current and number == self.column and self.has_focus:
                style = self._style("cursor-cell")
            elif not current and number < pinned:
                style = self._style("pinned")
            colour = self.content.background(row, number)
            if colour is not None:
                style = style + _coloured(colour)
            segments.append(Segment(_fit(self.content.cell(row, number), column), style))
            segments.append(Segment(" ", base))
        strip = _trim(segments, width - 1, base)
        return Strip.join([strip, Strip([self._scroll_sign(row, base)], 1)])

    def _scroll_sign(self, row: int, base: Style) -> Segment:
        total, page = len(self.content), self.page
        if total <= page:
            return Segment(" ", base)
        thumb = max(1, page * page // total)
        start = (page - thumb) * self.top // max(1, total - page)
        line = row - self.top
        return Segment(
            "▐" if start <= line < start + thumb else " ", base + Style(color=self._style("scroll").color)
        )


def _fit(text: str, column: ListedColumn) -> str:
    text = shorten(text, column.width)
    pad = " " * (column.width - display_width(text))
    return pad + text if column.right else text + pad


@lru_cache(1024)
def _coloured(background: tuple[int, int, int]) -> Style:
    """A background with black or white text, whichever can be read on it."""
    return Style(color=Color.from_rgb(*readable_on(background)), bgcolor=Color.from_rgb(*background))


def _trim(segments: list[Segment], width: int, style: Style) -> Strip:
    return Strip(segments).adjust_cell_length(width, style)
