"""A review: the batch, the person's place in it, what they decide, and the rows. Knows no screen and reads no file."""

from __future__ import annotations

from functools import cached_property, partial

from tuiqc.dataset.model import Batch
from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.annotator import Annotator, Outcome
from tuiqc.review.changes import Changes
from tuiqc.review.cursor import Cursor
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.queue_walk import QueueWalk
from tuiqc.review.ranking import SessionRanking
from tuiqc.review.session_tables import NUMERIC, Changed, SessionTables, unheard

__all__ = ["NUMERIC", "Outcome", "Session"]


class Session:
    """The parts of a review; each tells `changed` what it has changed, once for each thing that is done.

    Attributes
    ----------
    tables
        The rows: images, objects, tracks.
    cursor
        The place of the person.
    annotator
        Verdicts, reasons, notes, categories; undo.
    queue
        What comes next to be judged.
    ranking
        What looks wrong, and the order that was taken from it.
    changed
        Who is told; to be set by whoever shows the session.
    """

    def __init__(self, batch: Batch, store: AnnotationStore, layer: str) -> None:
        self.batch, self.store = batch, store
        self.changed: Changed = unheard
        self.tables = SessionTables(batch, store, self._tell)
        self.cursor = Cursor(self.tables, layer, self._tell)
        self.annotator = Annotator(self.tables, self.cursor)
        self.queue = QueueWalk(self.tables, self.cursor, self.annotator)
        self.ranking = SessionRanking(self.tables, self._tell)
        self.tables.rank, self.tables.heard = self.ranking.put, self.ranking.decided
        self.tables.rank_images = partial(self.ranking.put_images, sort=False)

    @cached_property
    def plates(self) -> PlateMap | None:
        """Which well each image is of, None if nothing says so; the same in all views of the plate."""
        return plate_map(self.batch)

    def _tell(self, changes: Changes) -> None:
        self.changed(changes)

    def set_objects(self, rows: ObjectRows | None, image_rows: ImageRows | None = None) -> None:
        """Take over rows of the active layer; see `SessionTables.set_objects`."""
        self.tables.set_objects(rows, image_rows, self.cursor.image)

    def set_layer(self, layer: str) -> None:
        """Make another object layer the active one; its objects come later, in the order of their file."""
        self.cursor.set_layer(layer)
        self.tables.first_order, self.tables.first_only = [], False
        self.set_objects(None)
