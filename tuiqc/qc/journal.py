"""The journal: one JSON line per step (a verdict, or several given at once), on disk before the next key.

A line is ``{"v": 1, "at": time, "by": annotator, "id": …, "changes": [{"level": …, "image": …, "layer": …,
"label": …, "t": …, "who": …, "was": {…}, "to": {…} or null}]}`` where ``to`` is the annotation after the step
(null: it was taken away), ``was`` the one before it (left out where there was none) and ``who`` the annotator
whose row it is. ``"kind"`` is "undo" or "redo" where the step is one. A line states what is, so that replaying
it again, or over a CSV that has it already, changes nothing; ``was`` is for the history, for undoing after a
restart and for telling whether a late line still fits.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tuiqc.files import atomic as disk
from tuiqc.files.exclusion import exclusive, put_back, take_away
from tuiqc.files.identity import is_at
from tuiqc.files.safe import open_safely, read_safely
from tuiqc.qc.record import Annotation, Subject, from_json, to_json


class Change(NamedTuple):
    """What one step did to the row of one annotator about one subject.

    `who` is None in lines of before there could be several annotators: then it is that of `to`, and taking
    away concerns all.
    """

    subject: Subject
    to: Annotation | None
    who: str | None = None
    was: Annotation | None = None

    @property
    def turned(self) -> Change:
        """The change that takes this one back."""
        return Change(self.subject, self.was, self.who, self.to)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a journal. `kind` is "", "undo" or "redo"; `line` the bytes it was read from."""

    changes: list[Change]
    at: str = ""
    by: str = ""
    id: str = ""
    kind: str = ""
    line: bytes = b""


_TRIES = 20
_TAKEN = ".taken"
_DAMAGE = (ValueError, TypeError, KeyError, OverflowError, RecursionError)


def journal_path(csv: Path) -> Path:
    """Return the journal that belongs to the annotation CSV: its name with ".journal" added."""
    return csv.with_name(csv.name + ".journal")


def encode_step(
    changes: Sequence[Change | tuple[Subject, Annotation | None]],
    at: str,
    by: str,
    identity: str = "",
    kind: str = "",
) -> bytes:
    """Return one step as a journal line: ASCII JSON and a line feed."""
    step: dict[str, Any] = {"v": 1, "at": at, "by": by}
    if identity:
        step["id"] = identity
    if kind:
        step["kind"] = kind
    step["changes"] = [change_json(Change(*change)) for change in changes]
    return json.dumps(step, separators=(",", ":")).encode("ascii") + b"\n"


def change_json(change: Change) -> dict[str, Any]:
    """Return a change as a dict that `json` can write."""
    level, image, layer, label, t = change.subject
    row: dict[str, Any] = {"level": level, "image": image, "layer": layer, "label": label, "t": t}
    if change.who is not None:
        row["who"] = change.who
    if change.was is not None:
        row["was"] = to_json(change.was)
    row["to"] = None if change.to is None else to_json(change.to)
    return row


def decode_step(line: bytes) -> Step:
    """Return one journal line as a step.

    Raises
    ------
    ValueError, TypeError, KeyError
        If the line is damaged or not of this version.
    """
    step = json.loads(line)
    if not isinstance(step, dict) or step.get("v") != 1:
        raise ValueError("not a line of a version 1 journal")
    at, by, identity, kind = (step.get(name, "") for name in ("at", "by", "id", "kind"))
    if not all(isinstance(text, str) for text in (at, by, identity, kind)):
        raise TypeError("text expected")
    return Step([change_of(row) for row in step["changes"]], at, by, identity, kind, line)


