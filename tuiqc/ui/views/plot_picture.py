"""The data area of a plot as a picture, where the terminal shows pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tuiqc.picture.shot import Painted, Shot
from tuiqc.plots.cursor import Place, with_cursor
from tuiqc.plots.pixels import Canvas, Rgb, draw
from tuiqc.plots.plot import Plot
from tuiqc.render.viewport import Viewport
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.base import protocol_of
from tuiqc.ui.widgets.own_picture import OwnPicture


def has_pixels(caps: Capabilities) -> bool:
    """Whether plots are drawn in pixels: elsewhere cells of text show more of them than half-blocks would."""
    return not protocol_of(caps.protocol).COARSE


@dataclass(frozen=True, eq=False)
class PlotJob:
    """A plot, the point that is marked in it, the range that is shaded, and the group of the first box.

    `shot` is the place of the session; `cell` is (width, height) of a cell in pixels.
    """

    made: Plot
    at: int | None
    span: tuple[Place, Place] | None
    first: int
    shot: Shot
    cell: tuple[int, int]


class PlotPicture(OwnPicture[PlotJob], can_focus=False):
    """Shows the newest plot; what does not move with the cursor is drawn once."""

    _drawn: tuple[Plot, Canvas, int, Rgb] | None = None

    def paint(
        self, job: PlotJob, cells: tuple[int, int], superseded: Callable[[], bool]
    ) -> tuple[Shot, Painted] | None:
        """Draw it."""
        if cells != job.made.space:
            return None  # another size: the plot for it is being computed
        canvas = Canvas(cells[0] * job.cell[0], cells[1] * job.cell[1], job.cell[1])
        drawn = self._drawn
        if drawn is None or drawn[0] is not job.made or drawn[1:3] != (canvas, job.first):
            drawn = self._drawn = (job.made, canvas, job.first, draw(job.made, canvas, job.first))
        if superseded():
            return None
        rgb = with_cursor(drawn[3], job.made, canvas, job.at, job.span, job.first)
        shape = (canvas.height, canvas.width)
        return job.shot, Painted(rgb, Viewport.fit(shape, canvas.width, canvas.height), shape, ())
