"""The journal: one JSON line per step (a verdict, or several given at once), on disk before the next key.

A line is ``{"v": 1, "at": time, "by": annotator, "changes": [{"level": …, "image": …, "layer": …,
"label": …, "t": …, "to": {…} or null}]}`` where ``to`` is the annotation after the step and null means that
it was taken away. A line states what is, not what changed, so that replaying it again, or over a CSV that has
it already, changes nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tuiqc.qc.disk import sync_folder
from tuiqc.qc.record import Annotation, Subject, from_json, to_json

Change = tuple[Subject, Annotation | None]

_DAMAGE = (ValueError, TypeError, KeyError, OverflowError, RecursionError)


def journal_path(csv: Path) -> Path:
    """Return the journal that belongs to the annotation CSV: its name with ".journal" added."""
    return csv.with_name(csv.name + ".journal")


def encode_step(changes: Sequence[Change], at: str, by: str) -> bytes:
    """Return one step as a journal line: ASCII JSON and a line feed."""
    rows = [{**subject._asdict(), "to": to and to_json(to)} for subject, to in changes]
    step = {"v": 1, "at": at, "by": by, "changes": rows}
    return json.dumps(step, separators=(",", ":")).encode("ascii") + b"\n"


def decode_step(line: bytes) -> list[Change]:
    """Return the changes of one journal line.

    Raises
    ------
    ValueError, TypeError, KeyError
        If the line is damaged or not of this version.
    """
    step = json.loads(line)
    if not isinstance(step, dict) or step.get("v") != 1:
        raise ValueError("not a line of a version 1 journal")
    return [_change(row) for row in step["changes"]]


def _change(row: dict[str, object]) -> Change:
    level, image, layer, label, t = (row[name] for name in Subject._fields)
    if not (isinstance(level, str) and isinstance(image, str) and isinstance(layer, str)):
        raise TypeError("text expected")
    if not (isinstance(label, int) and isinstance(t, int)):
        raise TypeError("whole numbers expected")
    subject, to = Subject(level, image, layer, label, t), row["to"]
    if to is None:
        return subject, None
    if not isinstance(to, dict):
        raise TypeError("annotation expected")
    return subject, from_json(subject, to)


@dataclass
class Replay:
    """What a journal file holds: its steps, and what could not be read.

    `half` is the number of bytes of a half-written last line, `damaged` the number of other lines that can't
    be read and that no later line repeats. `size` is that of the file in bytes.
    """

    steps: list[list[Change]] = field(default_factory=list)
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
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Replay()
    replay = Replay(size=len(data))
    *lines, last = data.split(b"\n")
    unread: list[bytes] = []
    for line in filter(None, lines):
        try:
            replay.steps.append(decode_step(line))
        except _DAMAGE:
            unread.append(line)
    replay.damaged = sum(not _repeated(line, lines) for line in unread)
    if last:
        try:
            replay.steps.append(decode_step(last))
        except _DAMAGE:
            replay.half = len(last)
    return replay


def _repeated(fragment: bytes, lines: Sequence[bytes]) -> bool:
    place = lines.index(fragment)
    return any(line.startswith(fragment) for line in lines[place + 1 :])


class Journal:
    """An open journal file to append to. Every method raises OSError when the disk refuses.

    The file is only ever appended to or emptied: a line that could be written in part only is written again
    whole on a line of its own. `replay` is what `read_journal` found; its half-written last line is cut off.
    """

    def __init__(self, path: Path, replay: Replay | None = None) -> None:
        self.path = path
        self._handle, self.size, self._torn = self._open()
        if replay and replay.half and replay.size == self.size:
            os.ftruncate(self._handle, self.size - replay.half)
            self.size, self._torn = self.size - replay.half, False

    def _open(self) -> tuple[int, int, bool]:
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            sync_folder(self.path.parent)
            size = os.fstat(handle).st_size
            # What a killed process left unfinished must not be glued to the next line.
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        except OSError:
            os.close(handle)
            raise
        return handle, size, torn

    @property
    def vanished(self) -> bool:
        """True when somebody removed the file, so that what is written to it would be lost."""
        return os.fstat(self._handle).st_nlink == 0

    def reopen(self) -> None:
        """Create the file again after it vanished."""
        old = self._handle
        self._handle, self.size, self._torn = self._open()
        os.close(old)

    def append(self, lines: bytes) -> None:
        """Append whole lines and return when they are on disk."""
        rest = memoryview(b"\n" + lines if self._torn else lines)
        self._torn = True
        while rest:
            written = os.write(self._handle, rest)
            self.size += written
            rest = rest[written:]
        os.fsync(self._handle)
        self._torn = False

    def clear(self, size: int) -> bool:
        """Empty the journal if it still has the `size` bytes that are in the CSV; tell if it was done.

        A line of this or another process that came in the meantime keeps the whole journal: replaying it is
        harmless, losing it is not. Needs no sync: the sync of the next line covers it, and a journal that
        comes back after a power cut is replayed to the same end.
        """
        if self.size != size or os.fstat(self._handle).st_size != size:
            return False
        os.ftruncate(self._handle, 0)
        self.size, self._torn = 0, False
        return True

    def close(self) -> None:
        """Close the file and remove it when it is empty."""
        empty = os.fstat(self._handle).st_size == 0 and not self.vanished
        os.close(self._handle)
        if empty:
            self.path.unlink(missing_ok=True)
