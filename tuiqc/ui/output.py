"""Writing pictures to the terminal beside Textual's own text, and knowing when the terminal has taken one.

Cells are painted when it has taken what it was sent, and not before a picture that is due.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, NamedTuple

from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.farewell import drain
from tuiqc.terminal.picture_bytes import LinkMeter
from tuiqc.terminal.picture_store import MAX_IMAGES, ImageShelf
from tuiqc.ui.textual_private import has_screen, mark_dirty, pace_paint, write, writes_wait

_GIVE_UP = 3.0
"""Seconds after which an answer is no longer waited for: it was lost, or never comes."""

_SMALL = 4096
"""Bytes of ours up to which something counts as text."""

_SHORTEST, _LONGEST = 0.3, 2.0
"""Bounds of the seconds that are waited for answers before the terminal is left."""

_APART = 2.0
"""Seconds within which the pieces of an answer follow each other."""

_ANSWER = re.compile(r"\x1b(\[([0-9]+(;([0-9]+R?)?)?)?)?")
"""The beginnings of a cursor position report (CPR, ECMA-48): `ESC [ row ; column R`."""


# Ids belong to the whole terminal: other programs tend to count from 1, another tuiqc has another process number.
_FIRST_ID = 0x740000 + MAX_IMAGES * (os.getpid() % 0x1000)


MOST_TILES, _TILES_BYTES = 256, 128 << 20
"""Tiles that a kitty terminal is made to hold, of all views together, and their bytes there."""
_FIRST_TILE = 0x800000 + MOST_TILES * (os.getpid() % 0x7000)


class _Question(NamedTuple):
    """What was written before it, when it was asked, and whether no other was open then."""

    nbytes: int
    asked: float
    alone: bool


class _Once:
    """Does its work for the first of several who call it."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()


