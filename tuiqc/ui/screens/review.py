"""The one screen: image table above, object table below, the picture on the right, or a view in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from inspect import isawaitable

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.screen import Screen

from tuiqc.config import Config
from tuiqc.picture.display import Display
from tuiqc.qc.reasons import Reason
from tuiqc.review.changes import Changes, PendingChanges
from tuiqc.review.session import Session
from tuiqc.ui.commands import COMMANDS
from tuiqc.ui.context import ReviewContext
from tuiqc.ui.keys import ANY, PANES, PICTURE, TABLES, VIEWS, Command, Keymap
from tuiqc.ui.output import Output, PaintPace
from tuiqc.ui.review_steps import image_changed
from tuiqc.ui.screens.dialogs import BESIDE, Dialog
from tuiqc.ui.screens.home_panes import HomePanes
from tuiqc.ui.start_options import keep_style, restore_style, return_to_bookmark
from tuiqc.ui.textual_private import bindings, set_bindings, watch_paint
from tuiqc.ui.titles import Titles
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.lines import Asked
from tuiqc.ui.widgets.picture import Picture

LAYOUT = """
ReviewScreen { layout: vertical; }
ReviewScreen #main { height: 1fr; }
ReviewScreen #tables { width: 46%; max-width: 96; }
ReviewScreen #images { height: 2fr; }
ReviewScreen #objects { height: 3fr; }
ReviewScreen #picture { width: 1fr; background: black; }
ReviewScreen #images, ReviewScreen #objects, ReviewScreen #picture {
    border: round $panel-lighten-2; border-title-color: $foreground; border-subtitle-color: $foreground 80%;
}
ReviewScreen #images:focus, ReviewScreen #objects:focus, ReviewScreen #picture:focus {
    border: round $accent; border-title-style: bold; border-subtitle-color: $accent;
}
ReviewScreen.-view #main { display: none; }
ReviewScreen.-menu-1 #keys, ReviewScreen.-menu-2 #keys, ReviewScreen.-menu-3 #keys { display: none; }
ReviewScreen.-menu-2 #progress, ReviewScreen.-menu-3 #progress { display: none; }
ReviewScreen.-menu-3 #reasons { display: none; }
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
""".replace("BESIDE", str(BESIDE))
"""The style of the review, for the program to have from the start: a screen of its own brings it late, and Textual then
reads all styles again."""


class ReviewScreen(Screen[None], inherit_bindings=False):
    """Lays the parts out, runs commands, and shows what they change: each part at most once."""

    first_view = ""
    """The view that is opened at once, "" for the home screen."""
    AUTO_FOCUS = ""  # the pane with the focus says what is judged: `on_mount` chooses it

    def __init__(
        self,
        session: Session,
        config: Config,
        output: Output,
        keys: Keymap,
        reasons: tuple[Reason, ...],
        messages: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._changes = changes = PendingChanges(self.on_changes, self.call_next)
        context = self.context = ReviewContext(self, session, config, output, keys, reasons, changes.add)
        self.session, self.messages = session, messages
        self.when_ran: Callable[[str], None] = lambda name: None
        self.wished_style: Display | None = None
        tables, self.picture = context.tables, context.pictures.pane
        self.images_table, self.objects_table = tables.images, tables.objects
        # What follows is asked for before the table or the picture is painted.
        self.images_table.when_moved = lambda: self._row_moved("image")
        self.objects_table.when_moved = lambda: self._row_moved("object")
        self.images_table.when_pointed = lambda row: self.context.pictures.point_at("image", row)
        self.objects_table.when_pointed = lambda row: self.context.pictures.point_at("object", row)
        self.picture.when_shown = self._picture_shown
        context.pictures.when_shown = context.work.loading.begin
        context.pictures.when_told = self.tell
        context.pictures.when_broken = self._picture_broken
        set_bindings(self, bindings(keys.keys((*PANES, *VIEWS)), "screen.press"))
        watch_paint(self, self._about_to_paint)
        self._pace = PaintPace(self, output)
        self._titles = Titles(session, context.display, context.pictures, tables)

    # --- commands

    @property
    def places(self) -> tuple[str, ...]:
        """Where keys are in force now, the nearest first."""
        focused, view = self.focused, self.context.views.view
        if focused is self.picture:
            return (PICTURE, ANY)
        tables = (TABLES,) if isinstance(focused, LineTable) else ()
        return (*tables, *(view.PLACES if view is not None else ()), ANY)

    async def action_press(self, key: str) -> None:
        """Do what a key does here; a key that does nothing here goes on to others."""
        self.context.status.forget()
        if key == "escape" and self.context.status.notice.read():
            return
        command = self.context.status.keys.find(key, self.places)
        if command is None:
            raise SkipAction
        await self.run_command(command)

    async def run_named(self, name: str) -> None:
        """Run a command by its name, wherever it has its keys."""
        command = COMMANDS.find(name, (*self.places, *PANES))
        assert command is not None, name
        await self.run_command(command)

    async def run_command(self, command: Command) -> None:
        """Run a command and show what it has changed. Those of views are functions of the view."""
        with self._changes.one_step():
            if command.group == "Tables" and command.name != "select":
                self.session.cursor.leave_candidate()
            done = command.run(self.context if command.place in PANES else self.context.views.view)
            if isawaitable(done):
                await done
        self.when_ran(command.name)

    def usable_commands(self) -> list[Command]:
        """Those of all panes, and of the view that is open."""
        places = {*PANES, *self.places}
        return [one for one in COMMANDS if one.place in places]

    def on_changes(self, changes: Changes) -> None:
        """Show what has changed, each part of the screen at most once."""
        context = self.context
        context.views.hold_level()
        ask = partial(context.pictures.request, asked=self._pace.hold)
        if context.status.lay_out():  # a picture of the panes' present height would be thrown away
            self.call_after_refresh(ask)
        else:
            ask()
        context.tables.follow(changes)
        self.tell()
        context.views.follow(changes)
        if context.views.view is None:
            context.work.labels.follow()
        context.work.ranking.follow(changes, context.work.loading.pending)
        context.work.evidence.follow()
        if Changes.VERDICTS in changes:
            context.work.autosave.soon()
            context.work.sampling.follow()
        if isinstance(panel := self.app.screen, Dialog):
            panel.follow(changes)

    def tell(self) -> None:
        """Bring lines and titles up to date."""
        context = self.context
        self._titles.tell(context.work.loading.text, narrow=context.views.panes.narrow)
        context.status.tell(context.work.text, context.pictures.reading)

    def _row_moved(self, level: str) -> None:
        """The person moved the cursor of a table."""
        context, cursor = self.context, self.session.cursor
        if level == "image":
            before = cursor.image
            cursor.go_image(self.images_table.row)
            if cursor.image != before:
                image_changed(context)
        else:
            context.tables.go_object_row()
            context.pictures.viewport.follow_object()

    # --- beginning and end

    def compose(self) -> ComposeResult:
        """The layout."""
        status = self.context.status
        yield status.top_line
        with HomePanes(self.context, self.run_named, id="main"):
            with Vertical(id="tables"):
                yield self.images_table
                yield self.objects_table
            yield self.picture
        yield status.slider
        yield status.why_line
        yield status.notice
        yield status.tour_line
        yield status.chip_line
        yield status.reason_line
        yield status.progress_line
        yield status.ask_line
        yield status.menu_line
        yield status.key_line

    def on_mount(self) -> None:
        """Go where the last session stopped, and begin to read objects."""
        context, session = self.context, self.session
        with self._changes.one_step():
            context.views.panes.resized(self.app.size.width)
            return_to_bookmark(session)
            restore_style(session, context.display, self.wished_style)
            self.app.app_resume_signal.subscribe(self, context.work.attach.resumed)
            context.work.attach.watch_outside()
            context.work.autosave.begin()
            judged = self.objects_table if session.cursor.level == "object" else self.images_table
            context.views.panes.focus(self.picture if context.views.panes.narrow else judged)
            context.work.loading.begin_soon()
            context.status.notice.tell(self.messages)
        if self.first_view:
            self.call_after_refresh(self.run_named, self.first_view)

    def on_unmount(self) -> None:
        """End the workers, keep the place."""
        context = self.context
        context.jobs.stop()
        context.work.stop()
        context.pictures.stop()
        context.output.close()
        keep_style(self.session, context.display)

    # --- what widgets tell

    @on(Asked)
    async def word_clicked(self, event: Asked) -> None:
        """A key, a reason or a filter on the lines at the foot."""
        await self.run_named(event.name)

    async def on_click(self, event: events.Click) -> None:
        """The right button opens the menu of what is under the mouse."""
        if event.button == 3:
            await self.run_named("menu")

    @on(Picture.Resized)
    def picture_resized(self, event: Picture.Resized) -> None:
        """Its pane has another size: a picture that fits is needed."""
        self.context.changed(Changes.DISPLAY)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The mouse, or Textual, gave the focus to a pane."""
        self.context.views.panes.seen_focus(event.widget)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: one pane or three, and perhaps another size of the cells (font zoom)."""
        self.context.views.panes.resized(event.size.width)
        self.context.work.attach.measure_cells()
        self.context.work.attach.look_outside()
        self.context.changed(Changes.DISPLAY)

    def on_app_focus(self, event: events.AppFocus) -> None:
        """The window was chosen again, or a terminal attached."""
        self.context.work.attach.focused()

    def on_screen_suspend(self) -> None:
        """Another screen lies above."""
        if not self.has_class("-beside"):  # such a panel is not above the picture
            self.context.work.attach.lies_above(self.app.screen)

    def on_screen_resume(self) -> None:
        """This screen is the one in sight."""
        self.context.work.attach.uncover()

    # --- what the terminal is sent

    def _picture_shown(self, event: Picture.Shown) -> None:
        """A picture went to the terminal: tell how it came, and paint all that is said about it at once."""
        context, finished = self.context, event.finished
        context.work.loading.begin()
        context.pictures.in_time(finished.number)
        context.pictures.extent_seen()
        context.work.crosshair.read_again(finished)
        context.status.tell_picture(event, context.output.caps)
        self.tell()
        lines = (context.status.top_line, context.status.progress_line)
        self._pace.at_once((*lines, self.images_table, self.objects_table, self.picture))

    def _picture_broken(self, text: str) -> None:
        """It stands in the place of the picture, which may be narrow: so it is said too."""
        self.tell()
        self.context.say(text)

    def _about_to_paint(self, regions: Sequence[Region] | None) -> None:
        """A picture has to be drawn again only if the cells under it are painted."""
        inner = self.picture.content_region
        if regions is None or any(region.overlaps(inner) for region in regions):
            self.picture.wiped = True
        if self.context.views.view is not None:
            self.context.views.view.painted_over(regions)
