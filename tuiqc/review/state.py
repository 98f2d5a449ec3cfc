"""What every part of a session stands on: the batch, its rows, and which image and object are the current ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.errors import TuiqcError
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.images import ImageRows
from tuiqc.review.label_checks import LabelChecks
from tuiqc.review.objects import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import Aggregate

if TYPE_CHECKING:
    from tuiqc.dataset.more_columns import MoreColumns
    from tuiqc.qc.categories import CategoryColumn
    from tuiqc.review.queue import Queue
    from tuiqc.review.repeating import Repeats
    from tuiqc.review.staleness import Stale
    from tuiqc.review.track_rows import TrackRows

Level = Literal["image", "object", "track"]
Skip = Literal["annotated", "missing", "nothing"]


class State:
    """The place of the person in a batch.

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
    t
        Frame of the current object.
    queue, queue_on
        The queue of this session, and whether it is walked now.
    repeats
        Things of a random sample that are silently shown again.
    first_order, first_only
        Sort keys for the objects of the layer when they come, and whether to show those of one image only.
    categories, keys_categorise
        The annotators' own column, and whether the number keys give its categories in place of reasons.
    stale
        Which verdicts may belong to other objects since the masks changed; None until that was looked at.
    skip
        What is left out when walking: what is annotated, what is not, or nothing.
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
        self.track_rows: TrackRows | None = None
        self.label_checks = LabelChecks()
        self.aggregates: list[Aggregate] = []
        self.first_order: list[tuple[str, bool]] = []
        self.first_only = False
        self.more: dict[str, list[MoreColumns]] = {}
        self.changed: dict[Subject, None] = {}
        self.recount: set[int] = set()
        self.counted: set[int] = set()
        self.queue: Queue | None = None
        self.queue_on = False
        self.repeats: Repeats | None = None
        self.categories: CategoryColumn | None = None
        self.keys_categorise = False
        self.stale: Stale | None = None
        self.skip: Skip = "annotated"
        self.images.decide_all(store.items(), batch)

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
        if self.level == "track":
            return self.track_rows
        return self.images if self.level == "image" else self.objects

    @property
    def track_position(self) -> int | None:
        """Position of the current track in the frame of tracks, None while there is none."""
        return None

    @property
    def row(self) -> int | None:
        """Row of the current image or object in its table as it is sorted and filtered, None if it is not shown."""
        position = {"image": self.image, "object": self.position, "track": self.track_position}[self.level]
        return None if position is None or self.rows is None else self.rows.view.index_of(position)

    @property
    def subject(self) -> Subject | None:
        """What a verdict would be about now."""
        if self.level == "image":
            return Subject("image", self.record.key)
        if self.level == "track":
            at = self.track_position
            return None if at is None or self.track_rows is None else self.track_rows.subject(at, self.batch)
        position = self.position
        if self.objects is None or position is None:
            return None
        return self.objects.subject(position, self.batch)

    def position_of(self, subject: Subject) -> int | None:
        """Position of a thing in the frame of the present level, None if it is not of that level or not there."""
        image = self.index_of_image(subject.image)
        if image is None or subject.level != self.level:
            return None
        if subject.level == "image":
            return image
        if subject.level == "track":
            return None if self.track_rows is None else self.track_rows.position(image, subject.label)
        if self.objects is None or subject.layer != self.objects.layer:
            return None
        return self.objects.position(image, subject.label, subject.t)

    @property
    def annotation(self) -> Annotation | None:
        """What was decided about the current thing."""
        subject = self.subject
        return self.said_of(subject) if subject else None

    def said_of(self, subject: Subject) -> Annotation | None:
        """What was decided about a thing, as it may be seen: not of one that is silently shown again."""
        if self.repeats is not None and self.repeats.hides(subject):
            return None
        return self.store.get(subject)

    def put_category(self, rows: Rows) -> None:
        """Give rows the annotators' own column, if they have not got it yet."""
        column = self.categories
        if column is None or rows.category == column.column:
            return
        rows.add_category(column.column)
        layer = rows.layer if isinstance(rows, ObjectRows) else ""
        for subject, annotation in self.store.items():
            image = self.index_of_image(subject.image)
            if not annotation.categories or image is None or subject.layer != layer:
                continue
            position = (
                rows.position(image, subject.label, subject.t) if isinstance(rows, ObjectRows) else image
            )
            if position is not None:
                rows.decide(position, self.said_of(subject))

    def show(self, subject: Subject) -> None:
        """Bring the rows up to date with the store."""
        annotation = self.said_of(subject)
        image = self.index_of_image(subject.image)
        if image is None:
            return
        if subject.level == "image":
            self.images.decide(image, annotation)
        elif subject.level == "track":
            position = None if self.track_rows is None else self.track_rows.position(image, subject.label)
            if position is not None and self.track_rows is not None:
                self.track_rows.decide(position, annotation)
        elif self.objects is not None and subject.layer == self.objects.layer:
            position = self.objects.position(image, subject.label, subject.t)
            if position is not None:
                self.objects.decide(position, annotation)
                self.recount.add(image)

    def index_of_image(self, key: str) -> int | None:
        """Return the row number of an image in the batch by its key, None if there is no such image."""
        try:
            return self.batch.by_key(key).index
        except TuiqcError:
            return None
