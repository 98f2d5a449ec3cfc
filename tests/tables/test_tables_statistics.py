"""The column panel, block characters, colours and the form of numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.tables.column_statistics import column_statistics
from tuiqc.tables.heat import readable_on
from tuiqc.tables.histograms import block_histogram, marker_cell
from tuiqc.tables.number_format import column_format
from tuiqc.tables.table_view import TableView

NUMBERS = st.lists(st.one_of(st.just(math.nan), st.floats(-1e6, 1e6)), max_size=30)


@settings(max_examples=30, deadline=None)
@given(NUMBERS, st.integers(1, 9))
def test_statistics_are_those_of_pandas(values, bins):
    series = pd.Series(values, dtype=float)
    found = column_statistics(TableView(pd.DataFrame({"x": series})), "x")
    known = series.describe()
    assert (found.count, found.missing, found.distinct) == (
        known["count"],
        series.isna().sum(),
        series.nunique(),
    )
    numbers = [found.minimum, found.first_quartile, found.median, found.third_quartile, found.maximum]
    np.testing.assert_allclose(numbers, known[["min", "25%", "50%", "75%", "max"]], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose([found.mean, found.sd], known[["mean", "std"]], rtol=1e-7, atol=1e-6)
    counts, edges = found.histogram(bins)
    assert (counts.sum(), len(counts), len(edges)) == (found.count, bins, bins + 1)
    ranks = series.rank()
    for value, rank in zip(series, ranks, strict=True):
        expected = None if math.isnan(value) else (rank - 0.5) / found.count
        assert found.rank_of(value) == pytest.approx(expected)


def test_a_histogram_is_that_of_numpy():
    values = np.random.default_rng(4).normal(size=500)
    found = column_statistics(TableView(pd.DataFrame({"x": values})), "x")
    assert found.histogram(7)[0].tolist() == np.histogram(values, 7)[0].tolist()
    assert found.histogram(4, (-1, 1))[0].tolist() == np.histogram(values, 4, (-1, 1))[0].tolist()
    with pytest.raises(ValueError, match="at least one"):
        found.histogram(0)


def test_infinite_values_equal_values_and_a_mask():
    view = TableView(pd.DataFrame({"x": [1.0, math.inf, 1.0, -math.inf, 5.0]}))
    found = column_statistics(view, "x")
    assert (found.infinite, found.mean, found.maximum) == (2, pytest.approx(7 / 3), math.inf)
    assert found.histogram(2)[0].tolist() == [2, 1]
    part = column_statistics(view, "x", np.array([True, False, True, False, False]))
    assert (part.count, part.distinct, part.sd) == (2, 1, 0)
    assert part.histogram(3)[0].tolist() == [0, 2, 0]


def test_texts_are_counted():
    view = TableView(pd.DataFrame({"well": ["b", "a", "b", None, ""], "ok": [True, False, True, True, True]}))
    found = column_statistics(view, "well")
    assert (found.kind, found.count, found.missing, found.distinct) == ("text", 3, 2, 2)
    assert found.frequent == (("b", 2), ("a", 1))
    assert found.rank_of("b") is None
    assert not found.is_number
    assert column_statistics(view, "well", np.array([False, True, True, False, True])).frequent == (
        ("b", 1),
        ("a", 1),
    )
    assert column_statistics(view, "ok").frequent == (("True", 4), ("False", 1))
    with pytest.raises(KeyError):
        column_statistics(view, "other")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 1000), max_size=20),
    st.integers(1, 20),
    st.integers(1, 3),
    st.none() | st.integers(-2, 30),
)
def test_a_histogram_fills_its_cells(counts, width, height, marker):
    lines = block_histogram(counts, width, height, marker)
    assert len(lines) == height + (marker is not None)
    assert all(len(line) == width for line in lines)
    if any(counts):
        assert "█" in lines[0]
        if len(counts) == width:
            bars = lines[height - 1]
            assert [bar != " " for bar in bars] == [count > 0 for count in counts]
    if marker is not None:
        assert lines[-1].index("▲") == min(max(marker, 0), width - 1)


def test_bars_and_markers():
    assert block_histogram([0, 1, 4, 8], 4) == [" ▁▄█"]
    assert block_histogram([4, 8], 2, 2) == [" █", "██"]
    assert block_histogram([1, 1, 2, 2], 2, marker=1) == ["▄█", " ▲"]
    assert block_histogram([0, 0], 3) == ["   "]
    assert block_histogram([1], 0) == []
    assert [marker_cell(v, 0, 10, 5) for v in (-1, 0, 1.9, 2, 9.9, 10, 11, math.nan)] == [
        0,
        0,
        0,
        1,
        4,
        4,
        4,
        None,
    ]


# --- numbers under each other


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([3104.25, 12.5, 980.75], ["3104.2", "  12.5", " 980.8"]),
        ([0.76812, 0.5, 0.912], ["0.7681", "0.5000", "0.9120"]),
        ([0.25, 0.5, 10.75], [" 0.25", " 0.50", "10.75"]),
        ([1.0, math.nan, 2.5], ["1.0", "   ", "2.5"]),
        ([-1.5, 22.25], ["-1.50", "22.25"]),
        ([1.5e-6, 2.5e-7], ["1.500e-06", "2.500e-07"]),
        ([1.5e12, 3.0], ["1.500e+12", "3.000e+00"]),
        ([0.0, 0.0], ["0", "0"]),
        ([1.5, math.inf, -math.inf], ["1.5", "inf", "###"]),
    ],
)
def test_numbers_of_a_column_are_aligned(values, texts):
    form = column_format(np.array(values), "float")
    assert [form.format(value) for value in values] == texts


def test_other_kinds_and_odd_values():
    assert column_format(np.array([5, 12345]), "integer").format(5) == "    5"
    assert column_format(np.array([5.0, np.nan, -7.0]), "integer").format(np.float64(5)) == " 5"
    form = column_format(np.array([1000.5, 2000.5, 0.001]), "float")
    assert float(form.format(1e-12)) == pytest.approx(1e-12)
    assert form.format("n/a").strip() in ("n/a", "…", "n…")
    assert column_format(np.array([math.nan]), "float").format(math.nan) == " "
    assert column_format(np.zeros(0), "float").format(None) == " "


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-1.7e308, 1.7e308) | st.just(math.nan) | st.just(math.inf), min_size=1, max_size=12),
    st.integers(1, 14),
)
def test_a_number_of_a_column_is_never_shown_as_another_one(values, widest):
    form = column_format(np.array(values), "float", widest)
    assert form.width <= widest
    points = set()
    for value in values:
        text = form.format(value)
        assert len(text) == form.width
        if text.strip() and set(text.strip()) != {"#"} and math.isfinite(value):
            exponent = math.floor(math.log10(abs(value))) if value else 0
            shown = abs(float(text) - value)
            assert shown <= 0.5000001 * 10.0 ** max(
                exponent, -form.decimals if not form.exponent else exponent
            )
            assert value == 0 or float(text) != 0
            if "e" not in text and not form.exponent and form.decimals:
                points.add(text.find("."))
    if widest > 13:
        assert len(points - {-1}) <= 2


# --- colours


MAP = np.stack([np.arange(256), np.zeros(256), 255 - np.arange(256)], axis=1).astype(np.uint8)


def test_text_can_be_read_on_every_background():
    assert readable_on((0, 0, 0)) == (255, 255, 255)
    assert readable_on((255, 255, 255)) == (0, 0, 0)
    assert readable_on((0, 0, 255)) == (255, 255, 255)
    assert readable_on((255, 255, 0)) == (0, 0, 0)
