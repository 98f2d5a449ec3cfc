"""What an annotation store says: about things, about itself and about its files."""

from __future__ import annotations

from pathlib import Path

from tuiqc.qc.keeper import Keeper
from tuiqc.qc.ledger import Ledger
from tuiqc.qc.merging import Conflict
from tuiqc.qc.record import Annotation, Subject


class StoreState:
    """The part of `AnnotationStore` that changes nothing."""

    def __init__(self, keeper: Keeper, ledger: Ledger) -> None:
        self._keeper, self._ledger = keeper, ledger

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
        return self._ledger.blind

    @property
    def messages(self) -> list[str]:
        """Sentences for the user about what happened on opening and saving; safe to print."""
        return self._keeper.messages

    # What is decided

    def get(self, subject: Subject) -> Annotation | None:
        """Return the annotation of `subject`, or None if nothing was decided or written about it.

        That of this session's annotator; where they said nothing, the latest of the others (unless blind).
        """
        return self._ledger.get(subject)

    def others(self, subject: Subject) -> list[Annotation]:
        """Return what other annotators said about `subject`, the latest first."""
        return self._ledger.others(subject)

    def by_annotator(self) -> dict[str, dict[Subject, Annotation]]:
        """Return annotator -> subject -> annotation: every row that says something."""
        with self._keeper.lock:
            return self._ledger.by_annotator()

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
