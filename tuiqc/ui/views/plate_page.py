"""A plate on the screen: computing its heat map off the event loop, and drawing it with the current well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.dataset.plates.wells import Well
from tuiqc.errors import TuiqcError
from tuiqc.plots.quantities import Quantity, heat_of
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.review.changes import Changes
from tuiqc.review.rows import Rows
from tuiqc.tables.heat import Heat
from tuiqc.terminal.protocols.base import protocol_of
from tuiqc.text import printable, shorten
from tuiqc.ui.views.plate_colours import Colours
from tuiqc.ui.views.plate_drawing import beside, legend, plate_lines
from tuiqc.ui.views.plate_layout import PlateLayout, value_text
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


_BOLD = Style(bold=True)


class PlatePage(View):
    """What is seen of a plate.

    Attributes
    ----------
    quantity
        What the wells show: of "object" or "image" rows.
    heat
        The heat map, None while the first is computed.
    """

    DEFAULT_CSS = "PlatePage { padding: 0 1; }"

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self.quantity: tuple[str, Quantity] | None = None  # of "object" or "image" rows
        self.heat: Heat | None = None
        self.zoom = 0
        self.layout_now: PlateLayout | None = None
        self._heat_of: object = None
        self.trouble = ""

    @property
    def plates(self) -> PlateMap | None:
        """Where the images are, None if nothing says so."""
        return self.home.plates

    # --- what is shown

    def _rows(self) -> Rows | None:
        if self.quantity is None:
            return None
        return self.session.images if self.quantity[0] == "image" else self.session.objects

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Compute the heat map anew if verdicts, filters or rows have changed."""
        rows = self._rows()
        key = (
            rows,
            self.quantity,
            self.plates,
            rows and tuple(rows.counts().values()),
            rows and id(rows.filtered),
        )
        if key != self._heat_of and rows is not None:
            self._heat_of = key
            self._compute(rows)
        self.refresh()

    def _compute(self, rows: Rows) -> None:
        plates, quantity = self.plates, self.quantity
        assert plates is not None and quantity is not None  # noqa: PT018

        def work(void: object) -> Heat:
            return heat_of(rows, plates, quantity[1])

        def done(found: Heat) -> None:
            self.heat, self.trouble = found, ""
            self.refresh()

        def failed(error: TuiqcError) -> None:
            self.heat, self.trouble = None, str(error)
            self.refresh()

        self.home.background.latest("heat", rows.total, work, done, failed)

    @property
    def plate(self) -> int:
        """Number of the plate of the current image."""
        assert self.plates is not None
        return int(self.plates.plate[self.session.image])

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the well of the current image."""
        assert self.plates is not None
        well = self.plates.well_of(self.session.image)
        return well.row, well.column

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """One line; all are made when the first is asked for."""
        if y == 0 or not getattr(self, "_lines", None):
            self._lines = self._draw()
        width = self.size.width
        return self._lines[y] if y < len(self._lines) else Strip([Segment(" " * width)], width)

    def _draw(self) -> list[Strip]:
        width, height = self.size.width, self.size.height
        plates = self.plates
        assert plates is not None
        if self.heat is None or self.heat.values.shape[1:] != plates.shape:
            return [self._text(self.trouble or f"reading objects … {self.home.feed_text}", width)]
        halves = protocol_of(self.home.caps.protocol).UNICODE
        layout = PlateLayout.of(
            (width, height - 2), plates.shape, self.cursor, self.zoom, self.layout_now, halves
        )
        self.layout_now = layout
        colours = Colours(self._table(), self.heat.limits)
        title, notes, key = self._title(layout), self._notes(), legend(colours)
        grid = plate_lines(self.heat, self.plate, layout, self.cursor, colours, width)
        spare = height - 2 - len(grid)
        if spare > len(notes):
            top, below = [Segment(title, _BOLD)], [key, *([Segment("  " + note)] for note in notes)]
        else:
            room = width - sum(part.cell_length for part in key)
            top, below = [Segment(shorten(title, room), _BOLD), *key], []
            grid = beside(grid, layout, notes, width)
        lines = [Strip(top), *grid, *[Strip([])] * (spare - len(below)), *map(Strip, below)]
        lines = [line.adjust_cell_length(width) for line in lines[: height - 1]]
        return [*lines, self._text(self._well_text(), width, _BOLD)]

    def _table(self) -> NDArray[np.uint8]:
        name = self.home.display_style.colour_map
        return COLORMAPS[name if name in COLORMAPS and name != "blue-white-red" else "viridis"]

    @staticmethod
    def _text(text: str, width: int, style: Style | None = None) -> Strip:
        return Strip([Segment(printable(text), style)]).adjust_cell_length(width)

    def _title(self, layout: PlateLayout) -> str:
        """What is shown."""
        plates, heat = self.plates, self.heat
        assert plates is not None and heat is not None and self.quantity is not None  # noqa: PT018
        of = "images" if self.quantity[0] == "image" else self.session.layer
        number = f" {self.plate + 1} of {len(plates.plates)}" if len(plates.plates) > 1 else ""
        name = plates.plates[self.plate]
        name = f" {name}" if name not in ("", str(self.plate + 1)) else ""
        part = " · part of it" if (layout.rows, layout.columns) != plates.shape else ""
        return printable(f"Plate{number}{name}{part} · {heat.label} of {of}")

    def _notes(self) -> list[str]:
        """What is to be known beside the numbers, the most useful first."""
        plates, heat = self.plates, self.heat
        assert plates is not None and heat is not None  # noqa: PT018
        edge, inside = heat.edge_and_inside(self.plate)
        parts = []
        if edge == edge and inside == inside:
            parts.append(f"median of edge {value_text(edge, 6)}, of inside {value_text(inside, 6)}")
        return [*parts, printable(plates.said)]

    def _well_text(self) -> str:
        plates, heat, session = self.plates, self.heat, self.session
        assert plates is not None and heat is not None  # noqa: PT018
        well = Well(*self.cursor)
        images = plates.images(self.plate, well).tolist()
        value = float(heat.values[self.plate, well.row, well.column])
        how = self.quantity[1].how if self.quantity is not None else heat.label
        parts = [f"▌{well.name}", f"{how} {value_text(value, 9) or 'none'}"]
        if session.objects is not None:
            count = sum(session.objects.span(i).stop - session.objects.span(i).start for i in images)
            failed = sum(int((session.objects.codes[session.objects.span(i)] == 2).sum()) for i in images)
            parts.append(f"{count:,} {session.layer}, {failed:,} failed")
        of = f" ({images.index(session.image) + 1} of {len(images)}, ] next)" if len(images) > 1 else ""
        parts.append(f"image {session.record.key}{of}")
        annotation = session.annotation
        if annotation is not None and annotation.verdict:
            parts.append(f"image: {annotation.verdict}")
        return " · ".join(parts)
