"""Opening the views that fill the screen, and leaving any; keys within the plate and the plots."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.ui.keys import PLATE, PLOT, VIEW, command
from tuiqc.ui.views import VIEWS, ViewEntry, open_view

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.views.plate import PlateView
    from tuiqc.ui.views.plot import PlotView
    from tuiqc.ui.views.view import View


async def _open(name: str, context: ReviewContext) -> None:
    """Show the view, or go home if it is shown already."""
    await open_view(context, name)


def add_command(name: str, entry: ViewEntry) -> None:
    """Give a view its key."""
    command(name, keys=entry.keys, label=entry.label, help=entry.help, group="Views", footer=entry.footer)(
        partial(_open, name)
    )


@command(
    "home",
    keys="escape",
    label="home",
    help="Back to the home screen, to where one was",
    group="Views",
    footer=18,
    place=VIEW,
)
def home(view: View) -> None:
    """Back to the home screen, to where one was."""
    view.context.views.go_home()


for _name, _entry in VIEWS.items():
    if _entry.keys:
        add_command(_name, _entry)


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


@command(
    "plot_left",
    keys="left,h",
    label="left",
    help="Object or bin on the left",
    group="Views",
    place=PLOT,
    listed=False,
)
def plot_left(view: PlotView) -> None:
    """Object or bin on the left."""
    view.move("left")


@command(
    "plot_right",
    keys="right,l",
    label="right",
    help="Object or bin on the right",
    group="Views",
    place=PLOT,
    listed=False,
)
def plot_right(view: PlotView) -> None:
    """Object or bin on the right."""
    view.move("right")


@command("plot_up", keys="up,k", label="up", help="Object above", group="Views", place=PLOT, listed=False)
def plot_up(view: PlotView) -> None:
    """Object above."""
    view.move("up")


@command(
    "plot_down", keys="down,j", label="down", help="Object below", group="Views", place=PLOT, listed=False
)
def plot_down(view: PlotView) -> None:
    """Object below."""
    view.move("down")


@command(
    "plot_kind",
    keys="b",
    label="kind",
    help="Histogram, scatter plot, boxes in turn",
    group="Views",
    place=PLOT,
)
def plot_kind(view: PlotView) -> None:
    """Histogram, scatter plot, boxes in turn."""
    view.next_kind()


@command(
    "plot_x",
    keys="a",
    label="x axis",
    help="Choose the column of the horizontal axis",
    group="Views",
    place=PLOT,
)
def plot_x(view: PlotView) -> None:
    """Choose the column of the horizontal axis."""
    view.choose_x()


@command(
    "plot_y",
    keys="y",
    label="y axis",
    help="Choose the vertical axis, or the groups of boxes",
    group="Views",
    place=PLOT,
)
def plot_y(view: PlotView) -> None:
    """Choose the vertical axis, or the groups of boxes."""
    view.choose_y()


@command(
    "plot_of",
    keys="tab",
    label="images",
    help="Plot the images in place of the objects, or back",
    group="Views",
    place=PLOT,
)
def plot_of(view: PlotView) -> None:
    """Plot the images in place of the objects, or back."""
    view.turn()


@command(
    "plot_range",
    keys="w",
    label="range",
    help="Begin a range; end it: select or filter",
    group="Views",
    place=PLOT,
)
def plot_range(view: PlotView) -> None:
    """Begin a range; end it."""
    view.mark_range()
