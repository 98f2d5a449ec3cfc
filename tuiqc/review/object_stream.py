"""Reads the objects of a layer in the background and hands over ever longer rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.column_choice import ColumnChoice
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.listing import Listing
from tuiqc.review.object_rows import ObjectRows

_IN_SIGHT, _SOON = 24, 200  # columns
_PAUSE = 0.4
"""Least seconds between two hand-overs; longer ones for long tables, so that joining takes a small part of the time."""


@dataclass(frozen=True, slots=True)
class RowsBatch:
    """Rows read so far: of `images` of `total` images.

    Attributes
    ----------
    image_rows
        The image table that belongs to them.
    listing
        The rows as a table shows them, with the first columns measured.
    done
        What part of the files has been read, 0 to 1.
    """

    rows: ObjectRows
    image_rows: ImageRows
    listing: Listing
    images: int
    total: int
    done: float

    @property
    def complete(self) -> bool:
        """Whether all images have been read."""
        return not self.rows.preview and self.images >= self.total


class ObjectStream:
    """One reading of one layer; `run` belongs into a thread of its own.

    Parameters
    ----------
    order
        Row numbers of all images in the order in which they are wanted.
    deliver
        Called in the thread with what has been read: after the first image, now and then, and at the end.
    prepare
        Called in the thread with rows before they are handed over, to sort and filter them as they will be shown;
        returns the image rows that belong to them.
    progress
        Called in the thread while one big table is read, with the part of it that has been read (0 to 1).
    choice
        Tells which columns will be shown.
    """

    def __init__(
        self,
        batch: Batch,
        loader: ObjectLoader,
        store: AnnotationStore,
        layer: str,
        order: Sequence[int],
        deliver: Callable[[RowsBatch], None],
        prepare: Callable[[ObjectRows], ImageRows] | None = None,
        progress: Callable[[float], None] = lambda done: None,
        choice: Callable[[], ColumnChoice] = ColumnChoice,
    ) -> None:
        self.layer = layer
        self._batch, self._loader, self._store, self._deliver = batch, loader, store, deliver
        self._prepare = prepare or (lambda rows: ImageRows(batch, rows))
        self._progress, self._choice = progress, choice
        self._order = list(order)
        self._parts: list[ObjectPart] = []
        self._next = 0.0
        self._handed = 0
        self._stopped = False

    def run(self) -> None:
        """Read all; returns early after `stop`."""
        self._loader.load_layer(
            self.layer,
            self._take,
            stop=lambda: self._stopped,
            order=self._order,
            on_preview=self._show_first,
            report=self._report,
        )
        if not self._stopped and (self._handed < len(self._parts) or not self._parts):
            self._hand_over()

    def stop(self) -> None:
        """End soon, without handing over anything more."""
        self._stopped = True

    def _take(self, part: ObjectPart) -> None:
        self._parts.append(part)
        if len(self._parts) == 1 or monotonic() >= self._next:
            self._hand_over()

    def _show_first(self, part: ObjectPart) -> None:
        """The first rows of one big table, to go on with while the others are read."""
        if not self._stopped and not self._parts:
            self._deliver_rows(ObjectRows(self._batch, self.layer, [part], preview=True))

    def _report(self, done: int, total: int) -> None:
        if not self._stopped and total and (monotonic() >= self._next or done >= total):
            self._next = monotonic() + _PAUSE
            self._progress(done / total)

    def _hand_over(self) -> None:
        start = monotonic()
        self._handed = len(self._parts)
        self._deliver_rows(ObjectRows(self._batch, self.layer, self._parts))
        self._next = monotonic() + max(_PAUSE, 8 * (monotonic() - start))

    def _deliver_rows(self, rows: ObjectRows) -> None:
        rows.decide_all(self._store.items(), self._batch)
        image_rows = self._prepare(rows)
        listing = Listing(rows, self._choice())
        listing.measure(_IN_SIGHT)
        total = len(self._batch.images)
        if not self._stopped:
            done = 0.0 if rows.preview else len(rows.loaded) / max(1, total)
            fed = RowsBatch(rows, image_rows, listing, len(rows.loaded), total, done)
            self._deliver(fed)
            if fed.complete:
                listing.measure(_SOON)
