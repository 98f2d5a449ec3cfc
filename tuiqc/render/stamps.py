"""Small marks in pixels, many at once: discs, signs, rings, hatches. All of plain colours, so that they send small."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_QUESTION = ("01110", "10001", "00001", "00110", "00100", "00000", "00100")


@lru_cache(maxsize=64)
def disc(radius: int) -> Mask:
    """A filled disc of `2 * radius + 1` pixels."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= (radius + 0.35) ** 2)


@lru_cache(maxsize=64)
def ring(radius: int, width: int = 1) -> Mask:
    """A circle `width` pixels wide, with its outer edge at `radius`."""
    mask = disc(radius).copy()
    inner = disc(radius - width)
    mask[width : width + len(inner), width : width + len(inner)] &= ~inner
    return mask


@lru_cache(maxsize=64)
def cross(radius: int) -> Mask:
    """`✗`: two diagonals."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray((np.abs(x - y) <= radius // 3) | (np.abs(x + y) <= radius // 3))


@lru_cache(maxsize=64)
def check(radius: int) -> Mask:
    """`✓`: a short stroke down, a long one up."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    foot_x, foot_y = -(radius // 3), radius * 2 // 3
    thick = max(1, radius // 3)
    left = (np.abs((y - foot_y) - (x - foot_x)) <= thick) & (x <= foot_x) & (y <= foot_y)
    right = (np.abs((y - foot_y) + (x - foot_x) * 4 // 3) <= thick) & (x >= foot_x) & (y <= foot_y + 1)
    return np.asarray(left | right)


@lru_cache(maxsize=64)
def question(radius: int) -> Mask:
    """`?`, as large as a disc of that radius or a little larger."""
    small = np.array([[sign == "1" for sign in row] for row in _QUESTION])
    scale = max(1, round((2 * radius + 1) / 7))
    large = small.repeat(scale, axis=0).repeat(scale, axis=1)
    large = np.pad(large, ((0, 0), (0, 1)))
    large[:, 1:] |= large[:, :-1].copy()  # strokes of one pixel are too thin to be seen among points
    side = max(large.shape) | 1
    mask = np.zeros((side, side), bool)
    top, left = (side - large.shape[0]) // 2, (side - large.shape[1]) // 2
    mask[top : top + large.shape[0], left : left + large.shape[1]] = large
    return mask


def grown(mask: Mask) -> Mask:
    """The mask with a rim of one pixel, two pixels larger each way: what stands behind a mark to set it off."""
    wide = np.pad(mask, 1)
    found = wide.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            found |= np.roll(wide, step, axis)
    return found


def stamp(rgb: Rgb, x: NDArray[Any], y: NDArray[Any], mask: Mask, colours: NDArray[Any]) -> None:
    """Draw `mask` around each of the pixels (x, y); later ones lie above earlier ones.

    Parameters
    ----------
    rgb
        (height, width, 3) uint8, drawn into.
    x, y
        (n,) whole numbers; what falls outside the picture is left out.
    colours
        (3,) or (n, 3).
    """
    if not len(x):
        return
    down, right = np.nonzero(mask)
    rows = y[:, None] + (down - mask.shape[0] // 2)[None, :]
    columns = x[:, None] + (right - mask.shape[1] // 2)[None, :]
    inside = (rows >= 0) & (rows < rgb.shape[0]) & (columns >= 0) & (columns < rgb.shape[1])
    paint = np.broadcast_to(np.asarray(colours, np.uint8).reshape(-1, 1, 3), (len(x), len(down), 3))
    rgb[rows[inside], columns[inside]] = paint[inside]


def rectangle(rgb: Rgb, left: int, top: int, right: int, bottom: int, colour: Any, width: int = 1) -> None:
    """The outline of a rectangle, `right` and `bottom` excluded, its line inside."""
    part = rgb[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    part[:width] = part[-width:] = colour
    part[:, :width] = part[:, -width:] = colour


def hatched(shape: tuple[int, int], kind: int, step: int = 6) -> Mask:
    """Where the lines of a hatch go: 0 none, 1 rising, 2 crossed, 3 dotted; they go on from picture row to row."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    if kind == 1:
        return np.asarray((x + y) % step == 0)
    if kind == 2:
        return np.asarray(((x + y) % step == 0) | ((x - y) % step == 0))
    if kind == 3:
        return np.asarray((x % (step // 2) < 1) & (y % (step // 2) < 1))
    return np.zeros(shape, bool)
