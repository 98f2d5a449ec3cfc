"""The lines of text of a plot: title, legend, the data area where it is no picture, axes, and the current point."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from tuiqc.plots.drawing import PlotPoint, box_cells
from tuiqc.plots.plot import Plot
from tuiqc.plots.raster import column_of, histogram_column
from tuiqc.review.session import Session
from tuiqc.text import display_width, shorten
from tuiqc.ui.views.plot_drawing import (
    Box,
    blank_lines,
    boxes_lines,
    current_line,
    empty_lines,
    last_part,
    legend_text,
    marks_line,
    plot_lines,
    title_line,
    x_axis,
)
from tuiqc.ui.views.plot_subject import PlotSubject
from tuiqc.ui.views.tile_page import scale_legend

_SHORT_BAR = 8
MARK = "◆"
"""The current point where a plot is made of text."""


@dataclass(frozen=True)
class PlotText:
    """Makes the lines of a plot, each `width` cells.

    Attributes
    ----------
    pixels
        Whether the data area is a picture, so that its cells are blank.
    compact
        Whether the name of the axis, which the title says too, has no line of its own.
    span
        Both ends of the range that is being drawn.
    """

    subject: PlotSubject
    plot: Plot
    width: int
    pixels: bool
    compact: bool
    span: tuple[PlotPoint, PlotPoint] | None
    console: Console

    def lines(self, remark: str, session: Session) -> list[Strip]:
        """All of them."""
        lines = [title_line(self.plot, self.subject.noun, remark, self.width), self._legend()]
        lines += self._boxes() if self.plot.boxes is not None else self._raster()
        return [*lines, self._current(session)]

    def _legend(self) -> Strip:
        text = legend_text(self.plot, pixels=self.pixels, short=False)
        colours = self._colours(self.width)
        if text.cell_len + (colours.cell_len if colours is not None else 0) > self.width:
            text = legend_text(self.plot, pixels=self.pixels, short=True)
            colours = self._colours(self.width - text.cell_len)
        if colours is not None:
            text.append_text(colours)
        marks = self._marks(max(0, self.width - text.cell_len - 2))
        text.append(f" {marks}", "rgb(150,150,150)" if marks else "")
        text.truncate(self.width)
        return self._strip(text)

    def _marks(self, room: int) -> str:
        """What the marks of this kind of plot stand for, as much of it as there is room for."""
        here = "ring" if self.pixels else MARK
        explained = {
            "histogram": [
                f"{'frame and ' if self.pixels else ''}▲ current",
                "bar: how many",
                "colour: verdict",
            ],
            "scatter": [f"{here} and ▲ current", f"dot: one of the {self.subject.noun}"],
            "box": [
                f"{here} and ▲ current",
                "box: middle half, line in it: median",
                "whiskers: within 1.5 boxes",
                *(() if self.pixels else ("∘ beyond",)),
            ],
        }[self.plot.choice.kind]
        said = ""
        for part in explained:
            longer = f"{said} · {part}" if said else part
            said = longer if display_width(longer) <= room else said
        return said

    def _colours(self, room: int) -> Text | None:
        """What the colours of the points mean, None where they are those of the verdicts."""
        subject, plot = self.subject, self.plot
        scale, name, rows = subject.scale, subject.colour_column, subject.rows
        if scale is None or rows is None or plot.points.rgb is None or plot.choice.kind == "histogram":
            return None
        values = rows.view.frame[name]
        text = scale_legend(name, scale, values, "colour")
        if text.cell_len <= room:
            return text
        bare = scale_legend("", scale, values, "", _SHORT_BAR).cell_len
        return scale_legend(shorten(last_part(name), max(1, room - bare)), scale, values, "", _SHORT_BAR)

    def _raster(self) -> list[Strip]:
        raster, here = self.plot.raster, self.subject.here
        assert raster is not None
        cursor = self._cell(here) if here is not None else None
        scatter_kind = self.plot.choice.kind == "scatter"
        y_name = self.plot.choice.y if scatter_kind else f"{self.subject.of}s"
        if self.pixels:
            lines = blank_lines(raster, self.width, y_name)
        else:
            marked = cursor if scatter_kind else None
            lines = plot_lines(raster, marked, self._box(), self.width, y_name)
        axis, *words = self._x_axis(None if here is None else here[0])
        marks = [] if scatter_kind else [marks_line(raster, self.width)]
        return [*lines, axis, *marks, *words]

    def _x_axis(self, here: float | None) -> list[Strip]:
        plot = self.plot
        lines = x_axis(plot.x_limits, plot.space[0], self.width, plot.choice.x, here, pixels=self.pixels)
        return lines[:2] if self.compact else lines

    def _cell(self, point: PlotPoint) -> tuple[int, int] | None:
        raster = self.plot.raster
        assert raster is not None
        if self.plot.choice.kind == "scatter":
            return raster.cell_of(*point)
        column = histogram_column(raster, point[0])
        return None if column is None else (self.plot.space[1] - 1, column)

    def _box(self) -> Box | None:
        """The range in cells."""
        ends = [self._cell(end) for end in self.span] if self.span is not None else [None]
        if any(end is None for end in ends):
            return None
        rows = sorted(end[0] for end in ends if end is not None)
        columns = sorted(end[1] for end in ends if end is not None)
        if self.plot.choice.kind != "scatter":
            rows = [0, self.plot.space[1] - 1]
        return rows[0], rows[-1], columns[0], columns[-1]

    def _boxes(self) -> list[Strip]:
        plot, at, here = self.plot, self.subject.current, self.subject.here
        assert plot.groups is not None
        (columns, rows), first = plot.space, plot.first_group(at)
        marker = column_of(here[0], plot.limits, columns) if here is not None and here[0] == here[0] else None
        group = int(plot.groups[at]) - first if at is not None else None
        page = rows // plot.line_height
        cells = None if self.pixels else box_cells(plot, first)
        names = plot.names[first : first + page]
        lines = boxes_lines(cells, names, group, marker, plot.line_height, self.width)
        lines += empty_lines(rows - len(lines), self.width, pixels=self.pixels)
        return [*lines, *self._x_axis(here[0] if here is not None else None)]

    def _current(self, session: Session) -> Strip:
        annotation, of = session.annotator.annotation, self.subject.of
        said = ""
        if annotation is not None and annotation.verdict:
            said = f"{annotation.verdict} {annotation.reason}".strip()
        name = image = f"image {session.cursor.record.key}"
        if of == "object":
            name = f"{session.cursor.layer} {session.cursor.label} of {image}"
        return current_line(self.plot, self.subject.current, of, said, name, self.width)

    def _strip(self, text: Text) -> Strip:
        segments = [Segment(one.text, one.style) for one in text.render(self.console, "") if one.text]
        return Strip(segments).adjust_cell_length(self.width)
