"""How much every place of a plane looks like the inside of an object, told from its own objects and its background.

Where objects are as bright as what is around them, they differ by something else: a rim, a halo, their roughness. So
the channel, its texture and its slopes are averaged over windows from a third of an object to all that is around it,
and Fisher's linear discriminant (1936) of the insides of the objects against the background weighs these averages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.outline_evidence import ChannelScale
from tuiqc.measure.surroundings import Surroundings

Floats = NDArray[np.float64]

FEWEST = 10
"""Objects that are needed to say what one looks like."""

_WINDOWS = (1.2, 2.4, 4.8)
"""Sides of the windows in typical radii; those of normal distributions with 0.35, 0.7 and 1.4."""

_RIDGE = 0.05
"""Added to the correlations of the averages, of which some nearly say the same."""

_WEAK = 0.1
_SHARE, _NOISE = 0.6, 2.25
"""A place looks like an object from this share of the way from the background to a usual one (from what the weakest
tenth of the objects has, if that is less), and from so many robust deviations of the background."""

_MOST = 0.1
"""Where more of the background than this looks like an object, objects look like nothing in particular."""


_WORTH, _SAMPLE = 50, 4_000
"""Cells of background that are needed to say what it looks like, and about how many are enough."""

CELL = 2
"""Side of a cell in blocks: what is as large as an object is seen as well at a quarter of the places."""


@dataclass(frozen=True)
class Likeness:
    """How much places look like an object.

    Attributes
    ----------
    values
        (y, x), 0 for the usual background and 1 for the inside of a usual object, in cells of `CELL` x `CELL` blocks.
    places
        (y, x) cells that look like one and lie apart from all objects.
    """

    values: Floats
    places: NDArray[np.bool_]

    @classmethod
    def of(cls, around: Surroundings, channel: ChannelScale, texture: ChannelScale) -> Likeness | None:
        """From the first channel and its texture; None where there are few objects, or they look like nothing."""
        inside, background = _insides(around), _all_of(around.away)
        ground = np.flatnonzero(background)
        of_cells = inside.ravel()
        own = np.flatnonzero(of_cells)
        count = np.bincount(of_cells[own], minlength=around.outlines.plane.bins)
        seen = np.flatnonzero(count)
        if len(seen) < FEWEST or len(ground) < _WORTH:
            return None
        features = _features(around, channel.blocks, texture.blocks)
        flat = features.reshape(len(features), -1)
        totals = np.stack([np.bincount(of_cells[own], one[own], len(count))[seen] for one in flat])
        objects = totals / count[seen]
        weights = _discriminant(flat[:, ground[:: 1 + len(ground) // _SAMPLE]], objects)
        scores, of_objects = np.tensordot(weights, features, 1), weights @ objects
        low = float(np.median(scores[background]))
        noise = 1.4826 * float(np.median(np.abs(scores[background] - low)))
        height = float(np.median(of_objects)) - low
        if height <= 0:
            return None
        level = min(float(np.quantile(of_objects, _WEAK)) - low, _SHARE * height)
        values = (scores - low) / height
        alike = values > max(level, _NOISE * noise) / height
        if alike[background].mean() > _MOST:
            return None
        return cls(values, alike & _all_of(around.apart))


def _parts(blocks: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The blocks of each cell, one after another; the last line of an odd number is left out."""
    height, width = (side // CELL * CELL for side in blocks.shape)
    for y in range(CELL):
        for x in range(CELL):
            yield blocks[y:height:CELL, x:width:CELL]


def _all_of(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(y, x) cells all of whose blocks are chosen."""
    return np.asarray(np.logical_and.reduce(list(_parts(blocks))))


def _means(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """(y, x) means of cells."""
    first, *others = _parts(blocks)
    total: NDArray[np.float32] = first.copy()
    for part in others:
        total += part
    total *= np.float32(1 / CELL**2)
    return total


def _insides(around: Surroundings) -> NDArray[np.int64]:
    """(y, x) the object of every cell that lies deeper in one than half of its depth, 0 elsewhere."""
    work = around.outlines.plane
    parts = list(_parts(work.blocks))
    owner = np.where(np.logical_and.reduce([part == parts[0] for part in parts]), parts[0], 0).astype(
        np.int64
    )
    depth = _means(work.block_means(around.outlines.depth))
    return np.where(depth > 0.5 * around.outlines.largest_depth[owner], owner, 0)


def _features(around: Surroundings, *planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(features, y, x) averages, and what a place has more than what is around it."""
    from scipy import ndimage as ndi

    work = around.outlines.plane
    radius = work.radius / work.stride / CELL
    sides = [max(1, 2 * round((window * radius - 1) / 2) + 1) for window in _WINDOWS]
    out = []
    for plane in (*planes, _slopes(planes[0])):
        cells = _means(plane)
        cells -= cells.mean()
        near, about, wide = (ndi.uniform_filter(cells, side, mode="nearest") for side in sides)
        out += [near, about, near - wide, about - wide]
    return np.stack(out)


def _slopes(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """(y, x) how much a plane changes from each block to the next ones."""
    out = np.zeros_like(blocks)
    down, right = np.diff(blocks, axis=0), np.diff(blocks, axis=1)
    out[:-1] += down * down
    out[:, :-1] += right * right
    return np.asarray(np.sqrt(out, out=out))


def _discriminant(ground: NDArray[np.floating], objects: Floats) -> Floats:
    """Weights (features,) under which `objects` (features, n) are furthest from `ground`, in spreads of both."""
    covariance = np.cov(ground) + np.cov(objects)
    spread = np.sqrt(np.diag(covariance)) + 1e-12
    correlation = covariance / spread[:, None] / spread + _RIDGE * np.eye(len(spread))
    return np.asarray(np.linalg.solve(correlation, (objects.mean(1) - ground.mean(1)) / spread) / spread)
