"""The crosshair: two thin lines across the display that leave the pixel they point at free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.render.highlight import BLACK, FINE_DISPLAY
from tuiqc.render.viewport import Viewport

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
