"""Numbers as text, the same everywhere: of one value, and of a whole column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind
from tuiqc.text import display_width, printable, shorten

_DIGITS = 4
# Outside of these a number is written with an exponent.
_SMALLEST, _LARGEST = 1e-4, 1e15


def format_value(value: Any, kind: Kind, width: int = 0) -> str:
    """Return `value` as text of exactly `width` cells, or as long as it is when `width` is 0.

    Numbers stand to the right: whole ones with all their digits, others with 4 significant digits but never
    without the digits before the point (3104.25 is "3104", 0.76812 is "0.7681"), very small and very large
    ones with an exponent. A number that does not fit loses decimals, then gets an exponent, then becomes
    "###": it is never cut, which would make it another number. Text and paths stand to the left and are
    shortened with `…`, paths at their beginning. Missing values are blank. Nothing in the text can steer a
    terminal.
    """
    if _missing(value):
        return " " * width
    if kind in ("integer", "float") and not isinstance(value, str):
        return _number(value, kind, width)
    if kind == "bool" and not isinstance(value, str):
        text = "yes" if value else "no"
    else:
        text = printable(fspath(value) if isinstance(value, PathLike) else str(value))
    if width <= 0:
        return text
    text = _shorten_path(text, width) if kind == "path" else shorten(text, width)
    return text + " " * (width - display_width(text))


def _missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return False
    try:
        return not bool(value == value)  # NaN and NaT are not equal to themselves
    except TypeError:  # pandas.NA says neither yes nor no
        return True


def _number(value: Any, kind: Kind, width: int) -> str:
    try:
        whole = isinstance(value, int) or (kind == "integer" and float(value).is_integer())
        text = str(int(value)) if whole else _decimal(float(value), _DIGITS)
        if width <= 0 or len(text) <= width:
            return text.rjust(width)
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return shorten(printable(str(value)), width).rjust(width) if width > 0 else printable(str(value))
    shorter = [] if whole else [_decimal(number, digits) for digits in (3, 2, 1)]
    shorter += [_exponent(number, digits) for digits in (3, 2, 1, 0)]
    fits = (text for text in shorter if len(text) <= width and tells(text, number))
    return next(fits, "#" * width).rjust(width)


def tells(text: str, number: float) -> bool:
    """True unless rounding made 0 of a small number, or infinity of a large one."""
    shown = float(text)
    return (shown != 0 or number == 0) and math.isfinite(shown) == math.isfinite(number)


def _decimal(number: float, digits: int) -> str:
    """Return `number` with so many significant digits, all digits before the point kept."""
    if not math.isfinite(number):
        return "inf" if number > 0 else "-inf"
    if number == 0:
        return "0"
    size = abs(number)
    if not _SMALLEST <= size < _LARGEST:
        return _exponent(number, digits - 1)
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    return f"{number:.{decimals}f}"


def _exponent(number: float, decimals: int) -> str:
    if not math.isfinite(number):
        return "inf" if number > 0 else "-inf"
    mantissa, power = f"{number:.{decimals}e}".split("e")
    return f"{mantissa}e{int(power)}"


def _shorten_path(text: str, width: int) -> str:
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[max(1, display_width(text) - width) // 2 or 1 :]
    return "…" + text


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


_NARROW = 5


def narrow_format(values: NDArray[Any], kind: Kind, widest: int = 12) -> ColumnFormat:
    """Return a form as `column_format` does, with 3 significant digits, and 4 where these fit into 5 cells."""
    least = column_format(values, kind, widest, 3)
    form = column_format(values, kind, min(widest, _NARROW))
    return form if form.width >= least.width and form.decimals >= least.decimals else least


def column_format(values: NDArray[Any], kind: Kind, widest: int = 12, digits: int = _DIGITS) -> ColumnFormat:
    """Return a form for the numbers in `values` (n,), of at most `widest` cells; NaN is missing.

    Values of the usual size (the median) get 4 significant `digits` and small ones (the lowest percent) at
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
        decimals = max(0, min(digits - 1, widest - wide))
        return ColumnFormat("float", min(widest, wide + decimals - (not decimals)), decimals, exponent=True)
    before = max(len(f"{low:.0f}"), len(f"{high:.0f}"), 1 + (low < 0))
    wanted = max(digits - 1 - math.floor(math.log10(usual)), _FEWEST - 1 - math.floor(math.log10(small)), 0)
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
