"""The thresholds of a rule: which measure each is compared with, what it flags, and the rule with another one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.filters import tree
from tuiqc.tables.filters.evaluation import part_values
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.tree import Node
from tuiqc.tables.table_view import TableView
from tuiqc.triage.rule_sets import Rule

Side = Literal["below", "above"]

_CELLS = 60
"""Steps from one end of what a measure usually is to the other."""
_MOST = 12
_DEFAULT_FENCE = 1.5


@dataclass(frozen=True)
class Threshold:
    """A number in the text of a rule.

    Attributes
    ----------
    measure
        What is compared with it.
    words
        The same as it stands in the rule.
    flags
        On which side of it an object is flagged.
    value
        The number.
    at
        Where it stands in the text: position and length; of length 0 where it is left out.
    before
        What goes before it where it is left out.
    """

    measure: Node
    words: str
    flags: Side
    value: float
    at: tuple[int, int]
    before: str = ""

    def values(self, view: TableView, text: str) -> NDArray[np.float64]:
        """The measure of all objects, by position in the view's frame. Raises FilterError."""
        return part_values(self.measure, view, text=text)


def thresholds(rule: Rule) -> tuple[Threshold, ...]:
    """The numbers of a rule that can be moved, in the order in which they stand; at most a dozen."""
    return tuple(_of(parse(rule.where).root, rule.where, False))[:_MOST]


def _of(node: Node, text: str, turned: bool) -> Iterator[Threshold]:
    match node:
        case tree.And(parts=parts) | tree.Or(parts=parts):
            for part in parts:
                yield from _of(part, text, turned)
        case tree.Not(operand=operand):
            yield from _of(operand, text, not turned)
        case tree.Compare(operator="<" | "<=" | ">" | ">=" as sign, left=left, right=right):
            upward = sign in (">", ">=")
            if isinstance(right, tree.Number) and not isinstance(left, tree.Number):
                yield _threshold(left, right, upward != turned, text)
            elif isinstance(left, tree.Number) and not isinstance(right, tree.Number):
                yield _threshold(right, left, upward == turned, text)
        case tree.Between(operand=operand, low=low, high=high, negated=negated):
            inside = negated == turned
            if isinstance(low, tree.Number):
                yield _threshold(operand, low, inside, text)
            if isinstance(high, tree.Number):
                yield _threshold(operand, high, not inside, text)
        case tree.Term(name="outlier", operand=operand, argument=argument):
            flags: Side = "below" if turned else "above"
            words = f"interquartile ranges outside of the quartiles of {_text(operand, text)}"
            if argument is not None:
                yield Threshold(node, words, flags, float(argument.value), argument.at)
            else:
                yield Threshold(node, words, flags, _DEFAULT_FENCE, (sum(operand.at), 0), ", ")


def _threshold(measure: Node, number: tree.Number, upward: bool, text: str) -> Threshold:
    return Threshold(
        measure, _text(measure, text), "above" if upward else "below", float(number.value), number.at
    )


def _text(node: Node, text: str) -> str:
    start, length = node.at
    return " ".join(text[start : start + length].split())


def moved(rule: Rule, threshold: Threshold, value: float) -> Rule:
    """The rule with another number in the place of the threshold."""
    start, length = threshold.at
    number = f"{value:.10g}"
    return replace(rule, where=rule.where[:start] + threshold.before + number + rule.where[start + length :])


@dataclass(frozen=True)
class ThresholdScale:
    """A histogram of a measure, between what it usually is: the 0.5 and 99.5 % quantiles, and the threshold in it.

    Attributes
    ----------
    counts
        (60,) objects in each cell; those outside are in the first and the last.
    low, high
        Its ends.
    step
        A round number, about one cell: how far a key moves the threshold.
    """

    counts: NDArray[np.int64]
    low: float
    high: float
    step: float

    @classmethod
    def of(cls, values: NDArray[np.float64], value: float) -> ThresholdScale:
        """Of the values of a measure and a threshold."""
        finite = values[np.isfinite(values)]
        low, high = np.quantile(finite, (0.005, 0.995)).tolist() if len(finite) else (value, value)
        low, high = min(low, value), max(high, value)
        if high <= low:
            low, high = low - 0.5, high + 0.5
        counts = np.histogram(np.clip(finite, low, high), _CELLS, (low, high))[0]
        return cls(counts.astype(np.int64), low, high, _round((high - low) / _CELLS))

    def moved(self, value: float, steps: float) -> float:
        """A threshold so many steps further: a multiple of the step, so that it reads well."""
        step = self.step * min(1.0, abs(steps))
        return round((value + self.step * steps) / step) * step

    def cell(self, value: float) -> int:
        """Where it is drawn: 0 to 59."""
        return min(_CELLS - 1, max(0, int((value - self.low) / (self.high - self.low) * _CELLS)))


def _round(value: float) -> float:
    """1, 2 or 5 times a power of ten, at most the value."""
    power: float = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(one for one in (5 * power, 2 * power, power) if one <= value * 1.0000001)
