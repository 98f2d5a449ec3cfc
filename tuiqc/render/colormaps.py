"""Colour maps for values, from the library cmap and of our own, and categorical colours made by computing.

To add a colour map of our own: one entry in `_OWN`; to offer another one of the library: one in `_OFFERED`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_OWN: dict[str, tuple[str, ...]] = {
    # Symmetric; the blue is lighter than pure blue, which can hardly be seen on black.
    "blue-white-red": ("2b5cff", "ffffff", "ff2626"),
}
_OFFERED: dict[str, str] = {
    # Name here and in the catalogue of cmap, where some short names stand for several maps.
    "viridis": "bids:viridis",
    "magma": "bids:magma",
    "inferno": "bids:inferno",
    "plasma": "bids:plasma",
    "cividis": "cividis:cividis",
    "turbo": "google:turbo",
    "coolwarm": "matplotlib:coolwarm",
    "gray": "matlab:gray",
}

NEUTRAL: tuple[int, int, int] = (128, 128, 128)
"""Colour of an object without a value."""


class _Colormaps(Mapping[str, NDArray[np.uint8]]):
    """Tables by name, made when they are first asked for; iterating gives those that are offered, not all."""

    def __getitem__(self, name: str) -> NDArray[np.uint8]:
        return _ramp(_OWN[name]) if name in _OWN else _of_library(_OFFERED.get(name, name))

    def __iter__(self) -> Iterator[str]:
        return iter((*_OWN, *_OFFERED))

    def __len__(self) -> int:
        return len(_OWN) + len(_OFFERED)


COLORMAPS: Mapping[str, NDArray[np.uint8]] = _Colormaps()
"""Colour maps by name: read-only tables (256, 3) uint8 from the lowest to the highest value.

Besides those that it iterates over, every name of the library cmap is known (`colour_map_names`).
"""


@cache
def colour_map_names() -> tuple[str, ...]:
    """Return the names of all colour maps: those that are offered, then the further ones of the library cmap."""
    from cmap import Catalog

    further = sorted(Catalog().unique_keys(prefer_short_names=True), key=str.casefold)
    offered = tuple(COLORMAPS)
    return (*offered, *(name for name in further if name not in offered))


@cache
def _of_library(name: str) -> NDArray[np.uint8]:
    """Raises KeyError for a name that the library does not know."""
    from cmap import Colormap

    logger = logging.getLogger("cmap")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it warns of names with several meanings, on the terminal we paint
    try:
        table = np.round(Colormap(name).lut(256)[:, :3] * 255).astype(np.uint8)
        table = table[np.arange(256) * len(table) // 256]  # categorical ones have as many rows as colours
    except (ValueError, TypeError, KeyError) as error:
        raise KeyError(name) from error
    finally:
        logger.setLevel(level)
    table.flags.writeable = False
    return table


@cache
def _ramp(anchors: tuple[str, ...]) -> NDArray[np.uint8]:
    colours = np.array([[int(h[i : i + 2], 16) for i in (0, 2, 4)] for h in anchors], dtype=np.float64)
    at = np.linspace(0, len(colours) - 1, 256)
    ramps = [np.interp(at, np.arange(len(colours)), column) for column in colours.T]
    table = np.round(np.stack(ramps, axis=1)).astype(np.uint8)
    table.flags.writeable = False
    return table


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
    colours = (_first_points()[:n] if n <= _KNOWN else _farthest_points(n))[order]
    colours.flags.writeable = False
    return colours


_STEPS = 14
"""Values that each component of a candidate may have, evenly from 0 to 255."""
_KNOWN = 256
_FIRST = (
    "c0dd320d707dc486832dcc848d0b7dbd6d66290096d0a9808d9d600d3d90db6b4c8a0d36d8c7d576dcd088d7b5283c53"
    "0dab5ad68d34bb4a703b6b61d18780b6495d5b01b49b6872ca2ad4d2c1b969286bd4a7d7595dd7dd408dd5c7b3d82c69"
    "d743d5d52a94c939d6381ad85d067d9a4ad0aa04a4c450b1d7da5b6b7b8dd276da4c8a4d57ca629b497d4d8a6ba6dac1"
    "dc45b38828c1b6ad30bc4c6d7d32a6d6b5d6cc04b87a5c46c7cda0d35d72c65a83d855a5bc6cb5c3b6c7ab19c60dbd19"
    "991da57c38b14c6c47d94ba35a0894d5576cd6ad638c7ca45905826c5b4ad679a2793b3dc3ab720d9d5dd49d750a19c4"
    "d540d0c91c735d4d50094d33084b4b5c0c4d0a48709712c0b630827a2c585934c4a90b92b835a37a4c804833a3cd3791"
    "6810d6db4b59ba0d2d080d65c62d7b27cdb2d53b709d73c9bd7bb09b58d8782d38c509d5ac3dd6d47dd0d5abd57c687c"
    "d5b58dd2b6d9d6caa4a5c88096c1850b7d703959c5b81a93cc4bd1bc50c3cb16d83925c3d62da36c80c7dc5a609c0bc0"
)
"""The first `_KNOWN` colours as steps in base 14: what `_farthest_points` finds in 10 ms of a first picture."""


@cache
def _first_points() -> NDArray[np.uint8]:
    steps = np.array([int(digit, _STEPS) for digit in _FIRST]).reshape(_KNOWN, 3)
    points: NDArray[np.uint8] = _levels()[steps].astype(np.uint8)
    return points


def _levels() -> NDArray[np.float64]:
    return np.linspace(0, 255, _STEPS).round()


@cache
def _farthest_points(n: int) -> NDArray[np.uint8]:
    levels = _levels()
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
