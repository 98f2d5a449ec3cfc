"""The outlines of many objects in a few flat arrays: a million objects of thirty corners take about 300 MB."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANY_PLANE = -1
"""`Outlines.t` and `Outlines.z` of what is in every plane."""


class Affine(NamedTuple):
    """Where the coordinates of a file are in pixels: x' = xx x + xy y + x0, y' = yx x + yy y + y0."""

    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0

    def of(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Return points (n, 2), x first, in pixels."""
        x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
        if self != Affine():
            x, y = self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0
        return np.stack([x, y], axis=1)

    def after(self, first: Affine) -> Affine:
        """Return what moves points as `first` does and then as this one."""
        return Affine(
            self.xx * first.xx + self.xy * first.yx,
            self.xx * first.xy + self.xy * first.yy,
            self.xx * first.x0 + self.xy * first.y0 + self.x0,
            self.yx * first.xx + self.yy * first.yx,
            self.yx * first.xy + self.yy * first.yy,
            self.yx * first.x0 + self.yy * first.y0 + self.y0,
        )

    def inverse(self) -> Affine:
        """Return the way back.

        Raises
        ------
        ValueError
            There is none.
        """
        size = self.xx * self.yy - self.xy * self.yx
        if not np.isfinite(size) or size == 0:
            raise ValueError("a transformation that makes all points one line")
        xx, xy, yx, yy = self.yy / size, -self.xy / size, -self.yx / size, self.xx / size
        return Affine(xx, xy, -(xx * self.x0 + xy * self.y0), yx, yy, -(yx * self.x0 + yy * self.y0))


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of objects.

    Attributes
    ----------
    points
        (corners, 2) float32, x first, of all rings one behind the other; a ring closes by itself.
    ring_start
        (rings + 1,) int64: where each ring begins in `points`; none is empty.
    ring_part
        (rings,) int32, ascending: the part that a ring belongs to; its outer ring and the holes in it.
    part_object
        (parts,) int32, ascending: the object (row of `labels`) that a part belongs to; one without
        an outline has none.
    labels
        (objects,) int64, above 0 and each once in a time point: the value of its pixels.
    t
        (objects,) int32: time point from 0, `ANY_PLANE` for all.
    z
        (parts,) int32: slice from 0, `ANY_PLANE` for all.
    """

    points: NDArray[np.float32]
    ring_start: NDArray[np.int64]
    ring_part: NDArray[np.int32]
    part_object: NDArray[np.int32]
    labels: NDArray[np.int64]
    t: NDArray[np.int32]
    z: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(one.nbytes for one in self.arrays().values())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by their names."""
        names = ("points", "ring_start", "ring_part", "part_object", "labels", "t", "z")
        return {name: getattr(self, name) for name in names}

    @property
    def planes(self) -> tuple[int, int]:
        """Time points and slices that objects are said to be in; 1 where none is."""
        return tuple(int(one.max(initial=0)) + 1 for one in (self.t, self.z))  # type: ignore[return-value]

    @cached_property
    def part_ring(self) -> NDArray[np.int64]:
        """(parts + 1,): the first ring of each part."""
        return np.searchsorted(self.ring_part, np.arange(len(self.part_object) + 1)).astype(np.int64)

    @cached_property
    def part_start(self) -> NDArray[np.int64]:
        """(parts + 1,): where each part begins in `points`."""
        return self.ring_start[self.part_ring]

    def placed(self, affine: Affine) -> Outlines:
        """Return the outlines with all points moved."""
        if affine == Affine():
            return self
        return replace(self, points=affine.of(self.points).astype(np.float32))

    def measured(self) -> Measures:
        """Return size and place of each object, from its outline."""
        cuts = self._object_cuts()
        found = [self._some(first, last)._measured() for first, last in pairwise(cuts)]
        return Measures(*map(np.concatenate, zip(*found, strict=True))) if found else self._measured()

    def _object_cuts(self) -> list[int]:
        """Numbers of objects between which there are about `_CORNERS` corners."""
        part_of = np.searchsorted(self.part_object, np.arange(len(self) + 1))
        corners = self.part_start[part_of]
        wanted = np.arange(0, int(corners[-1]) + _CORNERS, _CORNERS)
        cuts = {0, *np.searchsorted(corners, wanted).clip(0, len(self)).tolist(), len(self)}
        return sorted(cuts)

    def _some(self, first: int, last: int) -> Outlines:
        """The objects from `first` to before `last`."""
        p0, p1 = np.searchsorted(self.part_object, [first, last])
        r0, r1 = self.part_ring[p0], self.part_ring[p1]
        start, stop = self.ring_start[r0], self.ring_start[r1]
        return Outlines(
            self.points[start:stop],
            self.ring_start[r0 : r1 + 1] - start,
            self.ring_part[r0:r1] - np.int32(p0),
            self.part_object[p0:p1] - np.int32(first),
            self.labels[first:last],
            self.t[first:last],
            self.z[p0:p1],
        )

    def _measured(self) -> Measures:
        x, y = self.points[:, 0].astype(np.float64), self.points[:, 1].astype(np.float64)
        following = _following(self.ring_start, len(x))
        # Seen from the first corner of each ring: far from (0, 0) small differences would be lost.
        home = np.repeat(self.ring_start[:-1], np.diff(self.ring_start))
        dx, dy = x - x[home], y - y[home]
        cross = dx * dy[following] - dx[following] * dy
        twice = _per_ring(cross, self.ring_start)
        along = _per_ring((dx + dx[following]) * cross, self.ring_start) / 3
        down = _per_ring((dy + dy[following]) * cross, self.ring_start) / 3
        # Outer rings count, holes take away, whichever way round they were written.
        first = np.zeros(len(self.ring_part), bool)
        first[self.part_ring[:-1]] = True
        sign = np.where(first, 1.0, -1.0) * np.sign(twice)
        corner = np.minimum(self.ring_start[:-1], max(len(x) - 1, 0))
        origin = (x[corner], y[corner]) if len(x) else (np.zeros(len(twice)),) * 2
        owner, count = self.part_object[self.ring_part], len(self)
        total = np.bincount(owner, twice * sign, count)
        moments = [
            np.bincount(owner, (one + twice * start) * sign, count)
            for one, start in zip((along, down), origin, strict=True)
        ]
        boxes = self._boxes(x, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = np.stack(moments, axis=1) / total[:, None]
        # Lines, and outlines that cross themselves, have no centre of mass inside of their box.
        odd = ~((centre >= boxes[:, :2]) & (centre <= boxes[:, 2:])).all(axis=1)
        centre[odd] = (boxes[odd, :2] + boxes[odd, 2:]) / 2
        area = np.where(np.isnan(boxes[:, 0]), np.nan, np.abs(total) / 2)
        return Measures(area, centre, boxes)

    def _boxes(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Box of each object, NaN for one without an outline."""
        boxes = np.full((len(self), 4), np.nan)
        part_of = np.searchsorted(self.part_object, np.arange(len(self) + 1))
        corners = self.part_start[part_of]
        filled = np.flatnonzero(np.diff(corners))
        if len(filled):
            for at, (reduce, values) in enumerate(
                ((np.minimum, x), (np.minimum, y), (np.maximum, x), (np.maximum, y))
            ):
                boxes[filled, at] = reduce.reduceat(values, corners[filled])
        return boxes


class Measures(NamedTuple):
    """Of each object: area, centre (n, 2), box (n, 4: min x, min y, max x, max y); NaN without an outline."""

    area: NDArray[np.float64]
    centre: NDArray[np.float64]
    box: NDArray[np.float64]


def _following(starts: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The next corner of each, the first one for the last of a ring."""
    following = np.arange(1, count + 1)
    following[starts[1:] - 1] = starts[:-1]
    return following


def _per_ring(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    per_ring: NDArray[np.float64] = sums[starts[1:]] - sums[starts[:-1]]
    return per_ring


Rings = Sequence[Any]
"""Of one part: the outer ring and its holes, each (n, 2)."""


class OutlineBuilder:
    """Puts outlines together object by object."""

    def __init__(self) -> None:
        self._chunks: list[NDArray[np.float32]] = []
        self._waiting: list[Any] = []
        self._sizes, self._rings = array("q"), array("i")
        self._parts, self._z = array("i"), array("i")
        self._objects = 0
        self.bare = 0
        """Objects without an outline."""

    def __len__(self) -> int:
        return self._objects

    def add(self, parts: Iterable[Rings], z: int = ANY_PLANE) -> None:
        """Add an object; a part or ring without corners is left out.

        Raises
        ------
        ValueError
            A ring is no list of pairs of numbers.
        """
        rings_of = [[_ring(ring) for ring in rings] for rings in parts]
        for rings in rings_of:
            kept = [ring for ring in rings if len(ring)]
            if not kept:
                continue
            for ring in kept:
                self._sizes.append(len(ring))
                self._rings.append(len(self._parts))
            self._waiting += kept
            self._parts.append(self._objects)
            self._z.append(z)
        if len(self._waiting) > _TOGETHER:
            self._flush()
        self.bare += not any(any(len(ring) for ring in rings) for rings in rings_of)
        self._objects += 1

    def _flush(self) -> None:
        if self._waiting:
            self._chunks.append(np.concatenate(self._waiting))
            self._waiting.clear()

    def made(self, labels: NDArray[np.int64], t: NDArray[np.int32] | None = None) -> Outlines:
        """Return what was added; `labels` has the value of each object, `t` its time point.

        Objects of the same label and time point become one of several parts; the first of them gives its place.
        """
        self._flush()
        points = np.concatenate(self._chunks) if self._chunks else np.zeros((0, 2), np.float32)
        self._chunks.clear()
        ends = np.cumsum(np.asarray(self._sizes, np.int64))
        made = Outlines(
            points,
            np.concatenate([[0], ends]).astype(np.int64),
            np.asarray(self._rings, np.int32),
            np.asarray(self._parts, np.int32),
            labels,
            np.full(len(labels), ANY_PLANE, np.int32) if t is None else t,
            np.asarray(self._z, np.int32),
        )
        return merged(made)


def merged(outlines: Outlines) -> Outlines:
    """Return the outlines with the objects of the same label and time point as one; in the order of the first."""
    keys = outlines.labels * (int(outlines.t.max(initial=0)) + 2) + outlines.t
    _, first, owner = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) == len(keys):
        return outlines
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    kept = np.sort(first)
    return reordered(
        replace(outlines, labels=outlines.labels[kept], t=outlines.t[kept]),
        place[owner.reshape(-1)][outlines.part_object],
    )


def reordered(outlines: Outlines, owner: NDArray[np.int64]) -> Outlines:
    """Return the outlines with parts that belong to other objects (`owner` of each part)."""
    order = np.argsort(owner, kind="stable")
    rings = spread(outlines.part_ring[order], outlines.part_ring[order + 1])
    counts = outlines.part_ring[order + 1] - outlines.part_ring[order]
    starts, stops = outlines.ring_start[rings], outlines.ring_start[rings + 1]
    return replace(
        outlines,
        points=outlines.points[spread(starts, stops)],
        ring_start=np.concatenate([[0], np.cumsum(stops - starts)]).astype(np.int64),
        ring_part=np.repeat(np.arange(len(order)), counts).astype(np.int32),
        part_object=owner[order].astype(np.int32),
        z=outlines.z[order],
    )


def spread(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each start to before its stop, one behind the other."""
    counts = stops - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return numbers


def _ring(ring: Any) -> NDArray[np.float32]:
    points = np.asarray(ring, np.float64)
    if not points.size:
        return np.zeros((0, 2), np.float32)
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError("a ring that is no list of points")
    points = points[:, :2]
    if not (np.abs(points) < FARTHEST).all():
        raise ValueError("a corner that is no place")
    if len(points) > 1 and (points[0] == points[-1]).all():
        points = points[:-1]
    return points.astype(np.float32)


FARTHEST = 1e9
"""Coordinates of corners are below this."""
_TOGETHER = 50_000
"""Rings that are kept as arrays of their own before they become one: an array alone takes 100 bytes."""
_CORNERS = 1 << 18
"""Corners that are measured at a time."""
