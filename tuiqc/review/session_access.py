# ruff: noqa: D101, D102
"""The parts of a session by their old names, until all who use them name the part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.more_columns import MoreColumns
from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.annotator import Annotator, Outcome
from tuiqc.review.cursor import Cursor, Extent, Projection
from tuiqc.review.images import ImageRows
from tuiqc.review.label_checks import LabelChecks
from tuiqc.review.objects import ObjectRows
from tuiqc.review.queue import Queue
from tuiqc.review.queue_walk import QueueWalk, Skip
from tuiqc.review.rows import Level, Rows
from tuiqc.review.second_answers import SecondAnswers
from tuiqc.review.stale import StaleVerdicts
from tuiqc.review.tables import SessionTables
from tuiqc.review.track_rows import TrackRows
from tuiqc.tables.aggregate import Aggregate
from tuiqc.tables.neighbours import Direction
from tuiqc.tracks.data import Tracks


class Access:
    tables: SessionTables
    cursor: Cursor
    annotator: Annotator
    queue: QueueWalk

    @property
    def images(self) -> ImageRows:
        return self.tables.images

    @images.setter
    def images(self, value: ImageRows) -> None:
        self.tables.images = value

    @property
    def objects(self) -> ObjectRows | None:
        return self.tables.objects

    @objects.setter
    def objects(self, value: ObjectRows | None) -> None:
        self.tables.objects = value

    @property
    def track_rows(self) -> TrackRows | None:
        return self.tables.track_rows

    @track_rows.setter
    def track_rows(self, value: TrackRows | None) -> None:
        self.tables.track_rows = value

    @property
    def label_checks(self) -> LabelChecks:
        return self.tables.label_checks

    @label_checks.setter
    def label_checks(self, value: LabelChecks) -> None:
        self.tables.label_checks = value

    @property
    def aggregates(self) -> list[Aggregate]:
        return self.tables.aggregates

    @aggregates.setter
    def aggregates(self, value: list[Aggregate]) -> None:
        self.tables.aggregates = value

    @property
    def first_order(self) -> list[tuple[str, bool]]:
        return self.tables.first_order

    @first_order.setter
    def first_order(self, value: list[tuple[str, bool]]) -> None:
        self.tables.first_order = value

    @property
    def first_only(self) -> bool:
        return self.tables.first_only

    @first_only.setter
    def first_only(self, value: bool) -> None:
        self.tables.first_only = value

    @property
    def more(self) -> dict[str, list[MoreColumns]]:
        return self.tables.more

    @more.setter
    def more(self, value: dict[str, list[MoreColumns]]) -> None:
        self.tables.more = value

    @property
    def stale(self) -> StaleVerdicts | None:
        return self.tables.stale

    @stale.setter
    def stale(self, value: StaleVerdicts | None) -> None:
        self.tables.stale = value

    def prepare(self, rows: ObjectRows) -> ImageRows:
        return self.tables.prepare(rows)

    def made_images(self) -> ImageRows:
        return self.tables.made_images()

    def take_images(self, images: ImageRows) -> None:
        return self.tables.take_images(images)

    def rebuild_images(self) -> None:
        return self.tables.rebuild_images()

    def count_again(self) -> None:
        return self.tables.count_again()

    def show(self, subject: Subject) -> None:
        return self.tables.show(subject)

    def index_of_image(self, key: str) -> int | None:
        return self.tables.index_of_image(key)

    @property
    def layer(self) -> str:
        return self.cursor.layer

    @layer.setter
    def layer(self, value: str) -> None:
        self.cursor.layer = value

    @property
    def level(self) -> Level:
        return self.cursor.level

    @level.setter
    def level(self, value: Level) -> None:
        self.cursor.level = value

    @property
    def image(self) -> int:
        return self.cursor.image

    @image.setter
    def image(self, value: int) -> None:
        self.cursor.image = value

    @property
    def label(self) -> int:
        return self.cursor.label

    @label.setter
    def label(self, value: int) -> None:
        self.cursor.label = value

    @property
    def t(self) -> int:
        return self.cursor.t

    @t.setter
    def t(self, value: int) -> None:
        self.cursor.t = value

    @property
    def z(self) -> int:
        return self.cursor.z

    @z.setter
    def z(self, value: int) -> None:
        self.cursor.z = value

    @property
    def projection(self) -> Projection:
        return self.cursor.projection

    @projection.setter
    def projection(self, value: Projection) -> None:
        self.cursor.projection = value

    @property
    def extents(self) -> dict[int, Extent]:
        return self.cursor.extents

    @extents.setter
    def extents(self, value: dict[int, Extent]) -> None:
        self.cursor.extents = value

    @property
    def extent(self) -> Extent:
        return self.cursor.extent

    @property
    def tracks(self) -> Tracks | None:
        return self.cursor.tracks

    @property
    def track(self) -> int | None:
        return self.cursor.track

    @property
    def record(self) -> ImageRecord:
        return self.cursor.record

    @property
    def position(self) -> int | None:
        return self.cursor.position

    @property
    def rows(self) -> Rows | None:
        return self.cursor.rows

    @property
    def track_position(self) -> int | None:
        return self.cursor.track_position

    @property
    def row(self) -> int | None:
        return self.cursor.row

    @property
    def subject(self) -> Subject | None:
        return self.cursor.subject

    def position_of(self, subject: Subject) -> int | None:
        return self.cursor.position_of(subject)

    def go_image(self, row: int) -> None:
        return self.cursor.go_image(row)

    def go_object(self, row: int) -> None:
        return self.cursor.go_object(row)

    def go_position(self, position: int) -> None:
        return self.cursor.go_position(position)

    def go_label(self, label: int) -> bool:
        return self.cursor.go_label(label)

    def go_track(self, track: int, t: int | None = None) -> bool:
        return self.cursor.go_track(track, t)

    def go_track_row(self, row: int) -> None:
        return self.cursor.go_track_row(row)

    def go_time(self, t: int) -> bool:
        return self.cursor.go_time(t)

    def go_slice(self, z: int) -> bool:
        return self.cursor.go_slice(z)

    def go_subject(self, subject: Subject) -> None:
        return self.cursor.go_subject(subject)

    def hop(self, direction: Direction) -> bool:
        return self.cursor.hop(direction)

    def step_image(self, step: int) -> bool:
        return self.cursor.step_image(step)

    def step_track(self, step: int) -> int | None:
        return self.cursor.step_track(step)

    def step_event(self, step: int) -> str | None:
        return self.cursor.step_event(step)

    def first_of_image(self) -> int | None:
        return self.cursor.first_of_image()

    def toggle_only_image(self) -> bool:
        return self.cursor.toggle_only_image()

    def label_of(self, track: int, t: int) -> int:
        return self.cursor.label_of(track, t)

    def next_projection(self) -> Projection:
        return self.cursor.next_projection()

    def tail(self, length: int = 12) -> list[tuple[float, float]]:
        return self.cursor.tail(length)

    @property
    def followed(self) -> tuple[int, str, int] | None:
        return self.cursor.followed

    @followed.setter
    def followed(self, value: tuple[int, str, int] | None) -> None:
        self.cursor.followed = value

    @property
    def annotation(self) -> Annotation | None:
        return self.annotator.annotation

    def decide(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        return self.annotator.decide(verdict, reason, note)

    def decide_selected(
        self, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> Outcome | None:
        return self.annotator.decide_selected(verdict, reason, note)

    def judged_in_selection(self) -> int:
        return self.annotator.judged_in_selection()

    def clear(self) -> Outcome | None:
        return self.annotator.clear()

    def clear_selected(self) -> Outcome | None:
        return self.annotator.clear_selected()

    def undo(self) -> Outcome | None:
        return self.annotator.undo()

    def redo(self) -> Outcome | None:
        return self.annotator.redo()

    @property
    def categories(self) -> CategoryColumn | None:
        return self.annotator.categories

    @categories.setter
    def categories(self, value: CategoryColumn | None) -> None:
        self.annotator.categories = value

    @property
    def keys_categorise(self) -> bool:
        return self.annotator.keys_categorise

    @keys_categorise.setter
    def keys_categorise(self, value: bool) -> None:
        self.annotator.keys_categorise = value

    def set_categories(self, column: CategoryColumn) -> None:
        return self.annotator.set_categories(column)

    def add_category(self, name: str) -> None:
        return self.annotator.add_category(name)

    @property
    def category(self) -> str:
        return self.annotator.category

    def categorise(self, name: str) -> Outcome | None:
        return self.annotator.categorise(name)

    def to_first_open(self) -> bool:
        return self.queue.to_first_open()

    def next_unreviewed(self, step: int = 1) -> bool:
        return self.queue.next_unreviewed(step)

    def counts(self) -> dict[str, int]:
        return self.queue.counts()

    def reading_order(self) -> list[int]:
        return self.queue.reading_order()

    def next_skip(self) -> Skip:
        return self.queue.next_skip()

    @property
    def skip(self) -> Skip:
        return self.queue.skip

    @skip.setter
    def skip(self, value: Skip) -> None:
        self.queue.skip = value

    @property
    def in_queue(self) -> Queue | None:
        return self.queue.active

    @property
    def queue_on(self) -> bool:
        return self.queue.on

    def set_queue(self, queue: Queue, *, walk: bool = True) -> None:
        return self.queue.take(queue, walk=walk)

    def walk_queue(self, on: bool) -> None:
        return self.queue.walk(on)

    def queue_place(self) -> str:
        return self.queue.place()

    def said_of(self, subject: Subject) -> Annotation | None:
        return self.tables.annotation(subject)

    @property
    def repeats(self) -> SecondAnswers | None:
        return self.annotator.second_answers

    @repeats.setter
    def repeats(self, value: SecondAnswers | None) -> None:
        self.annotator.second_answers = value

    def labels_to_check(self) -> NDArray[np.int64] | None:
        return self.tables.labels_to_check(self.cursor.image)
