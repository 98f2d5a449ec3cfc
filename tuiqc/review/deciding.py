"""Verdicts, reasons and notes: recorded, taken back, done again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from tuiqc.qc.annotations import AnnotationWriteError
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.repeats import repeats_path
from tuiqc.review.queueing import Queueing
from tuiqc.review.repeating import Repeats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision: the subject, and the trouble if it could not be put on disk."""

    subject: Subject
    trouble: str = ""


class Deciding(Queueing):
    """What a person decides; it is on disk when a method returns, or its outcome says why not."""

    def decide(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        """Record a verdict, a reason or a note (None leaves what was there) about the current thing.

        It is on disk when this returns, or `Outcome.trouble` says why not. None if nothing is current.
        """
        subject = self.subject
        if subject is None:
            return None
        if verdict and self.repeats is not None and self.repeats.hides(subject):
            return self._answer_again(self.repeats, subject, verdict)
        return self._record(
            subject, self.described(self._changed_by(subject, verdict, reason, note), self.position)
        )

    def _changed_by(
        self, subject: Subject, verdict: str | None, reason: str | None, note: str | None
    ) -> Annotation:
        now = self.store.get(subject) or Annotation(subject)
        if verdict is not None:
            # A reason says why something failed; it goes with the verdict that it explains.
            kept = now.reason if verdict in (now.verdict, "fail") else ""
            now = replace(now, verdict=verdict, reason=kept)
        if reason is not None:
            now = replace(now, reason=reason)
        return now if note is None else replace(now, note=note)

    def decide_selected(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        """The same for all selected rows of the present level, as one step with one undo."""
        rows = self.rows
        if rows is None or not rows.selection.count:
            return None
        return self._record_many(
            [
                self.described(self._changed_by(self.subject_at(position), verdict, reason, note), position)
                for position in rows.selection.positions().tolist()
            ]
        )

    def judged_in_selection(self) -> int:
        """About how many of the selected rows something was decided."""
        rows = self.rows
        positions = rows.selection.positions().tolist() if rows is not None else []
        return sum(self.store.get(self.subject_at(position)) is not None for position in positions)

    def clear_selected(self) -> Outcome | None:
        """Take back verdict, reason and note of all selected rows, as one step with one undo."""
        rows = self.rows
        if rows is None:
            return None
        subjects = [self.subject_at(position) for position in rows.selection.positions().tolist()]
        judged = [Annotation(subject) for subject in subjects if self.store.get(subject) is not None]
        return self._record_many(judged) if judged else None

    def _record_many(self, changes: list[Annotation]) -> Outcome:
        trouble = ""
        try:
            self.store.record_many(changes)
        except AnnotationWriteError as error:
            trouble = str(error)
        for change in changes:
            self.changed[change.subject] = None
            self.show(change.subject)
        return Outcome(changes[0].subject, trouble)

    def subject_at(self, position: int) -> Subject:
        """Return what is at a position of the rows of the present level."""
        if self.level == "object" and self.objects is not None:
            return self.objects.subject(position, self.batch)
        if self.level == "track" and self.track_rows is not None:
            return self.track_rows.subject(position, self.batch)
        return self.images.subject(position, self.batch)

    def _answer_again(self, repeats: Repeats, subject: Subject, verdict: str) -> Outcome:
        """Keep a second answer; what is in the annotations stays the first."""
        trouble = ""
        try:
            repeats.answer(subject, self.verdict_of(subject), verdict)
        except OSError as error:
            trouble = f"{repeats_path(self.store.path)} can't be written ({error.strerror or error})"
        self.show(subject)
        return Outcome(subject, trouble)

    def clear(self) -> Outcome | None:
        """Take back verdict, reason and note of the current thing."""
        subject = self.subject
        if subject is None or self.store.get(subject) is None:
            return None
        return self._record(subject, Annotation(subject))

    def undo(self) -> Outcome | None:
        """Take the last decision back and go to it; None if there is none."""
        if self.repeats is not None:
            with contextlib.suppress(OSError):
                subject = self.repeats.take_back()
                if subject is not None:
                    self.show(subject)
                    self.go_subject(subject)
                    return Outcome(subject)
        return self._travel(self.store.undo)

    def redo(self) -> Outcome | None:
        """Do again what was undone last and go to it; None if there is none."""
        return self._travel(self.store.redo)

    def _travel(self, travel: Callable[[], Subject | None]) -> Outcome | None:
        trouble = ""
        try:
            subject = travel()
        except AnnotationWriteError as error:
            subject, trouble = None, str(error)
        if subject is None and not trouble:
            return None
        changed = self.store.last_changed
        for one in changed:
            self.changed[one] = None
            self.show(one)
        self.go_subject(changed[0])
        return Outcome(changed[0], trouble)

    def _record(self, subject: Subject, annotation: Annotation) -> Outcome:
        trouble = ""
        if self.repeats is not None:
            self.repeats.went_on()
        try:
            self.store.record(annotation)
        except AnnotationWriteError as error:
            trouble = str(error)
        self.changed[subject] = None
        self.show(subject)
        return Outcome(subject, trouble)

    def described(self, annotation: Annotation, position: int | None) -> Annotation:
        """With what joins it to the tables: placeholders, source table, and place and size of the object."""
        image = self.index_of_image(annotation.subject.image)
        record = self.batch.images[image if image is not None else self.image]
        annotation = replace(annotation, extra=dict(record.placeholders))
        level = annotation.subject.level
        if level == "image" or self.objects is None or (position is None and level == "object"):
            return annotation
        table = record.tables.get(self.layer) or self.batch.shared_tables.get(self.layer)
        if level == "track" or position is None:
            return replace(annotation, source_table=table.name if table is not None else "")
        centre = self.objects.centre(position)
        return replace(
            annotation,
            source_table=table.name if table is not None else "",
            centre_x=centre[0] if centre else None,
            centre_y=centre[1] if centre else None,
            area=float(self.objects.geometry.area[position]),
        )
