"""Failure rate and Wilson interval against published values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.qc import failure_rate, wilson_interval


@pytest.mark.parametrize(
    ("failed", "judged", "low", "high"),
    [(7, 50, 0.06951, 0.26186), (0, 30, 0.0, 0.11351), (3, 200, 0.00511, 0.04317), (0, 0, 0.0, 1.0)],
)
def test_vectors(failed, judged, low, high):
    assert wilson_interval(failed, judged) == pytest.approx((low, high), abs=5e-6)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_is_symmetric(pair):
    failed, judged = pair
    low, high = wilson_interval(failed, judged)
    assert 0 <= low <= failed / judged <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(wilson_interval(judged - failed, judged))


@pytest.mark.parametrize(("failed", "judged"), [(-1, 3), (4, 3)])
def test_impossible_counts(failed, judged):
    with pytest.raises(ValueError):
        wilson_interval(failed, judged)


def test_unsure_is_left_out_of_the_rate():
    found = failure_rate({"pass": 43, "fail": 7, "unsure": 9})
    assert (found.failed, found.judged, found.unsure, found.rate) == (7, 50, 9, 0.14)
    assert found.low == pytest.approx(0.06951, abs=5e-6)


def test_nothing_judged_yet():
    found = failure_rate({"unsure": 2})
    assert found.rate is None
    assert (found.low, found.high) == (0, 1)
