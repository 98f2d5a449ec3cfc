"""Plots as pictures, for terminals that show some: the same plot as its cells, drawn in pixels.

Axes and words are not in the picture: they are text around it. Verdicts are told by the shape of a mark (`✓ ✗ ?`) or by
a hatch, and not by colour alone. All is drawn in few plain colours, so that it takes few bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.plots.plot import CROWD, Plot
from tuiqc.plots.raster import SELECTED_RGB, VERDICT_RGB, WORST_LAST, column_at
from tuiqc.qc.verdict import ALL, NONE
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.render.stamps import check, cross, disc, grown, hatched, question, rectangle, ring, stamp
from tuiqc.tables import histograms
from tuiqc.tables.histograms import Limits, ticks, widened

BOX_RGB = np.array([120, 180, 230], np.uint8)
_MOST_SIGNS = 2000
"""Judged points of a group whose signs are drawn."""


def box_cells(made: Plot, first: int) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return horizontal boxes of the groups from `first` on as code points (rows, columns) and colours (..., 3).

    Values beyond the whiskers are `∘`; judged objects have the sign of their verdict, selected ones `*`.
    """
    columns, rows = made.space
    high = made.line_height
    glyphs = np.full((rows, columns), ord(" "), np.uint32)
    rgb = np.broadcast_to(BOX_RGB, (rows, columns, 3)).copy()
    for place in range(min(rows // high, len(made.names) - first)):
        group, lines = first + place, slice(place * high, (place + 1) * high)
        _box_plot(made, group, glyphs[lines])
        middle = place * high + high // 2
        _signs(made, group, glyphs[middle], rgb[middle])
    return glyphs, rgb


def _box_plot(made: Plot, group: int, lines: NDArray[np.uint32]) -> None:
    found, columns = made.boxes, lines.shape[1]
    assert found is not None
    if not found.counts[group]:
        return
    middle = lines[len(lines) // 2]
    for value in made.outside[group].tolist():
        middle[column_at(value, made.limits, columns)] = ord("∘")
    ends = (found.low, found.first, found.median, found.third, found.high)
    low, one, half, three, high = (column_at(float(end[group]), made.limits, columns) for end in ends)
    middle[low : high + 1] = ord("─")
    middle[low], middle[high] = ord("├"), ord("┤")
    if len(lines) == 1:
        middle[one : three + 1] = ord("▒")
    else:
        middle[one : three + 1] = ord(" ")
        middle[one], middle[three] = ord("┤"), ord("├")
        for line, corners in ((lines[0], "┌┐"), (lines[-1], "└┘")):
            line[one : three + 1] = ord("─")
            line[one], line[three] = ord(corners[0]), ord(corners[1])
    for line in lines:
        line[half] = ord("┃")


def _signs(made: Plot, group: int, line: NDArray[np.uint32], rgb: NDArray[np.uint8]) -> None:
    points, members = made.points, made.of_group(group)
    for code in WORST_LAST:  # the most serious last: it stands above the others
        for value in points.x[members[points.codes[members] == code]][:_MOST_SIGNS].tolist():
            if value == value:
                at = column_at(value, made.limits, len(line))
                line[at], rgb[at] = ord(ALL[code].sign), VERDICT_RGB[code]
    for value in points.x[members[points.selected[members]]][:_MOST_SIGNS].tolist():
        if value == value:
            at = column_at(value, made.limits, len(line))
            line[at], rgb[at] = ord("*"), SELECTED_RGB


Rgb = NDArray[np.uint8]

PAPER = np.array([0, 0, 0], np.uint8)
"""That of the text around it, in terminals of 256 colours too."""
GRID = np.array([44, 48, 58], np.uint8)
_AXIS = np.array([150, 150, 150], np.uint8)
_INK = np.array([0, 0, 0], np.uint8)
_WHITE = np.array([255, 255, 255], np.uint8)
_POINT = np.array([150, 175, 210], np.uint8)
_STACK = ((2, 2), (3, 3), (1, 1), (0, 0))
"""From the bottom of a bar: verdict code, and its hatch."""
_SHADES = 24
_MANY = 3_000
_MOST_IN_GROUP = 400


@dataclass(frozen=True, slots=True)
class Canvas:
    """A size in pixels, and the height of a text cell, after which marks are measured."""

    width: int
    height: int
    cell: int

    @property
    def radius(self) -> int:
        """Of a mark."""
        return max(2, round(self.cell / 5))

    def x(self, values: NDArray[np.float64], limits: Limits) -> NDArray[np.int64]:
        """Pixel columns of values; -99 for those that are outside or not known."""
        return _pixels(values, limits, self.width)

    def y(self, values: NDArray[np.float64], limits: Limits) -> NDArray[np.int64]:
        """Pixel rows, the greatest at the top."""
        found = _pixels(values, limits, self.height)
        return np.where(found < 0, found, self.height - 1 - found)


def _pixels(values: NDArray[np.float64], limits: Limits, size: int) -> NDArray[np.int64]:
    low, high = widened(limits)
    with np.errstate(invalid="ignore", over="ignore"):
        share = (values / 2 - low / 2) / (high / 2 - low / 2)
        inside = np.isfinite(values) & (share >= 0) & (share <= 1)
    return np.where(inside, np.minimum(np.where(inside, share, 0) * size, size - 1), -99).astype(np.int64)


def draw(made: Plot, canvas: Canvas, first: int = 0) -> Rgb:
    """Return the data area of a plot, (height, width, 3), without what moves with the cursor.

    `first` is the group of the first box.
    """
    rgb = np.empty((canvas.height, canvas.width, 3), np.uint8)
    rgb[:] = PAPER
    columns, rows = made.space
    rgb[:, _inside(canvas.x(np.array(ticks(*made.x_limits, max(2, columns // 12))), made.x_limits))] = GRID
    if made.raster is not None:
        limits = made.raster.y_limits
        rgb[_inside(canvas.y(np.array(ticks(*limits, max(2, rows // 3))), limits))] = GRID
    if made.boxes is not None:
        _boxes(rgb, made, canvas, first)
    elif made.choice.kind == "scatter":
        _scatter(rgb, made, canvas)
    else:
        _histogram(rgb, made, canvas)
    rgb[-2:] = rgb[:, :2] = _AXIS
    return rgb


def _inside(pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    return pixels[pixels >= 0]


# --- histogram


def bar(made: Plot, canvas: Canvas, place: int) -> tuple[int, int, int]:
    """Left and right column and the top row of a bin's bar."""
    raster = made.raster
    assert raster is not None and raster.histogram is not None  # noqa: PT018
    edges = raster.histogram.edges
    low, high = widened(raster.x_limits)
    left, right = (
        ((edges[place : place + 2] - low) / (high - low) * canvas.width).round().astype(int).tolist()
    )
    count = int(raster.histogram.total[place])
    return left, max(left + 1, right - (right - left > 3)), canvas.height - _tall(made, canvas, count)


def _tall(made: Plot, canvas: Canvas, count: int) -> int:
    assert made.raster is not None
    return max(1, round(count / max(1.0, made.raster.y_limits[1]) * canvas.height)) if count else 0


def _histogram(rgb: Rgb, made: Plot, canvas: Canvas) -> None:
    raster = made.raster
    assert raster is not None and raster.histogram is not None  # noqa: PT018
    hatches = {kind: hatched((canvas.height, canvas.width), kind) for _, kind in _STACK}
    counts = raster.histogram.counts
    for place in np.flatnonzero(raster.histogram.total).tolist():
        left, right, _ = bar(made, canvas, place)
        below = 0
        for code, kind in _STACK:
            top = _tall(made, canvas, below + int(counts[code, place]))
            area = slice(canvas.height - top, canvas.height - _tall(made, canvas, below)), slice(left, right)
            rgb[area] = VERDICT_RGB[code]
            rgb[area][hatches[kind][area]] = VERDICT_RGB[code] // 3
            below += int(counts[code, place])
        if raster.chosen is not None and (count := int(raster.chosen[place])):
            top = canvas.height - _tall(made, canvas, count)
            rectangle(rgb, left, top, right, canvas.height, SELECTED_RGB, 2)


# --- scatter


def _scatter(rgb: Rgb, made: Plot, canvas: Canvas) -> None:
    points, raster = made.points, made.raster
    assert raster is not None
    x, y = canvas.x(points.x, raster.x_limits), canvas.y(points.y, raster.y_limits)
    seen = (x >= 0) & (y >= 0)
    if len(x) > CROWD:
        _crowd(rgb, made, canvas)
    else:
        plain = np.flatnonzero(seen & (points.codes == NONE.code))
        colours = np.broadcast_to(_POINT, (len(x), 3)) if points.rgb is None else points.rgb
        radius = max(1, canvas.radius - (len(x) > _MANY) - (len(x) > _MANY * 2))
        # A few at a time: of many points each stands for dozens of pixels.
        for part in np.array_split(plain, len(plain) // 2000 + 1):
            stamp(rgb, x[part], y[part], disc(radius), colours[part])
    _verdicts(rgb, made, canvas, x, y, seen)


def _crowd(rgb: Rgb, made: Plot, canvas: Canvas) -> None:
    """Blocks of pixels in the mean colour of their points, or by how many there are (logarithmic)."""
    points, raster = made.points, made.raster
    assert raster is not None
    side = max(2, canvas.cell // 5)
    shape = -(-canvas.height // side), -(-canvas.width // side)
    cell = histograms.cells(points.x, points.y, raster.x_limits, raster.y_limits, shape[1], shape[0])
    counts = histograms.counted(cell, shape)
    if points.rgb is not None:
        mean = [histograms.averaged(cell, points.rgb[:, part].astype(np.float64), shape) for part in range(3)]
        blocks = np.nan_to_num(np.stack(mean, axis=-1)).astype(np.uint8) // 8 * 8
    else:
        most = max(2, int(counts.max(initial=0)))
        shade = np.round(np.log(np.maximum(counts, 1)) / np.log(most) * _SHADES) / _SHADES
        blocks = np.asarray(COLORMAPS["viridis"][(60 + 195 * shade).astype(np.int64)], np.uint8)
    across = np.minimum(np.arange(canvas.width) * shape[1] // canvas.width, shape[1] - 1)
    down = np.minimum(np.arange(canvas.height) * shape[0] // canvas.height, shape[0] - 1)
    held = (counts > 0)[down][:, across]
    rgb[held] = blocks[down][:, across][held]


def _verdicts(
    rgb: Rgb, made: Plot, canvas: Canvas, x: NDArray[np.int64], y: NDArray[np.int64], seen: NDArray[np.bool_]
) -> None:
    """The signs of verdicts, the most serious above the others, and rings around what is selected."""
    points, radius = made.points, canvas.radius + 1
    marks = {1: check(radius), 2: cross(radius), 3: question(radius)}
    for code in WORST_LAST:
        held = _spread(np.flatnonzero(seen & (points.codes == code)), x, y, radius)
        colours = VERDICT_RGB[code] if points.rgb is None or len(x) > CROWD else points.rgb[held]
        stamp(rgb, x[held], y[held], disc(radius + 2), PAPER)
        stamp(rgb, x[held], y[held], marks[code], colours)
    held = _spread(np.flatnonzero(seen & points.selected), x, y, radius)
    stamp(rgb, x[held], y[held], ring(radius + 2), SELECTED_RGB)


def _spread(
    found: NDArray[np.int64], x: NDArray[np.int64], y: NDArray[np.int64], radius: int
) -> NDArray[np.int64]:
    """Of very many one for each place of the size of a mark: more would not be seen."""
    if len(found) <= _MANY:
        return found
    side = 2 * radius + 1
    _, kept = np.unique((y[found] // side) * 100_000 + x[found] // side, return_index=True)
    spread: NDArray[np.int64] = found[np.sort(kept)]
    return spread


# --- boxes


def _boxes(rgb: Rgb, made: Plot, canvas: Canvas, first: int) -> None:
    rows, high = made.space[1], made.line_height
    tall = high * canvas.height // rows
    for place in range(min(rows // high, len(made.names) - first)):
        _box(rgb, made, canvas, first + place, (place * tall, (place + 1) * tall))


def box_place(made: Plot, canvas: Canvas, at: int, first: int) -> int:
    """The pixel row on which a point is drawn in the box of its group."""
    assert made.groups is not None
    tall = made.line_height * canvas.height // made.space[1]
    middle = (int(made.groups[at]) - first) * tall + tall // 2
    return middle + int(_aside(np.array([at]), _deep(tall))[0])


def _deep(tall: int) -> int:
    """Half the height of a box."""
    return max(2, tall * 3 // 10)


def _aside(members: NDArray[np.int64], deep: int) -> NDArray[np.int64]:
    """How far from the middle of its box a point is drawn: in a fixed order, so that few hide each other."""
    found: NDArray[np.int64] = ((members * 7) % 11 - 5) * max(1, deep - 2) // 6
    return found


def _box(rgb: Rgb, made: Plot, canvas: Canvas, group: int, lines: tuple[int, int]) -> None:
    found = made.boxes
    assert found is not None
    if not found.counts[group]:
        return
    ends = np.array([found.low, found.first, found.median, found.third, found.high])[:, group]
    low, one, half, three, high = canvas.x(ends, made.limits).tolist()
    middle, tall = sum(lines) // 2, lines[1] - lines[0]
    deep = _deep(tall)
    rgb[middle, low : high + 1] = BOX_RGB
    for end in (low, high):
        rgb[middle - deep // 2 : middle + deep // 2 + 1, end] = BOX_RGB
    rgb[middle - deep : middle + deep + 1, one : three + 1] = BOX_RGB // 4
    rectangle(rgb, one, middle - deep, three + 1, middle + deep + 1, BOX_RGB)
    rgb[middle - deep : middle + deep + 1, max(0, half - 1) : half + 2] = _WHITE
    members = made.of_group(group)
    if len(members) > _MOST_IN_GROUP or tall < 2 * canvas.cell:  # they would hide the box
        values = made.points.x[members]
        judged = (made.points.codes[members] != 0) | made.points.selected[members]
        members = members[(values < found.low[group]) | (values > found.high[group]) | judged]
    _strip(rgb, made, canvas, members, (middle, deep))


def _strip(rgb: Rgb, made: Plot, canvas: Canvas, members: NDArray[np.int64], where: tuple[int, int]) -> None:
    """The points of a group, spread over the height of its box."""
    points, (middle, deep) = made.points, where
    x = canvas.x(points.x[members], made.limits)
    y = middle + _aside(members, deep)
    seen = x >= 0
    plain = seen & (points.codes[members] == 0)
    radius = max(1, canvas.radius - 1)
    colours = np.broadcast_to(_POINT, (len(x), 3)) if points.rgb is None else points.rgb[members]
    stamp(rgb, x[plain], y[plain], grown(disc(radius)), _INK)
    stamp(rgb, x[plain], y[plain], disc(radius), colours[plain])
    for code, mark in ((1, check(radius + 1)), (3, question(radius + 1)), (2, cross(radius + 1))):
        held = _spread(np.flatnonzero(seen & (points.codes[members] == code)), x, y, radius)
        stamp(rgb, x[held], y[held], grown(mark), _INK)
        stamp(rgb, x[held], y[held], mark, VERDICT_RGB[code])
    held = _spread(np.flatnonzero(seen & points.selected[members]), x, y, radius)
    stamp(rgb, x[held], y[held], ring(radius + 3), SELECTED_RGB)


_LINE = np.array([120, 126, 140], np.uint8)
_RANGE = np.array([70, 110, 220], np.uint16)
_EDGE = np.array([120, 160, 255], np.uint8)

PlotPoint = tuple[float, float]
"""Values of x and y."""


def with_cursor(
    drawn: Rgb,
    made: Plot,
    canvas: Canvas,
    at: int | None,
    span: tuple[PlotPoint, PlotPoint] | None,
    first: int = 0,
) -> Rgb:
    """Return a copy of the drawn plot with point `at` marked and the range between two places shaded."""
    rgb = drawn.copy()
    if span is not None:
        _shade(rgb, made, canvas, span)
    if at is None:
        return rgb
    x = int(canvas.x(made.points.x[at : at + 1], made.x_limits)[0])
    if x < 0:
        return rgb
    if made.choice.kind == "histogram":
        _mark_bar(rgb, made, canvas, at, x)
    elif made.choice.kind == "scatter":
        assert made.raster is not None
        y = int(canvas.y(made.points.y[at : at + 1], made.raster.y_limits)[0])
        if y >= 0:
            _cross_hair(rgb, canvas, x, y)
    else:
        assert made.groups is not None
        y = box_place(made, canvas, at, first)
        if 0 <= y < canvas.height:
            _cross_hair(rgb, canvas, x, y, across=False)
    return rgb


def _mark_bar(rgb: Rgb, made: Plot, canvas: Canvas, at: int, x: int) -> None:
    """A frame around the bin, and a line at the value itself from the top down to it."""
    found = made.raster.histogram if made.raster is not None else None
    place = found.bin_of(float(made.points.x[at])) if found is not None else None
    if place is None:
        return
    left, right, top = bar(made, canvas, place)
    rgb[:, x] = _LINE
    rectangle(rgb, left - 2, top - 2, right + 2, canvas.height, _INK, 2)
    rectangle(rgb, left - 1, top - 1, right + 1, canvas.height, _WHITE, 2)
    rgb[top:, max(0, x - 1) : x + 2] = _INK
    rgb[:, x] = _WHITE


def _cross_hair(rgb: Rgb, canvas: Canvas, x: int, y: int, *, across: bool = True) -> None:
    """Lines to the axes with a gap around the point, and a ring around it."""
    radius = canvas.radius + 4
    for where in (slice(0, max(0, y - radius)), slice(y + radius + 1, None)):
        rgb[where, x] = _LINE
    if across:
        rgb[y, : max(0, x - radius)] = _LINE
        rgb[y, x + radius + 1 :] = _LINE
    mark = ring(radius, 2)
    one = np.array([x]), np.array([y])
    stamp(rgb, *one, grown(mark), _INK)
    stamp(rgb, *one, mark, _WHITE)


def _shade(rgb: Rgb, made: Plot, canvas: Canvas, span: tuple[PlotPoint, PlotPoint]) -> None:
    (x0, y0), (x1, y1) = span
    left, right = sorted(canvas.x(np.array([x0, x1]), made.x_limits).clip(0).tolist())
    top, bottom = 0, canvas.height - 1
    if made.choice.kind == "scatter" and made.raster is not None:
        top, bottom = sorted(canvas.y(np.array([y0, y1]), made.raster.y_limits).clip(0).tolist())
    area = slice(top, bottom + 1), slice(left, right + 1)
    rgb[area] = ((rgb[area].astype(np.uint16) * 2 + _RANGE) // 3).astype(np.uint8)
    rectangle(rgb, left, top, right + 1, bottom + 1, _EDGE)


PLAIN: Rgb = np.stack(
    [
        PAPER,
        _WHITE,
        GRID,
        _AXIS,
        _POINT,
        _LINE,
        _EDGE,
        BOX_RGB,
        SELECTED_RGB,
        *VERDICT_RGB,
        *(VERDICT_RGB // 3),
    ]
)
"""(n, 3): all colours of a plot but those of values and of a shaded range."""
