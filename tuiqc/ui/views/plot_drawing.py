"""A plot as lines of text: the cells of its raster, axes with numbers, and where the current object is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tuiqc.picture.spec import PictureSpec, RenderedPicture
from tuiqc.plots.drawing import PLAIN, Canvas, PlotPoint, Rgb, draw, with_cursor
from tuiqc.plots.plot import Plot
from tuiqc.plots.raster import SELECTED_RGB, VERDICT_RGB, Raster, column_of, merged
from tuiqc.qc.verdict import ALL, NONE
from tuiqc.render.viewport import Viewport
from tuiqc.tables.histograms import Limits, ticks
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.sheet_ground import Ground
from tuiqc.ui.views.plate_layout import value_text
from tuiqc.ui.widgets.picture import OwnPicture

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


def text_line(text: str, width: int, *, bold: bool = False) -> Strip:
    """A line of one style."""
    return Strip([Segment(shorten(printable(text), width), Style(bold=bold))]).adjust_cell_length(width)


def title_line(made: Plot, noun: str, remark: str, width: int) -> Strip:
    """What is plotted, of how many `noun`, and a remark that goes before it where there is no room."""
    choice = made.choice
    what = {
        "histogram": f"Histogram of {choice.x}",
        "scatter": f"{choice.y} by {choice.x}",
        "box": f"{choice.x} for each {choice.group}",
    }[choice.kind]
    tail = f" · {len(made.points.codes):,} {noun}"
    end = f"  {remark} " if remark else ""
    text = shorten(printable(what), max(8, width - len(tail) - len(end))) + tail
    parts = [Segment(text, Style(bold=True))]
    if end:
        parts.append(Segment(end, Style(reverse=True)))
    return Strip(parts).adjust_cell_length(width)


def legend_text(made: Plot, *, pixels: bool, short: bool) -> Text:
    """Signs of the verdicts with their numbers; `short` leaves out the words."""
    codes, text = made.points.codes, Text(no_wrap=True)
    judged = [code for code in range(1, len(ALL)) if (codes == code).any()]
    for code in [0, *judged] if judged else []:
        name = "" if short else ("none ", "pass ", "fail ", "unsure ")[code]
        sign = ALL[code].sign if code else "●" if pixels else NONE.sign
        text.append(f" {sign} {name}{int((codes == code).sum()):,} ", _css(VERDICT_RGB[code].tolist()))
    if count := int(made.points.selected.sum()):
        sign = "○" if pixels and made.choice.kind != "histogram" else "*"
        text.append(f" {sign} {'' if short else 'selected '}{count:,} ", _css(SELECTED_RGB.tolist()))
    if made.raster is not None and made.raster.crowd:
        text.append(f" {'' if short else 'brightest: '}{made.raster.crowd:,} in a cell ")
    return text


def _css(rgb: list[int]) -> str:
    return f"rgb({rgb[0]},{rgb[1]},{rgb[2]})"


def current_line(made: Plot, at: int | None, word: str, said: str, name: str, width: int) -> Strip:
    """The values of the current point; `word` for what the points are, `said` its verdict and reason."""
    if at is None:
        return text_line(f"▌ no {word} of the plot is current: an arrow goes to one", width, bold=True)
    texts = (_current_text(made, at, said, name, part) for part in (str, last_part))
    fitting = next((text for text in texts if display_width(text) <= width), None)
    return text_line(fitting or _current_text(made, at, said, name, last_part), width, bold=True)


def last_part(name: str) -> str:
    """A column's name without what it has in common with many: `Solidity` of `AreaShape_Solidity`."""
    last = name.rsplit("_", 1)[-1]
    return last if any(map(str.isalpha, last)) else name


def _current_text(made: Plot, at: int, said: str, name: str, part: Callable[[str], str]) -> str:
    choice = made.choice
    parts = [f"▌{part(choice.x)} {_value(made.points.x[at])}"]
    if choice.kind == "scatter":
        parts.append(f"{part(choice.y)} {_value(made.points.y[at])}")
    if made.boxes is not None and made.groups is not None:
        group = int(made.groups[at])
        parts.append(f"median of {made.names[group]} {_value(made.boxes.median[group])}")
    if said:
        parts.append(f"{ALL[int(made.points.codes[at])].sign} {said}")
    return " · ".join([*parts, name])


def _value(value: float) -> str:
    return value_text(float(value), 9) or "missing"


LEFT = 9
"""Cells for the numbers of the vertical axis."""

