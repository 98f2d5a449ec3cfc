"""The part of a sheet of tiles that is in sight, in cells of its widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from textual.geometry import Offset, Region

from tuiqc.picture.tile_layout import Line, TileLayout, TileSize

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

    def index_at(self, at: Offset) -> int | None:
        """The tile at a cell, None beside them."""
        for index in self.indices:
            x, y = self.corner(index)
            if Region(x, y, self.tile.width, self.tile.height).contains_point((at.x, at.y)):
                return index
        return None
