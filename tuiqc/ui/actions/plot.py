"""Within the plots."""

from __future__ import annotations

from tuiqc.ui.actions.action import PLOT, Action

IN_PLOT: tuple[Action, ...] = (
    Action(
        "plot_left", ("left", "h"), "left", "Object or bin on the left", "Views", where=PLOT, listed=False
    ),
    Action(
        "plot_right", ("right", "l"), "right", "Object or bin on the right", "Views", where=PLOT, listed=False
    ),
    Action("plot_up", ("up", "k"), "up", "Object above", "Views", where=PLOT, listed=False),
    Action("plot_down", ("down", "j"), "down", "Object below", "Views", where=PLOT, listed=False),
    Action("plot_kind", ("b",), "kind", "Histogram, scatter plot, boxes in turn", "Views", where=PLOT),
    Action("plot_x", ("a",), "x axis", "Choose the column of the horizontal axis", "Views", where=PLOT),
    Action(
        "plot_y", ("y",), "y axis", "Choose the vertical axis, or the groups of boxes", "Views", where=PLOT
    ),
    Action(
        "plot_of", ("tab",), "images", "Plot the images in place of the objects, or back", "Views", where=PLOT
    ),
    Action("plot_range", ("w",), "range", "Begin a range; end it: select or filter", "Views", where=PLOT),
)
