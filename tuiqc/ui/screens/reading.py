"""Reading: the objects of the layer come in the background, and are shown as they come."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.review.columns import load_columns
from tuiqc.review.loading import ObjectStream
from tuiqc.ui import collecting
from tuiqc.ui.messages import FeedBroken, ObjectsRead, ReadingProgress
from tuiqc.ui.screens.enduring import Enduring
from tuiqc.ui.widgets.lines import progress_bar

_FIRST_PICTURE = 0.6
"""Seconds after which objects are read even if no picture has come."""


class Reading(Enduring):
    """The objects of one layer at a time."""

    _to_read = False
    _queue_begun = False

    def read_after_first_picture(self) -> None:
        """Reading tables would take its time from the first picture, which is what the person waits for."""
        self._to_read = True
        self.set_timer(_FIRST_PICTURE, self.begin_reading)

    def begin_reading(self) -> None:
        """Read the objects now, if that has not begun."""
        if self._to_read:
            self._to_read = False
            self._read_objects()

    def _read_objects(self) -> None:
        self._to_read = False
        session = self.session
        if not session.layer:
            return
        loader = ObjectLoader(session.batch, self.painter.source)
        self.feed_text = "reading …"
        self.objects_table.empty = "reading …"
        layer, order = session.layer, session.reading_order()
        self.feed.start(
            lambda deliver: ObjectStream(
                session.batch,
                loader,
                session.store,
                layer,
                order,
                deliver,
                session.prepare,
                lambda done: self._post_progress(layer, done),
                lambda: self.column_choice,
            ),
            layer,
        )

    def _post_progress(self, layer: str, done: float) -> None:
        """Called in the thread that reads."""
        self.post_message(ReadingProgress(layer, done))

    @on(ReadingProgress)
    def reading_progress(self, event: ReadingProgress) -> None:
        """A part of one big table has been read."""
        objects = self.session.objects
        if event.layer != self.session.layer or (objects is not None and not objects.preview):
            return
        self.feed_text = f"{progress_bar(event.done, 8)}▏{event.done:.0%} read"
        self.tell_top()
        self.tell_titles()

    @on(ObjectsRead)
    def objects_read(self, event: ObjectsRead) -> None:
        """More rows: show them without losing the place."""
        session, fed = self.session, event.fed
        if event.layer != session.layer:
            return
        column = self.objects_table.column
        session.set_objects(fed.rows, fed.image_rows)
        if not self._queue_begun and session.in_queue is not None and session.level == "object":
            self._queue_begun = session.to_first_open()
        if session.level == "object" and session.position is None:
            row = session.first_of_image()
            if row is not None:
                session.go_object(row)
        bar = progress_bar(fed.done, 8)
        if fed.rows.preview:
            self.feed_text = f"{bar}▏the first {fed.rows.total:,} rows"
        else:
            self.feed_text = "" if fed.complete else f"{bar}▏{fed.images:,} of {fed.total:,} images read"
        self.objects_table.empty = "no objects"
        self.show_listing(fed.listing)
        self.objects_table.go(self.objects_table.row, column)
        self.show_image_rows()
        if fed.complete:
            collecting.keep()
            self.look_for_stale()
        if fed.complete and fed.rows.problems:
            count = len(fed.rows.problems)
            self.say(f"{count} problem{'s' * (count > 1)} in the tables of {session.layer}: J shows them")
        self.tell_top()
        self.tell_chips()
        self.place_changed()

    @on(FeedBroken)
    def feed_broken(self, event: FeedBroken) -> None:
        """Not all rows are there."""
        self.feed_text = "not all could be read"
        self.say(f"reading {self.session.layer} ended early: {event.text}", trouble=True)
        self.tell_titles()

    def action_next_layer(self) -> None:
        """The next object layer."""
        session = self.session
        layers = session.batch.layers
        if len(layers) < 2:
            self.say("there is one object layer only" if layers else "there is no object layer")
            return
        before = session.layer
        session.layer = layers[(layers.index(before) + 1) % len(layers)]
        session.label = 0
        session.set_objects(None)
        session.first_order, session.first_only = [], False
        self.column_choice = load_columns(self.column_kind)
        self.display_style = replace(self.display_style.activated(session.layer, before), colour_by="")
        self._read_objects()
        self.say(f"object layer {session.layer}")
        self.tell_chips()
        self.place_changed()

    def tell_top(self) -> None:
        """How large the batch is, and how much of it has been read, in the top line."""
        session = self.session
        count = len(session.batch.images)
        text = f"{count:,} image{'s' * (count != 1)}"
        if session.objects is not None:
            total = session.objects.total
            text += f" · {session.layer} {total:,} object{'s' * (total != 1)}"
        self.top_line.tell(size=f"{text} · {self.feed_text}" if self.feed_text else text)
