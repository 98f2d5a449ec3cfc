"""The bars and the ramp of the display panel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.render.contrast import thin_out, value_counts, value_ramp, value_span
from tuiqc.render.style import ChannelStyle


@given(hnp.arrays(np.float32, hnp.array_shapes(max_dims=3, max_side=9)))
def test_any_pixels_give_finite_values_counts_and_colours(pixels):
    values = thin_out(pixels)
    assert np.isfinite(values).all()
    assert len(values) == np.isfinite(pixels).sum()
    with np.errstate(over="ignore", invalid="ignore"):
        span = value_span(values, (0.0, 1.0))
    assert span[0] < 0 < 1 < span[1]
    assert value_counts(values, span).shape == (256,)


def test_large_planes_are_thinned_out():
    assert 10_000 < len(thin_out(np.zeros((3000, 3000), np.uint16))) < 40_000


def test_a_hot_pixel_does_not_push_the_others_into_one_bar():
    values = np.append(np.random.default_rng(0).normal(100, 10, 20_000), 65_535.0)
    low, high = value_span(values, (80.0, 120.0))
    assert low < 80
    assert high < 200
    assert (value_counts(values, (low, high)) > 0).sum() > 100


@pytest.mark.parametrize(("invert", "first", "last"), [(False, 0, 255), (True, 255, 0)])
def test_the_ramp_ends_at_the_limits(invert, first, last):
    style = ChannelStyle(colour=(255, 0, 255), invert=invert)
    ramp = value_ramp(style, (10.0, 20.0), (0.0, 30.0), 31)
    assert (ramp[:11] == (first, 0, first)).all()
    assert (ramp[20:] == (last, 0, last)).all()
    steps = np.diff(ramp[10:21, 0].astype(int))
    assert (steps < 0).all() if invert else (steps > 0).all()
    darker = value_ramp(ChannelStyle(gamma=2.0), (10.0, 20.0), (0.0, 30.0), 31)
    assert 0 < darker[15, 0] < 100


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_the_span_holds_both_limits(low, width):
    span = value_span(np.empty(0), (low, low + width))
    assert span[0] <= low <= low + width <= span[1]
