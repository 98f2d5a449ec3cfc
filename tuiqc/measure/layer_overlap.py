"""Two segmentations of one plane compared: which object is which, and what became of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""Of the intersection over union, for average precision (0.5 to 0.95, as COCO and StarDist count)."""
_MOSTLY = 0.5
"""Share of an object's pixels from which on it lies in another."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Objects of two planes and the pixels that they share.

    Attributes
    ----------
    labels, areas
        Of each plane: its labels, ascending, and their pixels.
    first, second, pixels
        For each pair that shares pixels: place in the labels of each plane, and how many pixels.
    """

    labels: tuple[Ints, Ints]
    areas: tuple[Ints, Ints]
    first: Ints
    second: Ints
    pixels: Ints

    @property
    def iou(self) -> Floats:
        """Intersection over union of each pair, 0 to 1."""
        both = self.areas[0][self.first] + self.areas[1][self.second] - self.pixels
        return self.pixels / both


@dataclass(frozen=True, slots=True)
class Counterparts:
    """What became of the objects of one plane in the other.

    Attributes
    ----------
    partner, iou
        The label in the other plane that shares most with each object (0 for none), and their intersection over union.
    kind
        `same` (matched one to one), `split` (several lie in it), `merged` (it lies in one with others), or `missing`.
    """

    labels: Ints
    partner: Ints
    iou: Floats
    kind: NDArray[np.str_]


def overlap(first: NDArray[np.integer], second: NDArray[np.integer]) -> Overlap:
    """Count the pixels of all pairs of labels.

    Parameters
    ----------
    first, second
        (y, x) labels, 0 is background. Of planes of different size what both have counts.
    """
    height, width = (min(a, b) for a, b in zip(first.shape, second.shape, strict=True))
    one, other = first[:height, :width].ravel(), second[:height, :width].ravel()
    labels, places, areas = [], [], []
    for values in (one, other):
        found, index, counts = np.unique(values, return_inverse=True, return_counts=True)
        start = int(len(found) > 0 and found[0] == 0)
        labels.append(found[start:].astype(np.int64))
        areas.append(counts[start:].astype(np.int64))
        places.append(index.reshape(-1).astype(np.int64) - start)
    inside = (places[0] >= 0) & (places[1] >= 0)
    width = max(len(labels[1]), 1)
    codes, pixels = np.unique(places[0][inside] * width + places[1][inside], return_counts=True)
    return Overlap(
        (labels[0], labels[1]), (areas[0], areas[1]), codes // width, codes % width, pixels.astype(np.int64)
    )


def together(parts: Iterable[Overlap]) -> Overlap:
    """The overlap of planes of which each part is one: the same label is the same object in all of them."""
    whole = None
    for part in parts:
        whole = part if whole is None else _sum(whole, part)
    return overlap(np.zeros((0, 0), int), np.zeros((0, 0), int)) if whole is None else whole


def _sum(one: Overlap, other: Overlap) -> Overlap:
    labels, areas, places = [], [], []
    for side in (0, 1):
        both = np.concatenate([one.labels[side], other.labels[side]])
        found, index = np.unique(both, return_inverse=True)
        counts = np.zeros(len(found), np.int64)
        np.add.at(counts, index, np.concatenate([one.areas[side], other.areas[side]]))
        labels.append(found)
        areas.append(counts)
        places.append((index[: len(one.labels[side])], index[len(one.labels[side]) :]))
    width = max(len(labels[1]), 1)
    codes = np.concatenate(
        [
            places[0][at][part.first] * width + places[1][at][part.second]
            for at, part in enumerate((one, other))
        ]
    )
    pairs, index = np.unique(codes, return_inverse=True)
    pixels = np.zeros(len(pairs), np.int64)
    np.add.at(pixels, index, np.concatenate([one.pixels, other.pixels]))
    return Overlap((labels[0], labels[1]), (areas[0], areas[1]), pairs // width, pairs % width, pixels)


def matched(found: Overlap, threshold: float) -> NDArray[np.bool_]:
    """Return which pairs are matched one to one with at least this intersection over union, the most in all.

    Above one half no object has two such partners; below, the assignment with the largest sum is taken within each
    group of objects that hang together.
    """
    iou = found.iou
    good = np.flatnonzero(iou >= threshold)
    taken = np.zeros(len(iou), bool)
    if not len(good):
        return taken
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(found.labels[0]) + len(found.labels[1])
    ends = found.first[good], found.second[good] + len(found.labels[0])
    _, group = connected_components(
        csr_matrix((np.ones(len(good)), ends), shape=(count, count)), directed=False
    )
    order = np.argsort(group[ends[0]], kind="stable")
    for pairs in np.split(good[order], np.flatnonzero(np.diff(group[ends[0]][order])) + 1):
        if len(pairs) == 1:
            taken[pairs] = True
            continue
        rows, row = np.unique(found.first[pairs], return_inverse=True)
        columns, column = np.unique(found.second[pairs], return_inverse=True)
        score, which = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
        score[row, column], which[row, column] = iou[pairs], pairs
        chosen = which[linear_sum_assignment(score, maximize=True)]
        taken[chosen[chosen >= 0]] = True
    return taken


def counterparts(found: Overlap, threshold: float = 0.5) -> tuple[Counterparts, Counterparts]:
    """Say of each object of both planes what became of it in the other; `missing` of the second is an extra one."""
    taken = matched(found, threshold)
    return _of_one(found, 0, taken), _of_one(found, 1, taken)


def _of_one(found: Overlap, side: int, taken: NDArray[np.bool_]) -> Counterparts:
    own, other = (found.first, found.second) if side == 0 else (found.second, found.first)
    areas, others = found.areas[side], found.areas[1 - side]
    count, iou = len(areas), found.iou
    best = np.full(count, -1, np.int64)
    order = np.lexsort((iou, taken))  # the largest last; one that is matched before all others
    best[own[order]] = order
    there = best >= 0
    partner, value = np.zeros(count, np.int64), np.zeros(count)
    partner[there] = found.labels[1 - side][other[best[there]]]
    value[there] = iou[best[there]]
    kind = np.full(count, "missing", dtype="U7")
    within = found.pixels >= _MOSTLY * others[other]  # the other lies in this one
    lies = found.pixels >= _MOSTLY * areas[own]  # this one lies in the other
    crowded = np.bincount(other[lies], minlength=len(others)) > 1
    merged = np.zeros(count, bool)
    merged[own[lies & crowded[other]]] = True
    kind[merged] = "merged"
    kind[np.bincount(own[within], minlength=count) > 1] = "split"
    kind[own[taken]] = "same"
    return Counterparts(found.labels[side], partner, value, kind)


def precision(found: Sequence[Overlap], threshold: float) -> float:
    """Return true positives / (true + false positives + missed) over planes; NaN where there is no object at all."""
    true = sum(int(matched(one, threshold).sum()) for one in found)
    every = sum(len(one.labels[0]) + len(one.labels[1]) for one in found)
    return true / (every - true) if every else float("nan")
