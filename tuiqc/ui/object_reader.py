"""The objects of the active layer: they are read in the background, and shown as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.review.changes import Changes
from tuiqc.review.object_stream import ObjectStream, RowsBatch
from tuiqc.review.session import Session
from tuiqc.review.stale_verdicts import StaleVerdicts
from tuiqc.text import printable
from tuiqc.ui import garbage
from tuiqc.ui.jobs import LONG, Cancelled, Jobs
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.table_panes import TablePanes
from tuiqc.ui.widgets.lines import progress_bar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.review.object_rows import ObjectRows

Slices = tuple["ObjectRows | None", "dict[int, NDArray[np.float64]]"]

_SLICES = 0.3
"""Seconds after which the slices that have been measured are shown, and the next images are begun."""
_FIRST_PICTURE = 0.6
"""Seconds after which objects are read if no picture has come."""
_MOST_WAITS = 3
"""How often so long is waited once more for a picture that is being made."""


class ObjectReader:
    """Reads one layer at a time; another layer ends the reading of the one before.

    Attributes
    ----------
    text
        How far the reading is, "" when it has ended.
    """

    def __init__(
        self,
        session: Session,
        pictures: Pictures,
        tables: TablePanes,
        jobs: Jobs,
        say: Callable[..., None],
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._pictures, self._tables, self._jobs = session, pictures, tables, jobs
        self._say, self._changed = say, changed
        self.text = ""
        self._to_read = False
        self._queue_begun = False
        self._stream: ObjectStream | None = None
        self._stale_looked_for = ""
        self._unmeasured: dict[int, None] = {}

    @property
    def pending(self) -> str:
        """How far the reading is, "" when all objects are there (or there is no object layer)."""
        if not self._session.cursor.layer:
            return ""
        return self.text or ("reading …" if self._session.tables.objects is None else "")

    # --- beginning

    def begin_soon(self) -> None:
        """Reading tables would take its time from the first picture, which is what the person waits for."""
        self._to_read = True
        self._jobs.after(_FIRST_PICTURE, partial(self._begin_after_picture, _MOST_WAITS))

    def _begin_after_picture(self, waits: int) -> None:
        """Begin, or wait again while the first picture is being made: on a busy machine, or from a slow disk."""
        pictures = self._pictures
        making = pictures.number > 0 and pictures.pending and not pictures.pane.note
        if making and waits and self._to_read:
            self._jobs.after(_FIRST_PICTURE, partial(self._begin_after_picture, waits - 1))
        else:
            self.begin()

    def begin(self) -> None:
        """Read the objects now, if that has not begun."""
        if self._to_read:
            self.read()

    def read(self) -> None:
        """Read the objects of the active layer, from the beginning."""
        self._to_read = False
        session, layer = self._session, self._session.cursor.layer
        self.stop()
        if not layer:
            return
        self.text = "reading …"
        stream = self._stream = ObjectStream(
            session.batch,
            ObjectLoader(session.batch, self._pictures.painter.source),
            session.store,
            layer,
            session.queue.reading_order(),
            lambda batch: self._jobs.deliver("objects", partial(self.take, layer, batch)),
            session.tables.prepare,
            lambda done: self._jobs.deliver("read", partial(self._read_so_far, layer, done)),
            lambda: self._tables.object_choice,
        )
        threading.Thread(target=self._run, args=(stream, layer), name="tuiqc-feed", daemon=True).start()

    def _run(self, stream: ObjectStream, layer: str) -> None:
        try:
            stream.run()
        except (
            Exception
        ) as error:  # the person must know that rows are missing, and go on with those there are
            text = f"reading {layer} ended early: {type(error).__name__}: {error}"
            self._jobs.deliver("read broken", partial(self._broken, text))

    def stop(self) -> None:
        """End the reading."""
        if self._stream is not None:
            self._stream.stop()

    # --- what comes

    def _read_so_far(self, layer: str, done: float) -> None:
        """A part of one big table has been read."""
        objects = self._session.tables.objects
        if layer == self._session.cursor.layer and (objects is None or objects.preview):
            # Text is kept as columns in the cache: the person is told that it takes so long but once.
            done_once = "converted (once)" if self._session.batch.source.cache else "read"
            self.text = f"{progress_bar(done, 8)}▏{done:.0%} {done_once}"
            self._changed(Changes.ROWS)

    def take(self, layer: str, batch: RowsBatch) -> None:
        """More rows: show them without losing the place."""
        session, cursor = self._session, self._session.cursor
        if layer != cursor.layer:
            return
        column = self._tables.objects.column
        batch.rows.on_unmeasured = self._measure_slices
        session.set_objects(batch.rows, batch.image_rows)
        if not self._queue_begun and session.queue.active is not None and cursor.level == "object":
            self._queue_begun = session.queue.to_first_open()
        if cursor.level == "object" and cursor.position is None:
            row = cursor.first_of_image()
            if row is not None:
                cursor.go_object(row)
        if cursor.level == "object" and cursor.position is not None:
            batch.rows.best_slice(cursor.position)  # asks for those of this image, if they are not known
        self.text = _how_far(batch)
        self._tables.show_listing(batch.listing)
        self._tables.objects.go(self._tables.objects.row, column)
        if batch.complete:
            garbage.keep()
            self.look_for_stale()
        if batch.complete and batch.rows.problems:
            count = len(batch.rows.problems)
            self._say(f"{count} problem{'s' * (count > 1)} in the tables of {printable(layer)}: J shows them")
        self._changed(Changes.ROWS)

    # --- the slices of objects of many stacks

    def _measure_slices(self, image: int) -> None:
        """Measure the mask of an image that is looked at, the one asked for last first."""
        self._unmeasured.pop(image, None)
        self._unmeasured[image] = None
        self._jobs.once("slices", partial(self._next_slices, self._session.tables.objects), self._take_slices)

    def _next_slices(self, rows: ObjectRows | None) -> Slices:
        found: dict[int, NDArray[np.float64]] = {}
        end = monotonic() + _SLICES
        while rows is not None and self._unmeasured and monotonic() < end:
            image, _ = self._unmeasured.popitem()
            found[image] = rows.measured_slices(image)
        return rows, found

    def _take_slices(self, found: Slices) -> None:
        (rows, slices), cursor = found, self._session.cursor
        if rows is None or rows is not self._session.tables.objects:
            self._unmeasured.clear()
            return
        position = cursor.position if cursor.level == "object" and cursor.image in slices else None
        before = None if position is None else rows.known_slice(position)
        for image, values in slices.items():
            rows.put_slices(image, values)
        if position is not None and before in (None, cursor.z):  # else the person has gone on
            cursor.go_position(position)
        self._changed(Changes.ROWS)
        if self._unmeasured:
            self._measure_slices(next(reversed(self._unmeasured)))

    def _broken(self, text: str) -> None:
        """Not all rows are there."""
        self.text = "not all could be read"
        self._say(text, trouble=True)
        self._changed(Changes.ROWS)

    # --- verdicts that may be of other objects now

    def look_for_stale(self) -> None:
        """Compare the annotated objects with the masks as they are now; once per layer and reading."""
        session, rows = self._session, self._session.tables.objects
        layer = session.cursor.layer
        if rows is None or self._stale_looked_for == layer or not session.store.count_of(layer):
            return
        self._stale_looked_for = layer
        batch, store, masks = session.batch, session.store, self._pictures.painter.label_plane

        def compare(cancelled: Cancelled) -> StaleVerdicts:
            from tuiqc.review.stale_verdicts import check

            return check(batch, store, rows, masks, cancelled)

        self._jobs.latest("stale", LONG, compare, self._stale_known, lambda error: self._say(str(error)))

    def _stale_known(self, found: StaleVerdicts) -> None:
        if found.layer != self._session.cursor.layer:
            return
        self._session.tables.set_stale(found)
        if found.findings:
            count = len(found.findings)
            self._say(f"! lists {count} of {found.checked} verdicts that may be of other objects now")


def _how_far(batch: RowsBatch) -> str:
    bar = progress_bar(batch.done, 8)
    if batch.rows.preview:
        return f"{bar}▏the first {batch.rows.total:,} rows"
    return "" if batch.complete else f"{bar}▏{batch.images:,} of {batch.total:,} images read"
