"""Where one is in a batch, and what a decision becomes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from fixtures.review_batches import TOTAL, object_rows, open_store, session_of, side, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.session import Session


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


@pytest.fixture
def session(batch: Batch) -> Session:
    return session_of(batch)


def test_a_session_starts_at_the_first_image_with_nothing_decided(session: Session) -> None:
    assert (session.cursor.level, session.cursor.image, session.cursor.label) == ("image", 0, 0)
    assert session.cursor.subject == Subject("image", "A1")
    assert session.annotator.annotation is None
    assert session.cursor.row == 0


def test_going_to_an_object_brings_its_image_along(session: Session) -> None:
    session.cursor.go_object(4)
    assert (session.cursor.level, session.cursor.record.key, session.cursor.label) == ("object", "A2", 2)
    assert session.cursor.subject == Subject("object", "A2", "nuclei", 2)
    session.cursor.go_image(2)
    assert (session.cursor.level, session.cursor.record.key, session.cursor.label) == ("image", "A10", 0)


def test_a_row_that_is_not_there_changes_nothing(session: Session) -> None:
    session.cursor.go_object(4)
    session.cursor.go_object(TOTAL)
    session.cursor.go_object(-1)
    assert session.cursor.subject == Subject("object", "A2", "nuclei", 2)
    assert not session.cursor.go_label(99)
    assert session.cursor.label == 2


def test_a_verdict_carries_what_joins_it_to_the_tables(session: Session) -> None:
    session.cursor.go_object(4)
    outcome = session.annotator.decide(verdict="fail", reason="merged", note="two of them")
    assert outcome is not None
    assert outcome.trouble == ""
    kept = session.store.get(outcome.subject)
    assert kept is not None
    assert (kept.verdict, kept.reason, kept.note, kept.annotator) == ("fail", "merged", "two of them", "ann")
    assert (kept.centre_x, kept.centre_y, kept.area) == (25.5, 7.5, side(2) ** 2)
    assert (kept.source_table, dict(kept.extra)) == ("A2_nuclei.csv", {"well": "A2"})


def test_an_image_verdict_has_no_place(session: Session) -> None:
    session.annotator.decide(verdict="pass")
    kept = session.annotator.annotation
    assert kept is not None
    assert (kept.subject, kept.centre_x, kept.area, kept.source_table) == (
        Subject("image", "A1"),
        None,
        None,
        "",
    )


def test_objects_without_a_table_have_a_place_and_no_source_table(batch: Batch) -> None:
    session = session_of(batch, "cells")
    session.cursor.go_object(0)
    session.annotator.decide(verdict="pass")
    kept = session.annotator.annotation
    assert kept is not None
    assert kept.source_table == ""
    assert (kept.centre_x, kept.centre_y, kept.area) == (6.5, 8.5, 144)


def test_a_reason_stays_with_the_failure_it_explains(session: Session) -> None:
    session.annotator.decide(verdict="fail", reason="merged")
    session.annotator.decide(verdict="fail")
    assert session.annotator.annotation is not None
    assert session.annotator.annotation.reason == "merged"
    session.annotator.decide(note="look again")
    session.annotator.decide(verdict="pass")
    assert (
        session.annotator.annotation.verdict,
        session.annotator.annotation.reason,
        session.annotator.annotation.note,
    ) == (
        "pass",
        "",
        "look again",
    )


def test_clearing_takes_verdict_reason_and_note_back(session: Session) -> None:
    assert session.annotator.clear() is None
    session.annotator.decide(verdict="fail", reason="split", note="n")
    assert session.annotator.clear() is not None
    assert session.annotator.annotation is None
    assert session.store.items() == []


def test_nothing_current_is_judged_as_nothing(session: Session) -> None:
    session.cursor.level, session.cursor.label = "object", 0
    assert session.cursor.subject is None
    assert session.annotator.decide(verdict="pass") is None
    assert session.annotator.clear() is None
    assert session.store.items() == []


def test_undo_goes_back_to_what_it_undid(session: Session) -> None:
    session.cursor.go_object(1)
    session.annotator.decide(verdict="fail")
    session.cursor.go_image(2)
    session.annotator.decide(verdict="pass")
    session.cursor.go_image(0)
    session.annotator.undo()
    assert (session.cursor.level, session.cursor.record.key) == ("image", "A10")
    session.annotator.undo()
    assert (session.cursor.level, session.cursor.record.key, session.cursor.label) == ("object", "A1", 2)
    assert session.annotator.undo() is None
    session.annotator.redo()
    assert session.tables.objects is not None
    assert session.tables.objects.verdict(1) == "fail"


def test_undo_of_an_object_out_of_sight_brings_it_into_sight(session: Session) -> None:
    """The table shows one image only; what is undone is of another: it must not stay hidden."""
    session.cursor.go_object(0)
    session.annotator.decide(verdict="fail")
    session.cursor.go_image(1)
    session.cursor.toggle_only_image()
    session.annotator.undo()
    assert session.cursor.subject == Subject("object", "A1", "nuclei", 1)
    assert session.cursor.row is not None, "the current object is not in the table"


def test_stepping_through_images_stays_with_objects(session: Session) -> None:
    session.cursor.go_object(0)
    assert session.cursor.step_image(1)
    assert (session.cursor.level, session.cursor.record.key, session.cursor.label) == ("object", "A2", 1)
    assert session.cursor.step_image(1)
    assert not session.cursor.step_image(1)
    assert session.cursor.record.key == "A10"
    assert session.cursor.step_image(-1)
    assert session.cursor.record.key == "A2"


def test_stepping_over_an_image_without_objects_does_not_end_judging_objects(tmp_path: Path) -> None:
    session = session_of(small_batch(tmp_path / "gap", ("A1", "A2", "A3"), (2, 0, 2)))
    session.cursor.go_object(0)
    assert session.cursor.step_image(1)
    assert (session.cursor.record.key, session.cursor.level, session.cursor.subject) == ("A2", "object", None)
    assert session.annotator.decide(verdict="pass") is None, (
        "the image was judged while objects were looked at"
    )
    assert session.cursor.step_image(1)
    assert session.cursor.subject == Subject("object", "A3", "nuclei", 1)


def test_stepping_follows_the_order_and_the_filter(session: Session) -> None:
    session.tables.images.view.sort_by_keys([("nuclei", False)])
    assert [session.batch.images[session.tables.images.view.row(i)].key for i in range(3)] == [
        "A2",
        "A1",
        "A10",
    ]
    session.cursor.go_image(0)
    session.cursor.toggle_only_image()
    session.cursor.level = "object"
    assert session.cursor.step_image(1)
    assert session.tables.objects is not None
    assert session.cursor.record.key == "A1"
    assert session.tables.objects.image_filter == session.cursor.image
    assert len(session.tables.objects) == 3


def test_first_of_image_is_the_first_in_the_order_shown(session: Session) -> None:
    assert session.tables.objects is not None
    session.tables.objects.view.sort_by_keys([("AreaShape_Area", False)])
    session.cursor.go_image(2)
    row = session.cursor.first_of_image()
    assert row is not None
    position = session.tables.objects.view.row(row)
    assert (int(session.tables.objects.images[position]), int(session.tables.objects.labels[position])) == (
        2,
        4,
    )


def test_only_one_image_and_back(session: Session) -> None:
    assert session.tables.objects is not None
    session.cursor.go_image(1)
    assert session.cursor.toggle_only_image()
    assert len(session.tables.objects) == 2
    assert not session.cursor.toggle_only_image()
    assert len(session.tables.objects) == TOTAL


def test_the_end_of_the_open_ones_is_told(session: Session) -> None:
    for _ in range(3):
        assert session.queue.next_unreviewed()
        session.annotator.decide(verdict="pass")
    before = session.cursor.image
    assert not session.queue.next_unreviewed()
    assert session.cursor.image == before


def test_rows_that_arrive_keep_place_order_filter_and_decisions(batch: Batch) -> None:
    session = session_of(batch)
    session.cursor.go_object(4)
    session.annotator.decide(verdict="unsure")
    assert session.tables.objects is not None
    session.tables.objects.view.sort_by_keys([("AreaShape_Area", False)])
    session.tables.objects.show_only(1)
    more = object_rows(batch)  # read before the decision came: the session must put it in
    session.set_objects(more)
    assert session.tables.objects is more
    assert more.view.sort == ("AreaShape_Area", False)
    assert more.image_filter == 1
    assert session.cursor.subject == Subject("object", "A2", "nuclei", 2)
    assert more.verdict(session.cursor.position or 0) == "unsure"


def test_a_session_without_objects_is_usable(batch: Batch) -> None:
    session = Session(batch, open_store(batch), "nuclei")
    assert session.cursor.rows is session.tables.images
    assert not session.cursor.toggle_only_image()
    assert session.cursor.first_of_image() is None
    assert not session.cursor.go_label(1)
    session.cursor.go_object(0)
    assert session.cursor.level == "image"
    session.cursor.level = "object"
    assert session.cursor.rows is None
    assert not session.queue.next_unreviewed()
    session.tables.count_again()


def test_counts_per_image_follow_each_decision(session: Session) -> None:
    session.cursor.go_object(0)
    session.annotator.decide(verdict="fail")
    session.tables.count_again()
    session.cursor.go_object(1)
    session.annotator.decide(verdict="pass")
    session.tables.count_again()
    assert list(session.tables.images.view.column("failed")) == [1, 0, 0]
    assert list(session.tables.images.view.column("reviewed")) == [2, 0, 0]
    session.annotator.undo()
    session.tables.count_again()
    assert list(session.tables.images.view.column("reviewed")) == [1, 0, 0]


def test_what_was_decided_before_is_there_on_opening(batch: Batch) -> None:
    with open_store(batch) as store:
        first = session_of(batch, store=store)
        first.annotator.decide(verdict="pass", note="fine")
        first.cursor.go_object(3)
        first.annotator.decide(verdict="fail", reason="split")
    second = session_of(batch)
    assert second.tables.images.verdict(0) == "pass"
    assert second.tables.objects is not None
    assert second.tables.objects.verdict(3) == "fail"
    assert second.tables.objects.view.column("reason")[3] == "split"
    assert list(second.tables.images.view.column("failed")) == [0, 1, 0]


def test_a_refused_write_is_told_and_kept(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    session.cursor.go_object(0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        outcome = session.annotator.decide(verdict="fail")
    assert outcome is not None
    assert "No space left" in outcome.trouble
    assert session.tables.objects is not None
    assert session.tables.objects.verdict(0) == "fail"
    assert session.store.unsaved == (Subject("object", "A1", "nuclei", 1),)
    session.cursor.go_object(1)
    assert session.annotator.decide(verdict="pass") is not None
    assert session.store.unsaved == ()


def test_an_undo_that_can_t_be_written_is_told_and_shown(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    session.cursor.go_object(0)
    session.annotator.decide(verdict="fail")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        outcome = session.annotator.undo()
    assert outcome is not None
    assert outcome.trouble
    assert session.tables.objects is not None
    assert session.tables.objects.verdict(0) == ""


def test_layers_do_not_share_verdicts(batch: Batch) -> None:
    store = open_store(batch)
    session = session_of(batch, "nuclei", store)
    session.cursor.go_object(0)
    session.annotator.decide(verdict="fail")
    session.cursor.layer, session.cursor.label = "cells", 0
    rows: ObjectRows = object_rows(batch, "cells")
    rows.decide_all(store.items(), batch)
    session.set_objects(rows)
    assert rows.counts() == {"": TOTAL, "pass": 0, "fail": 0, "unsure": 0}
    outcome = session.annotator.undo()  # of a nucleus, while cells are looked at
    assert outcome is not None
    assert outcome.subject.layer == "nuclei"
    assert store.items() == []
