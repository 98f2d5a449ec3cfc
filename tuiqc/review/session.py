"""The state of a review: which image and object, which order, what was decided. Knows no screen and reads no file."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.more_columns import MoreColumns
from tuiqc.errors import TuiqcError
from tuiqc.qc.annotations import AnnotationStore, AnnotationWriteError
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.images import ImageRows
from tuiqc.review.label_checks import LabelChecks
from tuiqc.review.more_columns import attach
from tuiqc.review.neighbours import Direction, neighbour
from tuiqc.review.objects import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import Aggregate
from tuiqc.tables.filters import FilterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMERIC = ("integer", "float", "bool")

Level = Literal["image", "object"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision: the subject, and the trouble if it could not be put on disk."""

    subject: Subject
    trouble: str = ""


class Session:
    """Where the person is in a batch and what was decided.

    Attributes
    ----------
    layer
        The active object layer, "" if there is none.
    level
        Whether verdicts go to the image or to the object: that of the table that had the focus last.
    image
        Row number of the current image in the batch.
    label
        Label of the current object of the active layer in that image, 0 while there is none.
    """

    def __init__(self, batch: Batch, store: AnnotationStore, layer: str) -> None:
        self.batch, self.store = batch, store
        self.layer = layer
        self.level: Level = "image"
        self.image = 0
        self.label = 0
        self.t = 0
        self.images = ImageRows(batch)
        self.objects: ObjectRows | None = None
        self.label_checks = LabelChecks()
        self.aggregates: list[Aggregate] = []
        self.more: dict[str, list[MoreColumns]] = {}
        self._changed: dict[Subject, None] = {}
        self._recount: set[int] = set()
        self.images.decide_all(store.items(), batch)

    # --- where

    @property
    def record(self) -> ImageRecord:
        """The current image."""
        return self.batch.images[self.image]

    @property
    def position(self) -> int | None:
        """Position of the current object in the frame of its layer, None while there is none."""
        if self.objects is None or not self.label:
            return None
        return self.objects.position(self.image, self.label, self.t)

    @property
    def rows(self) -> Rows | None:
        """The rows of the present level."""
        return self.images if self.level == "image" else self.objects

    @property
    def row(self) -> int | None:
        """Row of the current image or object in its table as it is sorted and filtered, None if it is not shown."""
        position = self.image if self.level == "image" else self.position
        return None if position is None or self.rows is None else self.rows.view.index_of(position)

    @property
    def subject(self) -> Subject | None:
        """What a verdict would be about now."""
        if self.level == "image":
            return Subject("image", self.record.key)
        position = self.position
        if self.objects is None or position is None:
            return None
        return self.objects.subject(position, self.batch)

    def position_of(self, subject: Subject) -> int | None:
        """Position of a thing in the frame of the present level, None if it is not of that level or not there."""
        image = self._index(subject.image)
        if image is None or subject.level != self.level:
            return None
        if subject.level == "image":
            return image
        if self.objects is None or subject.layer != self.objects.layer:
            return None
        return self.objects.position(image, subject.label, subject.t)

    @property
    def annotation(self) -> Annotation | None:
        """What was decided about the current thing."""
        subject = self.subject
        return self.store.get(subject) if subject else None

    def go_image(self, row: int) -> None:
        """Make the image in a row of the image table the current one."""
        self.level = "image"
        image = self.images.view.row(row)
        if image != self.image:
            self.image, self.label = image, 0

    def go_object(self, row: int) -> None:
        """Make the object in a row of the object table the current one, and its image with it."""
        if self.objects is None or not 0 <= row < len(self.objects):
            return
        self.go_position(self.objects.view.row(row))

    def go_position(self, position: int) -> None:
        """Make the object at a position of its frame the current one."""
        assert self.objects is not None
        self.level = "object"
        self.image = int(self.objects.images[position])
        self.label = int(self.objects.labels[position])
        self.t = 0 if self.objects.times is None else int(self.objects.times[position])

    def go_label(self, label: int) -> bool:
        """Make an object of the current image the current one, by its label; False if the table lacks it."""
        position = self.objects.position(self.image, label, self.t) if self.objects else None
        if position is None:
            return False
        self.go_position(position)
        return True

    def hop(self, direction: Direction) -> bool:
        """Go to the neighbouring object of the current image in a direction of the picture; False if there is none."""
        objects = self.objects
        if objects is None:
            return False
        span = objects.span(self.image)
        x, y = objects.geometry.centre_x[span], objects.geometry.centre_y[span]
        position = self.position if self.level == "object" else None
        origin = objects.centre(position) if position is not None else None
        if origin is None:  # nothing is current: begin at the object nearest to the image's corner
            if not len(x) or np.isnan(x + y).all():
                return False
            found: int | None = int(np.nanargmin(x + y))
        else:
            found = neighbour(x, y, origin, direction)
        if found is None:
            return False
        self.go_position(span.start + found)
        return True

    def step_image(self, step: int) -> bool:
        """Go to the next (1) or previous (-1) image in the order of the image table; False at its end."""
        row = self.images.view.index_of(self.image)
        target = (row if row is not None else 0) + step
        if not 0 <= target < len(self.images):
            return False
        level = self.level
        self.go_image(target)
        if level == "object" and self.objects is not None:
            if self.objects.image_filter is not None:
                self.objects.show_only(self.image)
            # An image without objects leaves nothing current: it must not be judged in their place.
            self.level, first = level, self.first_of_image()
            if first is not None:
                self.go_object(first)
        return True

    def first_of_image(self) -> int | None:
        """Row of the first object of the current image in the order of the object table."""
        if self.objects is None:
            return None
        mask = self.objects.images == self.image
        return self.objects.view.next_where(mask, -1, wrap=False)

    def next_unreviewed(self, step: int = 1) -> bool:
        """Go to the next (or previous) one without a verdict; False if all that is shown has one."""
        if self.rows is None:
            return False
        row = self.row
        found = self.rows.next_unreviewed(row if row is not None else -1, step)
        if found is None:
            return False
        if self.level == "image":
            self.go_image(found)
        else:
            self.go_object(found)
        return True

    def toggle_only_image(self) -> bool:
        """Show only the objects of the current image, or again those of all; returns whether it is one image now."""
        if self.objects is None:
            return False
        self.objects.show_only(self.image if self.objects.image_filter is None else None)
        return self.objects.image_filter is not None

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

    # --- rows that arrive

    def set_objects(self, rows: ObjectRows | None) -> None:
        """Take over rows of the active layer; order, filter and place stay."""
        before, self.objects = self.objects, rows
        if rows is None:
            return
        for subject in self._changed:
            self._show(subject)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)

    def prepare(self, rows: ObjectRows) -> None:
        """Sort and filter rows as those that are shown are, in the thread that read them."""
        for more in self.more.get(rows.layer, ()):
            attach(rows, more, self.batch).put()
        before = self.objects
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)

    def rebuild_images(self) -> None:
        """Make the image rows anew: the counts of the objects as they are now, the mean of the sorted column."""
        before = self.images
        self.images = ImageRows(self.batch, self.objects, self.wanted_aggregates())
        self.images.decide_all(self.store.items(), self.batch)
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
        images, self._recount = self._recount, set()
        if self.objects is not None:
            self.images.count_again(images, self.objects)

    # --- deciding

    def decide(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        """Record a verdict, a reason or a note (None leaves what was there) about the current thing.

        It is on disk when this returns, or `Outcome.trouble` says why not. None if nothing is current.
        """
        subject = self.subject
        if subject is None:
            return None
        return self._record(
            subject, self._described(self._changed_by(subject, verdict, reason, note), self.position)
        )

    def _changed_by(
        self, subject: Subject, verdict: str | None, reason: str | None, note: str | None
    ) -> Annotation:
        now = self.store.get(subject) or Annotation(subject)
        if verdict is not None:
            # A reason says why something failed; it goes with the verdict that it explains.
            kept = now.reason if verdict in (now.verdict, "fail") else ""
            now = replace(now, verdict=verdict, reason=kept)
        if reason is not None:
            now = replace(now, reason=reason)
        return now if note is None else replace(now, note=note)

    def decide_selected(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        """The same for all selected rows of the present level, as one step with one undo."""
        rows = self.rows
        if rows is None or not rows.selection.count:
            return None
        changes = []
        for position in rows.selection.positions().tolist():
            subject = self._subject_at(position)
            changes.append(self._described(self._changed_by(subject, verdict, reason, note), position))
        trouble = ""
        try:
            self.store.record_many(changes)
        except AnnotationWriteError as error:
            trouble = str(error)
        for change in changes:
            self._changed[change.subject] = None
            self._show(change.subject)
        return Outcome(changes[0].subject, trouble)

    def _subject_at(self, position: int) -> Subject:
        if self.level == "object" and self.objects is not None:
            return self.objects.subject(position, self.batch)
        return self.images.subject(position, self.batch)

    def clear(self) -> Outcome | None:
        """Take back verdict, reason and note of the current thing."""
        subject = self.subject
        if subject is None or self.store.get(subject) is None:
            return None
        return self._record(subject, Annotation(subject))

    def undo(self) -> Outcome | None:
        """Take the last decision back and go to it; None if there is none."""
        return self._travel(self.store.undo)

    def redo(self) -> Outcome | None:
        """Do again what was undone last and go to it; None if there is none."""
        return self._travel(self.store.redo)

    def _travel(self, travel: object) -> Outcome | None:
        trouble = ""
        try:
            subject = travel()  # type: ignore[operator]
        except AnnotationWriteError as error:
            subject, trouble = None, str(error)
        if subject is None and not trouble:
            return None
        changed = self.store.last_changed
        for one in changed:
            self._changed[one] = None
            self._show(one)
        self._go_to(changed[0])
        return Outcome(changed[0], trouble)

    def _record(self, subject: Subject, annotation: Annotation) -> Outcome:
        trouble = ""
        try:
            self.store.record(annotation)
        except AnnotationWriteError as error:
            trouble = str(error)
        self._changed[subject] = None
        self._show(subject)
        return Outcome(subject, trouble)

    def _described(self, annotation: Annotation, position: int | None) -> Annotation:
        """With what joins it to the tables: placeholders, source table, and place and size of the object."""
        image = self._index(annotation.subject.image)
        record = self.batch.images[image if image is not None else self.image]
        annotation = replace(annotation, extra=dict(record.placeholders))
        if annotation.subject.level == "image" or self.objects is None or position is None:
            return annotation
        table = record.tables.get(self.layer) or self.batch.shared_tables.get(self.layer)
        centre = self.objects.centre(position)
        return replace(
            annotation,
            source_table=table.name if table is not None else "",
            centre_x=centre[0] if centre else None,
            centre_y=centre[1] if centre else None,
            area=float(self.objects.geometry.area[position]),
        )

    def _show(self, subject: Subject) -> None:
        """Bring the rows up to date with the store."""
        annotation = self.store.get(subject)
        image = self._index(subject.image)
        if image is None:
            return
        if subject.level == "image":
            self.images.decide(image, annotation)
        elif self.objects is not None and subject.layer == self.objects.layer:
            position = self.objects.position(image, subject.label, subject.t)
            if position is not None:
                self.objects.decide(position, annotation)
                self._recount.add(image)

    def _go_to(self, subject: Subject) -> None:
        image = self._index(subject.image)
        if image is None:
            return
        if subject.level == "image":
            self.level, self.image, self.label = "image", image, 0
        elif self.objects is not None and subject.layer == self.layer:
            position = self.objects.position(image, subject.label, subject.t)
            if position is not None:
                if self.objects.image_filter not in (None, image):
                    self.objects.show_only(image)  # what was undone must not stay out of sight
                self.go_position(position)

    def _index(self, key: str) -> int | None:
        try:
            return self.batch.by_key(key).index
        except TuiqcError:
            return None
