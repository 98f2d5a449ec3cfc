"""A small z-stack of round cells with its label mask, both (z, y, x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPACING_UM = 2.0
_FLATNESS = 3.0  # pixels in the plane per slice


def make_stack(slices: int, size: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return intensities and labels; each cell spans a few slices, some lie above others."""
    rng = np.random.default_rng((seed, 7))
    labels = np.zeros((slices, size, size), np.uint16)
    light = np.zeros(labels.shape, np.float32)
    z, y, x = np.ogrid[:slices, :size, :size]
    wanted = max(4, size * size // 1600)
    for _ in range(wanted * 20):
        if labels.max() >= wanted:
            break
        radius = rng.uniform(8, 13)
        middle = rng.uniform([2, radius, radius], [slices - 3, size - radius, size - radius])
        distance = (
            np.sqrt(((z - middle[0]) * _FLATNESS) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2) / radius
        )
        inside = distance <= 1
        if labels[distance <= 1.15].any():
            continue
        labels[inside] = labels.max() + 1
        np.maximum(light, 1 / (1 + np.exp((distance - 1) * 6)), out=light)
    noisy = 16 + 130 * light + rng.normal(0, 3, light.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), labels
