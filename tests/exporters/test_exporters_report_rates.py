"""Rates of a report: everything is counted, but only the random sample has intervals."""

from __future__ import annotations

import pytest

from tuiqc.exporters.report.rate_tables import NO_REASON, Drawn, group_rows, reason_rows
from tuiqc.exporters.report.review_record import Overlap, overlap, people
from tuiqc.qc.rates import finite_interval
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.sample import Sample

TOTALS = {"a/1": 20, "a/2": 30, "b/1": 10}
GROUPS = {"a/1": "a", "a/2": "a", "b/1": "b"}


def cell(image: str, label: int) -> Subject:
    return Subject("object", image, "cells", label)


def said(*rows: tuple[str, int, str, str]) -> dict[Subject, Annotation]:
    return {
        cell(image, label): Annotation(cell(image, label), verdict, reason)
        for image, label, verdict, reason in rows
    }


CHOSEN = [("a/1", label, "fail", "merged") for label in range(10, 16)]
IN_SAMPLE = [
    ("a/1", 1, "fail", "merged;focus"),
    ("a/2", 1, "pass", ""),
    ("a/2", 2, "unsure", "ambiguous"),
    ("a/2", 3, "pass", ""),
]


def drawn(annotations: dict[Subject, Annotation]) -> Drawn:
    subjects = (
        cell("a/1", 1),
        cell("a/2", 1),
        cell("a/2", 2),
        cell("a/2", 3),
        cell("b/1", 1),
        cell("a/1", 10),
    )
    return Drawn(Sample(subjects, ("",) * len(subjects), {"": 60}, seed=1), annotations)


def test_groups_count_everything_and_estimate_from_the_sample_only() -> None:
    annotations = said(*CHOSEN, *IN_SAMPLE)
    first, second = group_rows(annotations, TOTALS, GROUPS, drawn(annotations))
    assert (first.name, first.total, first.passed, first.failed, first.unsure) == ("a", 50, 2, 7, 1)
    assert first.share == pytest.approx(7 / 9)
    assert first.estimate is not None
    # One of three judged failed; the unsure one is neither in the rate nor in what the rate is about. The failed
    # a/1 10 comes after an open one of the sample, so that it does not count.
    assert (first.estimate.failed, first.estimate.judged) == (1, 3)
    assert (first.estimate.low, first.estimate.high) == finite_interval(1, 3, 49)
    assert (second.name, second.reviewed, second.share, second.estimate) == ("b", 0, None, None)


def test_without_a_sample_there_is_no_interval() -> None:
    annotations = said(*CHOSEN)
    assert all(row.estimate is None for row in group_rows(annotations, TOTALS, GROUPS, None))
    assert [row.estimate for row in reason_rows(annotations, None)] == [None]


def test_reasons_count_for_each_and_missing_ones_come_last() -> None:
    annotations = said(*CHOSEN, *IN_SAMPLE, ("b/1", 5, "fail", ""), ("b/1", 6, "pass", "merged"))
    rows = reason_rows(annotations, drawn(annotations))
    assert [(row.name, row.failed, row.unsure) for row in rows] == [
        ("merged", 7, 0),
        ("focus", 1, 0),
        ("ambiguous", 0, 1),
        (NO_REASON, 1, 0),
    ]
    assert rows[0].estimate is not None
    assert (rows[0].estimate.failed, rows[0].estimate.judged) == (1, 3)
    assert (rows[0].estimate.low, rows[0].estimate.high) == finite_interval(1, 3, 59)


def test_a_sample_of_a_batch_that_has_shrunk_is_still_counted() -> None:
    annotations = said(*IN_SAMPLE)
    (row,) = group_rows(said(("a/1", 1, "fail", "")), {"a/1": 0}, {"a/1": "a"}, drawn(annotations))
    assert row.estimate is not None
    assert row.estimate.low == row.estimate.high == 1.0


def test_people_and_what_they_judged_alike() -> None:
    one, two, three = cell("a/1", 1), cell("a/1", 2), Subject("image", "a/1")
    by = {
        "zoe": {
            one: Annotation(one, "fail", time="2026-01-05T10:00:00Z"),
            two: Annotation(two, "pass", time="2026-01-03T10:00:00Z"),
            three: Annotation(three, "", note="only a note", time="2027-01-01T00:00:00Z"),
        },
        "Anna": {
            one: Annotation(one, "fail"),
            two: Annotation(two, "unsure"),
            three: Annotation(three, "pass"),
        },
        "silent": {one: Annotation(one, "", note="hm")},
    }
    anna, zoe = people(by)
    assert (anna.name, anna.images, anna.objects, anna.unsure, anna.first) == ("Anna", 1, 2, 1, "")
    assert (zoe.name, zoe.images, zoe.first, zoe.last, zoe.days) == ("zoe", 0, "2026-01-03", "2026-01-05", 2)
    assert overlap(by) == Overlap(2, 1)
