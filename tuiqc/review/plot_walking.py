"""From point to point of a plot: to the next value, or to the nearest point in a direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.review.neighbours import Direction, neighbour

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

    def step_within(self, index: int, step: int, group: NDArray[np.bool_]) -> int | None:
        """The next one among those of a group, to which `index` belongs."""
        own = self.order[group[self.order]]
        at = np.flatnonzero(own == index)
        place = int(at[0]) + step if len(at) else -1
        return int(own[place]) if 0 <= place < len(own) else None

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