def change_of(row: dict[str, Any]) -> Change:
    """Return the change that `change_json` wrote. Raises as `decode_step`."""
    level, image, layer, label, t = (row[name] for name in Subject._fields)
    who = row.get("who")
    if not all(isinstance(text, str) for text in (level, image, layer, "" if who is None else who)):
        raise TypeError("text expected")
    if not (isinstance(label, int) and isinstance(t, int)):
        raise TypeError("whole numbers expected")
    subject = Subject(level, image, layer, label, t)
    to, was = (_annotation(subject, value) for value in (row["to"], row.get("was")))
    if who is None and to is not None:
        who = to.annotator
    return Change(subject, to, who, was)


def _annotation(subject: Subject, values: object) -> Annotation | None:
    if values is None:
        return None
    if not isinstance(values, dict):
        raise TypeError("annotation expected")
    return from_json(subject, values)


@dataclass
class Replay:
    """What a journal file holds: its steps, and what could not be read.

    `half` is the number of bytes of a half-written last line, `damaged` the number of other lines that can't
    be read and that no later line repeats. `size` is that of the file in bytes.
    """

    steps: list[Step] = field(default_factory=list)
    half: int = 0
    damaged: int = 0
    size: int = 0


def read_journal(path: Path) -> Replay:
    """Read the journal at `path`; a missing file is an empty journal.

    A last line without its line feed that is complete otherwise counts. A fragment that a later line or
    group of lines begins with is what a full disk leaves before the line is written again; it is no damage.

    Raises
    ------
    OSError
        If the file is there and can't be read.
    """
    replays = []
    for file in journal_files(path):
        with contextlib.suppress(FileNotFoundError):  # a session takes it over right now
            replays.append(parse_journal(read_safely(file)))
    return joined(replays, sum(replay.size for replay in replays))


def journal_files(path: Path) -> list[Path]:
    """Return the files that make the journal at `path`: what killed processes were taking over, then itself."""
    left = path.parent.glob(f"{_literal(path.name)}.*{_TAKEN}")
    return [*sorted(left, key=_changed), *([path] if os.path.lexists(path) else [])]


def joined(replays: Sequence[Replay], size: int) -> Replay:
    """Return what several files hold together."""
    steps = [step for replay in replays for step in replay.steps]
    return Replay(steps, sum(one.half for one in replays), sum(one.damaged for one in replays), size)


