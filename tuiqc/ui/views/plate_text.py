"""The words around the wells of a plate."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.dataset.plates.wells import Well
from tuiqc.qc.verdict import FAIL
from tuiqc.review.session import Session
from tuiqc.tables.heat import Heat
from tuiqc.text import printable, shorten
from tuiqc.ui.views.plate_colours import Colours
from tuiqc.ui.views.plate_drawing import beside, legend, plate_lines
from tuiqc.ui.views.plate_layout import PlateLayout, value_text

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
