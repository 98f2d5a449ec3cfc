"""Which measurements a report shows by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tuiqc.exporters.report.measurements import auc, distance, measured, telling_columns
from tuiqc.exporters.report.sheets import choose
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.rows import Rows

SAMPLES = st.lists(st.integers(-5, 5).map(float), min_size=5, max_size=30).map(np.array)


@pytest.mark.thorough
@given(SAMPLES, SAMPLES)
def test_auc_and_distance_are_those_of_scipy(failed: np.ndarray, passed: np.ndarray) -> None:
    u = stats.mannwhitneyu(failed, passed).statistic
    assert auc(failed, passed) == pytest.approx(u / len(failed) / len(passed))
    assert distance(failed, passed) == pytest.approx(stats.ks_2samp(failed, passed, method="asymp").statistic)


def test_too_few_say_nothing() -> None:
    few, many = np.array([1.0, 2, 3, np.nan, np.inf]), np.arange(50.0)
    assert auc(few, many) is None
    assert distance(many, few) is None


def judged(frame: pd.DataFrame, verdicts: list[str], reasons: dict[int, str] | None = None) -> Rows:
    rows = Rows(frame, ["image", "label"])
    for position, verdict in enumerate(verdicts):
        if verdict:
            subject = Subject("object", "a", "cells", position)
            rows.decide(position, Annotation(subject, verdict, (reasons or {}).get(position, "")))
    return rows


def frame(count: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    bad = np.arange(count) % 3 == 0
    size = random.normal(100, 5, count)
    size[bad] += np.where(np.arange(count)[bad] % 2 == 0, 60, -60)  # failures at both ends
    return pd.DataFrame(
        {
            "image": "a",
            "label": range(count),
            "size": size,
            "size_again": size * 2 + 1,
            "round": random.normal(1, 0.1, count) - bad * 0.07,
            "noise": random.normal(0, 1, count),
            "same": 1.0,
            "Location_Center_X": np.where(bad, 500.0, 1.0),
            "box_left": np.where(bad, 500.0, 1.0),
            "lineageId": np.where(bad, 500, 1),
            "track_id": np.where(bad, 500, 1),
            "words": "x",
        }
    )


def test_failures_at_both_ends_are_told_and_copies_and_places_are_not() -> None:
    rows = judged(frame(60), ["fail" if n % 3 == 0 else "pass" for n in range(60)])
    found = telling_columns(rows, most=2, leave_out=frozenset({"box_left"}))
    assert found == ["size", "round"]
    size = measured(rows, "size")
    assert size.distance is not None
    assert size.distance > 0.4
    assert [(one.verdict, one.count) for one in size.quartiles] == [("pass", 40), ("fail", 20)]
    assert telling_columns(judged(frame(60), ["pass"] * 60)) == []


def test_the_lot_is_the_same_for_the_same_seed_and_reasons_stand_together() -> None:
    verdicts = ["fail" if n % 2 else "pass" for n in range(60)]
    rows = judged(frame(60), verdicts, {3: "merged", 1: "Focus", 7: "merged"})
    once, again, other = (choose(rows, "fail", 10, seed) for seed in (4, 4, 5))
    assert once.whole == 30
    assert len(set(once.positions.tolist())) == 10
    assert once.positions.tolist() == again.positions.tolist() != other.positions.tolist()
    assert choose(rows, "fail", 30, 0).positions.tolist()[:4] == [1, 3, 7, 5]
    assert len(choose(rows, "pass", 0, 0).positions) == 0
