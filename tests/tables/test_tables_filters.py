"""Filters: what they mean, row by row in plain Python; and that any text is understood or refused with a place."""

from __future__ import annotations

import math
import operator

import numpy as np
import pandas as pd
import pytest
from fixtures.filter_text import write
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tuiqc.names import natural_key
from tuiqc.tables.filters import tree
from tuiqc.tables.filters.evaluation import evaluate
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.filters.tree import Expression, columns_used
from tuiqc.tables.table_view import TableView
from tuiqc.text import printable

COLUMNS = {"x": "number", "i-1": "number", "a name": "number", "s": "text", "b": "truth"}


def holds(text: str, data: pd.DataFrame, **extra) -> list:
    mask = evaluate(parse(text), TableView(data), extra)
    assert mask.dtype == bool
    return np.flatnonzero(mask).tolist()


# --- generated filters against a plain evaluation of one row


NUMBERS = st.sampled_from([0, 1, 2, -1, 0.5, 1.5]).map(tree.Number)
TEXTS = st.sampled_from(["a", "B", "b2", "b10", "it's", ""]).map(tree.Text)
NUMBER_COLUMNS = st.sampled_from(["x", "i-1", "a name"]).map(tree.Column)
SIGNS = st.sampled_from(tree.COMPARISONS)

numbers = st.recursive(
    st.one_of(NUMBERS, NUMBER_COLUMNS),
    lambda inner: st.one_of(
        st.builds(tree.Arithmetic, st.sampled_from("+-*/"), inner, inner),
        # The parser takes a minus in front of a number as part of it.
        st.builds(tree.Negative, inner.filter(lambda node: not isinstance(node, tree.Number))),
    ),
    max_leaves=3,
)
text_column = st.just(tree.Column("s"))
tests = st.one_of(
    st.builds(tree.Compare, SIGNS, numbers, numbers),
    st.builds(tree.Compare, SIGNS, text_column, TEXTS),
    st.builds(tree.Compare, SIGNS, TEXTS, text_column),
    st.builds(tree.Between, numbers, NUMBERS, NUMBERS, st.booleans()),
    st.builds(tree.Within, numbers, st.lists(NUMBERS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(tree.Within, text_column, st.lists(TEXTS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(tree.Missing, st.one_of(numbers, text_column), st.booleans()),
    st.builds(tree.Contains, text_column, TEXTS, st.booleans()),
    st.just(tree.Column("b")),
    st.builds(tree.Truth, st.booleans()),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(tree.Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: tree.And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: tree.Or(tuple(parts))),
    ),
    max_leaves=5,
)
frames = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 1.5, -1.0, math.nan, math.inf]),
        st.integers(-1, 2),
        st.sampled_from([0.5, math.nan, 2.0]),
        st.sampled_from(["a", "A", "b2", "b10", "it's", None, ""]),
        st.booleans(),
    ),
    max_size=12,
)


def plain(node, row):
    """Value of a node in a row; NaN or None is missing."""
    match node:
        case tree.Column(name=name):
            return row[name] or None if name == "s" else row[name]
        case tree.Number(value=value) | tree.Text(value=value) | tree.Truth(value=value):
            return value
        case tree.Negative(operand=operand):
            return -plain(operand, row)
        case tree.Arithmetic(operator=sign, left=left, right=right):
            one, other = np.float64(plain(left, row)), np.float64(plain(right, row))
            with np.errstate(all="ignore"):
                return {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign](
                    one, other
                )
        case tree.Compare(operator=sign, left=left, right=right):
            return related(sign, plain(left, row), plain(right, row))
        case tree.Between(operand=operand, low=low, high=high, negated=negated):
            value = plain(operand, row)
            return not absent(value) and bool(low.value <= value <= high.value) is not negated
        case tree.Within(operand=operand, items=items, negated=negated):
            value = plain(operand, row)
            return not absent(value) and (value in [item.value for item in items]) is not negated
        case tree.Missing(operand=operand, negated=negated):
            return absent(plain(operand, row)) is not negated
        case tree.Contains(operand=operand, text=tree.Text(value=text), negated=negated):
            value = plain(operand, row)
            if absent(value):
                return False
            return (text in (value.lower() if text == text.lower() else value)) is not negated
        case tree.Not(operand=operand):
            return not plain(operand, row)
        case tree.And(parts=parts):
            return all(plain(part, row) for part in parts)
        case tree.Or(parts=parts):
            return any(plain(part, row) for part in parts)
    raise AssertionError(node)


