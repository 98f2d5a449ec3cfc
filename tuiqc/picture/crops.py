"""Crops of single objects: how large the part of the image is that a tile shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.geometry import Geometry
from tuiqc.render.viewport import MAX_ZOOM

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 0.8
"""Part of a tile that an object's longer side takes when it is fitted, and one of the largest at the same scale."""

_LARGEST = 99.0
"""Percentile of the sizes that fits into a tile at the same scale: one giant must not make all others dots."""

_ROUND = 1.3
"""Longer side of an object by the square root of its area, where its box is not known; a disc has 1.13."""

_UNKNOWN = 40.0


def extents(geometry: Geometry) -> NDArray[np.float64]:
    """Longer side of each object's box in pixels; from its area where the box is not known, else NaN."""
    box = np.maximum(geometry.max_x - geometry.min_x, geometry.max_y - geometry.min_y)
    sides: NDArray[np.float64] = np.where(np.isnan(box), _ROUND * np.sqrt(geometry.area), box)
    return sides


def same_zoom(sides: NDArray[np.float64], pixels: int) -> float:
    """Display pixels per image pixel so that nearly all objects of these sizes fit into tiles of `pixels` a side."""
    known = sides[np.isfinite(sides)]
    largest = float(np.percentile(known, _LARGEST)) if len(known) else _UNKNOWN
    return _bounded(SHARE * pixels / max(largest, 1.0))


def fitted_zoom(side: float, pixels: int) -> float:
    """Display pixels per image pixel so that an object of this size fills a tile of `pixels` a side."""
    return _bounded(SHARE * pixels / max(side if np.isfinite(side) else _UNKNOWN, 4.0))


def _bounded(zoom: float) -> float:
    return min(max(zoom, 1 / 64), MAX_ZOOM / 2)
