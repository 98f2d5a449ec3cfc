"""Opening an annotation file: lock, CSV, journal, and what emergency files of earlier sessions hold."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tuiqc import collector
from tuiqc.errors import UsageError, why
from tuiqc.files.atomic import free_name, remove_stale_temporaries
from tuiqc.files.exclusion import exclusive
from tuiqc.files.identity import signature
from tuiqc.files.safe import kind_of
from tuiqc.qc.annotation_file import AnnotationFile
from tuiqc.qc.annotation_table import AnnotationTable
from tuiqc.qc.conflicts import Conflict, conflicts_path, keep_theirs
from tuiqc.qc.csvreader import read_csv
from tuiqc.qc.emergency import Left, fitting, left_behind
from tuiqc.qc.journal import Journal, Replay, Step, encode_step, journal_path, read_journal
from tuiqc.qc.lock import Lock, LockedError, LockLostError, LockOwner, acquire, lock_path, read_holder
from tuiqc.qc.record import utc_now
from tuiqc.text import plural, printable

_TRIES = 20

OnLocked = Literal["raise", "read-only", "steal"]


@dataclass(frozen=True, slots=True)
class How:
    """How to open; see `AnnotationStore.open`."""

    annotator: str = ""
    placeholders: Sequence[str] = ()
    categories: Sequence[str] = ()
    read_only: bool = False
    on_locked: OnLocked = "raise"
    history: bool = False
    blind: bool = False


@dataclass
class Opened:
    """What opening gave; `steps` are those that the journal had."""

    file: AnnotationFile
    table: AnnotationTable
    steps: list[Step]
    locked: LockedError | None = None


def open_file(path: Path, how: How) -> Opened:
    """Take the lock, read the CSV at `path`, replay its journal on top, and open the journal for what comes.

    Raises
    ------
    InputError
        If the CSV can't be read or is not ours.
    UsageError
        If the journal can't be read or written.
    LockedError
        If another session has the file, and `how` says to raise then.
    """
    path = path_of(path, how.read_only)
    for _ in range(_TRIES):
        owner, locked = (None, None) if how.read_only else _lock(path, how.on_locked)
        try:
            return _open(path, how, owner, locked)
        except LockLostError:
            continue  # somebody else took it right then
        except BaseException:
            if owner is not None:
                owner.release()
            raise
    raise LockedError(path, read_holder(lock_path(path)) or LockOwner())


def path_of(path: Path, read_only: bool = False) -> Path:
    """Return the CSV that `path` names, symbolic links resolved.

    A link is followed only if it is our own and leads to an annotation CSV, or to where nothing is yet: whoever may
    write into the folder could have put it there, to have us write over something else.

    Raises
    ------
    UsageError
        If it is somebody else's link, or no plain file is there.
    InputError
        If a link leads to something else than an annotation CSV.
    """
    real = Path(os.path.realpath(path))
    try:
        here, there = path.lstat(), real.stat() if real.exists() else None
    except OSError:
        return real
    what = ""
    if there is not None and not (stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode)):
        what = f"is {kind_of(there.st_mode)}"
    elif stat.S_ISLNK(here.st_mode) and not read_only:
        if here.st_uid not in (os.geteuid(), 0):
            what = "is a symbolic link that somebody else made"
        elif there is not None and not there.st_size:
            what = "leads to an empty file, which is no annotation CSV"
    if what:
        raise UsageError(printable(f"{path} {what}. Name another file with --annotations."))
    return real


def _lock(path: Path, on_locked: OnLocked) -> tuple[Lock | None, LockedError | None]:
    try:
        return acquire(path, steal=on_locked == "steal"), None
    except LockedError as error:
        if on_locked == "raise":
            raise
        return None, error
    except OSError as error:
        raise _not_writable(path, error) from error


def _not_writable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        printable(
            f"Annotations can't be kept beside {path} ({why(error)}). Name another file with --annotations."
        )
    )


def _open(path: Path, how: How, owner: Lock | None, locked: LockedError | None) -> Opened:
    before = signature(path)
    with collector.paused():
        contents = read_csv(path, how.placeholders, how.categories)
        table = AnnotationTable(
            how.placeholders, contents.foreign, contents.rows, how.annotator, how.categories, blind=how.blind
        )
    journal = _journal(path, owner) if owner else None
    replay = _replayed(path, journal)
    _replay(table, replay.steps)
    file = AnnotationFile(path, table, journal, owner, history=how.history)
    file.read_signature = before
    file.dirty = bool(replay.steps or replay.damaged)
    file.replayed([(step.line + b"\n", tuple(c.subject for c in step.changes)) for step in replay.steps])
    messages = [*contents.messages, *table.messages, *_told(replay, path, owner is None)]
    if locked is not None:
        messages.append(
            f"{path} is open in a session of {locked.holder.describe()}: opened for reading only."
        )
    steps = list(replay.steps)
    messages += _take_over(file, table, left_behind(path, owner.holder if owner else None), steps)
    file.messages = [printable(message) for message in messages]
    if owner is not None:
        remove_stale_temporaries(path)
    return Opened(file, table, steps, locked)


def _journal(path: Path, owner: Lock) -> Journal:
    """The journal of the CSV, taken while the lock is held. Raises LockLostError, UsageError."""
    try:
        with exclusive(path.parent):
            owner.ensure()
            return Journal(journal_path(path))
    except LockLostError:
        raise
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise LockLostError(errno.EBUSY, error.strerror, str(path)) from error
        raise _not_writable(path, error) from error


def _replayed(path: Path, journal: Journal | None) -> Replay:
    """What the journal had when it was opened; Raises UsageError if it can't be read."""
    try:
        return journal.replay if journal is not None else read_journal(journal_path(path))
    except OSError as error:
        raise UsageError(printable(f"{journal_path(path)} can't be read ({why(error)}).")) from error


