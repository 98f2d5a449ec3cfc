"""How the lines of a table look: header, rows with signs and colours, and where the rows in sight are among all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap
from typing import ClassVar, Protocol, Self

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
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


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is the same for all lines of one painting: to ask Textual for it takes as long as to paint a line.

    `width` and `height` are those of the table in cells, `seen` the columns that have room, `used` their cells with
    those before them.
    """

    width: int
    height: int
    total: int
    pinned: int
    seen: Sequence[tuple[int, ListedColumn]]
    used: int
    focused: bool

    @property
    def page(self) -> int:
        """Number of data rows in sight."""
        return max(1, self.height - 1)


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
        self._sight: _Sight | None = None
        self._made_for: _Sight | None = None
        self._made: dict[int, tuple[bool, Piece, Strip]] = {}

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
        self._made.clear()

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Paint anew, all of it or these regions: what was made of their rows is forgotten."""
        if not regions:
            self._made.clear()
        for region in regions:
            for y in region.line_range:
                self._made.pop(self.top + y - 1, None)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def scrolled(self) -> None:
        """Paint anew: other rows are in sight, and those that stay are as they were."""
        super().refresh()

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(f"table--{name}") if name else self.rich_style
        return self._styles[name]

    def _mixed(self, name: str, base: Style, over: Style) -> Style:
        """One style over another, made once."""
        if name not in self._styles:
            self._styles[name] = base + over
        return self._styles[name]

    def _look(self) -> _Sight:
        width, height = self.size
        seen = self.columns_in_sight(width)
        used = GUTTER + sum(column.width + 1 for _, column in seen)
        content = self.content
        return _Sight(width, height, len(content), content.pinned(), seen, used, self.has_focus)

    def columns_in_sight(self, width: int | None = None) -> list[tuple[int, ListedColumn]]:
        """Numbers and columns that have room in `width` cells (that of the table), pinned ones first."""
        columns, pinned = self.content.columns(), self.content.pinned()
        width = self.size.width if width is None else width
        seen = [(number, columns[number]) for number in range(min(pinned, len(columns)))]
        used = GUTTER + sum(column.width + 1 for _, column in seen)
        for number in range(max(self.first, pinned), len(columns)):
            column, room = columns[number], width - 1 - used
            # A column that is cut would show half of its numbers, which are other numbers.
            if column.width > room and len(seen) > pinned:
                squeezed = column.squeezed(room)
                return seen if squeezed is None else [*seen, (number, squeezed)]
            seen.append((number, column))
            used += column.width + 1
        return seen

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        self._sight = sight = self._look()
        last = self.top + sight.page
        kept = self._made if sight == self._made_for else {}
        self._made, self._made_for = {row: kept[row] for row in kept if self.top <= row < last}, sight
        try:
            return super().render_lines(crop)
        finally:
            self._sight = None

    def render_line(self, y: int) -> Strip:
        """One line: the header, or the row that is `y - 1` below the first in sight."""
        sight = self._sight or self._look()
        width = sight.width
        if y == 0:
            return self._header_line(sight)
        row = self.top + y - 1
        if row >= sight.total:
            if not sight.total:
                lines = wrap(self.when_empty(), max(20, width - 2 * GUTTER))
                text = shorten(" " * GUTTER + lines[y - 1], width) if y <= len(lines) else ""
                return Strip([Segment(text.ljust(width), self._style("empty"))], width)
            return Strip.blank(width, self._style(""))
        line = self._kept_line(row, sight)
        return line if self.letters is None else self.letters.over(line, y)

    def _header_line(self, sight: _Sight) -> Strip:
        style = self._style("header")
        pieces = [(" " * GUTTER, style)]
        for number, column in sight.seen:
            here = number == self.column
            pieces.append(
                (_fit(column.header + column.mark, column), self._style("header-cursor") if here else style)
            )
            pieces.append((" ", style))
        return _strip(pieces, sight.used, sight.width, style)

    def _kept_line(self, row: int, sight: _Sight) -> Strip:
        """The line of a row, from the last painting where it was there: a step at the edge scrolls all of them."""
        current = row == self.row
        kind = ("cursor" if sight.focused else "cursor-blurred") if current else ""
        end = self._scroll_sign(row, kind, self._style(kind), sight)
        made = self._made.get(row)
        if made is not None and made[:2] == (current, end):
            return made[2]
        line = self._row_line(row, kind, sight, end)
        self._made[row] = current, end, line
        return line

    def _row_line(self, row: int, kind: str, sight: _Sight, end: Piece) -> Strip:
        content, current, focused = self.content, bool(kind), sight.focused
        sign, tone = content.mark(row)
        base = self._style(kind)
        # On the bar of the cursor a coloured sign could hardly be read.
        coloured = bool(tone) and not (current and focused)
        tone_style = self._signed(kind, base, tone) if coloured else base
        pieces = [("▌" if current else " ", base), (sign, tone_style)]
        pieces.append(("•" if content.selected(row) else " ", self._mixed(f"{kind}|bold", base, _BOLD)))
        pinned, cell = self._style("pinned"), self._style("cursor-cell")
        for number, column in sight.seen:
            style = base
            if current and number == self.column and focused:
                style = cell
            elif not current and number < sight.pinned:
                style = pinned
            colour = content.background(row, number)
            if colour is not None:
                style = style + _coloured(colour)
            pieces.append((_fit(content.cell(row, number), column), style))
            pieces.append((" ", base))
        return _strip(pieces, sight.used, sight.width, base, end)

    def _signed(self, kind: str, base: Style, tone: str) -> Style:
        return self._mixed(f"{kind}|{tone}", base, Style(color=self._style(tone).color, bold=True))

    def _scroll_sign(self, row: int, kind: str, base: Style, sight: _Sight) -> tuple[str, Style]:
        total, page = sight.total, sight.page
        if total <= page:
            return " ", base
        thumb = max(1, page * page // total)
        start = (page - thumb) * self.top // max(1, total - page)
        line = row - self.top
        style = self._mixed(f"{kind}|scroll", base, Style(color=self._style("scroll").color))
        return "▐" if start <= line < start + thumb else " ", style


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


_BOLD = Style(bold=True)

Piece = tuple[str, Style]


def _strip(pieces: list[Piece], used: int, width: int, style: Style, last: Piece | None = None) -> Strip:
    """Pieces that take `used` cells, cut or padded to `width`, with one of a cell at the end.

    Textual counts the cells of each strip whose width it is not told, several times on its way to the terminal.
    """
    room = width - (last is not None)
    if used < room:
        pieces.append((" " * (room - used), style))
    elif used > room:
        cut = Strip([Segment(*piece) for piece in pieces], used).adjust_cell_length(room, style)
        pieces = [(segment.text, segment.style or style) for segment in cut]
    if last is not None:
        pieces.append(last)
    return Strip([Segment(*piece) for piece in pieces], width)
