"""One time point of the planned movie: labels, intensities, and the rows of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tuiqc.demo.image import paint_nucleus
from tuiqc.demo.nuclei import Nucleus
from tuiqc.demo.optics import Plane, blur, cut_noise, expose, illumination
from tuiqc.demo.shapes import nucleus_patch
from tuiqc.demo.tracking.movie_plan import Cell, MoviePlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = 60
"""Pixels that an object has at least, as by the size filter of a segmentation."""
_SIGNAL, _BACKGROUND = 800.0, 60.0  # photo-electrons per pixel
_SHARP = 0.9
_KEPT = 0.55
"""Share of the light that the dye still gives at the end of the movie."""


class Frame(NamedTuple):
    """`labels` (y, x) uint32, `raw` (y, x) uint8, and the cell of each label (label 1 first)."""

    labels: NDArray[np.uint32]
    raw: NDArray[np.uint8]
    cells: list[Cell]


class FramePainter:
    """Paints the time points of a plan; what stays the same over time is made once."""

    def __init__(self, plan: MoviePlan) -> None:
        self.plan = plan
        shape, rng = (plan.size, plan.size), np.random.default_rng((plan.seed, 1))
        self._shake_y, self._shake_x = cut_noise(shape, 7.0, rng), cut_noise(shape, 7.0, rng, 1)
        self._share = illumination(plan.size, rng)

    def frame(self, t: int) -> Frame:
        """Paint a time point; labels count from 1 in raster order of the objects' centres, as ilastik's do.

        What is smaller than `SMALLEST`, or was overlooked (`Cell.seen`), is in the picture without a label.
        """
        plan = self.plan
        size, shape = plan.size, (plan.size, plan.size)
        present = [(at, cell) for at, cell in enumerate(plan.cells) if cell.first <= t <= cell.last]
        present.sort(key=lambda pair: (round(float(pair[1].xy[t, 1])), float(pair[1].xy[t, 0])))
        owners = np.zeros(shape, np.int32)
        nearest = np.full(shape, np.inf, np.float32)
        rendered = []
        for number, (at, cell) in enumerate(present, 1):
            nucleus = _nucleus(plan, at, cell, t)
            patch = nucleus_patch(nucleus, size, self._shake_y, self._shake_x)
            if patch is None:
                continue
            rendered.append((number, at, nucleus, patch))
            if cell.seen[t]:
                # Where two overlap (the planted merge) a line parts them, as resolving a merger does.
                mine = (patch.distance <= cell.outline[t]) & (patch.distance < nearest[patch.window])
                owners[patch.window][mine] = number
                nearest[patch.window][mine] = patch.distance[mine]
        light = np.zeros(shape, np.float32)
        for number, at, nucleus, patch in rendered:
            # The same numbers in every time point: the texture goes along with its nucleus.
            texture = np.random.default_rng((plan.seed, 2, at))
            paint_nucleus(light, owners, number, nucleus, patch, texture)
        kept = np.flatnonzero(np.bincount(owners.ravel(), minlength=len(present) + 1)[1:] >= SMALLEST) + 1
        renumber = np.zeros(len(present) + 1, np.uint32)
        renumber[kept] = np.arange(1, len(kept) + 1)
        cells = [present[number - 1][1] for number in kept.tolist()]
        return Frame(renumber[owners], self._exposed(light, t), cells)

    def _exposed(self, light: Plane, t: int) -> NDArray[np.uint8]:
        plan = self.plan
        left = np.float32(_KEPT ** (t / max(1, plan.frames - 1)))
        electrons = (blur(light, _SHARP) * np.float32(_SIGNAL) * left + np.float32(_BACKGROUND)) * self._share
        return np.asarray(expose(electrons, "uint8", np.random.default_rng((plan.seed, 3, t))), np.uint8)


def _nucleus(plan: MoviePlan, at: int, cell: Cell, t: int) -> Nucleus:
    x, y = cell.xy[t].tolist()
    radius, stretch = float(cell.radius[t]), float(cell.stretch[t]) ** 0.5
    rng = np.random.default_rng((plan.seed, 4, at))
    ripple = rng.normal(0.0, (0.035, 0.035, 0.03, 0.03))
    return Nucleus(
        y,
        x,
        radius * stretch,
        radius / stretch,
        float(cell.angle[t]),
        bend=float(rng.normal(0.0, 0.06)),
        ripple=(ripple[0], ripple[1], ripple[2], ripple[3]),
        brightness=cell.brightness * float(cell.glow[t]),
    )
