"""From the tree of a filter and a table to a mask of its rows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables import distribution
from tuiqc.tables.columns import short_titles
from tuiqc.tables.distribution import Groups
from tuiqc.tables.filters import tree
from tuiqc.tables.filters.comparison import OPERATORS, Mask, Value, compare, matches
from tuiqc.tables.filters.tokens import FilterError, column_name, quoted_text
from tuiqc.tables.filters.tree import Column, Expression, Node
from tuiqc.tables.table_view import TableView
from tuiqc.tables.values import Codes, Numbers

_SAID = ("verdict", "reason", "note", "annotator")


class Scope:
    """The columns of a view by name, and arrays beside it.

    Parameters
    ----------
    extra
        Numbers by position (n,) under names that are no columns of the view, such as the image of a row.
    """

    def __init__(
        self, view: TableView, extra: Mapping[str, NDArray[Any]] | None = None, text: str = ""
    ) -> None:
        self.view, self.text = view, text
        self.size = len(view.frame)
        self.extra = {name: values for name, values in (extra or {}).items() if not view.has(name)}

    def value(self, column: Column) -> Numbers | Codes:
        """Return a column's numbers, or its texts where it has other things.

        Raises
        ------
        FilterError
            If there is no such column.
        """
        if column.name in self.extra:
            return Numbers(self.extra[column.name], None)
        name = self._known(column)
        numbers = self.view.numbers(name)
        return self.view.codes(name) if numbers is None else numbers

    def texts(self, column: Column) -> Codes:
        """Return what a column has as texts, numbers as they are written. Raises FilterError as `value`."""
        if column.name in self.extra:
            import pandas as pd

            from tuiqc.tables.values import codes_of

            return codes_of(pd.Series(self.extra[column.name]))
        return self.view.codes(self._known(column))

    def is_said(self, column: Column) -> bool:
        """Say whether a column is of the review, not of the table: text that was added to the view."""
        name = column.name
        store = self.view.columns_store
        return name in _SAID or (name in store.added and store.kind(name) == "text")

    def groups(self, column: Column) -> Groups:
        """Return the groups that a column's values make. Raises FilterError as `value`."""
        value = self.value(column)
        codes = np.full(self.size, -1, dtype=np.int64)
        if isinstance(value, Codes):
            index: dict[str, int] = {}
            table = [index.setdefault(text, len(index)) for text in value.texts]
            codes = np.array([*table, -1], dtype=np.int64)[value.codes]
            return Groups(codes, len(index))
        present = ~value.absent()
        found, codes[present] = np.unique(value.values[present], return_inverse=True)
        return Groups(codes, len(found))

    def _known(self, column: Column) -> str:
        """The column that is meant: its name, or the short one that its header shows."""
        if self.view.has(column.name):
            return column.name
        if column.name in (short := {title: name for name, title in short_titles(self.view.columns).items()}):
            return short[column.name]
        message = f"there is no column {column.name}"
        near = self.nearest(column.name)
        if near:
            message += f"; is it {column_name(near)}?"
        elif "-" in column.name and not column.quoted:
            message += "; a difference needs spaces around its -"
        else:
            message += f"; a text would be {quoted_text(column.name)}"
        raise FilterError(message, *column.at, self.text)

    def nearest(self, name: str) -> str | None:
        """Return the column whose name is most like `name`, None if none is."""
        folded: dict[str, str] = {}
        for known in (*self.view.columns, *self.extra):
            folded.setdefault(known.casefold(), known)
        wanted = name.casefold()
        if wanted in folded:
            return folded[wanted]
        found = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.7)
        if found:
            return folded[found[0]]
        ends = [known for fold, known in folded.items() if len(wanted) > 2 and fold.endswith("_" + wanted)]
        return ends[0] if ends else None


def evaluate(
    expression: Expression, view: TableView, extra: Mapping[str, NDArray[Any]] | None = None
) -> Mask:
    """Return the rows for which a filter holds: booleans by position in the frame, whatever the view shows.

    What is missing compares false, also with `!=` and `not in`; `not` turns that round, as any other answer. What was
    said in review (verdict, reason, note, annotator and other added texts) is never missing to `!=` and `not in`:
    what nobody looked at has not failed, so `verdict != 'fail'` and `not verdict == 'fail'` are the same.
    Distribution terms look at all rows of the table. Calculating with numbers is in float64; division by zero
    gives an infinite number, 0 / 0 a missing one. Nothing is changed, so it can run in a thread.

    Parameters
    ----------
    extra
        Numbers by position under names that are no columns of the view, such as `image` for `by image`.

    Raises
    ------
    FilterError
        It does not fit the table: an unknown column, a text where numbers are needed.
    """
    with np.errstate(all="ignore"):  # NaN and infinity have their meaning here
        return _Evaluation(Scope(view, extra, expression.text)).condition(expression.root)


