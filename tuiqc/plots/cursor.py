"""What moves in the picture of a plot: the current row, and a range that is being drawn."""

from __future__ import annotations

import numpy as np

from tuiqc.plots.pixels import Canvas, Rgb, bar, box_place
from tuiqc.plots.plot import Plot
from tuiqc.render.stamps import grown, rectangle, ring, stamp

_WHITE = np.array([255, 255, 255], np.uint8)
_INK = np.array([0, 0, 0], np.uint8)
_LINE = np.array([120, 126, 140], np.uint8)
_RANGE = np.array([70, 110, 220], np.uint16)
_EDGE = np.array([120, 160, 255], np.uint8)

Place = tuple[float, float]
"""Values of x and y."""


def with_cursor(
    drawn: Rgb, made: Plot, canvas: Canvas, at: int | None, span: tuple[Place, Place] | None, first: int = 0
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


def _shade(rgb: Rgb, made: Plot, canvas: Canvas, span: tuple[Place, Place]) -> None:
    (x0, y0), (x1, y1) = span
    left, right = sorted(canvas.x(np.array([x0, x1]), made.x_limits).clip(0).tolist())
    top, bottom = 0, canvas.height - 1
    if made.choice.kind == "scatter" and made.raster is not None:
        top, bottom = sorted(canvas.y(np.array([y0, y1]), made.raster.y_limits).clip(0).tolist())
    area = slice(top, bottom + 1), slice(left, right + 1)
    rgb[area] = ((rgb[area].astype(np.uint16) * 2 + _RANGE) // 3).astype(np.uint8)
    rectangle(rgb, left, top, right + 1, bottom + 1, _EDGE)
