"""Pictures with a palette: steps of grey, exact colours for overlays where they fit.

Most of a micrograph with outlines is grey. Greys have their own part of the palette, and the colours of outlines
stay what they are, or near it. Where there are more colours than fit, they are grouped in 5 bits per component
and the palette is spread over the groups: the commonest first, then the farthest from those, which keeps rare
colours (a thin ring around one object) that quantisers lose which go by frequency only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

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


RGB = npt.NDArray[np.uint8]
"""A picture, (height, width, 3) uint8."""
Index = npt.NDArray[np.uint8]
"""Palette entries, (height, width) uint8."""
Steps = Callable[[Array, Array, int], tuple[Array, Array]]
"""How greys are chosen, as `greys.even` does."""

MIN_COLOURS = 4
"""Smallest palette: black, white and two colours."""
_CELLS = 1 << 15
_MOST_STRAYS = 20_000


def to_palette(
    rgb: RGB, max_colours: int = 256, grey_levels: int = 64, steps: Steps = even, near: float = 0.0
) -> tuple[Index, RGB]:
    """Give a picture a palette.

    Parameters
    ----------
    rgb
        (height, width, 3) uint8.
    max_colours
        Size the palette may have, 4 to 256.
    grey_levels
        Greys that it may have, at least 2; fewer are taken where `max_colours` is small.
    steps
        Which greys these are: `greys.even` or `greys.thrifty`.
    near
        Distance in RGB within which one colour may stand for another although there would be room for both: the
        shades that the picture gives to a half-transparent outline then are one colour. 0 for none.

    Returns
    -------
    index
        (height, width) uint8 into the palette.
    palette
        (n, 3) uint8: the greys that occur from dark to bright, then the other colours. n >= 1.
    """
    if not MIN_COLOURS <= max_colours <= 256 or grey_levels < 2:
        raise ValueError(
            f"a palette has 4 to 256 colours and 2 grey levels or more: {max_colours}, {grey_levels}"
        )
    height, width = rgb.shape[:2]
    red, green, blue = (np.ascontiguousarray(rgb[..., part]).reshape(-1) for part in range(3))
    coloured = np.flatnonzero((red != green) | (green != blue))
    counts = _histogram(green) - np.bincount(green[coloured], minlength=256)
    levels = min(grey_levels, max_colours) if not len(coloured) else min(grey_levels, max_colours // 2)
    entry, greys = steps(green.reshape(height, width), counts, levels)
    index = np.frombuffer(bytearray(green.tobytes().translate(entry.tobytes())), np.uint8)
    palette = np.repeat(greys[:, None], 3, axis=1)
    if len(coloured):
        packed = _packed(red[coloured], green[coloured], blue[coloured])
        place, colours = _colours(packed, max_colours - len(greys), near)
        index[coloured] = place + len(greys)
        palette = np.concatenate([palette, colours])
    return index.reshape(height, width), palette


def _histogram(values: Index) -> npt.NDArray[np.int64]:
    """How often each of 0..255 occurs; Pillow counts bytes four times faster than NumPy, which widens them first."""
    picture = Image.frombuffer("L", (len(values), 1), values, "raw", "L", 0, 1)
    return np.array(picture.histogram(), np.int64)


def _packed(red: Array, green: Array, blue: Array) -> npt.NDArray[np.uint32]:
    packed = red.astype(np.uint32)
    packed <<= 8
    packed |= green
    packed <<= 8
    packed |= blue
    return packed


def _unpacked(packed: Array) -> RGB:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


def _colours(packed: npt.NDArray[np.uint32], room: int, near: float) -> tuple[Index, RGB]:
    """Index into, and colours of, a palette of at most `room` for colours packed as 0xRRGGBB."""
    group = ((packed >> 9 & 0x7C00) | (packed >> 6 & 0x3E0) | (packed >> 3 & 0x1F)).astype(np.intp)
    first = np.zeros(_CELLS, np.uint32)
    first[group] = packed
    counts = np.bincount(group, minlength=_CELLS)
    present = np.flatnonzero(counts)
    exact = _exact(packed, group, first, first[present], room)
    if exact is not None:
        candidates, member = _unpacked(exact), np.searchsorted(exact, packed)
        counts = np.bincount(member, minlength=len(candidates))
    else:
        place = np.zeros(_CELLS, np.intp)
        place[present] = np.arange(len(present))
        candidates, member, counts = _unpacked(first[present]), place[group], counts[present]
    if not near and len(candidates) <= room:
        return member.astype(np.uint8), candidates
    palette = candidates[_spread(candidates, counts, room, near)]
    return _nearest(candidates, palette).astype(np.uint8)[member], palette


def _exact(packed: Array, group: Array, first: Array, representatives: Array, room: int) -> Array | None:
    """All different colours, sorted, if there are at most `room` of them (cheap where there are more)."""
    if len(representatives) > room:
        return None
    strays = packed[packed != first[group]]
    if len(strays) > _MOST_STRAYS:
        strays = _distinct(strays[:_MOST_STRAYS])
        if len(strays) + len(representatives) > room:
            return None
        strays = packed
    colours = _distinct(np.concatenate([representatives, _distinct(strays)]))
    return colours if len(colours) <= room else None


def _distinct(values: Array) -> Array:
    """Different values, sorted; `np.unique` imports masked arrays first, which takes 30 ms from the first picture."""
    ordered = np.sort(values)
    return ordered[np.append(ordered[:-1] != ordered[1:], True)] if len(ordered) else ordered


def _spread(colours: RGB, counts: Array, room: int, near: float) -> npt.NDArray[np.intp]:
    """Positions of at most `room` colours; no more, when all others are within `near` of these.

    First some that are common and not near each other, then each the one farthest from all before it, which is
    Gonzalez' rule (1985), whose largest error is at most twice the least possible one.
    """
    points = colours.astype(np.float32)
    common = min(max(1, room // 4), room, len(points))
    # |a - b|^2 as |a|^2 - 2 ab + |b|^2 takes half the time, and is exact: whole numbers below 2^24.
    squares = np.einsum("ij,ij->i", points, points)
    chosen, distance = _common(points, squares, counts, common, near)
    if len(chosen) < common:
        return np.array(chosen, np.intp)
    while len(chosen) < min(room, len(points)):
        best = int(distance.argmax())
        if distance[best] <= near**2:
            break
        chosen.append(best)
        apart = points @ (-2 * points[best])
        apart += squares
        apart += squares[best]
        np.minimum(distance, apart, out=distance)
    return np.array(chosen, np.intp)


def _common(
    points: Array, squares: Array, counts: Array, number: int, near: float
) -> tuple[list[int], npt.NDArray[np.float32]]:
    """Positions of the commonest colours that are not within `near` of each other, and how far all are from these."""
    if not near:  # no two are the same
        chosen = np.argsort(-counts, kind="stable")[:number]
        apart = points @ (-2 * points[chosen].T)
        apart += squares[:, None]
        apart += squares[chosen]
        return chosen.tolist(), apart.min(axis=1)
    found: list[int] = []
    distance = np.full(len(points), np.inf, np.float32)
    while len(found) < number:
        best = int(np.where(distance > near**2, counts, -1).argmax())
        if distance[best] <= near**2:
            break
        found.append(best)
        apart = points @ (-2 * points[best])
        apart += squares
        apart += squares[best]
        np.minimum(distance, apart, out=distance)
    return found, distance


def _nearest(colours: RGB, palette: RGB) -> npt.NDArray[np.intp]:
    """For each colour the palette entry nearest in RGB; (n,)."""
    points, entries = colours.astype(np.float32), palette.astype(np.float32)
    apart = points @ (-2 * entries.T)
    apart += np.einsum("ij,ij->i", entries, entries)
    nearest: npt.NDArray[np.intp] = apart.argmin(axis=1)
    return nearest
