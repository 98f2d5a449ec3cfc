"""The program on the screen: wiring only."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.theme import Theme

from tuiqc.config import Config
from tuiqc.dataset.model import Batch
from tuiqc.picture.display import Display
from tuiqc.picture.styles import load_style
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.reasons import Reason, with_keys
from tuiqc.review.batch_progress import keep_progress
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.farewell import below_all, screen_size, without_echo
from tuiqc.terminal.picture_bytes import LinkMeter, parse_budget
from tuiqc.text import printable
from tuiqc.ui import garbage, theme
from tuiqc.ui.keys import Keymap
from tuiqc.ui.output import Output
from tuiqc.ui.palette import CommandProvider, ThingProvider
from tuiqc.ui.screens.dialogs import TextScreen
from tuiqc.ui.screens.review import LAYOUT, ReviewScreen
from tuiqc.ui.start_options import StartOptions
from tuiqc.ui.textual_private import ClearingDriver, end_quietly, fault_of
from tuiqc.ui.tour import Tour

_TURN = 0.001
"""Seconds after which a thread that waits for Python gets its turn (5 ms by default): screen and pictures take it by
turns dozens of times in one step."""


class TuiqcApp(App[None]):
    """The program: one review, from the first screen to leaving the terminal as it was found."""

    TITLE = "tuiqc"
    CSS = LAYOUT + theme.CSS
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {CommandProvider, ThingProvider}
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+backslash"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]

    def __init__(
        self,
        session: Session,
        caps: Capabilities,
        config: Config | None = None,
        messages: Sequence[str] = (),
        reasons: Sequence[Reason] = (),
    ) -> None:
        super().__init__()
        end_quietly(self)
        config = config or Config()
        self._usual_colours = {True: self.ansi_theme_dark, False: self.ansi_theme_light}
        self.theme = config.theme
        keys = Keymap(config.keys)
        self.output = Output(self, caps, LinkMeter(parse_budget(config.budget), caps.round_trip_ms))
        given = tuple(reasons) or with_keys(config.reasons)
        self.review = ReviewScreen(session, config, self.output, keys, given, messages)
        self.notices: tuple[str, ...] = ()
        self._rests = False

    def get_default_screen(self) -> ReviewScreen:
        """Straight to the review: an empty screen below it would be composed, styled and painted before it."""
        return self.review

    def on_mount(self) -> None:
        """A signal to end is a wish to quit: the terminal is left as it was found."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Where the loop can't take signals (Windows, a thread of a test) they do what they do by themselves.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._end, number)
        self.theme_changed_signal.subscribe(self, self._colours_changed)
        self._colours_changed(self.current_theme)
        if self.notices:
            self.push_screen(TextScreen("Before you begin", self.notices))
        self.call_after_refresh(garbage.keep)

    def get_css_variables(self) -> dict[str, str]:
        """Textual's colours of the theme, and ours."""
        self.theme_variables = super().get_css_variables() | theme.variables(self.current_theme)
        return self.theme_variables

    def _colours_changed(self, chosen: Theme) -> None:
        """Another theme: colours named in texts and the titles follow."""
        named = theme.named_colours(chosen, self._usual_colours[chosen.dark])
        if chosen.dark:
            self.ansi_theme_dark = named
        else:
            self.ansi_theme_light = named
        self.review.context.changed(Changes.DISPLAY)

    def get_driver_class(self) -> type[Driver]:
        """The driver of this platform; where it is Textual's usual one, ours."""
        usual = super().get_driver_class()
        return ClearingDriver if usual is LinuxDriver else usual

    def pop_screen(self) -> AwaitComplete:
        """Take the screen on top away, but never the review: what was closed twice must leave no blank screen."""
        return AwaitComplete() if self.screen is self.review else super().pop_screen()

    def _end(self, number: int) -> None:
        """Quit; the same signal again ends the program at once, should it hang."""
        asyncio.get_running_loop().remove_signal_handler(number)
        if number == signal.SIGHUP:
            self.output.leave()
            self.exit()  # nobody is there to answer
        else:
            self.output.quit()

    async def on_event(self, event: events.Event) -> None:
        """Keys that are no keys go no further."""
        if isinstance(event, events.Key):
            garbage.key_pressed()
            if not self._rests:
                self._rest_later()
        if isinstance(event, events.Key) and self.output.swallows(event.key, event.character):
            return
        await super().on_event(event)

    def _rest_later(self) -> None:
        """Look after the keys, and not for ever: a program that nobody uses for a night is not to wake up."""
        self._rests = True
        self.set_timer(garbage.seconds_to_rest() + 0.01, self._rest)

    def _rest(self) -> None:
        self._rests = False
        if garbage.seconds_to_rest():
            self._rest_later()
        else:
            garbage.rest()

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal has taken the last picture."""
        self.output.answered()

    def action_interrupt(self) -> None:
        """Ctrl+c ends the program as `q` does: what was decided is on disk."""
        self.output.quit()


def run_app(
    batch: Batch,
    store: AnnotationStore,
    caps: Capabilities,
    *,
    config: Config,
    wishes: StartOptions,
    play: Callable[[TuiqcApp], Coroutine[Any, Any, None]] | None = None,
) -> list[str]:
    """Run a review session until the person quits; returns what to print then.

    `play` runs it in place of a person at a terminal (`ui.key_script`).
    """
    from tuiqc.review.bookmark import load_bookmark

    bookmark, queue, layer = load_bookmark(store.path), wishes.queue, wishes.layer
    if queue is not None and queue.layer and (wishes.walk or layer is None):
        layer = queue.layer
    if layer is None or layer not in batch.layers:
        layer = bookmark.layer if bookmark and bookmark.layer in batch.layers else (batch.layers or [""])[0]
    session = Session(batch, store, layer)
    session.ranking.lessons = wishes.lessons
    if queue is not None:
        session.queue.take(queue, walk=wishes.walk)
    if wishes.categories is not None:
        session.annotator.set_categories(wishes.categories)
        session.annotator.keys_categorise = True
    # A wrong theme or style is told before the screen is taken.
    display = Display.of(batch.channels, batch.layers, layer, batch.looks)
    theme.checked(config.theme)
    style = load_style(wishes.style, display) if wishes.style else None
    app = TuiqcApp(session, caps, config, wishes.messages, wishes.reasons)
    app.review.wished_style = style
    app.review.first_view = wishes.view
    app.notices = wishes.notices
    if wishes.tour:
        tour = Tour(app.review.context)
        app.review.when_ran = tour.ran
        app.review.call_later(tour.begin)
    if play is not None:
        asyncio.run(play(app))
        if (fault := fault_of(app)) is not None:
            raise fault
        return farewell(store)
    app.theme = theme.chosen(config.theme)
    garbage.begin()
    sys.setswitchinterval(_TURN)
    size = screen_size()
    with without_echo(0):
        try:
            app.run()
        finally:
            app.output.left()
            if codes := below_all(caps.terminal, size, screen_size()):
                with contextlib.suppress(OSError, ValueError):
                    print(codes, end="", flush=True)
    if (fault := fault_of(app)) is not None:
        raise fault  # the command line says it in one line
    if wishes.remembered:
        objects = session.tables.objects
        whole = objects is not None and len(objects.loaded) == len(batch.images)
        keep_progress(batch, store, {objects.layer: objects.total} if objects is not None and whole else {})
    return farewell(store)


def farewell(store: AnnotationStore) -> list[str]:
    """What was decided, and where it is."""
    lines = []
    for level in ("image", "object", "track", "candidate"):
        counts = store.counts(level)
        if any(counts.values()):
            lines.append(f"{level}s: " + ", ".join(f"{verdict} {count}" for verdict, count in counts.items()))
    lines.append(printable(f"verdicts in {store.path}") if lines else "no verdicts were given")
    return lines
