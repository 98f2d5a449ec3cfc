"""The annotations in memory: rows in the order of the file, and running counts of verdicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from tuiqc.qc.csvfile import Row
from tuiqc.qc.record import VERDICTS, Annotation, Subject

_NOTHING: Mapping[str, str] = {}


class Ledger:
    """One annotation per subject, with the foreign cells and rows of the file it came from.

    Looking up, changing and counting take the same time however many there are. `messages` says what was
    odd about the rows.
    """

    def __init__(self, placeholders: Sequence[str], foreign: Sequence[str], rows: Iterable[Row]) -> None:
        self.messages: list[str] = []
        self._placeholders = dict.fromkeys(placeholders)
        self._foreign_names = list(foreign)
        # Key -> row, in the order of the file; a number is the key of a row that does not count.
        self._rows: dict[Subject | int, Row] = {}
        self._numbers = count()
        self._earlier: set[Subject] = set()
        # (level, layer, verdict) -> how many
        self._verdicts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self.count = 0
        for annotation, kept in rows:
            self._take(annotation, kept)
        if self._earlier:
            many = len(self._earlier) > 1
            self.messages.append(
                f"{len(self._earlier)} {'things have' if many else 'thing has'} several rows in the "
                "annotations: the last one counts, the others stay in the file."
            )

    def _take(self, annotation: Annotation | None, kept: Mapping[str, str]) -> None:
        """Add a row of the file."""
        if annotation is None:
            self._rows[next(self._numbers)] = (None, kept)
            return
        subject = annotation.subject
        old = self._rows.pop(subject, None)
        if old is not None:
            self._account(old[0], -1)
            self._earlier.add(subject)
            self._rows[next(self._numbers)] = old
        self._rows[subject] = (annotation, kept)
        self._account(annotation, 1)

    def get(self, subject: Subject) -> Annotation | None:
        """Return the annotation of `subject`; None when there is none or it says nothing."""
        row = self._rows.get(subject)
        return None if row is None or row[0] is None or row[0].empty else row[0]

    def put(self, subject: Subject, annotation: Annotation | None) -> None:
        """Make `annotation` that of `subject`; None takes it away.

        The row stays, without a verdict, where taking it away would lose foreign cells or make an earlier row
        of the same subject count again.
        """
        old = self._rows.get(subject)
        before, kept = old or (None, _NOTHING)
        if annotation is None and (kept or subject in self._earlier):
            extra = before.extra if before else _NOTHING
            annotation = Annotation(subject, extra=extra)
        self._account(before, -1)
        if annotation is None:
            self._rows.pop(subject, None)
            return
        self._account(annotation, 1)
        self._rows[subject] = (annotation, kept)
        for name in annotation.extra:
            self._placeholders.setdefault(name)

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
        """Return what says something, in the order of the file, new ones last."""
        return [(row.subject, row) for row, _ in self._rows.values() if row is not None and not row.empty]

    def snapshot(self) -> tuple[list[Row], list[str], list[str]]:
        """Return what the CSV is written from: rows, names of foreign columns, placeholders."""
        return list(self._rows.values()), list(self._foreign_names), list(self._placeholders)
