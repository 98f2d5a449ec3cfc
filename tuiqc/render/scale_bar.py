"""Small text drawn into a picture: figures and the letters of units, five by seven pixels each."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from tuiqc.render.highlight import BLACK, FINE_DISPLAY, WHITE
from tuiqc.render.style import RGB

_GLYPHS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00010 01100",
    ".": "00000 00000 00000 00000 00000 01100 01100",
    " ": "00000 00000 00000 00000 00000 00000 00000",
    "m": "00000 00000 11010 10101 10101 10101 10101",
    "n": "00000 00000 11110 10001 10001 10001 10001",
    "p": "00000 00000 11110 10001 11110 10000 10000",
    "x": "00000 00000 10001 01010 00100 01010 10001",
    "µ": "00000 00000 10001 10001 10011 11101 10000",
}
HEIGHT = 7
"""Rows of a glyph; each is 5 columns wide and 1 apart from the next."""


def text_mask(text: str, scale: int = 1) -> NDArray[np.bool_]:
    """Where the pixels of a text are, (7 * scale, (6 * letters - 1) * scale) bool.

    Raises
    ------
    KeyError
        A letter that is none of `0-9 . m n p x µ` or a blank.
    """
    columns: list[NDArray[np.bool_]] = []
    for letter in text:
        rows = [[bit == "1" for bit in row] for row in _GLYPHS[letter].split()]
        columns += [np.array(rows), np.zeros((HEIGHT, 1), bool)]
    if not columns:
        return np.zeros((HEIGHT * scale, 0), bool)
    return np.kron(np.hstack(columns[:-1]), np.ones((scale, scale), bool))


def draw_mask(
    canvas: NDArray[np.uint8], mask: NDArray[np.bool_], x: int, y: int, colour: RGB, rim: RGB
) -> None:
    """Draw a mask with a rim of one pixel, its top left at (x, y) of `canvas` (height, width, 3), cut at the edges."""
    grown = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    for dy in range(3):
        for dx in range(3):
            grown[dy : dy + mask.shape[0], dx : dx + mask.shape[1]] |= mask
    for part, left, top, paint in ((grown, x - 1, y - 1, rim), (mask, x, y, colour)):
        y0, x0 = max(top, 0), max(left, 0)
        y1, x1 = min(top + part.shape[0], canvas.shape[0]), min(left + part.shape[1], canvas.shape[1])
        if y0 < y1 and x0 < x1:
            canvas[y0:y1, x0:x1][part[y0 - top : y1 - top, x0 - left : x1 - left]] = paint


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
