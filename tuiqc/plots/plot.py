"""A plot that was computed: its points and what is drawn of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.plots.choice import PlotChoice, group_codes, points_of
from tuiqc.plots.raster import Points, Raster, dotted, histogram, roomy, scatter
from tuiqc.plots.routes import Dots, Walk
from tuiqc.plots.table import PlottedTable
from tuiqc.tables.binning import Boxes, Limits, beyond, boxes, limits_of

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
