"""Places where an object may have been missed: outside of all outlines, bright (or dark) or like an object inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import Part
from tuiqc.measure.object_likeness import CELL, Likeness
from tuiqc.measure.plane_filters import smoothed
from tuiqc.measure.plane_tiles import Tile
from tuiqc.measure.working_plane import WorkingPlane

_LEAST_AREA = 0.12
"""Share of a typical area under which a blob is no object."""

_WEAK = 0.1
"""Quantile of the objects' contrasts that is taken for that of a weak one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place without a label.

    Attributes
    ----------
    y, x
        Its middle in pixels of the mask.
    area
        In pixels of the mask.
    score
        min(a, 1/a) min(1, m) with a its area over a typical one and m its mean contrast over a typical one (or its
        likeness): 1 looks most like an object.
    """

    y: float
    x: float
    area: float
    score: float


def by_score(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The likeliest first."""
    return sorted(candidates, key=lambda one: -one.score)


def candidates_of(part: Part) -> list[Candidate]:
    """Places outside of all objects that look like one in the first channel.

    Such a place is a blob of the first channel (`_bright`), or looks like the inside of objects (`_alike`). Without a
    channel or without an object (nothing says what one looks like) there is none. Of a tile those in it; what objects
    look like is then told from those of the tile.
    """
    if not part.scales or not len(part.contrasts):
        return []
    found = _bright(part)
    least = 0.7 * part.around.outlines.plane.typical
    found += [
        one for one in _alike(part) if all(np.hypot(one.y - two.y, one.x - two.x) > least for two in found)
    ]
    return found if part.tile is None else _of_tile(found, part.tile, part.around.outlines.plane.factor)


def _bright(part: Part) -> list[Candidate]:
    """Blobs of the first channel, smoothed by 0.12 typical radii in all.

    They are above the median of the background (further than a rim from every object) by 0.35 of a weak object's
    contrast and by 4 robust standard deviations.
    """
    from scipy import ndimage as ndi

    around, contrasts = part.around, part.contrasts
    work = around.outlines.plane
    scale = part.scales[0]
    sign = -1.0 if np.median(contrasts) < 0 else 1.0
    smooth = smoothed(scale.blocks, max(0.5, 0.1 * work.radius) / work.stride)
    above = sign * (smooth - scale.image_background)
    ground = above[around.away]
    if not len(ground):
        return []
    noise = 1.4826 * float(np.median(np.abs(ground - np.median(ground))))
    weak = float(np.quantile(np.abs(contrasts), _WEAK))
    blobs = (above > max(0.35 * weak, 4 * noise)) & around.apart
    opened = ndi.binary_opening(blobs, iterations=2 // work.stride) if blobs.any() else blobs
    return _blobs(opened, above / max(scale.typical, 1e-9), work, 1)


def _alike(part: Part) -> list[Candidate]:
    """Places that look like the insides of the objects (`object_likeness`)."""
    found = Likeness.of(part.around, part.scales[0], part.scales[-1])
    return [] if found is None else _blobs(found.places, found.values, part.around.outlines.plane, CELL)


def _of_tile(found: Sequence[Candidate], tile: Tile, factor: int) -> list[Candidate]:
    """Those whose middle is in the tile itself, in pixels of the whole mask."""
    rows, columns = ((part.start * factor, part.stop * factor) for part in tile.core)
    return [
        replace(one, y=one.y + tile.top * factor, x=one.x + tile.left * factor)
        for one in found
        if rows[0] <= one.y < rows[1] and columns[0] <= one.x < columns[1]
    ]


def _blobs(
    blobs: NDArray[np.bool_], likeness: NDArray[np.floating], work: WorkingPlane, cell: int
) -> list[Candidate]:
    """Connected parts of (y, x) cells of `cell` blocks along each axis, where objects have a `likeness` of 1."""
    from scipy import ndimage as ndi

    numbered, count = ndi.label(blobs)
    if not count:
        return []
    numbers = np.arange(1, count + 1)
    areas = np.bincount(numbered.ravel(), minlength=count + 1)[1:] * (work.factor * work.stride * cell) ** 2
    means = ndi.mean(likeness, numbered, numbers)
    cells = np.array(ndi.center_of_mass(blobs, numbered, numbers)).reshape(-1, 2)
    centres = work.pixel_of(cells * cell + (cell - 1) / 2)
    share = areas / (np.pi * work.typical**2)
    score = np.minimum(share, 1 / np.maximum(share, 1e-9)) * np.minimum(1, means)
    return [
        Candidate(float(centres[at, 0]), float(centres[at, 1]), float(areas[at]), float(score[at]))
        for at in np.flatnonzero(share > _LEAST_AREA).tolist()
    ]