def value_of(term: tree.Term, view: TableView, text: str = "") -> float:
    """Return the value of a term that is one for all rows, such as `median(area)`; NaN where there is no row.

    Raises
    ------
    FilterError
        It does not fit the table, or has a value for each group.
    """
    if term.by is not None:
        raise FilterError("this has a value for each group, and one for all is needed", *term.at, text)
    if not len(view.frame):
        return float("nan")
    with np.errstate(all="ignore"):
        values = _Evaluation(Scope(view, None, text)).number(term)
    return float(np.ravel(values)[0])


def without_value(
    expression: Expression, view: TableView, extra: Mapping[str, NDArray[Any]] | None = None
) -> Mask:
    """Return the rows that have no value in some measurement that a filter names, by position.

    Of a filter that they do not pass these are left out for want of a number, not for its size. Raises as `evaluate`.
    """
    scope = Scope(view, extra, expression.text)
    lacking = np.zeros(scope.size, dtype=bool)
    for node in map(Column, tree.columns_used(expression)):
        value = None if scope.is_said(node) else scope.value(node)
        if isinstance(value, Numbers):
            lacking |= value.absent()
    return lacking


def part_values(
    node: Node, view: TableView, extra: Mapping[str, NDArray[Any]] | None = None, text: str = ""
) -> NDArray[np.float64]:
    """Return the numbers of a part of the filter `text`, by position: of the side of a comparison, for instance.

    Of `outlier(…)` it is how many interquartile ranges each value is outside of the quartiles, 0 between them.
    Raises as `evaluate`.
    """
    with np.errstate(all="ignore"):
        made = _Evaluation(Scope(view, extra, text))
        if isinstance(node, tree.Term) and node.name == "outlier":
            return distribution.beyond_quartiles(*made.drawn(node))
        return np.broadcast_to(np.asarray(made.number(node), np.float64), made.size)


