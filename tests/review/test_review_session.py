"""Where one is in a batch, and what a decision becomes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from fixtures.review_batches import TOTAL, object_rows, open_store, session_of, side, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Subject
from tuiqc.review.objects import ObjectRows
from tuiqc.review.session import Session


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


@pytest.fixture
def session(batch: Batch) -> Session:
    return session_of(batch)


def test_a_session_starts_at_the_first_image_with_nothing_decided(session: Session) -> None:
    assert (session.level, session.image, session.label) == ("image", 0, 0)
    assert session.subject == Subject("image", "A1")
    assert session.annotation is None
    assert session.row == 0


def test_going_to_an_object_brings_its_image_along(session: Session) -> None:
    session.go_object(4)
    assert (session.level, session.record.key, session.label) == ("object", "A2", 2)
    assert session.subject == Subject("object", "A2", "nuclei", 2)
    session.go_image(2)
    assert (session.level, session.record.key, session.label) == ("image", "A10", 0)


def test_a_row_that_is_not_there_changes_nothing(session: Session) -> None:
    session.go_object(4)
    session.go_object(TOTAL)
    session.go_object(-1)
    assert session.subject == Subject("object", "A2", "nuclei", 2)
    assert not session.go_label(99)
    assert session.label == 2


def test_a_verdict_carries_what_joins_it_to_the_tables(session: Session) -> None:
    session.go_object(4)
    outcome = session.decide(verdict="fail", reason="merged", note="two of them")
    assert outcome is not None
    assert outcome.trouble == ""
    kept = session.store.get(outcome.subject)
    assert kept is not None
    assert (kept.verdict, kept.reason, kept.note, kept.annotator) == ("fail", "merged", "two of them", "ann")
    assert (kept.centre_x, kept.centre_y, kept.area) == (25.5, 7.5, side(2) ** 2)
    assert (kept.source_table, dict(kept.extra)) == ("A2_nuclei.csv", {"well": "A2"})


def test_an_image_verdict_has_no_place(session: Session) -> None:
    session.decide(verdict="pass")
    kept = session.annotation
    assert kept is not None
    assert (kept.subject, kept.centre_x, kept.area, kept.source_table) == (
        Subject("image", "A1"),
        None,
        None,
        "",
    )


def test_objects_without_a_table_have_a_place_and_no_source_table(batch: Batch) -> None:
    session = session_of(batch, "cells")
    session.go_object(0)
    session.decide(verdict="pass")
    kept = session.annotation
    assert kept is not None
    assert kept.source_table == ""
    assert (kept.centre_x, kept.centre_y, kept.area) == (6.5, 8.5, 144)


def test_a_reason_stays_with_the_failure_it_explains(session: Session) -> None:
    session.decide(verdict="fail", reason="merged")
    session.decide(verdict="fail")
    assert session.annotation is not None
    assert session.annotation.reason == "merged"
    session.decide(note="look again")
    session.decide(verdict="pass")
    assert (session.annotation.verdict, session.annotation.reason, session.annotation.note) == (
        "pass",
        "",
        "look again",
    )


def test_clearing_takes_verdict_reason_and_note_back(session: Session) -> None:
    assert session.clear() is None
    session.decide(verdict="fail", reason="split", note="n")
    assert session.clear() is not None
    assert session.annotation is None
    assert session.store.items() == []


def test_nothing_current_is_judged_as_nothing(session: Session) -> None:
    session.level, session.label = "object", 0
    assert session.subject is None
    assert session.decide(verdict="pass") is None
    assert session.clear() is None
    assert session.store.items() == []


def test_undo_goes_back_to_what_it_undid(session: Session) -> None:
    session.go_object(1)
    session.decide(verdict="fail")
    session.go_image(2)
    session.decide(verdict="pass")
    session.go_image(0)
    session.undo()
    assert (session.level, session.record.key) == ("image", "A10")
    session.undo()
    assert (session.level, session.record.key, session.label) == ("object", "A1", 2)
    assert session.undo() is None
    session.redo()
    assert session.objects is not None
    assert session.objects.verdict(1) == "fail"


def test_undo_of_an_object_out_of_sight_brings_it_into_sight(session: Session) -> None:
    """The table shows one image only; what is undone is of another: it must not stay hidden."""
    session.go_object(0)
    session.decide(verdict="fail")
    session.go_image(1)
    session.toggle_only_image()
    session.undo()
    assert session.subject == Subject("object", "A1", "nuclei", 1)
    assert session.row is not None, "the current object is not in the table"


def test_stepping_through_images_stays_with_objects(session: Session) -> None:
    session.go_object(0)
    assert session.step_image(1)
    assert (session.level, session.record.key, session.label) == ("object", "A2", 1)
    assert session.step_image(1)
    assert not session.step_image(1)
    assert session.record.key == "A10"
    assert session.step_image(-1)
    assert session.record.key == "A2"


def test_stepping_over_an_image_without_objects_does_not_end_judging_objects(tmp_path: Path) -> None:
    session = session_of(small_batch(tmp_path / "gap", ("A1", "A2", "A3"), (2, 0, 2)))
    session.go_object(0)
    assert session.step_image(1)
    assert (session.record.key, session.level, session.subject) == ("A2", "object", None)
    assert session.decide(verdict="pass") is None, "the image was judged while objects were looked at"
    assert session.step_image(1)
    assert session.subject == Subject("object", "A3", "nuclei", 1)


def test_stepping_follows_the_order_and_the_filter(session: Session) -> None:
    session.images.view.sort_by("nuclei")
    assert [session.batch.images[session.images.view.row(i)].key for i in range(3)] == ["A2", "A1", "A10"]
    session.go_image(0)
    session.toggle_only_image()
    session.level = "object"
    assert session.step_image(1)
    assert session.objects is not None
    assert session.record.key == "A1"
    assert session.objects.image_filter == session.image
    assert len(session.objects) == 3


def test_first_of_image_is_the_first_in_the_order_shown(session: Session) -> None:
    assert session.objects is not None
    session.objects.view.sort_by("AreaShape_Area")
    session.go_image(2)
    row = session.first_of_image()
    assert row is not None
    position = session.objects.view.row(row)
    assert (int(session.objects.images[position]), int(session.objects.labels[position])) == (2, 4)


def test_only_one_image_and_back(session: Session) -> None:
    assert session.objects is not None
    session.go_image(1)
    assert session.toggle_only_image()
    assert len(session.objects) == 2
    assert not session.toggle_only_image()
    assert len(session.objects) == TOTAL


def test_the_end_of_the_open_ones_is_told(session: Session) -> None:
    for _ in range(3):
        assert session.next_unreviewed()
        session.decide(verdict="pass")
    before = session.image
    assert not session.next_unreviewed()
    assert session.image == before


def test_rows_that_arrive_keep_place_order_filter_and_decisions(batch: Batch) -> None:
    session = session_of(batch)
    session.go_object(4)
    session.decide(verdict="unsure")
    assert session.objects is not None
    session.objects.view.sort_by("AreaShape_Area")
    session.objects.show_only(1)
    more = object_rows(batch)  # read before the decision came: the session must put it in
    session.set_objects(more)
    assert session.objects is more
    assert more.view.sort == ("AreaShape_Area", False)
    assert more.image_filter == 1
    assert session.subject == Subject("object", "A2", "nuclei", 2)
    assert more.verdict(session.position or 0) == "unsure"


def test_a_session_without_objects_is_usable(batch: Batch) -> None:
    session = Session(batch, open_store(batch), "nuclei")
    assert session.rows is session.images
    assert not session.toggle_only_image()
    assert session.first_of_image() is None
    assert not session.go_label(1)
    session.go_object(0)
    assert session.level == "image"
    session.level = "object"
    assert session.rows is None
    assert not session.next_unreviewed()
    session.count_again()


def test_counts_per_image_follow_each_decision(session: Session) -> None:
    session.go_object(0)
    session.decide(verdict="fail")
    session.count_again()
    session.go_object(1)
    session.decide(verdict="pass")
    session.count_again()
    assert list(session.images.view.column("failed")) == [1, 0, 0]
    assert list(session.images.view.column("reviewed")) == [2, 0, 0]
    session.undo()
    session.count_again()
    assert list(session.images.view.column("reviewed")) == [1, 0, 0]


def test_what_was_decided_before_is_there_on_opening(batch: Batch) -> None:
    with open_store(batch) as store:
        first = session_of(batch, store=store)
        first.decide(verdict="pass", note="fine")
        first.go_object(3)
        first.decide(verdict="fail", reason="split")
    second = session_of(batch)
    assert second.images.verdict(0) == "pass"
    assert second.objects is not None
    assert second.objects.verdict(3) == "fail"
    assert second.objects.view.column("reason")[3] == "split"
    assert list(second.images.view.column("failed")) == [0, 1, 0]


def test_a_refused_write_is_told_and_kept(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    session.go_object(0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        outcome = session.decide(verdict="fail")
    assert outcome is not None
    assert "No space left" in outcome.trouble
    assert session.objects is not None
    assert session.objects.verdict(0) == "fail"
    assert session.store.unsaved == (Subject("object", "A1", "nuclei", 1),)
    session.go_object(1)
    assert session.decide(verdict="pass") is not None
    assert session.store.unsaved == ()


def test_an_undo_that_can_t_be_written_is_told_and_shown(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    session.go_object(0)
    session.decide(verdict="fail")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        outcome = session.undo()
    assert outcome is not None
    assert outcome.trouble
    assert session.objects is not None
    assert session.objects.verdict(0) == ""


def test_layers_do_not_share_verdicts(batch: Batch) -> None:
    store = open_store(batch)
    session = session_of(batch, "nuclei", store)
    session.go_object(0)
    session.decide(verdict="fail")
    session.layer, session.label = "cells", 0
    rows: ObjectRows = object_rows(batch, "cells")
    rows.decide_all(store.items(), batch)
    session.set_objects(rows)
    assert rows.counts() == {"": TOTAL, "pass": 0, "fail": 0, "unsure": 0}
    outcome = session.undo()  # of a nucleus, while cells are looked at
    assert outcome is not None
    assert outcome.subject.layer == "nuclei"
    assert store.items() == []
