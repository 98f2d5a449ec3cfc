"""Draws outlines as labels into a window of a plane, row by row, all objects at once.

A pixel belongs to an object if its centre lies inside of it (half a pixel from its left and upper edge; of a centre on
an edge the object to the right of it or below has it), so that objects that touch share no pixel and leave none out.
Inside is what an odd number of edges lies left of: holes stay open, and so does what an outline that crosses itself
goes round twice. Parts of one object are drawn one by one: where they overlap, they are filled. Where objects overlap
the smaller one lies on top (of equal ones the later), so that none is hidden by a larger one.
"""

from __future__ import annotations

from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.pixels.image_file import Window
from tuiqc.pixels.polygons.box_index import BoxIndex
from tuiqc.pixels.polygons.outlines import ANY_PLANE, Outlines, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = 6
_CORNERS = 1 << 19
"""Corners that are worked on at a time: each takes some 200 bytes meanwhile."""


class Drawing:
    """Outlines in pixels, in the order in which they are drawn, with an index of their boxes.

    Parameters
    ----------
    outlines
        In pixels of the plane: (0, 0) is the upper left corner of the first pixel.
    """

    def __init__(self, outlines: Outlines) -> None:
        self.outlines = outlines
        objects = outlines.part_object
        self._many = bool((outlines.t != ANY_PLANE).any() or (outlines.z != ANY_PLANE).any())
        measures = outlines.measured()
        size = np.nan_to_num(measures.area)
        rank = np.empty(len(size), np.int64)
        rank[np.lexsort((np.arange(len(size)), -size))] = np.arange(len(size))
        self._rank = rank[objects].astype(np.int32)
        self._boxes = self._part_boxes()
        self._index = BoxIndex(self._boxes)

    @property
    def nbytes(self) -> int:
        """Bytes in memory; outlines that lie where their file has them count twice."""
        return self._rank.nbytes + self._boxes.nbytes + self._index.nbytes + self.outlines.nbytes

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that hold all that lies right of and below (0, 0); 1 at least."""
        right, low = self._boxes[:, 2:].max(axis=0, initial=1)
        return ceil(low), ceil(right)

    def _part_boxes(self) -> NDArray[np.float32]:
        starts = self.outlines.part_start[:-1]
        if not len(starts):
            return np.zeros((0, 4), np.float32)
        points = self.outlines.points
        low, high = (reduce.reduceat(points, starts, axis=0) for reduce in (np.minimum, np.maximum))
        return np.concatenate([low, high], axis=1)

    def touching(self, window: Window, scale: float = 1.0, t: int = 0, z: int = 0) -> NDArray[np.int64]:
        """Return the parts that may have a pixel in a window, in the order in which they are drawn.

        Parameters
        ----------
        window
            In pixels of `scale` full ones.
        """
        y0, y1, x0, x1 = (edge * scale for edge in window)
        parts = self._index.near(x0, y0, x1, y1)
        left, top, right, low = (self._boxes[parts] / np.float32(scale)).T
        kept = (right > window.x0) & (left < window.x1) & (low > window.y0) & (top < window.y1)
        if scale > 1:  # most are smaller than a pixel: only those in whose box there is the centre of one
            kept &= (np.ceil(left - 0.5) <= right - 0.5) & (np.ceil(top - 0.5) <= low - 0.5)
        parts = parts[kept].astype(np.int64)
        if self._many:
            times = self.outlines.t[self.outlines.part_object[parts]]
            parts = parts[(times == t) | (times == ANY_PLANE)]
            slices = self.outlines.z[parts]
            parts = parts[(slices == z) | (slices == ANY_PLANE)]
        drawn: NDArray[np.int64] = parts[np.argsort(self._rank[parts], kind="stable")]
        return drawn

    def draw(self, window: Window, scale: float = 1.0, t: int = 0, z: int = 0) -> NDArray[np.uint32]:
        """Return the labels (y, x) in a window; see the module for what a pixel belongs to.

        Parameters
        ----------
        window
            In pixels of `scale` full ones.
        """
        parts = self.touching(window, scale, t, z)
        if not len(parts) or 0 in window.shape:
            return np.zeros(window.shape, np.uint32)
        starts = self.outlines.part_start
        corners = np.cumsum(starts[parts + 1] - starts[parts])
        cuts = np.searchsorted(corners, np.arange(_CORNERS, int(corners[-1]) + _CORNERS, _CORNERS))
        first, out = 0, None
        for last in np.unique(np.minimum(cuts + 1, len(parts))):
            if last > first:
                out = self._paint(out, parts[first:last], window, scale)
            first = int(last)
        return np.zeros(window.shape, np.uint32) if out is None else out

    def _paint(
        self, out: NDArray[np.uint32] | None, parts: NDArray[np.int64], window: Window, scale: float
    ) -> NDArray[np.uint32]:
        rows, columns = window.shape
        # At low levels there are more corners than pixels along an outline, and all objects in view.
        sides = self._boxes[parts, 2:] - self._boxes[parts, :2]
        most = np.maximum(sides.sum(axis=1) * (2 / scale), _FEWEST) if scale > 1 else None
        keys = _crossings(self.outlines, parts, window, scale, most)
        keys.sort()
        left, right = keys[0::2], keys[1::2]
        line, begin = np.divmod(left, columns + 1)
        end = right - line * (columns + 1)
        filled = end > begin
        line, begin, end = line[filled], begin[filled], end[filled]
        part, row = np.divmod(line, rows)
        labels = self.outlines.labels[self.outlines.part_object[parts[part]]].astype(np.uint32)
        return _filled(out, window.shape, row * columns + begin, end - begin, labels)


def _crossings(
    outlines: Outlines,
    parts: NDArray[np.int64],
    window: Window,
    scale: float,
    most: NDArray[np.floating[Any]] | None,
) -> NDArray[np.int64]:
    """Where edges cross the middle of rows: (part, row, first pixel to the right) as one number each, even in count.

    Of rings with more than `most` corners (of each part) some are left out.
    """
    rows, columns = window.shape
    rings = spread(outlines.part_ring[parts], outlines.part_ring[parts + 1])
    ring_of = np.repeat(np.arange(len(parts)), outlines.part_ring[parts + 1] - outlines.part_ring[parts])
    starts = outlines.ring_start[rings]
    sizes = outlines.ring_start[rings + 1] - starts
    if most is None:
        corner = spread(starts, starts + sizes)
    else:
        step = np.maximum(sizes / most[ring_of], 1).astype(np.int64)
        sizes = -(-sizes // step)
        corner = np.repeat(starts, sizes) + np.repeat(step, sizes) * spread(np.zeros_like(sizes), sizes)
    part = np.repeat(ring_of, sizes)
    points = outlines.points[corner]
    x = points[:, 0].astype(np.float64) / scale - (window.x0 + 0.5)
    y = points[:, 1].astype(np.float64) / scale - (window.y0 + 0.5)
    following = np.arange(1, len(x) + 1)
    ends = np.cumsum(sizes)
    following[ends - 1] = ends - sizes
    x1, y1 = x[following], y[following]
    # An edge crosses the rows from the upper of its ends, which counts, to the lower, which does not.
    upper = np.clip(np.ceil(np.minimum(y, y1)), 0, rows).astype(np.int64)
    lower = np.clip(np.ceil(np.maximum(y, y1)), 0, rows).astype(np.int64)
    count = lower - upper
    edge = np.flatnonzero(count > 0)
    count = count[edge]
    x, y, x1, y1 = (one[edge] for one in (x, y, x1, y1))
    upper, part = upper[edge], part[edge]
    slope = (x1 - x) / (y1 - y)
    offset = x - y * slope
    row = spread(upper, upper + count)
    at = np.repeat(offset, count) + row * np.repeat(slope, count)
    column = np.clip(np.ceil(at), 0, columns).astype(np.int64)
    keys: NDArray[np.int64] = (np.repeat(part * rows, count) + row) * (columns + 1) + column
    return keys


def _filled(
    out: NDArray[np.uint32] | None,
    shape: tuple[int, int],
    begin: NDArray[np.int64],
    length: NDArray[np.int64],
    labels: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    """Return pixels with runs of one value each over what was there before; of several in a pixel the last one counts.

    Nearly all pixels are in one run at most. These runs and the gaps between them are laid out at once, which takes a
    third of the time of writing pixel by pixel; what lies over others is written again.
    """
    order = np.argsort(begin)
    starts, ends = begin[order], (begin + length)[order]
    alone = np.ones(len(order), bool)
    alone[1:] = starts[1:] >= np.maximum.accumulate(ends)[:-1]
    first, last = starts[alone], ends[alone]
    if not len(first):
        return np.zeros(shape, np.uint32) if out is None else out
    counts = np.empty(2 * len(first) + 1, np.int64)
    counts[0], counts[-1] = first[0], shape[0] * shape[1] - last[-1]
    counts[2:-1:2], counts[1::2] = first[1:] - last[:-1], last - first
    values = np.zeros(len(counts), np.uint32)
    values[1::2] = labels[order[alone]]
    laid = np.repeat(values, counts).reshape(shape)
    if out is not None:  # what an earlier lot has drawn stays where this one has nothing
        np.copyto(laid, out, where=laid == 0)
    if len(first) == len(order):
        return laid
    over = np.zeros(len(first) + 1, np.int64)
    np.add.at(over, np.searchsorted(last, starts[~alone], "right"), 1)
    np.add.at(over, np.searchsorted(first, ends[~alone], "left"), -1)
    again = ~alone
    again[np.flatnonzero(alone)[np.cumsum(over[:-1]) > 0]] = True
    runs = np.sort(order[again])
    flat = laid.reshape(-1)
    flat[spread(begin[runs], begin[runs] + length[runs])] = np.repeat(labels[runs], length[runs])
    return laid
