"""What lies around objects: the nearest object of every pixel, rings, and pairs of neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.distances import Reached, near_labels
from tuiqc.measure.object_pixels import rows_and_columns
from tuiqc.measure.shape_evidence import SECTORS, Outlines
from tuiqc.measure.working_plane import Floats, WorkingPlane

_GAP = 1.5
"""Half of the largest gap, in pixels, over which two objects count as touching."""

_FEW = 50
"""Fewer pixels of background than these are no sample of it."""


@dataclass(frozen=True)
class Surroundings:
    """Pixels outside of objects, counted to the nearest of them; and pairs of objects that touch."""

    outlines: Outlines

    @cached_property
    def _near(self) -> Reached:
        plane = self.outlines.plane
        return near_labels(plane.labels, plane.rim, plane.by_size)

    @property
    def ring(self) -> NDArray[np.int64]:
        """Flat indices of unlabelled pixels not further than a rim from an object."""
        return self._near.where

    @property
    def ring_owner(self) -> NDArray[np.int64]:
        """The nearest object of each of them."""
        return self._near.owner

    @property
    def ring_distance(self) -> NDArray[np.float32]:
        """Its distance in pixels."""
        return self._near.distance

    @cached_property
    def ring_sector(self) -> NDArray[np.int64]:
        """The angular sector of each of them."""
        y, x = rows_and_columns(self.ring, self.outlines.plane.labels.shape[1])
        return self.outlines.sectors(y, x, self.ring_owner)

    @cached_property
    def ring_sectors(self) -> SectorMeans:
        """To take means of the ring, sector by sector."""
        return SectorMeans.of(self.ring_owner, self.ring_sector, self.outlines.plane.bins)

    @cached_property
    def rim_places(self) -> NDArray[np.int64]:
        """Places in `WorkingPlane.where` of the pixels of the rim inside."""
        outlines = self.outlines
        return outlines.rim[self._shallow]

    @cached_property
    def rim_sectors(self) -> SectorMeans:
        """To take means of them, sector by sector."""
        plane = self.outlines.plane
        sectors = self.outlines.rim_sectors[self._shallow]
        return SectorMeans.of(plane.owner[self.rim_places], sectors, plane.bins)

    @cached_property
    def _shallow(self) -> NDArray[np.bool_]:
        outlines = self.outlines
        return outlines.pixel_depth[outlines.rim] <= outlines.plane.rim

    @cached_property
    def _near_blocks(self) -> Reached:
        """Blocks (`WorkingPlane.any_label`) within three rims of an object."""
        plane = self.outlines.plane
        near = near_labels(plane.any_label, -(-3 * plane.rim // plane.stride), plane.by_size)
        return near._replace(distance=near.distance * np.float32(plane.stride))

    @cached_property
    def away(self) -> NDArray[np.bool_]:
        """(y, x) blocks further than a rim from every object."""
        plane, near = self.outlines.plane, self._near_blocks
        out: NDArray[np.bool_] = plane.any_label == 0
        out.ravel()[near.where[near.distance <= plane.rim]] = False
        return out

    @cached_property
    def apart(self) -> NDArray[np.bool_]:
        """(y, x) blocks without a labelled pixel, and none of their four neighbours with one."""
        near = self._near_blocks
        out: NDArray[np.bool_] = self.outlines.plane.any_label == 0
        out.ravel()[near.where[near.distance <= self.outlines.plane.stride]] = False
        return out

    @cached_property
    def far(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Flat indices of blocks between one and three rims from an object, and that object."""
        rim, near = self.outlines.plane.rim, self._near_blocks
        far = (near.distance > rim) & (near.distance <= 3 * rim)
        return near.where[far], near.owner[far]

    @cached_property
    def far_count(self) -> Floats:
        """(bins,) how many pixels these blocks have around each object."""
        plane = self.outlines.plane
        return np.bincount(self.far[1], minlength=plane.bins).astype(np.float64) * plane.stride**2

    @cached_property
    def background(self) -> NDArray[np.int64]:
        """Flat indices of blocks further than a rim from every object; all unlabelled ones where those are few."""
        away = np.flatnonzero(self.away)
        return away if len(away) >= _FEW else np.flatnonzero(self.outlines.plane.any_label == 0)

    def background_within(self, core: tuple[slice, slice]) -> NDArray[np.bool_]:
        """(y, x) blocks of a tile further than a rim from every object, those of its `core` (pixels) alone."""
        stride = self.outlines.plane.stride
        out = np.zeros_like(self.away)
        seams = self.outlines.plane.seams
        within = tuple(_blocks(part, seam, stride) for part, seam in zip(core, seams, strict=True))
        out[within] = self.away[within]
        return out

    @cached_property
    def pairs(self) -> Pairs:
        """All pairs of objects that touch, or that have not more than two pixels between them."""
        return _pairs(self)


