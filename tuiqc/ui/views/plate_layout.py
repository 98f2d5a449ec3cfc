"""What a plate view shows: the layout of the wells, and their colours by verdict or by a value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.style import Style

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.errors import TuiqcError
from tuiqc.plots.quantities import Quantity, heat_of
from tuiqc.review.rows import Rows
from tuiqc.tables.heat import Heat, readable_on
from tuiqc.ui.jobs import Jobs

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


class PlateHeat:
    """The newest heat map.

    Attributes
    ----------
    found
        None while the first is computed, and where it can't be.
    trouble
        Why it can't be, "" if it can.
    """

    def __init__(self, jobs: Jobs, came: Callable[[], None]) -> None:
        self._jobs, self._came = jobs, came
        self.found: Heat | None = None
        self.trouble = ""
        # The things themselves are kept, and not their numbers: those of what is gone are given to others.
        self._things: tuple[Any, ...] = ()
        self._values: tuple[Any, ...] = ()

    def follow(self, rows: Rows, plates: PlateMap, quantity: Quantity) -> None:
        """Compute it anew if rows, what the filters let through, verdicts, wells or the quantity are others."""
        things = (rows, rows.filtered, plates)
        values = (quantity, tuple(rows.counts().values()))
        same = len(things) == len(self._things) and all(
            one is other for one, other in zip(things, self._things, strict=True)
        )
        if same and values == self._values:
            return
        self._things, self._values = things, values
        self._jobs.latest(
            "heat", rows.total, lambda cancelled: heat_of(rows, plates, quantity), self._done, self._failed
        )

    def _done(self, found: Heat) -> None:
        self.found, self.trouble = found, ""
        self._came()

    def _failed(self, error: TuiqcError) -> None:
        self.found, self.trouble = None, str(error)
        self._came()


LABEL = 3
"""Cells for the name of a row (AF and a space)."""
MARGIN = 7
"""Cells for the median of a row."""
WIDTHS = (1, 2, 4, 6, 8, 12, 16)
"""How wide a well can be drawn; from 4 on its value stands in it."""
SHADES = " ░▒▓█"
"""From the least to the greatest value, beside the colour."""


@dataclass(frozen=True)
class PlateLayout:
    """Where the wells stand, all in cells of the terminal.

    Attributes
    ----------
    width, height
        Of one well.
    first_row, first_column
        The well at the top left.
    rows, columns
        How many are in sight.
    halves
        Whether two rows of wells share a line, as upper and lower halves of its cells.
    """

    width: int
    height: int
    first_row: int
    first_column: int
    rows: int
    columns: int
    halves: bool = False

    @classmethod
    def of(
        cls,
        space: tuple[int, int],
        shape: tuple[int, int],
        cursor: tuple[int, int],
        zoom: int = 0,
        before: PlateLayout | None = None,
        halves: bool = True,
    ) -> PlateLayout:
        """Lay out a plate of `shape` (rows, columns) in `space` (columns, rows of cells).

        Wells are as wide as lets all columns be seen, `zoom` steps wider or narrower; the part in sight holds the
        cursor and moves as little as possible from where it was `before`. One row is for the names of the columns,
        one for their medians. With `halves` a plate of more rows than there are lines has two in each.
        """
        across, down = max(1, space[0] - LABEL - MARGIN), max(1, space[1] - 2)
        fitting = max((at for at, width in enumerate(WIDTHS) if width * shape[1] <= across), default=0)
        if halves and fitting == 0 and shape[0] > down >= -(-shape[0] // 2) and shape[1] <= across:
            if zoom <= 0:
                return cls(1, 1, 0, 0, *shape, halves=True)
            zoom -= 1  # the first step is that to a line for each row
        width = WIDTHS[max(0, min(len(WIDTHS) - 1, fitting + zoom))]
        height = max(1, min(down // shape[0], width // 2))
        columns, rows = min(shape[1], max(1, across // width)), min(shape[0], max(1, down // height))
        first_row = _moved(before.first_row if before else 0, rows, cursor[0], shape[0])
        first_column = _moved(before.first_column if before else 0, columns, cursor[1], shape[1])
        return cls(width, height, first_row, first_column, rows, columns)

    def well_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Row and column of the well at a cell of the screen, None beside them."""
        row, column = (y - 1) // self.height * (1 + self.halves), (x - LABEL) // self.width
        if y < 1 or x < LABEL or row >= self.rows or column >= self.columns:
            return None
        return self.first_row + row, self.first_column + column

    def cell_of(self, row: int, column: int) -> tuple[int, int] | None:
        """The first cell (column, row of the screen) of the middle line of a well, None where it is not in sight."""
        row, column = row - self.first_row, column - self.first_column
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        line = row // (1 + self.halves) * self.height + (self.height - 1) // 2
        return LABEL + column * self.width, 1 + line


def _moved(first: int, shown: int, cursor: int, number: int) -> int:
    return max(0, min(max(min(first, cursor), cursor - shown + 1), number - shown))


def shade(unit: float) -> str:
    """The sign of a value by its place between the limits, 0 to 1; `·` for none."""
    if not math.isfinite(unit):
        return "·"
    return SHADES[min(len(SHADES) - 1, max(0, int(unit * len(SHADES))))]


def value_text(value: float, width: int) -> str:
    """A number in at most `width` cells, as exact as fits; `…` where none does, "" where there is none."""
    if not math.isfinite(value) or width < 1:
        return ""
    if float(value).is_integer() and len(str(int(value))) <= width:
        return str(int(value))
    for digits in range(4, 0, -1):
        text = f"{value:.{digits}g}"
        if "e" in text:
            text = f"{value:.0f}"
        if len(text) <= width and (text.strip("-0.") or value == 0):
            return text
    if abs(value) < 1:
        text = f"{value:.{max(1, width - 1 - (value < 0))}f}".replace(
            "0.", ".", 1
        )  # .01 where 0.01 does not fit
        if len(text) <= width and text.strip("-.0"):
            return text
        return "0" if width < 3 else "~0"
    for power, sign in ((3, "k"), (6, "M"), (9, "G"), (12, "T")):
        text = f"{value / 10**power:.0f}{sign}"
        if len(text) <= width and text.strip("-0") != sign:
            return text
    return "…"


def neighbour_well(
    wells: set[tuple[int, int]], cursor: tuple[int, int], step: tuple[int, int]
) -> tuple[int, int] | None:
    """Return the nearest well with images in a direction, `step` as (rows, columns); None if there is none.

    Wells in the same row (or column) first, then whatever is nearest further on.
    """
    down, right = step
    ahead = [
        (row, column)
        for row, column in wells
        if ((row - cursor[0]) * down > 0 if down else (column - cursor[1]) * right > 0)
    ]
    if not ahead:
        return None

    def far(well: tuple[int, int]) -> tuple[int, int]:
        along = abs(well[0] - cursor[0]) if down else abs(well[1] - cursor[1])
        aside = abs(well[1] - cursor[1]) if down else abs(well[0] - cursor[0])
        return (aside, along)

    return min(ahead, key=far)
