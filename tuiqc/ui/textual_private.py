"""All of Textual's private members that the program uses: what another release may change is here, and nowhere else.

`MEMBERS` names them; a test says which of them a release has lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.text import Text
from textual._styles_cache import StylesCache
from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.content import Content
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Region
from textual.keys import _character_to_key
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import MountError, Widget

from tuiqc.terminal.farewell import CLEAR

MEMBERS: dict[str, tuple[str, ...]] = {
    "textual.app.App": (
        "_driver",
        "_exception",
        "_exit",
        "_fatal_error",
        "_close_messages_no_wait",
        "_background_screens",
    ),
    "textual.dom.DOMNode": ("_bindings",),
    "textual.screen.Screen": ("_compositor_refresh", "_on_timer_update", "_compositor", "_dirty_widgets"),
    "textual.widget.Widget": ("_check_refresh", "_border_title", "_border_subtitle", "_dirty_regions"),
    "textual._compositor.Compositor": ("_dirty_regions", "render_strips", "visible_widgets"),
    "textual._styles_cache.StylesCache": ("get_inner_outer",),
    "textual.drivers.linux_driver.LinuxDriver": (
        "_writer_thread",
        "_must_signal_resume",
        "_sigcont_application",
    ),
    "textual.driver.Driver": ("_loop",),
    "textual.drivers._writer_thread.WriterThread": ("_queue",),
    "textual.keys": ("_character_to_key",),
}
"""Class -> names that are attributes of it, or of what it makes."""

_FIRST = {"ctrl+q"}
"""Keys that the program has to act on whatever has the focus.

There is no other: such a key overtakes those typed before it, and a `tab` that overtakes an `f` would fail the
wrong thing.
"""

Paint = Callable[[], None]


def key_name(sign: str) -> str:
    """Return what Textual calls the key of a sign: "full_stop" for "."."""
    return _character_to_key(sign)


# --- keys


def bindings(keys: Iterable[str], action: str) -> list[Binding]:
    """One binding for each key, which runs `action(key)`."""
    return [Binding(key, f"{action}({key!r})", show=False, priority=key in _FIRST) for key in keys]


def set_bindings(node: DOMNode, bindings: Iterable[Binding]) -> None:
    """Give a widget or screen these keys in place of all others: which they are is known only when it is made."""
    node._bindings = BindingsMap(bindings)


# --- painting


def watch_paint(screen: Screen[Any], before: Callable[[Sequence[Region] | None], None]) -> None:
    """Have `before` called with the regions that are about to be painted, None for all of the screen.

    Below a dialog it is that which paints, and is told what has changed. Textual (8.2) marks all of the screen below as
    changed as well, and again whenever that is idle: a picture there would be drawn again and again.
    """
    paint: Paint = screen._compositor_refresh

    def watched() -> None:
        dirty = getattr(screen._compositor, "_dirty_regions", None)
        if screen in screen.app._background_screens:
            if dirty:
                screen.app.screen.refresh(*dirty)
                dirty.clear()
                screen._dirty_widgets.clear()
            return
        before(None if dirty is None else list(dirty))
        paint()

    vars(screen)["_compositor_refresh"] = watched


def tell_painted(screen: Screen[Any], after: Callable[[Sequence[Region]], None]) -> None:
    """Have `after` called with the regions that have been painted."""
    paint: Paint = screen._compositor_refresh

    def told() -> None:
        dirty = list(getattr(screen._compositor, "_dirty_regions", ()))
        paint()
        after(dirty)

    vars(screen)["_compositor_refresh"] = told


def pace_paint(screen: Screen[Any], due: Callable[[], bool], painted: Callable[[], None]) -> Paint:
    """Have the screen paint only when it is `due`; `painted` is called when it has. Returns what paints now."""
    paint: Paint = screen._on_timer_update

    def paced() -> None:
        if not due():
            return
        dirty = bool(screen._dirty_widgets)
        paint()
        if dirty:
            painted()

    vars(screen)["_on_timer_update"] = paced
    return paced


def screen_strips(app: App[Any]) -> list[Strip]:
    """The lines of the screen on top, as they are painted."""
    return app.screen._compositor.render_strips()


def boxes_of(screen: Screen[Any]) -> list[Region]:
    """Where the widgets of a screen lie, of those inside of others only the outer ones."""
    found: list[Region] = []
    places = [
        region.intersection(clip)
        for widget, (region, clip) in screen._compositor.visible_widgets.items()
        if widget is not screen and widget.visible
    ]
    for place in sorted(places, key=lambda place: -place.area):
        if place.area and not any(one.contains_region(place) for one in found):
            found.append(place)
    return found


class LinesBelow:
    """The lines of the screen that lies below a panel, as that panel paints them.

    Textual (8.2) takes them apart and makes a new piece of text and a new style of each cell, twice for an opening
    and once for a key: 50 to 100 ms where a picture of half-blocks lies below. Here a line that is as it was stays the
    same object, with all that is kept with it. Links and actions of what is not in front are taken out.
    """

    def __init__(self) -> None:
        self._seen: list[Strip] = []
        self._lines: list[Strip] = []
        self._screen: Screen[Any] | None = None

    def of(self, panel: Screen[Any], below: Screen[Any]) -> list[Strip]:
        """The lines of `below`, looked at anew where `panel` has been told that something of them changed."""
        if below is not self._screen or panel._dirty_regions:
            self._look(below)
            panel._dirty_regions.clear()
        return self._lines

    def _look(self, below: Screen[Any]) -> None:
        seen = below._compositor.render_strips()
        as_before = len(seen) == len(self._seen)
        self._lines = [
            self._lines[y] if as_before and line == self._seen[y] else _without_actions(line)
            for y, line in enumerate(seen)
        ]
        self._seen, self._screen = seen, below


def _without_actions(line: Strip) -> Strip:
    segments = [
        segment._replace(style=segment.style.clear_meta_and_links())
        if segment.style is not None and (segment.style.meta or segment.style.link)
        else segment
        for segment in line
    ]
    return Strip(segments, line.cell_length)


def mark_dirty(widgets: Iterable[Widget]) -> None:
    """Have the screen know at once that these are to be painted: they tell it when they are idle, some a frame late."""
    for widget in widgets:
        widget._check_refresh()


def set_titles(widget: Widget, title: Text, subtitle: Text) -> None:
    """Change the titles of a border: only its rows are painted again, and only where something else stands there.

    Setting them as Textual has it paints all of the widget: a picture would be wiped and sent again.
    """
    width, height = widget.outer_size.width, widget.size.height
    for name, text, row in (("_border_title", title, -1), ("_border_subtitle", subtitle, height)):
        content = widget.render_str(Content.from_rich_text(text)).expand_tabs(4)
        if content != getattr(widget, name):
            setattr(widget, name, content)
            if width and height:
                widget.refresh(Region(-1, row, width, 1))


def forget_lines() -> None:
    """Let the painted lines of widgets that are gone be freed.

    Textual (8.2) keeps two colours for each of 1,024 widgets in a cache whose key is all that was painted of the
    widget: every opening of the gallery held half a megabyte more. It costs microseconds to fill it again.
    """
    clear = getattr(StylesCache.get_inner_outer, "cache_clear", None)
    if clear is not None:
        clear()


# --- what nobody foresaw


def end_quietly(app: App[Any]) -> None:
    """Have an unforeseen error end the program without a page of it on the screen; `fault_of` gives it.

    A panel or view that was being opened when the program was told to end looks in vain for its parts and its place:
    that is none.
    """

    def end() -> None:
        if app._exit and isinstance(app._exception, (NoMatches, MountError)):
            app._exception = None
        app._close_messages_no_wait()

    vars(app)["_fatal_error"] = end


def fault_of(app: App[Any]) -> Exception | None:
    """What nobody foresaw, and ended the program."""
    return app._exception


# --- the terminal


def write(app: App[Any], text: str) -> None:
    """Write in order with Textual's own text; does nothing without a terminal."""
    if app._driver is not None and not app.is_headless:
        app._driver.write(text)


