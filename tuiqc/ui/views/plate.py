"""The plate: a number per well as a heat map, with the medians of rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.strip import Strip

from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.dataset.plates.wells import FORMATS, Well
from tuiqc.errors import TuiqcError
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.review.plate_layout import PlateLayout, neighbour_well, value_text
from tuiqc.review.quantities import COUNT, FAILED, REVIEWED, Quantity, heat_of, number_columns
from tuiqc.review.rows import Rows
from tuiqc.review.wells import well_filter
from tuiqc.tables.aggregate import AGGREGATES
from tuiqc.tables.heat import Heat
from tuiqc.text import printable
from tuiqc.ui.actions import PLATE
from tuiqc.ui.keymap import view_bindings
from tuiqc.ui.views.plate_drawing import Colours, legend, plate_lines
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from tuiqc.ui.screens.view_columns import ViewColumns

_HOWS = ("mean", "median", "sd", "min", "max", "sum", "fraction of outliers")
_IMAGES = "images: "


class PlateView(View):
    """Wells of one plate; the cursor is the well of the current image."""

    HEADING = "Plate"
    LEVEL = "image"
    PICTURE = "wide"
    FOOTER = (
        "enter",
        "plate_number",
        "plate_how",
        "plate_wider",
        "plate_next",
        "verdict_pass",
        "verdict_fail",
    )
    BINDINGS: ClassVar[list[BindingType]] = list(view_bindings(PLATE))
    DEFAULT_CSS = "PlateView { padding: 0 1; }"

    def __init__(self, home: ViewColumns, *, id: str | None = None) -> None:
        super().__init__(home, id=id)
        self.size_asked: int | None = None
        self.plates: PlateMap | None = plate_map(self.session.batch)
        self.quantity: tuple[str, Quantity] | None = None  # of "object" or "image" rows
        self.heat: Heat | None = None
        self.zoom = 0
        self.layout_now: PlateLayout | None = None
        self._heat_of: object = None
        self._image = -1
        self.trouble = ""

    def refusal(self) -> str:
        """Images of no plate have no plate view."""
        if self.plates is not None:
            return ""
        return (
            "nothing says which wells the images are of: name that part of the file names {well} in --images"
        )

    def opened(self) -> None:
        """Begin with what is worth seeing: failures if there are any, else the column of the colours, else counts."""
        self._image = -1
        if self.quantity is None:
            self.quantity = self._first_quantity()

    def _first_quantity(self) -> tuple[str, Quantity]:
        objects, column = self.session.objects, self.home.display_style.colour_by
        if objects is None:
            return "image", Quantity(FAILED)
        if column and column in number_columns(objects):
            return "object", Quantity("mean", column)
        return "object", Quantity(FAILED if objects.counts()["fail"] else COUNT)

    # --- what is shown

    def _rows(self) -> Rows | None:
        if self.quantity is None:
            return None
        return self.session.images if self.quantity[0] == "image" else self.session.objects

    def follow(self) -> None:
        """Compute the heat map anew if verdicts, filters or rows have changed; keep the cursor at the image."""
        if self._image != self.session.image:
            self._image = self.session.image
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

        self.home.background.run("heat", rows.total, work, done, failed)

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
            return [self._text(self.trouble or "reading objects …", width)]
        layout = PlateLayout.of((width, height - 2), plates.shape, self.cursor, self.zoom, self.layout_now)
        self.layout_now = layout
        colours = Colours(self._table(), self.heat.limits)
        title, after = self._titles(layout)
        grid = plate_lines(self.heat, self.plate, layout, self.cursor, colours, width)
        spare = height - 2 - len(grid)
        below = [
            [*legend(colours), Segment(f"  {after}")],
            [Segment(self.plates.said)] if self.plates else [],
        ]
        top = [Segment(title, Style(bold=True))]
        if spare < 2:  # everything that is said stands on the first line
            top, below = [*top, *below[0], Segment(" · "), *below[1]], []
        lines = [Strip(top), *grid, *[Strip([])] * (spare - len(below)), *map(Strip, below)]
        lines = [line.adjust_cell_length(width) for line in lines[: height - 1]]
        return [*lines, self._text(self._well_text(), width, Style(bold=True))]

    def _table(self) -> NDArray[np.uint8]:
        name = self.home.display_style.colour_map
        return COLORMAPS[name if name in COLORMAPS and name != "blue-white-red" else "viridis"]

    @staticmethod
    def _text(text: str, width: int, style: Style | None = None) -> Strip:
        return Strip([Segment(printable(text), style)]).adjust_cell_length(width)

    def _titles(self, layout: PlateLayout) -> tuple[str, str]:
        """What is shown, and what stands behind the legend."""
        plates, heat = self.plates, self.heat
        assert plates is not None and heat is not None and self.quantity is not None  # noqa: PT018
        of = "images" if self.quantity[0] == "image" else self.session.layer
        number = f" {self.plate + 1} of {len(plates.plates)}" if len(plates.plates) > 1 else ""
        name = f" {plates.plates[self.plate]}" if plates.plates[self.plate] else ""
        edge, inside = heat.edge_and_inside(self.plate)
        parts = []
        if edge == edge and inside == inside:
            parts.append(f"edge {value_text(edge, 6)}, inside {value_text(inside, 6)}")
        if (layout.rows, layout.columns) != plates.shape:
            parts.append("part of it")
        title = f"Plate{number}{name} · {heat.label} of {of}"
        return printable(title), " · ".join(parts)

    def _well_text(self) -> str:
        plates, heat, session = self.plates, self.heat, self.session
        assert plates is not None and heat is not None  # noqa: PT018
        well = Well(*self.cursor)
        images = plates.images(self.plate, well).tolist()
        value = float(heat.values[self.plate, well.row, well.column])
        parts = [f"▌{well.name}", f"{heat.label} {value_text(value, 9) or 'none'}"]
        parts.append(f"image {session.record.key} ({images.index(session.image) + 1} of {len(images)})")
        if session.objects is not None:
            count = sum(session.objects.span(i).stop - session.objects.span(i).start for i in images)
            failed = sum(int((session.objects.codes[session.objects.span(i)] == 2).sum()) for i in images)
            parts.append(f"{count:,} {session.layer}, {failed:,} failed")
        annotation = session.annotation
        if annotation is not None and annotation.verdict:
            parts.append(f"image: {annotation.verdict}")
        return " · ".join(parts)

    # --- moving

    def _go(self, step: tuple[int, int]) -> None:
        plates = self.plates
        assert plates is not None
        here = plates.plate == self.plate
        wells = set(zip(plates.row[here].tolist(), plates.column[here].tolist(), strict=True))
        found = neighbour_well(wells, self.cursor, step)
        if found is not None:
            self._go_well(self.plate, Well(*found))

    def _go_well(self, plate: int, well: Well) -> None:
        assert self.plates is not None
        images = self.plates.images(plate, well).tolist()
        if images:
            view = self.session.images.view
            shown = [image for image in images if view.index_of(image) is not None]
            self.home.go_to_image((shown or images)[0])

    def action_plate_left(self) -> None:
        """The well on the left."""
        self._go((0, -1))

    def action_plate_right(self) -> None:
        """The well on the right."""
        self._go((0, 1))

    def action_plate_up(self) -> None:
        """The well above."""
        self._go((-1, 0))

    def action_plate_down(self) -> None:
        """The well below."""
        self._go((1, 0))

    def action_plate_next(self) -> None:
        """The next plate."""
        self._step_plate(1)

    def action_plate_previous(self) -> None:
        """The plate before."""
        self._step_plate(-1)

    def _step_plate(self, step: int) -> None:
        plates = self.plates
        assert plates is not None
        if len(plates.plates) < 2:
            self.home.say("there is one plate only")
            return
        number = (self.plate + step) % len(plates.plates)
        self.home.go_to_image(int((plates.plate == number).argmax()))

    def on_click(self, event: events.Click) -> None:
        """The well under the mouse; twice: go there."""
        offset = event.get_content_offset(self)
        well = self.layout_now.well_at(offset.x, offset.y - 1) if offset and self.layout_now else None
        if well is not None:
            self._go_well(self.plate, Well(*well))
            if event.chain >= 2:
                self.enter()

    # --- what is shown

    def action_plate_wider(self) -> None:
        """Larger wells, of which fewer are in sight."""
        self.zoom = min(4, self.zoom + 1)
        self.refresh()

    def action_plate_narrower(self) -> None:
        """Smaller wells."""
        self.zoom = max(-4, self.zoom - 1)
        self.refresh()

    def action_plate_how(self) -> None:
        """Mean, median, sd, least, greatest, sum of the same column."""
        if self.quantity is None or self.quantity[1].how not in AGGREGATES or not self.quantity[1].column:
            self.home.say("choose a column first (c); then a goes through mean, median, sd, min, max, sum")
            return
        level, quantity = self.quantity
        at = _HOWS.index(quantity.how) if quantity.how in _HOWS else -1
        self.quantity = level, Quantity(_HOWS[(at + 1) % len(_HOWS)], quantity.column)
        self.follow()

    def action_plate_size(self) -> None:
        """Put numbered wells on the next larger plate."""
        if self.plates is None or not self.plates.numbered:
            self.home.say("the wells have names, which say where they are")
            return
        sizes = [size for size in FORMATS if size >= len(set(self.plates.cell.tolist()))]
        self.size_asked = sizes[(sizes.index(self.plates.wells) + 1) % len(sizes)]
        self.plates = plate_map(self.session.batch, self.size_asked)
        self.layout_now = None
        self.follow()

    def action_plate_number(self) -> None:
        """Ask for the number that the wells show."""
        names, objects = [], self.session.objects
        if objects is not None:
            names += [FAILED, REVIEWED, COUNT, *number_columns(objects)]
        names += [_IMAGES + name for name in (FAILED, REVIEWED, *number_columns(self.session.images))]
        level, quantity = self.quantity or ("object", Quantity(COUNT))
        now = (_IMAGES if level == "image" else "") + (quantity.column or quantity.how)

        def chosen(name: str | None) -> None:
            if name is not None:
                how = quantity.how if quantity.column else "mean"
                self._show_quantity(name, how)

        self.home.pick_column("Number per well", chosen, names=names, now=now)

    def _show_quantity(self, name: str, how: str) -> None:
        level = "image" if name.startswith(_IMAGES) else "object"
        name = name.removeprefix(_IMAGES)
        made = Quantity(name) if name in (FAILED, REVIEWED, COUNT) else Quantity(how, name)
        self.quantity = level, made
        self.follow()

    def enter(self) -> None:
        """Go home, to the images of this well alone."""
        assert self.plates is not None
        images = self.plates.images(self.plate, Well(*self.cursor))
        name, text = well_filter(self.session.images, Well(*self.cursor), images)
        self.home.show_well(name, text)
        self.home.go_home(stay=False)
