"""What another object layer says of an object: nuclei of cells, cells of nuclei, or a second segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.distances import depths_at
from tuiqc.measure.shape_evidence import Outlines, largest_by
from tuiqc.measure.working_plane import Floats, numbered

_FURTHEST = 2.0
"""Typical radii beyond which the other layer is simply far."""


def layer_evidence(
    outlines: Outlines, other: NDArray[Any], known: Mapping[int, float] | None = None
) -> dict[str, Floats]:
    """Evidence from another layer of the same image; each (bins,), NaN where an object has no outline of its own.

    Parameters
    ----------
    other
        (y, x) labels of that layer at the scale of `outlines.plane`, 0 is background.
    known
        Where this is a tile of a plane: pixels of each of its labels on the whole plane.
    """
    plane = outlines.plane
    ids, numbers, found = numbered(other)
    if known is not None:
        found = np.array([known[label] for label in ids.tolist()], np.float64)
    flat, areas, count = numbers.ravel(), np.r_[0.0, found], len(ids) + 1
    seen = flat[plane.where]
    hit = seen > 0
    code, overlap = np.unique(plane.owner[hit].astype(np.int64) * count + seen[hit], return_counts=True)
    own, theirs = code // count, code % count
    share = overlap / np.maximum(areas[theirs], 1)
    every = areas[1:] if known is None else np.fromiter(known.values(), np.float64)
    typical = float(np.median(every)) if len(every) else 0.0
    whole = np.clip((share - 0.25) / 0.25, 0, 1) * (overlap > 0.1 * typical)
    y, x = plane.yx
    covered = plane.total(hit)
    inside = np.maximum(covered, 1)
    dx = plane.total(x * hit) / inside - outlines.ellipse.x
    dy = plane.total(y * hit) / inside - outlines.ellipse.y
    offset = np.where(covered > 0, np.hypot(dx, dy) / outlines.equivalent_radius, 1.0)
    rim, rim_spread = _rim_distances(outlines, (flat > 0).reshape(plane.labels.shape))
    best = largest_by(own, overlap / (plane.pixels[own] + areas[theirs] - overlap), plane.bins)
    return {
        "other_count": np.bincount(own, whole, plane.bins),
        "other_cut": largest_by(own, np.minimum(share, 1 - share), plane.bins),
        "other_cover": covered / plane.pixels,
        "other_offset": offset,
        "other_rim": rim,
        "other_rim_spread": rim_spread,
        "other_iou": best,
    }


def _rim_distances(outlines: Outlines, taken: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Mean and spread, in typical radii, of the distance of an object's free outline to the other layer."""
    plane = outlines.plane
    where, owner = outlines.boundary
    values = depths_at(~taken, where, int(np.ceil(_FURTHEST * plane.radius))) / plane.radius
    free = ~_touching_others(plane.labels).ravel()[where]
    count = np.bincount(owner, free, plane.bins)
    mean = np.bincount(owner, values * free, plane.bins) / np.maximum(count, 1)
    square = np.bincount(owner, values**2 * free, plane.bins) / np.maximum(count, 1)
    enough = count > 2
    return np.where(enough, mean, np.nan), np.where(enough, np.sqrt(np.maximum(square - mean**2, 0)), 0.0)


def _touching_others(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(y, x) pixels beside another object or at the edge of the plane."""
    padded = np.pad(labels, 1, mode="edge")
    out = np.zeros(labels.shape, bool)
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
        beside = padded[dy : dy + labels.shape[0], dx : dx + labels.shape[1]]
        out |= (beside != labels) & (beside > 0)
    out[0] = out[-1] = True
    out[:, 0] = out[:, -1] = True
    return out
