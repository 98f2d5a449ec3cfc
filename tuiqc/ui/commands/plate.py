"""Within the plate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import PLATE, command
from tuiqc.ui.views import open_view

if TYPE_CHECKING:
    from tuiqc.ui.views.plate import PlateView


@command(
    "plate_left",
    keys="left,h",
    label="left",
    help="Well on the left",
    group="Views",
    place=PLATE,
    listed=False,
)
def plate_left(view: PlateView) -> None:
    """Well on the left."""
    view.move((0, -1))


@command(
    "plate_right",
    keys="right,l",
    label="right",
    help="Well on the right",
    group="Views",
    place=PLATE,
    listed=False,
)
def plate_right(view: PlateView) -> None:
    """Well on the right."""
    view.move((0, 1))


@command("plate_up", keys="up,k", label="up", help="Well above", group="Views", place=PLATE, listed=False)
def plate_up(view: PlateView) -> None:
    """Well above."""
    view.move((-1, 0))


@command(
    "plate_down", keys="down,j", label="down", help="Well below", group="Views", place=PLATE, listed=False
)
def plate_down(view: PlateView) -> None:
    """Well below."""
    view.move((1, 0))


@command(
    "plate_number", keys="c", label="number", help="Choose the number per well", group="Views", place=PLATE
)
def plate_number(view: PlateView) -> None:
    """Choose the number per well."""
    view.choose_quantity()


@command(
    "plate_pictures",
    keys="i",
    label="pictures",
    help="A picture in each well; P: numbers again",
    group="Views",
    place=PLATE,
)
async def plate_pictures(view: PlateView) -> None:
    """A picture in each well; P."""
    await open_view(view.context, "plate_pictures")


@command(
    "plate_how",
    keys="a",
    label="mean/sd…",
    help="Its mean, median, sd, min, max, sum in turn",
    group="Views",
    place=PLATE,
)
def plate_how(view: PlateView) -> None:
    """Its mean, median, sd, min, max, sum in turn."""
    view.next_how()


@command(
    "plate_wider",
    keys="plus",
    label="larger",
    help="Larger wells, with their values",
    group="Views",
    place=PLATE,
)
def plate_wider(view: PlateView) -> None:
    """Larger wells, with their values."""
    view.resize_wells(1)


@command("plate_narrower", keys="minus", label="smaller", help="Smaller wells", group="Views", place=PLATE)
def plate_narrower(view: PlateView) -> None:
    """Smaller wells."""
    view.resize_wells(-1)


@command("plate_next", keys="pagedown", label="plate ↓", help="Next plate", group="Views", place=PLATE)
def plate_next(view: PlateView) -> None:
    """Next plate."""
    view.step_plate(1)


@command("plate_previous", keys="pageup", label="plate ↑", help="Previous plate", group="Views", place=PLATE)
def plate_previous(view: PlateView) -> None:
    """Previous plate."""
    view.step_plate(-1)


@command(
    "plate_size", keys="w", label="size", help="Numbered wells on a larger plate", group="Views", place=PLATE
)
def plate_size(view: PlateView) -> None:
    """Numbered wells on a larger plate."""
    view.next_size()