_DIM = Style(color="rgb(150,150,150)")
_HERE = Style(bold=True, color="rgb(0,0,0)", bgcolor="rgb(255,255,255)")
_RANGE = Style(bgcolor="rgb(40,60,110)")

Box = tuple[int, int, int, int]
"""First and last row, first and last column of a range, all included."""


def plot_lines(
    raster: Raster, cursor: tuple[int, int] | None, box: Box | None, width: int, y_name: str
) -> list[Strip]:
    """Return the lines of a plot with its vertical axis; the cursor's cell stands out, a range is shaded."""
    rows, _ = raster.glyphs.shape
    numbers = _y_numbers(raster.y_limits, rows)
    lines = []
    for row in range(rows):
        parts = [_axis_segment(row, numbers, y_name), *_cells(raster, row, cursor, box)]
        lines.append(Strip(parts).adjust_cell_length(width))
    return lines


def _axis_segment(row: int, numbers: dict[int, str], y_name: str, signs: str = "│┤") -> Segment:
    """The vertical axis; `signs` are that of its line, and where there is a number."""
    left = numbers.get(row, "")
    if row == 0:
        left = left or shorten(printable(y_name if len(y_name) <= LEFT - 2 else last_part(y_name)), LEFT - 2)
    return Segment(f"{left:>{LEFT - 2}} {signs[row in numbers]}", _DIM)


def _cells(raster: Raster, row: int, cursor: tuple[int, int] | None, box: Box | None) -> list[Segment]:
    here = cursor[1] if cursor is not None and cursor[0] == row else None
    held = (box[2], box[3] + 1) if box is not None and box[0] <= row <= box[1] else None
    edges = {0, raster.glyphs.shape[1], *(held or ()), *((here, here + 1) if here is not None else ())}
    parts = []
    for start, end in pairwise(sorted(edges)):
        if start == here:
            parts.append(Segment("◆", _HERE))
            continue
        shaded = held is not None and held[0] <= start < held[1]
        for text, (red, green, blue) in merged(raster.glyphs[row, start:end], raster.rgb[row, start:end]):
            style = Style(color=f"rgb({red},{green},{blue})") if text.strip() else Style()
            parts.append(Segment(text, style + _RANGE if shaded else style))
    return parts


