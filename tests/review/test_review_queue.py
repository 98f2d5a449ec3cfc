"""Queues: the random sample, things shown twice, disagreements, a blind second review."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from fixtures.review_batches import object_rows, open_store, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.errors import UsageError
from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.agreement import read_repeats
from tuiqc.qc.compare import read_raters, write_queue
from tuiqc.qc.sample import sample_path
from tuiqc.review import annotator
from tuiqc.review.queue import Queue
from tuiqc.review.queue_sources import (
    SampleSpec,
    adjudication_queue,
    judged_by_others,
    kept_sample,
    listed_queue,
    sample_queue,
    second_queue,
    subjects_of,
)
from tuiqc.review.session import Session


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


def walking(batch: Batch, queue: Queue, store: AnnotationStore | None = None) -> Session:
    session = Session(batch, open_store(batch) if store is None else store, queue.layer or "nuclei")
    session.queue.take(queue)
    rows = object_rows(batch, session.cursor.layer)
    rows.decide_all(session.store.items(), batch)
    session.tables.prepare(rows)
    session.set_objects(rows)
    session.tables.rebuild_images()
    session.queue.to_first_open()
    return session


def thing(session: Session) -> Subject:
    assert session.cursor.subject is not None
    return session.cursor.subject


def test_a_sample_is_drawn_once_and_gone_on_with(batch: Batch, tmp_path: Path) -> None:
    csv = tmp_path / "a.csv"
    queue = sample_queue(batch, csv, SampleSpec(5, "nuclei", seed=3, stratify="well"))
    assert len(set(queue.subjects)) == 5
    assert {subject.image for subject in queue.subjects} == {"A1", "A2", "A10"}
    assert sample_queue(batch, csv, SampleSpec(5, "nuclei")) == queue
    assert kept_sample(csv) == queue
    for other in (
        SampleSpec(6, "nuclei"),
        SampleSpec(5, "nuclei", seed=4),
        SampleSpec(5, ""),
        SampleSpec(5, "nuclei", repeat=0.5),
    ):
        with pytest.raises(UsageError, match="another random sample"):
            sample_queue(batch, csv, other)
    again = sample_queue(batch, csv, SampleSpec(6, "nuclei", anew=True))
    assert len(again.subjects) == 6
    assert len(list(tmp_path.glob("*.earlier.json"))) == 1
    assert sample_path(csv).exists()
    with pytest.raises(UsageError, match="no placeholder 'plate'"):
        sample_queue(batch, tmp_path / "b.csv", SampleSpec(5, "nuclei", stratify="plate"))


def test_images_are_sampled_too(batch: Batch, tmp_path: Path) -> None:
    queue = sample_queue(batch, tmp_path / "a.csv", SampleSpec(2))
    session = walking(batch, queue)
    assert session.cursor.level == "image"
    assert thing(session) == queue.subjects[0]
    assert len(session.tables.images) == 2
    session.annotator.decide("pass")
    assert session.queue.next_unreviewed()
    assert thing(session) == queue.subjects[1]
    assert session.queue.place() == "random sample 2 of 2"


def test_only_the_sample_is_shown_in_its_order_and_the_next_open_one_comes_up(
    batch: Batch, tmp_path: Path
) -> None:
    queue = sample_queue(batch, tmp_path / "a.csv", SampleSpec(5, "nuclei"))
    session = walking(batch, queue)
    objects = session.tables.objects
    assert objects is not None
    assert [objects.subject(objects.view.row(i), batch) for i in range(len(objects))] == list(queue.subjects)
    for number, subject in enumerate(queue.subjects, 1):
        assert thing(session) == subject
        assert session.queue.place() == f"random sample {number} of 5"
        session.annotator.decide("pass")
        assert session.queue.counts()["pass"] == number
        assert session.queue.next_unreviewed() is (number < 5)
    session.queue.walk(False)
    assert len(objects) == objects.total
    assert session.queue.place() == ""
    session.queue.walk(True)
    assert len(objects) == 5


def test_a_sample_goes_on_after_a_restart(batch: Batch, tmp_path: Path) -> None:
    queue = sample_queue(batch, tmp_path / "a.csv", SampleSpec(5, "nuclei"))
    with open_store(batch) as store:
        session = walking(batch, queue, store)
        session.annotator.decide("pass")
    again = walking(batch, sample_queue(batch, tmp_path / "a.csv", SampleSpec(5, "nuclei")))
    assert thing(again) == queue.subjects[1]


def test_some_come_back_silently_and_the_first_answer_stays(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotator, "LAG", 3)
    store = open_store(batch)
    queue = sample_queue(batch, store.path, SampleSpec(9, "nuclei", repeat=0.34))
    assert queue.sample is not None
    session = walking(batch, queue, store)
    seen: list[Subject] = []
    for number in range(1, 13):
        assert session.queue.place() == f"random sample {number} of 12"
        assert session.annotator.annotation is None, "an earlier answer can be seen"
        subject = thing(session)
        session.annotator.decide("fail" if subject in seen else "pass")
        seen.append(subject)
        assert session.queue.next_unreviewed() is (number < 12)
    assert len(set(seen)) == 9
    assert all(store.get(subject).verdict == "pass" for subject in queue.subjects)  # type: ignore[union-attr]
    repeats = read_repeats(store.path)
    assert {repeat.subject for repeat in repeats} == {queue.subjects[i] for i in queue.sample.repeats}
    assert {(repeat.first, repeat.second) for repeat in repeats} == {("pass", "fail")}
    assert all(one != other for one, other in pairwise(seen))
    assert session.queue.counts() == {"": 0, "pass": 9, "fail": 0, "unsure": 0}


def test_a_second_answer_can_be_undone(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotator, "LAG", 1)
    store = open_store(batch)
    queue = sample_queue(batch, store.path, SampleSpec(4, "nuclei", repeat=0.25))
    session = walking(batch, queue, store)
    assert queue.sample is not None
    back = queue.subjects[queue.sample.repeats[0]]
    for _ in range(5):
        if session.annotator.second_answers is not None and session.annotator.second_answers.hides(
            thing(session)
        ):
            break
        session.annotator.decide("pass")
        session.queue.next_unreviewed()
    assert thing(session) == back
    session.annotator.decide("fail")
    session.queue.next_unreviewed()
    outcome = session.annotator.undo()
    assert outcome is not None
    assert thing(session) == back
    assert session.annotator.annotation is None
    session.annotator.decide("pass")
    assert [(r.first, r.second) for r in read_repeats(store.path)] == [
        ("pass", "fail"),
        ("pass", ""),
        ("pass", "pass"),
    ]


def rate(path: Path, name: str, *verdicts: str) -> Path:
    with AnnotationStore.open(path, name, ["well"]) as store:
        for label, verdict in enumerate(verdicts, 1):
            store.record(Annotation(Subject("object", "A1", "nuclei", label), verdict, reason="merged"))
    return path


def test_disagreements_are_walked_with_what_was_said(batch: Batch, tmp_path: Path) -> None:
    ada = rate(tmp_path / "ada.csv", "ada", "pass", "fail", "pass")
    bob = rate(tmp_path / "bob.csv", "bob", "pass", "pass", "fail")
    path = tmp_path / "queue.csv"
    assert write_queue(path, read_raters([ada, bob])) == 2
    queue = adjudication_queue(path)
    assert [subject.label for subject in queue.subjects] == [2, 3]
    assert queue.said[queue.subjects[0]] == {"ada": "fail · merged", "bob": "pass · merged"}
    with AnnotationStore.open(path, "eve", batch.placeholders) as store:
        session = walking(batch, queue, store)
        assert session.queue.place() == "disagreements 1 of 2"
        session.annotator.decide("fail")
    with pytest.raises(UsageError, match="no cells"):
        adjudication_queue(path, "cells")
    again = adjudication_queue(path)  # also when one is decided
    assert again.subjects == queue.subjects
    assert again.said == queue.said


def test_a_second_review_is_blind_and_has_its_own_order(batch: Batch, tmp_path: Path) -> None:
    path = rate(tmp_path / "both.csv", "ada", "pass", "fail", "pass")
    with AnnotationStore.open(path, "bob", ["well"], blind=True) as store:
        others = judged_by_others(store.by_annotator(), "bob")
        queue = second_queue("bob", others)
        assert set(queue.subjects) == set(others)
        assert second_queue("bob", others[::-1]).subjects == queue.subjects
        session = walking(batch, queue, store)
        assert session.annotator.annotation is None
        assert session.queue.counts()[""] == 3
        session.annotator.decide("fail")
        assert session.queue.counts()["fail"] == 1
    orders = {second_queue(name, others).subjects for name in ("bob", "eve", "dan", "kim")}
    assert len(orders) > 1
    assert listed_queue(path).subjects == tuple(others)


def test_objects_are_counted_without_a_table_too(batch: Batch) -> None:
    assert len(subjects_of(batch, "cells")) == len(subjects_of(batch, "nuclei")) == 9
    assert len(subjects_of(batch, "")) == 3