def has_screen(app: App[Any]) -> bool:
    """Whether the program has the screen: it does not before it begins, while it is suspended and after its end."""
    return not isinstance(app._driver, ClearingDriver) or app._driver.shown


def writes_wait(app: App[Any]) -> bool:
    """Whether what was written before waits for the terminal still."""
    queue = getattr(getattr(app._driver, "_writer_thread", None), "_queue", None)
    return queue is not None and queue.qsize() > 1


def writer_lives(driver: LinuxDriver) -> bool:
    """Whether there is a thread that writes."""
    return driver._writer_thread is not None and driver._writer_thread.is_alive()


def end_threads(driver: LinuxDriver) -> None:
    """End the threads that read keys and write text."""
    driver.disable_input()
    if driver._writer_thread is not None:
        driver._writer_thread.stop()


def tell_resumed(driver: LinuxDriver) -> None:
    """Have the program told that it was stopped and goes on, once it has the screen again."""
    driver._must_signal_resume = True


class ClearingDriver(LinuxDriver):
    """Clears its own screen before it leaves it.

    mosh and GNU screen (without `altscreen on`) know no alternate screen (mode 1049): what the program showed last
    would stay there, with the shell's next lines over it.
    """

    _shown = False

    @property
    def shown(self) -> bool:
        """Whether the program has the screen."""
        return self._shown

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._at_terminal = os.isatty(self.fileno)

    @property
    def _gone(self) -> bool:
        return self._at_terminal and not os.isatty(self.fileno)

    def _sigcont_application(self, *arguments: Any) -> None:
        """Go on; where the screen was not given back (SIGSTOP) on the loop's next turn.

        The signal may come in the middle of a write, and the lock that is held there would be waited for for ever.
        """
        go_on = super()._sigcont_application
        if self._shown:
            self._loop.call_soon_threadsafe(go_on, *arguments)
        else:
            go_on(*arguments)

    def start_application_mode(self) -> None:
        """Take the screen, unless the terminal has gone: with its hangup comes a signal to go on (SIGCONT).

        That signal also comes to a program that was stopped (SIGSTOP) without having given the screen back: what it
        had then has to end first, or two threads more read and write each time.
        """
        if self._gone:
            return
        before = self.attrs_before if self._shown else None
        if self._shown:
            end_threads(self)
            tell_resumed(self)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._shown = True
        if before is not None:
            self.attrs_before = before

    def write(self, data: str) -> None:
        """Write, or drop what nobody takes.

        Textual's writing thread ends by the first error, such as that of a dropped connection; who writes then waits
        for it for ever as soon as 30 pieces lie before it, and the program keeps its lock.
        """
        if self._writes:
            super().write(data)

    @property
    def _writes(self) -> bool:
        return writer_lives(self) and not self._gone

    def close(self) -> None:
        """End the writing thread."""
        if self._writes:
            super().close()

    def stop_application_mode(self) -> None:
        """Give it back, once."""
        if self._shown:
            self._shown = False
            self.write(CLEAR)
        super().stop_application_mode()
