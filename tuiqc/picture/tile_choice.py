"""How many tiles stand side by side, if the person has not said: so that a page is filled and each can be judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuiqc.picture.tile_layout import HEADING_ROWS, TileLayout, TileSize, tile_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
