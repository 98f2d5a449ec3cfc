"""The objects of a batch with their evidence, and where each stands among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import Evidence

Floats = NDArray[np.float64]

SPECK_AREA = 0.02
"""Objects of less than this share of a typical area are specks: outside of all statistics, suspected as false.

Where specks outnumber the objects every statistic would otherwise describe the specks.
"""

_PSEUDO = 20
"""Objects that the batch counts as in the centre of an image: few objects of an image say little of it."""

LIMIT = 6.0
"""Largest deviation, in spreads: beyond it more says nothing more."""

_SAMPLE = 10_000
"""About so many objects, from all images, are enough to say what is usual in a batch."""


@dataclass(frozen=True)
class Population:
    """Objects of all images of a batch; arrays are (n,) if nothing else is said.

    Attributes
    ----------
    images
        Number of the image of each object.
    labels, areas, partner
        As in `Evidence`.
    centres
        (n, 2) y, x in pixels of the mask.
    names
        Of the p kinds of evidence.
    values
        (n, p).
    """

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    areas: Floats
    partner: NDArray[np.int64]
    centres: Floats
    names: tuple[str, ...]
    values: Floats

    @classmethod
    def of(cls, evidence: Sequence[Evidence], images: Sequence[int] | None = None) -> Population:
        """Put the evidence of images together; `images` are their numbers (default: 0, 1, 2 …).

        Raises
        ------
        ValueError
            The images were not measured with the same channels and layers.
        """
        numbers = range(len(evidence)) if images is None else images
        names = evidence[0].names if evidence else ()
        if any(one.names != names for one in evidence):
            raise ValueError("evidence of different channels can't be put together")
        counts = [np.full(len(one.labels), number) for number, one in zip(numbers, evidence, strict=True)]
        whole, real = np.zeros(0, np.int64), np.zeros(0)
        return cls(
            np.concatenate([whole, *counts]),
            np.concatenate([whole, *(one.labels for one in evidence)]),
            np.concatenate([real, *(one.areas for one in evidence)]),
            np.concatenate([whole, *(one.partner for one in evidence)]),
            np.concatenate([np.zeros((0, 2)), *(one.centres for one in evidence)]),
            names,
            np.concatenate([np.zeros((0, len(names))), *(one.values for one in evidence)]),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, rows: NDArray[np.int64]) -> Population:
        """The objects of these rows."""
        return Population(
            self.images[rows],
            self.labels[rows],
            self.areas[rows],
            self.partner[rows],
            self.centres[rows],
            self.names,
            self.values[rows],
        )

    @cached_property
    def specks(self) -> NDArray[np.bool_]:
        """Which objects are too small to be any."""
        return np.asarray(self.column("size") < np.log(SPECK_AREA))

    def column(self, name: str) -> Floats:
        """Values of one kind of evidence, zeros if it was not measured."""
        return self.values[:, self.names.index(name)] if name in self.names else np.zeros(len(self))


class Norms:
    """Where the middle of a batch and of each of its images lies, and how far its objects spread, by kind of evidence.

    The centre of an image is drawn to that of the batch by `_PSEUDO` objects; the spread is that of the batch:
    max(IQR / 1.35, 0.7 (q95 - q05) / 3.3, 0.2 SD), 1 where nothing varies.
    """

    def __init__(self, images: NDArray[np.int64], values: Floats) -> None:
        some = values[:: max(1, len(values) // _SAMPLE)]
        quantiles = np.quantile(some, [0.5, 0.25, 0.75, 0.05, 0.95], axis=0)
        self.centre, low, high, lowest, highest = quantiles
        spread = np.maximum((high - low) / 1.35, 0.7 * (highest - lowest) / 3.3)
        spread = np.maximum(spread, 0.2 * some.std(axis=0))
        self.spread = np.where(spread > 1e-9, spread, 1.0)
        self._images: dict[int, Floats] = {}
        order = np.argsort(images, kind="stable")
        bounds = (
            np.flatnonzero(np.r_[True, np.diff(images[order]) != 0, True]) if len(order) else np.zeros(1, int)
        )
        for start, stop in pairwise(bounds.tolist()):
            rows = order[start:stop]
            own = np.median(values[rows], axis=0)
            self._images[int(images[rows[0]])] = (len(rows) * own + _PSEUDO * self.centre) / (
                len(rows) + _PSEUDO
            )

    def within(self, images: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats]:
        """(n, p) deviations from the centre of the own image, and from that of the batch, in spreads, within +-6."""
        if not len(images):
            return values, values
        ids, inverse = np.unique(images, return_inverse=True)
        centres = np.array([self._images.get(int(one), self.centre) for one in ids]).reshape(
            -1, values.shape[1]
        )
        of_image = np.clip((values - centres[inverse]) / self.spread, -LIMIT, LIMIT)
        of_batch = np.clip((values - self.centre) / self.spread, -LIMIT, LIMIT)
        return of_image, of_batch
