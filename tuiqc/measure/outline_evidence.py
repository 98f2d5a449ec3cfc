"""What the image says along an outline: whether the object ends where its outline is.

For every channel, and for its texture, values are put on a scale of the object's own: 0 is the background around it, 1
its core. So dark objects on a bright ground are measured like bright ones on a dark ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.plane_filters import box_means, smoothed
from tuiqc.measure.shape_evidence import Outlines
from tuiqc.measure.surroundings import Surroundings
from tuiqc.measure.working_plane import Floats, WorkingPlane

_PSEUDO = 20
"""Pixels of the image's background that are added to an object's own: few pixels around it say little."""

_WINDOW = 5
"""Side in pixels of the window of texture; that of blocks of two pixels is one larger."""

_LEAST_SPAN = 0.25
"""A core that stands out by less than this share of what is typical is taken to stand out by it."""

PEAK_LEVELS = (0.4, 0.55, 0.7, 0.85)
_PEAK_AREA = 0.08
"""Least share of an object's area that a peak of intensity has."""


@dataclass(frozen=True)
class ChannelScale:
    """The scale of every object of a plane in one channel; arrays are (bins,), the background's first.

    Attributes
    ----------
    name
        Of the channel.
    plane
        (y, x) float32, smoothed.
    blocks
        (y, x) float32, means of its blocks (`WorkingPlane.block_means`).
    inside
        (m,) float32, its values at the labelled pixels (`WorkingPlane.where`).
    core
        Mean deep inside.
    background
        Mean around the object, drawn to that of the image.
    contrast
        core - background.
    span
        The same, at least `_LEAST_SPAN` of `typical`, with its sign.
    image_background
        Median of the pixels away from all objects.
    typical
        Median of |contrast| over the objects of the image.
    """

    name: str
    plane: NDArray[np.float32]
    blocks: NDArray[np.float32]
    inside: NDArray[np.float32]
    core: Floats
    background: Floats
    contrast: Floats
    span: Floats
    image_background: float
    typical: float


@dataclass(frozen=True)
class ImageScale:
    """What a whole plane says of a channel.

    Attributes
    ----------
    background
        Median of the pixels away from all objects.
    typical
        Median of |contrast| over the objects.
    """

    background: float
    typical: float

    @classmethod
    def of(cls, ground: NDArray[np.float32], sums: ChannelSums) -> ImageScale:
        """From pixels away from all objects, and the sums of all objects."""
        background = float(np.median(ground)) if len(ground) else 0.0
        contrast = sums.contrast(background)
        return cls(background, max(float(np.median(np.abs(contrast))) if len(contrast) else 1.0, 1e-6))


@dataclass(frozen=True)
class ChannelSums:
    """What is added up around objects in one channel before anything is known of the whole plane; arrays are (n,).

    Attributes
    ----------
    core
        Mean deep inside.
    found, total
        Pixels between one and three rims from an object, and the sum of their values.
    """

    core: Floats
    found: Floats
    total: Floats

    @classmethod
    def of(
        cls, inside: NDArray[np.float32], blocks: NDArray[np.float32], around: Surroundings
    ) -> ChannelSums:
        """Of all objects of a plane with these values at labelled pixels and in blocks, the background's first."""
        work, count = around.outlines.plane, around.outlines.deep_count
        core = work.total(inside * around.outlines.deep) / np.maximum(count, 1)
        if not count[1:].all():
            core = np.where(count > 0, core, work.total(inside) / work.pixels)
        far, owner = around.far
        total = np.bincount(owner, blocks.ravel()[far], work.bins) * float(work.stride**2)
        return cls(core, around.far_count, np.asarray(total, np.float64))

    def __getitem__(self, rows: Any) -> ChannelSums:
        return ChannelSums(self.core[rows], self.found[rows], self.total[rows])

    @classmethod
    def joined(cls, parts: Sequence[ChannelSums]) -> ChannelSums:
        """Of the tiles of a plane."""
        return cls(
            np.concatenate([one.core for one in parts]),
            np.concatenate([one.found for one in parts]),
            np.concatenate([one.total for one in parts]),
        )

    def background(self, of_image: float) -> Floats:
        """Mean around each object, drawn to the background of the image."""
        return np.asarray((self.total + _PSEUDO * of_image) / (self.found + _PSEUDO))

    def contrast(self, of_image: float) -> Floats:
        """Core minus background."""
        return self.core - self.background(of_image)


def texture(
    channel: NDArray[np.float32], work: WorkingPlane, centre: float, spread: float
) -> NDArray[np.float32]:
    """Logarithm of the standard deviation in the 5 x 5 pixels (6 x 6, in blocks) about every block of a channel.

    `centre` and `spread` are mean and standard deviation of the whole channel: a thousandth of the spread is added, so
    that nothing is flat.
    """
    side = _WINDOW if work.stride == 1 else _WINDOW // 2 + 1
    centred = channel - np.float32(centre)  # squares of large numbers lose what is to be measured
    mean = box_means(work.block_means(centred), side)
    square = box_means(work.block_means(np.multiply(centred, centred, out=centred)), side)
    square -= np.multiply(mean, mean, out=mean)
    deviation = np.sqrt(np.maximum(square, 0, out=square), out=square)
    deviation += np.float32(1e-3 * (spread + 1e-9) + 1e-9)
    return np.asarray(np.log(deviation, out=deviation))


