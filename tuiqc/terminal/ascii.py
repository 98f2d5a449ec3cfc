"""Pictures as plain characters, the last resort: no colours, no characters beyond ASCII."""

from __future__ import annotations

import numpy as np

from tuiqc.terminal import halfblock
from tuiqc.terminal.palette import RGB

RAMP = " .,:;-+=*oxO#%&@"
"""Characters from dark to bright, by how much of their cell they cover."""


def rows_of(rgb: RGB, columns: int, rows: int) -> list[str]:
    """Text of each row of a picture (height, width, 3) uint8; brightness is ITU-R BT.601 luma.

    A cell shows the brighter of its two halves, so that an outline one pixel wide is not lost.
    """
    pixels = halfblock.fit(rgb, columns, rows).astype(np.uint16)
    luma = (pixels[..., 0] * 77 + pixels[..., 1] * 150 + pixels[..., 2] * 29) >> 8
    cells = np.maximum(luma[0::2], luma[1::2])
    codes = np.frombuffer(RAMP.encode("ascii"), np.uint8)[cells * len(RAMP) // 256]
    return [line.tobytes().decode("ascii") for line in codes]
