"""Rows that arrive while the program runs: objects that were read, and the image rows counted from them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tuiqc.qc.record import Subject
from tuiqc.review.images import ImageRows
from tuiqc.review.more_columns import attach
from tuiqc.review.objects import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.review.state import State
from tuiqc.tables.aggregate import Aggregate
from tuiqc.tables.filters import FilterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUMERIC = ("integer", "float", "bool")


class Arriving(State):
    """What becomes of the rows; place, order, filter and selection stay."""

    def set_objects(self, rows: ObjectRows | None) -> None:
        """Take over rows of the active layer; order, filter and place stay."""
        before, self.objects = self.objects, rows
        if rows is None:
            return
        self._queue_up(rows)
        for subject in self.changed:
            self.show(subject)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)

    def prepare(self, rows: ObjectRows) -> None:
        """Sort and filter rows as those that are shown are, in the thread that read them."""
        for more in self.more.get(rows.layer, ()):
            attach(rows, more, self.batch).put()
        before = self.objects
        self._queue_up(rows)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)

    def _queue_up(self, rows: Rows) -> None:
        """Give the rows the column of the queue, and show only the queue while it is walked."""
        queue = self.queue
        level, layer = ("object", rows.layer) if isinstance(rows, ObjectRows) else ("image", "")
        if queue is None or not queue.of(level, layer) or rows.view.has(rows.queue_column):
            return

        def position(subject: Subject) -> int | None:
            image = self.index_of_image(subject.image)
            if image is None or not isinstance(rows, ObjectRows):
                return image
            return rows.position(image, subject.label, subject.t)

        queue.put(rows, position)
        if self.queue_on:
            queue.restrict(rows)

    def rebuild_images(self) -> None:
        """Make the image rows anew: the counts of the objects as they are now, the mean of the sorted column."""
        before = self.images
        self.images = ImageRows(self.batch, self.objects, self.wanted_aggregates())
        self.images.decide_all(self.store.items(), self.batch)
        self._queue_up(self.images)
        self.images.restore_sort(before.view.sort_keys)
        self.images.selection = before.selection
        self.images.stack = before.stack
        with contextlib.suppress(FilterError):  # it may name an aggregate that is no more
            self.images.take_filter(self.images.filter_mask())

    def wanted_aggregates(self) -> list[Aggregate]:
        """The aggregates of the image table: those that were asked for, and the mean of the sorted column."""
        wanted = list(self.aggregates)
        sort = self.objects.view.sort if self.objects is not None else None
        if self.objects is not None and sort is not None and self.objects.view.kind(sort[0]) in NUMERIC:
            wanted.append(Aggregate(sort[0], "mean"))
        return list(dict.fromkeys(wanted))

    def count_again(self) -> None:
        """Bring the counts per image up to date with the decisions since the last time."""
        images, self.recount = self.recount, set()
        if self.objects is not None:
            self.images.count_again(images, self.objects)

    def labels_to_check(self) -> NDArray[np.int64] | None:
        """Labels in the table of the current image that have not been compared with its mask yet; None for nothing."""
        objects = self.objects
        if objects is None or self.image not in objects.loaded or not self.batch.has_table(self.layer):
            return None
        if (self.layer, self.image) in self.label_checks:
            return None
        span = objects.span(self.image)
        labels = objects.labels[span]
        return labels if objects.times is None else labels[objects.times[span] == 0]
