"""What the tracks of a movie say of single objects: a jump, an area that changes for a moment, a merger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tuiqc.measured.batch_planes import PlaneKey
    from tuiqc.triage.population import Population

Moments = Mapping[tuple[int, int, int], tuple[float, str]]
"""By (number of the image, label, time point): how suspicious (1 at the threshold, 5 at most) and why, in a word."""

WEIGHT = 0.5
"""What a moment adds to the score of its object for every time its threshold (chosen, not fitted: planted errors have
no tracks)."""

WORDS = {
    "jump": "its track jumps here",
    "area": "its track changes its area here",
    "merged": "its track is merged here",
    "division": "its track divides oddly here",
}
"""What is said of an object in which a track has such a moment; a gap or an end is of no object."""


@dataclass(frozen=True)
class ObjectMoments:
    """Moments of the objects of a population: (n,) sizes, 0 for none, and words, "" for none."""

    sizes: NDArray[np.float64]
    words: NDArray[np.str_]

    @classmethod
    def of(cls, population: Population, keys: Sequence[PlaneKey], moments: Moments) -> ObjectMoments | None:
        """Find the objects; None if there are no moments."""
        if not moments:
            return None
        images = ((keys[at].image, keys[at].t) for at in population.images.tolist())
        found = [
            moments.get((image, label, t), (0.0, ""))
            for (image, t), label in zip(images, population.labels.tolist(), strict=True)
        ]
        words = [WORDS.get(why, "") for _, why in found]
        return cls(np.array([size for size, _ in found], np.float64), np.array(words, np.str_))
