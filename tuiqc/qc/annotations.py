"""The annotations of a session: in memory, in a journal after every key press, in a CSV between sessions."""

from __future__ import annotations

import contextlib
import itertools
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tuiqc.dataset.batch_facts import BatchFacts, note_facts
from tuiqc.qc.annotation_file import AnnotationWriteError
from tuiqc.qc.conflicts import Conflict
from tuiqc.qc.journal import Change, encode_step
from tuiqc.qc.lock import LockedError, LockOwner
from tuiqc.qc.opening import How, OnLocked, Opened, open_file
from tuiqc.qc.record import Annotation, Subject, normalised, utc_now
from tuiqc.qc.undofile import Done, Stacks, load_stacks, save_stacks
from tuiqc.qc.verdict import VERDICTS

__all__ = [
    "VERDICTS",
    "Annotation",
    "AnnotationStore",
    "AnnotationWriteError",
    "Conflict",
    "LockedError",
    "Subject",
]


class AnnotationStore:
    """All annotations of one CSV: look up, record, undo, count, save. Made by `AnnotationStore.open`.

    Every change is one line in the journal (`<path>.journal`), synced to disk before the call returns; `save`
    rewrites the CSV and empties the journal. Safe to use from several threads: `save` may run in a worker
    while verdicts go on. There is one annotation per subject and annotator; where a file that somebody put
    together has several rows of one, the last counts and the others stay in the file.

    Attributes
    ----------
    annotator
        Who gives the verdicts of this session.
    last_changed
        The subjects that the last record, clear, undo or redo touched.
    locked_by
        Who has the file, when it was opened for reading only because of that; else None.
    """

    def __init__(self, opened: Opened, annotator: str, about: BatchFacts | None = None) -> None:
        self.annotator = annotator
        self.last_changed: tuple[Subject, ...] = ()
        self.locked_by: LockOwner | None = opened.locked.holder if opened.locked else None
        self._keeper, self._table = opened.file, opened.table
        self._session, self._numbers = secrets.token_hex(4), itertools.count()
        self._stacks = Stacks()
        if not self.read_only:
            self._stacks = load_stacks(self.path, annotator, opened.steps, self._table.row_of)
            self._keeper.on_saved = self._saved
            self._about = about
            if self.path.exists():
                self._note_batch()

    @classmethod
    def open(
        cls,
        path: Path,
        annotator: str = "",
        placeholders: Sequence[str] = (),
        *,
        read_only: bool = False,
        on_locked: OnLocked = "raise",
        history: bool = False,
        categories: Sequence[str] = (),
        blind: bool = False,
        about: BatchFacts | None = None,
    ) -> AnnotationStore:
        """Open the CSV at `path` (which need not exist yet) and replay what its journal has on top of it.

        Parameters
        ----------
        annotator
            Whose verdicts are given; "" in a store for reading means nobody's: the latest of all count.
        placeholders, categories
            Names of the placeholder columns, and of the annotators' own category columns, to read as such.
        read_only
            Nothing is written, not even a lock or a journal, and recording raises AnnotationWriteError.
        on_locked
            What to do when another session has the file: "raise" LockedError, open it "read-only", or
            "steal" the lock (the robbed session's verdicts go to its emergency file from then on).
        history
            Keep every step in `<path>.history.jsonl`.
        blind
            Only the annotator's own verdicts are seen and counted; `others` still gives the rest.
        about
            The batch that they are about, which is noted beside the CSV.

        Raises
        ------
        InputError
            If the file is no annotation CSV or can't be read.
        LockedError
            If another session has it open (see `on_locked`); `.holder` says who.
        UsageError
            If the journal beside it can't be written: nothing could be kept.
        """
        how = How(annotator, placeholders, categories, read_only, on_locked, history, blind)
        return cls(open_file(path, how), annotator, about)

    @property
    def path(self) -> Path:
        """The CSV, symbolic links resolved."""
        return self._keeper.path

    @property
    def read_only(self) -> bool:
        """Whether nothing can be recorded."""
        return self._keeper.owner is None

    @property
    def blind(self) -> bool:
        """Whether only the annotator's own verdicts are seen and counted."""
        return self._table.blind

    @property
    def messages(self) -> list[str]:
        """Sentences for the user about what happened on opening and saving; safe to print."""
        return self._keeper.messages

    # What is decided

    def get(self, subject: Subject) -> Annotation | None:
        """Return the annotation of `subject`, or None if nothing was decided or written about it.

        That of this session's annotator; where they said nothing, the latest of the others (unless blind).
        """
        return self._table.get(subject)

    def others(self, subject: Subject) -> list[Annotation]:
        """Return what other annotators said about `subject`, the latest first."""
        return self._table.others(subject)

    def by_annotator(self) -> dict[str, dict[Subject, Annotation]]:
        """Return annotator -> subject -> annotation: every row that says something."""
        with self._keeper.lock:
            return self._table.by_annotator()

    def items(self) -> list[tuple[Subject, Annotation]]:
        """Return all annotations in the order of the file, new ones last."""
        with self._keeper.lock:
            return self._table.items()

    def __len__(self) -> int:
        return self._table.count

    def counts(self, level: str, layer: str | None = None) -> dict[str, int]:
        """Return how many have which verdict: {"pass": …, "fail": …, "unsure": …}; of one layer or of all.

        Counts what is in the file, whether or not the batch that is open has it. Takes the same time
        however many there are.
        """
        return self._table.counts(level, layer)

    def count_of(self, layer: str) -> int:
        """Return how many objects of a layer have a verdict."""
        return sum(self.counts("object", layer).values())

    # On disk

    @property
    def unsaved(self) -> tuple[Subject, ...]:
        """The subjects of the changes that could not be written beside the CSV.

        They are in memory, in `emergency` where that could be written, and are tried again with the next one.
        """
        return tuple(self._keeper.unsaved)

    @property
    def emergency(self) -> Path | None:
        """The emergency file in the user's state directory that has what could not be written, or None."""
        return self._keeper.emergency

    @property
    def trouble(self) -> str:
        """What is wrong with writing now, as a sentence; "" once everything is where it belongs."""
        return self._keeper.trouble

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Where somebody else changed the same rows as this session; ours counts, theirs is kept aside."""
        return tuple(self._keeper.conflicts)

    def take_merged(self) -> tuple[Subject, ...]:
        """Return the subjects that are different since somebody else's change of the CSV was merged, once."""
        with self._keeper.lock:
            merged = tuple(self._keeper.merged)
            self._keeper.merged.clear()
            return merged

    @property
    def dirty(self) -> bool:
        """True when the CSV is behind what was recorded (the journal has it)."""
        return self._keeper.dirty

    # Changing it

    def record(self, change: Annotation) -> None:
        """Put `change` in the place of what was there for its subject: on disk first, then in memory.

        `annotator` and `time` are filled in where they are empty, and where the time is that of the
        annotation that is replaced (a changed copy of it). One without verdict, reason and note takes the row
        away.

        Raises
        ------
        AnnotationWriteError
            If it could not be put on disk. It counts all the same: it is in memory and in `unsaved`, and is
            tried again with the next change, with `save` and with `close`.
        ValueError
            If level, verdict or label is not possible; nothing is changed.
        """
        self.record_many([change])

    def record_many(self, changes: Iterable[Annotation]) -> None:
        """Record several changes as one step: one line in the journal, one undo. Raises as `record`."""
        with self._keeper.lock:
            after: dict[tuple[Subject, str], Annotation | None] = {}
            for change in map(normalised, changes):
                subject = change.subject
                stamped = self._stamped(change, self._table.get(subject))
                to = stamped if not change.empty or self._shadows(subject) else None
                after[subject, stamped.annotator] = to
            self._take_step(after)

    def replace_rows(self, removed: Iterable[Annotation], added: Iterable[Annotation]) -> None:
        """Take rows away and put others in their place, of any annotator, as one step. Raises as `record`.

        Annotator and time stay as they are given; a row that is both removed and added is added.
        """
        with self._keeper.lock:
            after: dict[tuple[Subject, str], Annotation | None] = {}
            for row in map(normalised, removed):
                after[row.subject, row.annotator] = None
            for row in map(normalised, added):
                after[row.subject, row.annotator] = row
            self._take_step(after)

    def _take_step(self, after: dict[tuple[Subject, str], Annotation | None]) -> None:
        if not after:
            return
        self._keeper.writable()
        row_of = self._table.row_of
        step = tuple(Change(one, to, who, row_of(one, who)) for (one, who), to in after.items())
        done = Done(step, utc_now(), f"{self._session}-{next(self._numbers)}")
        self._stacks.take(done)
        self._commit(done, "")

    def clear(self, subject: Subject) -> None:
        """Take back verdict, reason and categories of `subject`. A note stays; without one nothing is left.

        What others said stays in the file; it does not count for this annotator any more.

        Raises
        ------
        AnnotationWriteError
            As `record`.
        """
        with self._keeper.lock:
            before = self._table.get(subject)
            if before is not None and (before.verdict or before.reason or before.categories):
                self.record(replace(before, verdict="", reason="", categories={}))

    def undo(self) -> Subject | None:
        """Take back the last step and return its first subject; None if there is none.

        Also steps of earlier sessions of this annotator within the last 24 hours, as long as what they led to
        is what is there now. What was there before comes back as it was, its annotator and time included.
        Raises AnnotationWriteError as `record` does, after the change in memory (`last_changed` says of what).
        """
        with self._keeper.lock:
            if not self._stacks.undo:
                return None
            step = self._stacks.undo[-1]
            return self._travel(tuple(change.turned for change in step.changes), "undo")

    def redo(self) -> Subject | None:
        """Do again what `undo` took back last; None if there is nothing. Any new change forgets it."""
        with self._keeper.lock:
            if not self._stacks.redo:
                return None
            return self._travel(self._stacks.redo[-1].changes, "redo")

    def _stamped(self, change: Annotation, before: Annotation | None) -> Annotation:
        if not change.time or (before is not None and change.time == before.time):
            return replace(change, time=utc_now(), annotator=self.annotator)
        return change if change.annotator else replace(change, annotator=self.annotator)

    def _shadows(self, subject: Subject) -> bool:
        """Whether an empty row of ours is needed, so that what others said does not count in its place."""
        return not self._table.blind and any(other.annotator for other in self._table.others(subject))

    def _travel(self, changes: tuple[Change, ...], kind: str) -> Subject:
        self._keeper.writable()
        done = Done(changes, utc_now(), f"{self._session}-{next(self._numbers)}")
        self._stacks.take(done, kind)
        self._commit(done, kind)
        return changes[0].subject

    def _commit(self, step: Done, kind: str) -> None:
        """Journal the step, then change memory; when the journal refuses, memory is changed all the same."""
        # Once each, in order: a step of two annotators' rows may have a subject twice.
        self.last_changed = tuple(dict.fromkeys(change.subject for change in step.changes))
        line = encode_step(step.changes, step.at, self.annotator, step.id, kind)
        save_now = False
        try:
            save_now = self._keeper.commit(line, self.last_changed)
        finally:
            for change in step.changes:
                self._table.put(change.subject, change.to, change.who)
        if save_now:
            self.save()

    def _saved(self) -> None:
        self._keep_undo()
        self._note_batch()

    def _note_batch(self) -> None:
        """Say beside the CSV what it is about, once; no verdict hangs on it."""
        facts, self._about = self._about, None
        if facts is not None:
            with contextlib.suppress(OSError):
                note_facts(self.path, facts)

    def _keep_undo(self) -> None:
        with self._keeper.lock:
            stacks = Stacks(list(self._stacks.undo), list(self._stacks.redo), self._stacks.last)
        save_stacks(self.path, self.annotator, stacks)

    # On disk

    def save(self) -> None:
        """Rewrite the CSV (atomically) and empty the journal; nothing to do if nothing was recorded.

        May run in a worker thread: verdicts that come while it writes stay in the journal. If somebody else
        has changed the CSV since it was read, their changes are merged row by row (`tuiqc.qc.conflicts`);
        `messages`, `conflicts` and `take_merged` say what came of it.

        Raises
        ------
        AnnotationWriteError
            If the CSV can't be written. The old CSV and the journal stay as they are.
        """
        self._keeper.save()

    def refresh(self) -> bool:
        """Take over what somebody else wrote into the CSV since; returns whether anything is different now.

        For a worker thread, now and then. `take_merged` says what is different.
        """
        self._keeper.refresh()
        return bool(self._keeper.merged)

    def close(self) -> None:
        """Save and close; the journal is removed when the CSV has everything. Closing twice is harmless.

        Raises
        ------
        AnnotationWriteError
            As `save`; the journal then stays and is replayed on the next opening.
        """
        self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
