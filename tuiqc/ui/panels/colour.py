"""By which colour map and between which limits a column colours the objects."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.suggester import Suggester
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.picture.colours import CATEGORICAL
from tuiqc.picture.display import COLOUR_MAPS, Display
from tuiqc.render.colormaps import COLORMAPS, colour_map_names, glasbey
from tuiqc.text import printable
from tuiqc.ui.keys import COLOUR
from tuiqc.ui.screens.dialogs import Dialog, relist

_BAR = 20  # cells
_LIMITS: tuple[tuple[Literal["robust", "data"], str], ...] = (
    ("robust", "robust: 1st to 99th percentile"),
    ("data", "data: minimum to maximum"),
)


class ColourPanel(Dialog[None]):
    """Colour maps, limits, and whether zero has no colour; every change shows at once."""

    place = "beside"
    keys = "enter choose · esc · tab type limits or the name of a map"
    key_places = (COLOUR,)

    def __init__(self, display: Display, changed: Callable[[Display], None]) -> None:
        super().__init__()
        self.display_now, self.changed = display, changed
        self.heading = printable(f"Colours by {display.colour_by or 'label'}")

    def compose_body(self) -> ComposeResult:
        """The list and the line."""
        yield OptionList(*self._options())
        limits = self.display_now.colour_limits
        shown = f"{limits[0]:g} {limits[1]:g}" if isinstance(limits, tuple) else ""
        yield Input(
            shown,
            placeholder="500 4000, or a name (→ completes)",
            suggester=_Maps(use_cache=False, case_sensitive=False),
        )

    def _options(self) -> list[Option]:
        now = self.display_now
        options = [Option(_map_line(name, now.colour_map == name)) for name in self._maps()]
        options += [Option(Text(f"{_dot(now.colour_limits == name)} {text}")) for name, text in _LIMITS]
        if isinstance(now.colour_limits, tuple):
            low, high = now.colour_limits
            options.append(Option(Text(f"{_dot(True)} typed: {low:g} to {high:g}"), disabled=True))
        options.append(Option(Text(f"[{'x' if now.zero_transparent else ' '}] zero transparent")))
        return options

    def _maps(self) -> tuple[str, ...]:
        """Those that are offered, and the one in use if it was typed."""
        now = self.display_now.colour_map
        return COLOUR_MAPS if now in COLOUR_MAPS else (*COLOUR_MAPS, now)

    def _show(self, display: Display) -> None:
        self.display_now = display
        relist(self.part(OptionList), self._options())
        self.changed(display)

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter on a map, on limits, or on the last line."""
        at, maps = event.option_index, len(self._maps())
        if at < maps:
            self._show(replace(self.display_now, colour_map=self._maps()[at]))
        elif at < maps + len(_LIMITS):
            self._show(replace(self.display_now, colour_limits=_LIMITS[at - maps][0]))
        else:
            self.switch_zero()

    def switch_zero(self) -> None:
        """Zero has no colour, or has one."""
        self._show(replace(self.display_now, zero_transparent=not self.display_now.zero_transparent))

    @on(Input.Submitted)
    def typed(self, event: Input.Submitted) -> None:
        """Two numbers, or the name of a colour map."""
        name = map_named(event.value)
        if name is not None:
            self.part(Static, ".keys").update(self.key_line())
            self._show(replace(self.display_now, colour_map=name))
            self.part(OptionList).focus()
            return
        try:
            low, high = (float(part) for part in event.value.replace(",", " ").split())
            good = math.isfinite(high - low) and low < high
        except ValueError:
            good = False
        if not good:
            self.part(Static, ".keys").update(_wrong(event.value))
            return
        self.part(Static, ".keys").update(self.key_line())
        self._show(replace(self.display_now, colour_limits=(low, high)))
        self.part(OptionList).focus()


class _Maps(Suggester):
    """Completes the name of a colour map."""

    async def get_suggestion(self, value: str) -> str | None:
        """The first name that begins so."""
        found = (
            (name for name in colour_map_names() if name.casefold().startswith(value)) if value else iter(())
        )
        return next(found, None)


def map_named(typed: str) -> str | None:
    """The colour map of this name whatever its capitals, None if there is none."""
    wanted = typed.strip().casefold()
    return next((name for name in (*COLOUR_MAPS, *colour_map_names()) if name.casefold() == wanted), None)


def _wrong(typed: str) -> str:
    if re.search(r"\d", typed) or not re.search("[A-Za-z]{2}", typed):
        return "two numbers are needed, the smaller first: 500 4000"
    near = difflib.get_close_matches(typed.strip(), colour_map_names(), 3, 0.5)
    return f"no such colour map{': perhaps ' + ', '.join(near) if near else ''}"


def _map_line(name: str, on: bool) -> Text:
    """Name and colours of a map."""
    line = Text(f"{_dot(on)} {name:<16}")
    colours = glasbey(_BAR) if name == CATEGORICAL else COLORMAPS[name][np.linspace(0, 255, _BAR).astype(int)]
    for red, green, blue in colours.tolist():
        line.append("█", style=f"rgb({red},{green},{blue})")
    return line


def _dot(on: bool) -> str:
    return "(•)" if on else "( )"
