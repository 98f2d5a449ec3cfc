"""The plate: a number per well as a heat map, with the medians of rows and columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.strip import Strip

from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.dataset.plates.wells import FORMATS, Well
from tuiqc.plots.quantities import COUNT, FAILED, REVIEWED, Quantity, number_columns
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.review.changes import Changes
from tuiqc.review.image_rows import well_filter
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import AGGREGATES
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.ui.column_names import pick_column
from tuiqc.ui.jump_letters import JumpTarget, Letters
from tuiqc.ui.keys import PLATE, VIEW
from tuiqc.ui.sheet_ground import Ground
from tuiqc.ui.views.plate_drawing import plate_strips, text_strip, well_line
from tuiqc.ui.views.plate_layout import Colours, PlateHeat, PlateLayout, neighbour_well
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


NO_WELLS = "nothing says which wells the images are of: name that part of the file names {well} in --images"


def go_home_to_well(context: ReviewContext, plates: PlateMap) -> None:
    """Go home, to the images of the current well alone."""
    session = context.session
    image = session.cursor.image
    well = plates.well_of(image)
    images = plates.images(int(plates.plate[image]), well)
    context.tables.show_well(*well_filter(session.tables.images, well, images))
    context.views.go_home(stay=False)


def step_plate(context: ReviewContext, plates: PlateMap, step: int) -> None:
    """Go to the first image of the plate `step` further."""
    if len(plates.plates) < 2:
        context.say("there is one plate only")
        return
    number = (int(plates.plate[context.session.cursor.image]) + step) % len(plates.plates)
    context.session.cursor.show_image(int((plates.plate == number).argmax()))


_HOWS = ("mean", "median", "sd", "min", "max", "sum", "fraction of outliers")
_IMAGES = "images: "
_MOST_ZOOM = 4


class PlateView(View):
    """Wells of one plate; the cursor is the well of the current image.

    Attributes
    ----------
    quantity
        What the wells show: of "object" or "image" rows.
    heat
        The heat map.
    zoom
        Steps by which wells are wider or narrower than lets all be seen.
    """

    HEADING = "Plate"
    LEVEL = "image"
    PICTURE = "wide"
    FOOTER = (
        "enter",
        "plate_number",
        "plate_pictures",
        "plate_how",
        "plate_wider",
        "verdict_pass",
        "verdict_fail",
        "plate_next",
    )
    PLACES = (PLATE, VIEW)
    DEFAULT_CSS = "PlateView { padding: 0 1; }"

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self.quantity: tuple[str, Quantity] | None = None
        self.heat = PlateHeat(context.jobs, self._came)
        self.zoom = 0
        self._layout_now: PlateLayout | None = None
        self._provisional = False
        self._lines: list[Strip] = []
        self._letters: Letters | None = None

    @property
    def plates(self) -> PlateMap:
        """Where the images are."""
        assert self.context.session.plates is not None
        return self.context.session.plates

    @property
    def plate(self) -> int:
        """Number of the plate of the current image."""
        return int(self.plates.plate[self.session.cursor.image])

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the well of the current image."""
        well = self.plates.well_of(self.session.cursor.image)
        return well.row, well.column

    def refusal(self) -> str:
        """Images of no plate have no plate view."""
        return "" if self.context.session.plates is not None else NO_WELLS

    def opened(self) -> None:
        """Begin with what is worth seeing: failures if there are any, else the column of the colours, else counts."""
        if self.quantity is None or self._provisional:
            self.quantity = self._first_quantity()
            self._provisional = self.session.tables.objects is None and bool(self.session.cursor.layer)

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """The first objects have come: show what was not there to be shown before."""
        if self._provisional and self.session.tables.objects is not None:
            self.opened()
        rows = self._rows
        if rows is not None and self.quantity is not None:
            self.heat.follow(rows, self.plates, self.quantity[1])
        self.refresh()

    def _came(self) -> None:
        self.refresh()

    @property
    def _rows(self) -> Rows | None:
        if self.quantity is None:
            return None
        tables = self.session.tables
        return tables.images if self.quantity[0] == "image" else tables.objects

    def _first_quantity(self) -> tuple[str, Quantity]:
        objects, column = self.session.tables.objects, self.context.display.style.colour_by
        if objects is None:
            return "image", Quantity(FAILED)
        if column and column in number_columns(objects):
            return "object", Quantity("mean", column)
        return "object", Quantity(FAILED if objects.counts()["fail"] else COUNT)

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """One line; all are made when the first is asked for."""
        if y == 0 or not self._lines:
            ground = Ground.of(self)
            self._lines = [ground.strip(line) for line in self._draw()]
        width = self.size.width
        line = self._lines[y] if y < len(self._lines) else Strip([Segment(" " * width)], width)
        return line if self._letters is None else self._letters.over(line, y)

    def _draw(self) -> list[Strip]:
        (width, height), plates, heat = self.size, self.plates, self.heat.found
        if heat is None or heat.values.shape[1:] != plates.shape or self.quantity is None:
            reading = self.context.work.loading.text
            return [text_strip(self.heat.trouble or f"reading objects … {reading}", width)]
        halves = protocol_of(self.context.output.caps.protocol).UNICODE
        layout = self._layout_now = PlateLayout.of(
            (width, height - 2), plates.shape, self.cursor, self.zoom, self._layout_now, halves
        )
        name = self.context.display.style.colour_map
        table = COLORMAPS[name if name in COLORMAPS and name != "blue-white-red" else "viridis"]
        colours, (level, quantity) = Colours(table, heat.limits), self.quantity
        of = "images" if level == "image" else self.session.cursor.layer
        lines = plate_strips(heat, plates, self.session, layout, colours, of, (width, height - 1))
        return [*lines, well_line(heat, plates, self.session, quantity.how, width)]

    # --- moving

    def move(self, step: tuple[int, int]) -> None:
        """To the next well in a direction, (rows, columns)."""
        plates = self.plates
        here = plates.plate == self.plate
        wells = set(zip(plates.row[here].tolist(), plates.column[here].tolist(), strict=True))
        found = neighbour_well(wells, self.cursor, step)
        if found is not None:
            self._go_well(Well(*found))

    def _go_well(self, well: Well) -> None:
        images = self.plates.images(self.plate, well).tolist()
        if images:
            view = self.session.tables.images.view
            shown = [image for image in images if view.index_of(image) is not None]
            self.session.cursor.show_image((shown or images)[0])

    # --- letters of wells

    def jump_targets(self) -> list[JumpTarget]:
        """The wells in sight that have images, where they are wide enough for two letters."""
        layout, plates = self._layout_now, self.plates
        if layout is None or layout.width < 2:
            return []
        here = plates.plate == self.plate
        wells = sorted(set(zip(plates.row[here].tolist(), plates.column[here].tolist(), strict=True)))
        cells = ((layout.cell_of(*well), well) for well in wells)
        return [JumpTarget(at[0], at[1] + 1, partial(self._go_well, Well(*well))) for at, well in cells if at]

    def show_letters(self, letters: Letters | None) -> None:
        """Show letters in the wells, or none any more."""
        self._letters = letters
        self.refresh()

    def step_plate(self, step: int) -> None:
        """To the next plate, or the one before."""
        step_plate(self.context, self.plates, step)

    def on_click(self, event: events.Click) -> None:
        """The well under the mouse; twice: go there."""
        offset, layout = event.get_content_offset(self), self._layout_now
        well = layout.well_at(offset.x, offset.y - 1) if offset and layout else None
        if well is not None:
            self._go_well(Well(*well))
            if event.chain >= 2:
                self.enter()

    def enter(self) -> None:
        """Go home, to the images of this well alone."""
        go_home_to_well(self.context, self.plates)

    # --- what is shown

    def resize_wells(self, step: int) -> None:
        """Larger wells, of which fewer are in sight, or smaller ones."""
        self.zoom = max(-_MOST_ZOOM, min(_MOST_ZOOM, self.zoom + step))
        self.refresh()

    def next_how(self) -> None:
        """Mean, median, sd, least, greatest, sum of the same column."""
        if self.quantity is None or self.quantity[1].how not in AGGREGATES or not self.quantity[1].column:
            self.context.say("choose a column first (c); then a goes through mean, median, sd, min, max, sum")
            return
        level, quantity = self.quantity
        at = _HOWS.index(quantity.how) if quantity.how in _HOWS else -1
        self._show(level, Quantity(_HOWS[(at + 1) % len(_HOWS)], quantity.column))

    def next_size(self) -> None:
        """Put numbered wells on the next larger plate."""
        plates = self.plates
        if not plates.numbered:
            self.context.say("the wells have names, which say where they are")
            return
        sizes = [size for size in FORMATS if size >= len(set(plates.cell.tolist()))]
        asked = sizes[(sizes.index(plates.wells) + 1) % len(sizes)]
        self.context.session.plates = plate_map(self.session.batch, asked)
        self._layout_now = None
        self.follow()

    def choose_quantity(self) -> None:
        """Ask for the number that the wells show."""
        names, tables = [], self.session.tables
        if tables.objects is not None:
            names += [FAILED, REVIEWED, COUNT, *number_columns(tables.objects)]
        names += [_IMAGES + name for name in (FAILED, REVIEWED, *number_columns(tables.images))]
        level, quantity = self.quantity or ("object", Quantity(COUNT))
        now = (_IMAGES if level == "image" else "") + (quantity.column or quantity.how)
        how = quantity.how if quantity.column else "mean"

        def chosen(name: str | None) -> None:
            if name is not None:
                self._show_number(name, how)

        pick_column(self.context, "Number per well", chosen, names=names, now=now)

    def _show_number(self, name: str, how: str) -> None:
        level = "image" if name.startswith(_IMAGES) else "object"
        name = name.removeprefix(_IMAGES)
        self._show(level, Quantity(name) if name in (FAILED, REVIEWED, COUNT) else Quantity(how, name))

    def _show(self, level: str, quantity: Quantity) -> None:
        self.quantity, self._provisional = (level, quantity), False
        self.follow()
