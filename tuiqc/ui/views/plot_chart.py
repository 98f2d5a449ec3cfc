"""The data area of a plot as a picture, where the terminal shows pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuiqc.picture.spec import PictureSpec, RenderedPicture
from tuiqc.plots.cursor import Place, with_cursor
from tuiqc.plots.pixels import Canvas, Rgb, draw
from tuiqc.plots.plot import Plot
from tuiqc.render.viewport import Viewport
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.base import protocol_of
from tuiqc.ui.views.plot_drawing import LEFT
from tuiqc.ui.widgets.own_picture import OwnPicture

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

TOP = 2
"""Lines above the data area: what is plotted, and the legend."""


def has_pixels(caps: Capabilities) -> bool:
    """Whether plots are drawn in pixels: elsewhere cells of text show more of them than half-blocks would."""
    return not protocol_of(caps.protocol).COARSE


@dataclass(frozen=True, eq=False)
class _Job:
    """A plot, the point that is marked in it, the range that is shaded, and the group of the first box.

    `spec` is the place of the session; `cell` is (width, height) of a cell in pixels.
    """

    plot: Plot
    at: int | None
    span: tuple[Place, Place] | None
    first: int
    spec: PictureSpec
    cell: tuple[int, int]


class PlotChart:
    """Has the newest plot drawn; what does not move with the cursor is drawn once.

    Attributes
    ----------
    picture
        The widget that shows it, over the data area.
    """

    def __init__(self, context: ReviewContext) -> None:
        self._context = context
        self.picture = OwnPicture(context.caps, context.output, self._paint)
        self._drawn: tuple[Plot, Canvas, int, Rgb] | None = None
        self._place: tuple[int, int] | None = None
        self._asked: tuple[object, ...] = ()

    def show(self, plot: Plot | None, at: int | None, span: tuple[Place, Place] | None) -> None:
        """Have the data area drawn as it is now."""
        picture, context = self.picture, self._context
        shown = plot is not None and has_pixels(context.caps)
        if picture.display != shown:
            picture.display = shown
        if plot is None or not shown:
            return
        if self._place != plot.space:
            self._place, styles = plot.space, picture.styles
            styles.offset, styles.width, styles.height = (LEFT, TOP), plot.space[0], plot.space[1]
        caps, cursor = context.caps, context.session.cursor
        key = (plot, at, span, caps)
        if tuple(picture.size) == plot.space and key != self._asked:
            self._asked = key
            spec = PictureSpec(cursor.record, context.display.style, layer=cursor.layer)
            cell = (caps.cell_width, caps.cell_height)
            picture.ask(_Job(plot, at, span, plot.first_group(at), spec, cell))

    def forget(self) -> None:
        """The picture has to be asked for again, whatever was asked."""
        self._asked = ()

    def _paint(
        self, job: _Job, cells: tuple[int, int], superseded: Callable[[], bool]
    ) -> tuple[PictureSpec, RenderedPicture] | None:
        """Draw it."""
        if cells != job.plot.space:
            return None  # another size: the plot for it is being computed
        canvas = Canvas(cells[0] * job.cell[0], cells[1] * job.cell[1], job.cell[1])
        drawn = self._drawn
        if drawn is None or drawn[0] is not job.plot or drawn[1:3] != (canvas, job.first):
            drawn = self._drawn = (job.plot, canvas, job.first, draw(job.plot, canvas, job.first))
        if superseded():
            return None
        rgb = with_cursor(drawn[3], job.plot, canvas, job.at, job.span, job.first)
        shape = (canvas.height, canvas.width)
        return job.spec, RenderedPicture(rgb, Viewport.fit(shape, canvas.width, canvas.height), shape, ())
