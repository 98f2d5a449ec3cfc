"""Where on an object the evidence against it is: what a picture marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.shape_evidence import COS, SECTORS, SIN
from tuiqc.measure.working_plane import RIM, Floats

PlaceKind = Literal["concavity", "border", "stretch", "whole"]

_GAP = 2
"""Pixels between two objects over which they still share a border."""

_LEAST_DENT = 1.0
"""Pixels under the hull from which a place is a dent."""


@dataclass(frozen=True)
class EvidencePlace:
    """A place of evidence.

    Attributes
    ----------
    kind
        `concavity`: one or two opposite dents; `border`: what is shared with the neighbour; `stretch`: a part of the
        outline; `whole`: all of it.
    points
        (m, 2) y, x in pixels of the mask, in order around the object.
    """

    kind: PlaceKind
    points: Floats


def evidence_place(
    labels: NDArray[Any],
    label: int,
    suspect: str,
    *,
    partner: int = 0,
    channel: NDArray[Any] | None = None,
    typical: float = 10.0,
) -> EvidencePlace | None:
    """Find the place that speaks for a kind of error.

    Parameters
    ----------
    labels
        (y, x) integers, 0 is background.
    label
        The object.
    suspect
        `merged`: its deepest dents; `split`: its border with the `partner`; `outline`: the stretch of the outline where
        the image has the least edge; anything else: the whole outline.
    partner
        Label of the neighbour, 0 for none.
    channel
        (y, x) of the same shape, None where there is no image.
    typical
        Radius of a typical object in pixels.

    Returns
    -------
    EvidencePlace
        None if the label is not in the mask.
    """
    window = _window(labels, label, int(RIM * typical) + 4)
    if window is None:
        return None
    part = labels[window]
    own = part == label
    at, depth = _around(own)
    place = None
    if suspect == "split" and partner:
        place = _shared(own, part == partner, at)
    elif suspect == "merged":
        place = _dents(own, at, depth)
    elif suspect == "outline":
        place = _weakest(own, part == 0, at, None if channel is None else channel[window], typical)
    place = place or EvidencePlace("whole", at)
    corner = np.array([window[0].start, window[1].start], np.float64)
    return EvidencePlace(place.kind, place.points + corner)


def _window(labels: NDArray[Any], label: int, margin: int) -> tuple[slice, slice] | None:
    found = labels == label
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    if not len(rows):
        return None
    top, left = max(0, int(rows[0]) - margin), max(0, int(columns[0]) - margin)
    return slice(top, int(rows[-1]) + margin + 1), slice(left, int(columns[-1]) + margin + 1)


def _around(own: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Pixels of the outline in the order of their angle from the middle, and how deep each lies under the hull."""
    padded = np.pad(own, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    y, x = np.nonzero(own & ~inner)
    middle = np.array([axis.mean() for axis in np.nonzero(own)])
    dy, dx = y - middle[0], x - middle[1]
    order = np.argsort(np.arctan2(dy, dx), kind="stable")
    projections = dx[order, None] * COS + dy[order, None] * SIN
    depth = (projections.max(axis=0) - projections).min(axis=1)
    return np.column_stack([y, x])[order].astype(np.float64), depth


def _shared(own: NDArray[np.bool_], other: NDArray[np.bool_], at: Floats) -> EvidencePlace | None:
    from scipy import ndimage as ndi

    near = ndi.binary_dilation(other, iterations=_GAP + 1)
    y, x = at.astype(np.int64).T
    on_border = near[y, x]
    return EvidencePlace("border", at[on_border]) if on_border.any() else None


def _dents(own: NDArray[np.bool_], at: Floats, depth: Floats) -> EvidencePlace | None:
    """The deepest dent, and the deepest one on the other side if there is one."""
    if not len(depth) or depth.max() < _LEAST_DENT:
        return None
    middle = np.array([axis.mean() for axis in np.nonzero(own)])
    angle = np.arctan2(at[:, 0] - middle[0], at[:, 1] - middle[1])
    first = int(depth.argmax())
    opposite = np.cos(angle - angle[first]) < 0
    points = [at[first]]
    if opposite.any() and depth[opposite].max() >= _LEAST_DENT:
        points.append(at[np.flatnonzero(opposite)[depth[opposite].argmax()]])
    return EvidencePlace("concavity", np.array(points))


def _weakest(
    own: NDArray[np.bool_],
    free: NDArray[np.bool_],
    at: Floats,
    channel: NDArray[Any] | None,
    typical: float,
) -> EvidencePlace | None:
    """The sectors of the outline where the image falls least from the rim inside to the ring outside."""
    from scipy import ndimage as ndi

    if channel is None or not len(at):
        return None
    width = max(2, round(RIM * typical))
    plane = ndi.gaussian_filter(channel.astype(np.float32), 1.0)
    inside = own & (ndi.distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1] <= width)
    outside = free & (ndi.distance_transform_edt(~own) <= width)
    middle = np.array([axis.mean() for axis in np.nonzero(own)])
    rim, ring = (_by_sector(plane, where, middle) for where in (inside, outside))
    step = rim - ring
    known = np.isfinite(step)
    if not known.any():
        return None
    # Bright objects fall outwards, dark ones rise: what counts is the way that most of the outline goes.
    sign = -1.0 if np.nanmedian(step) < 0 else 1.0
    height = np.where(known, sign * step, np.inf)
    bad = height <= max(float(height.min()), 0.5 * float(np.median(height[known])) - 1e-9)
    sectors = _sector(at - middle)
    chosen = bad[sectors] if bad.sum() <= SECTORS // 2 else sectors == int(height.argmin())
    return EvidencePlace("stretch", at[chosen]) if chosen.any() else None


def _sector(offset: Floats) -> NDArray[np.int64]:
    angle = np.arctan2(offset[:, 0], offset[:, 1])
    return np.asarray(((angle + np.pi) / (2 * np.pi) * SECTORS).astype(np.int64) % SECTORS)


def _by_sector(plane: NDArray[np.float32], where: NDArray[np.bool_], middle: Floats) -> Floats:
    """(SECTORS,) means, NaN where there are fewer than 3 pixels."""
    y, x = np.nonzero(where)
    sector = _sector(np.column_stack([y, x]) - middle)
    count = np.bincount(sector, minlength=SECTORS)
    total = np.bincount(sector, plane[y, x], SECTORS)
    return np.where(count >= 3, total / np.maximum(count, 1), np.nan)
