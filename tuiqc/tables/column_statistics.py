"""What is in a column: counts, quartiles, a histogram, and where one value stands among the others."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind
from tuiqc.tables.table_view import TableView


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """A column in numbers; those that it has none of are NaN.

    Attributes
    ----------
    count, missing
        Rows with and without a value.
    distinct
        Different values.
    infinite
        Values that are infinite; they are left out of `mean`, `sd` and the histogram.
    minimum, first_quartile, median, third_quartile, maximum, mean, sd
        Of numbers; quartiles interpolated linearly, `sd` that of a sample.
    frequent
        Of other columns: values and how often they come, the most frequent first (at most 50).
    """

    name: str
    kind: Kind
    count: int
    missing: int
    distinct: int
    infinite: int = 0
    minimum: float = math.nan
    first_quartile: float = math.nan
    median: float = math.nan
    third_quartile: float = math.nan
    maximum: float = math.nan
    mean: float = math.nan
    sd: float = math.nan
    frequent: tuple[tuple[str, int], ...] = ()
    _ordered: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)

    @property
    def is_number(self) -> bool:
        """Whether the column holds numbers, so that there are quartiles and a histogram."""
        return self.kind in ("integer", "float")

    def rank_of(self, value: Any) -> float | None:
        """Return the share of values below `value` and half of those equal to it, 0 to 1.

        None for a missing value or a column without numbers.
        """
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
        if math.isnan(number) or not len(self._ordered):
            return None
        below, upto = (int(np.searchsorted(self._ordered, number, side)) for side in ("left", "right"))
        return (below + upto) / 2 / len(self._ordered)

    def histogram(
        self, bins: int, limits: tuple[float, float] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return counts (bins,) and edges (bins + 1,) from the least to the greatest finite value, or `limits`.

        The last bin has its upper edge too. What is outside of `limits` is not counted.

        Raises
        ------
        ValueError
            If `bins` is not positive.
        """
        if bins <= 0:
            raise ValueError("a histogram needs at least one bin")
        finite = self._ordered
        if self.infinite:
            finite = finite[np.isfinite(finite)]
        if limits is None:
            limits = (float(finite[0]), float(finite[-1])) if len(finite) else (0.0, 1.0)
        low, high = limits
        if low == high:  # one value only: it gets the bin in the middle
            low, high = low - 0.5, high + 0.5
        # Halves, since the distance of the largest floats is not a float.
        edges = np.linspace(low / 2, high / 2, bins + 1) * 2
        edges[0], edges[-1] = low, high
        places = np.searchsorted(finite, edges, "left")
        places[-1] = np.searchsorted(finite, edges[-1], "right")
        return np.diff(places).astype(np.int64), edges


def column_statistics(view: TableView, name: str, mask: NDArray[np.bool_] | None = None) -> ColumnStatistics:
    """Return what is in a column, of all rows or of those in `mask` (booleans by position).

    Raises
    ------
    KeyError
        If there is no such column.
    """
    kind = view.kind(name)
    numbers = view.numbers(name)
    if numbers is not None and kind in ("integer", "float"):
        values = numbers.floats() if mask is None else numbers.floats()[mask]
        return _of_numbers(name, kind, values)
    codes = view.codes(name)
    used = codes.codes if mask is None else codes.codes[mask]
    present = used[used >= 0]
    counter: Counter[str] = Counter()
    per_code = np.bincount(present, minlength=len(codes.texts))
    for code in np.flatnonzero(per_code).tolist():
        counter[codes.texts[code]] += int(per_code[code])
    frequent = sorted(counter.items(), key=lambda item: -item[1])[:50]
    return ColumnStatistics(
        name, kind, len(present), len(used) - len(present), len(counter), frequent=tuple(frequent)
    )


def _of_numbers(name: str, kind: Kind, values: NDArray[np.float64]) -> ColumnStatistics:
    ordered = np.sort(values[~np.isnan(values)])
    count = len(ordered)
    finite = ordered[np.isfinite(ordered)]
    missing = len(values) - count
    if not count:
        return ColumnStatistics(name, kind, 0, missing, 0)
    low, first, median, third, high = (_between(ordered, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(finite.mean()) if len(finite) else math.nan
        sd = float(finite.std(ddof=1)) if len(finite) > 1 else math.nan
    distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    return ColumnStatistics(
        name,
        kind,
        count,
        missing,
        distinct,
        count - len(finite),
        low,
        first,
        median,
        third,
        high,
        mean,
        sd,
        _ordered=ordered,
    )


def _between(ordered: NDArray[np.float64], share: float) -> float:
    """Quantile of sorted values, interpolated linearly as in `distribution.quantiles`."""
    place = (len(ordered) - 1) * share
    below = int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    part = place - below
    return low if part == 0 or low == high else low * (1 - part) + high * part
