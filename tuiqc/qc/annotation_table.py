"""The annotations in memory: rows in the order of the file, and running counts of verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from tuiqc.qc.csvfile import Row
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.verdict import VERDICTS

_NOTHING: Mapping[str, str] = {}

Slot = Subject | tuple[Subject, str] | int
"""Key of a row: the subject for the row that counts, (subject, annotator) for those of the other annotators,
a number for a row that does not count at all."""


class Snapshot(NamedTuple):
    """What the CSV is written from: rows, names of foreign columns, placeholders, category columns."""

    rows: list[Row]
    foreign: list[str]
    placeholders: list[str]
    categories: list[str]


class AnnotationTable:
    """One annotation per subject and annotator, with the foreign cells and rows of the file it came from.

    For each subject one row counts: that of `annotator` where there is one, else (unless `blind`) the latest
    of the others. An own row that says nothing counts too: so somebody takes no position on what others
    decided. A row without an annotator belongs to the first who changes it. Looking up, changing and counting
    take the same time however many there are. `messages` says what was odd about the rows.
    """

    def __init__(
        self,
        placeholders: Sequence[str],
        foreign: Sequence[str],
        rows: Iterable[Row],
        annotator: str = "",
        categories: Sequence[str] = (),
        *,
        blind: bool = False,
    ) -> None:
        self.messages: list[str] = []
        self.annotator, self.blind = annotator, blind
        self._placeholders = dict.fromkeys(placeholders)
        self._categories = dict.fromkeys(categories)
        # Row -> annotation before it was changed, since the CSV was written last.
        self._touched: dict[tuple[Subject, str], Annotation | None] = {}
        # Row -> (number of the save, what it wrote), the first with number 0: what was there before.
        self._written: dict[tuple[Subject, str], list[tuple[int, Annotation | None]]] = {}
        self._saves = 0
        self._fill(foreign, rows)
        if self._earlier:
            many = len(self._earlier) > 1
            self.messages.append(
                f"{len(self._earlier)} {'things have' if many else 'thing has'} several rows in the "
                "annotations: the last one counts, the others stay in the file."
            )

    def _fill(self, foreign: Sequence[str], rows: Iterable[Row]) -> None:
        self._foreign_names = list(foreign)
        # In the order of the file.
        self._rows: dict[Slot, Row] = {}
        self._numbers = count()
        self._earlier: set[tuple[Subject, str]] = set()
        # Annotators of the rows with an (subject, annotator) key.
        self._beside: dict[Subject, list[str]] = {}
        # (level, layer, verdict) -> how many
        self._verdicts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.count = 0
        for annotation, kept in rows:
            if annotation is None:
                self._rows[next(self._numbers)] = (None, kept)
            else:
                self._take(annotation, kept)

    def _take(self, annotation: Annotation, kept: Mapping[str, str]) -> None:
        """Add a row of the file; an earlier one of the same subject and annotator counts no more."""
        subject, who = annotation.subject, annotation.annotator
        slot = self._slot(subject, who)
        if slot is not None:
            old = self._remove(slot)
            self._rows[next(self._numbers)] = old
            self._earlier.add((subject, who))
        self._insert(annotation, kept)

    # Rows and their slots

    def _slot(self, subject: Subject, who: str) -> Slot | None:
        row = self._rows.get(subject)
        if row is not None and row[0] is not None and row[0].annotator == who:
            return subject
        beside = self._beside.get(subject)
        return (subject, who) if beside and who in beside else None

    def _slot_to_change(self, subject: Subject, who: str) -> Slot | None:
        slot = self._slot(subject, who)
        return slot if slot is not None or not who else self._slot(subject, "")

    def _insert(self, annotation: Annotation, kept: Mapping[str, str]) -> None:
        """Add a row of an annotator who has none about its subject."""
        subject, who = annotation.subject, annotation.annotator
        counting = self._rows.get(subject)
        if counting is None and (who == self.annotator or not self.blind):
            self._rows[subject] = (annotation, kept)
            self._account(annotation, 1)
            return
        self._beside.setdefault(subject, []).append(who)
        self._rows[subject, who] = (annotation, kept)
        self._settle(subject)

    def _remove(self, slot: Slot) -> Row:
        row = self._rows.pop(slot)
        annotation = row[0]
        assert annotation is not None
        subject = annotation.subject
        if slot == subject:
            self._account(annotation, -1)
            self._settle(subject)
        else:
            self._forget_beside(subject, annotation.annotator)
        return row

    def _forget_beside(self, subject: Subject, who: str) -> None:
        beside = self._beside[subject]
        beside.remove(who)
        if not beside:
            del self._beside[subject]

    def _settle(self, subject: Subject) -> None:
        """Let the row count that should: the own one, else the latest."""
        beside = self._beside.get(subject)
        if not beside:
            return
        best, who = self._rank(self._rows.get(subject)), None
        for other in beside:
            rank = self._rank(self._rows[subject, other])
            if rank is not None and (best is None or rank >= best):
                best, who = rank, other
        if who is None:
            return
        row = self._rows.pop((subject, who))
        self._forget_beside(subject, who)
        before = self._rows.get(subject)
        if before is not None and before[0] is not None:
            self._account(before[0], -1)
            self._beside.setdefault(subject, []).append(before[0].annotator)
            self._rows[subject, before[0].annotator] = before
        self._rows[subject] = row
        self._account(row[0], 1)

    def _rank(self, row: Row | None) -> tuple[bool, str] | None:
        if row is None or row[0] is None:
            return None
        own = row[0].annotator == self.annotator
        return None if self.blind and not own else (own, row[0].time)

    # What it says

    def get(self, subject: Subject) -> Annotation | None:
        """Return the annotation of `subject` that counts; None when there is none or it says nothing."""
        row = self._rows.get(subject)
        return None if row is None or row[0] is None or row[0].empty else row[0]

    def row_of(self, subject: Subject, who: str | None) -> Annotation | None:
        """Return the row that `put` would change for one annotator, also an empty one; None: whoever counts."""
        slot = subject if who is None else self._slot_to_change(subject, who)
        row = None if slot is None else self._rows.get(slot)
        return None if row is None else row[0]

    def others(self, subject: Subject) -> list[Annotation]:
        """Return what annotators other than `annotator` said about `subject`, the latest first."""
        slots: list[Slot] = [subject, *((subject, who) for who in self._beside.get(subject, ()))]
        rows = [self._rows[slot][0] for slot in slots if slot in self._rows]
        said = [row for row in rows if row and not row.empty and row.annotator != self.annotator]
        return sorted(said, key=lambda row: row.time, reverse=True)

    def by_annotator(self) -> dict[str, dict[Subject, Annotation]]:
        """Return annotator -> subject -> annotation, of all that says something."""
        found: dict[str, dict[Subject, Annotation]] = {}
        for slot, (annotation, _) in list(self._rows.items()):
            if annotation is not None and not annotation.empty and not isinstance(slot, int):
                found.setdefault(annotation.annotator, {})[annotation.subject] = annotation
        return found

    def put(self, subject: Subject, annotation: Annotation | None, who: str | None = None) -> None:
        """Make `annotation` what `who` says (default: its annotator) about `subject`; None takes it away.

        The row stays, without a verdict, where taking it away would lose foreign cells or make an earlier row
        of the same subject count again.
        """
        if who is None:
            counting = annotation or self.row_of(subject, None)
            who = counting.annotator if counting else ""
        slot = self._slot_to_change(subject, who)
        old = self._rows[slot] if slot is not None else None
        before, kept = old or (None, _NOTHING)
        self._touched.setdefault((subject, who), before)
        if annotation is None and before is not None and (kept or (subject, who) in self._earlier):
            annotation = Annotation(subject, annotator=who, extra=before.extra)
        if annotation is None:
            if slot is not None:
                self._remove(slot)
            return
        for name in annotation.extra:
            self._placeholders.setdefault(name)
        for name in annotation.categories:
            self._categories.setdefault(name)
        if slot is None:
            self._insert(annotation, kept)
            return
        if slot != subject and before is not None and before.annotator != annotation.annotator:
            self._remove(slot)
            self._insert(annotation, kept)
            return
        if slot == subject:
            self._account(before, -1)
            self._account(annotation, 1)
        self._rows[slot] = (annotation, kept)
        if subject in self._beside:
            self._settle(subject)

    def _account(self, annotation: Annotation | None, step: int) -> None:
        if annotation is None or annotation.empty:
            return
        self.count += step
        if annotation.verdict:
            self._verdicts[annotation.subject[0], annotation.subject[2], annotation.verdict] += step

    def counts(self, level: str, layer: str | None) -> dict[str, int]:
        """Return verdict -> count for one layer of a level, or for all its layers."""
        sums = dict.fromkeys(VERDICTS, 0)
        for (of_level, of_layer, verdict), number in list(self._verdicts.items()):
            if of_level == level and layer in (None, of_layer):
                sums[verdict] += number
        return sums

    def items(self) -> list[tuple[Subject, Annotation]]:
        """Return what counts and says something, in the order of the file, new ones last."""
        return [
            (row.subject, row)
            for slot, (row, _) in self._rows.items()
            if type(slot) is Subject and row is not None and not row.empty
        ]

    # The CSV

    def snapshot(self) -> Snapshot:
        """Return what the CSV is written from."""
        return Snapshot(
            list(self._rows.values()),
            list(self._foreign_names),
            list(self._placeholders),
            list(self._categories),
        )

    def start_saving(self) -> dict[tuple[Subject, str], Annotation | None]:
        """Forget which rows were touched; returns them, for `saving_failed`."""
        touched, self._touched = self._touched, {}
        self._saves += 1
        for (subject, who), before in touched.items():
            entries = self._written.setdefault((subject, who), [(0, before)])
            entries.append((self._saves, self.row_of(subject, who)))
        return touched

    def saving_failed(self, touched: dict[tuple[Subject, str], Annotation | None]) -> None:
        """Remember again what `start_saving` returned."""
        self._touched = {**self._touched, **touched}

    @property
    def touched(self) -> Mapping[tuple[Subject, str], Annotation | None]:
        """Subject and annotator of the rows changed since the CSV was written, with what was there before."""
        return self._touched

    @property
    def written(self) -> Mapping[tuple[Subject, str], Sequence[tuple[int, Annotation | None]]]:
        """Subject and annotator of the rows that this session wrote into the CSV, with number of the save and row.

        The first entry of each has number 0 and is what was there before.
        """
        return self._written

    def replace_rows(self, foreign: Sequence[str], rows: Iterable[Row]) -> None:
        """Take over the rows of another version of the file in place of all that is here; nothing is touched."""
        self._fill(foreign, rows)
        self._touched = {}