def absent(value) -> bool:
    return bool(value is None or value != value)


def related(sign, one, other) -> bool:
    if absent(one) or absent(other):
        return False
    if isinstance(one, str) and sign not in ("==", "!="):
        one, other = natural_key(one), natural_key(other)
    signs = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    return bool(getattr(operator, signs[sign])(one, other))


@settings(max_examples=60, deadline=None)
@given(conditions, frames)
def test_generated_filters_hold_where_they_do_in_plain_python(node, rows):
    expression = parse(write(Expression(node)))
    assert expression.root == node
    data = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"x": float, "i-1": int, "a name": float, "b": bool}
    )
    data["s"] = data["s"].astype(object)
    mask = evaluate(expression, TableView(data))
    assert mask.tolist() == [bool(plain(node, row)) for row in data.to_dict("records")]


# --- any text


PIECES = st.sampled_from(
    [
        *"()+-*/,<>='\"` .é\n\t&",
        "and",
        "or",
        "not",
        "in",
        "is",
        "missing",
        "x",
        "s",
        "b",
        "'a'",
        "1",
        "2.5",
        "==",
        "!=",
        "top(",
        "outlier(",
        "by",
        "between",
        "contains",
        "matches",
        "mean(",
        "true",
        "1e999",
        "'a.*'",
        "ſ",
        "\x1b",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(PIECES, max_size=14).map(" ".join),
        st.lists(PIECES, max_size=9).map("".join),
    )
)
@example("")
@example("(" * 3000)
@example("not " * 2000)
@example("- " * 2000 + "1 < 2")
@example(" or ".join(["x < 1"] * 60))
@example("+".join(["x"] * 3000))
@example("(" * 40 + "x" + " + 1)" * 40 + " > " + "+".join(["1"] * 105))
@example("x < " * 1000 + "1")
@example("x" * 20_000)
def test_any_text_is_understood_or_refused_with_a_place(text):
    data = pd.DataFrame({"x": [1.0, math.nan], "s": ["a", None], "b": [True, False]})
    try:
        expression = parse(text)
        assert parse(write(expression)) == expression
        assert evaluate(expression, TableView(data)).shape == (2,)
    except FilterError as error:
        check_place(error, text)


def check_place(error, text):
    assert 0 <= error.position <= len(text)
    assert error.length >= 1
    assert error.position + error.length <= max(len(text), error.position + 1)
    assert error.message == printable(error.message)
    assert "\x1b" not in str(error)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_every_name_of_a_column_and_every_text_can_be_written(name):
    expression = Expression(tree.Compare("==", tree.Column(name), tree.Text(name)))
    assert parse(write(expression)) == expression
    assert columns_used(expression) == [name]


def test_an_error_shows_the_place_with_carets_also_behind_wide_characters():
    with pytest.raises(FilterError) as caught:
        parse("'细胞' == ) 1")
    lines = str(caught.value).splitlines()
    assert lines[1:] == ["'细胞' == ) 1", " " * 10 + "^"]
    with pytest.raises(FilterError) as caught:
        evaluate(parse("x > 1 and veridct is missing"), TableView(pd.DataFrame({"x": [1], "verdict": [""]})))
    assert str(caught.value).splitlines() == [
        "there is no column veridct; is it verdict?",
        "x > 1 and veridct is missing",
        "          ^^^^^^^",
    ]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "the filter is empty", ""),
        ("x >", "a value is expected: a column", ""),
        ("x > 1)", "there is no ( for this )", ")"),
        ("(x > 1", "a closing ) is expected here", ""),
        ("x 1", "an operator is expected here", "1"),
        ("x = 'a", "the quote ' is not closed", "'a"),
        ("x & y", "write and", "&"),
        ("x is 3", "missing is expected here", "3"),
        ("x in 3", "in (…, …): ( is expected here", "3"),
        ("x between 1 or 2", "and is expected here", "or"),
        ("x contains y", "contains needs a text in single quotes", "y"),
        ("x + 1 contains 'a'", "contains needs a column", "x + 1"),
        ("top(x)", "needs a number n", ")"),
        ("top(x, 2.5)", "a whole number is expected", "2.5"),
        ("top(x, n)", "a number is expected here", "n"),
        ("rank(x) > 1", "there is no term rank(…)", "rank"),
        ("mean(x) by 3 > 2", "by needs a column", "3"),
        ("x > 1e999", "this number is too large", "1e999"),
        ("in > 3", "in can't stand here", "in"),
    ],
)
def test_what_is_wrong_is_said(text, message, place):
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert message in error.message
    assert text[error.position : error.position + error.length] == place


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("Size > 1", "there is no column Size; is it size?", "Size"),
        ("size-size > 0", "a difference needs spaces around its -", "size-size"),
        ('well == "A1"', "a text would be 'A1'", '"A1"'),
        ("size > 'a'", "size has numbers; write a number without quotes", "'a'"),
        ("size", "compare size with something", "size"),
        ("well and size > 1", "compare well with something", "well"),
        ("well + 1 > 2", "numbers are needed here", "well"),
        ("mean(well) > 2", "numbers are needed here", "well"),
        ("(size > 1) == 2", "a value is needed here", "size > 1"),
        ("size + 1", "a condition is needed here", "size + 1"),
        ("outlier(size) > 2", "a value is needed here", "outlier(size)"),
        ("well matches '('", "no regular expression: missing )", "'('"),
        (r"well matches '(a)\1'", "no regular expression", r"'(a)\1'"),
    ],
)
def test_what_does_not_fit_the_table_is_said(text, message, place):
    if "matches" in text:
        pytest.importorskip("pyarrow")
    view = TableView(pd.DataFrame({"size": [1.5], "AreaShape_Area": [2.5], "well": ["A1"]}))
    with pytest.raises(FilterError) as caught:
        evaluate(parse(text), view)
    error = caught.value
    assert message in error.message
    assert text[error.position : error.position + error.length] == place


