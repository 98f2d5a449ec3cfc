"""Histograms, grids, boxes and heat maps: against numpy, and on values as odd as tables have them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.tables.heat import Heat, heat
from tuiqc.tables.histograms import averaged, bins_for, boxes, cells, counted, histogram, ticks

number = st.one_of(st.floats(-1e300, 1e300), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 3.0]))
wild = hnp.arrays(np.float64, st.integers(0, 60), elements=number)


@given(wild, st.integers(1, 50))
def test_every_finite_value_is_in_one_bin(values: np.ndarray, bins: int) -> None:
    found = histogram(values, bins=bins)
    assert found.total.sum() == np.isfinite(values).sum()
    assert len(found.edges) == bins + 1


@given(wild)
def test_a_number_of_bins_for_any_values(values: np.ndarray) -> None:
    assert 1 <= bins_for(values, 60) <= 60


def test_histogram_is_that_of_numpy() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    found = histogram(values, bins=37)
    expected, edges = np.histogram(values, 37)
    assert np.array_equal(found.total, expected)
    np.testing.assert_allclose(found.edges, edges)
    assert found.bin_of(values.max()) == 36
    assert found.bin_of(values.max() + 1) is None


def test_whole_numbers_have_a_bin_each() -> None:
    values = np.array([0.0, 0, 1, 3, 3, 3])
    bins = bins_for(values, 40)
    found = histogram(values, bins=bins)
    assert found.total.tolist() == [2, 1, 0, 3]
    assert found.edges[0] == -0.5


def test_kinds_are_counted_apart() -> None:
    found = histogram(np.array([0.0, 1, 1, np.nan]), np.array([0, 2, 1, 2]), 3, bins=2)
    assert found.counts.sum(axis=1).tolist() == [1, 1, 1]


def test_grid_has_the_largest_y_at_the_top() -> None:
    x, y = np.array([0.0, 1, 0.5, np.nan]), np.array([0.0, 1, 2, 0])
    cell = cells(x, y, (0, 1), (0, 1), 4, 3)
    assert cell.tolist() == [8, 3, -1, -1]
    assert counted(cell, (3, 4)).sum() == 2
    mean = averaged(cell, np.array([5.0, np.nan, 1, 1]), (3, 4))
    assert mean[2, 0] == 5
    assert np.isnan(mean[0, 3])


@given(wild, wild)
def test_any_points_are_on_the_grid_or_not(x: np.ndarray, y: np.ndarray) -> None:
    size = min(len(x), len(y))
    cell = cells(x[:size], y[:size], (-1.0, 1.0), (0.0, 0.0), 5, 5)
    assert ((cell >= -1) & (cell < 25)).all()


def test_boxes_as_tukey_draws_them() -> None:
    values = np.array([1.0, 2, 3, 4, 100, 7, np.nan])
    found = boxes(values, np.array([0, 0, 0, 0, 0, 1, 1]), 3)
    assert found.counts.tolist() == [5, 1, 0]
    assert (found.median[0], found.low[0], found.high[0], found.beyond[0]) == (3, 1, 4, 1)
    assert np.isnan(found.median[2])


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12), st.integers(1, 12))
def test_ticks_are_few_and_inside(low: float, span: float, most: int) -> None:
    found = ticks(low, low + span, most)
    assert len(found) <= max(2, most)
    slack = abs(low) * 1e-9 + span * 1e-6
    assert all(low - slack <= tick <= low + span + slack for tick in found)


def test_round_ticks() -> None:
    assert ticks(0, 100, 6) == [0, 20, 40, 60, 80, 100]


# --- heat maps


def test_heat_map_of_a_plate() -> None:
    cell = np.array([0, 0, 1, 5, -1])
    found = heat(np.array([1.0, 3, 10, np.nan, 9]), cell, (1, 2, 3), "mean", "mean Area")
    assert found.values[0, 0].tolist()[:2] == [2, 10]
    assert np.isnan(found.values[0, 1]).all()
    assert found.counts[0].tolist() == [[2, 1, 0], [0, 0, 1]]
    assert found.limits == (2, 10)
    assert found.row_medians(0)[0] == 6
    assert np.isnan(found.column_medians(0)[2])


def test_a_well_without_rows_has_no_count_of_zero() -> None:
    found = heat(np.ones(2), np.array([0, 0]), (1, 1, 2), "count")
    assert found.values[0, 0, 0] == 2
    assert np.isnan(found.values[0, 0, 1])


def test_shares_begin_at_zero() -> None:
    found = heat(np.array([60.0, 70.0]), np.array([0, 1]), (1, 1, 2), "mean")
    assert Heat(found.values, found.counts, "fail %", True).limits == (0, 70)


def test_edge_effect_is_told() -> None:
    values = np.ones(96)
    values[np.add.outer(np.arange(1, 7) * 12, np.arange(1, 11)).ravel()] = 5
    found = heat(values, np.arange(96), (1, 8, 12), "mean")
    assert found.edge_and_inside(0) == (1, 5)


def test_heat_of_nothing() -> None:
    found = heat(np.zeros(0), np.zeros(0, np.int64), (1, 2, 3), "mean")
    assert found.limits == (0, 1)
    with pytest.raises(ValueError):
        heat(np.zeros(0), np.zeros(0, np.int64), (1, 2, 3), "middle")  # type: ignore[arg-type]
