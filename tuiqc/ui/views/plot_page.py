"""A plot on the screen: what is computed of it off the event loop, and its lines of text around the picture of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from tuiqc.plots.boxes import box_cells
from tuiqc.plots.cursor import Place
from tuiqc.plots.plot import Plot
from tuiqc.plots.raster import column_of, histogram_column
from tuiqc.text import shorten
from tuiqc.ui.views.plot_drawing import (
    Box,
    blank_lines,
    boxes_lines,
    empty_lines,
    marks_line,
    plot_lines,
    x_axis,
)
from tuiqc.ui.views.plot_making import PlotMaking
from tuiqc.ui.views.plot_words import current_line, last_part, legend_text, text_line, title_line
from tuiqc.ui.views.tile_frames import BLANK, scale_legend

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


_SHORT_BAR = 8


class PlotPage(PlotMaking):
    """What is seen of a plot.

    Attributes
    ----------
    corner, pointer
        Where a range was begun, and where the mouse is that draws it (None: its other end is the current point), in
        the values of the axes.
    """

    DEFAULT_CSS = "PlotPage { padding: 0 1; background: black; }"

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self.corner: Place | None = None
        self.pointer: Place | None = None
        self._lines: list[Strip] = []

    # --- what the current place is in the plot

    @property
    def here(self) -> Place | None:
        """The values of the current point."""
        made, at = self.made, self.current
        return (float(made.points.x[at]), float(made.points.y[at])) if made and at is not None else None

    @property
    def span(self) -> tuple[Place, Place] | None:
        """Both ends of the range that is being drawn."""
        end = self.pointer or self.here
        return None if self.corner is None or end is None else (self.corner, end)

    # --- lines

    def render_line(self, y: int) -> Strip:
        """One line; all are made when the first is asked for."""
        if y == 0 or not self._lines:
            self._lines = [line.apply_style(BLANK) for line in self._draw()]
        width = self.size.width
        return self._lines[y] if y < len(self._lines) else Strip([Segment(" " * width, BLANK)], width)

    def _draw(self) -> list[Strip]:
        width, made = self.size.width, self.made
        if made is None:
            return [text_line(self.trouble or self._waiting_text(), width)]
        remark = "range: w ends it" if self.corner and not self.pointer else self.home.feed_text
        lines = [title_line(made, self._noun, remark, width), self._legend(made, width)]
        lines += self._boxes(made, width) if made.boxes is not None else self._raster(made, width)
        return [*lines, self._current_line(made, width)]

    @property
    def _noun(self) -> str:
        return "images" if self.of == "image" else self.session.layer

    def _legend(self, made: Plot, width: int) -> Strip:
        text = legend_text(made, pixels=self.pixels, short=False)
        colours = self._colours(made, width)
        if text.cell_len + (colours.cell_len if colours is not None else 0) > width:
            text = legend_text(made, pixels=self.pixels, short=True)
            colours = self._colours(made, width - text.cell_len)
        if colours is not None:
            text.append_text(colours)
        text.truncate(width)
        return self._strip(text, width)

    def _colours(self, made: Plot, room: int) -> Text | None:
        """What the colours of the points mean, None where they are those of the verdicts."""
        scale, name, rows = self.scale, self.colour_column, self.rows
        if scale is None or rows is None or made.points.rgb is None or made.choice.kind == "histogram":
            return None
        values = rows.view.frame[name]
        text = scale_legend(name, scale, values, "colour")
        if text.cell_len <= room:
            return text
        bare = scale_legend("", scale, values, "", _SHORT_BAR).cell_len
        return scale_legend(shorten(last_part(name), max(1, room - bare)), scale, values, "", _SHORT_BAR)

    def _strip(self, text: Text, width: int) -> Strip:
        segments = [Segment(one.text, one.style) for one in text.render(self.app.console, "") if one.text]
        return Strip(segments).adjust_cell_length(width)

    def _raster(self, made: Plot, width: int) -> list[Strip]:
        raster, here = made.raster, self.here
        assert raster is not None
        cursor = self._cell(made, here) if here is not None else None
        scatter_kind = made.choice.kind == "scatter"
        y_name = made.choice.y if scatter_kind else "images" if self.of == "image" else "objects"
        if self.pixels:
            lines = blank_lines(raster, width, y_name)
        else:
            marked = cursor if scatter_kind else None
            lines = plot_lines(raster, marked, self._box(made, cursor), width, y_name)
        axis, *words = self._x_axis(made, width, None if here is None else here[0])
        marks = [] if scatter_kind else [marks_line(raster, width)]
        return [*lines, axis, *marks, *words]

    def _x_axis(self, made: Plot, width: int, here: float | None) -> list[Strip]:
        lines = x_axis(made.x_limits, made.space[0], width, made.choice.x, here, pixels=self.pixels)
        return lines[:2] if self.compact else lines

    def _cell(self, made: Plot, point: Place) -> tuple[int, int] | None:
        raster = made.raster
        assert raster is not None
        if made.choice.kind == "scatter":
            return raster.cell_of(*point)
        column = histogram_column(raster, point[0])
        return None if column is None else (made.space[1] - 1, column)

    def _box(self, made: Plot, cursor: tuple[int, int] | None) -> Box | None:
        """The range in cells."""
        span = self.span
        ends = [self._cell(made, end) for end in span] if span is not None else [None]
        if any(end is None for end in ends):
            return None
        rows = sorted(end[0] for end in ends if end is not None)
        columns = sorted(end[1] for end in ends if end is not None)
        if made.choice.kind != "scatter":
            rows = [0, made.space[1] - 1]
        return rows[0], rows[-1], columns[0], columns[-1]

    def _boxes(self, made: Plot, width: int) -> list[Strip]:
        groups, at, here = made.groups, self.current, self.here
        assert groups is not None
        (columns, rows), first = made.space, made.first_group(at)
        marker = column_of(here[0], made.limits, columns) if here is not None and here[0] == here[0] else None
        group = int(groups[at]) - first if at is not None else None
        page = rows // made.line_height
        cells = None if self.pixels else box_cells(made, first)
        names = made.names[first : first + page]
        lines = boxes_lines(cells, names, group, marker, made.line_height, width)
        lines += empty_lines(rows - len(lines), width, pixels=self.pixels)
        return [*lines, *self._x_axis(made, width, here[0] if here is not None else None)]

    def _current_line(self, made: Plot, width: int) -> Strip:
        session, annotation = self.session, self.session.annotation
        said = f"{annotation.verdict} {annotation.reason}".strip() if annotation is not None else ""
        if annotation is not None and not annotation.verdict:
            said = ""
        image = f"image {session.record.key}"
        word = "image" if self.of == "image" else "object"
        name = image if self.of == "image" else f"{session.layer} {session.label} of {image}"
        return current_line(made, self.current, word, said, name, width)