def _replay(table: AnnotationTable, steps: Sequence[Step]) -> None:
    for step in steps:
        for change in step.changes:
            table.put(change.subject, change.to, change.who)


def _take_over(
    file: AnnotationFile, table: AnnotationTable, left: Sequence[Left], steps: list[Step]
) -> list[str]:
    """Bring in the emergency files of earlier sessions, and remove them once their changes are in the journal.

    Their steps join `steps` where nobody was faster, so that they can be undone too.
    """
    messages = []
    for one in left:
        late = fitting(one.steps, table.row_of)
        count = plural(len(late.changes), "change")
        if file.owner is None:
            _replay(table, [Step(late.changes)])
            messages.append(f"{count} of {one.holder.describe()} shown from the emergency file {one.path}.")
            continue
        new = _new_steps(one.steps, steps)
        try:
            overtaken = tuple(
                Conflict(change.subject, change.who or "", change.was, change.to) for change in late.overtaken
            )
            keep_theirs(file.path, table, overtaken)
            if new and not late.overtaken:
                subjects = tuple(change.subject for step in new for change in step.changes)
                file.commit(b"".join(step.line + b"\n" for step in new), subjects)
                steps += new
            elif late.changes:
                by = next((step.by for step in one.steps), "")
                line = encode_step(late.changes, utc_now(), by)
                file.commit(line, tuple(change.subject for change in late.changes))
            _replay(table, [Step(late.changes)])
            if one.damaged:
                one.path.rename(one.path.with_suffix(".damaged"))
            else:
                one.path.unlink(missing_ok=True)
        except Exception as error:  # the verdicts in it must not keep the others from opening
            _replay(table, [Step(late.changes)])
            messages.append(f"{count} shown from the emergency file {one.path}, which stays: {error}")
            continue
        file.conflicts += overtaken
        text = f"{count} of {one.holder.describe()} taken over from an emergency file."
        if overtaken:
            text += f" {plural(len(overtaken), 'conflict')} with later changes: see {conflicts_path(file.path).name}."
        messages.append(text)
    return messages


def _new_steps(late: Sequence[Step], known: Sequence[Step]) -> list[Step]:
    """Return the late steps that the journal has not: a line whose sync failed is in both."""
    ids = {step.id for step in known if step.id}
    return [step for step in late if step.id not in ids]


def _told(replay: Replay, path: Path, read_only: bool) -> list[str]:
    messages = []
    if replay.steps:
        messages.append(
            f"The last session was cut off: {plural(len(replay.steps), 'step')} taken from its journal."
        )
    if replay.half:
        messages.append(
            "The journal ended in a half-written line, which was dropped; it was never confirmed."
        )
    if replay.damaged:
        kept = "" if read_only else _keep_journal(journal_path(path))
        messages.append(f"{plural(replay.damaged, 'line')} of the journal can't be read.{kept}")
    return messages


def _keep_journal(source: Path) -> str:
    """Copy a damaged journal aside, since the next save empties it; return the sentence about it."""
    aside = free_name(source.with_name(source.name + ".damaged"))
    try:
        shutil.copy2(source, aside)
    except OSError as error:
        return f" A copy of it could not be made ({why(error)})."
    return f" A copy of it is kept as {aside.name}."
