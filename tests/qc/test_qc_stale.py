"""Verdicts after the segmentation was run again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.stale import Objects, State, accept, compare, decline, disc_overlap, discard, propose


def objects(*rows, mask=None):
    labels, x, y, area = (np.array(column) for column in zip(*rows, strict=True))
    return Objects(labels.astype(np.int64), x.astype(float), y.astype(float), area.astype(float), None, mask)


def verdict(label, x, y, area, word="fail", who="me"):
    subject = Subject("object", "1", "nuclei", label)
    return Annotation(
        subject, word, centre_x=x, centre_y=y, area=area, annotator=who, time="2026-01-01T00:00:00Z"
    )


def test_what_became_of_each_object():
    now = objects((1, 10, 10, 100), (2, 50, 50, 100), (3, 90, 90, 200), (5, 5, 5, 9))
    then = [
        verdict(1, 11, 10, 110),
        verdict(2, 70, 50, 100),
        verdict(3, 90, 90, 100),
        verdict(4, 1, 1, 100),
        verdict(5, None, None, None),
    ]
    found = compare(then, now)
    assert [one.state for one in found] == [
        State.SAME, State.MOVED, State.CHANGED, State.VANISHED, State.UNKNOWN,
    ]  # fmt: skip
    assert [one.stale for one in found] == [False, True, True, True, False]
    assert (found[1].shift, found[2].ratio) == (20.0, 2.0)


def test_overlap_of_discs():
    assert disc_overlap(0, 50, 50) == 1
    assert disc_overlap(0, 50, 100) == pytest.approx(0.5)
    assert disc_overlap(8, 50, 50) == 0
    assert disc_overlap(3, 0, 50) == 0
    # By counting pixels of a fine grid.
    r, d = 5.0, 4.0
    y, x = np.mgrid[-6:6:0.01, -6:11:0.01]
    one, other = x * x + y * y < r * r, (x - d) ** 2 + y * y < r * r
    counted = (one & other).sum() / (one | other).sum()
    assert disc_overlap(d, math.pi * r * r, math.pi * r * r) == pytest.approx(counted, abs=2e-3)


def test_a_second_run_that_numbers_anew_keeps_the_work(tmp_path):
    """Labels 1, 2, 3 became 2, 3, 1; 4 is gone; a new object has its number."""
    store = AnnotationStore.open(tmp_path / "a.csv", "me")
    then = [
        verdict(i, 30 * i, 20, 100, word)
        for i, word in ((1, "fail"), (2, "pass"), (3, "unsure"), (4, "fail"))
    ]
    other = verdict(1, 30, 20, 100, "pass", "you")
    store.record_many([*then, other])
    now = objects((2, 31, 20, 105), (3, 61, 21, 95), (1, 90, 20, 100), (4, 300, 300, 100))
    rows = [row for said in store.by_annotator().values() for row in said.values()]
    findings = compare(rows, now)
    proposals = propose(findings, now)
    assert {(p.finding.annotation.subject.label, p.to.subject.label) for p in proposals} == {
        (1, 2),
        (2, 3),
        (3, 1),
    }
    assert all(0.3 < p.score <= 1 for p in proposals)
    assert accept(store, proposals) == ()
    said = {s.label: row for s, row in store.items()}
    assert {label: row.verdict for label, row in said.items()} == {
        2: "fail",
        3: "pass",
        1: "unsure",
        4: "fail",
    }
    assert said[2].time == "2026-01-01T00:00:00Z"
    assert (said[2].centre_x, said[2].area) == (31.0, 105.0)
    assert [row.verdict for row in store.others(Subject("object", "1", "nuclei", 2))] == ["pass"]
    left = [one for one in compare([row for _, row in store.items()], now) if one.stale]
    assert [one.annotation.subject.label for one in left] == [4]
    discard(store, left)
    assert len(store) == 3
    store.undo()
    store.undo()
    assert {s.label: row.verdict for s, row in store.items()} == {
        1: "fail",
        2: "pass",
        3: "unsure",
        4: "fail",
    }


def test_one_that_makes_room_is_told_and_declining_ends_it(tmp_path):
    store = AnnotationStore.open(tmp_path / "a.csv", "me")
    store.record_many([verdict(1, 30, 20, 100), verdict(2, 200, 200, 100, "pass")])
    now = objects((2, 30, 20, 100), (1, 90, 90, 100))
    findings = compare([row for _, row in store.items()], now)
    assert accept(store, propose(findings, now)) == (Subject("object", "1", "nuclei", 2),)
    assert [(s.label, row.verdict) for s, row in store.items()] == [(2, "fail")]
    store.undo()
    decline(store, findings, now)
    assert not any(one.stale for one in compare([row for _, row in store.items()], now))
    assert store.get(Subject("object", "1", "nuclei", 1)).verdict == "fail"


def test_the_mask_tells_what_lies_under_the_old_centre():
    mask = np.zeros((40, 40), np.uint16)
    mask[10:20, 10:20] = 7
    now = objects((7, 14.5, 14.5, 100), (8, 17, 15, 100), mask=mask)
    (proposal,) = propose(compare([verdict(1, 16, 15, 100)], now), now)
    assert proposal.to.subject.label == 7
    assert not propose(compare([verdict(1, 35, 35, 100)], now), now)
