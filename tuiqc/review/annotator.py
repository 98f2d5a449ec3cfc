"""Verdicts, reasons, notes and categories: recorded, taken back, done again.

Subjects of the random sample may be silently shown a second time: what is said of them then is kept apart.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tuiqc.qc.agreement import Repeat, read_repeats, record_repeat, repeats_path
from tuiqc.qc.annotations import AnnotationWriteError
from tuiqc.qc.categories import CategoryColumn, categorised, with_number_keys
from tuiqc.qc.record import Annotation, Subject, utc_now
from tuiqc.qc.sample import Sample
from tuiqc.review.cursor import Cursor
from tuiqc.review.session_tables import SessionTables
from tuiqc.review.subjects import subjects_name

LAG = 20
"""So many others are judged before one comes back: it should not be remembered."""


class SecondAnswers:
    """Which subjects of a sample come back, and the second answers.

    Parameters
    ----------
    csv
        The annotations; the second answers are beside them.
    annotator
        Whose answers are compared with their own.
    """

    def __init__(self, csv: Path, annotator: str, sample: Sample) -> None:
        self._csv, self._annotator, self._sample = csv, annotator, sample
        answered = {repeat.subject: repeat.second for repeat in read_repeats(csv, annotator)}
        wanted = sorted(sample.repeats)
        self._waiting = dict.fromkeys(sample.subjects[at] for at in wanted)
        for subject in [one for one in self._waiting if answered.get(one)]:
            del self._waiting[subject]
        self.answered = len(wanted) - len(self._waiting)
        self.total = len(wanted)
        self.current: Subject | None = None
        self._last: tuple[Subject, str] | None = None

    def due(self, verdict: Callable[[Subject], str]) -> Subject | None:
        """Return the subject that is to be shown again now, and make it the current one; None for none.

        It has a verdict, and `LAG` others behind it in the queue have one too; the last ones come when all is judged.
        """
        self.current = None
        if not self._waiting:
            return None
        open_at = next(
            (i for i, subject in enumerate(self._sample.subjects) if not verdict(subject)),
            len(self._sample.subjects) + LAG,
        )
        for subject in self._waiting:
            if self._sample.position[subject] + LAG < open_at and verdict(subject):
                self.current = subject
                break
        return self.current

    def hides(self, subject: Subject) -> bool:
        """Whether what was said of the subject is not to be seen now."""
        return subject == self.current

    def answer(self, subject: Subject, first: str, second: str) -> None:
        """Keep the second answer; the annotations keep the first. Raises OSError."""
        record_repeat(self._csv, Repeat(subject, first, second, self._annotator, utc_now()))
        self._waiting.pop(subject, None)
        self.answered += 1
        self._last, self.current = (subject, first), None

    def take_back(self) -> Subject | None:
        """Take the second answer back if it came last; returns its subject. Raises OSError."""
        if self._last is None:
            return None
        (subject, first), self._last = self._last, None
        record_repeat(self._csv, Repeat(subject, first, "", self._annotator, utc_now()))
        self._waiting = {subject: None, **self._waiting}
        self.answered -= 1
        self.current = subject
        return subject

    def went_on(self) -> None:
        """Something else was decided since: undo is about that."""
        self._last = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision: the subjects, and the trouble if it could not be put on disk."""

    subjects: tuple[Subject, ...]
    trouble: str = ""

    @property
    def subject(self) -> Subject:
        """The first of them."""
        return self.subjects[0]

    @property
    def name(self) -> str:
        """What was decided about, in words: "nuclei 7 of image 5", "12 objects of nuclei"."""
        return subjects_name(self.subjects)


