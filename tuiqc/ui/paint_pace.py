"""When cells are painted: not before the terminal has taken what it was sent, nor before a picture that is due."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

from tuiqc.ui.output import Output
from tuiqc.ui.textual_private import mark_dirty, pace_paint

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
