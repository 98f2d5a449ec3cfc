"""How the lines of a table look: header, rows with signs and colours, and where the rows in sight are among all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from textwrap import wrap
from typing import ClassVar, Protocol

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor, LineFilter
from textual.strip import Strip
from textual.widget import Widget

from tuiqc.review.listing import ListedColumn
from tuiqc.tables.heat import readable_on
from tuiqc.text import display_width, shorten
from tuiqc.ui.jump_letters import Letters


class TableContent(Protocol):
    """What a table shows. Rows are positions in the current order; all text is already printable."""

    def __len__(self) -> int: ...

    def columns(self) -> Sequence[ListedColumn]:
        """All columns, those that stay in sight first."""
        ...

    def pinned(self) -> int:
        """How many of the first columns stay in sight."""
        ...

    def cell(self, row: int, column: int) -> str:
        """Text of a cell."""
        ...

    def selected(self, row: int) -> bool:
        """Whether a row is selected."""
        ...

    def background(self, row: int, column: int) -> tuple[int, int, int] | None:
        """Colour behind a cell, None for none."""
        ...

    def mark(self, row: int) -> tuple[str, str]:
        """Sign of a row (one cell) and the name of its tone (a component class), or (" ", "")."""
        ...


class Nothing:
    """The content of a table that has none yet."""

    def __len__(self) -> int:
        return 0

    def columns(self) -> list[ListedColumn]:
        """No columns."""
        return []

    def pinned(self) -> int:
        """None of them."""
        return 0

    def cell(self, row: int, column: int) -> str:
        """No text."""
        return ""

    def mark(self, row: int) -> tuple[str, str]:
        """No sign."""
        return " ", ""

    def selected(self, row: int) -> bool:
        """Nothing is selected."""
        return False

    def background(self, row: int, column: int) -> None:
        """No colour."""
        return


GUTTER = 3
"""Cells before the first column: cursor bar, verdict sign, sign of a selected row."""


class TableLines(Widget):
    """Paints what is in sight of its `content`, and nothing else.

    Attributes
    ----------
    row, column
        Where the cursor is.
    top
        The first row in sight.
    first
        The first of the columns that scroll.
    empty, when_empty
        What it says in the place of rows, and what finds those words when they are needed.
    letters
        Those that stand at the rows while one is being chosen by them.
    """

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

    def __init__(
        self, content: TableContent, *, empty: str = "nothing to show", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.content = content
        self.empty = empty
        self.when_empty: Callable[[], str] = lambda: self.empty
        self.row = 0
        self.column = 0
        self.top = 0
        self.first = 0
        self.letters: Letters | None = None
        self._styles: dict[str, Style] = {}

    @property
    def page(self) -> int:
        """Number of data rows in sight."""
        return max(1, self.size.height - 1)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the one that looks for colours of the terminal's own theme in each cell: here are none."""
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def notify_style_update(self) -> None:
        """The theme changed: forget the styles."""
        super().notify_style_update()
        self._styles.clear()

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(f"table--{name}") if name else self.rich_style
        return self._styles[name]

    def columns_in_sight(self) -> list[tuple[int, ListedColumn]]:
        """Numbers and columns that have room, pinned ones first."""
        columns, pinned = self.content.columns(), self.content.pinned()
        seen = [(number, columns[number]) for number in range(min(pinned, len(columns)))]
        used = GUTTER + sum(column.width + 1 for _, column in seen)
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
            if not len(self.content):
                lines = wrap(self.when_empty(), max(20, width - 2 * GUTTER))
                text = shorten(" " * GUTTER + lines[y - 1], width) if y <= len(lines) else ""
                return Strip([Segment(text.ljust(width), self._style("empty"))], width)
            return Strip.blank(width, self._style(""))
        line = self._row_line(row, width)
        return line if self.letters is None else self.letters.over(line, y)

    def _header_line(self, width: int) -> Strip:
        style = self._style("header")
        segments = [Segment(" " * GUTTER, style)]
        for number, column in self.columns_in_sight():
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
        for number, column in self.columns_in_sight():
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
    if len(text) > column.width:
        text = text.rstrip()  # what is missing is blank in the width that the column would like to have
    text = shorten(text, column.width)
    pad = " " * (column.width - display_width(text))
    return pad + text if column.right else text + pad


@lru_cache(1024)
def _coloured(background: tuple[int, int, int]) -> Style:
    """A background with black or white text, whichever can be read on it."""
    return Style(color=Color.from_rgb(*readable_on(background)), bgcolor=Color.from_rgb(*background))


def _trim(segments: list[Segment], width: int, style: Style) -> Strip:
    return Strip(segments).adjust_cell_length(width, style)
