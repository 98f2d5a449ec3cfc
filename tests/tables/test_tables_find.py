"""Finding: against a plain search through all cells as they are shown."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.errors import UsageError
from tuiqc.tables.find import find_column, find_label, find_row, find_text, make_query, search
from tuiqc.tables.number_format import format_value
from tuiqc.tables.table_view import TableView
from tuiqc.text import printable

CELLS = ["aa", "Ab", "b", None, "A\x1bb"]


def made(rows) -> TableView:
    data = pd.DataFrame(rows, columns=["s", "x", "n"]).astype({"x": float, "n": int})
    data["s"] = data["s"].astype(object)
    return TableView(data)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(CELLS), st.sampled_from([1.25, 31.0, math.nan, 1e-9]), st.integers(8, 13)),
        max_size=12,
    ),
    st.sampled_from(["a", "A", "1", "1.25", "e-9", "AB", "␛", "zz"]),
    st.integers(-1, 12),
    st.sampled_from([None, "s", "n", "x", "other"]),
    st.sampled_from([1, -1]),
    st.booleans(),
)
def test_the_next_cell_is_that_of_a_plain_search(rows, text, row, column, step, wrap):
    view = made(rows)
    view.sort_by_keys([("n", True)])
    names = view.columns
    cells = [(r, name) for r in range(len(view)) for name in names]
    shown = [format_value(view.value(r, name), view.kind(name)) for r, name in cells]
    hits = [text in (cell if text != text.lower() else cell.lower()) for cell in shown]
    row = min(row, len(view))
    behind = 2 if column not in names and step > 0 else 0 if column not in names else names.index(column)
    start = -1 if row < 0 else min(row * 3 + behind, len(cells))
    order = list(range(start + 1, len(cells))) if step > 0 else list(range(start - 1, -1, -1))
    if wrap:
        order += [at for at in range(len(cells))[::step] if at not in order]
    expected = [cells[at] for at in order if hits[at]]
    found = search(view, make_query(text), (row, column), step=step, wrap=wrap)
    assert [tuple(one) for one in found if one is not None] == expected
    first = find_text(view, make_query(text), (row, column), step=step, wrap=wrap)
    assert first == (expected[0] if expected else None)


def test_given_columns_and_given_forms():
    view = made([("1", 2.0, 3), ("5", 1.0, 1)])
    assert find_text(view, make_query("1"), columns=["n", "x"]) == (1, "n")
    assert find_text(view, make_query("1"), columns=["x"]) == (1, "x")
    assert find_text(view, make_query("two"), formats={"x": {2.0: "TWO", 1.0: "ONE"}.get}) == (0, "x")
    assert find_text(view, make_query("two")) is None
    assert find_text(view, make_query("2"), columns=[]) is None


def test_regular_expressions_are_found():
    pytest.importorskip("pyarrow")
    view = made([("Well_1", 2.0, 3), ("well_22", 1.5, 1)])
    assert find_text(view, make_query(r"^well_\d\d$", regex=True)) == (1, "s")
    assert find_text(view, make_query(r"^well_\d", regex=True)) == (0, "s")
    assert find_text(view, make_query(r"^Well_\d\d", regex=True)) is None
    assert find_text(view, make_query(r"^\D+$", regex=True)) is None
    assert find_text(view, make_query(r"^1\.5", regex=True)) == (1, "x")
    with pytest.raises(UsageError, match="no regular expression"):
        make_query("(", regex=True)


def test_nothing_to_look_for_is_refused():
    with pytest.raises(UsageError):
        make_query("")


def test_a_search_through_many_cells_can_be_stopped():
    rows = 30_000
    view = TableView(pd.DataFrame({f"x{n}": np.arange(rows) + 0.5 for n in range(3)}))
    asked = []
    assert find_text(view, make_query("123456789"), stop=lambda: asked.append(1) or len(asked) > 5) is None
    assert len(asked) == 6
    assert find_text(view, make_query("no number"), stop=lambda: asked.append(1) or False) is None


def test_rows_are_found_by_number_value_and_label():
    view = TableView(pd.DataFrame({"label": [3, 1, 3, 2], "well": ["02", "b", "2", None]}))
    view.sort_by_keys([("label", True)])  # 0 2 3 1
    assert [find_row(view, number) for number in (0, 1, 4, 5)] == [None, 0, 3, None]
    labels = view.column("label")
    assert find_label(view, labels, 3) == 0
    assert find_label(view, labels, 3, among=np.array([False, True, True, True])) == 1
    view.filter(np.array([False, True, True, True]))
    assert find_label(view, labels, 3) == 0
    assert find_label(view, labels, 9) is None


def test_the_next_name_of_a_column_is_found_round_the_end() -> None:
    names = ["label", "Area_1", "Solidity", "Area_2"]
    query = make_query("area")
    assert find_column(names, query) == "Area_1"
    assert find_column(names, query, "Area_1") == "Area_2"
    assert find_column(names, query, "Area_2") == "Area_1"
    assert find_column(names, query, "Area_1", -1) == "Area_2"
    assert find_column(names, query, "Area_2", -1) == "Area_1"
    assert find_column(names[:2], query, "Area_1") == "Area_1"
    assert find_column(names, make_query("x")) is None
    assert find_column([], query) is None


@pytest.mark.parametrize("strange", ["", "obj_7\n7", "o\u00dfj_77"])
def test_a_long_column_of_different_texts_is_searched_as_a_whole(strange: str) -> None:
    """As it is shown: what is no plain character is another there."""
    texts = [strange if number == 500 else f"Obj_{number}" for number in range(3000)]
    view = TableView(pd.DataFrame({"name": pd.Series(texts, dtype="string"), "x": range(3000)}))
    for wanted in ("_77", "OBJ", "Obj_29", "obj_7\u240a", "\u00dfj"):
        found = [one.row for one in search(view, make_query(wanted), columns=["name"], wrap=False) if one]
        shown = [printable(text) for text in texts]
        folded = wanted if wanted != wanted.lower() else wanted.casefold()
        assert found == [
            row
            for row, text in enumerate(shown)
            if folded in (text if wanted != wanted.lower() else text.casefold())
        ]
