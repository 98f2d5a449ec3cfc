"""Keeping annotations on disk: the journal that takes every step at once, and the CSV made from it."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from tuiqc.errors import InputError, TuiqcError, why
from tuiqc.files.atomic import free_name
from tuiqc.files.identity import Signature, signature
from tuiqc.qc.annotation_table import AnnotationTable, Snapshot
from tuiqc.qc.conflicts import Conflict, conflicts_path, keep_theirs, merge
from tuiqc.qc.csvfile import write_csv
from tuiqc.qc.csvreader import Contents, read_csv
from tuiqc.qc.emergency import Emergency, fitting
from tuiqc.qc.history import append_history
from tuiqc.qc.journal import Journal, Replay
from tuiqc.qc.lock import Lock, LockLostError
from tuiqc.qc.record import Subject
from tuiqc.text import plural, printable

Line = tuple[bytes, tuple[Subject, ...]]
"""A journal line and the subjects it is about."""

_MERGE_TRIES = 5


class AnnotationWriteError(TuiqcError):
    """A verdict is in memory but could not be put where it belongs; it is tried again with the next one."""


class _ChangedAgainError(Exception):
    """Somebody changed the CSV while the new one was written."""


class AnnotationFile:
    """One CSV and its journal, open for writing or (`journal` None) for reading only.

    `lock` guards the memory that is written; whoever changes the table holds it. `owner` is the lock file.
    """

    def __init__(
        self,
        path: Path,
        table: AnnotationTable,
        journal: Journal | None,
        owner: Lock | None = None,
        *,
        history: bool = False,
    ) -> None:
        self.path, self.table = path, table
        self.owner = owner
        self.messages: list[str] = []
        self.conflicts: list[Conflict] = []
        self.merged: dict[Subject, None] = {}
        self.trouble = ""
        self.lock = RLock()
        self.dirty = False
        self.closed = False
        self.read_signature = signature(path)
        self.on_saved: Callable[[], None] = lambda: None
        self._history = history
        self._saving = RLock()
        self._journal = journal
        self._emergency = Emergency(path, owner.holder) if owner else None
        self._pending: list[Line] = []  # refused by the journal
        self._safe = 0  # so many of them are in the emergency file
        self._since: list[Line] = []  # in the journal, and not in the CSV yet
        self._commits = 0

    @property
    def unsaved(self) -> list[Subject]:
        """Subjects of the changes that the journal refused."""
        return [subject for _, subjects in self._pending for subject in subjects]

    @property
    def emergency(self) -> Path | None:
        """The emergency file, where there is one."""
        return self._emergency.path if self._emergency and self._emergency.open else None

    def replayed(self, lines: list[Line]) -> None:
        """Note lines that the journal has from before."""
        self._since.extend(lines)

    def commit(self, line: bytes, subjects: tuple[Subject, ...]) -> bool:
        """Put a journal line on disk, after those that were refused before. Hold `lock`.

        Returns True if the CSV has to be saved now, since the journal with the earlier lines was removed.

        Raises
        ------
        AnnotationWriteError
            If the disk refuses; the line is in the emergency file then, and tried again with the next one.
        """
        journal = self.writable()
        self._pending.append((line, subjects))
        self._commits += 1
        self.dirty = True
        return self._flush(journal)

    def _flush(self, journal: Journal) -> bool:
        """Put what is pending into the journal; tells whether that had vanished. Raises as `commit`."""
        vanished = journal.vanished
        if vanished and self._since:
            # What the journal had is wherever it went; all since the last CSV is written again.
            self._pending, self._since, self._safe = [*self._since, *self._pending], [], 0
        try:
            if self.owner is not None:
                self.owner.ensure()
            if vanished:
                self._take_in(journal.reopen())
            journal.append(b"".join(line for line, _ in self._pending))
            self._check_kept(journal)
        except OSError as error:
            self._to_emergency()
            raise self._refused(journal.path, error) from error
        self._since.extend(self._pending)
        self._all_safe()
        return vanished

    def _check_kept(self, journal: Journal) -> None:
        """Only a line that was written while the journal was ours counts as kept.

        Who takes the lock reads the journal after that: then it has the line. Raises OSError.
        """
        if self.owner is not None and not self.owner.held:
            self.owner.ensure()
        if journal.vanished:
            raise OSError(errno.ESTALE, "another session has taken it", str(journal.path))

    def _take_in(self, found: Replay) -> None:
        """Take over what others put into a journal that we have again after we lost it."""
        ours = {line for line, _ in self._pending}
        foreign = [step for step in found.steps if step.line + b"\n" not in ours]
        late = fitting(foreign, self.table.row_of)
        conflicts = tuple(Conflict(one.subject, one.who or "", one.was, one.to) for one in late.overtaken)
        keep_theirs(self.path, self.table, conflicts)
        self.conflicts += conflicts
        for change in late.changes:
            self.table.put(change.subject, change.to, change.who)
        self.merged.update(dict.fromkeys(change.subject for change in late.changes))
        self._since.extend((step.line + b"\n", tuple(c.subject for c in step.changes)) for step in foreign)

    def _to_emergency(self) -> None:
        if self._emergency is None:
            return
        with contextlib.suppress(OSError):
            self._emergency.append(b"".join(line for line, _ in self._pending[self._safe :]))
            self._safe = len(self._pending)

    def _all_safe(self) -> None:
        self._pending.clear()
        self._safe = 0
        self.trouble = ""
        if self._emergency is not None and self._emergency.open:
            self._emergency.discard()

    def save(self) -> None:
        """Rewrite the CSV and empty the journal, if anything was committed since the last time.

        Only the start and the end hold `lock`, so that verdicts go on while a worker thread writes. What
        somebody else did to the CSV is merged first.

        Raises
        ------
        AnnotationWriteError
            If the CSV can't be written; it and the journal stay as they are.
        """
        with self._saving:
            if not self.dirty:
                return
            for _ in range(_MERGE_TRIES):
                try:
                    self._save_once()
                    return
                except _ChangedAgainError:
                    continue
            raise AnnotationWriteError(
                printable(f"{self.path} is changed by another program all the time; tried again later.")
            )

    def refresh(self) -> None:
        """Bring in what somebody else did to the CSV, also while nothing has to be written; never raises OSError."""
        with self._saving:
            if not self.closed and signature(self.path) not in (None, self.read_signature):
                with contextlib.suppress(OSError):
                    self._merge_others()

    def _save_once(self) -> None:
        journal = self.writable()
        try:
            if self.owner is not None:
                self.owner.ensure()
            with self.lock:
                if journal.vanished:
                    self._flush(journal)
            self._merge_others()
        except OSError as error:
            raise self._refused(self.path, error) from error
        with self.lock:
            snapshot = self.table.snapshot()
            touched = self.table.start_saving()
            size, commits, lines = journal.size, self._commits, len(self._since)
            self.dirty = False
        try:
            written = self._write(snapshot)
        except BaseException as error:
            with self.lock:
                self.table.saving_failed(touched)
                self.dirty = True
            if isinstance(error, OSError):
                raise self._refused(self.path, error) from error
            raise
        self.read_signature = written or signature(self.path)
        self.on_saved()
        with self.lock:
            whole = self._commits == commits
            refused = b"".join(line for line, _ in self._pending) if whole else b""
            emptied = self._empty(journal, size, lines, refused)
            if whole and (emptied or not self._pending):
                # The CSV has everything now, also what the journal refused.
                self._all_safe()
            elif self._pending:
                # A journal that stays is replayed over the CSV: what it lacks would be taken back.
                self.dirty = True

    def _write(self, of: Snapshot) -> Signature | None:
        return write_csv(self.path, of.placeholders, of.foreign, of.rows, of.categories, self._unchanged)

    def _unchanged(self) -> None:
        """Asked right before the CSV is replaced, when nobody else can replace it or take the lock."""
        if self.owner is not None and not self.owner.held:
            self.owner.ensure()
        if signature(self.path) not in (None, self.read_signature):
            raise _ChangedAgainError

    def _empty(self, journal: Journal, size: int, lines: int, refused: bytes) -> bool:
        """Empty the journal, after its lines went to the history; tell if it is empty."""
        del self._since[:lines]
        try:
            if self._history and (size or refused) and not journal.vanished:
                append_history(self.path, journal.read(size) + refused)
            return journal.clear(size)
        except OSError:
            return False

    def _merge_others(self) -> None:
        """Bring in what somebody else wrote into the CSV since it was read or written last."""
        found = signature(self.path)
        if found in (None, self.read_signature):
            return
        theirs = self._their_version()
        if theirs is not None:

            def keep(conflicts: tuple[Conflict, ...]) -> None:
                try:
                    keep_theirs(self.path, self.table, conflicts)
                except InputError:  # something else is in the way
                    self._keep_aside()

            with self.lock:
                merged = merge(self.table, theirs, keep)
            self.conflicts += merged.conflicts
            self.merged.update(dict.fromkeys(merged.changed))
            taken = plural(len(merged.changed), "thing")
            text = f"{self.path.name} was changed by another program: {taken} taken over."
            if merged.conflicts:
                text += (
                    f" {plural(len(merged.conflicts), 'conflict')}: yours counts, theirs is kept in "
                    f"{conflicts_path(self.path).name}."
                )
            self.messages.append(printable(text))
            # What they did not know of has to be written again.
            self.dirty = self.dirty or bool(self.table.touched)
        self.read_signature = found

    def _their_version(self) -> Contents | None:
        """Their rows; None (and the file is kept aside) where it is no annotation file any more."""
        of = self.table.snapshot()
        try:
            contents = read_csv(self.path, of.placeholders, of.categories)
        except InputError:
            self._keep_aside()
            return None
        if not contents.rows and not self.path.stat().st_size:
            return None  # emptied, as a copy that was cut off leaves it: no decision of anybody
        return contents

    def _keep_aside(self) -> None:
        aside = free_name(self.path.with_name(f"{self.path.stem}.changed{self.path.suffix}"))
        shutil.copy2(self.path, aside)
        self.messages.append(
            printable(
                f"{self.path.name} was changed by another program; that version is kept as {aside.name}."
            )
        )

    def close(self) -> None:
        """Save and close; the journal is removed if the CSV has everything. Raises what `save` raises."""
        if self.closed:
            return
        try:
            if self._journal is not None:
                self.save()
            if self._journal is not None and signature(self.path) not in (None, self.read_signature):
                # Somebody else wrote the CSV after our last look at it, perhaps from before what we had saved.
                with contextlib.suppress(OSError):
                    self._merge_others()
                self.save()
        finally:
            self.closed = True
            if self._journal is not None:
                with contextlib.suppress(OSError):
                    self._journal.close()
            if self._emergency is not None:
                self._emergency.close()
            if self.owner is not None:
                self.owner.release()

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

    def _refused(self, path: Path, error: OSError) -> AnnotationWriteError:
        """The error for the user, which says where the verdicts are meanwhile."""
        kept = "All verdicts are safe in the journal."
        if self._pending:
            count = plural(len(self.unsaved), "change")
            where = "in memory only"
            if self._safe == len(self._pending):
                where = f"in memory and in {self.emergency}"
            kept = f"{count} {where}; tried again with the next one."
        what = "is not ours any more" if isinstance(error, LockLostError) else "can't be written"
        self.trouble = printable(f"{path} {what} ({why(error)}). {kept}")
        return AnnotationWriteError(self.trouble)
