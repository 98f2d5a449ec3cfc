"""The rows of a session: images, objects of the active layer, tracks; they come while the program runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tuiqc.dataset.model import Batch
from tuiqc.errors import TuiqcError
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.changes import Changes
from tuiqc.review.column_choice import attach
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.label_checks import LabelChecks
from tuiqc.review.mixed_rows import MixedRows
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Level
from tuiqc.review.ranking_columns import SUSPECT
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import Aggregate
from tuiqc.tables.filters.tokens import FilterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.dataset.more_columns import MoreColumns
    from tuiqc.review.candidate_rows import CandidateRows
    from tuiqc.review.queue import Queue
    from tuiqc.review.stale_verdicts import StaleVerdicts
    from tuiqc.review.track_rows import TrackRows

Changed = Callable[[Changes], None]
"""Told of changes; whoever is told handles them later, once for all that came since."""


def unheard(changes: Changes) -> None:
    """Nobody listens: without a screen."""


NUMERIC = ("integer", "float", "bool")
"""Kinds of columns that have a mean."""


class SessionTables:
    """The rows and what is known beside them; place, order, filter and selection stay when more rows come.

    Attributes
    ----------
    images, objects, track_rows, candidates
        The rows of each level; objects, tracks and candidates are None until some are known.
    aggregates
        Numbers per image that were asked for.
    more
        Per layer the files whose columns were joined to the objects.
    stale
        Which verdicts may belong to other objects since the masks changed; None until that was looked at.
    first_order, first_only
        Sort keys for the objects of the layer when they come, and whether to show those of one image only.
    category
        The annotators' own column, "" without one.
    queue, queue_only
        The queue that the rows have numbers of, and whether only what is in it is shown.
    covered
        Whether a view lies over the tables.
    hides
        Whether what was said of a subject is not to be seen now.
    rank, rank_images, heard
        Give rows the columns of the ranking; is told what was decided about. Set by the session.
    changed
        Told of what changes.
    """

    def __init__(self, batch: Batch, store: AnnotationStore, changed: Changed = unheard) -> None:
        self.batch, self.store, self.changed = batch, store, changed
        self.images = ImageRows(batch)
        self.objects: ObjectRows | None = None
        self.track_rows: TrackRows | None = None
        self.candidates: CandidateRows | None = None
        self.label_checks = LabelChecks()
        self.aggregates: list[Aggregate] = []
        self.more: dict[str, list[MoreColumns]] = {}
        self.stale: StaleVerdicts | None = None
        self.first_order: list[tuple[str, bool]] = []
        self.first_only = False
        self.category = ""
        self.covered = False
        self._mixed: MixedRows | None = None
        self.queue: Queue | None = None
        self.queue_only = False
        self.hides = _nothing_hidden
        self.rank: Callable[[ObjectRows], None] = _no_ranking
        self.rank_images: Callable[[ImageRows], None] = _no_image_ranking
        self.heard: Callable[[Sequence[Subject]], None] = _not_heard
        self._decided: dict[Subject, None] = {}
        self._recount: set[int] = set()
        self._counted: set[int] = set()
        self.images.decide_all(store.items(), batch)

    # --- where a subject is

    def rows_of(self, level: str) -> Rows | None:
        """Return the rows of a level, None while there are none."""
        if level == "image":
            return self.images
        return {"track": self.track_rows, "candidate": self.candidates}.get(level, self.objects)

    @property
    def mixed(self) -> MixedRows | None:
        """Objects with candidates among them, as their table shows them worst first; None where it shows objects alone.

        That is in another order, with a filter, in a queue, and while a view that shows none of them lies over the
        table (`covered`). They may be grouped by what is suspected of them, each group worst first.
        """
        objects, candidates = self.objects, self.candidates
        if self.covered or objects is None or candidates is None or not candidates.total:
            return None
        keys, alone = objects.view.sort_keys, objects.filtered is not None or objects.queued is not None
        if len(keys) == 2 and keys[0] == (objects.ranked.get(SUSPECT), False):
            keys = keys[1:]
        worst_first = len(keys) == 1 and keys[0][0] in objects.order_words and not keys[0][1]
        if alone or not worst_first or candidates.layer != objects.layer:
            return None
        if self._mixed is None or not self._mixed.holds(objects, candidates):
            self._mixed = MixedRows(objects, candidates)
        return self._mixed

    def index_of_image(self, key: str) -> int | None:
        """Return the row number of an image in the batch by its key, None if there is no such image."""
        try:
            return self.batch.by_key(key).index
        except TuiqcError:
            return None

    def place_of(self, subject: Subject) -> tuple[Rows, int] | None:
        """Return the rows that a subject is of, and its position in their frame; None where it is not there."""
        rows = self.rows_of(subject.level)
        position = None if rows is None else self._place_in(rows, subject)
        return None if rows is None or position is None else (rows, position)

    def subject(self, level: Level, position: int) -> Subject:
        """Return what is at a position of the rows of a level, which are there."""
        rows = self.rows_of(level)
        assert rows is not None
        return rows.subject(position, self.batch)

    # --- what was decided

    def annotation(self, subject: Subject) -> Annotation | None:
        """Return what was decided about a subject, as it may be seen: not of one that is silently shown again."""
        return None if self.hides(subject) else self.store.get(subject)

    def verdict(self, subject: Subject) -> str:
        """Return the verdict on a subject, "" for none; also of one that is silently shown again."""
        annotation = self.store.get(subject)
        return annotation.verdict if annotation is not None else ""

    def take_decisions(self, subjects: Iterable[Subject]) -> None:
        """Bring the rows up to date with the store: something was decided about these subjects."""
        decided = list(subjects)
        for subject in decided:
            self._decided[subject] = None
            self.show(subject)
        self.count_again()
        self.heard(decided)
        self.changed(Changes.VERDICTS)

    def show(self, subject: Subject) -> None:
        """Bring the row of a subject up to date with the store; `count_again` brings the counts."""
        place = self.place_of(subject)
        if place is None:
            return
        rows, position = place
        rows.decide(position, self.annotation(subject))
        if isinstance(rows, ObjectRows):
            self._recount.add(int(rows.images[position]))

    def count_again(self) -> None:
        """Bring the counts per image up to date with the decisions since the last time."""
        images, self._recount = self._recount, set()
        self._counted |= images
        if self.objects is not None:
            self.images.count_again(images, self.objects)

    # --- columns of our own

    def start_category(self, column: str) -> None:
        """Give all rows the annotators' own column."""
        self.category = column
        for rows in filter(None, (self.images, self.objects)):
            self._add_category(rows)
        self.changed(Changes.COLUMNS)

    def _add_category(self, rows: Rows) -> None:
        """Give rows the annotators' own column, if there is one and they have not got it yet."""
        if not self.category or rows.category == self.category:
            return
        rows.add_category(self.category)
        for subject, annotation in self.store.items():
            place = self._place_in(rows, subject) if annotation.categories else None
            if place is not None:
                rows.decide(place, self.annotation(subject))

    def number_queue(self, rows: Rows) -> None:
        """Give rows the column of the queue, and show only what is in it while it is walked."""
        queue = self.queue
        if queue is None or not queue.of(rows.level, rows.layer) or rows.view.has(rows.queue_column):
            return
        queue.put(rows, lambda subject: self._place_in(rows, subject))
        if self.queue_only:
            queue.restrict(rows)

    def _place_in(self, rows: Rows, subject: Subject) -> int | None:
        """Return the position of a subject in the frame of rows, which need not be those that are shown."""
        image = self.index_of_image(subject.image)
        if image is None or (subject.level, subject.layer) != (rows.level, rows.layer):
            return None
        return rows.position_of(subject, image)

    # --- objects come

    def set_objects(
        self, rows: ObjectRows | None, image_rows: ImageRows | None = None, image: int = 0
    ) -> None:
        """Take over rows of the active layer, and the image rows that `prepare` gave; order, filter and place stay.

        On the event loop: it does again what the person has changed since `prepare`, which is little. `image` is the
        current one, whose objects alone are shown where that is how the last session stopped.
        """
        before, self.objects = self.objects, rows
        if rows is None:
            self.changed(Changes.ROWS)
            return
        self.number_queue(rows)
        self._add_category(rows)
        self.rank(rows)
        if self.stale is not None and self.stale.layer == rows.layer:
            self.stale.put(rows, self.batch)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)
        elif self.first_only:
            rows.show_only(image)
        if image_rows is not None:
            wanted = self._aggregates_of(rows)
            current = image_rows.wanted == wanted
            self._take_images(image_rows if current else ImageRows(self.batch, rows, wanted))
        for subject in self._decided:
            self.show(subject)
        self.count_again()
        self.changed(Changes.ROWS)

    def prepare(self, rows: ObjectRows) -> ImageRows:
        """Sort and filter rows as those that are shown are, in the thread that read them; returns the image rows."""
        for more in self.more.get(rows.layer, ()):
            attach(rows, more, self.batch).put()
        before = self.objects
        self.number_queue(rows)
        self._add_category(rows)
        self.rank(rows)
        if before is not None and before.layer == rows.layer:
            rows.take_over(before)
        elif self.first_order:
            rows.restore_sort(self.first_order)
        images = ImageRows(self.batch, rows, self._aggregates_of(rows))
        images.decide_all(self.store.items(), self.batch)
        self.rank_images(images)
        self.number_queue(images)
        images.restore_sort(self.images.wanted_keys)
        return images

    def set_stale(self, stale: StaleVerdicts) -> None:
        """Take over what became of the annotated objects of a layer; their rows say it."""
        self.stale = stale
        self.show_stale()

    def show_stale(self) -> None:
        """Bring the column of stale verdicts up to date."""
        if self.stale is not None and self.objects is not None:
            self.stale.put(self.objects, self.batch)
            self.changed(Changes.COLUMNS)

    def show_only(self, image: int | None) -> None:
        """Show the objects of one image, or of all (None)."""
        if self.objects is not None and self.objects.image_filter != image:
            self.objects.show_only(image)
            self.changed(Changes.ROWS)

    def bring_in_sight(self, image: int) -> None:
        """Show the objects of an image, where those of another one alone are shown."""
        if self.objects is not None and self.objects.image_filter is not None:
            self.show_only(image)

    def set_track_rows(self, rows: TrackRows) -> None:
        """Take over the rows of tracks, with what was decided, in the order of those before."""
        before, self.track_rows = self.track_rows, rows
        rows.decide_all(self.store.items(), self.batch)
        if before is not None and before.layer == rows.layer:
            rows.restore_sort(list(before.view.sort_keys))
        self.changed(Changes.ROWS)

    def set_candidates(self, rows: CandidateRows) -> None:
        """Take over the candidates (`candidate_rows` knows what was decided), in the order of those before."""
        before, self.candidates = self.candidates, rows
        for subject in self._decided:
            if subject.level == "candidate":
                self.show(subject)
        if before is not None and before.layer == rows.layer:
            rows.restore_sort(list(before.view.sort_keys))
        self.changed(Changes.ROWS)

    def labels_to_check(self, image: int) -> NDArray[np.int64] | None:
        """Return the labels in the table of an image that are not compared with its mask yet; None for nothing."""
        objects = self.objects
        if objects is None or image not in objects.loaded or not self.batch.has_table(objects.layer):
            return None
        if (objects.layer, image) in self.label_checks:
            return None
        span = objects.span(image)
        labels = objects.labels[span]
        return labels if objects.times is None else labels[objects.times[span] == 0]

    # --- the image rows

    def rebuild_images(self) -> None:
        """Make the image rows anew: the counts of the objects as they are now, the mean of the sorted column."""
        self.take_images(self.made_images())

    def made_images(self) -> ImageRows:
        """Return image rows made anew, for a thread; `take_images` takes them over."""
        self._counted = set()
        return ImageRows(self.batch, self.objects, self.wanted_aggregates())

    def take_images(self, images: ImageRows) -> None:
        """Show the image rows of `made_images`, with what was decided meanwhile."""
        images.decide_all(self.store.items(), self.batch)
        self._take_images(images)
        self._recount |= self._counted
        self.count_again()
        self.changed(Changes.ROWS)

    def _take_images(self, images: ImageRows) -> None:
        before, self.images = self.images, images
        self.rank_images(images)
        self.number_queue(images)
        self._add_category(images)
        # A sort by what has no column (yet) is kept: the column may come with the objects.
        images.restore_sort(before.wanted_keys)
        images.selection = before.selection
        images.stack = before.stack
        with contextlib.suppress(FilterError):  # it may name an aggregate that is no more
            images.take_filter(images.filter_mask())

    def wanted_aggregates(self) -> list[Aggregate]:
        """Return the aggregates of the image table: those asked for, and the mean of the sorted column."""
        return self._aggregates_of(self.objects) if self.objects is not None else list(self.aggregates)

    def _aggregates_of(self, objects: ObjectRows) -> list[Aggregate]:
        wanted = list(self.aggregates)
        sort = objects.view.sort
        ours = (objects.queue_column, *objects.order_words)
        if sort is not None and objects.view.kind(sort[0]) in NUMERIC and sort[0] not in ours:
            wanted.append(Aggregate(sort[0], "mean"))
        return list(dict.fromkeys(wanted))


def _nothing_hidden(subject: Subject) -> bool:
    return False


def _no_ranking(rows: ObjectRows) -> None:
    pass


def _no_image_ranking(rows: ImageRows) -> None:
    pass


def _not_heard(subjects: Sequence[Subject]) -> None:
    pass