class Annotator:
    """What a person decides; it is on disk when a method returns, or its outcome says why not.

    Attributes
    ----------
    categories
        The annotators' own column, None without one.
    keys_categorise
        Whether the number keys give its categories in place of reasons.
    second_answers
        Subjects of a random sample that are silently shown again, None without such a sample.
    """

    def __init__(self, tables: SessionTables, cursor: Cursor) -> None:
        self._tables, self._cursor, self._store = tables, cursor, tables.store
        self.categories: CategoryColumn | None = None
        self.keys_categorise = False
        self.second_answers: SecondAnswers | None = None

    @property
    def annotation(self) -> Annotation | None:
        """What was decided about what is current, as it may be seen."""
        subject = self._cursor.subject
        return self._tables.annotation(subject) if subject else None

    # --- verdicts, reasons, notes

    def decide(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        """Record a verdict, a reason or a note (None leaves what was there) about what is current.

        It is on disk when this returns, or `Outcome.trouble` says why not. None if nothing is current.
        """
        subject, second = self._cursor.subject, self.second_answers
        if subject is None:
            return None
        if verdict and second is not None and second.hides(subject):
            return self._answer_again(second, subject, verdict)
        return self._record(
            [self._described(self._decided(subject, verdict, reason, note), self._cursor.position)]
        )

    def decide_selected(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        """The same for all selected rows of the present level, as one step with one undo."""
        selected = self._selected()
        if not selected:
            return None
        return self._record_many(
            [
                self._described(self._decided(subject, verdict, reason, note), position)
                for subject, position in selected
            ]
        )

    def judged_in_selection(self) -> int:
        """About how many of the selected rows something was decided."""
        return sum(self._store.get(subject) is not None for subject, _ in self._selected())

    def clear(self) -> Outcome | None:
        """Take back verdict, reason and note of what is current; None if nothing was decided about it."""
        subject = self._cursor.subject
        if subject is None or self._store.get(subject) is None:
            return None
        return self._record([Annotation(subject)])

    def clear_selected(self) -> Outcome | None:
        """Take back verdict, reason and note of all selected rows, as one step with one undo."""
        judged = [Annotation(one) for one, _ in self._selected() if self._store.get(one) is not None]
        return self._record_many(judged) if judged else None

    # --- undo

    def undo(self) -> Outcome | None:
        """Take the last decision back; None if there is none. One subject becomes the current one, many do not."""
        if self.second_answers is not None:
            with contextlib.suppress(OSError):
                subject = self.second_answers.take_back()
                if subject is not None:
                    self._tables.take_decisions([subject])
                    self._cursor.go_subject(subject)
                    return Outcome((subject,))
        return self._travel(self._store.undo)

    def redo(self) -> Outcome | None:
        """Do again what was undone last; None if there is none. The place is as after `undo`."""
        return self._travel(self._store.redo)

    def _travel(self, travel: Callable[[], Subject | None]) -> Outcome | None:
        trouble = ""
        try:
            subject = travel()
        except AnnotationWriteError as error:
            subject, trouble = None, str(error)
        if subject is None and not trouble:
            return None
        changed = tuple(self._store.last_changed)
        self._tables.take_decisions(changed)
        if len(changed) == 1:
            self._cursor.go_subject(changed[0])
        return Outcome(changed, trouble)

    # --- categories

    def set_categories(self, column: CategoryColumn) -> None:
        """Start a column, or continue one: the categories that the annotations have already are among it."""
        names = (row.categories.get(column.column, "") for _, row in self._store.items())
        self.categories = with_number_keys(column.with_categories(sorted(set(names))))
        self._tables.start_category(column.column)

    def add_category(self, name: str) -> None:
        """Let a new name be one of the categories."""
        if self.categories is not None:
            self.categories = with_number_keys(self.categories.with_categories([name]))

    @property
    def category(self) -> str:
        """Category of what is current, "" for none."""
        annotation, column = self.annotation, self.categories
        return annotation.categories.get(column.column, "") if annotation and column else ""

    def categorise(self, name: str) -> Outcome | None:
        """Give what is selected, else what is current, a category; "" takes it away. None if nothing is current."""
        column, subject = self.categories, self._cursor.subject
        if column is None:
            return None
        chosen = self._selected() or ([(subject, self._cursor.position)] if subject is not None else [])
        if not chosen:
            return None
        self.add_category(name)
        return self._record_many(
            [
                self._described(categorised(self._now(one), column.column, name), position)
                for one, position in chosen
            ]
        )

    # --- on disk

    def _selected(self) -> list[tuple[Subject, int | None]]:
        """The selected rows of the present level: subject and position in the frame."""
        rows, level = self._cursor.rows, self._cursor.level
        positions = rows.selection.positions().tolist() if rows is not None else []
        return [(self._tables.subject(level, position), position) for position in positions]

    def _now(self, subject: Subject) -> Annotation:
        return self._store.get(subject) or Annotation(subject)

    def _decided(
        self, subject: Subject, verdict: str | None, reason: str | None, note: str | None
    ) -> Annotation:
        now = self._now(subject)
        if verdict is not None:
            # A reason says why something failed; it goes with the verdict that it explains.
            kept = now.reason if verdict in (now.verdict, "fail") else ""
            now = replace(now, verdict=verdict, reason=kept)
        if reason is not None:
            now = replace(now, reason=reason)
        return now if note is None else replace(now, note=note)

    def _described(self, annotation: Annotation, position: int | None) -> Annotation:
        """With what joins it to the tables: placeholders, source table, and place and size of the object."""
        batch, layer, objects = self._tables.batch, self._cursor.layer, self._tables.objects
        image = self._tables.index_of_image(annotation.subject.image)
        record = batch.images[image if image is not None else self._cursor.image]
        annotation = replace(annotation, extra=dict(record.placeholders))
        level = annotation.subject.level
        if level == "candidate":
            return self._with_place(annotation, record.index)
        if level == "image" or objects is None or (position is None and level == "object"):
            return annotation
        table = record.tables.get(layer) or batch.shared_tables.get(layer)
        annotation = replace(annotation, source_table=table.name if table is not None else "")
        if level == "track" or position is None:
            return annotation
        centre = objects.centre(position)
        return replace(
            annotation,
            centre_x=centre[0] if centre else None,
            centre_y=centre[1] if centre else None,
            area=float(objects.geometry.area[position]),
        )

    def _with_place(self, annotation: Annotation, image: int) -> Annotation:
        """A candidate is known by its place: its number may be another one when more is known."""
        rows = self._tables.candidates
        at = None if rows is None else rows.position_of(annotation.subject, image)
        if rows is None or at is None:
            return annotation
        area = float(rows.view.column("area")[at])
        return replace(annotation, centre_x=float(rows.x[at]), centre_y=float(rows.y[at]), area=area)

    def _record(self, changes: Sequence[Annotation]) -> Outcome:
        if self.second_answers is not None:
            self.second_answers.went_on()
        return self._written(changes, lambda: self._store.record(changes[0]))

    def _record_many(self, changes: Sequence[Annotation]) -> Outcome:
        return self._written(changes, lambda: self._store.record_many(changes))

    def _written(self, changes: Sequence[Annotation], write: Callable[[], object]) -> Outcome:
        trouble = ""
        try:
            write()
        except AnnotationWriteError as error:
            trouble = str(error)
        subjects = tuple(change.subject for change in changes)
        self._tables.take_decisions(subjects)
        return Outcome(subjects, trouble)

    def _answer_again(self, second: SecondAnswers, subject: Subject, verdict: str) -> Outcome:
        """Keep a second answer; what is in the annotations stays the first."""
        trouble = ""
        try:
            second.answer(subject, self._tables.verdict(subject), verdict)
        except OSError as error:
            trouble = f"{repeats_path(self._store.path)} can't be written ({error.strerror or error})"
        self._tables.take_decisions([subject])
        return Outcome((subject,), trouble)
