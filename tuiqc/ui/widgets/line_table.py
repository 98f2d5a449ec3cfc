"""A table that paints a screenful at a time: the cost of a key does not grow with the number of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.geometry import Region
from textual.message import Message

from tuiqc.ui.jump_letters import JumpTarget, Letters
from tuiqc.ui.widgets.table_lines import GUTTER, TableContent, TableLines


class LineTable(TableLines, can_focus=True):
    """A table on Textual's line API with a sticky header, pinned columns and a cell cursor.

    The widget holds no data: it asks its `content` for the cells that are in sight.
    """

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
    class Dragged(Message):
        """The mouse was drawn over rows, from one to another."""

        table: LineTable
        first: int
        last: int

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
        super().__init__(content, empty=empty, id=id)
        self._dragged_from: int | None = None
        self._dragging = False
        self.when_moved: Callable[[], None] | None = None
        """Called at once in place of the message `Moved`, which comes only when this table has been painted."""
        self._pointed: int | None = None
        self.when_pointed: Callable[[int], None] | None = None
        """Called with the row that the mouse came over."""

    # --- what others call

    def go(self, row: int, column: int | None = None) -> None:
        """Put the cursor on `row` without telling anybody; scrolls as far as needed."""
        old_row, old_top, old_column, old_first = self.row, self.top, self.column, self.first
        self.row = max(0, min(row, len(self.content) - 1))
        if column is not None:
            self.column = max(0, min(column, len(self.content.columns()) - 1))
        self._scroll_into_sight()
        if (self.column, self.first) != (old_column, old_first):
            self.refresh()
        elif self.top != old_top:
            self.scrolled()
        elif self.row != old_row:
            self._refresh_row(old_row)
            self._refresh_row(self.row)

    def content_changed(self) -> None:
        """Other rows or columns are there: keep the cursor inside and paint all."""
        self.row = max(0, min(self.row, len(self.content) - 1))
        self.column = max(0, min(self.column, len(self.content.columns()) - 1))
        self._scroll_into_sight()
        self.refresh()

    # --- moving

    def move(self, where: str) -> None:
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

    # --- letters of rows

    def jump_targets(self) -> list[JumpTarget]:
        """The rows in sight."""
        last = min(len(self.content), self.top + self.page)
        return [
            JumpTarget(0, row - self.top + 1, partial(self._move_by_person, row))
            for row in range(self.top, last)
        ]

    def show_letters(self, letters: Letters | None) -> None:
        """Show letters at the rows, or none any more."""
        self.letters = letters
        self.refresh()

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
        room = self.size.width - 1 - GUTTER - sum(c.width + 1 for c in columns[:pinned])
        least = self.column
        used = columns[least].width + 1
        # From the cursor to the left, as far as there is room: those beyond are not measured for it.
        while least > self.first and (used := used + columns[least - 1].width + 1) <= room:
            least -= 1
        self.first = max(self.first, least)

    def on_resize(self) -> None:
        """Keep the cursor in sight when there is less room."""
        before = self.top
        self._scroll_into_sight()
        if self.top != before:
            self.refresh()

    def _refresh_row(self, row: int) -> None:
        line = row - self.top + 1
        if 1 <= line <= self.page:
            self.refresh(Region(0, line, self.size.width, 1))

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
            self.scrolled()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Perhaps the beginning of a range."""
        offset, self._dragging = event.get_content_offset(self), False
        begins = event.button == 1 and offset is not None and 0 < offset.y <= len(self.content) - self.top
        self._dragged_from = self.top + offset.y - 1 if begins and offset is not None else None
        if begins:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The range so far is selected; beyond the edges the table scrolls."""
        first, page = self._dragged_from, self.page
        y = event.y - self.content_offset_y - 1
        if first is None:
            self._point_at(self.top + y)
            return
        if y < 0 or y >= page:
            self._scroll_rows(-1 if y < 0 else 1)
        row = max(0, min(self.top + max(0, min(y, page - 1)), len(self.content) - 1))
        if row != first or self._dragging:
            self._dragging = True
            self.go(row)
            self.post_message(self.Dragged(self, first, row))

    def _point_at(self, row: int) -> None:
        if row == self._pointed:
            return
        self._pointed = row
        if self.when_pointed is not None and self.top <= row < len(self.content) and row != self.row:
            self.when_pointed(row)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The range ends."""
        if self._dragged_from is not None:
            self._dragged_from = None
            self.release_mouse()

    @property
    def content_offset_y(self) -> int:
        """Rows of the frame above the header."""
        return self.gutter.top

    def on_click(self, event: events.Click) -> None:
        """Choose the row (twice: open it); on the header, the column."""
        offset = event.get_content_offset(self)
        if offset is None or self._dragging:
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
        if event.button == 1 and event.chain >= 2:
            self.post_message(self.Chosen(self, row))

    def _column_at(self, x: int) -> int | None:
        at = GUTTER
        for number, column in self.columns_in_sight():
            at += column.width + 1
            if x < at:
                return number
        return None
