"""Where verdicts go when the folder of the annotations refuses them: the user's own state directory.

`<state>/emergency/<csv name>.<digest of its path>.<token>.journal` has the journal lines that could not be
written, after one line without changes that says whose they are. They are taken over when the annotations are
opened again, or when their own journal takes them after all; then the file is removed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tuiqc.files.atomic import make_folder
from tuiqc.files.identity import digest
from tuiqc.paths import state_dir
from tuiqc.qc.journal import Change, Journal, Replay, Step, read_journal
from tuiqc.qc.lock import LockOwner, owner_of
from tuiqc.qc.record import Annotation, Subject, to_json

_TRIES = 5

Key = tuple[Subject, str | None]


def emergency_folder() -> Path:
    """Return the folder of all emergency files."""
    return state_dir() / "emergency"


class Emergency:
    """The emergency file of one session; made with its first line."""

    def __init__(self, csv: Path, holder: LockOwner) -> None:
        self.path = emergency_folder() / f"{csv.name}.{digest(csv)}.{holder.token}.journal"
        self._about = {"path": str(csv), **asdict(holder)}
        self._journal: Journal | None = None

    @property
    def open(self) -> bool:
        """Whether there is such a file."""
        return self._journal is not None

    def append(self, lines: bytes) -> None:
        """Append journal lines and return when they are on disk. Raises OSError when this disk refuses too."""
        if self._journal is None:
            make_folder(self.path.parent)
            self._journal = Journal(self.path)
        for _ in range(_TRIES):
            if self._journal.vanished:
                self._journal.reopen()
            header = b"" if self._journal.size else self._header()
            self._journal.append(header + lines)
            if not self._journal.vanished:
                return
            # Somebody took the file over, perhaps without having read these lines.
        raise OSError(errno.ESTALE, "taken away again and again", str(self.path))

    def _header(self) -> bytes:
        header = {"v": 1, "at": self._about["since"], "by": "", "of": self._about, "changes": []}
        return json.dumps(header).encode("ascii") + b"\n"

    def discard(self) -> None:
        """Remove the file: its lines are where they belong."""
        if self._journal is not None:
            with contextlib.suppress(OSError):
                self._journal.close(remove=True)
            self._journal = None

    def close(self) -> None:
        """Close the file and leave it."""
        if self._journal is not None:
            with contextlib.suppress(OSError):
                self._journal.close()
            self._journal = None


@dataclass
class Left:
    """An emergency file that an earlier session left: its steps, who it was, how many lines can't be read."""

    path: Path
    holder: LockOwner
    steps: list[Step]
    damaged: int = 0


def left_behind(csv: Path, own: LockOwner | None = None) -> list[Left]:
    """Return the emergency files of earlier sessions on the CSV, the oldest first.

    Those of a process that still runs on this machine (other than this one) are left to it.
    """
    found = []
    try:
        paths = sorted(emergency_folder().glob(f"*.{digest(csv)}.*.journal"), key=lambda p: p.stat().st_mtime)
    except OSError:
        return []
    for path in paths:
        try:
            replay = read_journal(path)
            holder = _whose(replay)
            if holder.alive and own is not None and holder.pid != own.pid:
                continue
            if own is not None:
                # Under another name it is not added to any more: what it gets until then is read.
                claimed = path.with_name(f"{csv.name}.{digest(csv)}.{secrets.token_hex(8)}.journal")
                path = path.rename(claimed)
                replay = read_journal(path)
        except OSError:
            continue
        found.append(Left(path, holder, [step for step in replay.steps if step.changes], replay.damaged))
    return found


def _whose(replay: Replay) -> LockOwner:
    lines = (step.line for step in replay.steps if not step.changes)
    return next((owner_of(json.loads(line).get("of")) for line in lines), LockOwner())


@dataclass
class Late:
    """What late steps come to: the changes that still fit, and those that somebody else overtook."""

    changes: list[Change]
    overtaken: list[Change]


def fitting(steps: Iterable[Step], present: Callable[[Subject, str | None], Annotation | None]) -> Late:
    """Sort out which of the late steps still hold.

    A row is as the late session knew it, at any of its steps: then its last state counts. A row that is
    something else was changed afterwards: the newer of both (by time) counts, and the other is `overtaken`.
    """
    seen: dict[Key, list[Annotation | None]] = {}
    last: dict[Key, tuple[Change, str]] = {}
    for step in steps:
        for change in step.changes:
            key = (change.subject, change.who)
            seen.setdefault(key, [change.was]).append(change.to)
            last[key] = (change, step.at)
    late = Late([], [])
    for key, (change, at) in last.items():
        now = present(*key)
        if _said(now) == _said(change.to):
            continue
        known = any(_said(now) == _said(state) for state in seen[key])
        newer = known or now is None or at >= now.time
        final = Change(change.subject, change.to, change.who, now)
        if newer:
            late.changes.append(final)
        if not known:
            late.overtaken.append(final.turned if newer else final)
    return late


def _said(annotation: Annotation | None) -> dict[str, object] | None:
    return None if annotation is None or annotation.empty else to_json(annotation)
