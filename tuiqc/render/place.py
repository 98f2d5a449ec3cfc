"""The place of the evidence against an object: dots along a stretch, or rings around a few points."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from tuiqc.render.highlight import BLACK, FINE_DISPLAY
from tuiqc.render.viewport import Viewport

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
