"""Comparisons of numbers and of texts; whatever is missing compares false."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.names import natural_key
from tuiqc.tables.filters.tree import Comparison
from tuiqc.tables.ranks import natural_ranks
from tuiqc.tables.values import Codes, Numbers, found_in

Mask = NDArray[np.bool_]
Value = Numbers | Codes | int | float | str
"""What a part of a filter is worth: numbers or texts by position, or one number (truth is 1 or 0) or text."""

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED: dict[str, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compare(sign: Comparison, left: Value, right: Value, size: int) -> Mask:
    """Return, by position (size,), whether `left` stands to `right` as `sign` says.

    Texts are equal if they are the same to the letter, and greater if they come later in natural order. A
    text and a number are compared by the number that the text is; a text that is none differs from every
    number and is neither greater nor less.

    Raises
    ------
    TypeError
        A column of numbers is compared with a text.
    """
    if isinstance(left, int | float | str) and not isinstance(right, int | float | str):
        return compare(_MIRRORED[sign], right, left, size)
    if isinstance(left, Codes):
        return _texts(sign, left, right)
    if isinstance(left, Numbers) and isinstance(right, Codes):
        return _texts(_MIRRORED[sign], right, left)
    if isinstance(left, str) or isinstance(right, str):
        if not (isinstance(left, str) and isinstance(right, str)):
            raise TypeError("numbers")
        return np.full(size, bool(_text_test(sign, right)(left)))
    return _numbers(sign, left, right, size)


def _numbers(
    sign: Comparison, left: Numbers | int | float, right: Numbers | Codes | int | float, size: int
) -> Mask:
    assert not isinstance(right, Codes)
    one, other = (side.values if isinstance(side, Numbers) else side for side in (left, right))
    result = OPERATORS[sign](one, other)
    if not isinstance(result, np.ndarray):
        absent = one != one or other != other
        return np.full(size, bool(result) and not absent)
    for side in (left, right):
        if isinstance(side, Numbers):
            if side.missing is not None:
                result &= ~side.missing
            elif sign == "!=" and side.values.dtype.kind == "f":
                result &= ~np.isnan(side.values)
        elif side != side:
            result[:] = False
    return result


def _texts(sign: Comparison, left: Codes, right: Value) -> Mask:
    if isinstance(right, str):
        return left.table(_text_test(sign, right))
    if isinstance(right, Codes):
        return _texts_with_texts(sign, left, right)
    numbers = Numbers(left.numbers(), None)
    if isinstance(right, Numbers):
        result = _numbers(sign, numbers, right, len(left.codes))
        return (
            result | ((left.codes >= 0) & np.isnan(numbers.values) & ~right.absent())
            if sign == "!="
            else result
        )
    if right != right:
        return np.zeros(len(left.codes), dtype=bool)
    result = _numbers(sign, numbers, right, len(left.codes))
    return result | ((left.codes >= 0) & np.isnan(numbers.values)) if sign == "!=" else result


def _text_test(sign: Comparison, wanted: str) -> Callable[[str], bool]:
    if sign in ("==", "!="):
        return lambda text: (text == wanted) is (sign == "==")
    key, test = natural_key(wanted), OPERATORS[sign]
    return lambda text: bool(test(natural_key(text), key))


def _texts_with_texts(sign: Comparison, left: Codes, right: Codes) -> Mask:
    both = [*left.texts, *right.texts]
    if sign in ("==", "!="):
        index: dict[str, int] = {}
        ranks = np.fromiter((index.setdefault(text, len(index)) for text in both), np.int64, len(both))
    else:
        ranks = natural_ranks(both)
    one = np.append(ranks[: len(left.texts)], 0)[left.codes]
    other = np.append(ranks[len(left.texts) :], 0)[right.codes]
    return np.asarray(OPERATORS[sign](one, other)) & (left.codes >= 0) & (right.codes >= 0)


def matches(codes: Codes, pattern: str) -> Mask:
    """Return by position whether a regular expression is found in the text. Raises as `texts.found_in`."""
    return codes.spread(found_in(pattern, codes.texts))
