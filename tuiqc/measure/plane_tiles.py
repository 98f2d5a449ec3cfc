"""Large planes piece by piece: what is taken of a plane so that the objects of a tile are measured as on the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.working_plane import (
    RIM,
    WORKING_RADIUS,
    Floats,
    middles,
    numbered,
    reduced_labels,
)

LARGEST = 1 << 22
"""Pixels, at the scale at which it is measured, of a plane that is measured as a whole: about 2,000 x 2,000."""

SIDE = 1024
"""Side in such pixels of a tile."""

_ROWS = 512
"""Rows that are looked at together for what objects there are."""

_BEYOND = 10
"""Pixels by which filters reach further than rings do."""


@dataclass(frozen=True)
class Tile:
    """A part of a plane.

    Attributes
    ----------
    rows, columns
        What is taken of the mask, in its pixels: the tile, its objects with their neighbours, what lies around them.
    top, left
        The same, in pixels of the scale at which it is measured.
    core
        The tile alone in these pixels, from `top` and `left`: tiles share no pixel.
    labels
        (n,) its objects, ascending: those whose bounding box has its middle in the tile.
    seams
        As in `WorkingPlane`.
    """

    rows: slice
    columns: slice
    top: int
    left: int
    core: tuple[slice, slice]
    labels: NDArray[np.int64]
    seams: tuple[int | None, int | None]

    def cut(self, plane: NDArray[Any]) -> NDArray[Any]:
        """The part of a (y, x) plane."""
        return plane[self.rows, self.columns]


@dataclass(frozen=True)
class Boxes:
    """All objects of a plane.

    Attributes
    ----------
    labels, areas
        (n,) ascending labels, and pixels of the mask.
    bounds
        (n, 4) first row and column, and last row and column, in pixels of the scale; -1 for what has no pixel there.
    """

    labels: NDArray[np.int64]
    areas: Floats
    bounds: NDArray[np.int64]

    @classmethod
    def of(cls, mask: NDArray[Any], factor: int) -> Boxes:
        """Look through a mask, some rows at a time."""
        step = max(factor, _ROWS // factor * factor)
        areas: dict[int, float] = {}
        bounds: dict[int, NDArray[np.int64]] = {}
        for start in range(0, mask.shape[0], step):
            rows = mask[start : start + step]
            for label, area in zip(*(one.tolist() for one in numbered(rows)[::2]), strict=True):
                areas[label] = areas.get(label, 0.0) + area
            ids, small, _ = numbered(reduced_labels(rows, factor))
            found = _bounds(small, len(ids)) + np.array([start // factor, 0, start // factor, 0])
            for label, one in zip(ids.tolist(), found, strict=True):
                known = bounds.get(label)
                bounds[label] = (
                    one
                    if known is None
                    else np.r_[np.minimum(known[:2], one[:2]), np.maximum(known[2:], one[2:])]
                )
        labels = sorted(areas)
        nowhere = np.full(4, -1)
        return cls(
            np.array(labels, np.int64),
            np.array([areas[label] for label in labels], np.float64),
            np.array([bounds.get(label, nowhere) for label in labels], np.int64).reshape(-1, 4),
        )


def _bounds(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    y, x = np.nonzero(labels)
    owner = labels[y, x] - 1
    first, last = np.full((count, 2), max(labels.shape)), np.full((count, 2), -1)
    for axis, place in enumerate((y, x)):
        np.minimum.at(first[:, axis], owner, place)
        np.maximum.at(last[:, axis], owner, place)
    return np.hstack([first, last])


def factor_of(typical: float, radius: float = WORKING_RADIUS) -> int:
    """How many pixels of a mask make one at the scale at which it is measured."""
    return max(1, round(typical / radius))


def tiles(
    mask: NDArray[Any], typical: float, boxes: Boxes, radius: float, side: int = SIDE
) -> Iterator[Tile]:
    """Cut a plane into tiles of `side` x `side` pixels of the scale; objects without a pixel there are in the first."""
    factor = factor_of(typical, radius)
    shape = reduced_labels(mask, factor).shape
    reach = 6 * int(max(2, round(RIM * typical / factor))) + _BEYOND
    seams = middles(shape)
    edges = [_edges(length, seam, side) for length, seam in zip(shape, seams, strict=True)]
    middle = (boxes.bounds[:, :2] + boxes.bounds[:, 2:]) // 2
    numbers = [np.searchsorted(edges[axis][1:-1], middle[:, axis], side="right") for axis in (0, 1)]
    for row, (top, bottom) in enumerate(pairwise(edges[0])):
        for column, (left, right) in enumerate(pairwise(edges[1])):
            own = (numbers[0] == row) & (numbers[1] == column)
            window = _with_neighbours(np.array([top, left, bottom - 1, right - 1]), boxes.bounds, own)
            spans = [
                (_block_start(max(0, at - reach), seam), _block_end(min(length, to + 1 + reach), seam))
                for at, to, length, seam in zip(*window.reshape(2, 2).tolist(), shape, seams, strict=True)
            ]
            rows, columns = (
                slice(start * factor, stop * factor if stop < length else None)
                for (start, stop), length in zip(spans, shape, strict=True)
            )
            within = [
                seam - start if seam is not None and start <= seam < stop else None
                for (start, stop), seam in zip(spans, seams, strict=True)
            ]
            (first, _), (second, _) = spans
            core = (slice(top - first, bottom - first), slice(left - second, right - second))
            yield Tile(rows, columns, first, second, core, boxes.labels[own], (within[0], within[1]))


def _edges(length: int, seam: int | None, side: int) -> list[int]:
    """Where tiles begin and the last one ends: never within a block."""
    return [*sorted({_block_start(at, seam) for at in range(0, length, side)}), length]


def _block_start(at: int, seam: int | None) -> int:
    """The last place at or before this one where blocks can be cut apart."""
    if seam is None or at <= seam:
        return at - at % 2
    odd = at - (at + 1) % 2  # behind the seam, which counts twice, blocks begin at odd places
    return odd if odd > seam else seam - seam % 2


def _block_end(at: int, seam: int | None) -> int:
    """The first place at or behind this one where blocks can be cut apart."""
    return next(place for place in range(at, at + 4) if _block_start(place, seam) == place)


def _with_neighbours(
    core: NDArray[np.int64], bounds: NDArray[np.int64], own: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The box around a tile, its objects, and all objects that touch one of these."""
    there = own & (bounds[:, 2] >= 0)
    window = _around(core, bounds[there])
    near = (bounds[:, 2:] >= window[:2] - 3).all(axis=1) & (bounds[:, :2] <= window[2:] + 3).all(axis=1)
    return _around(window, bounds[near & (bounds[:, 2] >= 0)])


def _around(box: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    every = np.vstack([box, others])
    return np.concatenate([every[:, :2].min(axis=0), every[:, 2:].max(axis=0)])
