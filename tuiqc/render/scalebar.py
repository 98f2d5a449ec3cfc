"""The scale bar: a round length in micrometres where the image is calibrated, else in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from tuiqc.render.digits import draw_mask, text_mask
from tuiqc.render.highlight import BLACK, FINE_DISPLAY, WHITE

_LARGEST_SHARE = 0.25
"""Part of the display's width that the bar takes at most; a bar of 1, 2 or 5 units is at least 0.4 of that."""
_UNITS = ((1000.0, "mm", 1e-3), (1.0, "µm", 1.0), (0.0, "nm", 1e3))


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of `length` display pixels that stands for what `text` says ("20 µm", "100 px")."""

    length: int
    text: str


def scale_bar(zoom: float, width: int, pixel_um: float | None = None) -> ScaleBar | None:
    """The longest bar of 1, 2 or 5 times a power of ten that takes at most a quarter of the display.

    Parameters
    ----------
    zoom
        Display pixels per image pixel.
    width
        Display pixels of the whole display.
    pixel_um
        Micrometres per image pixel along x; None for a bar in pixels.

    Returns
    -------
    ScaleBar or None
        None where not even one pixel (uncalibrated) would fit.
    """
    unit = pixel_um if pixel_um is not None and pixel_um > 0 else 1.0
    longest = width * _LARGEST_SHARE / zoom * unit
    if longest <= 0 or (pixel_um is None and longest < 1):
        return None
    power = 10.0 ** floor(log10(longest))
    length = next(step * power for step in (5, 2, 1) if step * power <= longest * (1 + 1e-9))
    text = f"{length:.0f} px" if pixel_um is None else _in_units(length)
    return ScaleBar(max(1, round(length / unit * zoom)), text)


def _in_units(um: float) -> str:
    name, factor = next((name, factor) for least, name, factor in _UNITS if um >= least * (1 - 1e-9))
    return f"{round(um * factor, 4):.10g} {name}"


def draw_scale_bar(canvas: NDArray[np.uint8], bar: ScaleBar) -> None:
    """Draw the bar into the lower right of `canvas` (height, width, 3), its length above it.

    On a coarse display (half-blocks, thumbnails) figures would take too much of the picture: the bar stands alone.
    """
    height, width = canvas.shape[:2]
    coarse = min(height, width) < FINE_DISPLAY
    margin, thick = (2, 1) if coarse else (12, 4)
    if bar.length + 2 * margin > width or height < 4 * margin + thick:
        return
    left, top = width - margin - bar.length, height - margin - thick
    draw_mask(canvas, np.ones((thick, bar.length), bool), left, top, WHITE, BLACK)
    if coarse:
        return
    scale = 2 if min(height, width) >= 2 * FINE_DISPLAY else 1
    mask = text_mask(bar.text, scale)
    x = min(left + (bar.length - mask.shape[1]) // 2, width - margin - mask.shape[1])
    draw_mask(canvas, mask, x, top - 3 - mask.shape[0], WHITE, BLACK)
