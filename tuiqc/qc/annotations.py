"""The annotations of a session: in memory, in a journal after every key press, in a CSV between sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tuiqc.qc.journal import encode_step
from tuiqc.qc.keeper import AnnotationWriteError, Keeper, open_keeper
from tuiqc.qc.ledger import Ledger
from tuiqc.qc.record import VERDICTS, Annotation, Subject, normalised, utc_now

__all__ = ["VERDICTS", "Annotation", "AnnotationStore", "AnnotationWriteError", "Subject"]

Step = list[tuple[Subject, Annotation | None, Annotation | None]]
"""Subject, what was there before, what is there after; of one or several subjects."""


class AnnotationStore:
    """All annotations of one CSV: look up, record, undo, count, save. Made by `AnnotationStore.open`.

    Every change is one line in the journal (`<path>.journal`), synced to disk before the call returns; `save`
    rewrites the CSV and empties the journal. Safe to use from several threads: `save` may run in a worker
    while verdicts go on. There is one annotation per subject; where a file that somebody put together has
    several rows of one, the last counts and the others stay in the file.

    Attributes
    ----------
    annotator
        Who gives the verdicts of this session.
    last_changed
        The subjects that the last record, clear, undo or redo touched.
    """

    def __init__(self, keeper: Keeper, ledger: Ledger, annotator: str) -> None:
        self.annotator = annotator
        self.last_changed: tuple[Subject, ...] = ()
        self._keeper, self._ledger = keeper, ledger
        self._undo: list[Step] = []
        self._redo: list[Step] = []

    @classmethod
    def open(
        cls, path: Path, annotator: str = "", placeholders: Sequence[str] = (), *, read_only: bool = False
    ) -> AnnotationStore:
        """Open the CSV at `path` (which need not exist yet) and replay what its journal has on top of it.

        With `read_only` nothing is written, not even a journal, and recording raises AnnotationWriteError.

        Raises
        ------
        InputError
            If the file is no annotation CSV or can't be read.
        UsageError
            If the journal beside it can't be written: nothing could be kept.
        """
        keeper, ledger = open_keeper(path, placeholders, read_only)
        return cls(keeper, ledger, annotator)

    @property
    def path(self) -> Path:
        """The CSV, symbolic links resolved."""
        return self._keeper.path

    @property
    def messages(self) -> list[str]:
        """Sentences for the user about what happened on opening and saving; safe to print."""
        return self._keeper.messages

    # What is decided

    def get(self, subject: Subject) -> Annotation | None:
        """Return the annotation of `subject`, or None if nothing was decided or written about it."""
        return self._ledger.get(subject)

    def items(self) -> list[tuple[Subject, Annotation]]:
        """Return all annotations in the order of the file, new ones last."""
        with self._keeper.lock:
            return self._ledger.items()

    def __len__(self) -> int:
        return self._ledger.count

    def counts(self, level: str, layer: str | None = None) -> dict[str, int]:
        """Return how many have which verdict: {"pass": …, "fail": …, "unsure": …}; of one layer or of all.

        Counts what is in the file, whether or not the batch that is open has it. Takes the same time
        however many there are.
        """
        return self._ledger.counts(level, layer)

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
            after: dict[Subject, Annotation | None] = {}
            for change in map(normalised, changes):
                subject = change.subject
                before = after[subject] if subject in after else self._ledger.get(subject)
                after[subject] = None if change.empty else self._stamped(change, before)
            step = [(subject, self._ledger.get(subject), to) for subject, to in after.items()]
            if step:
                self._keeper.writable()
                self._undo.append(step)
                self._redo.clear()
                self._commit(step)

    def clear(self, subject: Subject) -> None:
        """Take back verdict and reason of `subject`. A note stays; without one nothing is left.

        Raises
        ------
        AnnotationWriteError
            As `record`.
        """
        with self._keeper.lock:
            before = self._ledger.get(subject)
            if before is not None and (before.verdict or before.reason):
                self.record(replace(before, verdict="", reason=""))

    def undo(self) -> Subject | None:
        """Take back the last step of this session and return its first subject; None if there is none.

        What was there before comes back as it was, its annotator and time included. Raises
        AnnotationWriteError as `record` does, after the change in memory (`last_changed` says of what).
        """
        return self._travel(self._undo, self._redo, lambda step: [(s, to, was) for s, was, to in step])

    def redo(self) -> Subject | None:
        """Do again what `undo` took back last; None if there is nothing. Any new change forgets it."""
        return self._travel(self._redo, self._undo, lambda step: step)

    @property
    def can_undo(self) -> bool:
        """True when `undo` has a step to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """True when `redo` has a step to do again."""
        return bool(self._redo)

    def _stamped(self, change: Annotation, before: Annotation | None) -> Annotation:
        if not change.time or (before is not None and change.time == before.time):
            return replace(change, time=utc_now(), annotator=self.annotator)
        return change if change.annotator else replace(change, annotator=self.annotator)

    def _travel(self, source: list[Step], target: list[Step], turn: Callable[[Step], Step]) -> Subject | None:
        with self._keeper.lock:
            if not source:
                return None
            self._keeper.writable()
            step = source.pop()
            target.append(step)
            self._commit(turn(step))
            return step[0][0]

    def _commit(self, step: Step) -> None:
        """Journal the step, then change memory; when the journal refuses, memory is changed all the same."""
        changes = [(subject, to) for subject, _, to in step]
        self.last_changed = tuple(subject for subject, _ in changes)
        save_now = False
        try:
            save_now = self._keeper.commit(encode_step(changes, utc_now(), self.annotator), self.last_changed)
        finally:
            for subject, to in changes:
                self._ledger.put(subject, to)
        if save_now:
            self.save()

    # On disk

    @property
    def unsaved(self) -> tuple[Subject, ...]:
        """The subjects whose last change is in memory only since writing failed."""
        return tuple(self._keeper.unsaved)

    @property
    def dirty(self) -> bool:
        """True when the CSV is behind what was recorded (the journal has it)."""
        return self._keeper.dirty

    def save(self) -> None:
        """Rewrite the CSV (atomically) and empty the journal; nothing to do if nothing was recorded.

        May run in a worker thread: verdicts that come while it writes stay in the journal. If somebody else
        has changed the CSV since it was read, their version is kept beside it and `messages` says so.

        Raises
        ------
        AnnotationWriteError
            If the CSV can't be written. The old CSV and the journal stay as they are.
        """
        self._keeper.save(self._ledger)

    def close(self) -> None:
        """Save and close; the journal is removed when the CSV has everything. Closing twice is harmless.

        Raises
        ------
        AnnotationWriteError
            As `save`; the journal then stays and is replayed on the next opening.
        """
        self._keeper.close(self._ledger)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
