"""What lies around objects: the nearest object of every pixel, rings, and pairs of neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.distances import nearest_labels
from tuiqc.measure.shape_evidence import Outlines
from tuiqc.measure.working_plane import Floats

_GAP = 1.5
"""Half of the largest gap, in pixels, over which two objects count as touching."""

_FEW = 50
"""Fewer pixels of background than these are no sample of it."""


@dataclass(frozen=True)
class Surroundings:
    """Pixels outside of objects, counted to the nearest of them; and pairs of objects that touch."""

    outlines: Outlines

    @cached_property
    def _nearest(self) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        plane = self.outlines.plane
        return nearest_labels(plane.labels, 3 * plane.rim)

    @property
    def distance(self) -> NDArray[np.float32]:
        """(y, x) distance to the nearest object in pixels, infinite beyond three rims."""
        return self._nearest[0]

    @property
    def nearest(self) -> NDArray[np.int32]:
        """(y, x) that object, 0 beyond three rims."""
        return self._nearest[1]

    @cached_property
    def ring(self) -> NDArray[np.int64]:
        """Flat indices of unlabelled pixels not further than a rim from an object."""
        return np.flatnonzero((self.distance > 0) & (self.distance <= self.outlines.plane.rim))

    @cached_property
    def ring_owner(self) -> NDArray[np.int32]:
        """The object of each of them."""
        return self.nearest.ravel()[self.ring]

    @cached_property
    def ring_sector(self) -> NDArray[np.int64]:
        """The angular sector of each of them."""
        y, x = np.divmod(self.ring, self.nearest.shape[1])
        return self.outlines.sectors(y, x, self.ring_owner)

    @cached_property
    def far(self) -> NDArray[np.int64]:
        """Flat indices of unlabelled pixels between one and three rims from an object."""
        rim = self.outlines.plane.rim
        return np.flatnonzero((self.distance > rim) & (self.distance <= 3 * rim))

    @cached_property
    def background(self) -> NDArray[np.int64]:
        """Flat indices of pixels further than a rim from every object; all unlabelled ones where those are few."""
        away = np.flatnonzero(self.distance > self.outlines.plane.rim)
        return away if len(away) >= _FEW else np.flatnonzero(self.outlines.plane.labels == 0)

    @cached_property
    def pairs(self) -> Pairs:
        """All pairs of objects that touch, or that have not more than two pixels between them."""
        return _pairs(self)


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


def _pairs(surroundings: Surroundings) -> Pairs:
    labels = surroundings.outlines.plane.labels
    nearest, distance = surroundings.nearest, surroundings.distance
    index = np.arange(labels.size).reshape(labels.shape)
    here: list[NDArray[Any]] = []
    there: list[NDArray[Any]] = []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        a, b = labels[one], labels[other]
        touching = (a != b) & (a > 0) & (b > 0)
        furthest = np.maximum(distance[one], distance[other])
        gap = (nearest[one] != nearest[other]) & (furthest <= _GAP) & (furthest > 0)
        for places in (touching, gap):
            here.append(index[one][places])
            there.append(index[other][places])
    first_pixel, second_pixel = np.concatenate(here), np.concatenate(there)
    flat = nearest.ravel()
    a, b = flat[first_pixel].astype(np.int64), flat[second_pixel].astype(np.int64)
    bins = surroundings.outlines.plane.bins
    code = np.minimum(a, b) * bins + np.maximum(a, b)
    found, inverse, length = np.unique(code, return_inverse=True, return_counts=True)
    return Pairs(
        found // bins,
        found % bins,
        length.astype(np.float64),
        (first_pixel, second_pixel),
        inverse.reshape(-1).astype(np.int64),
    )
