"""What is plotted: which rows, which columns, which colours, and the plot that was computed of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from textual.geometry import Offset

from tuiqc.errors import TuiqcError
from tuiqc.picture.colours import ColourScale
from tuiqc.plots.choice import PlotChoice, first_choice
from tuiqc.plots.drawing import PlotPoint
from tuiqc.plots.plot import Plot, make_plot
from tuiqc.plots.steps import whole_bins
from tuiqc.review.rows import Rows
from tuiqc.ui.empty_states import no_numbers, objects_empty

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


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
        self.corner: PlotPoint | None = None
        self.pointer: PlotPoint | None = None
        self.pressed: Offset | None = None

    def clear(self) -> None:
        """There is none."""
        self.corner = self.pointer = None

    def span(self, plot: Plot | None, here: PlotPoint | None) -> tuple[PlotPoint, PlotPoint] | None:
        """Both ends of it, the current point being `here`; of one that the mouse draws in a histogram, whole bins."""
        end = self.pointer or here
        if self.corner is None or end is None:
            return None
        span = (self.corner, end)
        return span if self.pointer is None or plot is None else whole_bins(plot, span)


class PlotSubject:
    """The plot of the rows of one level, computed off the loop when something that it shows has changed.

    Attributes
    ----------
    of
        Whether the points are objects or images.
    plot
        The plot, None while the first is computed.
    trouble
        Why there is none, "" if nothing is wrong.
    """

    def __init__(self, context: ReviewContext, came: Callable[[], None]) -> None:
        self._context, self._came = context, came
        self.of: Literal["object", "image"] = "object"
        self.plot: Plot | None = None
        self.trouble = ""
        self._choices: dict[str, PlotChoice] = {}
        self._things: tuple[Any, ...] = ()
        self._values: tuple[Any, ...] = ()

    @property
    def rows(self) -> Rows | None:
        """The rows that are plotted, None before any were read."""
        tables = self._context.session.tables
        return tables.images if self.of == "image" else tables.objects

    @property
    def noun(self) -> str:
        """What the points are."""
        return "images" if self.of == "image" else self._context.session.cursor.layer

    @property
    def choice(self) -> PlotChoice | None:
        """Kind and columns of the present level."""
        return self._choices.get(self.of)

    @choice.setter
    def choice(self, choice: PlotChoice) -> None:
        self._choices[self.of] = choice

    def turn(self) -> None:
        """The images in place of the objects, or the other way round."""
        self.of = "image" if self.of == "object" else "object"
        self.plot = None

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the points by a column, None for those by verdict."""
        display = self._context.display
        return display.image_scale if self.of == "image" else display.scale

    @property
    def colour_column(self) -> str:
        """The column that colours them."""
        display = self._context.display
        return display.image_colour_by if self.of == "image" else display.style.colour_by

    @property
    def current(self) -> int | None:
        """Index of the current row among the points, None if it is not among them."""
        if self.plot is None:
            return None
        cursor = self._context.session.cursor
        return self.plot.index_of(cursor.image if self.of == "image" else cursor.position)

    @property
    def here(self) -> PlotPoint | None:
        """The values of the current point."""
        plot, at = self.plot, self.current
        return (float(plot.points.x[at]), float(plot.points.y[at])) if plot and at is not None else None

    @property
    def waiting(self) -> str:
        """Why there is no plot yet."""
        rows, reading = self.rows, self._context.work.loading.pending
        if rows is not None and self.choice is not None:
            return "computing …"
        if reading:
            return f"the objects are being read: {reading}"
        keys = self._context.status.keys
        if rows is not None and rows.total:
            return no_numbers(keys, f"{self.of}s")
        return objects_empty(self._context.session, keys, "")

    def choose(self) -> PlotChoice | None:
        """The choice, another one where the columns are others; None without numbers or rows."""
        rows = self.rows
        if rows is None:
            self.plot, self._things = None, ()
        elif self.choice is None or not rows.view.has(self.choice.x):  # another layer has other columns
            sort = rows.view.sort
            self._choices.pop(self.of, None)
            first = first_choice(rows, sort[0] if sort else "")
            if first is not None:
                self.choice = first
        return self.choice

    def follow(self, space: tuple[int, int]) -> None:
        """Compute it anew for so many columns and rows if rows, order, verdicts, selection or colours are others."""
        rows, choice = self.rows, self.choice
        if rows is None or choice is None:
            return
        view, scale = rows.view, self.scale
        versions = [view.version(name) for name in (choice.x, choice.y) if view.has(name)]
        things = (rows, view.order, scale)
        values = (
            choice.x,
            versions,
            choice,
            space,
            tuple(rows.counts().values()),
            rows.selection.mask.tobytes(),
        )
        same_rows = bool(self._things) and self._things[0] is rows and self._things[1] is view.order
        if same_rows and self._things[2] is scale and self._values == values:
            return
        before = self.plot if same_rows and self._values[:2] == values[:2] else None
        self._things, self._values = things, values

        def work(cancelled: object) -> Plot:
            rgb = None if scale is None else scale.all_rgb()
            return make_plot(rows, choice, space, rgb, before=before)

        self._context.jobs.latest("plot", rows.total, work, self._done, self._failed)

    def _done(self, plot: Plot) -> None:
        self.plot, self.trouble = plot, ""
        self._came()

    def _failed(self, error: TuiqcError) -> None:
        self.plot, self.trouble = None, str(error)
        self._came()
