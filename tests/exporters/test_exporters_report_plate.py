"""Plates in the report: the worst where there are many."""

from __future__ import annotations

import numpy as np

from tuiqc.exporters.report.plate import MOST_PLATES, _worst
from tuiqc.tables.heat import Heat


def heat(shares: list[float]) -> Heat:
    values = np.full((len(shares), 2, 3), np.nan)
    values[:, 0, 0] = shares
    return Heat(values, np.ones(values.shape, np.int64))


def test_few_plates_are_all_shown() -> None:
    kept, said = _worst(heat([1.0] * MOST_PLATES))
    assert kept.tolist() == list(range(MOST_PLATES))
    assert said == ""


def test_of_many_plates_the_worst_in_their_order() -> None:
    shares = [float(number) for number in range(MOST_PLATES + 2)]
    shares[1] = np.nan  # nothing was judged there
    shares[0] = 99.0
    kept, said = _worst(heat(shares))
    assert kept.tolist() == [0, *range(3, MOST_PLATES + 2)]
    assert "failed most" in said


def test_of_many_plates_the_first_before_anything_is_judged() -> None:
    kept, said = _worst(heat([np.nan] * (MOST_PLATES + 3)))
    assert kept.tolist() == list(range(MOST_PLATES))
    assert "come first" in said
