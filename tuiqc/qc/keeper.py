"""Keeping annotations on disk: the journal that takes every step at once, and the CSV made from it."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import RLock

from tuiqc.errors import TuiqcError, UsageError
from tuiqc.qc.csvfile import write_csv
from tuiqc.qc.csvreader import read_csv
from tuiqc.qc.disk import free_name, remove_stale_temporaries, signature
from tuiqc.qc.journal import Journal, Replay, journal_path, read_journal
from tuiqc.qc.ledger import Ledger
from tuiqc.qc.record import Subject
from tuiqc.text import printable


class AnnotationWriteError(TuiqcError):
    """A verdict is in memory but could not be put on disk; it is tried again with the next one."""


class Keeper:
    """One CSV and its journal, open for writing or (`journal` None) for reading only.

    `lock` guards the memory that is written; whoever changes the ledger holds it.
    """

    def __init__(self, path: Path, journal: Journal | None) -> None:
        self.path = path
        self.messages: list[str] = []
        self.lock = RLock()
        self.dirty = False
        self.closed = False
        self.unsaved: list[Subject] = []
        self._saving = RLock()
        self._journal = journal
        self._pending: list[bytes] = []
        self._commits = 0
        self._signature = signature(path)

    def commit(self, line: bytes, subjects: Sequence[Subject]) -> bool:
        """Put a journal line on disk, after those that were refused before. Hold `lock`.

        Returns True if the CSV has to be saved now, since the journal with the earlier lines was removed.

        Raises
        ------
        AnnotationWriteError
            If the disk refuses; the line is tried again with the next one.
        """
        journal = self.writable()
        self._pending.append(line)
        self.unsaved.extend(subjects)
        self._commits += 1
        self.dirty = True
        try:
            vanished = journal.vanished
            if vanished:
                journal.reopen()
            journal.append(b"".join(self._pending))
        except OSError as error:
            raise AnnotationWriteError(self._trouble(journal.path, error)) from error
        self._pending.clear()
        self.unsaved.clear()
        return vanished

    def save(self, ledger: Ledger) -> None:
        """Rewrite the CSV from `ledger` and empty the journal, if anything was committed since the last time.

        Only the start and the end hold `lock`, so that verdicts go on while a worker thread writes.

        Raises
        ------
        AnnotationWriteError
            If the CSV can't be written; it and the journal stay as they are.
        """
        with self._saving:
            with self.lock:
                if not self.dirty:
                    return
                journal = self.writable()
                rows, foreign, placeholders = ledger.snapshot()
                size, commits = journal.size, self._commits
                self.dirty = False
            try:
                self._keep_version_of_others()
                write_csv(self.path, placeholders, foreign, rows)
            except BaseException as error:
                self.dirty = True
                if isinstance(error, OSError):
                    raise AnnotationWriteError(self._trouble(self.path, error)) from error
                raise
            self._signature = signature(self.path)
            with self.lock:
                if self._commits == commits:
                    # The CSV has everything now, also what the journal refused.
                    self._pending.clear()
                    self.unsaved.clear()
                with contextlib.suppress(OSError):
                    journal.clear(size)

    def close(self, ledger: Ledger) -> None:
        """Save and close; the journal is removed if the CSV has everything. Raises what `save` raises."""
        if self.closed:
            return
        try:
            if self._journal is not None:
                self.save(ledger)
        finally:
            self.closed = True
            if self._journal is not None:
                with contextlib.suppress(OSError):
                    self._journal.close()

    def writable(self) -> Journal:
        """Return the journal.

        Raises
        ------
        AnnotationWriteError
            If it was opened for reading only.
        ValueError
            If it is closed.
        """
        if self.closed:
            raise ValueError("the annotations are closed")
        if self._journal is None:
            raise AnnotationWriteError(printable(f"{self.path} was opened for reading only."))
        return self._journal

    def _trouble(self, path: Path, error: OSError) -> str:
        kept = "All verdicts are safe in the journal."
        if self.unsaved:
            kept = f"{things(len(self.unsaved), 'change')} in memory only; tried again with the next one."
        return printable(f"{path} can't be written ({why(error)}). {kept}")

    def _keep_version_of_others(self) -> None:
        """Copy the CSV aside if it is not the one that was read or written last."""
        if signature(self.path) in (None, self._signature):
            return
        aside = free_name(self.path.with_name(f"{self.path.stem}.changed{self.path.suffix}"))
        shutil.copy2(self.path, aside)
        self.messages.append(
            printable(
                f"{self.path.name} was changed by another program; that version is kept as {aside.name}."
            )
        )


def open_keeper(path: Path, placeholders: Sequence[str], read_only: bool) -> tuple[Keeper, Ledger]:
    """Read the CSV at `path`, replay its journal on top, and open the journal for what comes.

    Raises
    ------
    InputError
        If the CSV can't be read or is not ours.
    UsageError
        If the journal can't be read or written.
    """
    path = Path(os.path.realpath(path))
    before = signature(path)
    with _no_collection():
        contents = read_csv(path, placeholders)
        ledger = Ledger(placeholders, contents.foreign, contents.rows)
    try:
        replay = read_journal(journal_path(path))
        journal = None if read_only else Journal(journal_path(path), replay)
    except OSError as error:
        raise UsageError(
            printable(
                f"Annotations can't be kept beside {path} ({why(error)}). "
                "Name another file with --annotations."
            )
        ) from error
    for step in replay.steps:
        for subject, to in step:
            ledger.put(subject, to)
    keeper = Keeper(path, journal)
    keeper._signature = before
    keeper.dirty = bool(replay.steps or replay.damaged)
    messages = [*contents.messages, *ledger.messages, *_told(replay, path, read_only)]
    keeper.messages = [printable(message) for message in messages]
    if not read_only:
        remove_stale_temporaries(path)
    return keeper, ledger


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector, which would go through the growing rows again and again: half the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _told(replay: Replay, path: Path, read_only: bool) -> list[str]:
    messages = []
    if replay.steps:
        messages.append(
            f"The last session was cut off: {things(len(replay.steps), 'step')} taken from its journal."
        )
    if replay.half:
        messages.append(
            "The journal ended in a half-written line, which was dropped; it was never confirmed."
        )
    if replay.damaged:
        kept = "" if read_only else _keep_journal(journal_path(path))
        messages.append(f"{things(replay.damaged, 'line')} of the journal can't be read.{kept}")
    return messages


def _keep_journal(source: Path) -> str:
    """Copy a damaged journal aside, since the next save empties it; return the sentence about it."""
    aside = free_name(source.with_name(source.name + ".damaged"))
    try:
        shutil.copy2(source, aside)
    except OSError as error:
        return f" A copy of it could not be made ({why(error)})."
    return f" A copy of it is kept as {aside.name}."


def why(error: OSError) -> str:
    """Return the reason of an operating system error without its number and file names."""
    return error.strerror or str(error)


def things(count: int, name: str) -> str:
    """Return "1 step", "2 steps"."""
    return f"{count} {name}{'' if count == 1 else 's'}"
