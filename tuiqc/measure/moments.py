"""Second moments of regions, and of unions of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Sums over the pixels of regions; every attribute is (n,).

    Attributes
    ----------
    pixels, x, y, xx, yy, xy
        Number of pixels, and sums of their coordinates and of their products.
    """

    pixels: Floats
    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats

    def __getitem__(self, at: NDArray[np.int64]) -> Moments:
        return Moments(self.pixels[at], self.x[at], self.y[at], self.xx[at], self.yy[at], self.xy[at])

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.pixels + other.pixels,
            self.x + other.x,
            self.y + other.y,
            self.xx + other.xx,
            self.yy + other.yy,
            self.xy + other.xy,
        )

    def ellipse(self) -> Ellipse:
        """The ellipse with the same second moments; 1/12 is that of a pixel about its centre."""
        n = np.maximum(self.pixels, 1e-9)
        mean_x, mean_y = self.x / n, self.y / n
        var_x = self.xx / n - mean_x**2 + 1 / 12
        var_y = self.yy / n - mean_y**2 + 1 / 12
        cov = self.xy / n - mean_x * mean_y
        middle = (var_x + var_y) / 2
        spread = np.sqrt(np.maximum(((var_x - var_y) / 2) ** 2 + cov**2, 0))
        return Ellipse(mean_x, mean_y, var_x, var_y, cov, middle + spread, np.maximum(middle - spread, 1e-6))


@dataclass(frozen=True)
class Ellipse:
    """Centres, covariances and their eigenvalues (`major` >= `minor`, pixels squared); every attribute is (n,)."""

    x: Floats
    y: Floats
    var_x: Floats
    var_y: Floats
    cov: Floats
    major: Floats
    minor: Floats

    @property
    def aspect(self) -> Floats:
        """Short axis over long axis, 1 for a disk."""
        return np.sqrt(self.minor / self.major)
