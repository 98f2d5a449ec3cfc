"""A view of plain values is one of the frame they become."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.tables.number_format import format_value
from tuiqc.tables.plain import PlainTable
from tuiqc.tables.table_view import TableView

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=4), st.just("/data/a.tif")), min_size=4, max_size=4)
WHOLE = st.lists(st.integers(-(10**17), 10**17), min_size=4, max_size=4)
FLOATS = st.lists(st.sampled_from([0.0, 1.0, 2.5, np.nan, np.inf, -1.0]), min_size=4, max_size=4)


def both(columns: dict[str, Any]) -> tuple[TableView, TableView]:
    return TableView(PlainTable(columns, 4)), TableView(pd.DataFrame(columns))


@given(TEXTS, WHOLE, FLOATS)
def test_it_looks_the_same(texts: list[str | None], whole: list[int], floats: list[float]) -> None:
    columns = {
        "text": texts,
        "whole": whole,
        "float": np.array(floats),
        "flag": np.array([True, False, True, True]),
    }
    plain, framed = both(columns)
    assert plain.columns == framed.columns
    assert plain.given == list(columns)
    for name in columns:
        kind = plain.kind(name)
        assert kind == framed.kind(name), name
        assert plain.plainly_numeric(name) == framed.plainly_numeric(name)
        for row in range(4):
            assert format_value(plain.value(row, name), kind) == format_value(framed.value(row, name), kind)
        mine, theirs = plain.numbers(name), framed.numbers(name)
        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            np.testing.assert_array_equal(mine.floats(), theirs.floats())
    assert isinstance(plain.columns_store._table, PlainTable)


@given(TEXTS, WHOLE)
def test_it_sorts_and_filters_the_same(texts: list[str | None], whole: list[int]) -> None:
    plain, framed = both({"text": texts, "whole": whole})
    for view in (plain, framed):
        view.add_column("own", ["b", "a", "", "c"])
        view.sort_by_keys([("text", False), ("whole", True)])
        view.filter(lambda frame: (frame["whole"] != whole[0]).to_numpy())
    assert plain.order.tolist() == framed.order.tolist()
    assert [plain.value(row, "own") for row in range(len(plain))] == [
        framed.value(row, "own") for row in range(len(framed))
    ]


def test_a_frame_of_it_keeps_the_kinds_and_the_added_columns() -> None:
    view = TableView(PlainTable({"site": [3, 1, 2], "file": ["/a", None, "/b"]}, 3), ["site"])
    view.add_column("verdict", ["", "pass", ""])
    kinds = [view.kind(name) for name in view.columns]
    assert view.frame["site"].dtype == np.int64
    view.put_columns({"site": np.array([7, 1, 2])})
    assert [view.value(row, "site") for row in range(3)] == [7, 1, 2]
    assert view.value(1, "verdict") == "pass"
    assert [view.kind(name) for name in view.columns] == kinds == ["integer", "text", "path"]


def test_what_is_not_there_is_told() -> None:
    view = TableView(PlainTable({"a": [1]}, 1))
    for asked in (view.kind, view.column, view.sample, view.numbers, view.plainly_numeric):
        with pytest.raises(KeyError):
            asked("b")
    with pytest.raises(ValueError, match="already"):
        view.add_column("a", [1])


def test_a_table_without_columns_has_rows() -> None:
    view = TableView(PlainTable({}, 3))
    assert (len(view), view.columns, len(view.frame)) == (3, [], 3)
