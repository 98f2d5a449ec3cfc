"""The view against pandas and against plain lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.names import natural_key
from tuiqc.tables.plain import PlainTable
from tuiqc.tables.table_view import TableView


def frame(values: list, name: str = "x") -> pd.DataFrame:
    return pd.DataFrame({name: values})


def shown(view: TableView, name: str = "x") -> list:
    return [view.value(row, name) for row in range(len(view))]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.floats(), st.integers(-3, 3).map(float)), max_size=40), st.booleans())
def test_sorting_numbers_is_that_of_pandas(values, descending):
    data = pd.DataFrame({"x": np.array(values, dtype=float)})
    view = TableView(data)
    view.sort_by_keys([("x", descending)])
    expected = data["x"].sort_values(ascending=not descending, kind="stable", na_position="last")
    assert view.order.dtype == np.int64
    assert view.order.tolist() == expected.index.tolist()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), st.booleans())
def test_sorting_integers_does_not_overflow(values, descending):
    view = TableView(pd.DataFrame({"x": np.array(values, dtype=np.int64)}))
    view.sort_by_keys([("x", descending)])
    assert [int(value) for value in shown(view)] == sorted(values, reverse=descending)


@pytest.mark.parametrize("dtype", [object, "str", "category"])
def test_text_is_sorted_naturally_with_missing_last_in_both_directions(dtype):
    data = pd.DataFrame({"x": pd.Series(["well 10", None, "Well 2", "well 1", "well 02"], dtype=dtype)})
    view = TableView(data)
    view.sort_by_keys([("x", False)])
    assert view.order.tolist() == [3, 2, 4, 0, 1]
    view.sort_by_keys([("x", True)])
    assert view.order.tolist() == [0, 2, 4, 3, 1]  # "Well 2" and "well 02" stay in the order of the frame


def test_text_with_only_missing_values_can_be_sorted():
    view = TableView(frame([None, None]))
    view.sort_by_keys([("x", False)])
    assert view.order.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, False, True], [1, 0, 2]),
        (pd.array([3, None, 1], dtype="Int64"), [2, 0, 1]),
        (pd.array([True, None, False], dtype="boolean"), [2, 0, 1]),
        (pd.to_datetime(["2026-01-02", None, "2026-01-01"]), [2, 0, 1]),
        (np.array([10, None, 9], dtype=object), [2, 0, 1]),
        (["b2", 10, 9, "a"], [2, 1, 3, 0]),
    ],
)
def test_other_kinds_of_columns_are_sorted(values, expected):
    view = TableView(pd.DataFrame({"x": values}))
    view.sort_by_keys([("x", False)])
    assert view.order.tolist() == expected


def test_natural_key_takes_digits_of_any_length_and_other_scripts():
    texts = ["a" + "9" * 6000, "a" + "1" * 6000, "a" + "8" * 5000, "a0", "a"]
    assert sorted(texts, key=natural_key) == [texts[4], texts[3], texts[2], texts[1], texts[0]]
    assert sorted(["a²", "a٣", "A7"], key=natural_key)[0] == "A7"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_filter_sort_and_index_agree(data):
    values = data.draw(st.lists(st.integers(0, 5), max_size=30))
    mask = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))), dtype=bool
    )
    view = TableView(frame(values))
    view.filter(mask)
    view.sort_by_keys([("x", True)])
    expected = sorted((i for i in range(len(values)) if mask[i]), key=lambda i: -values[i])
    assert view.order.tolist() == expected
    assert len(view) == len(expected)
    for position in range(len(values)):
        row = view.index_of(position)
        assert row == (expected.index(position) if position in expected else None)
        assert row is None or view.row(row) == position
    view.sort_by_keys([])
    assert view.sort is None
    assert view.order.tolist() == sorted(expected)
    view.filter(None)
    assert view.order.tolist() == list(range(len(values)))


def test_a_position_beyond_the_frame_has_no_row():
    view = TableView(frame([1, 2]))
    assert view.index_of(-1) is None
    assert view.index_of(2) is None


def test_rows_that_arrive_are_sorted_in_and_filtered():
    view = TableView(frame([5, 1, 3]), ["x"])
    view.sort_by_keys([("x", False)])
    view.filter(lambda part: part["x"].to_numpy() > 1)
    view.add_column("verdict", ["fail", "", ""])
    view.extend(frame([4, 0]))
    assert shown(view) == [3, 4, 5]
    assert view.sort == ("x", False)
    assert view.column("verdict").tolist() == ["fail", "", "", "", ""]
    assert view.index_of(3) == 1
    view.filter(None)
    assert shown(view) == [0, 1, 3, 4, 5]


def test_rows_that_arrive_stay_hidden_behind_a_fixed_filter():
    view = TableView(frame([1, 2]))
    view.filter(np.array([False, True]))
    view.extend(frame([2]))
    assert view.order.tolist() == [1]


def test_rows_with_other_columns_and_into_an_empty_view():
    view = TableView(pd.DataFrame())
    view.extend(frame([1]))
    view.extend(frame([2], "y"))
    assert view.columns == ["x", "y"]
    assert np.isnan(view.value(1, "x"))
    view.extend(pd.DataFrame())
    assert len(view) == 2


def test_a_shorter_frame_is_refused():
    with pytest.raises(ValueError, match="1 rows where there were 2"):
        TableView(frame([1, 2])).grow(frame([1]))


def test_added_columns_sort_with_empty_last_and_do_not_touch_the_frame():
    data = frame([1, 2, 3])
    view = TableView(data, ["x"])
    view.add_column("verdict", ["", "pass", ""])
    view.set_value(2, "verdict", "fail")
    view.sort_by_keys([("verdict", False)])
    assert view.order.tolist() == [2, 1, 0]
    view.sort_by_keys([("verdict", True)])
    assert view.order.tolist() == [1, 2, 0]
    assert list(data.columns) == ["x"]
    assert view.columns == ["x", "verdict"]
    assert view.kind("verdict") == "text"


@pytest.mark.parametrize(("name", "values"), [("x", ["", ""]), ("verdict", [""])])
def test_an_added_column_has_to_fit(name, values):
    with pytest.raises(ValueError):
        TableView(frame([1, 2])).add_column(name, values)


def test_unknown_columns_and_masks_of_another_length_are_errors():
    view = TableView(frame([1, 2]))
    with pytest.raises(KeyError):
        view.sort_by_keys([("y", False)])
    with pytest.raises(KeyError):
        view.set_value(0, "x", 3)
    with pytest.raises(ValueError, match="2 rows"):
        view.filter(np.array([True]))
    assert view.order.tolist() == [0, 1]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_next_where_against_a_plain_search(data):
    size = data.draw(st.integers(0, 12))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=bool)
    start = data.draw(st.integers(-1, size))
    step, wrap = data.draw(st.sampled_from([1, -1])), data.draw(st.booleans())
    view = TableView(pd.DataFrame({"x": np.arange(size) % 3}))
    view.sort_by_keys([("x", True)])
    rows = list(range(start + 1, size)) if step > 0 else list(range(start - 1, -1, -1))
    if wrap:
        rows += [row for row in range(size)[::step] if row not in rows]
    expected = next((row for row in rows if mask[view.row(row)]), None)
    assert view.next_where(mask, start, step, wrap) == expected


def test_next_where_looks_beyond_one_block():
    size = 200_000
    view = TableView(pd.DataFrame({"x": np.zeros(size)}))
    mask = np.zeros(size, dtype=bool)
    mask[[3, size - 4]] = True
    assert view.next_where(mask, 3) == size - 4
    assert view.next_where(mask, size - 4, -1) == 3


@pytest.mark.parametrize("plain", [False, True])
def test_other_values_of_a_column_leave_the_frame_as_it_was(plain: bool):
    data = PlainTable({"x": [1, 2]}, 2) if plain else pd.DataFrame({"x": [1, 2]})
    view = TableView(data)
    assert (view.value(0, "x"), view.kind("x")) == (1, "integer")
    view.put_columns({"x": np.array([2.5, 0.5]), "y": np.array([1, 0])})
    assert (view.value(0, "x"), view.kind("x"), view.value(1, "y")) == (2.5, "float", 0)
    assert [*data.columns] == ["x"]
    assert [*(data.array("x") if isinstance(data, PlainTable) else data["x"])] == [1, 2]
    view.sort_by_keys([("x", False)])
    assert shown(view) == [0.5, 2.5]
    with pytest.raises(ValueError, match="3 values of y for 2 rows"):
        view.put_columns({"y": np.zeros(3)})
