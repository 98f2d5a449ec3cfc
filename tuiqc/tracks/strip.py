"""Which places of a movie the film strip of a track shows."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.tracks.data import Tracks

_UNKNOWN_SIDE = 24.0
"""Side of the box in image pixels where no area of the track is known."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One time point: where to look (x, y in image pixels), and the label there (0: the track is not there).

    `daughters` are the tracks that it shows instead after a division.
    """

    t: int
    x: float
    y: float
    label: int
    daughters: tuple[int, ...] = ()


def strip_times(now: int, first: int, last: int, count: int) -> list[int]:
    """Return `count` time points around `now` out of `first` to `last`; fewer where there are fewer."""
    count = min(count, last - first + 1)
    start = min(max(now - count // 2, first), last - count + 1)
    return list(range(start, start + count))


def crops_of(
    tracks: Tracks, track: int, labels: NDArray[np.int64], now: int, last: int, count: int
) -> tuple[tuple[Crop, ...], float]:
    """Up to `count` time points around `now` out of 0 to `last`, and the largest side of a box of the track.

    `labels` has one value per row of `tracks`. Where the track is absent, the crop is where the track is nearest in
    time; after its division it holds all daughters that are there, and the side is large enough for them. The side
    is in image pixels, that of a circle of the largest area.
    """
    rows, data = tracks.rows(track), tracks.data
    crops = []
    largest = float((data.area[rows].max() / pi) ** 0.5 * 2) if len(rows) else 0.0
    largest = largest if largest == largest else _UNKNOWN_SIDE
    side, children = largest, tracks.children.get(track, ())
    for t in strip_times(now, 0, last, count):
        row = tracks.row_at(track, t)
        born = {child: at for child in children if (at := tracks.row_at(child, t)) is not None}
        if row is None and born:
            places = [(float(data.x[at]), float(data.y[at])) for at in born.values()]
            if all(x == x and y == y for x, y in places):
                low, high = (tuple(map(end, zip(*places, strict=True))) for end in (min, max))
                apart = max(high[0] - low[0], high[1] - low[1])
                # A crop is about twice as wide as the side; one that is too far away may stay outside.
                side = max(side, min((apart + largest) / 2, 2.5 * largest))
                crops.append(Crop(t, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, 0, tuple(born)))
                continue
        near = int(rows[abs(data.t[rows] - t).argmin()]) if row is None else row
        x, y = float(data.x[near]), float(data.y[near])
        label = 0 if row is None else int(labels[row])
        crops.append(Crop(t, x if x == x else 0.0, y if y == y else 0.0, label))
    return tuple(crops), side
