"""The one entry for the screen: a picture and what the terminal can do become a `Frame`.

All of it is pure and may run in any thread. How a frame gets onto the screen its protocol knows
(`protocols.base.protocol_of`); here are those parts for which nothing has to be remembered.
"""

from __future__ import annotations

import numpy as np

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols.base import Frame, protocol_of

_FEWER_GREYS = (48, 32, 24, 16, 8, 4)


def picture_size(columns: int, rows: int, caps: Capabilities) -> tuple[int, int]:
    """Width and height in pixels that a picture should have to fill `columns` x `rows` cells one to one."""
    return protocol_of(caps.protocol).size(columns, rows, caps)


def encode(
    rgb: RGB,
    columns: int,
    rows: int,
    caps: Capabilities,
    image_id: int,
    *,
    grey_levels: int | None = None,
    budget: int | None = None,
) -> Frame:
    """Make a picture into a frame for this terminal.

    Parameters
    ----------
    rgb
        (height, width, 3) uint8. Best of `picture_size`; another size is fitted in by the protocol, or cut.
    columns, rows
        Size on the screen in cells, at least 1; the frame may have fewer.
    image_id
        1 to 2**24 - 1, used where terminals hold pictures.
    grey_levels
        How many to begin with; None for `caps.grey_levels`.
    budget
        Bytes that the frame may take; grey levels are given up for it, and at last, where that helps, resolution. None
        for as many as it takes. It may not be enough even for the poorest picture.

    Raises
    ------
    ValueError
        A shape, dtype, size or id outside of these.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        raise ValueError(f"a picture is (height, width, 3) uint8, not {rgb.shape} {rgb.dtype}")
    if columns < 1 or rows < 1:
        raise ValueError(f"a picture takes at least one cell, not {columns}x{rows}")
    protocol, levels = protocol_of(caps.protocol), grey_levels or caps.grey_levels
    budget = protocol.bound(budget, caps)
    frame = protocol.encode(rgb, columns, rows, caps, image_id, levels)
    for fewer in _FEWER_GREYS:
        if budget is None or frame.nbytes <= budget:
            return frame
        if fewer < levels:
            frame = protocol.encode(rgb, columns, rows, caps, image_id, fewer)
    smaller = protocol.smaller(rgb) if budget is not None and frame.nbytes > budget else None
    if smaller is None:
        return frame
    return protocol.encode(smaller, columns, rows, caps, image_id, min(levels, _FEWER_GREYS[-1]))


def draw_at(frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
    """Escape codes that draw a frame which lies over text with its top left cell at (x, y), 0-based.

    The cursor is saved before and restored after. Of other frames it is the payload.
    """
    return protocol_of(frame.protocol).draw_at(frame, x, y, caps)


def release(image_id: int, caps: Capabilities) -> bytes:
    """Escape codes that take a held picture off the screen and free its data; b"" for other protocols."""
    return protocol_of(caps.protocol).release(image_id, caps)
