"""The home screen: image table above, object table below, the picture on the right."""

from __future__ import annotations

from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.review.bookmark import Bookmark, bookmark_of, load_bookmark, save_bookmark
from tuiqc.review.columns import load_columns
from tuiqc.review.feed import ObjectFeed
from tuiqc.ui.actions import ANY
from tuiqc.ui.keymap import bindings
from tuiqc.ui.messages import (
    ContrastFound,
    FeedBroken,
    ObjectsRead,
    PictureBroken,
    PictureFinished,
    PictureProgress,
    ReadingProgress,
)
from tuiqc.ui.screens.enduring import Enduring
from tuiqc.ui.screens.help import HelpScreen
from tuiqc.ui.screens.panes import NARROW
from tuiqc.ui.widgets.lines import progress_bar
from tuiqc.ui.widgets.picture import Picture

_SOON = 0.001
"""Seconds after which widgets that were refreshed have told the screen so."""

_FIRST_PICTURE = 0.6
"""Seconds after which objects are read even if no picture has come."""


class ReviewScreen(Enduring):
    """Puts the panes together and hands messages on."""

    BINDINGS = bindings(ANY)  # type: ignore[assignment]
    CSS = """
    ReviewScreen { layout: vertical; }
    #main { height: 1fr; }
    #tables { width: 46%; max-width: 96; }
    #images { height: 2fr; }
    #objects { height: 3fr; }
    #picture { width: 1fr; background: black; }
    #images, #objects, #picture { border: round $panel-lighten-2; border-title-color: $foreground; }
    #images:focus, #objects:focus, #picture:focus { border: round $accent; border-title-style: bold; }
    ReviewScreen.-view #main { display: none; }
    ReviewScreen.-narrow #tables { width: 1fr; max-width: 100%; }
    ReviewScreen.-narrow #picture { display: none; }
    ReviewScreen.-narrow.-picture #tables { display: none; }
    ReviewScreen.-narrow.-picture #picture { display: block; }
    ReviewScreen.-view-and-picture #tables { display: none; }
    ReviewScreen.-view-and-picture #picture { display: block; width: 40%; }
    ReviewScreen.-view-and-picture.-narrow.-picture-if-wide #picture { display: none; }
    LineTable > .table--header { background: $panel; text-style: bold; }
    LineTable > .table--header-cursor { background: $panel; color: $accent; text-style: bold underline; }
    LineTable > .table--cursor { background: $accent 40%; text-style: bold; }
    LineTable > .table--cursor-cell { background: $accent; color: $text; text-style: bold; }
    LineTable > .table--cursor-blurred { background: $panel; text-style: bold; }
    LineTable > .table--pinned { text-style: bold; }
    LineTable > .table--pass { color: $success; }
    LineTable > .table--fail { color: $error; }
    LineTable > .table--unsure { color: $warning; }
    LineTable > .table--scroll { color: $accent; }
    LineTable > .table--empty { color: $text-muted; }
    """

    AUTO_FOCUS = ""  # the pane with the focus says what is judged: `on_mount` chooses it
    messages: tuple[str, ...] = ()
    _to_read = False
    _queue_begun = False

    def compose(self) -> ComposeResult:
        """The layout."""
        yield self.top_line
        with Horizontal(id="main"):
            with Vertical(id="tables"):
                yield self.images_table
                yield self.objects_table
            yield self.picture
        yield self.slider
        yield self.chip_line
        yield self.reason_line
        yield self.progress_line
        yield self.ask_line
        yield self.key_line

    def on_mount(self) -> None:
        """Go where the last session stopped, and begin to read objects."""
        self.set_class(self.app.size.width < NARROW, "-narrow")
        # The picture is asked for before the table is painted.
        self.images_table.when_moved = self.image_row_moved
        self.objects_table.when_moved = self.object_row_moved
        self._return_to(load_bookmark(self.session.store.path))
        self.restore_style()
        self.app.app_resume_signal.subscribe(self, self.resumed)
        judged = self.objects_table if self.session.level == "object" else self.images_table
        self.focus_pane(self.picture if self.narrow else judged)
        self.objects_table.empty = "reading …" if self.session.layer else "no object layer"
        # Reading tables would take its time from the first picture, which is what the person waits for.
        self._to_read = True
        self.set_timer(_FIRST_PICTURE, self._begin_reading)
        if self.messages:
            self.say(" ".join(self.messages))
        self._tell_top()
        self.place_changed()
        if self.first_view:
            self.call_after_refresh(self.open_view, self.first_view)

    def _return_to(self, bookmark: Bookmark | None) -> None:
        """The image and the order where the last session stopped; its object follows when it has been read."""
        session = self.session
        if bookmark is None:
            return
        if session.queue_on:
            return  # the queue says where to begin
        session.images.restore_sort(bookmark.image_sort)
        if bookmark.layer == session.layer:
            session.first_order, session.first_only = list(bookmark.object_sort), bookmark.only_image
        found = next((record for record in session.batch.images if record.key == bookmark.image), None)
        if found is not None:
            session.image = found.index
            if bookmark.level == "object" and bookmark.layer == session.layer:
                session.level, session.label = "object", bookmark.label

    # --- objects

    def _begin_reading(self) -> None:
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
            lambda deliver: ObjectFeed(
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
        self._tell_top()
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
            self.look_for_stale()
        if fed.complete and fed.rows.problems:
            self.say(f"{len(fed.rows.problems)} problems in the tables of {session.layer}: J shows them")
        self._tell_top()
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

    def _tell_top(self) -> None:
        session = self.session
        text = f"{len(session.batch.images):,} images"
        if session.objects is not None:
            text += f" · {session.layer} {session.objects.total:,} objects"
        self.top_line.tell(size=f"{text} · {self.feed_text}" if self.feed_text else text)

    # --- pictures

    @on(PictureFinished)
    def picture_finished(self, event: PictureFinished) -> None:
        """Show it if it is of this size still."""
        columns, rows = self.picture.size
        if (event.finished.frame.columns, event.finished.frame.rows) == (columns, rows):
            self.picture.offer(event.finished)
        elif event.finished.number == self.request_number:
            self._asked = None  # it came while the pane was hidden: ask again when it is back

    @on(PictureProgress)
    def picture_progress(self, event: PictureProgress) -> None:
        """Say what is being read for the picture that is wanted."""
        if event.number == self.request_number:
            self.say(f"reading {event.name}: {100 * event.done // max(event.total, 1)} %")

    @on(PictureBroken)
    def picture_broken(self, event: PictureBroken) -> None:
        """Say so in its place."""
        self._begin_reading()
        if event.number == self.request_number:
            self.picture.say(event.text)
            self.say(event.text)

    @on(Picture.Resized)
    def picture_resized(self, event: Picture.Resized) -> None:
        """Its pane has another size: a picture that fits is needed."""
        self.request_picture()

    @on(ContrastFound)
    def contrast_found(self, event: ContrastFound) -> None:
        """Draw again, as all images will be drawn."""
        self.request_picture(again=True)

    @on(Picture.Shown)
    def picture_shown(self, event: Picture.Shown) -> None:
        """How it came: protocol, size, time; and what could not be drawn."""
        self._begin_reading()
        finished = event.finished
        zoom = finished.painted.view.zoom
        greys = f" {finished.frame.grey_levels} greys" if finished.encoded.coarser else ""
        cost = f"{event.nbytes / 1000:.0f} kB{greys} {finished.milliseconds:.0f} ms"
        self.top_line.tell(picture=f"{self.caps.protocol} {cost} {zoom:.2g}x")
        self.read_again(finished)
        self.tell_titles()
        if finished.painted.problems:
            self.say(finished.painted.problems[0])
        # The cells of the picture and the line above it in one paint, and not a frame or two later.
        self.set_timer(_SOON, self._on_timer_update)

    # --- what the terminal is sent

    def _compositor_refresh(self) -> None:
        """Note whether the cells under the picture are painted: only then it has to be drawn again."""
        dirty = getattr(self._compositor, "_dirty_regions", None)
        inner = self.picture.content_region
        if dirty is None or any(region.overlaps(inner) for region in dirty):
            self.picture.wiped = True
        if self.view is not None:
            self.view.painted_over(None if dirty is None else list(dirty))
        super()._compositor_refresh()

    def _on_timer_update(self) -> None:
        """Paint when the terminal has taken what it was sent: on a slow link nothing may queue up in between."""
        if self.output.busy:
            return
        painted = bool(self._dirty_widgets)
        super()._on_timer_update()
        if painted and self.output.answers:
            self.output.ask_when_done()

    # --- the screen as a whole

    def on_resize(self, event: events.Resize) -> None:
        """Another size: one pane or three, and perhaps another size of the cells (font zoom)."""
        self.set_class(event.size.width < NARROW, "-narrow")
        # Not the pane that has the focus: in the first moments that is none yet, and hiding the one that is about to
        # have it would hand the focus, and with it what is judged, to another.
        self.set_class(self.pane is self.picture, "-picture")
        self.measure_cells()
        self.look_outside()
        self.request_picture()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The mouse, or Textual, gave the focus to a pane."""
        panes = (self.images_table, self.objects_table, self.picture)
        # The events of a `tab` come when its pane was chosen long ago, and perhaps left again.
        if event.widget in panes and event.widget is self.focused and event.widget is not self.pane:
            self.pane_chosen(event.widget)

    def on_screen_suspend(self) -> None:
        """Another screen lies above."""
        self.picture.cover()
        if self.view is not None:
            self.view.cover()

    def on_screen_resume(self) -> None:
        """This screen is the one in sight."""
        self.picture.uncover()
        if self.view is not None:
            self.view.uncover()

    def on_unmount(self) -> None:
        """End the workers, keep the place."""
        self.feed.stop()
        self.pictures.stop()
        self.output.close()
        self.keep_style()
        save_bookmark(self.session.store.path, bookmark_of(self.session))

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen(self.keys))

    def action_palette(self) -> None:
        """Find an action by name."""
        self.app.action_command_palette()

    def action_quit(self) -> None:
        """Save and quit."""
        self.output.when_settled(self.app.exit)
