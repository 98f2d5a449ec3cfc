"""From image pixels to display pixels: nearest for labels and enlarging, means for shrinking intensities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tuiqc.pixels.bands import display_means
from tuiqc.pixels.image_file import Piece, Window
from tuiqc.render.viewport import Viewport


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the pixels of a window fall on a display.

    Attributes
    ----------
    rows, columns
        Display rows and columns, contiguous, that show the window.
    ys, xs
        Row and column of the window at the centre of each of them.
    box
        Left, top, right, bottom of their area in the window, from 0 at the outer edge of its first pixel.
    zoom
        Display pixels per image pixel.
    """

    rows: slice
    columns: slice
    ys: NDArray[np.intp]
    xs: NDArray[np.intp]
    box: tuple[float, float, float, float]
    zoom: float

    @classmethod
    def of(cls, view: Viewport, window: Window) -> Grid:
        """Lay `window` of an image under `view`."""
        rows, ys, top, bottom = _axis(view.height, view.centre_y, view.zoom, window.y0, window.y1)
        columns, xs, left, right = _axis(view.width, view.centre_x, view.zoom, window.x0, window.x1)
        return cls(rows, columns, ys, xs, (left, top, right, bottom), view.zoom)

    def on(self, piece: Piece, window: Window) -> Grid:
        """The same display pixels on a piece of the same image, which may be reduced; `window` is that of this grid."""
        if piece.scale == 1 and piece.window == window:
            return self
        rows, columns = piece.pixels.shape[:2]
        scale, own = piece.scale, piece.window
        left, top, right, bottom = self.box

        def along(at: float, start: int, first: int, size: int) -> float:
            return min(max((at + start) / scale - first, 0.0), float(size))

        box = (
            along(left, window.x0, own.x0, columns),
            along(top, window.y0, own.y0, rows),
            along(right, window.x0, own.x0, columns),
            along(bottom, window.y0, own.y0, rows),
        )
        ys = _reduced(self.ys + window.y0, scale, own.y0, rows)
        xs = _reduced(self.xs + window.x0, scale, own.x0, columns)
        return Grid(self.rows, self.columns, ys, xs, box, self.zoom * scale)

    @property
    def empty(self) -> bool:
        """True when no display pixel shows the window."""
        return len(self.ys) == 0 or len(self.xs) == 0

    def nearest(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Return the pixel of `plane` (the window; y, x, ...) at the centre of each display pixel."""
        return plane.take(self.ys, axis=0).take(self.xs, axis=1)

    def mean(
        self, plane: NDArray[Any], scale: Callable[[NDArray[Any]], NDArray[np.uint8]], missing: float = 0.0
    ) -> NDArray[np.uint8]:
        """Return the brightness of each display pixel: the mean when shrinking, the nearest pixel otherwise.

        Parameters
        ----------
        plane
            The window, (y, x) or (y, x, 3), any numeric type or bool.
        scale
            Turns pixel values of any shape into brightness 0..255.
        missing
            Stands for NaN and infinities, which would spread to their neighbours.

        Returns
        -------
        numpy.ndarray
            uint8 (rows, columns) or (rows, columns, 3).
        """
        if self.zoom >= 1:
            return scale(self.nearest(plane))
        if plane.dtype.kind == "f":
            finite = np.isfinite(plane)
            if not finite.all():
                plane = np.where(finite, plane, plane.dtype.type(missing))
        # Most of it is averaged in the image's own numbers; the rest, less than a factor of 2, is left to
        # Pillow's box filter, which is four times faster on 8 bits than on 16.
        block = int(1 / self.zoom + 1e-6)
        if block < 2 or min(plane.shape[:2]) < block:
            means, block = plane, 1
        else:
            means = display_means(plane, block)
        grey = scale(means)
        high, wide = grey.shape[:2]
        left, top, right, bottom = (v / block for v in self.box)
        box = (min(left, wide - 1.0), min(top, high - 1.0), min(right, wide), min(bottom, high))
        size = (len(self.xs), len(self.ys))
        picture = Image.fromarray(np.ascontiguousarray(grey))
        return np.asarray(picture.resize(size, Image.Resampling.BOX, box=box))


def _reduced(at: NDArray[np.intp], scale: float, first: int, size: int) -> NDArray[np.intp]:
    """Index in a reduced piece of image pixels; those beyond its edge take the last one."""
    index: NDArray[np.intp] = np.floor((at + 0.5) / scale).astype(np.intp)
    index -= first
    np.maximum(index, 0, out=index)
    return np.minimum(index, size - 1, out=index)


def _axis(
    length: int, centre: float, zoom: float, start: int, stop: int
) -> tuple[slice, NDArray[np.intp], float, float]:
    """Return the display pixels that show start..stop, the pixel at each, and the two ends of the area."""
    middle = (length - 1) / 2
    at = np.floor(centre + (np.arange(length) - middle) / zoom + 0.5).astype(np.intp)
    first, last = (int(v) for v in np.searchsorted(at, (start, stop)))
    ends = [centre + (edge - 0.5 - middle) / zoom + 0.5 - start for edge in (first, last)]
    low, high = (min(max(v, 0.0), float(stop - start)) for v in ends)
    return slice(first, last), at[first:last] - start, low, high
