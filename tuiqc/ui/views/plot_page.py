"""A plot on the screen: computing it off the event loop, and drawing it with the current object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.errors import TuiqcError
from tuiqc.review.objects import ObjectRows
from tuiqc.review.plate_layout import value_text
from tuiqc.review.plot_choice import PlotChoice, first_choice
from tuiqc.review.plot_made import Made, make
from tuiqc.review.plotting import SIGNS, VERDICT_RGB, box_lines, column_of, histogram_column
from tuiqc.text import printable
from tuiqc.ui.views.plot_drawing import LEFT, Box, boxes_lines, marks_line, plot_lines, x_axis
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from tuiqc.ui.screens.view_columns import ViewColumns

NO_NUMBERS = "the object table has no numbers to plot"
_BELOW = 4
"""Lines below a plot: axis, numbers, name, and what the current object is."""


class PlotPage(View):
    """What is seen of a plot.

    Attributes
    ----------
    choice
        What is plotted.
    made
        The plot, None while the first is computed.
    corner
        Where a range was begun, in the values of the axes.
    """

    DEFAULT_CSS = "PlotPage { padding: 0 1; }"

    def __init__(self, home: ViewColumns, *, id: str | None = None) -> None:
        super().__init__(home, id=id)
        self.choice: PlotChoice | None = None
        self.made: Made | None = None
        self.corner: tuple[float, float] | None = None
        self.trouble = ""
        self._made_of: object = None
        self._lines: list[Strip] = []

    # --- computing

    def follow(self) -> None:
        """Compute the plot anew if rows, filter, verdicts, selection, colours or the size have changed."""
        objects = self.session.objects
        if objects is None:
            self.made = self._made_of = None
        elif self.choice is None or not objects.view.has(self.choice.x):  # another layer has other columns
            sort = objects.view.sort
            self.choice = first_choice(objects, sort[0] if sort else "")
        choice = self.choice
        space = (self.size.width - LEFT, self.size.height - 1 - _BELOW - 1)
        if objects is None or choice is None or space[0] < 4 or space[1] < 2:
            self.refresh()
            return
        scale = self.home.scale
        counts = tuple(objects.counts().values())
        key = (objects, choice, space, scale, counts, id(objects.filtered), objects.selection.mask.tobytes())
        if key != self._made_of:
            self._made_of = key
            self._compute(objects, choice, space)
        self.refresh()

    def on_resize(self) -> None:
        """Another size needs other bins."""
        self.follow()

    def _compute(self, objects: ObjectRows, choice: PlotChoice, space: tuple[int, int]) -> None:
        scale = self.home.scale

        def work(void: object) -> Made:
            return make(objects, choice, space, None if scale is None else scale.all_rgb())

        def done(made: Made) -> None:
            self.made, self.trouble = made, ""
            self.home.view_shows()
            self.refresh()

        def failed(error: TuiqcError) -> None:
            self.made, self.trouble = None, str(error)
            self.refresh()

        self.home.background.run("plot", objects.total, work, done, failed)

    @property
    def current(self) -> int | None:
        """Index of the current object among the points, None if it is not among them."""
        return self.made.index_of(self.session.position) if self.made is not None else None

    def shows_current(self) -> bool:
        """Whether the plot is there, with the current object in it."""
        return self.current is not None

    # --- drawing

    def _waiting_text(self) -> str:
        """Why there is no plot yet."""
        objects, reading = self.session.objects, self.home.feed_text
        if objects is not None and self.choice is not None:
            return "computing …"
        if reading:
            return f"the objects are being read: {reading}"
        return NO_NUMBERS if objects is not None and objects.total else "there are no objects to plot"

    def render_line(self, y: int) -> Strip:
        """One line; all are made when the first is asked for."""
        if y == 0 or not self._lines:
            self._lines = self._draw()
        width = self.size.width
        return self._lines[y] if y < len(self._lines) else Strip([Segment(" " * width)], width)

    def _draw(self) -> list[Strip]:
        width, made = self.size.width, self.made
        if made is None:
            return [_text(self.trouble or self._waiting_text(), width)]
        lines = [self._title(made, width)]
        lines += self._boxes(made, width) if made.boxes is not None else self._raster(made, width)
        return [*lines, _text(self._object_text(made), width, bold=True)]

    def _raster(self, made: Made, width: int) -> list[Strip]:
        raster, at = made.raster, self.current
        assert raster is not None
        here = (float(made.points.x[at]), float(made.points.y[at])) if at is not None else None
        cursor = self._cell(made, here) if here is not None else None
        scatter_kind = made.choice.kind == "scatter"
        lines = plot_lines(
            raster,
            cursor if scatter_kind else None,
            self._box(made, cursor),
            width,
            made.choice.y if scatter_kind else "objects",
        )
        lines.append(marks_line(raster, width))
        place = None if here is None else here[0]
        if not scatter_kind and cursor is not None:
            span = raster.x_limits[1] - raster.x_limits[0]
            place = raster.x_limits[0] + (cursor[1] + 0.5) / made.space[0] * span
        return [*lines, *x_axis(raster.x_limits, made.space[0], width, made.choice.x, place)]

    def _cell(self, made: Made, point: tuple[float, float]) -> tuple[int, int] | None:
        raster = made.raster
        assert raster is not None
        if made.choice.kind == "scatter":
            return raster.cell_of(*point)
        column = histogram_column(raster, point[0])
        return None if column is None else (made.space[1] - 1, column)

    def _box(self, made: Made, cursor: tuple[int, int] | None) -> Box | None:
        """The range from the marked corner to the cursor, in cells."""
        corner = self._cell(made, self.corner) if self.corner is not None else None
        if corner is None or cursor is None:
            return None
        columns = sorted((corner[1], cursor[1]))
        rows = sorted((corner[0], cursor[0])) if made.choice.kind == "scatter" else [0, made.space[1] - 1]
        return rows[0], rows[1], columns[0], columns[1]

    def _boxes(self, made: Made, width: int) -> list[Strip]:
        found, groups, at = made.boxes, made.groups, self.current
        assert found is not None and groups is not None  # noqa: PT018
        columns, rows = made.space
        group = int(groups[at]) if at is not None else 0
        first = max(0, min(group - rows // 2, len(made.names) - rows))
        limits = made.limits
        glyphs = box_lines(found, made.outside, first, columns, rows, limits)
        here = float(made.points.x[at]) if at is not None else None
        marker = column_of(here, limits, columns) if here is not None and here == here else None
        names = made.names[first : first + rows]
        lines = boxes_lines(glyphs, names, group - first if at is not None else None, marker, width)
        lines += [_text("", width)] * (rows + 1 - len(lines))
        return [*lines, *x_axis(limits, columns, width, made.choice.x, here)]

    def _title(self, made: Made, width: int) -> Strip:
        choice, codes = made.choice, made.points.codes
        what = {
            "histogram": f"Histogram of {choice.x}",
            "scatter": f"{choice.y} by {choice.x}",
            "box": f"{choice.x} for each {choice.group}",
        }[choice.kind]
        parts = [Segment(f"{printable(what)} · {len(codes):,} {self.session.layer} ", Style(bold=True))]
        if self.home.scale is not None and choice.kind == "scatter":
            parts.append(Segment(f" coloured by {printable(self.home.display_style.colour_by)} "))
        if made.raster is not None and made.raster.crowd:
            parts.append(Segment(f" brightest: {made.raster.crowd:,} in a cell "))
        for code, name in ((1, "pass"), (2, "fail"), (3, "unsure")):
            if count := int((codes == code).sum()):
                red, green, blue = VERDICT_RGB[code].tolist()
                parts.append(
                    Segment(f" {SIGNS[code]} {name} {count:,}", Style(color=f"rgb({red},{green},{blue})"))
                )
        if self.home.feed_text:
            parts.append(Segment(f"  {self.home.feed_text}"))
        if self.corner is not None:
            parts.append(Segment("  range begun: move, then w", Style(reverse=True)))
        return Strip(parts).adjust_cell_length(width)

    def _object_text(self, made: Made) -> str:
        session, at, choice = self.session, self.current, made.choice
        if at is None:
            return "▌ no object of the plot is current: an arrow goes to one"
        parts = [f"▌{choice.x} {value_text(float(made.points.x[at]), 9) or 'missing'}"]
        if choice.kind == "scatter":
            parts.append(f"{choice.y} {value_text(float(made.points.y[at]), 9) or 'missing'}")
        if made.boxes is not None and made.groups is not None:
            group = int(made.groups[at])
            parts.append(f"median of {made.names[group]} {value_text(float(made.boxes.median[group]), 9)}")
        annotation = session.annotation
        if annotation is not None and annotation.verdict:
            parts.append(
                f"{SIGNS[int(made.points.codes[at])]} {annotation.verdict} {annotation.reason}".strip()
            )
        return " · ".join([*parts, f"{session.layer} {session.label} of image {session.record.key}"])


def _text(text: str, width: int, *, bold: bool = False) -> Strip:
    return Strip([Segment(printable(text), Style(bold=bold))]).adjust_cell_length(width)
