"""Colours of cells by their value: a background from a colour map, and text that can be read on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
Floats = NDArray[np.float64]


def readable_on(background: Rgb) -> Rgb:
    """Return black or white, whichever has more contrast on a background.

    By the relative luminance of WCAG 2.1: black wins above 0.179, where both have the same contrast.
    """
    linear = [
        (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in (v / 255 for v in background)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (0, 0, 0) if luminance > 0.179 else (255, 255, 255)
