"""A plot that was computed: its points and what is drawn of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.plots.choice import PlotChoice, group_codes, points_of
from tuiqc.plots.quantities import PlottedTable
from tuiqc.plots.raster import Dotted, Points, Raster, dotted, histogram, roomy, scatter
from tuiqc.tables.histograms import Boxes, Limits, beyond, boxes, limits_of
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


CROWD = 20_000
"""Points from which on one goes from dot to dot, not from point to point, and sees how many there are."""

_TALL = 3


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot for a size of `space` (columns, rows) in cells.

    Attributes
    ----------
    walk
        The way from value to value of x; None where `dots` lead the way.
    limits
        Least and greatest x, for boxes with a little room around.
    raster
        Of histograms and scatter plots.
    dots
        Of scatter plots of many points.
    boxes, outside, groups, names
        Of box plots: the boxes, the values beyond their whiskers, the group of each point, the groups' names.
    members, starts
        The points of all groups one group after the other, and where each begins (one more than there are groups).
    """

    choice: PlotChoice
    space: tuple[int, int]
    points: Points
    walk: Walk | None
    limits: Limits
    raster: Raster | None = None
    dots: Dots | None = None
    boxes: Boxes | None = None
    outside: tuple[NDArray[np.float64], ...] = ()
    groups: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()
    members: NDArray[np.int64] | None = None
    starts: NDArray[np.int64] | None = None

    def index_of(self, position: int | None) -> int | None:
        """Index among the points of a row of the table, None if it is not among them."""
        if position is None:
            return None
        found = self.points.position
        at = int(np.searchsorted(found, position))
        return at if at < len(found) and found[at] == position else None

    @property
    def x_limits(self) -> Limits:
        """The ends of the horizontal axis."""
        return self.raster.x_limits if self.raster is not None else self.limits

    def of_group(self, group: int) -> NDArray[np.int64]:
        """The points of a group of boxes."""
        assert self.members is not None and self.starts is not None  # noqa: PT018
        return self.members[self.starts[group] : self.starts[group + 1]]

    @property
    def line_height(self) -> int:
        """Rows of cells that each box takes."""
        return _TALL if len(self.names) * _TALL <= self.space[1] else 1

    def first_group(self, at: int | None) -> int:
        """The group whose box stands in the first line while point `at` is the current one: whole pages of them."""
        page = max(1, self.space[1] // self.line_height)
        return 0 if at is None or self.groups is None else int(self.groups[at]) // page * page

    def group_at(self, row: float, first: int) -> int | None:
        """The group whose box is on a row of cells, None if there is none."""
        found = first + int(row // self.line_height)
        return found if 0 <= found < len(self.names) else None


def make_plot(
    rows: PlottedTable,
    choice: PlotChoice,
    space: tuple[int, int],
    rgb: NDArray[np.uint8] | None,
    *,
    before: Plot | None = None,
) -> Plot:
    """Compute a plot; `rgb` (n, 3) colours the rows by position. Raises UsageError as `points_of`.

    `before` is a plot of the same column and rows: its order is taken over.
    """
    points = points_of(rows, choice, rgb)
    limits = limits_of(points.x)
    if choice.kind == "scatter" and len(points.x) > CROWD:
        found = dotted(points, *space)
        return Plot(choice, space, points, None, limits, scatter(points, found), Dots(found))
    walk = before.walk if before is not None and before.walk is not None else Walk(points.x)
    if choice.kind == "box":
        codes, names = group_codes(rows, choice.group)
        groups = codes[points.position]
        drawn = boxes(points.x, groups, len(names))
        members = np.argsort(groups, kind="stable")
        return Plot(
            choice,
            space,
            points,
            walk,
            roomy(limits),
            boxes=drawn,
            outside=tuple(beyond(points.x, groups, drawn)),
            groups=groups,
            names=tuple(names),
            members=members,
            starts=np.searchsorted(groups[members], np.arange(len(names) + 1)),
        )
    if choice.kind == "histogram":
        return Plot(choice, space, points, walk, limits, histogram(points, *space))
    return Plot(choice, space, points, walk, limits, scatter(points, dotted(points, *space)))
