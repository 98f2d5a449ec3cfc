"""Where one is in the image: the minimap, and the crosshair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.render.highlight import BLACK, FINE_DISPLAY, WHITE, YELLOW
from tuiqc.render.viewport import Viewport

_SHARE = 0.22
"""Part of the display's width and height that the map takes at most."""
_ALL = 0.98
_INSIDE = (40, 44, 54)
_LEAST = 6
_FRAME, _FRAME_COARSE = 7, 3
"""Side of the frame at least: of a very large image hardly anything is in view, and that is what is looked for."""


def minimap_size(view: Viewport, shape: tuple[int, int]) -> tuple[int, int] | None:
    """Width and height of the map in display pixels; None where the whole image is in view or there is no room."""
    seen_x = view.width / view.zoom / max(shape[1], 1)
    seen_y = view.height / view.zoom / max(shape[0], 1)
    if min(seen_x, seen_y) >= _ALL:
        return None
    scale = min(view.width * _SHARE / shape[1], view.height * _SHARE / shape[0])
    width, height = max(round(shape[1] * scale), _LEAST), max(round(shape[0] * scale), _LEAST)
    return None if width > view.width // 2 or height > view.height // 2 else (width, height)


def draw_minimap(
    canvas: NDArray[np.uint8], view: Viewport, shape: tuple[int, int], picture: NDArray[Any] | None = None
) -> None:
    """Draw the map into the upper right of `canvas` (height, width, 3).

    Parameters
    ----------
    canvas, view
        The display and where it looks.
    shape
        Rows and columns of the image.
    picture
        The whole image, uint8 RGB of `minimap_size`; None for a plain area, where it would take too long to read.
    """
    size = minimap_size(view, shape)
    if size is None:
        return
    width, height = size
    coarse = min(canvas.shape[:2]) < FINE_DISPLAY
    margin = 1 if coarse else 10
    left, top = canvas.shape[1] - margin - width, margin
    canvas[max(top - 1, 0) : top + height + 1, max(left - 1, 0) : left + width + 1] = WHITE
    area = canvas[top : top + height, left : left + width]
    area[:] = picture if picture is not None and picture.shape == area.shape else _INSIDE
    x0, y0 = view.to_image(0, 0)
    x1, y1 = view.to_image(view.width - 1, view.height - 1)
    least = _FRAME_COARSE if coarse else _FRAME
    columns = _span(x0, x1, shape[1], width, least)
    rows = _span(y0, y1, shape[0], height, least)
    if not coarse:
        _frame(area, (rows[0] - 1, rows[1] + 1), (columns[0] - 1, columns[1] + 1), BLACK)
    _frame(area, rows, columns, YELLOW)


def _span(low: float, high: float, length: int, size: int, least: int) -> tuple[int, int]:
    """First and last pixel of the map for image coordinates; at least so many pixels as there is room for."""
    least = min(least, size)
    first, last = int((low + 0.5) / length * size), int((high + 0.5) / length * size)
    if last - first < least - 1:
        first = (first + last) // 2 - least // 2
        last = first + least - 1
    first = min(max(first, 0), size - least)
    return first, max(min(last, size - 1), first + least - 1)


def _frame(
    area: NDArray[np.uint8], rows: tuple[int, int], columns: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    """One pixel thick, both ends included; what lies outside of the area is left out."""
    height, width = area.shape[:2]
    y0, y1, x0, x1 = max(rows[0], 0), min(rows[1], height - 1), max(columns[0], 0), min(columns[1], width - 1)
    for y in rows:
        if 0 <= y < height:
            area[y, x0 : x1 + 1] = colour
    for x in columns:
        if 0 <= x < width:
            area[y0 : y1 + 1, x] = colour


CYAN = (0, 255, 255)


def draw_crosshair(canvas: NDArray[np.uint8], view: Viewport, x: float, y: float) -> None:
    """Draw it at the image point (x, y) onto `canvas` (height, width, 3); nothing when it is off the display.

    The lines end before the image pixel that they point at, so that it stays visible at every zoom.
    """
    at_x, at_y = (round(v) for v in view.to_display(x, y))
    height, width = canvas.shape[:2]
    if not (0 <= at_x < width and 0 <= at_y < height):
        return
    coarse = min(height, width) < FINE_DISPLAY
    gap = max(1 if coarse else 6, round(view.zoom / 2) + 1)
    reach = max(height, width) if not coarse else 8  # on a coarse display whole lines would hide too much
    spans_x = ((max(at_x - gap - reach, 0), at_x - gap), (at_x + gap + 1, at_x + gap + 1 + reach))
    spans_y = ((max(at_y - gap - reach, 0), at_y - gap), (at_y + gap + 1, at_y + gap + 1 + reach))
    for colour, rim in ((BLACK, 0 if coarse else 1), (CYAN, 0)):
        for start, stop in spans_x:
            canvas[max(at_y - rim, 0) : at_y + rim + 1, max(start, 0) : max(stop, 0)] = colour
        for start, stop in spans_y:
            canvas[max(start, 0) : max(stop, 0), max(at_x - rim, 0) : at_x + rim + 1] = colour
