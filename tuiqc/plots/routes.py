"""From point to point of a plot: to the next value, or to the nearest point in a direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.plots.raster import Dotted
from tuiqc.tables.neighbours import Direction, neighbour

Floats = NDArray[np.float64]

_REACHES = (32.0, 256.0, np.inf)


class Walk:
    """The way from value to value; sorted once, so that a step among a million takes no time.

    Attributes
    ----------
    order
        Indices of the known values, ascending; equal ones in their order.
    """

    def __init__(self, values: Floats) -> None:
        self.values = values
        known = np.flatnonzero(np.isfinite(values))
        self.order: NDArray[np.int64] = known[np.argsort(values[known], kind="stable")]
        self.sorted = values[self.order]

    def place(self, index: int) -> int | None:
        """Place of a value in the order, None for one that is not known."""
        low, high = (
            int(np.searchsorted(self.sorted, self.values[index], side)) for side in ("left", "right")
        )
        hits = np.flatnonzero(self.order[low:high] == index)
        return low + int(hits[0]) if len(hits) else None

    def step(self, index: int | None, step: int) -> int | None:
        """Index of the next greater (1) or smaller (-1) value; the least from None or a value that is not known."""
        place = self.place(index) if index is not None else None
        return self._at(0 if place is None else place + step)

    def beyond(self, value: float, step: int) -> int | None:
        """Index of the first value from `value` on upwards (1), or below it downwards (-1)."""
        return self._at(int(np.searchsorted(self.sorted, value, "left")) - (step < 0))

    def between(self, low: float, high: float) -> NDArray[np.int64]:
        """Indices of the values from `low` to `high`."""
        ends = (
            int(np.searchsorted(self.sorted, low, "left")),
            int(np.searchsorted(self.sorted, high, "right")),
        )
        return self.order[slice(*ends)]

    def _at(self, place: int) -> int | None:
        return int(self.order[place]) if 0 <= place < len(self.order) else None


def nearest(walk: Walk, y: Floats, at: int, dot: tuple[float, float], direction: Direction) -> int | None:
    """Index of the point that `neighbour` gives for point `at` in a direction of a scatter plot, None if there is none.

    `walk` has the x of the points; `dot` is the width and height of a dot, in which distances are measured. Points
    near by are looked at first: among a million most are far away.
    """
    x = walk.values
    for reach in _REACHES:
        all_of = reach == np.inf
        near = walk.order if all_of else walk.between(x[at] - reach * dot[0], x[at] + reach * dot[0])
        with np.errstate(invalid="ignore", over="ignore"):
            right, down = (x[near] - x[at]) / dot[0], -(y[near] - y[at]) / dot[1]
        found = neighbour(right, down, (0.0, 0.0), direction)
        if found is None:
            continue
        along, across = abs(right[found]), abs(down[found])
        if direction in ("up", "down"):
            along, across = across, along
        # Within 45 degrees and no further than what was looked at: nothing outside can be nearer.
        if all_of or (across <= along and np.hypot(along, 2 * across) <= reach):
            return int(near[found])
    return None


class Dots:
    """A scatter plot of very many points as it is seen: one point for each dot of a grid that has any.

    In a crowd the nearest point lies in the same dot and nothing would be seen to move, and to look through all points
    for it takes too long for a key: one goes from dot to dot.

    Attributes
    ----------
    index, column, row
        int64 (dots,): a point of each dot, and the dot's place; row 0 is at the top.
    """

    def __init__(self, found: Dotted) -> None:
        self._found = found
        first = np.full(found.shape[0] * found.shape[1], -1, np.int64)
        known = np.flatnonzero(found.dots >= 0)[::-1]
        first[found.dots[known]] = known  # the last one that is written stays: the first of the dot
        held = np.flatnonzero(first >= 0)
        self.index = first[held]
        self.row, self.column = np.divmod(held, found.shape[0])

    def next(self, at: int, direction: Direction) -> int | None:
        """The point of the nearest dot in a direction from that of point `at`, None if there is none."""
        dot = int(self._found.dots[at])
        if dot < 0:
            return None
        row, column = divmod(dot, self._found.shape[0])
        found = neighbour(self.column, self.row, (column, row), direction)
        return None if found is None else int(self.index[found])

    def nearest(self, column: float, row: float) -> int | None:
        """The point of the dot nearest to a place on the grid."""
        if not len(self.index):
            return None
        return int(self.index[np.argmin(np.hypot(self.column + 0.5 - column, self.row + 0.5 - row))])
