"""A plate of more rows than there are lines: two rows of wells in each line, as upper and lower halves of its cells.

Colour alone says the values here, in brightness too; the value of the current well stands below in numbers, and one
step larger (`+`) the shades are back.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.dataset.plates.wells import row_name
from tuiqc.tables.heat import Heat
from tuiqc.ui.views.plate_colours import DIM, Colours, name_style
from tuiqc.ui.views.plate_layout import LABEL, MARGIN, PlateLayout

_NONE = "rgb(40,40,46)"
_CURSOR = "rgb(255,255,255)"


def half_lines(
    found: Heat, plate: int, layout: PlateLayout, cursor: tuple[int, int], colours: Colours
) -> list[list[Segment]]:
    """Return the lines of wells, each of two rows with their medians behind; an odd last row stands alone."""
    medians = found.row_medians(plate)
    lines = []
    for upper in range(0, layout.rows, 2):
        pair = [upper, upper + 1] if upper + 1 < layout.rows else [upper]
        here = next((row for row in pair if row == cursor[0]), None)
        parts = [
            Segment(f"{row_name(upper if here is None else here):<{LABEL}}", name_style(here is not None))
        ]
        for column in range(layout.columns):
            values = [float(found.values[plate, row, column]) for row in pair]
            marked = [(row, column) == cursor for row in pair]
            parts.append(_cell(values, marked, colours))
        of_rows = _cell([float(medians[row]) for row in pair], [False] * len(pair), colours)
        lines.append([*parts, Segment(" │ ", DIM), Segment(of_rows.text * (MARGIN - 3), of_rows.style)])
    return lines


def _cell(values: Sequence[float], marked: Sequence[bool], colours: Colours) -> Segment:
    shown = [
        _CURSOR if here else colours.css(value) or _NONE for value, here in zip(values, marked, strict=True)
    ]
    return Segment("▀", Style(color=shown[0], bgcolor=shown[1] if len(shown) > 1 else None))


def as_strips(lines: Sequence[Sequence[Segment]], width: int) -> list[Strip]:
    """Lines of `width` cells."""
    return [Strip(line).adjust_cell_length(width) for line in lines]
