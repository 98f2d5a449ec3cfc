"""What the image says along an outline: whether the object ends where its outline is.

For every channel, and for its texture, values are put on a scale of the object's own: 0 is the background around it, 1
its core. So dark objects on a bright ground are measured like bright ones on a dark ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.peaks import second_peaks
from tuiqc.measure.shape_evidence import SECTORS, Outlines
from tuiqc.measure.surroundings import Surroundings
from tuiqc.measure.working_plane import Floats

_PSEUDO = 20
"""Pixels of the image's background that are added to an object's own: few pixels around it say little."""

_WINDOW = 5
"""Side in pixels of the window of texture."""

_SAMPLE = 1 << 14
"""Pixels of background that are enough for their median."""

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
    core: Floats
    background: Floats
    contrast: Floats
    span: Floats
    image_background: float
    typical: float


def texture(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithm of the standard deviation in the 5 x 5 pixels about every pixel of a (y, x) channel."""
    from scipy import ndimage as ndi

    spread = float(channel.std())
    centred = channel - np.float32(channel.mean())  # squares of large numbers lose what is to be measured
    mean = ndi.uniform_filter(centred, _WINDOW)
    square = ndi.uniform_filter(np.multiply(centred, centred, out=centred), _WINDOW)
    square -= np.multiply(mean, mean, out=mean)
    deviation = np.sqrt(np.maximum(square, 0, out=square), out=square)
    deviation += np.float32(1e-3 * (spread + 1e-9) + 1e-9)
    return np.asarray(np.log(deviation, out=deviation))


def channel_scale(name: str, plane: NDArray[np.float32], around: Surroundings) -> ChannelScale:
    """The scale of each object in a smoothed (y, x) plane."""
    outlines = around.outlines
    work = outlines.plane
    flat = plane.ravel()
    inside = flat[work.where]
    ground = flat[around.background[:: max(1, len(around.background) // _SAMPLE)]]
    image_background = float(np.median(ground)) if len(ground) else 0.0
    deep = outlines.pixel_depth > np.minimum(work.rim, 0.5 * outlines.largest_depth)[work.owner]
    count = work.total(deep)
    core = np.where(
        count > 0, work.total(inside * deep) / np.maximum(count, 1), work.total(inside) / work.pixels
    )
    owner = around.nearest.ravel()[around.far]
    found = np.bincount(owner, minlength=work.bins)
    total = np.bincount(owner, flat[around.far], work.bins)
    background = (total + _PSEUDO * image_background) / (found + _PSEUDO)
    contrast = core - background
    typical = max(float(np.median(np.abs(contrast[1:]))) if work.count else 1.0, 1e-6)
    span = np.where(contrast < 0, -1, 1) * np.maximum(np.abs(contrast), _LEAST_SPAN * typical)
    return ChannelScale(name, plane, core, background, contrast, span, image_background, typical)


def outline_evidence(scale: ChannelScale, around: Surroundings, *, peaks: bool) -> dict[str, Floats]:
    """Evidence of one channel (or texture) for every object; names are prefixed with `scale.name` and a space."""
    outlines = around.outlines
    work = outlines.plane
    flat = scale.plane.ravel()
    inside, ring = flat[work.where], flat[around.ring]
    mean = work.total(inside) / work.pixels
    deviation = np.sqrt(np.maximum(work.total(inside * inside) / work.pixels - mean**2, 0))
    core_gap = np.maximum(np.abs(scale.core - scale.image_background), 0.05 * scale.typical)
    out = {
        "contrast": scale.contrast / scale.typical,
        "brightness": np.log(core_gap / scale.typical),
        "variation": deviation / scale.typical,
    }
    out |= _by_sector(scale, around, inside, ring)
    out |= _by_half_level(scale, around, inside, ring)
    if peaks:
        out["two_peaks"] = _intensity_peaks(scale, outlines)
    return {f"{scale.name} {name}": values for name, values in out.items()}


def _by_sector(
    scale: ChannelScale, around: Surroundings, inside: NDArray[np.float32], ring: NDArray[np.float32]
) -> dict[str, Floats]:
    """Means of the rim inside and of the ring outside, sector by sector; one bad stretch of the outline counts."""
    outlines = around.outlines
    work = outlines.plane
    rim = outlines.pixel_depth <= work.rim
    y, x = work.yx
    owner = work.owner[rim]
    sector = outlines.sectors(y[rim], x[rim], owner)
    rim_mean, rim_count = _sector_means(owner, sector, inside[rim], work.bins)
    ring_mean, ring_count = _sector_means(around.ring_owner, around.ring_sector, ring, work.bins)
    u_rim = (rim_mean - scale.background[:, None]) / scale.span[:, None]
    u_ring = (ring_mean - scale.background[:, None]) / scale.span[:, None]
    rim_known, ring_known = rim_count >= 2, ring_count >= max(2, work.rim)
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


def _sector_means(
    owner: NDArray[np.int32], sector: NDArray[np.int64], values: NDArray[np.float32], bins: int
) -> tuple[Floats, Floats]:
    at = owner * SECTORS + sector
    count = np.bincount(at, minlength=bins * SECTORS).astype(np.float64)
    total = np.bincount(at, values, bins * SECTORS)
    return (total / np.maximum(count, 1)).reshape(bins, SECTORS), count.reshape(bins, SECTORS)


def _mean_of_known(values: Floats, known: NDArray[np.bool_]) -> Floats:
    mean = np.where(known, values, 0).sum(1) / np.maximum(known.sum(1), 1)
    return np.asarray(np.clip(mean, -3, 3))


def _second_lowest(values: Floats, known: NDArray[np.bool_], otherwise: float) -> Floats:
    """The second lowest over the sectors that are known: a single sector may be noise."""
    ordered = np.sort(np.where(known, values, np.inf), axis=1)[:, 1]
    return np.asarray(np.clip(np.where(np.isfinite(ordered), ordered, otherwise), -3, 3))


def _by_half_level(
    scale: ChannelScale, around: Surroundings, inside: NDArray[np.float32], ring: NDArray[np.float32]
) -> dict[str, Floats]:
    """How the outline agrees with where the image crosses half of the object's height (a second opinion)."""
    work = around.outlines.plane
    middle, sign = scale.background + 0.5 * scale.span, np.sign(scale.span)
    below = (inside - middle[work.owner]) * sign[work.owner] < 0
    above = (ring - middle[around.ring_owner]) * sign[around.ring_owner] > 0
    dark = work.total(below) / work.pixels
    bright = np.bincount(around.ring_owner, above, work.bins) / work.pixels
    return {"dark_inside": dark, "bright_outside": bright, "half_level_iou": (1 - dark) / (1 + bright)}


def _intensity_peaks(scale: ChannelScale, outlines: Outlines) -> Floats:
    """How much a second peak of intensity stands out of the valley between it and the first."""
    from scipy import ndimage as ndi

    work = outlines.plane
    labels, inner = work.labels[work.sparse], outlines.inner[work.sparse]
    smooth = ndi.gaussian_filter(scale.plane[work.sparse], max(1.0, 0.12 * work.radius) / work.stride)
    background, span = (one.astype(np.float32)[labels] for one in (scale.background, scale.span))
    relative = np.where(inner, (smooth - background) / np.where(span == 0, 1, span), np.float32(0))
    smallest = _PEAK_AREA * work.pixels / work.stride**2
    return second_peaks(relative, labels, inner, PEAK_LEVELS, work.bins, highest=1.3, smallest=smallest)[0]
