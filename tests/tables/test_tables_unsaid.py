"""What nobody has said is not missing as a measurement is: `!=` and `not … ==` are the same for verdicts."""

import numpy as np
import pandas as pd
import pytest

from tuiqc.tables.filters.evaluation import evaluate, without_value
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.stack import FilterStack
from tuiqc.tables.table_view import TableView


def view() -> TableView:
    made = TableView(
        pd.DataFrame(
            {"x": [1.0, np.nan, 3.0], "code": ["0012", "1E5", None], "edge": ["TRUE", "FALSE", "TRUE"]}
        )
    )
    for name in ("verdict", "reason", "note", "annotator"):
        made.add_column(name, ["fail", "", "pass"])
    return made


@pytest.mark.parametrize("name", ["verdict", "reason", "note", "annotator"])
def test_not_equal_and_not_equal_to_are_the_same(name: str) -> None:
    expected = [False, True, True]
    for text in (
        f"{name} != 'fail'",
        f"not {name} == 'fail'",
        f"{name} not in ('fail')",
    ):
        assert evaluate(parse(text), view()).tolist() == expected, text
    assert evaluate(parse(f"{name} == 'fail'"), view()).tolist() == [True, False, False]


def test_a_missing_measurement_stays_out() -> None:
    assert evaluate(parse("x != 1"), view()).tolist() == [False, False, True]


def test_what_is_left_out_for_want_of_a_value_is_counted() -> None:
    for text, lacking in (
        ("x > 1", 1),
        ("verdict == 'fail'", 0),
        ("code == '0012'", 0),
        ("zscore(x) > 9", 1),
    ):
        assert without_value(parse(text), view()).sum() == lacking, text


def test_identifiers_have_numbers_and_truths_are_truths() -> None:
    assert evaluate(parse("code > 100"), view()).tolist() == [False, True, False]
    assert evaluate(parse("code * 2 == 24"), view()).tolist() == [True, False, False]
    assert evaluate(parse("edge"), view()).tolist() == [True, False, True]
    assert evaluate(parse("edge == true"), view()).tolist() == [True, False, True]


def test_a_mask_is_kept_by_what_it_rests_on_not_by_where_that_lay() -> None:
    stack, made = FilterStack(), view()
    stack.add("where > 0")
    for values in ([1, 0, 0], [0, 1, 0], [0, 0, 1]):
        mask = stack.mask(made, {"where": np.array(values)})
        assert mask is not None
        assert mask.tolist() == [bool(value) for value in values]
