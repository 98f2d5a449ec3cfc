"""The home screen: image table above, object table below, the picture on the right."""

from __future__ import annotations

from inspect import isawaitable
from time import monotonic

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Region

import tuiqc.ui.commands  # noqa: F401  (fills the registry)
from tuiqc.config import Config
from tuiqc.review.bookmark import Bookmark, bookmark_of, load_bookmark, save_bookmark
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.context import ReviewContext
from tuiqc.ui.keys import ANY, PANES, PICTURE, TABLES, VIEWS, Command, Keymap, registry
from tuiqc.ui.messages import (
    ContrastFound,
    PictureAhead,
    PictureBroken,
    PictureFinished,
    PictureProgress,
)
from tuiqc.ui.output import Output
from tuiqc.ui.screens.dialog import BESIDE
from tuiqc.ui.screens.panes import NARROW
from tuiqc.ui.screens.reading import Reading
from tuiqc.ui.textual_private import bindings, set_bindings
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.picture import Picture

_HELD = 0.02
"""Seconds in which a picture is ready if all it needs is in memory."""


class ReviewScreen(Reading, inherit_bindings=False):
    """Puts the panes together and hands messages on."""

    CSS = """
    ReviewScreen { layout: vertical; }
    #main { height: 1fr; }
    #tables { width: 46%; max-width: 96; }
    #images { height: 2fr; }
    #objects { height: 3fr; }
    #picture { width: 1fr; background: black; }
    #images, #objects, #picture {
        border: round $panel-lighten-2; border-title-color: $foreground; border-subtitle-color: $foreground 80%;
    }
    #images:focus, #objects:focus, #picture:focus {
        border: round $accent; border-title-style: bold; border-subtitle-color: $accent;
    }
    ReviewScreen.-view #main { display: none; }
    ReviewScreen.-narrow #tables { width: 1fr; max-width: 100%; }
    ReviewScreen.-narrow #picture { display: none; }
    ReviewScreen.-narrow.-picture #tables { display: none; }
    ReviewScreen.-narrow.-picture #picture { display: block; }
    ReviewScreen.-large #tables { display: none; }
    ReviewScreen.-large.-beside #tables { display: block; width: BESIDE; }
    ReviewScreen.-beside #tables { min-width: BESIDE; }
    ReviewScreen.-narrow.-beside #tables { display: block; width: BESIDE; }
    ReviewScreen.-narrow.-beside #picture { display: block; }
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
    """.replace("BESIDE", str(BESIDE))

    AUTO_FOCUS = ""  # the pane with the focus says what is judged: `on_mount` chooses it
    messages: tuple[str, ...] = ()
    _progress = ""
    _telling = False
    _held_until = 0.0

    def __init__(
        self, session: Session, caps: Capabilities, config: Config, output: Output, keys: Keymap
    ) -> None:
        super().__init__(session, caps, config, output, keys)
        self.context = ReviewContext(self)
        self._changes, self._depth = Changes.NONE, 0
        set_bindings(self, bindings(keys.keys((*PANES, *VIEWS)), "screen.press"))

    # --- commands

    @property
    def places(self) -> tuple[str, ...]:
        """Where keys are in force now, the nearest first."""
        focused = self.focused
        if focused is self.picture:
            return (PICTURE, ANY)
        tables = (TABLES,) if isinstance(focused, LineTable) else ()
        return (*tables, *(self.view.PLACES if self.view is not None else ()), ANY)

    async def action_press(self, key: str) -> None:
        """Do what a key does here; a key that does nothing here goes on to others."""
        command = self.keys.find(key, self.places)
        if command is None:
            raise SkipAction
        await self._run(command)

    async def run_command(self, name: str) -> None:
        """Run a command by its name, wherever it has its keys."""
        command = registry.find(name, (*self.places, *PANES))
        assert command is not None, name
        await self._run(command)

    def usable_commands(self) -> list[Command]:
        """Those of all panes, and of the view that is open."""
        places = {*PANES, *self.places}
        return [one for one in registry if one.place in places]

    async def _run(self, command: Command) -> None:
        self._depth += 1
        try:
            # Commands of views are functions of the view.
            done = command.run(self.context if command.place in PANES else self.view)
            if isawaitable(done):
                await done
        finally:
            self._depth -= 1
        if not self._depth:
            self._show_changes()

    def changed(self, changes: Changes) -> None:
        """Collect what has changed; it is shown when the command ends, else on the next turn of the loop."""
        if not self._changes and not self._depth:
            self.call_next(self._show_changes)
        self._changes |= changes

    def _show_changes(self) -> None:
        changes, self._changes = self._changes, Changes.NONE
        if changes:
            self.on_changes(changes)

    def on_changes(self, changes: Changes) -> None:
        """Show what has changed, each part of the screen at most once."""
        if changes & Changes.VERDICTS:
            self.session.count_again()
            self.images_table.refresh()
            self.objects_table.refresh()
        if changes & (Changes.SELECTION | Changes.FILTERS):
            self.tell_chips()
        if changes & (Changes.PLACE | Changes.VERDICTS):
            self.place_changed()

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
        self.picture.when_shown = self.picture_shown
        self._return_to(load_bookmark(self.session.store.path))
        self.restore_style()
        self.app.app_resume_signal.subscribe(self, self.resumed)
        self.watch_outside()
        judged = self.objects_table if self.session.level == "object" else self.images_table
        self.focus_pane(self.picture if self.narrow else judged)
        self.objects_table.empty = "reading …" if self.session.layer else "no object layer"
        self.read_after_first_picture()
        if self.messages:
            self.say(" ".join(self.messages))
        self.tell_top()
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

    # --- pictures

    @on(PictureFinished)
    def picture_finished(self, event: PictureFinished) -> None:
        """Show it if it is of this size still."""
        columns, rows = self.picture.size
        if (event.finished.frame.columns, event.finished.frame.rows) == (columns, rows):
            self.picture.offer(event.finished)
        elif event.finished.number == self.request_number:
            self._asked = None  # it came while the pane was hidden: ask again when it is back

    @on(PictureAhead)
    def picture_ahead(self, event: PictureAhead) -> None:
        """Send what may be wanted next, while nothing else is."""
        if event.finished.number == self.request_number:
            self.picture.send_ahead(event.finished)

    @on(PictureProgress)
    def picture_progress(self, event: PictureProgress) -> None:
        """Say what is being read for the picture that is wanted."""
        if event.number == self.request_number:
            self._progress = f"reading {event.name}: {100 * event.done // max(event.total, 1)} %"
            self.say(self._progress)

    @on(PictureBroken)
    def picture_broken(self, event: PictureBroken) -> None:
        """Say so in its place."""
        self.begin_reading()
        if event.number == self.request_number:
            self.in_time()
            self.picture.say(event.text)
            self.tell_titles()
            self.say(event.text)

    @on(Picture.Resized)
    def picture_resized(self, event: Picture.Resized) -> None:
        """Its pane has another size: a picture that fits is needed."""
        self.request_picture()

    @on(ContrastFound)
    def contrast_found(self, event: ContrastFound) -> None:
        """Draw again, as all images will be drawn."""
        self.request_picture(again=True)

    def picture_shown(self, event: Picture.Shown) -> None:
        """How it came: protocol, size, time; and what could not be drawn."""
        self.begin_reading()
        finished = event.finished
        if finished.number == self.request_number:
            self.in_time()
        if self._progress and self._progress == self.progress_line.message:
            self.say("")
        self._progress = ""
        zoom = finished.painted.view.zoom
        greys = f" {finished.frame.grey_levels} greys" if finished.encoded.coarser else ""
        cost = f"{event.nbytes / 1000:.0f} kB{greys} {finished.milliseconds:.0f} ms"
        self.top_line.tell(picture=f"{self.caps.protocol} {cost} {zoom:.2g}x")
        self.read_again(finished)
        self.tell_titles()
        if finished.painted.problems:
            self.say(finished.painted.problems[0])
        elif finished.painted.remarks:
            self.say(finished.painted.remarks[0])
        # The rows and the line above the picture in one paint, and that at once: widgets tell the screen that they are
        # to be painted when they are idle, some a frame later than others.
        self._telling = True
        for widget in (
            self.top_line,
            self.progress_line,
            self.images_table,
            self.objects_table,
            self.picture,
        ):
            widget._check_refresh()
        self.call_later(self._told)

    def request_picture(self, *, again: bool = False) -> None:
        """Rows and lines wait a moment for a picture: painting them would slow it down for longer than they wait."""
        before = self.request_number
        super().request_picture(again=again)
        if self.request_number != before:
            self._held_until = monotonic() + _HELD
            self.set_timer(_HELD, self._on_timer_update)

    def _told(self) -> None:
        self._telling, self._held_until = False, 0.0
        self._on_timer_update()

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

    def painted_over(self, dirty: list[Region]) -> None:
        """A panel beside the picture has painted these regions of the window."""
        inner = self.picture.content_region
        if any(region.overlaps(inner) for region in dirty):
            self.picture.painted_over()

    def _on_timer_update(self) -> None:
        """Paint when the terminal has taken what it was sent: on a slow link nothing may queue up in between."""
        if self._telling or monotonic() < self._held_until:
            return
        if self.output.text_due:
            self.output.when_free(self._on_timer_update)
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
        if self.has_class("-beside"):
            return  # not above the picture
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
        from tuiqc.ui.screens.help import HelpScreen

        heading, places = (self.view.HEADING, self.view.PLACES) if self.view is not None else ("", ())
        self.app.push_screen(HelpScreen(self.keys, heading, places))

    def action_palette(self) -> None:
        """Find an action by name."""
        self.app.action_command_palette()

    def action_quit(self) -> None:
        """Save and quit."""
        self.output.when_settled(self.app.exit)
