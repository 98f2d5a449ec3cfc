"""By which colour map and between which limits a column colours the objects."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.picture.display import COLOUR_MAPS, Display
from tuiqc.text import printable
from tuiqc.ui.screens.dialog import Panel, relist

_LIMITS: tuple[tuple[Literal["robust", "data"], str], ...] = (
    ("robust", "robust: 1st to 99th percentile"),
    ("data", "data: minimum to maximum"),
)


class ColourPanel(Panel[None]):
    """Colour maps, limits, and whether zero has no colour; every change shows at once."""

    DEFAULT_CSS = "ColourPanel > Vertical { width: 60; }"
    keys = "enter choose · z zero transparent · tab type limits · esc"

    def __init__(self, display: Display, changed: Callable[[Display], None]) -> None:
        super().__init__()
        self.display_now, self.changed = display, changed
        self.heading = printable(f"Colours by {display.colour_by or 'label'}")

    def compose_body(self) -> ComposeResult:
        """The list and the line."""
        yield OptionList(*self._options())
        limits = self.display_now.colour_limits
        shown = f"{limits[0]:g} {limits[1]:g}" if isinstance(limits, tuple) else ""
        yield Input(shown, placeholder="limits: two numbers, such as 500 4000")

    def _options(self) -> list[Option]:
        now = self.display_now
        options = [Option(Text(f"{_dot(now.colour_map == name)} {name}")) for name in COLOUR_MAPS]
        options += [Option(Text(f"{_dot(now.colour_limits == name)} {text}")) for name, text in _LIMITS]
        if isinstance(now.colour_limits, tuple):
            low, high = now.colour_limits
            options.append(Option(Text(f"{_dot(True)} typed: {low:g} to {high:g}"), disabled=True))
        options.append(Option(Text(f"[{'x' if now.zero_transparent else ' '}] zero transparent")))
        return options

    def _show(self, display: Display) -> None:
        self.display_now = display
        relist(self.query_one(OptionList), self._options())
        self.changed(display)

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter on a map, on limits, or on the last line."""
        at, maps = event.option_index, len(COLOUR_MAPS)
        if at < maps:
            self._show(replace(self.display_now, colour_map=COLOUR_MAPS[at]))
        elif at < maps + len(_LIMITS):
            self._show(replace(self.display_now, colour_limits=_LIMITS[at - maps][0]))
        else:
            self._show(replace(self.display_now, zero_transparent=not self.display_now.zero_transparent))

    def on_key(self, event: events.Key) -> None:
        """`z` outside of the line."""
        if event.key == "z" and not isinstance(self.focused, Input):
            event.stop()
            self._show(replace(self.display_now, zero_transparent=not self.display_now.zero_transparent))

    @on(Input.Submitted)
    def limits_typed(self, event: Input.Submitted) -> None:
        """Two numbers."""
        try:
            low, high = (float(part) for part in event.value.replace(",", " ").split())
            good = math.isfinite(high - low) and low < high
        except ValueError:
            good = False
        if not good:
            self.query_one(".keys", Static).update("two numbers are needed, the smaller first: 500 4000")
            return
        self.query_one(".keys", Static).update(self.keys)
        self._show(replace(self.display_now, colour_limits=(low, high)))
        self.query_one(OptionList).focus()


def _dot(on: bool) -> str:
    return "(•)" if on else "( )"
