"""Pictures as plain characters, the last resort: no colours, no characters beyond ASCII."""

from __future__ import annotations

import numpy as np

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols import Protocol
from tuiqc.terminal.protocols.halfblock import fit
from tuiqc.terminal.protocols.picture_protocol import Frame, PictureProtocol, Run

RAMP = " .,:;-+=*oxO#%&@"
"""Characters from dark to bright, by how much of their cell they cover."""


class Ascii(PictureProtocol):
    """Characters as widgets' text: `Frame.text` are the rows."""

    COARSE = True
    UNICODE = False

    def most_greys(self, caps: Capabilities) -> int:
        """As many as there are characters."""
        return len(RAMP)

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """Rows of characters."""
        text = tuple(row.encode("ascii") for row in rows_of(rgb, columns, rows))
        return Frame(Protocol.ASCII, columns, rows, grey_levels=len(RAMP), text=text)

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        """A run for each row."""
        return [[Run(row.decode("ascii"), frame.columns)] for row in frame.text]

    def print_here(self, frame: Frame, caps: Capabilities) -> bytes:
        """Lines of text."""
        return b"".join(row + b"\n" for row in frame.text)


def rows_of(rgb: RGB, columns: int, rows: int) -> list[str]:
    """Text of each row of a picture (height, width, 3) uint8; brightness is ITU-R BT.601 luma.

    A cell shows the brighter of its two halves, so that an outline one pixel wide is not lost.
    """
    pixels = fit(rgb, columns, rows).astype(np.uint16)
    luma = (pixels[..., 0] * 77 + pixels[..., 1] * 150 + pixels[..., 2] * 29) >> 8
    cells = np.maximum(luma[0::2], luma[1::2])
    codes = np.frombuffer(RAMP.encode("ascii"), np.uint8)[cells * len(RAMP) // 256]
    return [line.tobytes().decode("ascii") for line in codes]
