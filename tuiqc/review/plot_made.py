"""A plot that was computed: its points and what is drawn of them, and the way from point to point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.review.neighbours import Direction
from tuiqc.review.objects import ObjectRows
from tuiqc.review.plot_choice import PlotChoice, group_codes, points_of
from tuiqc.review.plot_walking import Walk, nearest
from tuiqc.review.plotting import Points, Raster, histogram, scatter
from tuiqc.tables.binning import Boxes, beyond, boxes, limits_of


@dataclass(frozen=True, eq=False)
class Made:
    """A plot for a size of `space` (columns, rows) in cells.

    Attributes
    ----------
    walk
        The way from value to value of x.
    limits
        Least and greatest x.
    raster
        Of histograms and scatter plots.
    boxes, outside, groups, names
        Of box plots: the boxes, the values beyond their whiskers, the group of each point, the groups' names.
    """

    choice: PlotChoice
    space: tuple[int, int]
    points: Points
    walk: Walk
    limits: tuple[float, float]
    raster: Raster | None = None
    boxes: Boxes | None = None
    outside: tuple[NDArray[np.float64], ...] = ()
    groups: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()

    def index_of(self, position: int | None) -> int | None:
        """Index among the points of a row of the object table, None if it is not among them."""
        if position is None:
            return None
        found = self.points.position
        at = int(np.searchsorted(found, position))
        return at if at < len(found) and found[at] == position else None


def make(
    objects: ObjectRows, choice: PlotChoice, space: tuple[int, int], rgb: NDArray[np.uint8] | None
) -> Made:
    """Compute a plot; `rgb` (n, 3) colours the rows by position. Raises UsageError as `points_of`."""
    points = points_of(objects, choice, rgb)
    walk, limits = Walk(points.x), limits_of(points.x)
    if choice.kind == "box":
        codes, names = group_codes(objects, choice.group)
        groups = codes[points.position]
        found = boxes(points.x, groups, len(names))
        outside = tuple(beyond(points.x, groups, found))
        return Made(choice, space, points, walk, limits, None, found, outside, groups, tuple(names))
    draw = scatter if choice.kind == "scatter" else histogram
    return Made(choice, space, points, walk, limits, draw(points, *space))


def next_point(made: Made, at: int | None, direction: Direction) -> int | None:
    """Index of the point that an arrow leads to, None at the end.

    In a scatter plot the nearest in that direction; in a histogram left and right to the next bin, up and down to
    the next value; in boxes left and right within the group, up and down to the group above or below.
    """
    x, walk = made.points.x, made.walk
    step = 1 if direction in ("right", "up") else -1
    if at is None or not np.isfinite(x[at]):
        return walk.step(None, 1)
    if made.choice.kind == "scatter" and made.raster is not None:
        raster, (columns, rows) = made.raster, made.space
        wide = (raster.x_limits[1] - raster.x_limits[0]) / (2 * columns)
        high = (raster.y_limits[1] - raster.y_limits[0]) / (4 * rows)
        return nearest(walk, made.points.y, at, (wide, high), direction)
    if made.groups is not None:
        if direction in ("left", "right"):
            return walk.step_within(at, step, made.groups == made.groups[at])
        return _next_group(made, at, 1 if direction == "down" else -1)
    found = made.raster.histogram if made.raster is not None else None
    place = found.bin_of(float(x[at])) if found is not None else None
    if direction in ("up", "down") or found is None or place is None:
        return walk.step(at, step)
    return walk.beyond(float(found.edges[place + (step > 0)]), step)


def _next_group(made: Made, at: int, step: int) -> int | None:
    """The object of the next group whose value is nearest to this one's."""
    assert made.groups is not None and made.boxes is not None  # noqa: PT018
    group = int(made.groups[at]) + step
    while 0 <= group < len(made.names) and not made.boxes.counts[group]:
        group += step
    if not 0 <= group < len(made.names):
        return None
    away = np.where(made.groups == group, np.abs(made.points.x - made.points.x[at]), np.nan)
    return int(np.nanargmin(away)) if np.isfinite(away).any() else None
