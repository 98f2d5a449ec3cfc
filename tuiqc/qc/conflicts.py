"""When somebody else changed the CSV while it was open: their rows and ours, row by row.

A row (what one annotator says about one thing) that we did not touch since the file was written last is taken
from them, also when they took it away; one that only we touched is ours. Where both did something else the
conflict is ours in the CSV, and theirs goes to `<csv stem>.conflicts.csv`. Foreign columns and their order are
theirs.

Theirs may be a copy from before our last saves (they read, we saved, they wrote): the newest save of which a row
with its time stamp is in their version is the one they know. What later saves wrote is unknown to them, and ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tuiqc.qc.annotation_table import AnnotationTable
from tuiqc.qc.csvfile import Row, write_csv
from tuiqc.qc.csvreader import Contents, read_csv
from tuiqc.qc.record import Annotation, Subject


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that we and somebody else changed: ours counts, theirs (None: taken away) is kept aside."""

    subject: Subject
    annotator: str
    ours: Annotation | None
    theirs: Annotation | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: subjects whose annotation is another now, and the conflicts."""

    changed: tuple[Subject, ...]
    conflicts: tuple[Conflict, ...]


def conflicts_path(csv: Path) -> Path:
    """Return where the other side of conflicts is kept: "qc_annotations.conflicts.csv" beside the CSV."""
    return csv.with_name(f"{csv.stem}.conflicts{csv.suffix}")


def merge(table: AnnotationTable, theirs: Contents, keep: Callable[[tuple[Conflict, ...]], None]) -> Merged:
    """Bring their version of the file into `table`, under our changes.

    `keep` is called with the conflicts before anything is changed; what it raises leaves all as it was.
    """
    before = dict(table.items())
    rows = _last_rows(theirs, {subject for subject, _ in [*table.touched, *table.written]})
    unknown = _unknown(table, rows)
    ours = {key: table.row_of(*key) for key in {**dict.fromkeys(unknown), **table.touched}}
    conflicts = []
    for (subject, who), own in ours.items():
        there = _row(rows, subject, who)
        states = [state for _, state in table.written.get((subject, who), ())]
        old = any(_stamped(there) == _stamped(state) for state in states)
        if (subject, who) in unknown:
            old = old or there is None
        if (subject, who) in table.touched:
            old = old or same(there, table.touched[subject, who])
        if not old and not same(there, own):
            conflicts.append(Conflict(subject, who, own, there))
    keep(tuple(conflicts))
    table.replace_rows(theirs.foreign, theirs.rows)
    for (subject, who), own in ours.items():
        table.put(subject, own, who)
    after = dict(table.items())
    changed = [subject for subject in {**before, **after} if before.get(subject) != after.get(subject)]
    return Merged(tuple(changed), tuple(conflicts))


def _last_rows(theirs: Contents, subjects: set[Subject]) -> dict[tuple[Subject, str], Annotation]:
    annotations = (annotation for annotation, _ in theirs.rows)
    return {(row.subject, row.annotator): row for row in annotations if row and row.subject in subjects}


def _row(rows: Mapping[tuple[Subject, str], Annotation], subject: Subject, who: str) -> Annotation | None:
    return rows.get((subject, who)) or rows.get((subject, ""))


def _unknown(
    table: AnnotationTable, rows: Mapping[tuple[Subject, str], Annotation]
) -> set[tuple[Subject, str]]:
    """Return the rows that a save wrote which their version does not know of."""
    known = 0
    for (subject, who), entries in table.written.items():
        there = _row(rows, subject, who)
        for number, written in entries:
            if there is not None and written is not None and there.time == written.time:
                known = max(known, number)
    return {key for key, entries in table.written.items() if entries[-1][0] > known}


def _stamped(annotation: Annotation | None) -> object:
    said = _said(annotation)
    return None if said is None or annotation is None else (annotation.time, said)


def same(one: Annotation | None, other: Annotation | None) -> bool:
    """Whether two annotations say the same; one that says nothing is like none."""
    return _said(one) == _said(other)


def _said(annotation: Annotation | None) -> tuple[object, ...] | None:
    if annotation is None or annotation.empty:
        return None
    return (
        annotation.verdict,
        annotation.reason,
        annotation.note,
        annotation.annotator,
        dict(annotation.categories),
    )


def keep_theirs(csv: Path, table: AnnotationTable, conflicts: tuple[Conflict, ...]) -> None:
    """Add their side of the conflicts to the file beside the CSV.

    Raises
    ------
    OSError, InputError
        If that file can't be written, or read where it is there already.
    """
    rows: list[Row] = [(conflict.theirs, {}) for conflict in conflicts if conflict.theirs is not None]
    if not rows:
        return
    path = conflicts_path(csv)
    of = table.snapshot()
    kept = read_csv(path, of.placeholders, of.categories)
    write_csv(path, of.placeholders, kept.foreign, [*kept.rows, *rows], of.categories)
