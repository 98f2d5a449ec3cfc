"""Pictures for screens that nobody sees: `--keys` draws what is on them into PNG files, and finds each pixel again.

A cell of a picture is a sign of its own (in Unicode's private use area) whose colour is the number of the picture and
whose background is its place in it. So pictures are clipped and covered as all text is.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import ClassVar

import numpy as np

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols import PAPER
from tuiqc.terminal.protocols.picture_protocol import Frame, PictureProtocol, Run

CELL = "\ue000"
MOST = 1024
"""Pictures that are kept; a screen has a few hundred tiles at most."""


class Paper(PictureProtocol):
    """Keeps the pixels, and shows where they belong."""

    _kept: ClassVar[OrderedDict[int, RGB]] = OrderedDict()
    _numbers: ClassVar[count[int]] = count(1)

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """A frame whose id is that of the pixels kept, (height, width, 3) in the size of its cells."""
        width, height = caps.pixels(columns, rows)
        pixels = np.zeros((height, width, 3), np.uint8)
        part = rgb[:height, :width]
        pixels[: part.shape[0], : part.shape[1]] = part
        number = next(self._numbers)
        self._kept[number] = pixels
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return Frame(PAPER, columns, rows, image_id=number, grey_levels=grey_levels)

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        """A run for each cell."""
        number = frame.image_id
        colour = number >> 16 & 255, number >> 8 & 255, number & 255
        return [
            [Run(CELL, 1, colour, (x >> 8, x & 255, y)) for x in range(frame.columns)]
            for y in range(frame.rows)
        ]

    def stand_in(self, frame: Frame) -> list[list[Run]] | None:
        """Half-blocks: what lies below a dialog is dimmed, and colours would no longer be numbers."""
        return None

    @classmethod
    def cell(
        cls, colour: tuple[int, int, int], background: tuple[int, int, int], size: tuple[int, int]
    ) -> RGB | None:
        """The pixels of a cell of `size` (width, height) by its colours; None where the picture is gone."""
        pixels = cls._kept.get(colour[0] << 16 | colour[1] << 8 | colour[2])
        if pixels is None:
            return None
        width, height = size
        x, y = (background[0] << 8 | background[1]) * width, background[2] * height
        found = pixels[y : y + height, x : x + width]
        return found if found.shape == (height, width, 3) else None
