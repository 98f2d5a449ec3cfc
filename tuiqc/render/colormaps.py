"""Colour maps for values, and categorical colours made by computing.

To add a colour map: one entry in `_ANCHORS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ANCHORS: dict[str, tuple[str, ...]] = {
    # Symmetric; the blue is lighter than pure blue, which can hardly be seen on black.
    "blue-white-red": ("2b5cff", "ffffff", "ff2626"),
    # S. van der Walt and N. Smith, matplotlib, 2015 (CC0): ten colours each, the rest within 4/255.
    "viridis": (
        "440154",
        "482878",
        "3e4989",
        "31688e",
        "26828e",
        "1f9e89",
        "35b779",
        "6ece58",
        "b5de2b",
        "fde725",
    ),
    "magma": (
        "000004",
        "180f3d",
        "440f76",
        "721f81",
        "9e2f7f",
        "cd4071",
        "f1605d",
        "fd9668",
        "feca8d",
        "fcfdbf",
    ),
    "gray": ("000000", "ffffff"),
}

NEUTRAL: tuple[int, int, int] = (128, 128, 128)
"""Colour of an object without a value."""


class _Colormaps(Mapping[str, NDArray[np.uint8]]):
    """Tables by name, made when they are first asked for."""

    def __getitem__(self, name: str) -> NDArray[np.uint8]:
        return _ramp(_ANCHORS[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_ANCHORS)

    def __len__(self) -> int:
        return len(_ANCHORS)


COLORMAPS: Mapping[str, NDArray[np.uint8]] = _Colormaps()
"""Colour maps by name: read-only tables (256, 3) uint8 from the lowest to the highest value."""


@cache
def _ramp(anchors: tuple[str, ...]) -> NDArray[np.uint8]:
    colours = np.array([[int(h[i : i + 2], 16) for i in (0, 2, 4)] for h in anchors], dtype=np.float64)
    at = np.linspace(0, len(colours) - 1, 256)
    spline = _catmull_rom if len(colours) > 3 else _linear
    table = np.clip(np.round(spline(colours, at)), 0, 255).astype(np.uint8)
    table.flags.writeable = False
    return table


def _linear(points: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.interp(at, np.arange(len(points)), column) for column in points.T], axis=1)


def _catmull_rom(points: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smooth curve through the points (E. Catmull and R. Rom, 1974); the ends are extended straight."""
    p = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    i = np.minimum(at.astype(int), len(points) - 2)
    u = (at - i)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    curve: NDArray[np.float64] = 0.5 * (
        2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3
    )
    return curve


@lru_cache(maxsize=16)
def glasbey(n: int = 256, seed: int = 0) -> NDArray[np.uint8]:
    """Return `n` colours (n, 3) uint8 that are as unlike each other as can be, in an order set by `seed`.

    Made as C. Glasbey, G. van der Heijden, V. Toh and A. Gray proposed (Color Research and Application 32,
    2007): each colour is the candidate farthest in CIELAB from all that are chosen. Dark and greyish
    candidates are left out, since the colours lie on a dark micrograph; white, grey and the yellow of the
    current object count as chosen. Seed 0 keeps that order, the most unlike first; another seed shuffles it.

    Raises
    ------
    ValueError
        `n` is not between 1 and 1024.
    """
    if not 1 <= n <= 1024:
        raise ValueError(f"{n} colours; 1 to 1024 can be made")
    order = np.random.default_rng(seed).permutation(n) if seed else np.arange(n)
    colours = _farthest_points(n)[order]
    colours.flags.writeable = False
    return colours


@cache
def _farthest_points(n: int) -> NDArray[np.uint8]:
    levels = np.linspace(0, 255, 14).round()
    candidates = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = rgb_to_lab(candidates)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    # The demand is given up by and by when more colours are wanted than it leaves.
    for lightest, least in ((56, 52), (50, 30), (0, 0)):
        fit = (lab[:, 0] >= lightest) & (chroma >= least)
        if fit.sum() >= 2 * n:
            break
    candidates, lab = candidates[fit], lab[fit]
    taken = rgb_to_lab(np.array([[255, 255, 255], [128, 128, 128], [255, 225, 0]]))
    distance = np.min([((lab - t) ** 2).sum(axis=1) for t in taken], axis=0)
    chosen = np.empty(n, dtype=np.intp)
    for i in range(n):
        chosen[i] = int(distance.argmax())
        np.minimum(distance, ((lab - lab[chosen[i]]) ** 2).sum(axis=1), out=distance)
    return candidates[chosen].astype(np.uint8)


def rgb_to_lab(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Convert sRGB (n, 3), 0 to 255, to CIELAB under D65 (IEC 61966-2-1 and CIE 15)."""
    c = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
