"""Orders by one and by several keys: against pandas, NumPy and plain Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.names import natural_key
from tuiqc.tables.arrow_texts import ArrowTexts
from tuiqc.tables.order import stable_order
from tuiqc.tables.ranks import natural_ranks
from tuiqc.tables.table_view import TableView
from tuiqc.tables.values import Codes, contains_test

# Many equal ones, numbers that differ in their last bits only, and the ends of the types.
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e300, np.nextafter(1.0, 2.0), 5e-324]),
    st.floats(),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(FLOATS, max_size=50), st.booleans())
def test_floats_are_ordered_as_pandas_does(values, descending):
    series = pd.Series(np.array(values, dtype=np.float64))
    expected = series.sort_values(ascending=not descending, kind="stable", na_position="last").index
    assert stable_order(series.to_numpy(), None, descending).tolist() == expected.tolist()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["bool", "int8", "uint8", "int32", "int64", "uint64", "float16", "float32"]).flatmap(
        lambda dtype: hnp.arrays(dtype, st.integers(0, 30))
    ),
    st.booleans(),
)
def test_other_types_are_ordered_as_pandas_does(values, descending):
    series = pd.Series(values)
    expected = series.sort_values(ascending=not descending, kind="stable", na_position="last").index
    assert stable_order(values, None, descending).tolist() == expected.tolist()


def test_values_that_differ_only_in_bits_that_found_no_room():
    rng = np.random.default_rng(1)
    values = 1 + rng.integers(0, 500, 5000) * np.finfo(float).eps
    values[7] = 1e300
    assert stable_order(values).tolist() == np.argsort(values, kind="stable").tolist()


TEXTS = st.lists(
    st.text(st.sampled_from(list("aAbBzß0019_ \x00é߀ſİ細\ud800")), max_size=24), min_size=0, max_size=30
)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_ranks_of_texts_are_those_of_their_keys(texts):
    keys = [natural_key(text) for text in texts]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    assert natural_ranks(texts).tolist() == [ranks[key] for key in keys]


def test_ranks_of_many_texts_with_long_equal_beginnings_and_very_long_numbers():
    rng = np.random.default_rng(2)
    texts = [f"/plate {n % 3}/a long folder/Well_{n}_C{n % 2}.tif" for n in rng.permutation(40_000).tolist()]
    texts += ["n" + "9" * 100, "n" + "1" * 101, "n" + "8" * 79]
    keys = [natural_key(text) for text in texts]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    assert natural_ranks(texts).tolist() == [ranks[key] for key in keys]


@st.composite
def alike(draw):
    """Names of one build: as many characters between as many numbers."""
    between = draw(st.lists(st.integers(0, 10), min_size=1, max_size=4))
    letters = st.text("aB_-/. z~A", min_size=1)
    number = st.one_of(st.integers(0, 12), st.integers(0, 10**19)).map(str)
    zeros = st.sampled_from(["", "0", "000"])

    def name():
        parts = []
        for place, size in enumerate(between):
            parts.append(
                "".join(draw(st.lists(letters.map(lambda text: text[0]), min_size=size, max_size=size)))
            )
            if place + 1 < len(between):
                parts.append(draw(zeros) + draw(number))
        return "".join(parts)

    return [name() for _ in range(draw(st.integers(1, 8)))]


@pytest.mark.thorough
@settings(max_examples=40, deadline=None)
@given(alike(), st.booleans())
def test_ranks_of_names_that_are_built_alike(texts, with_empty):
    """As texts of Python, and as pyarrow has them."""
    texts = [*texts, ""] if with_empty else texts
    keys = [natural_key(text) for text in texts]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    expected = [ranks[key] for key in keys]
    assert natural_ranks(texts).tolist() == expected
    column = ArrowTexts.of(pd.Series(texts, dtype="string"))
    assert column is not None
    assert natural_ranks(column).tolist() == expected


def test_names_built_alike_need_no_texts(monkeypatch):
    """The way that takes a tenth of the time is taken."""
    monkeypatch.setattr("tuiqc.tables.ranks._all_keys", None)
    assert natural_ranks(["a10/b7", "A9/B07", "a9/b8"]).tolist() == [2, 0, 1]


@given(
    st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=4)), max_size=12),
    st.one_of(
        st.sampled_from(["a", "A", "", "ss", "k", "\u00df"]),
        st.text(st.characters(codec="utf-8"), max_size=2),
    ),
)
def test_texts_of_pyarrow_are_searched_as_those_of_python(texts, wanted):
    column = ArrowTexts.of(pd.Series(texts, dtype="string"))
    assert column is not None
    plain = [text or "" for text in texts]
    assert [*column] == plain
    assert [column[at] for at in range(len(plain))] == plain
    codes = np.where(column.lengths > 0, np.arange(len(plain)), -1)
    expected = [bool(text) and contains_test(wanted)(text) for text in plain]
    assert Codes(codes, column).containing(wanted).tolist() == expected


KEYS = st.lists(
    st.tuples(st.sampled_from(["x", "i", "s", "n"]), st.booleans()), max_size=4, unique_by=lambda k: k[0]
)


@pytest.mark.thorough
@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1.5, -2.0, np.nan, 0.0]),
            st.integers(0, 2),
            st.sampled_from(["a", "b", "B", None, ""]),
            st.sampled_from([1, None, 2]),
        ),
        max_size=30,
    ),
    KEYS,
)
def test_several_keys_are_those_of_pandas(rows, keys):
    data = pd.DataFrame(rows, columns=["x", "i", "s", "n"]).astype({"x": float, "i": int})
    data["s"] = data["s"].astype(object)
    data["n"] = data["n"].astype("Int64")
    view = TableView(data)
    view.sort_by_keys(keys)
    expected = data.copy()
    expected["s"] = data["s"].mask(data["s"] == "").str.lower()
    for name, descending in reversed(keys):
        expected = expected.sort_values(name, ascending=not descending, kind="stable", na_position="last")
    assert view.order.tolist() == expected.index.tolist()
    assert view.sort_keys == keys
    assert view.sort == (keys[0] if keys else None)


def test_several_keys_go_on_to_hold_for_rows_that_arrive():
    view = TableView(pd.DataFrame({"a": [1, 0], "b": [1, 1]}))
    view.sort_by_keys([("b", True), ("a", False)])
    view.extend(pd.DataFrame({"a": [5, 4], "b": [2, 1]}))
    assert view.order.tolist() == [2, 1, 0, 3]


def test_an_order_made_in_a_thread_is_taken_over_unless_rows_have_come():
    view = TableView(pd.DataFrame({"a": [2, 1]}))
    order = view.ordered([("a", False)])
    assert view.order.tolist() == [0, 1]
    view.take_order([("a", False)], order)
    assert (view.order.tolist(), view.sort) == ([1, 0], ("a", False))
    view.extend(pd.DataFrame({"a": [0]}))
    with pytest.raises(ValueError, match="2 rows for 3"):
        view.take_order([("a", False)], order)


def test_a_column_of_numbers_can_be_added():
    view = TableView(pd.DataFrame({"a": ["x", "y"]}))
    view.add_column("rank", np.array([0.5, 0.25]))
    assert view.kind("rank") == "float"
    view.set_value(0, "rank", 0.1)
    view.sort_by_keys([("rank", False)])
    view.extend(pd.DataFrame({"a": ["z"]}))
    assert [view.value(row, "rank") for row in range(2)] == [0.1, 0.25]
    assert np.isnan(view.value(2, "rank"))


@pytest.mark.parametrize("dtype", [object, "str", "category"])
def test_a_cell_of_text_needs_no_conversion_of_its_column(dtype):
    view = TableView(pd.DataFrame({"s": pd.Series(["b", "a", None], dtype=dtype)}))
    view.sort_by_keys([("s", False)])
    assert [view.value(0, "s"), view.value(1, "s")] == ["a", "b"]
    assert pd.isna(view.value(2, "s"))
    assert view.sample("s", 2)[:1] == ["b"]


def test_the_version_of_a_column_tells_changes():
    view = TableView(pd.DataFrame({"a": [1]}))
    view.add_column("verdict", [""])
    before = view.version("verdict"), view.version("a")
    view.set_value(0, "verdict", "fail")
    assert view.version("verdict") != before[0]
    assert view.version("a") == before[1]
    view.extend(pd.DataFrame({"a": [2]}))
    assert view.version("a") != before[1]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1, "1", True, None, 2.5, ""], ["1", "1", "True", "", "2.5", ""]),
        (pd.to_datetime(["2026-01-02", None]), ["2026-01-02 00:00:00", ""]),
        (pd.Categorical(["b", None, "a"]), ["b", "", "a"]),
        (pd.array(["x", None], dtype="string"), ["x", ""]),
        ([None, None], ["", ""]),
    ],
)
def test_texts_of_all_kinds_of_columns(values, texts):
    codes = TableView(pd.DataFrame({"x": pd.Series(values)})).codes("x")
    assert [codes.text(position) for position in range(len(texts))] == texts


@pytest.mark.thorough
def test_long_columns_of_different_texts_and_of_few():
    rng = np.random.default_rng(3)
    different = [f"obj_{n}" if n % 10 else None for n in rng.permutation(70_000).tolist()]
    few = rng.choice(["A01", "b2", ""], 70_000).tolist()
    data = pd.DataFrame({"d": different, "f": few})
    for dtype in ("str", object):
        view = TableView(data.astype(dtype))
        for name, values in (("d", different), ("f", few)):
            codes = view.codes(name)
            assert [codes.text(position) for position in range(len(values))] == [v or "" for v in values]
            view.sort_by_keys([(name, False)])
            expected = sorted(
                range(len(values)), key=lambda at, v=values: (not v[at], natural_key(v[at] or ""))
            )
            assert view.order.tolist() == expected
