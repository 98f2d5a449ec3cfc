"""The selection against a set of positions."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.names import natural_key
from tuiqc.tables.selection import Selection
from tuiqc.tables.table_view import TableView

SIZE = 8
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("toggle"), st.integers(0, SIZE - 1)),
        st.tuples(st.just("set"), st.integers(0, SIZE - 1), st.booleans()),
        st.tuples(st.just("range"), st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.booleans()),
        st.tuples(st.sampled_from(["all", "none", "invert"])),
        st.tuples(st.just("sort"), st.sampled_from(["x", "s"]), st.booleans()),
        st.tuples(st.just("filter"), st.lists(st.booleans(), min_size=SIZE, max_size=SIZE)),
        st.tuples(
            st.just("related"),
            st.sampled_from(["x", "s"]),
            st.integers(0, SIZE - 1),
            st.sampled_from(["equal", "less", "greater"]),
            st.booleans(),
        ),
    ),
    max_size=12,
)
X = [1.0, math.nan, 2.0, 2.0, -1.0, math.nan, 0.0, -0.0]
S = ["a10", "a9", None, "a9", "", "A9", "b", "a10"]


def related(values, position, relation) -> set[int]:
    def absent(value):
        return value is None or value == "" or value != value

    def key(value):
        return natural_key(value) if isinstance(value, str) else value

    wanted = values[position]
    if absent(wanted):
        return {at for at, value in enumerate(values) if absent(value)} if relation == "equal" else set()
    tests = {
        "equal": lambda value: value == wanted,
        "less": lambda value: key(value) < key(wanted),
        "greater": lambda value: key(value) > key(wanted),
    }
    return {at for at, value in enumerate(values) if not absent(value) and tests[relation](value)}


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_a_selection_is_a_set(steps):
    view = TableView(pd.DataFrame({"x": X, "s": pd.Series(S, dtype=object)}))
    selection, model = Selection(SIZE), set()
    for name, *arguments in steps:
        shown = view.order.tolist()
        match name:
            case "toggle":
                assert selection.toggle(*arguments) is (arguments[0] not in model)
                model ^= {arguments[0]}
            case "set":
                selection.set(*arguments)
                model = model | {arguments[0]} if arguments[1] else model - {arguments[0]}
            case "range":
                selection.range(view, *arguments)
                low, high = sorted(arguments[:2])
                part = set(shown[low : high + 1])
                model = model | part if arguments[2] else model - part
            case "all":
                selection.all(view)
                model |= set(shown)
            case "none":
                selection.none()
                model = set()
            case "invert":
                selection.invert(view)
                model ^= set(shown)
            case "sort":
                view.sort_by_keys([tuple(arguments)])
            case "filter":
                view.filter(np.array(arguments[0]))
            case "related":
                column, position, relation, add = arguments
                found = related({"x": X, "s": S}[column], position, relation) & set(shown)
                assert selection.related(view, column, position, relation, add) == len(found)
                model = model | found if add else found
        assert set(selection.positions().tolist()) == model
        assert selection.count == len(selection) == len(model)
        shown = view.order.tolist()
        assert selection.positions(view).tolist() == [at for at in shown if at in model]
        assert selection.visible_count(view) == len(model & set(shown))
        assert [at in selection for at in range(-1, SIZE + 1)] == [at in model for at in range(-1, SIZE + 1)]


def test_rows_that_come_are_not_selected():
    selection = Selection(2)
    selection.set(1)
    selection.grow(4)
    assert selection.mask.tolist() == [False, True, False, False]
    with pytest.raises(ValueError, match="3 rows where there were 4"):
        selection.grow(3)


def test_what_a_filter_finds_can_be_selected():
    selection = Selection(3)
    selection.set(0)
    mask = np.array([False, True, False])
    selection.where(mask, add=True)
    assert selection.positions().tolist() == [0, 1]
    selection.where(mask)
    selection.toggle(2)
    assert selection.positions().tolist() == [1, 2]
    assert mask.tolist() == [False, True, False]
