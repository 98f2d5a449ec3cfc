"""Whether something inside of an object has a second peak beside its first, and how much that stands out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def second_peaks(
    values: NDArray[np.float32],
    labels: NDArray[np.int32],
    inside: NDArray[np.bool_],
    levels: Sequence[float],
    bins: int,
    *,
    highest: float = np.inf,
    smallest: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Cut each object at several levels, and look at the second highest of the parts above a level.

    Parameters
    ----------
    values
        (y, x), about 1 at the highest place of an object.
    labels
        (y, x) objects, numbered from 1 to bins - 1.
    inside
        (y, x) pixels that count; parts of different objects must not touch in it.
    levels
        Where to cut.
    highest
        Peaks above this count as this.
    smallest
        (bins,) parts of fewer pixels than this are no peaks.

    Returns
    -------
    prominence
        (bins,) largest difference between a second peak and the level that parts it from the first; 0 if there is none.
    second
        (bins,) the highest second peak.
    """
    from scipy import ndimage as ndi

    prominence, second = np.zeros(bins), np.zeros(bins)
    flat_labels, flat_values = labels.ravel(), values.ravel()
    first = np.flatnonzero((values > min(levels)) & inside)
    rising = first[np.argsort(flat_values[first])]
    heights = flat_values[rising]
    for level in levels:
        parts, count = ndi.label((values > level) & inside)
        if count < 2:
            continue
        above = np.searchsorted(heights, np.float32(level), side="right")
        rising, heights = rising[above:], heights[above:]
        part = parts.ravel()[rising]
        owner = np.zeros(count + 1, np.int64)
        owner[part] = flat_labels[rising]
        peak = np.zeros(count + 1)
        peak[part] = heights  # of several values for one part the last one counts: the highest
        if smallest is not None:
            small = np.bincount(part, minlength=count + 1) < smallest[owner]
            peak[small] = 0
        at = _second_of_each(owner, peak)
        found = owner[at]
        prominence[found] = np.maximum(prominence[found], np.minimum(peak[at], highest) - level)
        second[found] = np.maximum(second[found], peak[at])
    return np.maximum(prominence, 0), second


def _second_of_each(owner: NDArray[Any], peak: Floats) -> NDArray[np.int64]:
    """The parts (from 1) that have the second highest peak of their object."""
    order = np.lexsort((-peak[1:], owner[1:])) + 1
    sorted_owner = owner[order]
    first = np.r_[True, sorted_owner[1:] != sorted_owner[:-1]]
    return np.asarray(order[np.r_[False, first[:-1]] & ~first], np.int64)