def channel_scale(
    name: str,
    plane: NDArray[np.float32],
    blocks: NDArray[np.float32],
    around: Surroundings,
    known: ImageScale | None = None,
) -> ChannelScale:
    """The scale of each object in a smoothed (y, x) plane and its blocks, perhaps a tile of one that is `known`."""
    inside = plane.ravel()[around.outlines.plane.where]
    sums = ChannelSums.of(inside, blocks, around)
    if known is None:
        ground = blocks.ravel()[around.background]
        known = ImageScale.of(ground, sums[1:])
    background = sums.background(known.background)
    contrast = sums.core - background
    span = np.where(contrast < 0, -1, 1) * np.maximum(np.abs(contrast), _LEAST_SPAN * known.typical)
    return ChannelScale(
        name, plane, blocks, inside, sums.core, background, contrast, span, known.background, known.typical
    )


def outline_evidence(scale: ChannelScale, around: Surroundings, *, peaks: bool) -> dict[str, Floats]:
    """Evidence of one channel (or texture) for every object; names are prefixed with `scale.name` and a space."""
    outlines = around.outlines
    work = outlines.plane
    inside, ring = scale.inside, scale.plane.ravel()[around.ring]
    centred = inside - np.float32(scale.image_background)
    mean = work.total(centred) / work.pixels
    deviation = np.sqrt(np.maximum(work.total(centred * centred) / work.pixels - mean**2, 0))
    core_gap = np.maximum(np.abs(scale.core - scale.image_background), 0.05 * scale.typical)
    out = {
        "contrast": scale.contrast / scale.typical,
        "brightness": np.log(core_gap / scale.typical),
        "variation": deviation / scale.typical,
    }
    out |= _by_sector(scale, around, ring)
    out |= _by_half_level(scale, around, ring)
    if peaks:
        out["two_peaks"] = _intensity_peaks(scale, outlines)
    return {f"{scale.name} {name}": values for name, values in out.items()}


def _by_sector(scale: ChannelScale, around: Surroundings, ring: NDArray[np.float32]) -> dict[str, Floats]:
    """Means of the rim inside and of the ring outside, sector by sector; one bad stretch of the outline counts."""
    rim_mean = around.rim_sectors.of_values(scale.inside[around.rim_places])
    ring_mean = around.ring_sectors.of_values(ring)
    u_rim = (rim_mean - scale.background[:, None]) / scale.span[:, None]
    u_ring = (ring_mean - scale.background[:, None]) / scale.span[:, None]
    rim_known = around.rim_sectors.count >= 2
    ring_known = around.ring_sectors.count >= max(2, around.outlines.plane.rim)
    both = rim_known & ring_known
    step = u_rim - u_ring
    return {
        "rim": _mean_of_known(u_rim, rim_known),
        "ring": _mean_of_known(u_ring, ring_known),
        "edge": _mean_of_known(step, both),
        "darkest_rim": _second_lowest(u_rim, rim_known, 1.0),
        "brightest_ring": -_second_lowest(-u_ring, ring_known, 0.0),
        "weakest_edge": _second_lowest(step, both, 0.5),
    }


def _mean_of_known(values: Floats, known: NDArray[np.bool_]) -> Floats:
    mean = np.where(known, values, 0).sum(1) / np.maximum(known.sum(1), 1)
    return np.asarray(np.clip(mean, -3, 3))


def _second_lowest(values: Floats, known: NDArray[np.bool_], otherwise: float) -> Floats:
    """The second lowest over the sectors that are known: a single sector may be noise."""
    ordered = np.sort(np.where(known, values, np.inf), axis=1)[:, 1]
    return np.asarray(np.clip(np.where(np.isfinite(ordered), ordered, otherwise), -3, 3))


def _by_half_level(scale: ChannelScale, around: Surroundings, ring: NDArray[np.float32]) -> dict[str, Floats]:
    """How the outline agrees with where the image crosses half of the object's height (a second opinion)."""
    work = around.outlines.plane
    middle, sign = scale.background + 0.5 * scale.span, np.sign(scale.span)
    middle_inside, sign_inside = (work.at_pixels(one) for one in (middle, sign))
    below = (scale.inside - middle_inside) * sign_inside < 0
    above = (ring - middle[around.ring_owner]) * sign[around.ring_owner] > 0
    dark = work.total(below) / work.pixels
    bright = np.bincount(around.ring_owner, above, work.bins) / work.pixels
    return {"dark_inside": dark, "bright_outside": bright, "half_level_iou": (1 - dark) / (1 + bright)}


def _intensity_peaks(scale: ChannelScale, outlines: Outlines) -> Floats:
    """How much a second peak of intensity stands out of the valley between it and the first."""
    work, insides = outlines.plane, outlines.insides
    smooth = smoothed(scale.blocks, max(1.0, 0.12 * work.radius) / work.stride)
    background, span = (one.astype(np.float32)[insides.owner] for one in (scale.background, scale.span))
    relative = (smooth.ravel()[insides.where] - background) / np.where(span == 0, 1, span)
    smallest = _PEAK_AREA * work.pixels / work.stride**2
    return insides.second_peaks(relative, PEAK_LEVELS, highest=1.3, smallest=smallest)[0]
