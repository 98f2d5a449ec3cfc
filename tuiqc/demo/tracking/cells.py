"""The cells of the movie, and what is planted among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TERRITORY = 48
"""Rows and columns per cell, pixels."""
RADIUS = 9.0
UNTRACKED = -1


class Planted(NamedTuple):
    """One planted event: `event` is swap, merge, false division, division, birth, death, gap, enter or leave.

    `t` is the first time point at which it shows; `track` and `other` are the tracks that it is about (-1 for
    none); `x`, `y` the place in pixels.
    """

    event: str
    t: int
    track: int
    other: int
    x: float
    y: float


PLANTED_COLUMNS = Planted._fields


@dataclass(slots=True)
class Cell:
    """One cell from its first to its last time point (inclusive).

    Arrays are for the whole movie. `xy` is (frames, 2) float64, the others (frames,). `radius` (that of a circle of
    the same area), `stretch` (long over short axis), `angle` (radians) and `glow` (brightness over the cell's own)
    are float64; so is `outline`, where the segmentation drew it (1: right). `seen` (bool) says whether the
    segmentation found it. `track`, `lineage` and `parent` (0: none) are int64, for a wrong tracking may change them
    on the way. `merger` is the number of the merged object (0: none).
    """

    first: int
    last: int
    xy: NDArray[np.float64]
    radius: NDArray[np.float64]
    stretch: NDArray[np.float64]
    angle: NDArray[np.float64]
    glow: NDArray[np.float64]
    outline: NDArray[np.float64]
    seen: NDArray[np.bool_]
    track: NDArray[np.int64]
    lineage: NDArray[np.int64]
    parent: NDArray[np.int64]
    merger: NDArray[np.int64]
    brightness: float = 1.0


@dataclass(slots=True)
class MoviePlan:
    """All cells, and what was planted."""

    frames: int
    size: int
    seed: int
    cells: list[Cell] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)


class Ids:
    """Free numbers of tracks and lineages, from 2."""

    def __init__(self) -> None:
        self._track = self._lineage = 1

    def track(self) -> int:
        """A free number of a track."""
        self._track += 1
        return self._track

    def lineage(self) -> int:
        """A free number of a lineage."""
        self._lineage += 1
        return self._lineage
