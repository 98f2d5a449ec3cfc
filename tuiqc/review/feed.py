"""Reads the objects of a layer in the background and hands over ever longer rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.objects import ObjectRows

_PAUSE = 0.4
"""Least seconds between two hand-overs; longer ones for long tables, so that joining takes a small part of the time."""


@dataclass(frozen=True, slots=True)
class Fed:
    """Rows read so far: of `images` of `total` images."""

    rows: ObjectRows
    images: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether all images have been read."""
        return self.images >= self.total


class ObjectFeed:
    """One reading of one layer; `run` belongs into a thread of its own.

    Parameters
    ----------
    order
        Row numbers of all images in the order in which they are wanted.
    deliver
        Called in the thread with what has been read: after the first image, now and then, and at the end.
    prepare
        Called in the thread with rows before they are handed over, to sort and filter them as they will be shown.
    """

    def __init__(
        self,
        batch: Batch,
        loader: ObjectLoader,
        store: AnnotationStore,
        layer: str,
        order: Sequence[int],
        deliver: Callable[[Fed], None],
        prepare: Callable[[ObjectRows], None] = lambda rows: None,
    ) -> None:
        self.layer = layer
        self._batch, self._loader, self._store, self._deliver = batch, loader, store, deliver
        self._prepare = prepare
        self._order = list(order)
        self._parts: list[ObjectPart] = []
        self._next = 0.0
        self._handed = 0
        self._stopped = False

    def run(self) -> None:
        """Read all; returns early after `stop`."""
        self._loader.load_layer(self.layer, self._take, stop=lambda: self._stopped, order=self._order)
        if not self._stopped and (self._handed < len(self._parts) or not self._parts):
            self._hand_over()

    def stop(self) -> None:
        """End soon, without handing over anything more."""
        self._stopped = True

    def _take(self, part: ObjectPart) -> None:
        self._parts.append(part)
        if len(self._parts) == 1 or monotonic() >= self._next:
            self._hand_over()

    def _hand_over(self) -> None:
        start = monotonic()
        rows = ObjectRows(self._batch, self.layer, self._parts)
        rows.decide_all(self._store.items(), self._batch)
        self._prepare(rows)
        self._handed = len(self._parts)
        took = monotonic() - start
        self._next = monotonic() + max(_PAUSE, 8 * took)
        if not self._stopped:
            self._deliver(Fed(rows, len(rows.loaded), len(self._batch.images)))