def _changed(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return 0


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _whole(data: bytes, replay: Replay) -> bytes:
    """Return the whole lines of a file, damaged ones too; a half-written one must not be glued to the next."""
    data = data[: len(data) - replay.half]
    return data if not data or data.endswith(b"\n") else data + b"\n"


def parse_journal(data: bytes) -> Replay:
    """Return what the bytes of a journal hold; see `read_journal`."""
    replay = Replay(size=len(data))
    *lines, last = data.split(b"\n")
    unread: list[int] = []
    for number, line in enumerate(lines):
        if not line:
            continue
        try:
            replay.steps.append(decode_step(line))
        except _DAMAGE:
            unread.append(number)
    replay.damaged = sum(not _repeated(number, lines) for number in unread)
    if last:
        try:
            replay.steps.append(decode_step(last))
        except _DAMAGE:
            replay.half = len(last)
    return replay


_REPEATS = 100


def _repeated(number: int, lines: Sequence[bytes]) -> bool:
    # The line is written again whole right after the fragment, or after further fragments of it.
    # No further than so: a file of nothing but damaged lines would be held against itself line by line.
    return any(line.startswith(lines[number]) for line in lines[number + 1 : number + 1 + _REPEATS])


class Journal:
    """An open journal file to append to. Every method raises OSError when the disk refuses.

    The file is only ever appended to or emptied: a line that could be written in part only is written again
    whole on a line of its own. Opening it makes it a new file with the lines of the old one: a session from whom
    it was taken has the old one open, and can neither empty the new one nor add to it unseen. The old one is first
    renamed and then read, so that a line in a file that was still in its place after the line was synced is always
    read by who takes over; no lock is needed for that.

    Attributes
    ----------
    replay
        What it held when it was opened, all of it: lines of before are never counted without having been read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size, self._torn = 0, False
        self._handle, self.replay = self._open()

    def _open(self) -> tuple[int, Replay]:
        for _ in range(_TRIES):
            taken = self._take_files()
            try:
                found = [read_safely(file) for file in taken]
            except FileNotFoundError:
                continue  # another session takes it from us
            replays = [parse_journal(data) for data in found]
            whole = b"".join(map(_whole, found, replays))
            handle = self._write_anew(whole, taken)
            if handle is not None:
                self.size, self._torn = len(whole), False
                return handle, joined(replays, len(whole))
        raise OSError(errno.EBUSY, "other sessions take it again and again", str(self.path))

    def _take_files(self) -> list[Path]:
        """Rename the journal, and what killed processes had renamed; the newest last."""
        with contextlib.suppress(FileNotFoundError):
            os.close(open_safely(self.path, os.O_RDWR | os.O_APPEND))  # is it safe to take?
        taken = []
        for file in journal_files(self.path):
            aside = self._aside()
            with contextlib.suppress(FileNotFoundError):
                taken.append(file.rename(aside))
        return taken

    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}{_TAKEN}")

    def _write_anew(self, whole: bytes, taken: Sequence[Path]) -> int | None:
        """Make the new file, with the lines of those that were taken; None if somebody else was faster."""
        handle = -1
        try:
            disk.passes("open", self.path)
            handle = open_safely(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
            disk.write_all(handle, whole, self.path)
            if whole:
                disk.fsync(handle, self.path)
            disk.sync_folder(self.path.parent)
            if is_at(handle, self.path):
                for file in taken:
                    file.unlink(missing_ok=True)
                return handle
        except FileExistsError:
            return None
        except OSError:
            self._undo(handle, taken)
            raise
        os.close(handle)
        return None

    def _undo(self, handle: int, taken: Sequence[Path]) -> None:
        """The disk refuses the new file: what was taken is the journal again."""
        with contextlib.suppress(OSError):
            if handle >= 0:
                take_away(self.path, lambda file: is_at(handle, file), self._aside())
                os.close(handle)
            if len(taken) == 1:
                put_back(taken[0], self.path)

    @property
    def vanished(self) -> bool:
        """True when the file is not at its path any more, so that what is written would not be found there."""
        return not is_at(self._handle, self.path)

    def reopen(self) -> Replay:
        """Open the file that is at the path after this one vanished; returns what it holds, lines of others."""
        old = self._handle
        self._handle, replay = self._open()
        os.close(old)
        return replay

    def append(self, lines: bytes) -> None:
        """Append whole lines and return when they are on disk."""
        rest = memoryview(b"\n" + lines if self._torn else lines)
        self._torn = True
        while rest:
            written = disk.write(self._handle, rest, self.path)
            self.size += written
            rest = rest[written:]
        disk.fsync(self._handle, self.path)
        self._torn = False

    def clear(self, size: int) -> bool:
        """Empty the journal if it still has the `size` bytes that are in the CSV; tell if it was done.

        A line of this or another process that came in the meantime keeps the whole journal: replaying it is
        harmless, losing it is not. Needs no sync: the sync of the next line covers it, and a journal that
        comes back after a power cut is replayed to the same end.
        """
        if self.size != size or os.fstat(self._handle).st_size != size:
            return False
        disk.truncate(self._handle, 0, self.path)
        self.size, self._torn = 0, False
        return True

    def read(self, size: int) -> bytes:
        """Return the first `size` bytes."""
        return os.pread(self._handle, size, 0)

    def close(self, *, remove: bool = False) -> None:
        """Close the file, and remove it when it is empty or `remove` is true."""
        try:
            if remove or os.fstat(self._handle).st_size == 0:
                with exclusive(self.path.parent):
                    if not self.vanished:
                        take_away(self.path, self._is_it, self._aside())
        finally:
            os.close(self._handle)

    def _is_it(self, file: Path) -> bool:
        return is_at(self._handle, file)
