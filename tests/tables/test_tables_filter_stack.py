"""Completion of filters, and several filters at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.tables.filters.completion import complete, completion_start
from tuiqc.tables.filters.evaluation import evaluate
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.stack import FilterStack
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.table_view import TableView

COLUMNS = ["well", "AreaShape_Area", "AreaShape_Solidity", "Size in pixels", "verdict", "in"]
VALUES = {"well": ["A1", "A2", "it's"], "verdict": ["pass", "fail"]}


def offered(text: str) -> list[str]:
    at = text.find("|")
    return complete(text.replace("|", ""), at, COLUMNS, VALUES)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "|",
            ["well", "AreaShape_Area", "AreaShape_Solidity", '"Size in pixels"', "verdict", '"in"', "top("],
        ),
        ("area|", ["AreaShape_Area", "AreaShape_Solidity"]),
        ("sol|", ["AreaShape_Solidity"]),
        ("siz|", ['"Size in pixels"']),
        ('"si|', ['"Size in pixels"']),
        ("`pix|", ['"Size in pixels"']),
        ("well = 'x' and ver|", ["verdict"]),
        ("verdict |", ["and", "or", "in (", "not in (", "is missing"]),
        ("verdict is missing a|", ["and", "contains", "matches"]),
        ("verdict = |", ["'pass'", "'fail'", "well"]),
        ("verdict = f|", ["'fail'"]),
        ("verdict = 'p|", ["'pass'"]),
        ("verdict in (|", ["'pass'", "'fail'"]),
        ("well in ('A1', |", ["'A1'", "'A2'", "'it''s'"]),
        ("well not in ('A1', 'A2', 'i|", ["'it''s'"]),
        ("well contains '|", ["'A1'", "'A2'"]),
        ("(AreaShape_Area > 3) a|", ["and"]),
        ("top(area|", ["AreaShape_Area", "AreaShape_Solidity"]),
        ("outl|", ["outlier("]),
        ("outlier(AreaShape_Area) by w|", ["well"]),
    ],
)
def test_what_is_offered(text, first):
    assert offered(text)[: len(first)] == first


def test_values_can_come_from_a_function_and_a_closed_word_is_not_completed():
    assert complete("well = ", 7, COLUMNS, lambda name: VALUES.get(name, []))[:2] == ["'A1'", "'A2'"]
    assert "and" in complete("well = 'A1'", 11, COLUMNS, VALUES)
    assert complete("verdict = 'zzz", 14, COLUMNS, VALUES) == []


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=12), st.sampled_from(["", "x > 1 and ", "well = ", "well in ('a', "]))
def test_what_is_offered_replaces_the_word_at_the_cursor(typed, before):
    text = before + typed
    start = completion_start(text, len(text))
    assert 0 <= start <= len(text)
    for word in complete(text, len(text), COLUMNS, VALUES):
        assert (
            word in (*COLUMNS, '"Size in pixels"', '"in"')
            or not word[0].isalpha()
            or word.strip("( ").islower()
        )


def view() -> TableView:
    made = TableView(pd.DataFrame({"x": [1, 2, 3, 4], "well": ["a", "a", "b", None]}))
    made.add_column("verdict", ["", "fail", "", ""])
    return made


def test_filters_combine_and_show_as_chips():
    stack, table = FilterStack(), view()
    assert stack.mask(table) is None
    stack.add("x > 1")
    stack.add("well  =  'a'", "only a")
    assert stack.chips() == [("x > 1", None), ("only a", None)]
    assert stack.mask(table).tolist() == [False, True, False, False]
    assert stack.chips() == [("x > 1", 3), ("only a", 2)]
    assert stack.toggle("only a") is False
    assert stack.mask(table).tolist() == [False, True, True, True]
    assert stack.chips() == [("x > 1", 3), ("only a", None)]
    stack.rename("x > 1", "large")
    with pytest.raises(ValueError, match="taken"):
        stack.rename("large", "only a")
    stack.add("x > 3", "large")
    assert [one.name for one in stack.filters] == ["large", "only a"]
    assert np.flatnonzero(stack.mask(table)).tolist() == [3]
    stack.remove("large")
    assert stack.mask(table) is None
    with pytest.raises(KeyError):
        stack.remove("large")
    with pytest.raises(FilterError):
        stack.add("x >")
    assert len(stack) == 1
    stack.clear()
    assert len(stack) == 0


def test_a_mask_is_kept_until_a_column_of_its_filter_changes(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "tuiqc.tables.filters.evaluation.evaluate",
        lambda *args: asked.append(args[0].text) or evaluate(*args),
    )
    table, images = view(), np.array([0, 0, 1, 1])
    stack = FilterStack()
    for text in ("x > 1", "verdict is missing", "image == 1"):
        stack.add(text)
    first = stack.mask(table, {"image": images})
    first[:] = True  # what is handed out is not what is kept
    assert stack.mask(table, {"image": images}).tolist() == [False, False, True, True]
    assert len(asked) == 3
    table.set_value(3, "verdict", "pass")
    assert stack.mask(table, {"image": images}).tolist() == [False, False, True, False]
    assert asked[3:] == ["verdict is missing"]
    table.extend(pd.DataFrame({"x": [9], "well": ["c"]}))
    assert stack.mask(table, {"image": np.array([0, 0, 1, 1, 1])}).tolist() == [
        False,
        False,
        True,
        False,
        True,
    ]


def test_filters_are_saved_as_plain_dictionaries():
    stack = FilterStack()
    stack.add("x > 1", "large")
    stack.add('`Size in pixels` < 3 or well = "a b"')
    stack.toggle("large")
    saved = stack.to_dicts()
    assert saved[0] == {"name": "large", "filter": "x > 1", "on": False}
    assert parse(saved[1]["filter"]) == stack.filters[1].expression
