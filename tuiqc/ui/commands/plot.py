"""Within the plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import PLOT, command

if TYPE_CHECKING:
    from tuiqc.ui.views.plot import PlotView


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
