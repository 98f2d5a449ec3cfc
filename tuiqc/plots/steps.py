"""From point to point of a plot: by arrow, and to the one under the mouse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.plots.drawing import PlotPoint
from tuiqc.plots.plot import Plot, nearest
from tuiqc.tables.histograms import widened
from tuiqc.tables.neighbours import Direction


def next_point(made: Plot, at: int | None, direction: Direction) -> int | None:
    """Index of the point that an arrow leads to, None at the end.

    In a scatter plot the nearest in that direction (in one of very many points, of the nearest dot); in a histogram
    left and right to the next bin, up and down to the next value; in boxes left and right within the group, up and
    down to the group above or below.
    """
    x, walk = made.points.x, made.walk
    step = 1 if direction in ("right", "up") else -1
    if made.dots is not None or walk is None:
        return _next_dot(made, at, direction)
    if at is None or not np.isfinite(x[at]):
        return walk.step(None, 1)
    if made.choice.kind == "scatter":
        return nearest(walk, made.points.y, at, _dot(made), direction)
    if made.groups is not None:
        if direction in ("left", "right"):
            return _in_group(made, at, step)
        return _next_group(made, at, 1 if direction == "down" else -1)
    found = made.raster.histogram if made.raster is not None else None
    place = found.bin_of(float(x[at])) if found is not None else None
    if direction in ("up", "down") or found is None or place is None:
        return walk.step(at, step)
    return walk.beyond(float(found.edges[place + (step > 0)]), step)


def _next_dot(made: Plot, at: int | None, direction: Direction) -> int | None:
    dots = made.dots
    if dots is None or not len(dots.index):
        return None
    if at is None or not (np.isfinite(made.points.x[at]) and np.isfinite(made.points.y[at])):
        return int(dots.index[0])
    return dots.next(at, direction)


def _dot(made: Plot) -> tuple[float, float]:
    """Width and height of a dot in values: distances are measured in dots."""
    raster, (columns, rows) = made.raster, made.space
    assert raster is not None
    wide = (raster.x_limits[1] - raster.x_limits[0]) / (2 * columns)
    return wide, (raster.y_limits[1] - raster.y_limits[0]) / (4 * rows)


def _in_group(made: Plot, at: int, step: int) -> int | None:
    """The next greater or smaller value of the same group."""
    assert made.groups is not None
    own = made.of_group(int(made.groups[at]))
    own = own[np.isfinite(made.points.x[own])]
    own = own[np.argsort(made.points.x[own], kind="stable")]
    place = int(np.flatnonzero(own == at)[0]) + step
    return int(own[place]) if 0 <= place < len(own) else None


def _next_group(made: Plot, at: int, step: int) -> int | None:
    """The point of the next group whose value is nearest to this one's."""
    assert made.groups is not None and made.boxes is not None  # noqa: PT018
    group = int(made.groups[at]) + step
    while 0 <= group < len(made.names) and not made.boxes.counts[group]:
        group += step
    return _nearest_value(made, made.of_group(group), float(made.points.x[at])) if _is(made, group) else None


def _is(made: Plot, group: int) -> bool:
    return 0 <= group < len(made.names)


def _nearest_value(made: Plot, among: NDArray[np.int64], value: float) -> int | None:
    away = np.abs(made.points.x[among] - value)
    return int(among[np.nanargmin(away)]) if np.isfinite(away).any() else None


def value_at(made: Plot, column: float, row: float) -> tuple[float, float]:
    """The values of x and y at a place in the plot, in cells from its top left; y is x where there is none."""
    low, high = widened(made.x_limits)
    x = low + (high - low) * column / made.space[0]
    if made.raster is None or made.choice.kind != "scatter":
        return x, x
    bottom, top = widened(made.raster.y_limits)
    return x, top - (top - bottom) * row / made.space[1]


def point_at(made: Plot, column: float, row: float, first: int = 0) -> int | None:
    """Index of the point nearest to a place in the plot, in cells from its top left.

    In a histogram it is one of the bin there, if there is any in it; among boxes one of the group on that row, `first`
    being the group in the first line.
    """
    x, y = value_at(made, column, row)
    if made.groups is not None:
        group = made.group_at(row, first)
        return None if group is None else _nearest_value(made, made.of_group(group), x)
    if made.choice.kind == "scatter":
        if made.dots is not None:
            return made.dots.nearest(2 * column, 4 * row)
        wide, high = _dot(made)
        with np.errstate(invalid="ignore", over="ignore"):
            away = np.hypot((made.points.x - x) / wide, (made.points.y - y) / high)
        return int(np.nanargmin(away)) if np.isfinite(away).any() else None
    found = made.raster.histogram if made.raster is not None else None
    place = found.bin_of(x) if found is not None else None
    if made.walk is None:
        return None
    among = made.walk.order
    if found is not None and place is not None:
        of_bin = made.walk.between(float(found.edges[place]), float(found.edges[place + 1]))
        among = of_bin if len(of_bin) else among
    return _nearest_value(made, among, x)


def whole_bins(made: Plot, span: tuple[PlotPoint, PlotPoint]) -> tuple[PlotPoint, PlotPoint]:
    """In a histogram a range that reaches to the ends of the bins in which it begins and ends; else as it is."""
    found = made.raster.histogram if made.raster is not None else None
    if found is None:
        return span
    low, high = sorted((span[0][0], span[1][0]))
    edges = found.edges
    first = int(np.clip(np.searchsorted(edges, low, "right") - 1, 0, len(edges) - 2))
    last = int(np.clip(np.searchsorted(edges, high, "right") - 1, 0, len(edges) - 2))
    # The upper edge belongs to the next bin, but for the last one.
    end = float(edges[last + 1]) if last == len(edges) - 2 else float(np.nextafter(edges[last + 1], low))
    return (float(edges[first]), 0.0), (end, 0.0)


def in_groups(
    made: Plot, found: NDArray[np.int64], rows: tuple[float, float], first: int
) -> NDArray[np.int64]:
    """Of positions in the frame those in the groups whose boxes stand on rows of cells; all without boxes."""
    if made.groups is None:
        return found
    groups = [first + int(row // made.line_height) for row in sorted(rows)]
    held = (made.groups >= groups[0]) & (made.groups <= groups[1])
    return found[held[np.searchsorted(made.points.position, found)]]