@dataclass(frozen=True)
class SectorMeans:
    """Takes means of values over the pixels of each sector of each object.

    Attributes
    ----------
    at
        (k,) number of the sector of each pixel, through all objects.
    count
        (bins, sectors) pixels of each.
    """

    at: NDArray[np.int64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, owner: NDArray[np.int64], sector: NDArray[np.int64], bins: int) -> SectorMeans:
        """Of pixels of these objects in these sectors."""
        at = owner * SECTORS + sector
        return cls(at, np.bincount(at, minlength=bins * SECTORS).reshape(bins, SECTORS))

    def of_values(self, values: NDArray[np.float32]) -> Floats:
        """(bins, sectors) mean of `values` (k,), 0 where there is no pixel."""
        total = np.bincount(self.at, values, self.count.size)
        return np.asarray(total.reshape(self.count.shape) / np.maximum(self.count, 1))


@dataclass(frozen=True)
class Pairs:
    """Pairs of objects that touch.

    Attributes
    ----------
    first, second
        (pairs,) objects, first < second.
    length
        (pairs,) places where they touch: pairs of pixels side by side or one above the other.
    places
        Two arrays of flat indices: the two pixels of each such place.
    pair_of_place
        Which pair each place belongs to.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    length: Floats
    places: tuple[NDArray[np.int64], NDArray[np.int64]]
    pair_of_place: NDArray[np.int64]

    def mean_on_contact(self, plane: NDArray[np.float32]) -> Floats:
        """(pairs,) mean of the values of a (y, x) plane where the two touch."""
        flat = plane.ravel()
        values = 0.5 * (flat[self.places[0]] + flat[self.places[1]])
        return np.bincount(self.pair_of_place, values, len(self.first)) / self.length


def _blocks(part: slice, seam: int | None, stride: int) -> slice:
    """The blocks of a range of pixels that does not end within one."""
    if stride == 1:
        return part
    start, stop = (at + (seam is not None and at > seam) for at in (part.start, part.stop))
    return slice(start // 2, stop // 2)


def _pairs(surroundings: Surroundings) -> Pairs:
    plane = surroundings.outlines.plane
    here, there, owner, other = (
        np.concatenate(parts) for parts in zip(*_contacts(plane), *_gaps(surroundings), strict=True)
    )
    code = np.minimum(owner, other).astype(np.int64) * plane.bins + np.maximum(owner, other)
    found, inverse, length = np.unique(code, return_inverse=True, return_counts=True)
    return Pairs(
        found // plane.bins,
        found % plane.bins,
        length.astype(np.float64),
        (here, there),
        inverse.reshape(-1).astype(np.int64),
    )


def _contacts(plane: WorkingPlane) -> Iterator[tuple[NDArray[Any], ...]]:
    """Pixels of two objects side by side, or one above the other: both flat indices, and both objects."""
    for step, label in (((0, 1), plane.around[0, 1]), ((1, 0), plane.around[1, 0])):
        touching = (label > 0) & (label != plane.owner)
        here = plane.where[touching]
        yield here, here + step[0] * plane.labels.shape[1] + step[1], plane.owner[touching], label[touching]


def _gaps(surroundings: Surroundings) -> Iterator[tuple[NDArray[Any], ...]]:
    """Pixels of a gap, and what is beside them that is nearer to another object."""
    labels = surroundings.outlines.plane.labels
    height, width = labels.shape
    close = surroundings.ring_distance <= _GAP
    gap = surroundings.ring[close]
    flat, nearest = labels.ravel(), labels.flatten()
    nearest[gap] = surroundings.ring_owner[close]
    y, x = rows_and_columns(gap, width)
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        here = gap[(y + dy >= 0) & (y + dy < height) & (x + dx >= 0) & (x + dx < width)]
        beside = here + dy * width + dx
        differ = (nearest[beside] > 0) & (nearest[beside] != nearest[here])
        if dy + dx < 0:
            differ &= flat[beside] > 0  # two pixels of a gap were met from the other side
        yield here[differ], beside[differ], nearest[here[differ]], nearest[beside[differ]]
