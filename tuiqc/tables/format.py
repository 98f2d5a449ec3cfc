"""One value as the text of a table cell."""

from __future__ import annotations

import math
from os import PathLike, fspath
from typing import Any

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
