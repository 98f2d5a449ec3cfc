"""Whether something inside of an object has a second peak beside its first, and how much that stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_pixels import rows_and_columns

Floats = NDArray[np.float64]

_IN_PLANE = np.zeros((3, 3, 3), bool)
_IN_PLANE[1] = [[False, True, False], [True, True, True], [False, True, False]]
"""Pixels hang together by their sides, within a plane of a volume."""


@dataclass(frozen=True)
class Insides:
    """The insides of all objects of a plane, which must not touch one another, laid one below the other.

    Attributes
    ----------
    where
        (k,) flat indices of their pixels in the plane.
    owner
        (k,) their objects, from 1.
    bins
        Number of objects and 1.
    place, shape
        (k,) where each pixel lies on a plane of this shape, on which there is little else.
    """

    where: NDArray[np.int64]
    owner: NDArray[np.int64]
    bins: int
    place: NDArray[np.int64]
    shape: tuple[int, int]

    @classmethod
    def of(cls, labels: NDArray[np.int32], bins: int) -> Insides:
        """Those of a (y, x) plane, 0 is nothing."""
        where = np.flatnonzero(labels)
        owner = labels.ravel()[where].astype(np.int64)
        y, x = rows_and_columns(where, labels.shape[1])
        top, left = np.full(bins, labels.shape[0]), np.full(bins, labels.shape[1])
        bottom, right = np.full(bins, -2), np.full(bins, -2)
        np.minimum.at(top, owner, y)
        np.minimum.at(left, owner, x)
        np.maximum.at(bottom, owner, y)
        np.maximum.at(right, owner, x)
        heights = np.maximum(bottom - top + 2, 0)  # a row of nothing below each
        width = int(np.maximum(right - left + 1, 0).max(initial=1))
        if int(heights.sum()) * width >= labels.size:  # a few large ones: where they are is as good
            return cls(where, owner, bins, where, (labels.shape[0], labels.shape[1]))
        heights[top > bottom] = 0
        shift = np.cumsum(heights) - heights - top
        place = (y + shift[owner]) * width + x - left[owner]
        return cls(where, owner, bins, place, (int(heights.sum()), width))

    def highest(self, values: NDArray[np.floating]) -> Floats:
        """(bins,) the largest of `values` (k,) of each object, 0 where there is none (values are not negative)."""
        out = np.zeros(self.bins)
        np.maximum.at(out, self.owner, values)
        return out

    def second_peaks(
        self,
        values: NDArray[np.floating],
        levels: Sequence[float],
        *,
        highest: float = np.inf,
        smallest: Floats | None = None,
    ) -> tuple[Floats, Floats]:
        """Cut each object at several levels, and look at the second highest of the parts above a level.

        Parameters
        ----------
        values
            (k,), about 1 at the highest place of an object.
        levels
            Where to cut, ascending.
        highest
            Peaks above this count as this.
        smallest
            (bins,) parts of fewer pixels than this are no peaks.

        Returns
        -------
        prominence
            (bins,) largest difference between a second peak and the level that parts it from the first; 0 if there is
            none.
        second
            (bins,) the highest second peak.
        """
        from scipy import ndimage as ndi

        cuts = np.asarray(levels, np.float32)
        plane = np.full(self.shape, np.float32(-np.inf))
        rising = np.flatnonzero(values > levels[0])
        rising = rising[np.argsort(values[rising])]
        heights, places = values[rising], self.place[rising]
        plane.ravel()[places] = heights
        # All levels at once, as planes of one volume that do not hang together.
        parts, count = ndi.label(plane > cuts[:, None, None], _IN_PLANE)
        below = np.searchsorted(heights, cuts, side="right").tolist()
        part = np.concatenate([one.ravel()[places[start:]] for one, start in zip(parts, below, strict=True)])
        owner, level = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
        owner[part] = np.concatenate([self.owner[rising[start:]] for start in below])
        level[part] = np.repeat(np.arange(len(cuts)), [len(rising) - start for start in below])
        peak = np.zeros(count + 1)
        # Of several values for one part the last one counts: the highest.
        peak[part] = np.concatenate([heights[start:] for start in below])
        if smallest is not None:
            peak[np.bincount(part, minlength=count + 1) < smallest[owner]] = 0
        at = _second_of_each(level * self.bins + owner, peak)
        prominence, second = np.zeros(self.bins), np.zeros(self.bins)
        np.maximum.at(prominence, owner[at], np.minimum(peak[at], highest) - np.asarray(levels)[level[at]])
        np.maximum.at(second, owner[at], peak[at])
        return prominence, second


def _second_of_each(owner: NDArray[Any], peak: Floats) -> NDArray[np.int64]:
    """The parts (from 1) that have the second highest peak of their object."""
    if len(owner) < 3:
        return np.zeros(0, np.int64)
    order = np.lexsort((-peak[1:], owner[1:])) + 1
    sorted_owner = owner[order]
    first = np.r_[True, sorted_owner[1:] != sorted_owner[:-1]]
    return np.asarray(order[np.r_[False, first[:-1]] & ~first], np.int64)
