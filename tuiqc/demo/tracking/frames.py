"""One time point of the planned movie: labels, intensities, and the rows of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tuiqc.demo.tracking.plan import Cell, MoviePlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

BACKGROUND = 14.0
SIGNAL = 120.0
_SOFT = 1.2  # pixels over which a cell's edge fades


class Frame(NamedTuple):
    """`labels` (y, x) uint32, `raw` (y, x) uint8, and the cell of each label (label 1 first)."""

    labels: NDArray[np.uint32]
    raw: NDArray[np.uint8]
    cells: list[Cell]


def make_frame(plan: MoviePlan, t: int) -> Frame:
    """Paint the time point `t`; labels count from 1 in raster order of the objects' centres, as ilastik's do."""
    size = plan.size
    present = [cell for cell in plan.cells if cell.first <= t <= cell.last]
    present.sort(key=lambda cell: (round(float(cell.xy[t, 1])), float(cell.xy[t, 0])))
    labels = np.zeros((size, size), np.uint32)
    nearest = np.full((size, size), np.inf, np.float32)
    light = np.zeros((size, size), np.float32)
    for label, cell in enumerate(present, 1):
        x, y = cell.xy[t]
        radius = float(cell.radius[t])
        reach = int(radius + 4)
        top, left = max(int(y) - reach, 0), max(int(x) - reach, 0)
        cut = (slice(top, min(int(y) + reach + 1, size)), slice(left, min(int(x) + reach + 1, size)))
        rows = np.arange(cut[0].start, cut[0].stop, dtype=np.float32)[:, None] - y
        columns = np.arange(cut[1].start, cut[1].stop, dtype=np.float32)[None, :] - x
        distance = np.hypot(rows, columns) / radius
        # Where two overlap (the planted merge) a straight line parts them, as resolving a merger does.
        mine = (distance <= 1.0) & (distance < nearest[cut])
        labels[cut][mine] = label
        nearest[cut][mine] = distance[mine]
        glow = cell.brightness / (1.0 + np.exp((distance - 1.0) * radius / _SOFT))
        np.maximum(light[cut], glow * (1.0 - 0.3 * distance), out=light[cut])
    rng = np.random.default_rng((plan.seed, t))
    noisy = BACKGROUND + SIGNAL * light + rng.normal(0.0, 3.0, light.shape).astype(np.float32)
    return Frame(labels, np.clip(noisy, 0, 255).astype(np.uint8), present)
