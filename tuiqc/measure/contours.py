"""Outlines of objects that are exact to the pixel: polygons along the borders between pixels, with holes and parts.

The corners of polygons are corners of pixels: the pixel in row i and column j covers x from j to j + 1 and y from i to
i + 1, so the area of a polygon is the number of pixels in it. Pixels that only touch at a corner are parts of their
own; no ring passes twice through one point. That is what the Simple Features Access standard (OGC 06-103r4, 6.1.11)
asks of polygons, and what every reader of them takes.

Borders are followed as in Rosenfeld, "Connectivity in digital pictures" (1970), all objects of a plane at once: which
border comes after which depends on the two pixels ahead alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_START = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
"""x and y of where each side of a pixel begins: top, right, bottom, left, the pixel at the right hand."""
_AHEAD = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
"""y and x of the pixel beyond the end of each side, and of the one beside that across the side."""
_ACROSS = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])


class Polygon(NamedTuple):
    """A part of an object.

    Attributes
    ----------
    outer
        (n, 2) x and y of its corners, the object at the right hand (clockwise with y down); not closed.
    holes
        Those of its holes, the object at the right hand too.
    """

    outer: Ints
    holes: tuple[Ints, ...]

    @property
    def area(self) -> int:
        """Pixels in it."""
        return ring_area(self.outer) + sum(map(ring_area, self.holes))


def ring_area(ring: Ints) -> int:
    """Pixels within a ring; those of a hole are negative."""
    x, y = ring[:, 0], ring[:, 1]
    inner = x[:-1] @ y[1:] - x[1:] @ y[:-1]
    return int(inner + x[-1] * y[0] - x[0] * y[-1]) // 2


def trace(labels: NDArray[Any]) -> Iterator[tuple[int, list[Polygon]]]:
    """Give each label of a plane, in ascending order, with its polygons from top to bottom.

    Parameters
    ----------
    labels
        (y, x) integers; 0 is background.
    """
    if not labels.any():
        return
    sides, following = _borders(labels)
    rings = _rings(sides, following)
    x, y, value, corner = _corners(labels, sides)
    by_label: dict[int, list[tuple[int, Ints]]] = {}
    for ring in rings:
        kept = ring[corner[ring]]
        points = np.stack([x[kept], y[kept]], axis=1)
        found = by_label.setdefault(int(value[ring[0]]), [])
        found += [(int(sides[ring[0]]) // 4, part) for part in _simple(points)]
    for label in sorted(by_label):
        yield label, _polygons(labels, label, by_label[label])


def _borders(labels: NDArray[Any]) -> tuple[Ints, Ints]:
    """The sides of pixels where another object or none begins, and the place in them of the side after each.

    A side is 4 * pixel + (0 top, 1 right, 2 bottom, 3 left).
    """
    high, wide = labels.shape
    padded = np.pad(labels, 1)
    border = np.zeros((high, wide, 4), bool)
    for way, (dy, dx) in enumerate(_ACROSS):
        beyond = padded[1 + dy : 1 + dy + high, 1 + dx : 1 + dx + wide]
        border[:, :, way] = (beyond != labels) & (labels != 0)
    sides = np.flatnonzero(border)
    pixel, side = sides // 4, sides % 4
    row, column = pixel // wide, pixel % wide
    mine = labels[row, column]
    (ahead_y, ahead_x), (across_y, across_x) = _AHEAD[side].T, _ACROSS[side].T
    ahead = padded[1 + row + ahead_y, 1 + column + ahead_x] == mine
    beside = padded[1 + row + ahead_y + across_y, 1 + column + ahead_x + across_x] == mine
    turned = ahead & beside
    row = row + np.where(ahead, ahead_y, 0) + np.where(turned, across_y, 0)
    column = column + np.where(ahead, ahead_x, 0) + np.where(turned, across_x, 0)
    next_side = np.where(turned, (side + 3) % 4, np.where(ahead, side, (side + 1) % 4))
    return sides, np.searchsorted(sides, 4 * (row * wide + column) + next_side)


def _rings(sides: Ints, following: Ints) -> list[Ints]:
    """The places of sides, ring by ring."""
    after: list[int] = following.tolist()
    seen = bytearray(len(sides))
    rings = []
    for start in range(len(after)):
        if seen[start]:
            continue
        ring, at = [], start
        while not seen[at]:
            seen[at] = 1
            ring.append(at)
            at = after[at]
        rings.append(np.asarray(ring, np.int64))
    return rings


def _corners(labels: NDArray[Any], sides: Ints) -> tuple[Ints, Ints, NDArray[Any], NDArray[np.bool_]]:
    """Where each side begins (x, y), its label, and whether the border turns there."""
    wide = labels.shape[1]
    pixel, side = sides // 4, sides % 4
    row, column = pixel // wide, pixel % wide
    padded = np.pad(labels, 1)
    # The side goes straight on from another if the pixel behind it is of the object and has that side too.
    back_y, back_x = -_AHEAD[side].T
    across_y, across_x = _ACROSS[side].T
    mine = labels[row, column]
    straight = padded[1 + row + back_y, 1 + column + back_x] == mine
    straight &= padded[1 + row + back_y + across_y, 1 + column + back_x + across_x] != mine
    start = _START[side]
    return column + start[:, 0], row + start[:, 1], mine, ~straight


def _simple(ring: Ints) -> list[Ints]:
    """A ring without the points that it passes twice: it is cut there."""
    keys = ring[:, 1] * (int(ring[:, 0].max()) + 1) + ring[:, 0]
    if len(np.unique(keys)) == len(keys):
        return [ring]
    done: list[Ints] = []
    way: list[int] = []
    place: dict[int, int] = {}
    for at, key in enumerate(keys.tolist()):
        if key in place:
            first = place[key]
            for passed in way[first + 1 :]:
                del place[int(keys[passed])]
            done.append(ring[way[first:]])
            del way[first + 1 :]
            way[first] = at
        else:
            place[key] = len(way)
            way.append(at)
    return [*done, ring[way]]


def _polygons(labels: NDArray[Any], label: int, rings: list[tuple[int, Ints]]) -> list[Polygon]:
    """Rings of an object, each with the pixel it begins at, put together to polygons."""
    outer = [(at, ring) for at, ring in rings if ring_area(ring) > 0]
    holes = [(at, ring) for at, ring in rings if ring_area(ring) < 0]
    if len(outer) == 1 or not holes:
        inside = tuple(ring for _, ring in holes)
        return [Polygon(ring, inside) for _, ring in outer]
    from scipy import ndimage

    corners = np.concatenate([ring for _, ring in outer])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    parts, _ = ndimage.label(labels[y0:y1, x0:x1] == label)
    wide = labels.shape[1]

    def part(pixel: int) -> int:
        return int(parts[pixel // wide - y0, pixel % wide - x0])

    inside_of: dict[int, list[Ints]] = {}
    for at, ring in holes:
        inside_of.setdefault(part(at), []).append(ring)
    return [Polygon(ring, tuple(inside_of.get(part(at), ()))) for at, ring in outer]
