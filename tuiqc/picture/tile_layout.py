"""Tiles of a sheet: which ones there are, how large a part of the image each shows, and where each stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from tuiqc.dataset.geometry import Geometry
from tuiqc.render.viewport import MAX_ZOOM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SHARE = 0.8
"""Part of a tile that an object's longer side takes when it is fitted, and one of the largest at the same scale."""

_LARGEST = 99.0
"""Percentile of the sizes that fits into a tile at the same scale: one giant must not make all others dots."""

_ROUND = 1.3
"""Longer side of an object by the square root of its area, where its box is not known; a disc has 1.13."""

_UNKNOWN = 40.0


def extents(geometry: Geometry) -> NDArray[np.float64]:
    """Longer side of each object's box in pixels; from its area where the box is not known, else NaN."""
    box = np.maximum(geometry.max_x - geometry.min_x, geometry.max_y - geometry.min_y)
    sides: NDArray[np.float64] = np.where(np.isnan(box), _ROUND * np.sqrt(geometry.area), box)
    return sides


def same_zoom(sides: NDArray[np.float64], pixels: int) -> float:
    """Display pixels per image pixel so that nearly all objects of these sizes fit into tiles of `pixels` a side."""
    known = sides[np.isfinite(sides)]
    largest = float(np.percentile(known, _LARGEST)) if len(known) else _UNKNOWN
    return _bounded(SHARE * pixels / max(largest, 1.0))


def fitted_zoom(side: float, pixels: int) -> float:
    """Display pixels per image pixel so that an object of this size fills a tile of `pixels` a side."""
    return _bounded(SHARE * pixels / max(side if np.isfinite(side) else _UNKNOWN, 4.0))


def _bounded(zoom: float) -> float:
    return min(max(zoom, 1 / 64), MAX_ZOOM / 2)


HEADING_ROWS = 1
_WHOLE_PLATE = 10
"""Cells from which on a picture is wide enough to give up room for that of all wells."""
Move = Literal["left", "right", "up", "down", "page_up", "page_down", "first", "last"]


