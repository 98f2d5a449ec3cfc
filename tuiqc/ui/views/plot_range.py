"""A range of x, or a rectangle of x and y, that is drawn in a plot by key or by mouse."""

from __future__ import annotations

from textual.geometry import Offset

from tuiqc.plots.cursor import Place
from tuiqc.plots.plot import Plot
from tuiqc.plots.steps import whole_bins


class PlotRange:
    """Where a range begins and ends, in the values of the axes.

    Attributes
    ----------
    corner
        Where it was begun, None while there is none.
    pointer
        Where the mouse is that draws it; None: its other end is the current point.
    pressed
        The cell of the screen on which the mouse was pressed.
    """

    def __init__(self) -> None:
        self.corner: Place | None = None
        self.pointer: Place | None = None
        self.pressed: Offset | None = None

    def clear(self) -> None:
        """There is none."""
        self.corner = self.pointer = None

    def span(self, plot: Plot | None, here: Place | None) -> tuple[Place, Place] | None:
        """Both ends of it, the current point being `here`; of one that the mouse draws in a histogram, whole bins."""
        end = self.pointer or here
        if self.corner is None or end is None:
            return None
        span = (self.corner, end)
        return span if self.pointer is None or plot is None else whole_bins(plot, span)
