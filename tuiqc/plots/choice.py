"""What is plotted: kind and columns, and the rows with their values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tuiqc.names import natural_key
from tuiqc.plots.quantities import PlottedTable, number_columns, numbers_of_column
from tuiqc.plots.raster import KINDS, Kind, Points
from tuiqc.tables.filters.tokens import column_name

_FIRST = ("AreaShape_Area", "Area", "area", "Size_in_pixels", "Size in pixels", "npixels")
_SECOND = (
    "AreaShape_Solidity",
    "Solidity",
    "solidity",
    "AreaShape_FormFactor",
    "eccentricity",
    "Eccentricity",
)


@dataclass(frozen=True, slots=True)
class PlotChoice:
    """Histogram of `x`; scatter of `x` and `y`; boxes of `x` for each value of `group`."""

    kind: Kind = "histogram"
    x: str = ""
    y: str = ""
    group: str = ""

    def next_kind(self) -> PlotChoice:
        """The same columns in another plot."""
        return replace(self, kind=KINDS[(KINDS.index(self.kind) + 1) % len(KINDS)])


def first_choice(rows: PlottedTable, column: str = "") -> PlotChoice | None:
    """Return a plot to begin with: of `column` if it is of numbers, else of the area; None without any numbers."""
    names = number_columns(rows)
    if not names:
        return None
    x = column if column in names else next((name for name in _FIRST if name in names), names[0])
    others = [name for name in names if name != x] or names
    y = next((name for name in _SECOND if name in others), others[0])
    return PlotChoice("histogram", x, y, rows.view.identity[0])


def points_of(rows: PlottedTable, choice: PlotChoice, rgb: NDArray[np.uint8] | None) -> Points:
    """Return the rows that their table shows, in the order of the frame; `rgb` (n, 3) colours all rows by position.

    Raises
    ------
    UsageError
        If a column is not there or holds no numbers.
    """
    x = numbers_of_column(rows, choice.x)
    y = numbers_of_column(rows, choice.y) if choice.kind == "scatter" else x
    position = _shown(rows)
    return Points(
        position,
        x[position],
        y[position],
        rows.codes[position],
        rows.selection.mask[position],
        None if rgb is None else rgb[position],
    )


def _shown(rows: PlottedTable) -> NDArray[np.int64]:
    if len(rows) == rows.total:
        return np.arange(rows.total)
    shown = np.zeros(rows.total, bool)
    shown[rows.view.order] = True
    return np.flatnonzero(shown)


def group_codes(rows: PlottedTable, column: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return the group of each row by position, and the names of the groups in natural order, what has none last."""
    found = rows.view.codes(column)
    names = sorted(set(found.texts), key=natural_key)
    rank = {name: place for place, name in enumerate(names)}
    absent = bool((found.codes < 0).any())
    ranks = np.array([*(rank[text] for text in found.texts), len(names)], np.int64)  # -1 is the last
    return ranks[found.codes], [*names, *(["missing"] if absent else [])]


def range_filter(choice: PlotChoice, first: tuple[float, float], last: tuple[float, float]) -> str:
    """Return the filter that a range of x, or a rectangle of x and y, stands for."""
    parts = [_between(choice.x, first[0], last[0])]
    if choice.kind == "scatter":
        parts.append(_between(choice.y, first[1], last[1]))
    return " and ".join(parts)


def _between(column: str, one: float, other: float) -> str:
    low, high = sorted((one, other))
    return f"{column_name(column)} between {_number(low)} and {_number(high)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def inside(
    points: Points, scatter: bool, first: tuple[float, float], last: tuple[float, float]
) -> NDArray[np.int64]:
    """Return the positions in the frame of the points within a range or rectangle, both ends included."""
    (x0, x1), (y0, y1) = sorted((first[0], last[0])), sorted((first[1], last[1]))
    held = (points.x >= x0) & (points.x <= x1)
    if scatter:
        held &= (points.y >= y0) & (points.y <= y1)
    return points.position[held]
