"""What the neighbours of an object say, and what another layer says of it.

Whether it and a neighbour look like two halves of one object; and whether nuclei of cells, cells of nuclei, or a second
segmentation agree with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.distances import depths_at
from tuiqc.measure.outline_evidence import ChannelScale
from tuiqc.measure.shape_evidence import COS, SIN, Outlines, hull_of, largest_by
from tuiqc.measure.surroundings import Pairs, Surroundings
from tuiqc.measure.working_plane import Floats, numbered

ALONE = {
    "pair_score": -0.5,
    "pair_solidity": 0.7,
    "pair_gain": -0.15,
    "pair_contact": 0.0,
    "pair_straightness": 0.0,
    "pair_roundness": -0.3,
    "pair_size": 1.0,
}
"""What an object without a neighbour gets: values that speak against its being a half."""

_ALONE_IN_IMAGE = 0.6


def neighbour_evidence(
    around: Surroundings, scales: Sequence[ChannelScale]
) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Evidence from the touching neighbour with which an object most looks like one object that was cut.

    Returns
    -------
    evidence
        Each (bins,); the meaning of the names is in `terms.TERMS`.
    partner
        (bins,) that neighbour, 0 where there is none.
    """
    outlines, pairs = around.outlines, around.pairs
    bins = outlines.plane.bins
    columns = _unions(outlines, pairs)
    for number, scale in enumerate(scales):
        valley, difference = _valley(scale, pairs)
        columns[f"{scale.name} valley"], columns[f"{scale.name} difference"] = valley, difference
        if number == 0:
            columns["pair_score"] = columns["pair_score"] - 0.4 * valley
    out, partner = _of_best_partner(pairs, columns, bins)
    out["free"] = np.minimum(
        np.bincount(around.ring_owner, minlength=bins)
        / np.maximum(outlines.perimeter * outlines.plane.rim, 1),
        1.5,
    )
    out["contact"] = _contact(outlines, pairs)
    seam = out[f"{scales[0].name} valley"] if scales else np.full(bins, 0.3)
    out["unsplit"] = out["pair_straightness"] * (1 - seam)
    out["contact_gain"] = out["contact"] * (out["pair_gain"] + 0.15)
    return out, partner


def _contact(outlines: Outlines, pairs: Pairs) -> Floats:
    bins = outlines.plane.bins
    touching = np.bincount(pairs.first, pairs.length, bins) + np.bincount(pairs.second, pairs.length, bins)
    return touching / np.maximum(outlines.cracks, 1)


def _unions(outlines: Outlines, pairs: Pairs) -> dict[str, Floats]:
    """What the union of each pair would look like as one object; each (pairs,)."""
    plane, i, j = outlines.plane, pairs.first, pairs.second
    moments = outlines.moments
    union = moments[i] + moments[j]
    ellipse = union.ellipse()
    hull_area, _ = hull_of(
        np.maximum(_shifted(outlines, i, ellipse.x, ellipse.y), _shifted(outlines, j, ellipse.x, ellipse.y))
    )
    area = union.pixels
    own_hull = np.minimum(plane.pixels / np.maximum(outlines.hull[0], 1), 1.05)
    solidity = np.minimum(area / np.maximum(hull_area, 1), 1.05)
    parts = (plane.pixels[i] * own_hull[i] + plane.pixels[j] * own_hull[j]) / np.maximum(area, 1)
    smaller = np.minimum(plane.pixels[i], plane.pixels[j])
    straightness = pairs.length / np.maximum(2 * np.sqrt(area / np.pi), 1)
    own_aspect = outlines.ellipse.aspect
    roundness = ellipse.aspect - np.minimum(own_aspect[i], own_aspect[j])
    size = np.log(np.maximum(area, 1) * plane.factor**2 / (np.pi * plane.typical**2))
    score = solidity + 0.3 * np.minimum(straightness, 1.2) + 0.3 * roundness - 0.25 * np.abs(size)
    return {
        "pair_score": score,
        "pair_solidity": solidity,
        "pair_gain": solidity - parts,
        "pair_contact": pairs.length / np.maximum(2 * np.sqrt(smaller / np.pi), 1),
        "pair_straightness": straightness,
        "pair_roundness": roundness,
        "pair_size": size,
    }


def _shifted(outlines: Outlines, at: NDArray[np.int64], x: Floats, y: Floats) -> Floats:
    """Support functions of objects as seen from other points."""
    dx, dy = outlines.ellipse.x[at] - x, outlines.ellipse.y[at] - y
    return outlines.supports[at] + dx[:, None] * COS + dy[:, None] * SIN


def _valley(scale: ChannelScale, pairs: Pairs) -> tuple[Floats, Floats]:
    """How far the image falls where two objects touch, relative to the weaker core; and how the cores differ."""
    i, j = pairs.first, pairs.second
    on_contact = pairs.mean_on_contact(scale.plane)
    ground = np.minimum(scale.background[i], scale.background[j])
    weaker = np.where(np.abs(scale.contrast[i]) < np.abs(scale.contrast[j]), scale.core[i], scale.core[j])
    height = weaker - ground
    height = np.where(height < 0, -1, 1) * np.maximum(np.abs(height), 0.25 * scale.typical)
    valley = np.clip(1 - (on_contact - ground) / height, -2, 2)
    return valley, np.abs(scale.core[i] - scale.core[j]) / scale.typical


def _of_best_partner(
    pairs: Pairs, columns: dict[str, Floats], bins: int
) -> tuple[dict[str, Floats], NDArray[np.int64]]:
    """Give each object the values of the pair with its best-scoring neighbour."""
    score = columns["pair_score"]
    best = np.full(bins, -np.inf)
    np.maximum.at(best, pairs.first, score)
    np.maximum.at(best, pairs.second, score)
    partner = np.zeros(bins, np.int64)
    chosen = []
    for own, other in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        winning = score >= best[own]
        partner[own[winning]] = other[winning]
        chosen.append((own[winning], winning))
    out = {}
    for name, values in columns.items():
        column = np.full(bins, ALONE.get(name, _ALONE_IN_IMAGE))
        for own, winning in chosen:
            column[own] = values[winning]
        out[name] = column
    return out, partner


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
