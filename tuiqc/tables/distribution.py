"""Where values stand in their distribution: fences, scores, ranks; over all rows or in each group.

Everywhere: `values` is float64 of shape (n,) with NaN where there is none; `groups` says which group a
position belongs to, None that all belong together. Missing values belong to no distribution and get NaN, or
False.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.order import stable_order

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Groups(NamedTuple):
    """Group of each position: `codes` int64 of shape (n,), 0 to `number` - 1, or -1 for none."""

    codes: NDArray[np.int64]
    number: int


class _Sorted(NamedTuple):
    """Positions sorted by group, then value; where each group begins in that order and how many it has."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def _sorted(values: Floats, groups: Groups | None, descending: bool = False) -> _Sorted:
    valid = ~np.isnan(values)
    if groups is not None:
        valid &= groups.codes >= 0
    at = np.flatnonzero(valid)
    order = at[stable_order(values[at], None, descending)]
    if groups is None:
        return _Sorted(order, np.zeros(1, np.int64), np.array([len(order)]))
    order = order[stable_order(groups.codes[order])]
    counts = np.bincount(groups.codes[order], minlength=groups.number)
    return _Sorted(order, np.cumsum(counts) - counts, counts)


def spread(per_group: Floats, groups: Groups | None, size: int) -> Floats:
    """Return per position (n,) what is given per group (count,); NaN for positions in no group."""
    if groups is None:
        return np.full(size, per_group[0])
    return np.append(per_group, np.nan)[groups.codes]


def quantiles(values: Floats, groups: Groups | None, *shares: float) -> list[Floats]:
    """Return, for each share from 0 to 1, the quantile of each group, (count,); NaN for an empty group.

    Between two values it is interpolated linearly (type 7 of Hyndman and Fan, The American Statistician 50,
    361, 1996; NumPy's and R's default).
    """
    order, starts, counts = _sorted(values, groups)
    some = counts > 0
    found = []
    for share in shares:
        result = np.full(len(counts), np.nan)
        place = (counts[some] - 1) * share
        below = np.floor(place).astype(np.int64)
        low = values[order[starts[some] + below]]
        high = values[order[starts[some] + np.minimum(below + 1, counts[some] - 1)]]
        with np.errstate(invalid="ignore", over="ignore"):
            part = place - below
            result[some] = np.where((part == 0) | (low == high), low, low * (1 - part) + high * part)
        found.append(result)
    return found


def moments(values: Floats, groups: Groups | None) -> tuple[Floats, Floats]:
    """Return mean and standard deviation (of a sample: divided by n - 1) of each group, (count,) each.

    Infinite values are left out. NaN where there are none, or for the deviation fewer than two.
    """
    used = np.isfinite(values)
    if groups is not None:
        used &= groups.codes >= 0
    found = values[used]
    codes = np.zeros(len(found), np.int64) if groups is None else groups.codes[used]
    count = 1 if groups is None else groups.number
    counts = np.bincount(codes, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = np.bincount(codes, found, count) / counts
        squares = np.bincount(codes, (found - mean[codes]) ** 2, count)
        deviation = np.sqrt(np.where(counts > 1, squares, np.nan) / (counts - 1))
    return mean, deviation


def extremes(values: Floats, groups: Groups | None) -> tuple[Floats, Floats]:
    """Return least and greatest value of each group, (count,) each; NaN for an empty group."""
    low, high = quantiles(values, groups, 0.0, 1.0)
    return low, high


def top(values: Floats, groups: Groups | None, number: int) -> Mask:
    """Return where the `number` greatest values of each group are; of equal ones the first in the file."""
    return _first(_sorted(values, groups, descending=True), number, len(values))


def bottom(values: Floats, groups: Groups | None, number: int) -> Mask:
    """Return where the `number` least values of each group are; of equal ones the first in the file."""
    return _first(_sorted(values, groups), number, len(values))


def _first(ranked: _Sorted, number: int, size: int) -> Mask:
    place = np.arange(len(ranked.order)) - np.repeat(ranked.starts, ranked.counts)
    mask = np.zeros(size, dtype=bool)
    mask[ranked.order[place < number]] = True
    return mask


def outlier(values: Floats, groups: Groups | None, fence: float = 1.5) -> Mask:
    """Return what is more than `fence` interquartile ranges below the first or above the third quartile.

    1.5 are the inner fences of Tukey, Exploratory Data Analysis, 1977.
    """
    low, high = quantiles(values, groups, 0.25, 0.75)
    with np.errstate(invalid="ignore"):
        reach = (high - low) * fence
        below = spread(low - reach, groups, len(values))
        above = spread(high + reach, groups, len(values))
    return (values < below) | (values > above)


def beyond_quartiles(values: Floats, groups: Groups | None) -> Floats:
    """Return how many interquartile ranges each value is outside of the quartiles; 0 between them."""
    low, high = quantiles(values, groups, 0.25, 0.75)
    below, above, reach = (spread(one, groups, len(values)) for one in (low, high, high - low))
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.maximum(below - values, values - above)
        return np.where(away > 0, away / reach, np.where(np.isnan(away), np.nan, 0.0))


def zscore(values: Floats, groups: Groups | None) -> Floats:
    """Return how many standard deviations each value is from the mean; 0 where all are the same."""
    mean, deviation = moments(values, groups)
    return _scaled(values, mean, deviation, groups)


def robust_z(values: Floats, groups: Groups | None) -> Floats:
    """Return the modified z-score: 0.6745 (x - median) / (median of |x - median|).

    Above 3.5 a value is called an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
    Where more than half of the values are the same the divisor would be 0; then it is, as they propose,
    1.253314 times the mean of |x - median|.
    """
    (middle,) = quantiles(values, groups, 0.5)
    with np.errstate(invalid="ignore"):
        away = np.abs(values - spread(middle, groups, len(values)))
    (typical,) = quantiles(away, groups, 0.5)
    mean, _ = moments(away, groups)
    return _scaled(values, middle, np.where(typical > 0, typical / 0.6745, 1.253314 * mean), groups)


def _scaled(values: Floats, middle: Floats, unit: Floats, groups: Groups | None) -> Floats:
    size = len(values)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        scores = (values - spread(middle, groups, size)) / spread(
            np.where(unit == 0, 1.0, unit), groups, size
        )
    return np.asarray(scores)


def quantile(values: Floats, groups: Groups | None) -> Floats:
    """Return the rank of each value as a share from 0 to 1: less than it, and half of those equal to it."""
    order, starts, counts = _sorted(values, groups)
    ordered = values[order]
    group = np.repeat(np.arange(len(counts)), counts)
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (ordered[1:] != ordered[:-1]) | (group[1:] != group[:-1])
    run = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    middle = first + np.diff(first, append=len(order)) / 2
    ranks = np.full(len(values), np.nan)
    ranks[order] = (middle[run] - starts[group]) / counts[group]
    return ranks
