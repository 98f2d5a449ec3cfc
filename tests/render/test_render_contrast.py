from __future__ import annotations

import numpy as np
import pytest
from fixtures.images import gradient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.render.contrast import auto_limits, evenness, to_byte, to_unit

DTYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int64", "float16", "float32", "float64"]


def test_limits_do_not_follow_hot_pixels():
    plane = np.random.default_rng(0).normal(100, 10, (512, 512))
    plane.flat[:100] = 60_000
    low, high = auto_limits(plane)
    assert 60 < low < 85
    assert 120 < high < 150


def test_limits_of_a_subsample_are_those_of_the_plane():
    plane = np.random.default_rng(0).gamma(2, 500, (2048, 2048)).astype(np.uint16)
    np.testing.assert_allclose(auto_limits(plane), np.percentile(plane, (0.5, 99.8)), rtol=0.02, atol=10)


@given(
    hnp.arrays(st.sampled_from([np.uint8, np.uint16]), hnp.array_shapes(min_dims=2, max_dims=2, max_side=20)),
    st.floats(0, 49),
    st.floats(51, 100),
)
def test_limits_by_counting_are_percentiles(plane: np.ndarray, low: float, high: float) -> None:
    wanted = np.percentile(plane, (low, high))
    if wanted[0] < wanted[1]:
        np.testing.assert_allclose(auto_limits(plane, low, high), wanted, rtol=1e-9)


def test_limits_of_odd_planes():
    assert auto_limits(np.full((9, 9), 7, np.uint8)) == (7, 8)
    assert auto_limits(np.full((9, 9), np.nan)) == (0, 1)
    assert auto_limits(np.zeros((0, 5))) == (0, 1)
    assert auto_limits(np.array([[np.nan, np.inf], [2.0, 4.0]]))[0] == pytest.approx(2, abs=0.1)
    assert auto_limits(np.array([[False, True]])) == pytest.approx((0, 1), abs=0.01)
    spots = np.zeros((1000, 1000), np.uint16)
    spots[3, 5] = 900  # on no point of the regular grid
    assert auto_limits(spots) == (0, 900)


@given(hnp.arrays(st.sampled_from(DTYPES), st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_limits_are_finite_and_in_order(plane):
    low, high = auto_limits(plane)
    assert np.isfinite([low, high]).all()
    assert low < high
    unit = to_unit(plane, (low, high))
    assert unit.shape == plane.shape
    assert ((unit >= 0) & (unit <= 1)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(40, 40), (100, 100)])  # below and above where a table is used
def test_the_table_gives_what_arithmetic_gives(dtype, shape):
    plane = gradient(shape, dtype)
    low, high = (0, 1) if dtype == "bool" else np.percentile(plane.astype(float), (10, 80))
    expected = np.clip((plane.astype(float) - low) / (high - low), 0, 1)
    np.testing.assert_allclose(to_unit(plane, (low, high)), expected, atol=1e-5)
    np.testing.assert_allclose(to_unit(plane, (low, high), 0.5, True), 1 - np.sqrt(expected), atol=1e-4)
    assert to_unit(plane, (low, high)).dtype == np.float32
    assert np.abs(to_byte(plane, (low, high)).astype(float) - expected * 255).max() <= 0.51


def test_what_is_not_a_number_is_black():
    unit = to_unit(np.array([[np.nan, np.inf, -np.inf, 5.0]]), (0, 10))
    np.testing.assert_array_equal(unit, [[0, 1, 0, 0.5]])


def test_large_integers_keep_their_differences():
    plane = np.array([[10**15, 10**15 + 1, 10**15 + 2]])
    np.testing.assert_allclose(to_unit(plane, (10**15, 10**15 + 2)), [[0, 0.5, 1]])


def test_what_is_the_same_all_over_is_said():
    assert evenness(np.full((300, 400), 77, np.uint16)) == "every pixel is 77"
    assert evenness(np.full((30, 40), 0.5, np.float32)) == "every pixel is 0.5"
    assert evenness(np.full((300, 400), np.nan)) == "no pixel is a finite number"
    for value in (np.nan, 3.0):  # one pixel that no sample meets
        plane = np.full((300, 400), value)
        plane[171, 257] = 1.0
        assert evenness(plane) == ""
    assert evenness(np.zeros((1, 1), np.uint8)) == ""
    assert evenness(np.zeros((9, 9, 3), np.uint8)) == ""
