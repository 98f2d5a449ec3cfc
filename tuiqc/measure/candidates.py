"""Places where an object may have been missed: bright (or dark) blobs outside of all outlines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import Part
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
        min(a, 1/a) min(1, m) with a its area over a typical one and m its mean over a typical core: 1 looks most like
        an object.
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

    The channel is smoothed by 0.12 typical radii in all; a blob is where it is above the median of the background
    (further than a rim from every object) by 0.35 of a weak object's contrast and by 4 robust standard deviations.
    Without a channel or without an object (nothing says what one looks like) there is none. Of a tile those in it.
    """
    from scipy import ndimage as ndi

    around, contrasts = part.around, part.contrasts
    work = around.outlines.plane
    if not part.scales or not len(contrasts):
        return []
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
    found = _blobs(opened, above, work, max(scale.typical, 1e-9))
    return found if part.tile is None else _of_tile(found, part.tile, work.factor)


def _of_tile(found: Sequence[Candidate], tile: Tile, factor: int) -> list[Candidate]:
    """Those whose middle is in the tile itself, in pixels of the whole mask."""
    rows, columns = ((part.start * factor, part.stop * factor) for part in tile.core)
    return [
        replace(one, y=one.y + tile.top * factor, x=one.x + tile.left * factor)
        for one in found
        if rows[0] <= one.y < rows[1] and columns[0] <= one.x < columns[1]
    ]


def _blobs(
    blobs: NDArray[np.bool_], above: NDArray[np.float32], work: WorkingPlane, core: float
) -> list[Candidate]:
    from scipy import ndimage as ndi

    numbered, count = ndi.label(blobs)
    if not count:
        return []
    numbers = np.arange(1, count + 1)
    areas = np.bincount(numbered.ravel(), minlength=count + 1)[1:] * (work.factor * work.stride) ** 2
    means = ndi.mean(above, numbered, numbers)
    centres = work.pixel_of(np.array(ndi.center_of_mass(blobs, numbered, numbers)).reshape(-1, 2))
    share = areas / (np.pi * work.typical**2)
    score = np.minimum(share, 1 / np.maximum(share, 1e-9)) * np.minimum(1, means / core)
    return [
        Candidate(float(centres[at, 0]), float(centres[at, 1]), float(areas[at]), float(score[at]))
        for at in np.flatnonzero(share > _LEAST_AREA).tolist()
    ]
