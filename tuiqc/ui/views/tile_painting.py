"""The text of a sheet of tiles: frames, captions, headings, and the cells of the pictures."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Offset, Region
from textual.strip import Strip

from tuiqc.picture.tile_layout import Line
from tuiqc.review.rows import Rows
from tuiqc.terminal.protocols.base import protocol_of
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.views.tile_frames import (
    BLANK,
    CURSOR,
    HEADING,
    NOTE,
    SOLID,
    css,
    frame_row,
)
from tuiqc.ui.views.tile_state import Shown, TileState

if TYPE_CHECKING:
    pass


class TilePainting(TileState):
    """Paints what is in sight."""

    # --- text around the tiles

    def _heading_text(self, rows: Rows | None) -> Text:
        count = 0 if rows is None else len(rows)
        parts = [f"{self.HEADING} · {count:,} {self.WORD}"]
        if rows is not None:
            parts.append(rows.order_name)
        parts += [*self.remarks(), f"{self._sheet.columns} columns"]
        where = f"{min(self._shown) + 1:,}-{max(self._shown) + 1:,} of {count:,} " if self._shown else ""
        room = max(1, self.size.width - len(where) - 2)
        while len(parts) > 1 and display_width(" · ".join(parts)) > room:
            parts.pop()
        said = shorten(printable(" · ".join(parts)), room)
        pad = " " * (self.size.width - 1 - display_width(said) - len(where))
        return Text(f" {said}{pad}{where}", style="bold", no_wrap=True)

    def _legend_text(self) -> Text:
        text = self.legend()
        text.truncate(self.size.width)
        return text

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        width = self.size.width
        if y == 0 or y > self.area[1]:
            text = self._texts[0 if y == 0 else 1]
            said = text.render(self.app.console)
            segments = [Segment(one.text, BLANK + one.style) for one in said if one.text]
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
        first = self._tile.frame_rows - 1
        if inner < first or inner == rows + first:
            caption = "" if inner < first else shown.caption
            marked = shown.selected and (inner < first or not first)
            return frame_row(shown.look, shown.colour, self._tile.width, caption, marked)
        side = SOLID if shown.look is CURSOR else Style(color=css(shown.colour), bgcolor="rgb(0,0,0)")
        offset = Offset((index - line.start) * self._tile.width + 1, 1 + first + line.top - self._top)
        return [
            Segment(shown.look.left, side),
            *self._picture_segments(self._at.get(offset), inner - first, columns, rows),
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
        sides = [
            Region(x, y + height - 1, width, 1),
            Region(x, y, 1, height),
            Region(x + width - 1, y, 1, height),
        ]
        return sides if self._tile.frame_rows == 1 else [Region(x, y, width, 1), *sides]

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
        if not protocol_of(self.home.caps.protocol).TOGETHER:
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


def _wrapped(text: str, width: int, most: int) -> list[str]:
    from textwrap import wrap

    return wrap(printable(text), max(1, width))[:most]
