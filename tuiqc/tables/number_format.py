"""The numbers of a column under each other: aligned on the point, with the significant digits that fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind
from tuiqc.tables.format import format_value, tells

_DIGITS = 4
_FEWEST = 2  # significant digits that even small values of a column keep, if there is room
_SAMPLE = 5000
_SMALL, _LARGE = 1e-4, 1e10


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """How the values of one column are written, all in `width` cells.

    `decimals` digits stand behind the point; with `exponent` they are those of the mantissa. For kinds that
    are no numbers only `width` counts.
    """

    kind: Kind
    width: int
    decimals: int = 0
    exponent: bool = False

    def format(self, value: Any) -> str:
        """Return `value` as text of exactly `width` cells.

        A number that this form would make 0, or that is too long for it, is written by `format_value`, out of
        line but never as another number. Missing values are blank.
        """
        if self.kind != "float" or isinstance(value, str) or value is None:
            return format_value(value, self.kind, self.width)
        try:
            number = float(value)
        except (TypeError, ValueError):
            return format_value(value, self.kind, self.width)
        if not math.isfinite(number):
            return format_value(number, self.kind, self.width)
        text = _written(number, self.decimals, self.exponent)
        if len(text) > self.width or not tells(text, number):
            return format_value(number, self.kind, self.width)
        return text.rjust(self.width)


def _written(number: float, decimals: int, exponent: bool) -> str:
    number += 0.0  # -0 is 0
    if not exponent:
        return f"{number:.{decimals}f}"
    mantissa, power = f"{number:.{decimals}e}".split("e")
    return f"{mantissa}e{int(power):+03d}"


def column_format(values: NDArray[Any], kind: Kind, widest: int = 12) -> ColumnFormat:
    """Return a form for the numbers in `values` (n,), of at most `widest` cells; NaN is missing.

    Values of the usual size (the median) get 4 significant digits and small ones (the lowest percent) at
    least 2, as far as there is room, and never more decimals than the values have. Where the usual size is
    below 0.0001 or any is from 10^10 up, all are written with an exponent. Long columns are looked at in
    part; only their extremes in full.
    """
    if kind == "integer":
        return ColumnFormat(kind, _integer_width(values, widest))
    numbers = np.asarray(values, dtype=np.float64)
    step = max(1, len(numbers) // _SAMPLE)
    sample = numbers[::step]
    sample = sample[np.isfinite(sample)]
    low, high = _extremes(numbers)
    sizes = np.abs(sample[sample != 0])
    if not len(sizes):
        return ColumnFormat("float", max(1, len(f"{low:.0f}")) if np.isfinite(low) else 1)
    with np.errstate(over="ignore"):
        usual = float(np.median(sizes))
    small = float(np.quantile(sizes, 0.01, method="lower"))
    largest = max(abs(low), abs(high))
    if usual < _SMALL or largest >= _LARGE:
        wide = 6 + (low < 0) + (largest >= 1e100 or usual < 1e-99)
        decimals = max(0, min(_DIGITS - 1, widest - wide))
        return ColumnFormat("float", min(widest, wide + decimals - (not decimals)), decimals, exponent=True)
    before = max(len(f"{low:.0f}"), len(f"{high:.0f}"), 1 + (low < 0))
    wanted = max(_DIGITS - 1 - math.floor(math.log10(usual)), _FEWEST - 1 - math.floor(math.log10(small)), 0)
    decimals = max(0, min(wanted, _needed(sample, wanted), widest - before - 1))
    return ColumnFormat("float", min(widest, before + decimals + (decimals > 0)), decimals)


def _extremes(numbers: NDArray[np.float64]) -> tuple[float, float]:
    """Least and greatest finite value, NaN where there is none."""
    finite = numbers[np.isfinite(numbers)]
    # Nothing is added to make 0 of -0, which would be one cell wider.
    return (float(finite.min()) + 0.0, float(finite.max()) + 0.0) if len(finite) else (math.nan, math.nan)


def _needed(sample: NDArray[np.float64], most: int) -> int:
    """Fewest decimals, up to `most`, that write all values of the sample as exactly as they are."""
    for decimals in range(most):
        if np.array_equal(np.round(sample, decimals), sample):
            return decimals
    return most


def _integer_width(values: NDArray[Any], widest: int) -> int:
    if values.dtype.kind in "iu":
        ends = [str(int(values.min())), str(int(values.max()))] if len(values) else [""]
    else:
        low, high = _extremes(np.asarray(values, dtype=np.float64))
        ends = [f"{end:.0f}" for end in (low, high) if math.isfinite(end)]
    return max(1, min(widest, max(map(len, ends), default=1)))
