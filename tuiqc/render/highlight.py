"""What points the eye at one thing: ring and brackets of the current object, marks, and the place of the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc.pixels.image_file import Piece
from tuiqc.render.resample import Grid
from tuiqc.render.style import RGB
from tuiqc.render.viewport import Viewport

WHITE, YELLOW, BLACK = (255, 255, 255), (255, 225, 0), (0, 0, 0)

FINE_DISPLAY = 200
"""A display whose shorter side has fewer pixels than this gets the thinnest lines."""

_GAP = 6  # display pixels between the object and its brackets
_SMALLEST = 18  # side of the brackets around a tiny object


@dataclass(frozen=True, slots=True)
class Mark:
    """A small sign of fixed display size at an image point.

    Attributes
    ----------
    x, y
        Image coordinates (0-based pixel centres).
    kind
        "cross" (failed), "tick" (passed), "question" (unsure), "dot".
    colour
        Red, green, blue; a dark rim sets it off from the picture.
    size
        Display pixels from the centre to the end.
    """

    x: float
    y: float
    kind: Literal["cross", "tick", "question", "dot"] = "cross"
    colour: RGB = (255, 70, 60)
    size: int = 5


def draw_current(
    canvas: NDArray[np.uint8],
    view: Viewport,
    grid: Grid,
    labels: NDArray[Any],
    piece: Piece,
    label: int,
    known: tuple[float, float, float, float] | None = None,
    ring: bool = True,
) -> None:
    """Draw the ring and the brackets of one object onto `canvas` (height, width, 3).

    Parameters
    ----------
    canvas, view, grid
        The display, where it looks, and how the window of the image lies on it.
    labels
        The mask at display size, as `grid.nearest` gives it.
    piece
        What it was taken from, searched only when the object fell between display pixels.
    label
        The object; nothing is drawn when it is 0 or not in view.
    known
        Its box in image pixels (min x, min y, max x, max y; max exclusive), for an object that is smaller than a
        pixel of a reduced piece.
    ring
        False: the brackets alone.
    """
    if label <= 0 or label > np.iinfo(labels.dtype).max:
        return
    coarse = min(canvas.shape[:2]) < FINE_DISPLAY
    inside = labels == label
    box = _bounds(inside)
    if box is not None:
        y0, y1, x0, x1 = box
        top, left = grid.rows.start, grid.columns.start
        if ring:
            _draw_ring(canvas, inside[y0:y1, x0:x1], (top + y0, left + x0), coarse)
        area = (top + y0, top + y1 - 1, left + x0, left + x1 - 1)
    else:
        place = (None if piece.on_display else _in_image(piece, label)) or known
        if place is None:
            return
        first_x, first_y = view.to_display(place[0], place[1])
        last_x, last_y = view.to_display(place[2] - 1, place[3] - 1)
        area = (round(first_y), round(last_y), round(first_x), round(last_x))
        if area[1] < 0 or area[3] < 0 or area[0] >= canvas.shape[0] or area[2] >= canvas.shape[1]:
            return
    _draw_brackets(canvas, area, coarse)


def _in_image(piece: Piece, label: int) -> tuple[float, float, float, float] | None:
    """Box of a label in image pixels, as far as it is in the piece."""
    box = _bounds(piece.pixels == label)
    if box is None:
        return None
    y0, y1, x0, x1 = box
    top, left, scale = piece.window.y0, piece.window.x0, piece.scale
    return (left + x0) * scale, (top + y0) * scale, (left + x1) * scale, (top + y1) * scale


def _bounds(inside: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Return y0, y1, x0, x1 (half-open) of what is True."""
    rows = np.flatnonzero(inside.any(axis=1))
    if len(rows) == 0:
        return None
    columns = np.flatnonzero(inside[rows[0] : rows[-1] + 1].any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _draw_ring(
    canvas: NDArray[np.uint8], inside: NDArray[np.bool_], corner: tuple[int, int], coarse: bool
) -> None:
    """A white line on the border, two yellow pixels around it, a dark rim; coarse: one yellow pixel.

    `corner` is where `inside` begins on the canvas; around an object at the edge of the image it reaches beyond that.
    """
    pad = 4
    (top, left), (rows, columns) = corner, inside.shape
    y0, y1 = max(top - pad, 0), min(top + rows + pad, canvas.shape[0])
    x0, x1 = max(left - pad, 0), min(left + columns + pad, canvas.shape[1])
    pixels = canvas[y0:y1, x0:x1]
    body = np.zeros(pixels.shape[:2], bool)
    body[top - y0 : top - y0 + rows, left - x0 : left - x0 + columns] = inside
    if coarse:
        pixels[_grow(body, False) & ~body] = YELLOW
        return
    grown = [body]
    for round_too in (False, True, False):
        grown.append(_grow(grown[-1], round_too))
    rim = grown[3] & ~grown[2]
    pixels[rim] = pixels[rim] // 3
    pixels[grown[2] & ~body] = YELLOW
    pixels[body & _grow(~body, False)] = WHITE


def _grow(mask: NDArray[np.bool_], diagonal: bool) -> NDArray[np.bool_]:
    """Add the 4 neighbours (8 with `diagonal`) of what is True."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    source = out.copy() if diagonal else mask
    out[:, 1:] |= source[:, :-1]
    out[:, :-1] |= source[:, 1:]
    return out


def _draw_brackets(canvas: NDArray[np.uint8], area: tuple[int, int, int, int], coarse: bool) -> None:
    """Four corners around `area` (first row, last row, first column, last column), kept on the display."""
    height, width = canvas.shape[:2]
    gap, least, thick = (3, 9, 0) if coarse else (_GAP, _SMALLEST, 1)
    y0, y1 = _widened(area[0] - gap, area[1] + gap, height, least)
    x0, x1 = _widened(area[2] - gap, area[3] + gap, width, least)
    leg = min(max(min(y1 - y0, x1 - x0) // 4, 2 if coarse else 6), 22)
    bars = []
    for y, inward_y in ((y0, 1), (y1, -1)):
        for x, inward_x in ((x0, 1), (x1, -1)):
            bars.append((y, y + inward_y * thick, x, x + inward_x * leg))
            bars.append((y, y + inward_y * leg, x, x + inward_x * thick))
    for colour, rim in ((BLACK, thick), (WHITE, 0)):
        for ya, yb, xa, xb in bars:
            _rectangle(
                canvas, min(ya, yb) - rim, max(ya, yb) + rim, min(xa, xb) - rim, max(xa, xb) + rim, colour
            )


def _widened(low: int, high: int, length: int, least: int) -> tuple[int, int]:
    """Make the span at least `least` long and keep it 2 pixels inside the display."""
    short = least - (high - low)
    if short > 0:
        low, high = low - short // 2, high + (short + 1) // 2
    return max(low, 2), min(high, length - 3)


def _rectangle(canvas: NDArray[np.uint8], y0: int, y1: int, x0: int, x1: int, colour: RGB) -> None:
    """Fill rows y0..y1 and columns x0..x1, both ends included, as far as they are on the canvas."""
    canvas[max(y0, 0) : max(y1 + 1, 0), max(x0, 0) : max(x1 + 1, 0)] = colour


def draw_mark(canvas: NDArray[np.uint8], view: Viewport, mark: Mark) -> None:
    """Draw one mark onto `canvas` (height, width, 3); nothing when its point is off the display."""
    x, y = (round(v) for v in view.to_display(mark.x, mark.y))
    height, width = canvas.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        return
    n = mark.size
    if mark.kind == "cross":
        points = [(d, s * d) for d in range(-n, n + 1) for s in (1, -1)]
    elif mark.kind == "tick":
        foot = n // 2
        points = [(foot - d, -d) for d in range(foot + 1)] + [(foot - d, d) for d in range(n + foot + 1)]
        points = [(dy, dx - foot // 2) for dy, dx in points]
    elif mark.kind == "question":
        arc = [(-n, d) for d in range(-n // 2, n // 2 + 1)] + [(d, n // 2 + 1) for d in range(-n + 1, -1)]
        points = [*arc, *((-1, d) for d in range(n // 2 + 1)), (0, 0), (1, 0), (n, 0)]
    else:
        points = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if dy * dy + dx * dx <= 5]
    for colour, rim in ((BLACK, 1), (mark.colour, 0)):
        for dy, dx in points:
            _rectangle(canvas, y + dy - rim, y + dy + rim, x + dx - rim, x + dx + rim + 1, colour)


MAGENTA = (255, 40, 255)
"""Neither a verdict nor a label is drawn in it."""

_FEW = 3
"""Points up to which each has a ring of its own."""

_RING, _RING_COARSE = 11, 3
"""Radius of such a ring in display pixels."""

_STEPS = 64
_STRENGTH = 0.8


def draw_place(canvas: NDArray[np.uint8], view: Viewport, points: Sequence[tuple[float, float]]) -> None:
    """Draw points (x, y) in image pixels onto `canvas` (height, width, 3).

    Many points are the pixels of a stretch: a dot for each, as large as its pixel. Up to three are places by
    themselves: a ring around each, which leaves what it is about in sight.
    """
    coarse = min(canvas.shape[:2]) < FINE_DISPLAY
    shown = [view.to_display(x, y) for x, y in points]
    if len(shown) <= _FEW:
        radius = _RING_COARSE if coarse else _RING
        shown = [one for x, y in shown for one in _circle(x, y, radius)]
        size = 0 if coarse else 1
    else:
        size = int(max(0 if coarse else 1, round(view.zoom / 3)))
    x = np.round([one[0] for one in shown]).astype(np.int64)
    y = np.round([one[1] for one in shown]).astype(np.int64)
    dark = np.zeros(canvas.shape[:2], bool)
    bright = dark.copy()
    if not coarse:
        _stamp(dark, x, y, size + 1)
    _stamp(bright, x, y, size)
    canvas[dark & ~bright] = (canvas[dark & ~bright] * (1 - _STRENGTH) + np.array(BLACK) * _STRENGTH).astype(
        np.uint8
    )
    canvas[bright] = (canvas[bright] * (1 - _STRENGTH) + np.array(MAGENTA) * _STRENGTH).astype(np.uint8)


def ring_around(x: float, y: float, radius: float) -> tuple[tuple[float, float], ...]:
    """Points (x, y) of a circle in image pixels, rounded so that the same place gives the same points."""
    return tuple((round(px, 2), round(py, 2)) for px, py in _circle(x, y, radius))


def _circle(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    angles = (2 * pi * step / _STEPS for step in range(_STEPS))
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in angles]


def _stamp(mask: NDArray[np.bool_], x: NDArray[np.int64], y: NDArray[np.int64], size: int) -> None:
    """Set squares of 2 size + 1 pixels, as far as they are on the display."""
    for dy in range(-size, size + 1):
        for dx in range(-size, size + 1):
            rows, columns = y + dy, x + dx
            inside = (rows >= 0) & (columns >= 0) & (rows < mask.shape[0]) & (columns < mask.shape[1])
            mask[rows[inside], columns[inside]] = True
