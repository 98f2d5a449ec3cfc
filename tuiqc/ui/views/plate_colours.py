"""Colours of the values on a plate, and what all its drawings share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from rich.style import Style

from tuiqc.tables.colouring import readable_on

Rgb = tuple[int, int, int]

DIM = Style(color="rgb(150,150,150)")
EMPTY = Style(color="rgb(110,110,110)")
_NAME = Style(bold=True)


class Colours:
    """Colours of values between limits, by a colour map of uint8 (256, 3)."""

    def __init__(self, table: NDArray[np.uint8], limits: tuple[float, float]) -> None:
        self.table, self.limits = table, limits

    def unit(self, value: float) -> float:
        """The place of a value between the limits, 0 to 1; NaN for none."""
        low, high = self.limits
        if not math.isfinite(value):
            return math.nan
        return 0.5 if high <= low else min(1.0, max(0.0, (value - low) / (high - low)))

    def rgb(self, value: float) -> Rgb | None:
        """The colour of a value, None for none."""
        unit = self.unit(value)
        if not math.isfinite(unit):
            return None
        red, green, blue = self.table[int(unit * 255 + 0.5)].tolist()
        return red, green, blue

    def css(self, value: float) -> str:
        """The colour of a value as Rich reads it, "" for none."""
        found = self.rgb(value)
        return _css(found) if found is not None else ""

    def style(self, value: float, *, bold: bool = False) -> Style:
        """Background of a value, with text that can be read on it."""
        back = self.rgb(value)
        if back is None:
            return EMPTY + Style(bold=bold)
        return Style(bgcolor=_css(back), color=_css(readable_on(back)), bold=bold)

    def sign(self, value: float) -> Style:
        """A shade in the colour of its value, on a darker one: the fuller, the brighter."""
        front = self.rgb(value)
        if front is None:
            return EMPTY
        light = tuple(int(part + (255 - part) * 0.25) for part in front)
        dark = tuple(int(part * 0.45) for part in front)
        return Style(color=_css(light), bgcolor=_css(dark))  # type: ignore[arg-type]


def name_style(here: bool) -> Style:
    """That of the name of a row or column; the cursor is in it or not."""
    return _NAME + Style(reverse=True) if here else _NAME


def _css(colour: Rgb) -> str:
    return "rgb({},{},{})".format(*colour)
