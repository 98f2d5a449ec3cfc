"""Undo and redo across restarts within the day: a small file in the user's state directory.

It is written when the CSV is saved, and holds the steps of the last 24 hours (at most `MAX_CHANGES` changes).
The journal that a killed session left has what came after. Before it is used it is held against the
annotations as they are: only the steps whose end is what is there now can be taken back, so a file that somebody
else changed in the meantime is never undone into a mixture.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tuiqc.files.atomic import replace_text
from tuiqc.files.identity import digest
from tuiqc.files.safe import read_json
from tuiqc.paths import state_dir
from tuiqc.qc.journal import Change, Step, change_json, change_of
from tuiqc.qc.record import Annotation, Subject, to_json

MAX_CHANGES = 20_000
DAY = timedelta(hours=24)

Present = Callable[[Subject, str | None], Annotation | None]


@dataclass(frozen=True, slots=True)
class Done:
    """A step that can be taken back: its changes, when it was taken, and its id in the journal."""

    changes: tuple[Change, ...]
    at: str = ""
    id: str = ""


@dataclass
class Stacks:
    """What can be undone and redone, the next one last; `last` is the id of the last step that counts in."""

    undo: list[Done] = field(default_factory=list)
    redo: list[Done] = field(default_factory=list)
    last: str = ""

    def take(self, step: Step | Done, kind: str = "") -> None:
        """Bring the stacks up to date with a step that was taken ("undo" and "redo" move one)."""
        if kind == "undo" and self.undo:
            self.redo.append(self.undo.pop())
        elif kind == "redo" and self.redo:
            self.undo.append(self.redo.pop())
        elif not kind:
            self.undo.append(Done(tuple(step.changes), step.at, step.id))
            self.redo.clear()
        self.last = step.id or self.last


def undo_path(csv: Path, annotator: str) -> Path:
    """Return the file of an annotator's steps on a CSV."""
    who = digest(Path(annotator or "-"))[:8]
    return state_dir() / "undo" / f"{digest(csv)}-{who}.json"


def save_stacks(csv: Path, annotator: str, stacks: Stacks) -> None:
    """Write the file, as far as the disk lets us: undoing after a restart is a comfort, no verdict hangs on it."""
    document = {
        "v": 1,
        "path": str(csv),
        "annotator": annotator,
        "last": stacks.last,
        "undo": _rows(stacks.undo),
        "redo": _rows(stacks.redo),
    }
    path = undo_path(csv, annotator)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_text(path, lambda stream: json.dump(document, stream, separators=(",", ":")), sync=False)


def load_stacks(csv: Path, annotator: str, steps: Sequence[Step], present: Present) -> Stacks:
    """Return what can be undone and redone: from the file, then from the `steps` that the journal had.

    `present` returns the row of an annotator about a subject as it is now, after those steps.
    """
    stacks = _read(csv, annotator)
    # A line whose sync was refused is written again, and then is there twice.
    once = {step.id or f"-{number}": step for number, step in enumerate(steps)}
    own = [step for step in once.values() if step.by == annotator]
    known = [number for number, step in enumerate(own) if stacks.last and step.id == stacks.last]
    for step in own[known[0] + 1 if known else 0 :]:
        stacks.take(step, step.kind)
    oldest = (datetime.now(UTC) - DAY).isoformat()
    stacks.undo = _still_true(stacks.undo, present, oldest, turned=False)
    stacks.redo = _still_true(stacks.redo, present, oldest, turned=True)
    return stacks


def _read(csv: Path, annotator: str) -> Stacks:
    try:
        document = read_json(undo_path(csv, annotator))
        if document["v"] != 1 or document["path"] != str(csv) or document["annotator"] != annotator:
            return Stacks()
        return Stacks(_steps(document["undo"]), _steps(document["redo"]), str(document["last"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Stacks()


def _still_true(steps: Sequence[Done], present: Present, oldest: str, *, turned: bool) -> list[Done]:
    """Return the steps, from the end, that lead to what is there now (`turned`: that start from it)."""
    overlay: dict[tuple[Subject, str | None], Annotation | None] = {}
    kept: list[Done] = []
    for step in reversed(steps):
        changes = [change.turned for change in step.changes] if turned else list(step.changes)
        for change in changes:
            key = (change.subject, change.who)
            now = overlay[key] if key in overlay else present(*key)
            if not _same(now, change.to):
                return kept[::-1]
        if step.at < oldest:
            break
        overlay.update({(change.subject, change.who): change.was for change in changes})
        kept.append(step)
    return kept[::-1]


def _same(one: Annotation | None, other: Annotation | None) -> bool:
    if one is None or other is None:
        return (one is None or one.empty) and (other is None or other.empty)
    return to_json(one) == to_json(other)


def _rows(steps: Sequence[Done]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    room = MAX_CHANGES
    for step in reversed(steps):
        room -= len(step.changes)
        if room < 0:
            break
        rows.append({"at": step.at, "id": step.id, "changes": [change_json(c) for c in step.changes]})
    return rows[::-1]


def _steps(rows: Iterable[dict[str, Any]]) -> list[Done]:
    return [
        Done(tuple(change_of(change) for change in row["changes"]), str(row["at"]), str(row["id"]))
        for row in rows
    ]
