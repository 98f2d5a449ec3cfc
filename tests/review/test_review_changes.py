"""What a session tells of its changes: each thing that is done once, and nothing of what stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.review_batches import object_rows, session_of, small_batch

from tuiqc.review.changes import Changes
from tuiqc.review.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    session = session_of(small_batch(tmp_path / "data"))
    session.set_objects(object_rows(session.batch))
    return session


def _two(session: Session) -> None:
    objects = session.tables.objects
    assert objects is not None
    objects.selection.all(objects.view)
    session.annotator.decide_selected(verdict="fail")


STEPS: dict[str, tuple[Callable[[Session], object], list[Changes]]] = {
    "an object": (lambda s: s.cursor.go_object(4), [Changes.PLACE]),
    "the same place": (lambda s: s.cursor.go_place(s.cursor.place), []),
    "no such object": (lambda s: s.cursor.go_label(99), []),
    "the next image": (lambda s: s.cursor.step_image(1), [Changes.PLACE]),
    "before the first image": (lambda s: s.cursor.step_image(-1), []),
    "the next one that is open": (lambda s: s.queue.next_unreviewed(), [Changes.PLACE]),
    "objects are judged": (lambda s: s.cursor.go_objects(), [Changes.PLACE]),
    "a verdict": (lambda s: s.annotator.decide(verdict="pass"), [Changes.VERDICTS]),
    "a verdict on all": (
        lambda s: (s.cursor.go_object(0), _two(s)),
        [Changes.PLACE, Changes.VERDICTS],
    ),
    "nothing to undo": (lambda s: s.annotator.undo(), []),
    "nothing to clear": (lambda s: s.annotator.clear(), []),
    "one image": (lambda s: s.cursor.toggle_only_image(), [Changes.ROWS]),
    "more rows": (lambda s: s.set_objects(object_rows(s.batch)), [Changes.ROWS]),
    "images made anew": (lambda s: s.tables.rebuild_images(), [Changes.ROWS]),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_thing_that_is_done_is_told_once(session: Session, step: str) -> None:
    told: list[Changes] = []
    session.changed = told.append
    act, wanted = STEPS[step]
    act(session)
    assert told == wanted


def test_undo_of_many_says_how_many_and_stays_where_one_is(session: Session) -> None:
    session.cursor.go_object(0)
    _two(session)
    session.cursor.go_image(2)
    before, told = session.cursor.place, []
    session.changed = told.append
    outcome = session.annotator.undo()
    assert outcome is not None
    assert outcome.name == "9 nuclei of 3 images"
    assert (session.cursor.place, told) == (before, [Changes.VERDICTS])
    again = session.annotator.redo()
    assert (again and again.name, session.cursor.place) == (outcome.name, before)


def test_undo_of_one_names_it_and_goes_there(session: Session) -> None:
    session.cursor.go_object(4)
    session.annotator.decide(verdict="fail")
    session.cursor.go_image(0)
    outcome = session.annotator.undo()
    assert outcome is not None
    assert outcome.name == "nuclei 2 of image A2"
    assert (session.cursor.level, session.cursor.label) == ("object", 2)
