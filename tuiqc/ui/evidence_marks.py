"""The place of the evidence in the picture: looked for in the mask of the current object, while it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuiqc.qc.record import Subject
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.ui.jobs import LONG, Jobs

if TYPE_CHECKING:
    from tuiqc.measure.evidence_places import Place

_KEPT = 500

WORDS = {
    "concavity": "the dents",
    "border": "the border with its neighbour",
    "stretch": "the stretch of the outline",
    "whole": "all of the outline",
}
"""What is marked, by the kind of the place."""


class EvidenceMarks:
    """Finds places in a thread, one after another; the newest wins."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[str], None],
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._jobs = session, jobs
        self._say, self._changed = say, changed
        self._asked: Subject | None = None

    def toggle(self) -> None:
        """Mark the place of the evidence, or no longer."""
        ranking = self._session.ranking
        ranking.marking = not ranking.marking
        self._asked = None
        if not ranking.marking:
            self._say("the place of the evidence is not marked any more")
        elif ranking.newest is None:
            self._say("nothing has been measured yet: R measures")
        self._changed(Changes.DISPLAY)
        self.follow()

    def follow(self) -> None:
        """Look for the place of the object that is current, unless it is known."""
        ranking, subject = self._session.ranking, self._session.cursor.subject
        known, at = ranking.shown, ranking.row_of(subject)
        if not ranking.marking or known is None or at is None or subject is None:
            return
        if subject in ranking.places or subject == self._asked or ranking.hides(subject):
            return
        self._asked = subject
        self._jobs.latest(
            "place",
            LONG,
            lambda cancelled: known.place(at),
            lambda place: self._found(subject, place),
            lambda error: self._say(str(error)),
        )

    def _found(self, subject: Subject, place: Place | None) -> None:
        ranking = self._session.ranking
        if len(ranking.places) >= _KEPT:
            ranking.places.clear()
        points = () if place is None else tuple((float(x), float(y)) for y, x in place.points)
        ranking.places[subject] = points
        if subject == self._session.cursor.subject:
            self._say("its place can't be found" if place is None else f"marked: {WORDS[place.kind]}")
        self._changed(Changes.DISPLAY)