class Output:
    """The way of a picture's bytes, through Textual's own writer, so that text and pictures never mix.

    On a slow link the bytes of a picture lie in buffers that no program sees. So the terminal is asked for its
    cursor position behind each picture (DSR 6, ECMA-48): it answers when it has taken all that came before, and only
    then is the next picture sent. A terminal that has never answered is not waited for.
    """

    def __init__(self, app: App[Any], caps: Capabilities, link: LinkMeter | None = None) -> None:
        self._app = app
        self.caps = caps
        """What the terminal can do now."""
        self.link = link or LinkMeter(round_trip_ms=caps.round_trip_ms)
        self.shelf = ImageShelf(caps, _FIRST_ID)
        self.tiles = ImageShelf(caps, _FIRST_TILE, MOST_TILES, _TILES_BYTES)
        self.when_drawn: Callable[[Region], None] = lambda region: None
        """Called when a picture was drawn over the cells of a region of the screen: boxes may lie there."""
        self._round_trip_ms = caps.round_trip_ms
        self._leaving = self._closed = False
        self._settled: _Once | None = None
        self._due = 0  # every question counts here, also those from before the first answer
        self._since_question = 0
        self._questions: deque[_Question] = deque()  # those that are open
        self._waiting: list[Callable[[], None]] = []
        self._answers = False
        self._part = ""
        self._part_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether something is still on its way, or nothing may be sent any more."""
        if self._leaving:
            return True
        if self._answers:
            if not self._questions:
                return False
            if monotonic() - self._questions[-1].asked < _GIVE_UP:
                return True
            # An answer was lost: count anew, and wait for none until the terminal answers again.
            self._answers = False
            self._questions.clear()
        return writes_wait(self._app)

    @property
    def picture_due(self) -> bool:
        """Whether a picture is still on its way, or nothing may be sent any more.

        Text alone is not waited for: that would cost each picture a round trip.
        """
        sizes = [question.nbytes for question in self._questions]
        return self.busy and (self._leaving or not sizes or max(sizes) > _SMALL)

    @property
    def text_due(self) -> bool:
        """Whether text has to wait for what is on its way.

        One may follow what is small, and on a fast link a picture.
        ."""
        if not self.busy:
            return False
        one = self._questions[0] if len(self._questions) == 1 else None
        return self._leaving or one is None or (one.nbytes > _SMALL and not self.link.fast)

    def when_free(self, call: Callable[[], None]) -> None:
        """Call once when the terminal has answered for all that is on its way; never if it does not answer."""
        if call not in self._waiting:
            self._waiting.append(call)

    def write(self, codes: bytes) -> None:
        """Write escape codes (ASCII) in order with Textual's text; does nothing without a terminal."""
        self.write_text(codes.decode("ascii"))

    def write_text(self, text: str) -> None:
        """Write text with its codes at places of its own; does nothing without a terminal.

        What comes when the screen has been given back would be drawn on the shell's, and is dropped.
        """
        if self._closed or not has_screen(self._app):
            return
        self._since_question += len(text)
        if text:
            write(self._app, text)

    @property
    def headless(self) -> bool:
        """Whether there is no terminal: then what is written goes nowhere."""
        return self._app.is_headless

    @property
    def answers(self) -> bool:
        """Whether this terminal has ever answered."""
        return self._answers

    def ask_when_done(self, nbytes: int = 0) -> None:
        """Ask the terminal to tell when it has taken what was written so far.

        `nbytes` is what a picture takes that is written as text, by others.
        """
        if not self._app.is_headless and not self._leaving:
            if not self._answers:
                self._questions.clear()
            size, self._since_question = max(nbytes, self._since_question), 0
            self._questions.append(_Question(size, monotonic(), not self._questions))
            self._due += 1
            self.write(b"\x1b[6n")

    def swallows(self, key: str, character: str | None) -> bool:
        """Whether a key is a piece of the terminal's answer that came apart on the way.

        On a link that halts in the middle of `ESC [ 1 ; 1 R` the rest arrives as typed keys, and a `1` would judge
        something. So, while an answer is due, keys that go on with it behind an escape are taken for it.
        """
        if not self._questions:
            self._part = ""
            return False
        if key == "escape":
            self._part, self._part_at = "\x1b", monotonic()
            return False
        longer = self._part + (character or "?")
        if not self._part or monotonic() - self._part_at > _APART or not _ANSWER.fullmatch(longer):
            self._part = ""
            return False
        self._part = longer
        if longer.endswith("R"):
            self._part = ""
            self.answered()
        return True

    def answered(self) -> None:
        """The terminal's answer to `ask_when_done` has come."""
        if self._questions:
            question = self._questions.popleft()
            if question.alone and question.nbytes:
                self.link.measured(question.nbytes, monotonic() - question.asked)
        self._due = max(0, self._due - 1)
        self._answers = True
        if self._leaving and not self._due:
            settled, self._settled = self._settled, None
            if settled is not None:
                settled()
        if not self._questions:
            waiting, self._waiting = self._waiting, []
            for call in waiting:
                call()

    def when_settled(self, call: Callable[[], None]) -> None:
        """Call once no answer is due any more, or has not come in the time that this link takes.

        Nothing is asked from here on until `resumed`: an answer that comes after the program has left the terminal
        would be typed into the shell.
        """
        self._leaving = True
        if not self._due:
            call()
            return
        self._settled = _Once(call)
        self._app.set_timer(self.patience, self._settled)

    @property
    def theme(self) -> str:
        """The name of the theme in force; another one may be put in its place."""
        return self._app.theme

    @theme.setter
    def theme(self, name: str) -> None:
        self._app.theme = name

    def quit(self) -> None:
        """End the program, once the terminal has answered what it was asked."""
        self.when_settled(self._app.exit)

    def leave(self) -> None:
        """Send no more pictures: the program is about to give the screen back."""
        self._leaving = True

    @property
    def patience(self) -> float:
        """Seconds that the last answers are worth waiting for."""
        return min(_LONGEST, max(_SHORTEST, 3 * (self._round_trip_ms or 0.0) / 1000))

    def resumed(self) -> None:
        """The program has the terminal again; it owes no answers."""
        self._questions.clear()
        self._due, self._leaving, self._part = 0, False, ""
        self._waiting.clear()

    def close(self) -> None:
        """Free what the terminal holds; nothing is written any more."""
        self.free_pictures()
        self._closed = True

    def left(self) -> None:
        """The program has ended, perhaps in the middle of something: no pictures stay, no answers are typed."""
        codes = self.shelf.clear() + self.tiles.clear()
        with contextlib.suppress(OSError, ValueError):
            if codes and sys.__stdout__ is not None:
                os.write(sys.__stdout__.fileno(), codes)
            if self._due and sys.__stdin__ is not None:
                drain(sys.__stdin__.fileno(), self.patience, answers=self._due)
        self._questions.clear()
        self._due = 0

    def free_pictures(self) -> None:
        """Have the terminal free all pictures that it holds of ours, the screen given back or not."""
        codes = self.shelf.clear() + self.tiles.clear()
        if codes and not self._closed:
            write(self._app, codes.decode("ascii"))

    def use(self, caps: Capabilities) -> None:
        """The terminal is another one now, or pictures get to it another way; it holds none."""
        self.caps = caps
        for shelf in (self.shelf, self.tiles):
            shelf.forget()
            shelf.caps = caps
        self._round_trip_ms = caps.round_trip_ms


HELD = 0.02
"""Seconds in which a picture is ready if all it needs is in memory."""


class PaintPace:
    """Holds a screen's painting back, and lets it go."""

    def __init__(self, screen: Screen[Any], output: Output) -> None:
        self._screen, self._output = screen, output
        self._telling, self._held_until = False, 0.0
        self._paint = pace_paint(screen, self._due, self._painted)

    def hold(self) -> None:
        """Rows and lines wait a moment for a picture: painting them would slow it down for longer than they wait."""
        self._held_until = monotonic() + HELD
        self._screen.set_timer(HELD, self._paint)

    def at_once(self, widgets: Iterable[Widget]) -> None:
        """Paint all that is said about a picture in one go, when what is due now has been done."""
        self._telling = True
        mark_dirty(tuple(widgets))
        self._screen.call_later(self._release)

    def _release(self) -> None:
        self._telling, self._held_until = False, 0.0
        self._paint()

    def _due(self) -> bool:
        """Paint when the terminal has taken what it was sent: on a slow link nothing may queue up in between."""
        if self._telling or monotonic() < self._held_until:
            return False
        if self._output.text_due:
            self._output.when_free(self._paint)
            return False
        return True

    def _painted(self) -> None:
        if self._output.answers:
            self._output.ask_when_done()
