"""Who said what, in lines of text."""

from __future__ import annotations

from collections.abc import Iterable

from tuiqc.qc.conflicts import Conflict
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.session_tables import SessionTables
from tuiqc.review.subjects import subject_name
from tuiqc.text import printable


def who_said_what(tables: SessionTables, subject: Subject) -> list[str]:
    """Return what each annotator said of a subject, this session's first; of others only where they may be seen."""
    store, queue = tables.store, tables.queue
    lines = []
    own = tables.annotation(subject)
    if own is not None:
        lines.append(_line(own))
    if store.blind:
        return [*lines, "blind review: what others said is hidden"]
    lines += [_line(other) for other in store.others(subject) if other != own]
    said = queue.said.get(subject) if queue is not None else None
    lines += [printable(f"{name}: {words}") for name, words in (said or {}).items()]
    return lines or ["nobody said anything yet"]


def _line(annotation: Annotation) -> str:
    parts = [annotation.verdict or "no verdict", annotation.reason, annotation.note]
    parts += [f"{name}: {value}" for name, value in annotation.categories.items()]
    when = annotation.time[:16].replace("T", " ")
    return printable(
        f"{annotation.annotator or '(unsigned)'}: {' · '.join(filter(None, parts))}"
        + (f"  ({when} UTC)" if when else "")
    )


def conflict_lines(conflicts: Iterable[Conflict]) -> list[str]:
    """Return a line for each conflict: what, by whom, ours and theirs."""
    return [
        printable(
            f"{subject_name(one.subject)}, {one.annotator}: here {_said(one.ours)}, theirs {_said(one.theirs)}"
        )
        for one in conflicts
    ]


def _said(annotation: Annotation | None) -> str:
    if annotation is None:
        return "taken away"
    return " · ".join(filter(None, [annotation.verdict, annotation.reason, annotation.note])) or "nothing"
