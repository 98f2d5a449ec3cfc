"""In which order the runs of a sixel band are sent.

What a colour paints in a band falls into segments: runs without a long gap between them. Segments that do not
overlap follow each other in one pass over the band, each after the choice of its colour, which takes fewer
bytes than to go over the band once per colour and skip what lies between. The segments of the first pass are
painted solid, six rows high and without a gap: all pixels in them that are not theirs are painted later by the
segments they belong to, and a later colour replaces an earlier one. That pass takes the segments that save most
by it (weighted interval scheduling). The others are linked, each to the one that ended last before it starts,
which needs as few passes as the deepest overlap and leaves the smallest gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_SPLIT = 6
"""Blank columns from which a segment ends: less is cheaper to skip than to choose the colour again."""


@dataclass(slots=True)
class Runs:
    """Runs of one six-bit value, arrays (runs,), and what solid is in each band, (bands,) uint8."""

    band: Array
    colour: Array
    x: Array
    length: Array
    value: Array
    solid: Array


@dataclass(slots=True)
class Passes:
    """Runs in the order of sending.

    Attributes
    ----------
    runs
        Those of the first pass solid.
    gap
        Blank columns before each.
    choose
        -1 where its colour is chosen already; 0 where it is to be chosen, 1 in a new pass, 2 in a new band.
    """

    runs: Runs
    gap: Array
    choose: Array


@dataclass(slots=True)
class _Segments:
    """Arrays (segments,), sorted by band and place: columns `start` to `stop`, runs `first` to `last`."""

    band: Array
    start: Array
    stop: Array
    first: Array
    last: Array
    saved: Array

    def __len__(self) -> int:
        return len(self.band)


def arrange(runs: Runs) -> Passes:
    """Tell in which order to send runs that are sorted by band, colour and place."""
    segments = _segments(runs)
    width = int(segments.stop.max()) + 1
    solid = _solid(segments, width)
    chain = _chains(segments, solid, width)
    order = np.argsort(chain * width + segments.start)
    return _sent(runs, segments, order, chain[order], solid[order])


def _cost(length: Array) -> Array:
    """Bytes of a run, or a gap, of so many columns."""
    return np.where(length > 3, 3 + (length > 9) + (length > 99) + (length > 999), length)


def _segments(runs: Runs) -> _Segments:
    stop = runs.x + runs.length
    gap = runs.x[1:] - stop[:-1]
    apart = (gap >= _SPLIT) | (runs.colour[1:] != runs.colour[:-1]) | (runs.band[1:] != runs.band[:-1])
    first = np.flatnonzero(np.append(True, apart))
    last = np.append(first[1:], len(runs.x))
    cost = _cost(runs.length)
    cost[1:] += np.where(apart, 0, _cost(gap))
    bytes_ = np.add.reduceat(cost, first)
    start, end, band = runs.x[first], stop[last - 1], runs.band[first]
    saved = bytes_ - _cost(end - start)
    order = np.lexsort((-end, start, band))
    return _Segments(band[order], start[order], end[order], first[order], last[order], saved[order])


def _solid(segments: _Segments, width: int) -> Array:
    """Which segments are the first pass: of those that do not overlap the ones that save most, (segments,) bool."""
    count = len(segments)
    place = segments.band * width
    after = np.searchsorted(place + segments.start, place + segments.stop).tolist()
    saved = segments.saved.tolist()
    best = [0] * (count + 1)
    for number in range(count - 1, -1, -1):
        with_it, without = saved[number] + best[after[number]], best[number + 1]
        best[number] = with_it if with_it > without else without
    solid = np.zeros(count, bool)
    number = 0
    while number < count:
        if saved[number] + best[after[number]] >= best[number + 1]:
            solid[number] = True
            number = after[number]
        else:
            number += 1
    return solid


def _chains(segments: _Segments, solid: Array, width: int) -> Array:
    """Number of the pass of each segment, (segments,); those of one band are together, its solid one first."""
    count = len(segments)
    chain = np.arange(count) + 1
    rest = np.flatnonzero(~solid)
    size = len(rest)
    # Ends and starts are brackets: a start belongs to the last end before it that no other start has taken.
    place = segments.band[rest] * width
    moment = np.concatenate([place + segments.stop[rest], place + segments.start[rest]]) * 2
    moment[size:] += 1
    events = np.argsort(moment, kind="stable")
    starts = events >= size
    level = np.cumsum(np.where(starts, 1, -1))
    level -= starts
    segment = rest[events % max(size, 1)]
    by_level = np.lexsort((level, segments.band[segment]))
    linked = np.flatnonzero(starts[by_level][1:] & ~starts[by_level][:-1]) + 1
    same = (level[by_level[linked]] == level[by_level[linked - 1]]) & (
        segments.band[segment[by_level[linked]]] == segments.band[segment[by_level[linked - 1]]]
    )
    linked = linked[same]
    before = np.arange(count)
    before[segment[by_level[linked]]] = segment[by_level[linked - 1]]
    while not np.array_equal(before, farther := before[before]):
        before = farther
    chain = 2 * before + 1
    first = np.searchsorted(segments.band, segments.band)
    chain[solid] = 2 * first[solid]
    return chain


def _sent(runs: Runs, segments: _Segments, order: Array, chain: Array, solid: Array) -> Passes:
    """The runs of segments in this order; `chain` and `solid` are in it already."""
    first = segments.first[order]
    count = np.where(solid, 1, segments.last[order] - first)
    begin = np.cumsum(count) - count
    which = np.arange(count.sum()) + np.repeat(first - begin, count)
    band, colour, x = runs.band[which], runs.colour[which], runs.x[which]
    length, value = runs.length[which], runs.value[which]
    at = begin[solid]
    length[at] = (segments.stop - segments.start)[order][solid]
    value[at] = runs.solid[band[at]]

    new_pass = np.zeros(len(which), bool)
    new_pass[begin] = np.diff(chain, prepend=-1) != 0
    new_band = np.diff(band, prepend=-1) != 0
    before = np.append(0, (x + length)[:-1])
    before[new_pass] = 0
    choose = np.where(np.diff(colour, prepend=-1) != 0, 0, -1)
    choose[new_pass] = 1
    choose[new_band] = 2
    return Passes(Runs(band, colour, x, length, value, runs.solid), x - before, choose)
