"""Objects of a label mask as sorted lists of pixels, what every measurement starts from; and their second moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def pixels_by_object(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Flat indices of the labelled pixels of a (y, x) mask, object after object, in raster order within each."""
    index = np.flatnonzero(labels)
    owner = labels.ravel()[index]
    # A stable sort of uint16 is a radix sort, and keeps the raster order within each object.
    narrow = owner.astype(np.uint16) if owner.size and owner.max() < 1 << 16 else owner
    order: npt.NDArray[np.int64] = index[np.argsort(narrow, kind="stable")]
    return order


def rows_and_columns(index: npt.NDArray[np.int64], width: int) -> tuple[Ints, Ints]:
    """y and x of flat indices of a plane of that width; `np.divmod` takes ten times as long."""
    y = index // width
    return y, index - y * width


@dataclass(slots=True)
class Regions:
    """The pixels of all objects of a mask, object by object and in raster order within each.

    Attributes
    ----------
    labels
        int64 (n,): the labels, ascending.
    first
        int64 (n,): where each object begins in the pixel lists.
    area
        int64 (n,): pixels of each object.
    index, y, x
        int64 (pixels,): position in the flattened mask, row and column of each pixel.
    shape
        (height, width) of the mask.
    """

    labels: Ints
    first: Ints
    area: Ints
    index: Ints
    y: Ints
    x: Ints
    shape: tuple[int, int]

    @classmethod
    def of(cls, mask: npt.NDArray[np.integer]) -> Regions:
        """Sort the pixels of a (y, x) label mask, 0 being background."""
        index = pixels_by_object(mask)
        values = mask.ravel()[index]
        starts = np.ones(len(values), bool)
        np.not_equal(values[1:], values[:-1], out=starts[1:])
        first = np.flatnonzero(starts).astype(np.int64)
        y, x = rows_and_columns(index, mask.shape[1])
        area = np.diff(first, append=index.size).astype(np.int64)
        return cls(values[first].astype(np.int64), first, area, index, y, x, (mask.shape[0], mask.shape[1]))

    def __len__(self) -> int:
        return len(self.labels)

    def total(self, values: npt.NDArray[np.generic]) -> Floats:
        """Sum per object of a value per pixel."""
        return self._reduce(np.add, values)

    def lowest(self, values: npt.NDArray[np.generic]) -> Floats:
        """Least value per object."""
        return self._reduce(np.minimum, values)

    def highest(self, values: npt.NDArray[np.generic]) -> Floats:
        """Greatest value per object."""
        return self._reduce(np.maximum, values)

    def _reduce(self, function: np.ufunc, values: npt.NDArray[np.generic]) -> Floats:
        if not len(self):
            return np.empty(0)
        kind = np.float64 if function is np.add else None
        result: Floats = np.asarray(function.reduceat(values, self.first, dtype=kind), np.float64)
        return result

    def centres(self) -> tuple[Floats, Floats]:
        """Centroids (y, x) in 0-based pixel-centre coordinates."""
        return self.total(self.y) / self.area, self.total(self.x) / self.area

    def boxes(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Bounding boxes (y0, x0, y1, x1), maxima exclusive."""
        # In raster order the first pixel of an object is in its top row, the last one in its lowest.
        last = self.first + self.area - 1
        return (
            self.y[self.first].astype(np.float64),
            self.lowest(self.x),
            self.y[last] + 1.0,
            self.highest(self.x) + 1,
        )

    def touches_border(self) -> npt.NDArray[np.bool_]:
        """Whether an object has pixels in the outermost row or column of the mask."""
        y0, x0, y1, x1 = self.boxes()
        touches: npt.NDArray[np.bool_] = (y0 == 0) | (x0 == 0) | (y1 == self.shape[0]) | (x1 == self.shape[1])
        return touches


# --- second moments


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

    def __getitem__(self, at: npt.NDArray[np.int64]) -> Moments:
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
