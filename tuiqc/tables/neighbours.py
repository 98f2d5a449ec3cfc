"""Which object lies next to another one, to the left, right, above or below: for walking in the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["left", "right", "up", "down"]

_STEPS: dict[str, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def neighbour(
    x: NDArray[Any], y: NDArray[Any], origin: tuple[float, float], direction: Direction
) -> int | None:
    """Index of the object to hop to from `origin`, None if there is none on that side.

    Parameters
    ----------
    x, y
        Centres of the objects in image pixels (x to the right, y down); NaN for those whose place is not known.
    origin
        Where one is, (x, y).
    direction
        The side. Objects within 45 degrees of it count; if there are none, all those on that side. The nearest
        counts, distances across the direction twice, so that a row of objects is walked along the row.
    """
    dx, dy = _STEPS[direction]
    across_x, across_y = x - origin[0], y - origin[1]
    along = across_x * dx + across_y * dy
    across = np.abs(across_x * dy) + np.abs(across_y * dx)
    with np.errstate(invalid="ignore"):
        ahead = along > 0.5
        cone = ahead & (across <= along)
        cost = np.hypot(along, 2 * across)
    for candidates in (cone, ahead):
        if candidates.any():
            return int(np.argmin(np.where(candidates, cost, np.inf)))
    return None
