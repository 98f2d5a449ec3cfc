"""Pictures with a palette: a fixed ramp for greys, exact colours for overlays where they fit.

Most of a micrograph with outlines is grey. Its greys always take the same steps between black and white, so
that a picture does not flicker when one pixel changes, and the colours of outlines stay what they are. Where
there are more colours than fit, they are grouped in 5 bits per component and the palette is spread over the
groups: the commonest first, then the farthest from those, which keeps rare colours (a thin ring around one
object) that quantisers lose which go by frequency only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

RGB = npt.NDArray[np.uint8]
"""A picture, (height, width, 3) uint8."""
Index = npt.NDArray[np.uint8]
"""Palette entries, (height, width) uint8."""
Array = npt.NDArray[Any]

MIN_COLOURS = 4
"""Smallest palette: black, white and two colours."""
_CELLS = 1 << 15
_MOST_STRAYS = 20_000


def to_palette(rgb: RGB, max_colours: int = 256, grey_levels: int = 64) -> tuple[Index, RGB]:
    """Give a picture a palette.

    Parameters
    ----------
    rgb
        (height, width, 3) uint8.
    max_colours
        Size the palette may have, 4 to 256.
    grey_levels
        Steps of the grey ramp from black to white, at least 2; fewer are taken where `max_colours` is small.

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
    if not len(coloured):
        index, ramp = _greys(green, min(grey_levels, max_colours))
        return index.reshape(height, width), ramp
    packed = _packed(red[coloured], green[coloured], blue[coloured])
    all_grey = len(coloured) == len(green)
    levels = max(2, min(grey_levels, max_colours // 2))
    index, ramp = (
        (np.zeros(len(green), np.uint8), np.empty((0, 3), np.uint8)) if all_grey else _greys(green, levels)
    )
    entry, colours = _colours(packed, max_colours - len(ramp))
    index[coloured] = entry + len(ramp)
    return index.reshape(height, width), np.concatenate([ramp, colours])


def _packed(red: Array, green: Array, blue: Array) -> npt.NDArray[np.uint32]:
    packed = red.astype(np.uint32)
    packed <<= 8
    packed |= green
    packed <<= 8
    packed |= blue
    return packed


def _unpacked(packed: Array) -> RGB:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


def _greys(values: Array, levels: int) -> tuple[Index, RGB]:
    """Index into, and colours of, the steps of the ramp that occur in `values` (uint8)."""
    steps = (np.arange(256) * (levels - 1) + 127) // 255
    used = np.flatnonzero(np.bincount(steps[np.bincount(values, minlength=256) > 0]))
    place = np.zeros(levels, np.uint8)
    place[used] = np.arange(len(used))
    table = place[steps].tobytes()
    index = np.frombuffer(bytearray(values.tobytes().translate(table)), np.uint8)
    ramp = np.round(used * (255 / (levels - 1))).astype(np.uint8)
    return index, np.repeat(ramp[:, None], 3, axis=1)


def _colours(packed: npt.NDArray[np.uint32], room: int) -> tuple[Index, RGB]:
    """Index into, and colours of, a palette of at most `room` for colours packed as 0xRRGGBB."""
    group = ((packed >> 9 & 0x7C00) | (packed >> 6 & 0x3E0) | (packed >> 3 & 0x1F)).astype(np.intp)
    first = np.zeros(_CELLS, np.uint32)
    first[group] = packed
    counts = np.bincount(group, minlength=_CELLS)
    present = np.flatnonzero(counts)
    exact = _exact(packed, group, first, first[present], room)
    if exact is not None:
        return np.searchsorted(exact, packed).astype(np.uint8), _unpacked(exact)
    candidates = _unpacked(first[present])
    chosen = np.arange(len(present))
    if len(present) > room:
        chosen = _spread(candidates, counts[present], room)
    entry = np.zeros(_CELLS, np.uint8)
    entry[present] = _nearest(candidates, candidates[chosen])
    return entry[group], candidates[chosen]


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


def _spread(colours: RGB, counts: Array, room: int) -> npt.NDArray[np.intp]:
    """Positions of `room` colours: the commonest quarter, then each the one farthest from all before it.

    The second rule is Gonzalez' (1985), whose largest error is at most twice the least possible one.
    """
    points = colours.astype(np.float32)
    chosen = np.empty(room, np.intp)
    common = max(1, room // 4)
    chosen[:common] = np.argsort(-counts, kind="stable")[:common]
    distance = np.full(len(points), np.inf, np.float32)
    for place in range(room):
        if place >= common:
            chosen[place] = distance.argmax()
        apart = points - points[chosen[place]]
        np.minimum(distance, np.einsum("ij,ij->i", apart, apart), out=distance)
    return chosen


def _nearest(colours: RGB, palette: RGB) -> npt.NDArray[np.intp]:
    """For each colour the palette entry nearest in RGB; (n,)."""
    points, entries = colours.astype(np.float32), palette.astype(np.float32)
    nearest: npt.NDArray[np.intp] = (
        np.einsum("ij,ij->i", entries, entries)[None] - 2 * points @ entries.T
    ).argmin(axis=1)
    return nearest
