"""From numbers to pixels: outlines of nuclei and cells, and who owns which pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tuiqc.demo.nuclei import Nucleus
from tuiqc.demo.optics import Plane, cut_noise

Labels = npt.NDArray[np.int32]
# Beyond this many radii a nucleus has no say any more.
_REACH = 2.2


@dataclass(slots=True)
class Patch:
    """A window of the image and in it the distance from one nucleus, in units of its radius (1 = outline)."""

    window: tuple[slice, slice]
    distance: Plane


@dataclass(slots=True)
class Scene:
    """What is there. Every plane is (size, size); labels are positions in `nuclei` plus one.

    Attributes
    ----------
    patches
        One per nucleus; None where it lies outside the image.
    labels, cells
        Owner of each pixel, 0 where there is none. Debris is in `labels` but has no cell.
    debris_cells
        The small surroundings that a segmentation would call the cell of a piece of debris.
    nearness
        Distance from the nearest nucleus (debris left out) in units of its radius, at most `_REACH`.
    depth
        Distance from the centre of the owning cell, 0 at the centre and 1 at the outline and beyond.
    """

    nuclei: Sequence[Nucleus]
    patches: list[Patch | None]
    labels: Labels
    cells: Labels
    debris_cells: Labels
    nearness: Plane
    depth: Plane


def draw_scene(nuclei: Sequence[Nucleus], size: int, rng: np.random.Generator) -> Scene:
    """Rasterise nuclei and cells; where two overlap a pixel goes to the one it lies deeper in."""
    shape = (size, size)
    # Shaken coordinates make outlines irregular, and the same on both sides of a contact.
    shake_y, shake_x = cut_noise(shape, 7.0, rng), cut_noise(shape, 7.0, rng, 1)
    labels, nearness, patches = _draw_nuclei(nuclei, size, shake_y, shake_x)
    cells, debris_cells = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    depth = np.ones(shape, np.float32)
    for number, nucleus in enumerate(nuclei, 1):
        window = _window(nucleus, 1.15 * nucleus.cell_radius * nucleus.cell_stretch**0.5 + 12, size)
        if window is None:
            continue
        distance = _cell_distance(nucleus, window, shake_y, shake_x)
        target = debris_cells if nucleus.kind == "debris" else cells
        best = depth[window] if nucleus.kind != "debris" else np.ones_like(distance)
        mine = distance < best
        best[mine] = distance[mine]
        target[window][mine] = number
    _keep_nuclei_inside(nuclei, labels, cells, debris_cells, depth)
    return Scene(nuclei, patches, labels, cells, debris_cells, nearness, depth)


def _draw_nuclei(
    nuclei: Sequence[Nucleus], size: int, shake_y: Plane, shake_x: Plane
) -> tuple[Labels, Plane, list[Patch | None]]:
    labels = np.zeros((size, size), np.int32)
    deepest = np.ones((size, size), np.float32)
    nearness = np.full((size, size), _REACH, np.float32)
    patches: list[Patch | None] = []
    for number, nucleus in enumerate(nuclei, 1):
        patch = nucleus_patch(nucleus, size, shake_y, shake_x)
        patches.append(patch)
        if patch is None:
            continue
        window, distance = patch.window, patch.distance
        mine = distance < deepest[window]
        deepest[window][mine] = distance[mine]
        labels[window][mine] = number
        if nucleus.kind != "debris":
            np.minimum(nearness[window], distance, out=nearness[window])
    return labels, nearness, patches


def nucleus_patch(nucleus: Nucleus, size: int, shake_y: Plane, shake_x: Plane) -> Patch | None:
    """Return the surroundings of a nucleus, None if they lie outside; the planes (size, size) make it irregular."""
    window = _window(nucleus, _REACH * nucleus.major, size)
    return None if window is None else Patch(window, _nucleus_distance(nucleus, window, shake_y, shake_x))


def _keep_nuclei_inside(
    nuclei: Sequence[Nucleus], labels: Labels, cells: Labels, debris_cells: Labels, depth: Plane
) -> None:
    """A nucleus belongs to its own cell, whatever a neighbour's outline says."""
    is_debris = np.array([False] + [nucleus.kind == "debris" for nucleus in nuclei])
    inside = (labels > 0) & ~is_debris[labels]
    cells[inside] = labels[inside]
    depth[inside] = np.minimum(depth[inside], np.float32(0.9))
    specks = is_debris[labels]
    debris_cells[specks] = labels[specks]


def _window(nucleus: Nucleus, half: float, size: int) -> tuple[slice, slice] | None:
    y0, y1 = max(0, int(nucleus.y - half)), min(size, int(nucleus.y + half) + 2)
    x0, x1 = max(0, int(nucleus.x - half)), min(size, int(nucleus.x + half) + 2)
    return (slice(y0, y1), slice(x0, x1)) if y0 < y1 and x0 < x1 else None


def _offsets(
    nucleus: Nucleus, window: tuple[slice, slice], shake_y: Plane, shake_x: Plane, amount: float
) -> tuple[Plane, Plane]:
    """Shaken (dy, dx) of each pixel of the window from the centre of the nucleus."""
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32) - np.float32(nucleus.y)
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32) - np.float32(nucleus.x)
    scale = np.float32(amount)
    return rows[:, None] + scale * shake_y[window], columns[None, :] + scale * shake_x[window]


def _turned(dy: Plane, dx: Plane, angle: float, along: float, across: float) -> tuple[Plane, Plane]:
    c, s = np.cos(angle), np.sin(angle)
    u = dx * np.float32(c / along) + dy * np.float32(s / along)
    v = dy * np.float32(c / across) - dx * np.float32(s / across)
    return u, v


def _nucleus_distance(nucleus: Nucleus, window: tuple[slice, slice], shake_y: Plane, shake_x: Plane) -> Plane:
    dy, dx = _offsets(nucleus, window, shake_y, shake_x, 0.9)
    if nucleus.balls:
        nearest = np.full(dy.shape, np.inf, np.float32)
        for by, bx, radius in nucleus.balls:
            np.minimum(
                nearest, np.hypot(dy - np.float32(by), dx - np.float32(bx)) / np.float32(radius), out=nearest
            )
        return nearest
    u, v = _turned(dy, dx, nucleus.angle, nucleus.major, nucleus.minor)
    v += np.float32(nucleus.bend) * (u * u - np.float32(0.4))
    rho = np.sqrt(u * u + v * v) + np.float32(1e-6)
    u /= rho
    v /= rho
    cos2, sin2 = u * u - v * v, 2 * u * v
    c2, s2, c3, s3 = (np.float32(term) for term in nucleus.ripple)
    rho /= 1 + c2 * cos2 + s2 * sin2 + c3 * (u * cos2 - v * sin2) + s3 * (u * sin2 + v * cos2)
    return rho


def _cell_distance(nucleus: Nucleus, window: tuple[slice, slice], shake_y: Plane, shake_x: Plane) -> Plane:
    dy, dx = _offsets(nucleus, window, shake_y, shake_x, 1.0 if nucleus.kind == "debris" else 3.6)
    stretch = nucleus.cell_stretch**0.5
    u, v = _turned(dy, dx, nucleus.cell_angle, nucleus.cell_radius * stretch, nucleus.cell_radius / stretch)
    return np.sqrt(u * u + v * v)
