"""A sheet of tiles: the keys and the mouse of contact sheet and object gallery."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from textual import events
from textual.geometry import Region

from tuiqc.picture.display import Display
from tuiqc.picture.painter import FEW_PIXELS
from tuiqc.picture.tile_layout import Move
from tuiqc.ui.views.tile_following import TileFollowing

if TYPE_CHECKING:
    pass


_MOST_COLUMNS = 40


class Grid(TileFollowing):
    """Tiles of the rows of one level in their order; a row of text above and below."""

    _range: tuple[int, int, object] | None = None
    """Where the last range that was selected began and ended, and in which order."""

    # --- moving

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
        """Move, and select all from where the range began to there, and no more of it."""
        rows, now = self.rows, self.cursor
        if rows is None or now is None:
            return
        order = rows.view.order
        began, ended, of = self._range or (now, now, order)
        if ended != now or of is not order:
            began = now
        target = self._sheet.move(now, move, self.area[1])
        rows.selection.range(rows.view, began, now, on=False)
        rows.selection.range(rows.view, began, target)
        self._range = (began, target, order)
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


def fainter(display: Display, pixels: int) -> Display:
    """Styles for a picture of few pixels, in which outlines cover most of an object: what is below shines through."""
    if pixels >= FEW_PIXELS:
        return display
    layers = tuple((name, replace(style, opacity=style.opacity * 0.5)) for name, style in display.layers)
    return replace(display, layers=layers)
