"""The light that leaves the specimen in each channel, in photo-electrons per pixel of the camera."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tuiqc.demo.layout import Nucleus
from tuiqc.demo.optics import Plane, blur, cut_noise, haze
from tuiqc.demo.shapes import Labels, Patch, Scene

_DNA_LEVEL, _ER_LEVEL = 720.0, 330.0
_DNA_BACKGROUND, _ER_BACKGROUND = 26.0, 20.0
# Chromatin texture per kind: (fine, coarse) contrast.
_TEXTURE = {"interphase": (0.13, 0.12), "prophase": (0.30, 0.14)}
Points = npt.NDArray[np.float64]


def paint_dna(scene: Scene, sigma: float, rng: np.random.Generator) -> Plane:
    """DNA stain: textured nuclei with bright chromocentres and dark nucleoli, and a haze around them."""
    canvas = np.zeros(scene.labels.shape, np.float32)
    for number, (nucleus, patch) in enumerate(zip(scene.nuclei, scene.patches, strict=True), 1):
        if patch is not None:
            paint_nucleus(canvas, scene.labels, number, nucleus, patch, rng)
    canvas *= np.float32(_DNA_LEVEL)
    return blur(canvas, sigma) + np.float32(0.11) * haze(canvas) + np.float32(_DNA_BACKGROUND)


def paint_nucleus(
    canvas: Plane, labels: Labels, number: int, nucleus: Nucleus, patch: Patch, rng: np.random.Generator
) -> None:
    """Add the light of one nucleus, about 1 per pixel, to `canvas`; `labels` says where others lie above it."""
    window, distance = _inner(nucleus, patch)
    # Half a pixel of anti-aliasing at the outline.
    cover = np.clip((1 - distance) * np.float32(nucleus.radius) + np.float32(0.5), 0, 1)
    # A nucleus is a flattened ball: less stain above each pixel towards its rim.
    cover *= np.float32(0.5) + np.float32(0.5) * np.sqrt(np.maximum(0, 1 - distance * distance))
    cover *= np.float32(nucleus.brightness)
    fine, coarse = _TEXTURE.get(nucleus.kind, (0.10, 0.05))
    texture = 1 + np.float32(fine) * cut_noise(distance.shape, 1.1, rng)
    texture += np.float32(coarse) * cut_noise(distance.shape, 3.2, rng)
    if nucleus.kind == "interphase":
        texture += _chromatin(nucleus, window, rng)
    # Where two nuclei overlap the lower one is seen through the upper.
    owner = labels[window]
    cover[(owner != number) & (owner > 0)] *= np.float32(0.35)
    canvas[window] += cover * np.maximum(texture, np.float32(0.08))


def _inner(nucleus: Nucleus, patch: Patch) -> tuple[tuple[slice, slice], Plane]:
    """The part of the patch that can hold the nucleus itself."""
    half = 1.3 * nucleus.major + 3
    rows, columns = patch.window
    y0, y1 = max(rows.start, int(nucleus.y - half)), min(rows.stop, int(nucleus.y + half) + 2)
    x0, x1 = max(columns.start, int(nucleus.x - half)), min(columns.stop, int(nucleus.x + half) + 2)
    y1, x1 = max(y0, y1), max(x0, x1)
    inside = patch.distance[y0 - rows.start : y1 - rows.start, x0 - columns.start : x1 - columns.start]
    return (slice(y0, y1), slice(x0, x1)), inside


def _chromatin(nucleus: Nucleus, window: tuple[slice, slice], rng: np.random.Generator) -> Plane:
    """Bright chromocentres and dark nucleoli as a sum of Gaussians, relative to the stain around them."""
    bright, dark = int(rng.integers(3, 10)), int(rng.integers(1, 4))
    count = bright + dark
    away, turn = 0.78 * np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    along, across = away * np.cos(turn) * nucleus.major, away * np.sin(turn) * nucleus.minor
    c, s = np.cos(nucleus.angle), np.sin(nucleus.angle)
    y, x = nucleus.y + along * s + across * c, nucleus.x + along * c - across * s
    width = np.concatenate([rng.uniform(0.8, 1.5, bright), rng.uniform(1.6, 2.9, dark)])
    height = np.concatenate([rng.uniform(0.25, 0.95, bright), rng.uniform(-0.5, -0.25, dark)])
    rows = np.arange(window[0].start, window[0].stop)
    columns = np.arange(window[1].start, window[1].stop)
    down = np.exp(-0.5 * ((rows[:, None] - y) / width) ** 2) * height
    right = np.exp(-0.5 * ((columns[:, None] - x) / width) ** 2)
    return np.asarray(down @ right.T, np.float32)


def paint_er(scene: Scene, sigma: float, rng: np.random.Generator) -> tuple[Plane, Points]:
    """Cytoplasm stain: reticular cell bodies, brightest around the nucleus, with bright puncta.

    Returns the plane and the puncta, float64 (n, 2) as (y, x).
    """
    shape = scene.labels.shape
    level = np.array([0.0] + [nucleus.cell_brightness for nucleus in scene.nuclei], np.float32)
    around = np.maximum(scene.nearness - 1, 0)
    perinuclear = np.exp(np.float32(-2.2) * around)
    depth = scene.depth
    # Thin towards the rim, thick in the middle.
    body = (1 - np.float32(0.72) * depth * depth) * (np.float32(0.35) + np.float32(1.1) * perinuclear)
    body *= level[scene.cells]
    # Zero crossings of smooth noise are thin curved lines: a fair picture of a network of tubules.
    network = np.exp(np.float32(-1.9) * np.abs(cut_noise(shape, 1.7, rng)))
    body *= np.float32(0.45) + np.float32(0.95) * network
    body *= 1 + np.float32(0.16) * cut_noise(shape, 7.0, rng, 2)
    under = np.clip((1 - scene.nearness) * 8, 0, 1)
    body *= 1 - np.float32(0.72) * under
    puncta = _draw_puncta(scene, perinuclear, under, rng)
    canvas = body * np.float32(_ER_LEVEL)
    _splat(canvas, puncta, 2600.0 * np.exp(rng.normal(0.0, 0.55, len(puncta))))
    return blur(canvas, sigma) + np.float32(0.10) * haze(canvas) + np.float32(_ER_BACKGROUND), puncta


def _draw_puncta(scene: Scene, perinuclear: Plane, under: Plane, rng: np.random.Generator) -> Points:
    """Draw positions of puncta: denser near the nucleus, and in some cells more than in others."""
    rate = np.array([0.0] + [nucleus.spot_rate for nucleus in scene.nuclei], np.float32)[scene.cells]
    rate *= (np.float32(0.004) + np.float32(0.02) * perinuclear) * (1 - np.float32(0.85) * under)
    total = np.cumsum(rate.ravel(), dtype=np.float64)
    count = int(rng.poisson(total[-1]))
    place = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    y, x = np.divmod(np.minimum(place, total.size - 1), scene.cells.shape[1])
    return np.stack([y, x], axis=1) + rng.uniform(-0.5, 0.5, (count, 2))


def _splat(canvas: Plane, points: Points, amounts: Points) -> None:
    """Add point sources, each shared between the four pixels around it."""
    limit = np.array(canvas.shape) - 1
    points = np.clip(points, 0, limit)
    corner = np.minimum(np.floor(points).astype(np.intp), np.maximum(limit - 1, 0))
    part = points - corner
    for dy in (0, 1):
        for dx in (0, 1):
            share = np.abs(1 - dy - part[:, 0]) * np.abs(1 - dx - part[:, 1])
            np.add.at(canvas, (corner[:, 0] + dy, corner[:, 1] + dx), (amounts * share).astype(np.float32))
