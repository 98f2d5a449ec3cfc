"""What plots need of a million values: histograms, counts on a grid, boxes. Points are binned, never drawn one by one.

Everywhere: values are float64 of shape (n,) with NaN where there is none; infinite values belong to no bin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.distribution import Groups, quantiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Limits = tuple[float, float]


@dataclass(frozen=True)
class Histogram:
    """Counts of values in bins of one width.

    Attributes
    ----------
    edges
        float64 (bins + 1,).
    counts
        int64 (kinds, bins): for each kind of row (verdict) apart.
    """

    edges: Floats
    counts: Ints

    @property
    def total(self) -> Ints:
        """Counts of all kinds, (bins,)."""
        return np.asarray(self.counts.sum(axis=0), np.int64)

    def bin_of(self, value: float) -> int | None:
        """Return the bin of a value, None if it is in none."""
        if not math.isfinite(value) or not self.edges[0] <= value <= self.edges[-1]:
            return None
        return int(np.clip(np.searchsorted(self.edges, value, "right") - 1, 0, len(self.edges) - 2))


def bins_for(values: Floats, most: int, least: int = 5) -> int:
    """Return how many bins suit values: those of Freedman and Diaconis, between `least` and `most`.

    Bin width 2·IQR/n^(1/3) (D. Freedman, P. Diaconis, Z. Wahrscheinlichkeitstheorie verw. Gebiete 57 (1981)
    453-476). Whole numbers of a small range get a bin each.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return least
    low, high = float(known.min()), float(known.max())
    whole = high - low < most and bool((known == np.floor(known)).all())
    if whole:
        return max(1, int(high - low) + 1)
    quarter, three = np.quantile(known, [0.25, 0.75]).tolist()
    width = 2 * (three - quarter) / len(known) ** (1 / 3)
    wanted = (high - low) / width if width > 0 else least
    return int(min(most, max(least, math.ceil(min(wanted, 1e6)))))


def histogram(
    values: Floats,
    kinds: NDArray[np.integer] | None = None,
    number: int = 1,
    bins: int = 40,
    limits: Limits | None = None,
) -> Histogram:
    """Return counts of `values` in `bins` bins, for each of `number` kinds of rows.

    `kinds` (n,) says of which kind, 0 to number - 1, a row is; None: all of one. `limits` default to the least and
    greatest finite value; what is outside is left out. Whole numbers with a bin each have it around them.
    """
    finite = np.isfinite(values)
    known = values[finite]
    low, high = limits or ((float(known.min()), float(known.max())) if len(known) else (0.0, 1.0))
    if (
        limits is None
        and len(known)
        and bins == int(high - low) + 1
        and bool((known == np.floor(known)).all())
    ):
        low, high = low - 0.5, high + 0.5
    low, high = widened((low, high))
    place = _places(known, low, high, bins)
    kind = np.zeros(len(known), np.int64) if kinds is None else kinds[finite].astype(np.int64)
    inside = place >= 0
    counts = np.bincount(kind[inside] * bins + place[inside], minlength=number * bins)
    return Histogram(np.linspace(low, high, bins + 1), counts.reshape(number, bins))


def _places(values: Floats, low: float, high: float, bins: int) -> Ints:
    """Bin of each value, -1 for none; the last bin has its upper edge too."""
    with np.errstate(invalid="ignore", over="ignore"):
        share = (values / 2 - low / 2) / (high / 2 - low / 2)  # halves: the range may be larger than a float
        inside = np.isfinite(values) & (share >= 0) & (share <= 1)
        place = np.minimum(np.where(inside, share, 0) * bins, bins - 1).astype(np.int64)
    return np.where(inside, place, -1)


def cells(x: Floats, y: Floats, x_limits: Limits, y_limits: Limits, columns: int, rows: int) -> Ints:
    """Return the cell `row * columns + column` of each point on a grid, -1 outside it; row 0 is at the top."""
    column = _places(x, *widened(x_limits), columns)
    row = _places(y, *widened(y_limits), rows)
    return np.where((column >= 0) & (row >= 0), (rows - 1 - row) * columns + column, -1)


def counted(cell: Ints, shape: tuple[int, int]) -> Ints:
    """Return how many points are in each cell, (rows, columns)."""
    return np.bincount(cell[cell >= 0], minlength=shape[0] * shape[1]).reshape(shape)


def averaged(cell: Ints, values: Floats, shape: tuple[int, int]) -> Floats:
    """Return the mean of the known values in each cell, (rows, columns); NaN where there is none."""
    used = (cell >= 0) & np.isfinite(values)
    size = shape[0] * shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        sums = np.bincount(cell[used], values[used], size)
        return np.asarray(sums / np.bincount(cell[used], minlength=size)).reshape(shape)


