"""Draws where an object has been: a line through its past places that fades with age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOUR = (255, 235, 59)


def draw_tail(
    rgb: NDArray[np.uint8], view: Viewport, places: Sequence[tuple[float, float]], dots: bool = True
) -> None:
    """Draw into `rgb`, (y, x, 3); `places` are (x, y) in image pixels, oldest first."""
    if not places:
        return
    points = [view.to_display(x, y) for x, y in places]
    for at in range(1, len(points)):
        strength = 0.35 + 0.65 * at / (len(points) - 1)
        _line(rgb, points[at - 1], points[at], strength)
    if dots:
        for at, point in enumerate(points[:-1]):
            _dot(rgb, point, 0.35 + 0.65 * at / max(1, len(points) - 1))


def _line(
    rgb: NDArray[np.uint8], start: tuple[float, float], stop: tuple[float, float], strength: float
) -> None:
    steps = int(min(4096, max(abs(stop[0] - start[0]), abs(stop[1] - start[1])))) + 1
    x = np.linspace(start[0], stop[0], steps + 1).round().astype(int)
    y = np.linspace(start[1], stop[1], steps + 1).round().astype(int)
    _blend(rgb, x, y, strength)


def _dot(rgb: NDArray[np.uint8], place: tuple[float, float], strength: float) -> None:
    y, x = np.mgrid[-1:2, -1:2]
    _blend(rgb, (x + round(place[0])).ravel(), (y + round(place[1])).ravel(), strength)


def _blend(rgb: NDArray[np.uint8], x: NDArray[np.int_], y: NDArray[np.int_], strength: float) -> None:
    inside = (x >= 0) & (y >= 0) & (x < rgb.shape[1]) & (y < rgb.shape[0])
    x, y = x[inside], y[inside]
    mixed = rgb[y, x] * (1 - strength) + np.array(COLOUR) * strength
    rgb[y, x] = mixed.astype(np.uint8)