TABLE = pd.DataFrame(
    {
        "centroid-0": [1.0, 2.0, 3.0, 4.0],
        "area.um2": [10.0, 20.0, 30.0, math.nan],
        "5th": [0, 0, 1, 1],
        "Size in pixels": [5, 6, 7, 8],
        "well": ["1", "02", "A10", None],
        "other": ["1", "x", "a10", "2"],
        "note": ["", "it's 50 %", "blurred", None],
        "missing": [1, 2, 3, 4],
        "ok": np.array([True, None, False, True], dtype=object),
        "big": pd.array([2**53 + 1, None, 2**53, 5], dtype="Int64"),
    }
)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("centroid-0 > 2", [2, 3]),
        ("centroid-0 - 1 >= 2", [2, 3]),
        ("area.um2 != 20", [0, 2]),
        ("not area.um2 == 20", [0, 2, 3]),
        ("5th == 1", [2, 3]),
        ('"Size in pixels" <= 6', [0, 1]),
        ("`Size in pixels` ≤ 6 OR `Size in pixels` = 8", [0, 1, 3]),
        ("1 < centroid-0 <= 3", [1, 2]),
        ("missing is missing", []),
        ("note is missing", [0, 3]),
        ("note is not missing and well is not missing", [1, 2]),
        ("well == 2", [1]),
        ("well != 2", [0, 2]),
        ("well < 2", [0]),
        ("well == centroid-0", [0, 1]),
        ("centroid-0 < well", []),
        ("well == other", [0]),
        ("well < other", [1]),
        ("well != '1'", [1, 2]),
        ("well < 'a9'", [0, 1]),
        ("well in ('1', 2)", [0, 1]),
        ("well not in ('1', 2)", [2]),
        ("note contains 'IT'", []),
        ("note contains 'BLUR' or note contains 'Blur'", []),
        ("note contains 'it''s'", [1]),
        ("note not contains 'it'", [2]),
        ("ok", [0, 3]),
        ("not ok", [1, 2]),
        ("ok == false", [2]),
        ("ok is missing", [1]),
        (f"big == {2**53 + 1}", [0]),
        ("big != 5", [0, 2]),
        ("big not between 1 and 10", [0, 2]),
        ("-centroid-0 < -3", [3]),
        ("centroid-0 / 0 > 1", [0, 1, 2, 3]),
        ("(centroid-0 - 1) / 0 is missing", [0]),
        ("1 < 2", [0, 1, 2, 3]),
        ("'a10' < 'a9'", []),
        ("true and not false", [0, 1, 2, 3]),
        ("image == 7", [1, 3]),
        ("image contains '7'", [1, 3]),
    ],
)
def test_what_filters_hold_for(text, rows):
    assert holds(text, TABLE, image=np.array([0, 7, 0, 7])) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (r"well matches '^\d+$'", [0, 1]),
        ("well not matches '^0'", [0, 2]),
        ("note matches '(?i)BLUR|s 50'", [1, 2]),
    ],
)
def test_regular_expressions(text, rows):
    pytest.importorskip("pyarrow")
    assert holds(text, TABLE) == rows