def _y_numbers(limits: Limits, rows: int) -> dict[int, str]:
    low, high = limits
    found = {}
    for tick in ticks(low, high, max(2, rows // 3)):
        share = (tick - low) / (high - low) if high > low else 0.5
        found[min(rows - 1, max(0, rows - 1 - int(share * rows)))] = value_text(tick, LEFT - 3)
    return found


def x_axis(
    limits: Limits, columns: int, width: int, name: str, here: float | None, *, pixels: bool
) -> list[Strip]:
    """Return the horizontal axis: a line with ticks (and `▲` below the current value), its numbers, its name.

    With `pixels` the line is in the picture above.
    """
    corner, plain, sign = "  ╵" if pixels else "└─┬"
    line, numbers = [plain] * columns, [" "] * columns
    free = 0
    for tick in ticks(*limits, max(2, columns // 12)):
        at = column_of(tick, limits, columns)
        text = value_text(tick, 8)
        if at is None:
            continue
        line[at] = sign
        start = max(0, min(columns - len(text), at - len(text) // 2))
        if start >= free:
            numbers[start : start + len(text)] = list(text)
            free = start + len(text) + 1
    axis = [Segment(" " * (LEFT - 1) + corner, _DIM)]
    at = column_of(here, limits, columns) if here is not None and here == here else None
    if at is None:
        axis.append(Segment("".join(line), _DIM))
    else:
        axis += [
            Segment("".join(line[:at]), _DIM),
            Segment("▲", _HERE),
            Segment("".join(line[at + 1 :]), _DIM),
        ]
    below = Segment(" " * LEFT + "".join(numbers), _DIM)
    title = Segment(" " * LEFT + shorten(printable(name), columns).center(columns), Style(bold=True))
    return [Strip(parts).adjust_cell_length(width) for parts in (axis, [below], [title])]


def marks_line(raster: Raster, width: int) -> Strip:
    """Return the signs under the bins of a histogram."""
    parts = [Segment(" " * LEFT)]
    if raster.marks is not None and raster.marks_rgb is not None:
        for text, (red, green, blue) in merged(raster.marks, raster.marks_rgb):
            parts.append(Segment(text, Style(color=f"rgb({red},{green},{blue})", bold=True)))
    return Strip(parts).adjust_cell_length(width)


def blank_lines(raster: Raster, width: int, y_name: str) -> list[Strip]:
    """Return the lines of a plot whose data area is a picture, with its axes: the numbers of the vertical one."""
    rows, columns = raster.glyphs.shape
    numbers = _y_numbers(raster.y_limits, rows)
    return [
        Strip([_axis_segment(row, numbers, y_name, " ╶"), Segment(" " * columns)]).adjust_cell_length(width)
        for row in range(rows)
    ]


def boxes_lines(
    cells: tuple[NDArray[np.uint32], NDArray[np.uint8]] | None,
    names: Sequence[str],
    current: int | None,
    marker: int | None,
    height: int,
    width: int,
) -> list[Strip]:
    """Return `height` lines per group: its name, its box, and `◆` at the current value.

    `cells` are code points and colours; None where the boxes are a picture.
    """
    lines = []
    for place, name in enumerate(names):
        here = place == current
        for row in range(place * height, (place + 1) * height):
            middle = row == place * height + height // 2
            label = f"{shorten(printable(name), LEFT - 2):>{LEFT - 2}} " if middle else " " * (LEFT - 1)
            parts = [
                Segment(label, _HERE if here and middle else Style()),
                Segment(" " if cells is None else "│", _DIM),
            ]
            if cells is not None:
                parts += _box_cells(cells[0][row], cells[1][row], marker if here and middle else None)
            lines.append(Strip(parts).adjust_cell_length(width))
    return lines


def empty_lines(count: int, width: int, *, pixels: bool) -> list[Strip]:
    """Return lines below the last box."""
    return [
        Strip([Segment(" " * (LEFT - 1) + (" " if pixels else "│"), _DIM)]).adjust_cell_length(width)
    ] * count


def _box_cells(glyphs: NDArray[np.uint32], rgb: NDArray[np.uint8], marker: int | None) -> list[Segment]:
    parts = []
    edges = {0, len(glyphs), *((marker, marker + 1) if marker is not None else ())}
    for start, end in pairwise(sorted(edges)):
        if start == marker:
            parts.append(Segment("◆", _HERE))
            continue
        for text, (red, green, blue) in merged(glyphs[start:end], rgb[start:end]):
            parts.append(Segment(text, Style(color=f"rgb({red},{green},{blue})")))
    return parts


TOP = 2
"""Lines above the data area: what is plotted, and the legend."""


def has_pixels(caps: Capabilities) -> bool:
    """Whether plots are drawn in pixels: elsewhere cells of text show more of them than half-blocks would."""
    return not protocol_of(caps.protocol).COARSE


@dataclass(frozen=True, eq=False)
class _Job:
    """A plot, the point that is marked in it, the range that is shaded, and the group of the first box.

    `spec` is the place of the session; `cell` is (width, height) of a cell in pixels, `ground` what it stands on.
    """

    plot: Plot
    at: int | None
    span: tuple[PlotPoint, PlotPoint] | None
    first: int
    spec: PictureSpec
    cell: tuple[int, int]
    ground: Ground


class PlotChart:
    """Has the newest plot drawn; what does not move with the cursor is drawn once.

    Attributes
    ----------
    picture
        The widget that shows it, over the data area.
    """

    def __init__(self, context: ReviewContext) -> None:
        self._context = context
        self.picture = OwnPicture(context.output.caps, context.output, self._paint)
        self._drawn: tuple[Plot, Canvas, int, Rgb] | None = None
        self._place: tuple[int, int] | None = None
        self._asked: tuple[object, ...] = ()

    def show(self, plot: Plot | None, at: int | None, span: tuple[PlotPoint, PlotPoint] | None) -> None:
        """Have the data area drawn as it is now."""
        picture, context = self.picture, self._context
        shown = plot is not None and has_pixels(context.output.caps)
        if picture.display != shown:
            picture.display = shown
        if plot is None or not shown:
            return
        if self._place != plot.space:
            self._place, styles = plot.space, picture.styles
            styles.offset, styles.width, styles.height = (LEFT, TOP), plot.space[0], plot.space[1]
        caps, cursor = context.output.caps, context.session.cursor
        key = (plot, at, span, caps, ground := Ground.of(picture))
        if tuple(picture.size) == plot.space and key != self._asked:
            self._asked = key
            spec = PictureSpec(cursor.record, context.display.style, layer=cursor.layer)
            cell = (caps.cell_width, caps.cell_height)
            picture.ask(_Job(plot, at, span, plot.first_group(at), spec, cell, ground))

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
        rgb = job.ground.picture(rgb, PLAIN)
        shape = (canvas.height, canvas.width)
        return job.spec, RenderedPicture(rgb, Viewport.fit(shape, canvas.width, canvas.height), shape, ())
