"""The guard of the benchmarks: what it calls worse. Nothing is timed: its clock is a list."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

from guard import Figure, alternating, compared, judged, load, save


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (Figure(1.0, 0.0), None, "new"),
        (Figure(1.09, 0.0), Figure(1.0, 0.0), "same"),  # less than a tenth
        (Figure(1.2, 0.01), Figure(1.0, 0.01), "worse"),
        (Figure(1.2, 0.05), Figure(1.0, 0.03), "same"),  # less than three times the noise of both
        (Figure(1.5, 0.05), Figure(1.0, 0.03), "worse"),
        (Figure(0.8, 0.01), Figure(1.0, 0.01), "better"),
    ],
)
def test_worse_is_what_is_more_than_noise(now: Figure, before: Figure | None, expected: str) -> None:
    assert judged(now, before) == expected


def test_of_repeats_the_median_counts_and_one_stray_is_no_noise() -> None:
    assert Figure.of([1.0, 1.0, 1.0, 1.0, 9.0]) == Figure(1.0, 0.0)
    assert Figure.of([2.0]) == Figure(2.0, 0.0)
    assert Figure.of([1.0, 1.1, 0.9, 1.2, 0.8]).noise == pytest.approx(0.1)


def test_both_are_timed_in_turn_and_the_first_round_warms_up() -> None:
    order, now = list[str](), [0.0]

    def taking(name: str, seconds: float) -> None:
        order.append(name)
        now[0] += seconds * (100 if len(order) <= 4 else 1)

    pairs = [
        (name, lambda name=name: taking(name, 3), lambda name=name: taking(f"{name} floor", 2))
        for name in "ab"
    ]
    found = alternating(pairs, 2, lambda: now[0])  # type: ignore[arg-type]
    assert found == {"a": Figure(1.5, 0.0), "b": Figure(1.5, 0.0)}
    assert order == ["a", "a floor", "b", "b floor"] * 3


def test_figures_are_kept_and_compared(tmp_path: Path) -> None:
    path = tmp_path / "guard.json"
    assert load(path) == {}
    save(path, {"jump": Figure(1.0, 0.01), "start": Figure(2.0, 0.0)})
    save(path, {"jump": Figure(3.0, 0.02)})  # only one was measured
    assert load(path) == {"jump": Figure(3.0, 0.02), "start": Figure(2.0, 0.0)}
    lines, worse = compared({"jump": Figure(4.0, 0.0), "plots": Figure(1.0, 0.0)}, load(path))
    assert worse
    assert [line.split()[0] for line in lines] == ["WORSE", "new"]
    assert "was 3.000" in lines[0]
    assert not compared({"start": Figure(2.0, 0.0)}, load(path))[1]
