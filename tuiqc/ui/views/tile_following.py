"""Bringing a sheet of tiles up to the state of the review, and its tiles onto the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.geometry import Region

from tuiqc.picture.tile_choice import SMALLEST, SMALLEST_COARSE, best_tiles, filling_tile
from tuiqc.picture.tile_layout import TileLayout
from tuiqc.qc.verdict import SIGNS
from tuiqc.review.changes import Changes
from tuiqc.review.rows import Rows
from tuiqc.terminal.protocols.base import protocol_of
from tuiqc.ui.messages import PageMade, TileMade
from tuiqc.ui.tile_board import Slot
from tuiqc.ui.views.tile_frames import (
    CURSOR,
    FRAMES,
    LOOK_OF,
)
from tuiqc.ui.views.tile_painting import TilePainting
from tuiqc.ui.views.tile_state import Shown

if TYPE_CHECKING:
    pass


_NEAR = 2
"""So many pages ahead and one behind are made when all in sight are there."""


class TileFollowing(TilePainting):
    """Finds out what is in sight, and asks for it."""

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Show the tiles around the cursor as they are now."""
        rows = self.rows
        if not self.display or self.area[0] < 4 or self.area[1] < 3:
            return
        self._arrange(rows)
        cursor = self.cursor
        self._top = self._sheet.snapped(min(self._top, self._sheet.last_top(self.area[1])))
        if rows is not None and cursor is not None:
            self._top = self._sheet.scrolled(self._top, self.area[1], cursor)
        self._lines = list(self._sheet.lines(self._top, self.area[1]))
        self._show(rows, cursor)

    def _arrange(self, rows: Rows | None) -> None:
        count = 0 if rows is None else len(rows)
        cell = (self.home.caps.cell_width, self.home.caps.cell_height)
        starts = None if rows is None or not count else self.starts(rows)
        # Where a cell has two pixels, a row of cells is worth more to the picture than to its frame.
        frame, smallest = (
            (1, SMALLEST_COARSE) if protocol_of(self.home.caps.protocol).COARSE else (2, SMALLEST)
        )
        columns, aspect = self.columns, self.aspect()
        if columns:
            self._tile = filling_tile(columns, self.area, aspect, cell, starts, frame)
        else:
            columns, self._tile = best_tiles(count, self.area, aspect, cell, starts, smallest, frame)
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
                ends = (0, *([self.size.height - 1] if self.legend_rows else []))
                self.refresh(*(Region(0, y, self.size.width, 1) for y in ends))
            for slot in slots:
                if slot.key not in self._keys:
                    self.paint([slot.region])
        self._keys = frozenset(slot.key for slot in slots)
        emptied, self._at = self._at, {slot.region.offset: slot.key for slot in slots}
        if not repaint:  # on a plate a well may have no image where another plate has one
            columns, height = self._tile.picture
            gone = [offset for offset in emptied if offset not in self._at]
            self.paint([Region(offset.x, offset.y, columns, height) for offset in gone])
        self._texts = texts
        self.board.show(slots, repaint=repaint)
        self._want(rows, positions, cursor)
        self.home.view_shows()

    def _slots(self, positions: dict[int, int], cursor: int | None) -> list[Slot]:
        slots = []
        for index, position in positions.items():
            top, column = self._sheet.place(index)
            columns, rows = self._tile.picture
            region = Region(
                column * self._tile.width + 1, top - self._top + self._tile.frame_rows, columns, rows
            )
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

    # --- messages

    def on_tile_made(self, event: TileMade) -> None:
        """A tile is ready."""
        self.board.made(event.key)
        self.home.view_shows()

    def shows_current(self) -> bool:
        """Whether the tile under the cursor is made."""
        return any(slot.rank == 0 and self.maker.get(slot.key) is not None for slot in self.board.slots)

    def on_page_made(self, event: PageMade) -> None:
        """The picture of the page is ready."""
        self.board.page_made()

    def on_resize(self) -> None:
        """Another size: other tiles."""
        self._lower = self.home.chip_line.display
        self._drawn = None
        self.follow()

    # --- life

    def opened(self) -> None:
        """Draw all anew."""
        self._take_caps()
        self._lower = self.home.chip_line.display
        self._drawn = None

    def left(self) -> None:
        """No tiles are wanted."""
        self.maker.want([])
        self.board.hide()

    def draw_again(self) -> None:
        """Nothing of ours is in the terminal."""
        self.maker.use(self.home.caps)
        self.board.lost(self.home.caps)
        self._drawn = None
        self.refresh()
        self.follow()

    def _take_caps(self) -> None:
        if self.home.caps != self.board.caps:
            self.maker.use(self.home.caps)
            self.board.lost(self.home.caps)

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
        self.board.stop()