def test_a_regular_expression_that_would_take_for_ever_elsewhere_does_not():
    pytest.importorskip("pyarrow")
    data = pd.DataFrame({"s": np.array(["a" * 5000, "a" * 5000 + "b\ud800"], dtype=object)}, dtype=object)
    assert holds("s matches '^(a|a?)+$'", data) == [0]


# --- distributions


def test_terms_of_the_distribution_by_group():
    data = pd.DataFrame({"x": [1.0, 2.0, 3.0, 100.0, 5.0, 5.0, math.nan, 6.0], "g": [*"aaaabbb", None]})
    assert holds("top(x, 2)", data) == [3, 7]
    assert holds("top(x, 1) by g", data) == [3, 4]
    assert holds("bottom(x, 1 by g)", data) == [0, 4]
    assert holds("bottom(x, 0)", data) == []
    assert holds("top(-x, 1)", data) == [0]
    assert holds("outlier(x)", data) == [3]
    assert holds("outlier(x, 1000)", data) == []
    assert holds("x > mean(x) by g", data) == [3]
    assert holds("x == max(x) by g or x == min(x)", data) == [0, 3, 4, 5]
    assert holds("x > median(x) and x < 10", data) == [7]
    assert holds("quantile(x) > 0.9", data) == [3]
    assert holds("quantile(x) by g >= 0.5", data) == [2, 3, 4, 5]
    assert holds("zscore(x) > 2", data) == [3]
    assert holds("sd(x) by g == 0", data) == [4, 5, 6]
    assert holds("robust_z(x) > 3.5", data) == [3]
    assert holds("top(x, 1) by image", data, image=np.array([0, 0, 1, 1, 2, 2, 2, 2])) == [1, 3, 7]


@settings(max_examples=35, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.just(math.nan), st.floats(-100, 100).map(lambda v: round(v, 1))), st.integers(0, 2)
        ),
        min_size=1,
        max_size=25,
    )
)
def test_terms_are_those_of_pandas(rows):
    data = pd.DataFrame(rows, columns=["x", "g"]).astype({"x": float})
    grouped = data.groupby("g")["x"]
    view = TableView(data)

    def same(text, expected):
        found = evaluate(parse(text), view)
        assert found.tolist() == expected.fillna(False).astype(bool).tolist()

    same("x <= quantile(x)", data["x"] <= (data["x"].rank() - 0.5) / data["x"].count())
    same("x <= quantile(x) by g", data["x"] <= (grouped.rank() - 0.5) / grouped.transform("count"))
    same("x > median(x) by g", data["x"] > grouped.transform("median"))
    same("x == max(x) by g", data["x"] == grouped.transform("max"))
    low, high = grouped.transform(lambda v: v.quantile(0.25)), grouped.transform(lambda v: v.quantile(0.75))
    fence = 1.5 * (high - low)
    edge = ((data["x"] - low + fence).abs() < 1e-9) | ((data["x"] - high - fence).abs() < 1e-9)
    found = evaluate(parse("outlier(x) by g"), view)
    expected = (data["x"] < low - fence) | (data["x"] > high + fence)
    assert (found == expected)[~edge].all()
    assert holds("top(x, 3)", data) == sorted(data["x"].dropna().nlargest(3).index)


def test_scores():
    from tuiqc.tables import distribution

    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0, np.nan, np.inf])
    scores = distribution.zscore(values, None)
    np.testing.assert_allclose(scores[:5], (values[:5] - 22) / np.std(values[:5], ddof=1))
    assert np.isnan(scores[5])
    robust = distribution.robust_z(np.array([1.0, 2.0, 3.0, 4.0, 100.0]), None)
    np.testing.assert_allclose(robust, 0.6745 * (np.array([1, 2, 3, 4, 100]) - 3))
    mostly_zero = np.array([0.0, 0.0, 0.0, 0.0, 5.0])
    np.testing.assert_allclose(distribution.robust_z(mostly_zero, None), [0, 0, 0, 0, 5 / 1.253314])
    assert distribution.robust_z(np.ones(3), None).tolist() == [0, 0, 0]
    assert distribution.zscore(np.ones(3), None).tolist() == [0, 0, 0]
    assert np.isnan(distribution.quantiles(np.array([np.nan]), None, 0.5)[0]).all()
