"""Bars of block characters: a histogram in a few cells."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def block_histogram(
    counts: Sequence[int] | NDArray[np.int64], width: int, height: int = 1, marker: int | None = None
) -> list[str]:
    """Return `height` lines of `width` cells that show `counts`, and one more with `▲` below a marked cell.

    Counts are added up (or repeated) to `width` bars; the highest fills `height`. A bar of anything more than
    0 is at least one eighth of a cell high. `marker` is a cell from 0 to `width` - 1, None for no such line.
    """
    if width <= 0 or height <= 0:
        return []
    bars = _resampled(np.asarray(counts, dtype=np.float64), width)
    top = bars.max()
    eighths = np.zeros(width, dtype=np.int64)
    if top > 0:
        eighths = np.maximum(np.rint(bars / top * 8 * height), bars > 0).astype(np.int64)
    lines = [
        "".join(_EIGHTHS[min(max(int(bar) - 8 * level, 0), 8)] for bar in eighths)
        for level in range(height - 1, -1, -1)
    ]
    if marker is not None:
        at = min(max(marker, 0), width - 1)
        lines.append(" " * at + "▲" + " " * (width - 1 - at))
    return lines


def _resampled(counts: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return `width` bars: sums of neighbours where there are more counts, shares of them where fewer."""
    if not len(counts):
        return np.zeros(width)
    if len(counts) == width:
        return counts
    upto = np.concatenate([[0.0], np.cumsum(counts)])
    edges = np.linspace(0, len(counts), width + 1)
    return np.diff(np.interp(edges, np.arange(len(counts) + 1), upto))


def marker_cell(value: float, low: float, high: float, width: int) -> int | None:
    """Return the cell of a histogram from `low` to `high` that `value` falls into, None if it is no number."""
    if math.isnan(value) or width <= 0:
        return None
    if value <= low:
        return 0
    if value >= high:
        return width - 1
    return min(width - 1, int((value / 2 - low / 2) / (high / 2 - low / 2) * width))
