"""Pixels in the convex hull of an object."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor

import numpy as np

from tuiqc.demo.regions import Floats, Regions

_TOLERANCE = 1e-9


def convex_areas(regions: Regions) -> Floats:
    """Return the number of pixels whose centre lies in the convex hull of each object, float64 (n,).

    As scikit-image's `area_convex` and CellProfiler's `AreaShape_ConvexArea`, the hull is that of the
    midpoints of the pixels' four edges. The leftmost and rightmost pixel of each row are all it depends on;
    its left and right flank are found by Andrew's monotone chain (Inf. Process. Lett. 9, 1979).
    """
    if not len(regions):
        return np.empty(0)
    owner = np.repeat(np.arange(len(regions)), regions.area)
    step = np.flatnonzero((np.diff(owner, prepend=-1) != 0) | (np.diff(regions.y, prepend=-1) != 0))
    ends = np.append(step[1:], len(owner)) - 1
    rows, left, right = regions.y[step], regions.x[step], regions.x[ends]
    begins = np.searchsorted(owner[step], np.arange(len(regions) + 1))
    result = np.empty(len(regions))
    for number, (i, j) in enumerate(pairwise(begins.tolist())):
        result[number] = _convex_area(rows[i:j].tolist(), left[i:j].tolist(), right[i:j].tolist())
    return result


def _convex_area(rows: list[int], left: list[int], right: list[int]) -> int:
    west = _flank(rows, left)
    east = _flank(rows, [-x for x in right])
    return sum(
        floor(_TOLERANCE - east_x) - ceil(west_x - _TOLERANCE) + 1
        for west_x, east_x in zip(west, east, strict=True)
    )


def _flank(rows: list[int], xs: list[int]) -> list[float]:
    """Least x of the hull in each row from the first to the last, given the least x of the pixels per row."""
    chain_y: list[float] = []
    chain_x: list[float] = []
    for row, column in zip(rows, xs, strict=True):
        for y, x in ((row - 0.5, float(column)), (float(row), column - 0.5), (row + 0.5, float(column))):
            if chain_y and chain_y[-1] == y:
                if x >= chain_x[-1]:
                    continue
                chain_y.pop()
                chain_x.pop()
            while len(chain_y) > 1:
                run, rise = chain_y[-1] - chain_y[-2], chain_x[-1] - chain_x[-2]
                # Drop the last corner if the new point sees past it.
                if rise * (y - chain_y[-1]) < (x - chain_x[-1]) * run:
                    break
                chain_y.pop()
                chain_x.pop()
            chain_y.append(y)
            chain_x.append(x)
    wanted = np.arange(rows[0], rows[-1] + 1)
    found: list[float] = np.interp(wanted, chain_y, chain_x).tolist()
    return found