class _Evaluation:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.size = scope.size

    def fail(self, message: str, node: Node) -> NoReturn:
        raise FilterError(message, *node.at, self.scope.text)

    # --- conditions

    def condition(self, node: Node) -> Mask:
        match node:
            case tree.And(parts=parts):
                result = self.condition(parts[0])
                for part in parts[1:]:
                    result &= self.condition(part)
                return result
            case tree.Or(parts=parts):
                result = self.condition(parts[0])
                for part in parts[1:]:
                    result |= self.condition(part)
                return result
            case tree.Not(operand=operand):
                return ~self.condition(operand)
            case tree.Truth(value=value):
                return np.full(self.size, value)
            case tree.Column():
                return self.truths(node)
            case tree.Term() if node.name in tree.MASK_TERMS:
                return self.mask_term(node)
        return self.test(node)

    def truths(self, node: tree.Column) -> Mask:
        value = self.scope.value(node)
        if isinstance(value, Codes) and {text.casefold() for text in value.texts} <= {"true", "false", ""}:
            return value.table(
                lambda text: text.casefold() == "true"
            )  # TRUE of R and spreadsheets stays as written
        if not isinstance(value, Numbers) or value.values.dtype != bool:
            self.fail(f"compare {node.name} with something; it is no column of true and false", node)
        return value.values & ~value.absent()

    def test(self, node: Node) -> Mask:
        match node:
            case tree.Compare(operator=sign, left=left, right=right):
                return self.compared(sign, left, right, self.value(left), self.value(right))
            case tree.Between(operand=operand, low=low, high=high, negated=negated):
                value = self.value(operand)
                inside = self.compared(">=", operand, low, value, self.value(low))
                inside &= self.compared("<=", operand, high, value, self.value(high))
                return ~inside & self.present(value) if negated else inside
            case tree.Within():
                return self.within(node)
            case tree.Missing(operand=operand, negated=negated):
                present = self.present(self.value(operand))
                return present if negated else ~present
            case tree.Contains(operand=operand, text=text, negated=negated):
                codes = self.scope.texts(operand)
                found = codes.containing(text.value)
                return ~found & (codes.codes >= 0) if negated else found
            case tree.Matches():
                return self.matched(node)
        return self.fail("a condition is needed here, such as a comparison", node)

    def compared(self, sign: tree.Comparison, left: Node, right: Node, one: Value, other: Value) -> Mask:
        try:
            found = compare(sign, one, other, self.size)
        except TypeError:
            text, column = (right, left) if isinstance(right, tree.Text) else (left, right)
            name = column.name if isinstance(column, tree.Column) else "this"
            self.fail(f"{name} has numbers; write a number without quotes", text)
        return found | self.unsaid(left, right) if sign == "!=" else found

    def within(self, node: tree.Within) -> Mask:
        value = self.value(node.operand)
        result = np.zeros(self.size, dtype=bool)
        for item in node.items:
            result |= self.compared("==", node.operand, item, value, self.value(item))
        return ~result & (self.present(value) | self.unsaid(node.operand)) if node.negated else result

    def unsaid(self, *nodes: Node) -> Mask:
        """Rows of which nobody has said anything in the columns of the review among some nodes."""
        result = np.zeros(self.size, dtype=bool)
        for node in nodes:
            if isinstance(node, tree.Column) and self.scope.is_said(node):
                result |= self.scope.texts(node).codes < 0
        return result

    def matched(self, node: tree.Matches) -> Mask:
        codes = self.scope.texts(node.operand)
        try:
            found = matches(codes, node.pattern.value)
        except ImportError:
            self.fail("matches needs pyarrow, which is not installed (pip install pyarrow)", node.pattern)
        except ValueError as error:
            self.fail(
                f"no regular expression: {str(error).removeprefix('Invalid regular expression: ')}",
                node.pattern,
            )
        return ~found & (codes.codes >= 0) if node.negated else found

    def present(self, value: Value) -> Mask:
        if isinstance(value, Codes):
            return value.codes >= 0
        if isinstance(value, Numbers):
            return ~value.absent()
        return np.full(self.size, value == value)

    # --- values

    def value(self, node: Node) -> Value:
        match node:
            case tree.Column():
                return self.scope.value(node)
            case tree.Number(value=literal) | tree.Text(value=literal):
                return literal
            case tree.Truth(value=truth):
                return int(truth)
            case tree.Negative(operand=operand):
                number = self.number(operand)
                return Numbers(-number, None) if isinstance(number, np.ndarray) else -number
            case tree.Arithmetic():
                return self.calculated(node)
            case tree.Term() if node.name in tree.NUMBER_TERMS:
                return self.number_term(node)
        return self.fail("a value is needed here, not a condition", node)

    def number(self, node: Node) -> NDArray[np.float64] | float:
        """Value as float64, one or by position."""
        value = self.value(node)
        if isinstance(value, Numbers):
            return value.floats()
        if isinstance(value, Codes) and (value.codes >= 0).any():
            numbers = value.numbers()  # of identifiers that are kept as they are written: 000123, 1E5
            if not np.isnan(numbers[value.codes >= 0]).any():
                return numbers
        if isinstance(value, str | Codes):
            self.fail("numbers are needed here, and this is text", node)
        return float(value)

    def calculated(self, node: tree.Arithmetic) -> Value:
        left, right = np.asarray(self.number(node.left)), np.asarray(self.number(node.right))
        match node.operator:
            case "+":
                result = left + right
            case "-":
                result = left - right
            case "*":
                result = left * right
            case "/":
                result = left / right
        return Numbers(result, None) if result.ndim else float(result)

    # --- distributions

    def drawn(self, node: tree.Term) -> tuple[NDArray[np.float64], Groups | None]:
        """What a term is about, by position, and its groups."""
        value = self.number(node.operand)
        groups = None if node.by is None else self.scope.groups(node.by)
        return np.broadcast_to(np.asarray(value), self.size), groups

    def mask_term(self, node: tree.Term) -> Mask:
        values, groups = self.drawn(node)
        if node.name == "outlier":
            return distribution.outlier(values, groups, 1.5 if node.argument is None else node.argument.value)
        chosen = distribution.top if node.name == "top" else distribution.bottom
        return chosen(values, groups, int(node.argument.value) if node.argument else 0)

    def number_term(self, node: tree.Term) -> Value:
        values, groups = self.drawn(node)
        match node.name:
            case "zscore":
                return Numbers(distribution.zscore(values, groups), None)
            case "robust_z":
                return Numbers(distribution.robust_z(values, groups), None)
            case "quantile":
                return Numbers(distribution.quantile(values, groups), None)
            case "mean":
                found = distribution.moments(values, groups)[0]
            case "sd":
                found = distribution.moments(values, groups)[1]
            case "median":
                found = distribution.quantiles(values, groups, 0.5)[0]
            case _:
                found = distribution.extremes(values, groups)[0 if node.name == "min" else 1]
        if groups is None:
            return float(found[0])
        return Numbers(distribution.spread(found, groups, self.size), None)


assert set(OPERATORS) == set(tree.COMPARISONS)
