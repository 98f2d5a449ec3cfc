"""Queues: subjects in an order of their own that are walked one by one, such as the random sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import OfOneKind, Subject
from tuiqc.qc.sample import Sample
from tuiqc.review.place import Level
from tuiqc.review.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Kind(StrEnum):
    """What a queue is, in the words of the screen."""

    SAMPLE = "random sample"
    ADJUDICATION = "disagreements"
    SECOND = "blind second review"
    LISTED = "queue"


@dataclass(frozen=True, slots=True)
class Queue(OfOneKind):
    """Subjects of one level (and object layer) in the order in which they are walked.

    Attributes
    ----------
    kind
        What it is.
    subjects
        All of one level and layer.
    sample
        The random sample that it is, None for another queue.
    said
        What each rater said of a subject (rater: "fail · merged"), where that is to be shown.
    accept
        The failure rate that the sampling is to show, 0 where none was given.
    """

    kind: Kind
    subjects: tuple[Subject, ...]
    sample: Sample | None = None
    said: Mapping[Subject, Mapping[str, str]] = field(default_factory=dict)
    accept: float = 0.0
    numbers: dict[Subject, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", {subject: i for i, subject in enumerate(self.subjects, 1)})

    def of(self, level: str, layer: str) -> bool:
        """Whether it is about subjects of this level (of objects: of this layer)."""
        return self.level == level and (level == "image" or self.layer == layer)

    @property
    def row_level(self) -> Level:
        """The level of the rows that it is shown in."""
        return "image" if self.level == "image" else "object"

    def decided(self, verdict: Callable[[Subject], str]) -> int:
        """Return how many of the queue have a verdict."""
        return sum(1 for subject in self.subjects if verdict(subject))

    def image_order(self, batch: Batch, first: int) -> list[int]:
        """Row numbers of all images, those that are wanted first in front: `first`, then as the queue goes."""
        index = batch.index_by_key
        near = [index[subject.image] for subject in self.subjects if subject.image in index]
        return list(dict.fromkeys([first, *near, *range(len(batch.images))]))

    def put(self, rows: Rows, positions: Callable[[Subject], int | None]) -> None:
        """Add the column with the numbers to rows, if they have not got it yet.

        `positions` gives the position of a subject in the frame of the rows, None where it is not (yet) there.
        """
        if rows.view.has(rows.queue_column):
            return
        values = np.full(rows.total, np.nan)
        for subject, number in self.numbers.items():
            position = positions(subject)
            if position is not None:
                values[position] = number
        rows.view.add_column(rows.queue_column, values)

    def restrict(self, rows: Rows) -> None:
        """Show only what is in the queue, in its order."""
        rows.queue_only(~np.isnan(rows.view.column(rows.queue_column)))
        rows.restore_sort([(rows.queue_column, False)])


def shuffled(subjects: Sequence[Subject], seed: int) -> tuple[Subject, ...]:
    """Return the subjects in a random order that the seed makes, whatever the order in which they come."""
    ordered = sorted(subjects)
    order: NDArray[Any] = np.random.Generator(np.random.PCG64(seed)).permutation(len(ordered))
    return tuple(ordered[index] for index in order.tolist())


def own_seed(annotator: str) -> int:
    """Return a seed that is the annotator's own, the same in every session."""
    import hashlib

    return int.from_bytes(hashlib.sha256(annotator.encode("utf-8", "replace")).digest()[:6], "big")
