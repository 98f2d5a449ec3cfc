"""Which greys stand for the greys of a picture, if it may have only so many.

`even` cuts the ramp from black to white into equal steps. `thrifty` moves the steps to where they save most. What
a picture costs as a sixel are the places where a grey changes, and a border between two steps that lies within
the noise of a background is crossed at every second pixel: it takes more bytes than all borders in smooth places
together, which are crossed once. So a border is charged with how often neighbouring pixels lie on both sides of
it, and a step with the square of the error that it makes; steps are wide in noise then, and narrow elsewhere.
The best steps are found exactly, by dynamic programming over the histogram.

In both a step is shown as the mean of what falls into it: its middle would make a dark background, most of which
lies in a part of a step, darker or brighter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_RATE = 2.6
"""What a crossing per pair of neighbours costs, in squared steps of the even ramp."""
_COARSE = 12.0
"""Steps count no more than that in it: very few greys are kept for what is to be seen."""
_FARTHEST = 1.15
"""No grey is farther than that many even steps from what stands for it."""
_FINEST = 0.34
"""No step is narrower than that part of an even one: a sixel's percents would not tell it from the next."""


def even(grey: Array, counts: Array, levels: int) -> tuple[Array, Array]:
    """`levels` equal steps from black to white.

    Parameters
    ----------
    grey
        (height, width) uint8, the picture; where it has a colour, any part of that.
    counts
        (256,) how often each grey occurs, coloured pixels not counted.
    levels
        At least 2.

    Returns
    -------
    entry
        (256,) uint8, for each grey that occurs its place among `greys`.
    greys
        (n,) uint8, those that are used, dark to bright; n <= levels.
    """
    steps = (np.arange(256) * (levels - 1) + 127) // 255
    used = np.flatnonzero(np.bincount(steps[counts > 0], minlength=levels) > 0)
    place = np.zeros(levels, np.uint8)
    place[used] = np.arange(len(used))
    entry = place[steps]
    return entry, _means(entry, counts, len(used))


def thrifty(grey: Array, counts: Array, levels: int) -> tuple[Array, Array]:
    """As `even`, with as many steps as there may be, placed so that they take few bytes for the error they make."""
    values = np.flatnonzero(counts)
    if not len(values):
        return np.zeros(256, np.uint8), np.zeros(0, np.uint8)
    cost = _costs(values, counts[values] / counts.sum(), crossings(grey), 255 / (levels - 1))
    sizes = np.arange(1, cost.shape[1] + 1)
    begins = np.arange(1, len(values) + 1)[:, None] - sizes  # < 0 where the cost is infinite
    best = np.append(0.0, np.full(len(values), np.inf))
    choices: list[Array] = []
    reached = 0
    for number in range(1, levels + 1):
        total = best[begins] + cost
        choice = total.argmin(axis=1)
        choices.append(choice)
        best = np.append(np.inf, np.take_along_axis(total, choice[:, None], axis=1)[:, 0])
        if np.isfinite(best[-1]):
            reached = number
    entry = np.zeros(256, np.uint8)
    end = len(values)
    for level in reversed(range(reached)):
        begin = int(begins[end - 1, choices[level][end - 1]])
        entry[values[begin:end]] = level
        end = begin
    return entry, _means(entry, counts, reached)


def _means(entry: Array, counts: Array, number: int) -> Array:
    total = np.bincount(entry, counts, minlength=number)[:number]
    means: Array = np.rint(np.bincount(entry, counts * np.arange(256), minlength=number)[:number] / total)
    return means.astype(np.uint8)


def crossings(grey: Array) -> Array:
    """For each border below a grey, (256,), on how much of the neighbours one lies below it and one not.

    Left and right neighbours and upper and lower ones count the same; every third row is looked at.
    """
    found = np.zeros(256)
    upper = grey[::3][: len(grey[1::3])]
    for one, other in ((grey[::3, 1:], grey[::3, :-1]), (upper, grey[1::3])):
        if one.size:
            low = np.bincount(np.minimum(one, other).reshape(-1), minlength=256)
            high = np.bincount(np.maximum(one, other).reshape(-1), minlength=256)
            found[1:] += np.cumsum(low - high)[:-1] / one.size
    return found


def _costs(values: Array, share: Array, crossed: Array, step: float) -> Array:
    """What a step costs of the 1, 2.. greys up to each: (greys, most), infinite where it may not be."""
    farthest = _FARTHEST * step
    most = min(len(values), int(2 * farthest) + 1)
    begins = np.arange(1, len(values) + 1)[:, None] - np.arange(1, most + 1)
    valid = begins >= 0
    begins = np.maximum(begins, 0)

    def within(weights: Array) -> Array:
        sums: Array = np.append(0.0, np.cumsum(weights))
        parts: Array = sums[1:, None] - sums[begins]
        return parts

    weight, first, second = within(share), within(share * values), within(share * values**2)
    mean = first / weight
    ends = np.append(values, values[-1:] + 256)[1:, None]
    near = ends - values[begins] >= _FINEST * step
    near &= (mean - values[begins] <= farthest) & (values[:, None] - mean <= farthest)
    border = np.where(begins > 0, crossed[values[begins]], 0.0)
    cost: Array = np.where(
        valid & near, second - first * mean + _RATE * min(step, _COARSE) ** 2 * border, np.inf
    )
    return cost