def limits_of(values: Floats) -> Limits:
    """Return least and greatest finite value, (0, 1) where there is none."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def widened(limits: Limits) -> Limits:
    """Return limits that have a width."""
    low, high = limits
    half = max(0.5, abs(low) * 1e-9)
    return (low - half, high + half) if high <= low else (low, high)


@dataclass(frozen=True)
class Boxes:
    """Box plots of groups, float64 (groups,) each; NaN for an empty group.

    `low` and `high` are the ends of the whiskers: the outermost values within 1.5 interquartile ranges of the box
    (J. W. Tukey, Exploratory Data Analysis, 1977); `beyond` counts the values outside.
    """

    counts: Ints
    low: Floats
    first: Floats
    median: Floats
    third: Floats
    high: Floats
    beyond: Ints


def boxes(values: Floats, groups: NDArray[np.integer], number: int) -> Boxes:
    """Return the boxes of `number` groups; `groups` (n,) is the group of each value, -1 for none."""
    codes = np.where(np.isfinite(values), groups.astype(np.int64), -1)
    inside = codes >= 0
    first, median, third = quantiles(values, Groups(codes, number), 0.25, 0.5, 0.75)
    reach = 1.5 * (third - first)
    low_fence, high_fence = (first - reach), (third + reach)
    within = np.zeros(len(values), bool)
    within[inside] = (values[inside] >= low_fence[codes[inside]]) & (
        values[inside] <= high_fence[codes[inside]]
    )
    low, high = quantiles(values, Groups(np.where(within, codes, -1), number), 0.0, 1.0)
    counts = np.bincount(codes[inside], minlength=number)
    return Boxes(
        counts, low, first, median, third, high, counts - np.bincount(codes[within], minlength=number)
    )


def beyond(values: Floats, groups: NDArray[np.integer], found: Boxes, most: int = 2000) -> list[Floats]:
    """Return the values of each group outside its whiskers, at most `most` of each group."""
    codes = np.where(np.isfinite(values), groups.astype(np.int64), -1)
    at = np.flatnonzero(codes >= 0)
    at = at[(values[at] < found.low[codes[at]]) | (values[at] > found.high[codes[at]])]
    at = at[np.argsort(codes[at], kind="stable")]
    ends = np.searchsorted(codes[at], np.arange(len(found.counts) + 1))
    return [values[at[start:end][:most]] for start, end in pairwise(ends.tolist())]


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers (1, 2, 5 times a power of ten) within limits, at most `most`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return [low] if math.isfinite(low) else []
    span = high - low
    if not math.isfinite(span) or span < abs(high) * 1e-12:
        return [low, high]
    power = 10.0 ** math.floor(math.log10(span / most)) if span / most > 1e-300 else span
    for step in (1, 2, 5, 10, 20, 50):
        first = math.ceil(low / (step * power) - 1e-9)
        last = math.floor(high / (step * power) + 1e-9)
        if last - first + 1 <= most:
            return [number * step * power for number in range(first, last + 1)]
    return [low, high]


_EIGHTHS = " ▁▂▃▄▅▆▇█"


def block_histogram(
    counts: Sequence[int] | NDArray[np.int64], width: int, height: int = 1, marker: int | None = None
) -> list[str]:
    """Return `height` lines of `width` cells that show `counts`, and one more with `▲` below a marked cell.

    Counts are added up (or repeated) to `width` bars; the highest fills `height`. A bar of anything more than
    0 is at least one eighth of a cell high. `marker` is a cell from 0 to `width` - 1, None for no such line.
    """
    if width <= 0 or height <= 0:
        return []
    bars = _resampled(np.asarray(counts, dtype=np.float64), width)
    top = bars.max()
    eighths = np.zeros(width, dtype=np.int64)
    if top > 0:
        eighths = np.maximum(np.rint(bars / top * 8 * height), bars > 0).astype(np.int64)
    lines = [
        "".join(_EIGHTHS[min(max(int(bar) - 8 * level, 0), 8)] for bar in eighths)
        for level in range(height - 1, -1, -1)
    ]
    if marker is not None:
        at = min(max(marker, 0), width - 1)
        lines.append(" " * at + "▲" + " " * (width - 1 - at))
    return lines


def _resampled(counts: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return `width` bars: sums of neighbours where there are more counts, shares of them where fewer."""
    if not len(counts):
        return np.zeros(width)
    if len(counts) == width:
        return counts
    upto = np.concatenate([[0.0], np.cumsum(counts)])
    edges = np.linspace(0, len(counts), width + 1)
    return np.diff(np.interp(edges, np.arange(len(counts) + 1), upto))


def marker_cell(value: float, low: float, high: float, width: int) -> int | None:
    """Return the cell of a histogram from `low` to `high` that `value` falls into, None if it is no number."""
    if math.isnan(value) or width <= 0:
        return None
    if value <= low:
        return 0
    if value >= high:
        return width - 1
    return min(width - 1, int((value / 2 - low / 2) / (high / 2 - low / 2) * width))
