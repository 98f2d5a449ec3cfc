"""Which of a million boxes may touch a window, without a look at the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuiqc.pixels.polygons.outlines import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGE = 16
"""Times the median side from which on a box is looked at for every window: it would make all searches wide."""

_MOST_BANDS = 4096


class BoxIndex:
    """Boxes in bands of rows, and in each by their left edges.

    Parameters
    ----------
    boxes
        (boxes, 4): min x, min y, max x, max y, each finite.
    """

    def __init__(self, boxes: NDArray[np.float32]) -> None:
        sides = boxes[:, 2:] - boxes[:, :2]
        longest = sides.max(axis=1, initial=0)
        large = longest > _LARGE * (np.median(longest) if len(longest) else 0)
        self._large = np.flatnonzero(large).astype(np.int32)
        plain = np.flatnonzero(~large)
        self._wide, self._high = map(float, sides[plain].max(axis=0, initial=0))
        left, top = boxes[plain, :2].astype(np.float64).T
        # Most lie where nearly all lie: what is far away must not make the bands as high as the way to it.
        ends = np.quantile(top, [0.001, 0.999]) if len(top) else np.zeros(2)
        self._first, reach = float(ends[0]), float(ends[1] - ends[0])
        self._band = max(self._high, reach / _MOST_BANDS, 1.0)
        self._bands = int(reach // self._band) + 1
        self._left = float(left.min(initial=0))
        self._stride = float(left.max(initial=0)) - self._left + 1
        keys = self._band_of(top) * self._stride + (left - self._left)
        order = np.argsort(keys, kind="stable")
        self._keys, self._order = keys[order], plain[order].astype(np.int32)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return int(self._keys.nbytes + self._order.nbytes + self._large.nbytes)

    def _band_of(self, top: NDArray[np.float64]) -> NDArray[np.float64]:
        bands: NDArray[np.float64] = ((top - self._first) // self._band).clip(0, self._bands - 1)
        return bands

    def near(self, x0: float, y0: float, x1: float, y1: float) -> NDArray[np.int32]:
        """Return the rows of all boxes that may touch a box, and of some that do not, in no order."""
        first, last = self._band_of(np.array([y0 - self._high - 1, y1])).astype(int)
        begin = np.arange(first, last + 1) * self._stride
        sides = np.clip([x0 - self._wide - 1 - self._left, x1 - self._left], 0, self._stride)
        starts, stops = (np.searchsorted(self._keys, begin + side) for side in sides)
        return np.concatenate([self._large, self._order[spread(starts, stops)]])
