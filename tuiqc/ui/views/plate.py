"""The plate: a number per well as a heat map, with the medians of rows and columns."""

from __future__ import annotations

from typing import ClassVar

from textual import events

from tuiqc.dataset.plates.mapping import plate_map
from tuiqc.dataset.plates.wells import FORMATS, Well
from tuiqc.plots.quantities import COUNT, FAILED, REVIEWED, Quantity, number_columns
from tuiqc.review.changes import Changes
from tuiqc.tables.aggregate import AGGREGATES
from tuiqc.ui.keys import PLATE, VIEW
from tuiqc.ui.views.plate_layout import neighbour_well
from tuiqc.ui.views.plate_page import PlatePage
from tuiqc.ui.views.plate_walking import go_home_to_well, step_plate

_HOWS = ("mean", "median", "sd", "min", "max", "sum", "fraction of outliers")
_IMAGES = "images: "


class PlateView(PlatePage):
    """Wells of one plate; the cursor is the well of the current image."""

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
    PLACES: ClassVar[tuple[str, ...]] = (PLATE, VIEW)
    _provisional = False

    def refusal(self) -> str:
        """Images of no plate have no plate view."""
        if self.plates is not None:
            return ""
        return (
            "nothing says which wells the images are of: name that part of the file names {well} in --images"
        )

    def opened(self) -> None:
        """Begin with what is worth seeing: failures if there are any, else the column of the colours, else counts."""
        if self.quantity is None or self._provisional:
            self.quantity = self._first_quantity()
            self._provisional = self.session.objects is None and bool(self.session.layer)

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """The first objects have come: show what was not there to be shown before."""
        if self._provisional and self.session.objects is not None:
            self.opened()
        super().follow(changes)

    def _first_quantity(self) -> tuple[str, Quantity]:
        objects, column = self.session.objects, self.home.display_style.colour_by
        if objects is None:
            return "image", Quantity(FAILED)
        if column and column in number_columns(objects):
            return "object", Quantity("mean", column)
        return "object", Quantity(FAILED if objects.counts()["fail"] else COUNT)

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
        step_plate(self.home, plates, step)

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

    async def action_plate_pictures(self) -> None:
        """Pictures in place of numbers."""
        await self.home.action_plate_pictures()

    def action_plate_how(self) -> None:
        """Mean, median, sd, least, greatest, sum of the same column."""
        if self.quantity is None or self.quantity[1].how not in AGGREGATES or not self.quantity[1].column:
            self.home.say("choose a column first (c); then a goes through mean, median, sd, min, max, sum")
            return
        level, quantity = self.quantity
        at = _HOWS.index(quantity.how) if quantity.how in _HOWS else -1
        self.quantity, self._provisional = (
            (level, Quantity(_HOWS[(at + 1) % len(_HOWS)], quantity.column)),
            False,
        )
        self.follow()

    def action_plate_size(self) -> None:
        """Put numbered wells on the next larger plate."""
        if self.plates is None or not self.plates.numbered:
            self.home.say("the wells have names, which say where they are")
            return
        sizes = [size for size in FORMATS if size >= len(set(self.plates.cell.tolist()))]
        asked = sizes[(sizes.index(self.plates.wells) + 1) % len(sizes)]
        self.home.plates = plate_map(self.session.batch, asked)
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
        self.quantity, self._provisional = (level, made), False
        self.follow()

    def enter(self) -> None:
        """Go home, to the images of this well alone."""
        assert self.plates is not None
        go_home_to_well(self.home, self.plates)
