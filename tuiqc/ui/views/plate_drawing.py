"""A plate as lines of text: a shade, a colour and, where it fits, the value in each well; medians at the margins."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.dataset.plates.wells import Well, row_name
from tuiqc.qc.verdict import FAIL
from tuiqc.review.session import Session
from tuiqc.tables.heat import Heat
from tuiqc.text import printable, shorten
from tuiqc.ui.views.plate_layout import (
    DIM,
    EMPTY,
    LABEL,
    MARGIN,
    Colours,
    PlateLayout,
    name_style,
    shade,
    value_text,
)

_NO_VALUE = "rgb(40,40,46)"
_HERE_RGB = "rgb(255,255,255)"
_HERE = Style(bold=True, reverse=True)
_FRAME = Style(bold=True, color="rgb(0,0,0)", bgcolor="rgb(255,255,255)")
_OF_COLUMNS = " │ of columns"
_NARROW = 12
"""Beside fewer cells than this nothing is written."""


def plate_lines(
    found: Heat,
    plate: int,
    layout: PlateLayout,
    cursor: tuple[int, int],
    colours: Colours,
    width: int,
) -> list[Strip]:
    """Return the lines of a plate, each `width` cells: names of columns, rows of wells, medians of columns."""
    lines = [_header(layout, cursor, width)]
    if layout.halves:
        lines += [_strip(line, width) for line in half_lines(found, plate, layout, cursor, colours)]
        return [*lines, _column_medians(found, plate, layout, colours, width)]
    medians = found.row_medians(plate)
    for row in range(layout.first_row, layout.first_row + layout.rows):
        for line in range(layout.height):
            middle = line == (layout.height - 1) // 2
            parts = [
                Segment(f"{row_name(row):<{LABEL}}" if middle else " " * LABEL, name_style(row == cursor[0]))
            ]
            parts += _wells(found, plate, row, layout, cursor, colours, middle)
            if middle:
                parts.append(Segment(" │ ", DIM))
                parts.append(_median(float(medians[row]), MARGIN - 3, colours))
            lines.append(_strip(parts, width))
    lines.append(_column_medians(found, plate, layout, colours, width))
    return lines


def beside(lines: list[Strip], layout: PlateLayout, notes: list[str], width: int) -> list[Strip]:
    """Return the lines with notes on their right, as far as there is room for words."""
    at = LABEL + layout.columns * layout.width + max(MARGIN, len(_OF_COLUMNS)) + 1
    if width - at < _NARROW:
        return lines
    text = [line for note in notes for line in ("", *wrap(note, width - at))]
    return [
        Strip([*line.crop(0, at), Segment(said, DIM)]).adjust_cell_length(width) if said else line
        for line, said in zip(lines, [*text, *[""] * len(lines)], strict=False)
    ]


def _header(layout: PlateLayout, cursor: tuple[int, int], width: int) -> Strip:
    parts = [Segment(" " * LABEL)]
    column = layout.first_column
    end = layout.first_column + layout.columns
    while column < end:
        # Where a number does not fit above its column it stands over several: 1, 5, 10 …
        here = column == cursor[1]
        text = str(column + 1)
        if layout.width > len(text):
            parts.append(Segment(text.center(layout.width), name_style(here)))
            column += 1
        else:
            group = min(end - column, -(-3 // layout.width)) if layout.width < 3 else 1
            near = next((c for c in range(column, column + group) if c == cursor[1]), column)
            shown = f"{near + 1}"
            shown = shown if len(shown) < max(2, group * layout.width) else ""
            parts.append(Segment(shown.ljust(group * layout.width), name_style(near == cursor[1])))
            column += group
    parts.append(Segment(" │ median", DIM))
    return _strip(parts, width)


def _wells(
    found: Heat,
    plate: int,
    row: int,
    layout: PlateLayout,
    cursor: tuple[int, int],
    colours: Colours,
    middle: bool,
) -> Iterator[Segment]:
    for column in range(layout.first_column, layout.first_column + layout.columns):
        value = float(found.values[plate, row, column])
        here = (row, column) == cursor
        if here and layout.width < 4:
            yield Segment("◆".ljust(layout.width), _HERE)
            continue
        if not math.isfinite(value):
            sign = "∅" if found.counts[plate, row, column] else "·"
            parts = [Segment(sign.center(layout.width) if middle else " " * layout.width, EMPTY)]
        else:
            parts = _well(value, layout.width, colours, middle)
        yield from _framed(parts, layout.width, value, colours, middle) if here else parts


def _framed(
    parts: list[Segment], width: int, value: float, colours: Colours, middle: bool
) -> Iterator[Segment]:
    """The well of the cursor; where its value needs the place of the closing bracket it has that."""
    text = "".join(part.text for part in parts)[1:]
    closed = not middle or len(text.strip()) < width - 1
    yield Segment("[", _FRAME)
    style = colours.style(value, bold=True)
    if closed:
        yield from (Segment(text.strip().rjust(width - 2), style), Segment("]", _FRAME))
    else:
        yield Segment(text.strip().rjust(width - 1), style)


def _well(value: float, width: int, colours: Colours, middle: bool) -> list[Segment]:
    """A shade that says by form what the colour says; then, where it fits, the value on the colour."""
    sign = shade(colours.unit(value))
    if width < 4:
        return [Segment(sign * width, colours.sign(value))]
    text = value_text(value, width - 3 if width > 4 else 3) if middle else ""
    if width == 4 and _coarse(text):
        # It takes the place of the shade, which stands on the lines below.
        return [Segment(_thousands(value), colours.style(value))]
    inside = f"{text:>{width - 2}} " if len(text) <= width - 2 else text
    return [
        Segment(sign, colours.sign(value)),
        Segment(inside[: width - 1].rjust(width - 1), colours.style(value)),
    ]


def _column_medians(found: Heat, plate: int, layout: PlateLayout, colours: Colours, width: int) -> Strip:
    medians = found.column_medians(plate)
    parts = [Segment("md ", DIM)]
    for column in range(layout.first_column, layout.first_column + layout.columns):
        value = float(medians[column])
        if layout.width < 4:
            parts.append(Segment(shade(colours.unit(value)) * layout.width, colours.sign(value)))
        else:
            parts.append(_median(value, layout.width, colours))
    parts.append(Segment(_OF_COLUMNS, DIM))
    return _strip(parts, width)


def _median(value: float, width: int, colours: Colours) -> Segment:
    text = value_text(value, width - 1) or "·"
    if width == 4 and _coarse(text):
        return Segment(_thousands(value), colours.style(value))
    return Segment(f"{text:>{width - 1}} " if width > 1 else text, colours.style(value))


def _coarse(text: str) -> bool:
    """1k and 2k tell little."""
    return len(text) == 2 and text[1] == "k"


def _thousands(value: float) -> str:
    """Four cells: `1.4k`, `10k`."""
    text = f"{value / 1000:.1f}k"
    return f"{text if len(text) <= 4 else value_text(value, 4):>4}"


def legend(colours: Colours, cells: int = 10) -> list[Segment]:
    """The colours from the least to the greatest value, with both in numbers and the shades that stand for them."""
    low, high = colours.limits
    if high <= low:
        return [Segment(f"  all {value_text(low, 8)}")]
    parts = [Segment(f"  {value_text(low, 8)} ▏")]
    for cell in range(cells):
        value = low + (cell + 0.5) / cells * (high - low)
        parts.append(Segment(shade(colours.unit(value)), colours.sign(value)))
    parts.append(Segment(f"▕ {value_text(high, 8)}"))
    return parts


def _strip(parts: list[Segment], width: int) -> Strip:
    return Strip(parts).adjust_cell_length(width)


# --- two rows of wells in each line, as upper and lower halves of its cells


def half_lines(
    found: Heat, plate: int, layout: PlateLayout, cursor: tuple[int, int], colours: Colours
) -> list[list[Segment]]:
    """Return the lines of wells, each of two rows with their medians behind; an odd last row stands alone.

    Colour alone says the values here, in brightness too; the value of the current well stands below in numbers, and one
    step larger (`+`) the shades are back.
    """
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
        _HERE_RGB if here else colours.css(value) or _NO_VALUE
        for value, here in zip(values, marked, strict=True)
    ]
    return Segment("▀", Style(color=shown[0], bgcolor=shown[1] if len(shown) > 1 else None))


_BOLD = Style(bold=True)


def text_strip(text: str, width: int, style: Style | None = None) -> Strip:
    """A line of one style."""
    return Strip([Segment(printable(text), style)]).adjust_cell_length(width)


def plate_strips(
    heat: Heat,
    plates: PlateMap,
    session: Session,
    layout: PlateLayout,
    colours: Colours,
    of: str,
    space: tuple[int, int],
) -> list[Strip]:
    """The lines of the plate of the current image but the last one, in `space` cells; `of` is what is measured."""
    width, height = space
    image = session.cursor.image
    plate, well = int(plates.plate[image]), plates.well_of(image)
    title, notes, key = _title(heat, plates, plate, layout, of), _notes(heat, plates, plate), legend(colours)
    grid = plate_lines(heat, plate, layout, (well.row, well.column), colours, width)
    spare = height - 1 - len(grid)
    if spare > len(notes) + 1:
        notes.append(_marks(layout))
    if spare > len(notes):
        top, below = [Segment(title, _BOLD)], [key, *([Segment("  " + note)] for note in notes)]
    else:
        room = width - sum(part.cell_length for part in key)
        top, below = [Segment(shorten(title, room), _BOLD), *key], []
        grid = beside(grid, layout, notes, width)
    lines = [Strip(top), *grid, *[Strip([])] * (spare - len(below)), *map(Strip, below)]
    return [line.adjust_cell_length(width) for line in lines[:height]]


def _title(heat: Heat, plates: PlateMap, plate: int, layout: PlateLayout, of: str) -> str:
    """What is shown."""
    number = f" {plate + 1} of {len(plates.plates)}" if len(plates.plates) > 1 else ""
    name = plates.plates[plate]
    name = f" {name}" if name not in ("", str(plate + 1)) else ""
    part = " · part of it" if (layout.rows, layout.columns) != plates.shape else ""
    return printable(f"Plate{number}{name}{part} · {heat.label} of {of}")


def _notes(heat: Heat, plates: PlateMap, plate: int) -> list[str]:
    """What is to be known beside the numbers, the most useful first."""
    edge, inside = heat.edge_and_inside(plate)
    parts = []
    if edge == edge and inside == inside:
        parts.append(f"median of edge {value_text(edge, 6)}, of inside {value_text(inside, 6)}")
    return [*parts, printable(plates.said)]


def _marks(layout: PlateLayout) -> str:
    """What stands in the wells beside their numbers."""
    here, blank = ("white", "grey") if layout.halves else ("[ ]", "·")
    return f"{here} current, {blank} no image, ∅ no value, md: medians"


def well_line(heat: Heat, plates: PlateMap, session: Session, how: str, width: int) -> Strip:
    """The number of the current well, what is in it, and which of its images is the current one."""
    image, objects = session.cursor.image, session.tables.objects
    plate, well = int(plates.plate[image]), plates.well_of(image)
    images = plates.images(plate, Well(well.row, well.column)).tolist()
    value = float(heat.values[plate, well.row, well.column])
    parts = [f"▌{well.name}", f"{how} {value_text(value, 9) or 'none'}"]
    if objects is not None:
        spans = [objects.span(one) for one in images]
        count = sum(span.stop - span.start for span in spans)
        failed = sum(int((objects.codes[span] == FAIL.code).sum()) for span in spans)
        parts.append(f"{count:,} {session.cursor.layer}, {failed:,} failed")
    of = f" ({images.index(image) + 1} of {len(images)}, ] next)" if len(images) > 1 else ""
    parts.append(f"image {session.cursor.record.key}{of}")
    annotation = session.annotator.annotation
    if annotation is not None and annotation.verdict:
        parts.append(f"image: {annotation.verdict}")
    return text_strip(" · ".join(parts), width, _BOLD)
