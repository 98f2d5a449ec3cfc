"""A plot as lines of text: the cells of its raster, axes with numbers, and where the current object is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.plots.raster import Raster, column_of, merged
from tuiqc.tables.binning import Limits, ticks
from tuiqc.text import printable, shorten
from tuiqc.ui.views.plate_layout import value_text
from tuiqc.ui.views.plot_words import last_part

LEFT = 9
"""Cells for the numbers of the vertical axis."""

_DIM = Style(color="rgb(150,150,150)")
_HERE = Style(bold=True, color="rgb(0,0,0)", bgcolor="rgb(255,255,255)")
_RANGE = Style(bgcolor="rgb(40,60,110)")

Box = tuple[int, int, int, int]
"""First and last row, first and last column of a range, all included."""


def plot_lines(
    raster: Raster, cursor: tuple[int, int] | None, box: Box | None, width: int, y_name: str
) -> list[Strip]:
    """Return the lines of a plot with its vertical axis; the cursor's cell stands out, a range is shaded."""
    rows, _ = raster.glyphs.shape
    numbers = _y_numbers(raster.y_limits, rows)
    lines = []
    for row in range(rows):
        parts = [_axis_segment(row, numbers, y_name), *_cells(raster, row, cursor, box)]
        lines.append(Strip(parts).adjust_cell_length(width))
    return lines


def _axis_segment(row: int, numbers: dict[int, str], y_name: str, signs: str = "│┤") -> Segment:
    """The vertical axis; `signs` are that of its line, and where there is a number."""
    left = numbers.get(row, "")
    if row == 0:
        left = left or shorten(printable(y_name if len(y_name) <= LEFT - 2 else last_part(y_name)), LEFT - 2)
    return Segment(f"{left:>{LEFT - 2}} {signs[row in numbers]}", _DIM)


def _cells(raster: Raster, row: int, cursor: tuple[int, int] | None, box: Box | None) -> list[Segment]:
    here = cursor[1] if cursor is not None and cursor[0] == row else None
    held = (box[2], box[3] + 1) if box is not None and box[0] <= row <= box[1] else None
    edges = {0, raster.glyphs.shape[1], *(held or ()), *((here, here + 1) if here is not None else ())}
    parts = []
    for start, end in pairwise(sorted(edges)):
        if start == here:
            parts.append(Segment("◆", _HERE))
            continue
        shaded = held is not None and held[0] <= start < held[1]
        for text, (red, green, blue) in merged(raster.glyphs[row, start:end], raster.rgb[row, start:end]):
            style = Style(color=f"rgb({red},{green},{blue})") if text.strip() else Style()
            parts.append(Segment(text, style + _RANGE if shaded else style))
    return parts


def _y_numbers(limits: Limits, rows: int) -> dict[int, str]:
    low, high = limits
    found = {}
    for tick in ticks(low, high, max(2, rows // 3)):
        share = (tick - low) / (high - low) if high > low else 0.5
        found[min(rows - 1, max(0, rows - 1 - int(share * rows)))] = value_text(tick, LEFT - 3)
    return found


def x_axis(
    limits: Limits, columns: int, width: int, name: str, here: float | None, *, pixels: bool
) -> list[Strip]:
    """Return the horizontal axis: a line with ticks (and `▲` below the current value), its numbers, its name.

    With `pixels` the line is in the picture above.
    """
    corner, plain, sign = "  ╵" if pixels else "└─┬"
    line, numbers = [plain] * columns, [" "] * columns
    free = 0
    for tick in ticks(*limits, max(2, columns // 12)):
        at = column_of(tick, limits, columns)
        text = value_text(tick, 8)
        if at is None:
            continue
        line[at] = sign
        start = max(0, min(columns - len(text), at - len(text) // 2))
        if start >= free:
            numbers[start : start + len(text)] = list(text)
            free = start + len(text) + 1
    axis = [Segment(" " * (LEFT - 1) + corner, _DIM)]
    at = column_of(here, limits, columns) if here is not None and here == here else None
    if at is None:
        axis.append(Segment("".join(line), _DIM))
    else:
        axis += [
            Segment("".join(line[:at]), _DIM),
            Segment("▲", _HERE),
            Segment("".join(line[at + 1 :]), _DIM),
        ]
    below = Segment(" " * LEFT + "".join(numbers), _DIM)
    title = Segment(" " * LEFT + shorten(printable(name), columns).center(columns), Style(bold=True))
    return [Strip(parts).adjust_cell_length(width) for parts in (axis, [below], [title])]


def marks_line(raster: Raster, width: int) -> Strip:
    """Return the signs under the bins of a histogram."""
    parts = [Segment(" " * LEFT)]
    if raster.marks is not None and raster.marks_rgb is not None:
        for text, (red, green, blue) in merged(raster.marks, raster.marks_rgb):
            parts.append(Segment(text, Style(color=f"rgb({red},{green},{blue})", bold=True)))
    return Strip(parts).adjust_cell_length(width)


def blank_lines(raster: Raster, width: int, y_name: str) -> list[Strip]:
    """Return the lines of a plot whose data area is a picture, with its axes: the numbers of the vertical one."""
    rows, columns = raster.glyphs.shape
    numbers = _y_numbers(raster.y_limits, rows)
    return [
        Strip([_axis_segment(row, numbers, y_name, " ╶"), Segment(" " * columns)]).adjust_cell_length(width)
        for row in range(rows)
    ]


def boxes_lines(
    cells: tuple[NDArray[np.uint32], NDArray[np.uint8]] | None,
    names: Sequence[str],
    current: int | None,
    marker: int | None,
    height: int,
    width: int,
) -> list[Strip]:
    """Return `height` lines per group: its name, its box, and `◆` at the current value.

    `cells` are code points and colours; None where the boxes are a picture.
    """
    lines = []
    for place, name in enumerate(names):
        here = place == current
        for row in range(place * height, (place + 1) * height):
            middle = row == place * height + height // 2
            label = f"{shorten(printable(name), LEFT - 2):>{LEFT - 2}} " if middle else " " * (LEFT - 1)
            parts = [
                Segment(label, _HERE if here and middle else Style()),
                Segment(" " if cells is None else "│", _DIM),
            ]
            if cells is not None:
                parts += _box_cells(cells[0][row], cells[1][row], marker if here and middle else None)
            lines.append(Strip(parts).adjust_cell_length(width))
    return lines


def empty_lines(count: int, width: int, *, pixels: bool) -> list[Strip]:
    """Return lines below the last box."""
    return [
        Strip([Segment(" " * (LEFT - 1) + (" " if pixels else "│"), _DIM)]).adjust_cell_length(width)
    ] * count


def _box_cells(glyphs: NDArray[np.uint32], rgb: NDArray[np.uint8], marker: int | None) -> list[Segment]:
    parts = []
    edges = {0, len(glyphs), *((marker, marker + 1) if marker is not None else ())}
    for start, end in pairwise(sorted(edges)):
        if start == marker:
            parts.append(Segment("◆", _HERE))
            continue
        for text, (red, green, blue) in merged(glyphs[start:end], rgb[start:end]):
            parts.append(Segment(text, Style(color=f"rgb({red},{green},{blue})")))
    return parts