@dataclass(frozen=True, slots=True)
class TileSize:
    """Cells of a tile: the whole with its frame, and the picture in it.

    `frame_rows` of the height are frame: 2, or 1 where it has no top.
    """

    width: int
    height: int
    frame_rows: int = 2

    @property
    def picture(self) -> tuple[int, int]:
        """Columns and rows of the picture."""
        return max(1, self.width - 2), max(1, self.height - self.frame_rows)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet: the tiles `start` to `stop` - 1, or the heading of a group (`start` == `stop`)."""

    top: int
    start: int
    stop: int
    group: int

    @property
    def heading(self) -> bool:
        """Whether it is the heading of `group`."""
        return self.start == self.stop


def tile_size(
    columns: int, area: tuple[int, int], aspect: float, cell: tuple[int, int], frame_rows: int = 2
) -> TileSize:
    """The size of tiles of which `columns` stand side by side.

    Parameters
    ----------
    area
        Columns and rows of cells of the sheet in sight; no tile is higher.
    aspect
        Width by height of the pictures.
    cell
        Width and height of a cell in pixels.
    frame_rows
        As `TileSize`.
    """
    width = max(4, area[0] // max(1, columns))
    rows = round((width - 2) * cell[0] / max(aspect, 0.05) / cell[1])
    return TileSize(width, max(3, min(rows + frame_rows, area[1])), frame_rows)


def plate_tile(
    shape: tuple[int, int], area: tuple[int, int], aspect: float, cell: tuple[int, int], frame_rows: int = 2
) -> TileSize:
    """The size of the tiles of a plate of `shape` (rows, columns); else as `tile_size`.

    All wells are in sight where their pictures are not too small then, else all columns are.
    """
    tile = tile_size(shape[1], area, aspect, cell, frame_rows)
    height = area[1] // shape[0]
    width = 2 + round((height - frame_rows) * cell[1] * aspect / cell[0])
    if tile.height <= height or width < _WHOLE_PLATE:
        return tile
    return TileSize(width, height, frame_rows)


class TileLayout:
    """`count` tiles in lines of `columns`, each `tile_rows` rows high.

    Parameters
    ----------
    starts
        Index of the first tile of each group, increasing from 0; empty where there are no groups (nor headings).
    """

    def __init__(
        self, count: int, columns: int, tile_rows: int, starts: NDArray[np.intp] | None = None
    ) -> None:
        self.count, self.columns, self.tile_rows = count, max(1, columns), max(1, tile_rows)
        grouped = starts is not None and len(starts) > 0 and count > 0
        self._heading = HEADING_ROWS if grouped else 0
        self._starts: NDArray[np.intp] = np.asarray(starts, np.intp) if grouped else np.zeros(1, np.intp)
        sizes = np.diff(np.append(self._starts, count))
        lines = -(-sizes // self.columns)
        heights = lines * self.tile_rows + self._heading
        self._tops: NDArray[np.intp] = np.append(0, np.cumsum(heights)).astype(np.intp)

    @property
    def height(self) -> int:
        """Rows of the whole sheet."""
        return int(self._tops[-1])

    def group_of(self, index: int) -> int:
        """Number of the group that a tile is in."""
        return int(np.searchsorted(self._starts, index, side="right")) - 1

    def group_size(self, group: int) -> int:
        """How many tiles a group has."""
        stop = self._starts[group + 1] if group + 1 < len(self._starts) else self.count
        return int(stop - self._starts[group])

    def place(self, index: int) -> tuple[int, int]:
        """Row of the top of a tile, and its column of tiles."""
        group = self.group_of(index)
        line, column = divmod(index - int(self._starts[group]), self.columns)
        return int(self._tops[group]) + self._heading + line * self.tile_rows, column

    def lines(self, top: int, rows: int) -> Iterator[Line]:
        """The lines that are whole within `rows` rows from `top` on."""
        group = max(0, int(np.searchsorted(self._tops, top, side="right")) - 1)
        while group < len(self._starts) and self.count:
            first, size = int(self._starts[group]), self.group_size(group)
            at = int(self._tops[group])
            if at >= top + rows:
                return
            if self._heading and at >= top:
                yield Line(at, first, first, group)
            at += self._heading
            skipped = max(0, -(-(top - at) // self.tile_rows))
            for line in range(skipped, -(-size // self.columns)):
                y = at + line * self.tile_rows
                if y + self.tile_rows > top + rows:
                    return
                start = first + line * self.columns
                yield Line(y, start, min(start + self.columns, first + size), group)
            group += 1

    def scrolled(self, top: int, rows: int, index: int) -> int:
        """The top that brings a tile in sight, as near to `top` as it goes; tops are those of lines."""
        if not self.count:
            return 0
        at, _ = self.place(min(index, self.count - 1))
        # The heading belongs to the first line of its group: it should be in sight with it, if there is room.
        group = self.group_of(min(index, self.count - 1))
        first = at - int(self._tops[group]) == self._heading
        wanted = at - self._heading if first and rows >= self.tile_rows + self._heading else at
        if wanted < top:
            return wanted
        if at + self.tile_rows <= top + rows:
            return self.snapped(top)
        return self.snapped(at + self.tile_rows - rows, up=False)

    def last_top(self, rows: int) -> int:
        """The top with which the last line is in sight, and as many before it as have room in `rows` rows."""
        return self.snapped(self.height - rows, up=False)

    def snapped(self, top: int, *, up: bool = True) -> int:
        """The nearest top of a line at or above (`up`) or at or below a row."""
        top = max(0, min(top, self.height))
        group = min(max(0, int(np.searchsorted(self._tops, top, side="right")) - 1), len(self._starts) - 1)
        first = int(self._tops[group])
        inside = top - first - self._heading
        if top == first or inside == 0:
            return top
        line = inside // self.tile_rows if up else -(-inside // self.tile_rows)
        return first + self._heading + line * self.tile_rows

    def move(self, index: int, move: Move, rows: int) -> int:
        """The tile that a key leads to; `rows` are those in sight."""
        if not self.count:
            return 0
        if move in ("first", "last"):
            return 0 if move == "first" else self.count - 1
        if move in ("left", "right"):
            return min(max(index + (1 if move == "right" else -1), 0), self.count - 1)
        lines = 1 if move in ("up", "down") else max(1, rows // self.tile_rows)
        for _ in range(lines):
            index = self._line_down(index) if move in ("down", "page_down") else self._line_up(index)
        return index

    def _line_down(self, index: int) -> int:
        group = self.group_of(index)
        first, size = int(self._starts[group]), self.group_size(group)
        line, column = divmod(index - first, self.columns)
        if (line + 1) * self.columns < size:
            return first + min((line + 1) * self.columns + column, size - 1)
        if group + 1 < len(self._starts):
            return first + size + min(column, self.group_size(group + 1) - 1)
        return index

    def _line_up(self, index: int) -> int:
        group = self.group_of(index)
        first = int(self._starts[group])
        line, column = divmod(index - first, self.columns)
        if line:
            return index - self.columns
        if group:
            before = self.group_size(group - 1)
            last = (before - 1) // self.columns * self.columns
            return int(self._starts[group - 1]) + min(last + column, before - 1)
        return index


SMALLEST = 16
"""Columns of cells that a tile has at least."""

SMALLEST_COARSE = 20
"""The same where a cell shows two pixels only."""

_LOWER = 0.8
"""Part of its height that a tile keeps at least where one more line then is in sight."""

_FEWER = 0.84
"""Part of the most columns that there are at least: a page that is filled by two tiles is no sheet."""

_ALIKE = 0.03
"""Pages that are filled alike but for this share: the one with more tiles is chosen."""


def best_tiles(
    count: int,
    area: tuple[int, int],
    aspect: float,
    cell: tuple[int, int],
    starts: NDArray[np.intp] | None = None,
    smallest: int = SMALLEST,
    frame_rows: int = 2,
) -> tuple[int, TileSize]:
    """Return columns and size of tiles: the largest with which all are in sight, else those that fill a page best.

    Parameters
    ----------
    area, aspect, cell
        As `tile_size`.
    starts
        As `TileLayout`: groups take a line for their heading.
    smallest
        Columns of cells that a tile has at least.
    frame_rows
        As `TileSize`.
    """
    most = max(1, area[0] // smallest)
    for columns in range(1, most + 1):
        size = tile_size(columns, area, aspect, cell, frame_rows)
        if TileLayout(count, columns, size.height, starts).height <= area[1]:
            return columns, size
    best, filled = most, -1.0
    for columns in range(most, max(1, round(most * _FEWER)) - 1, -1):
        size = filling_tile(columns, area, aspect, cell, starts, frame_rows)
        share = _filled(columns, size, area, aspect, cell)
        if share > filled + _ALIKE:
            best, filled = columns, share
    return best, filling_tile(best, area, aspect, cell, starts, frame_rows)


def filling_tile(
    columns: int,
    area: tuple[int, int],
    aspect: float,
    cell: tuple[int, int],
    starts: NDArray[np.intp] | None = None,
    frame_rows: int = 2,
) -> TileSize:
    """As `tile_size`, but a little lower if one more line of them is in sight then; `starts` as `TileLayout`."""
    size, rows = tile_size(columns, area, aspect, cell, frame_rows), area[1]
    heading = HEADING_ROWS if starts is not None and len(starts) else 0
    lines = rows // (size.height + heading)
    height = rows // (lines + 1) - heading
    return replace(size, height=height) if height >= max(4, size.height * _LOWER) else size


def _filled(
    columns: int, size: TileSize, area: tuple[int, int], aspect: float, cell: tuple[int, int]
) -> float:
    """The share of a page that is pictures with their frames."""
    width, height = size.picture
    across = min(width, height * cell[1] * aspect / cell[0]) + 2
    down = min(height, width * cell[0] / aspect / cell[1]) + size.frame_rows
    lines = max(1, area[1] // size.height)
    return columns * lines * across * down / max(1, area[0] * area[1])
