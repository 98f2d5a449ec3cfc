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
from tuiqc.tables.filters.errors import FilterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUMERIC = ("integer", "float", "bool")


class Arriving(State):
    """What becomes of the rows; place, order, filter and selection stay."""

    def set_objects(self, rows: ObjectRows | None, image_rows: ImageRows | None = None) -> None:
        """Take over rows of the active layer, and the image rows that `prepare` gave; order, filter and place stay.

        On the event loop: it does again what the person has changed since `prepare`, which is little.
        """
        before, self.objects = self.objects, rows
        if rows is None:
            return
        self._queue_up(rows)
        self.put_category(rows)
        if self.stale is not None and self.stale.layer == rows.layer:
            self.stale.put(rows, self.batch)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)
        elif self.first_only:
            rows.show_only(self.image)
        if image_rows is not None:
            wanted = self._aggregates_of(rows)
            current = image_rows.wanted == wanted
            self._take_images(image_rows if current else ImageRows(self.batch, rows, wanted))
        for subject in self.changed:
            self.show(subject)
        self.count_again()

    def prepare(self, rows: ObjectRows) -> ImageRows:
        """Sort and filter rows as those that are shown are, in the thread that read them; returns the image rows."""
        for more in self.more.get(rows.layer, ()):
            attach(rows, more, self.batch).put()
        before = self.objects
        self._queue_up(rows)
        self.put_category(rows)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)
        elif self.first_order:
            rows.restore_sort(self.first_order)
        images = ImageRows(self.batch, rows, self._aggregates_of(rows))
        images.decide_all(self.store.items(), self.batch)
        self._queue_up(images)
        images.restore_sort(self.images.wanted_keys)
        return images

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
        self.take_images(self.made_images())

    def made_images(self) -> ImageRows:
        """Return image rows made anew, for a thread; `take_images` takes them over."""
        self.counted = set()
        return ImageRows(self.batch, self.objects, self.wanted_aggregates())

    def take_images(self, images: ImageRows) -> None:
        """Show the image rows of `made_images`, with what was decided meanwhile."""
        images.decide_all(self.store.items(), self.batch)
        self._take_images(images)
        self.recount |= self.counted
        self.count_again()

    def _take_images(self, images: ImageRows) -> None:
        before, self.images = self.images, images
        self._queue_up(images)
        self.put_category(images)
        # A sort by what has no column (yet) is kept: the column may come with the objects.
        images.restore_sort(before.wanted_keys)
        images.selection = before.selection
        images.stack = before.stack
        with contextlib.suppress(FilterError):  # it may name an aggregate that is no more
            images.take_filter(images.filter_mask())

    def wanted_aggregates(self) -> list[Aggregate]:
        """The aggregates of the image table: those that were asked for, and the mean of the sorted column."""
        return self._aggregates_of(self.objects) if self.objects is not None else list(self.aggregates)

    def _aggregates_of(self, objects: ObjectRows) -> list[Aggregate]:
        wanted = list(self.aggregates)
        sort = objects.view.sort
        if sort is not None and objects.view.kind(sort[0]) in NUMERIC and sort[0] != objects.queue_column:
            wanted.append(Aggregate(sort[0], "mean"))
        return list(dict.fromkeys(wanted))

    def count_again(self) -> None:
        """Bring the counts per image up to date with the decisions since the last time."""
        images, self.recount = self.recount, set()
        self.counted |= images
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
