"""Takes labels out of planes, and remembers which of them were there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tuiqc.pixels import ImageInfo


class Eraser:
    """Sets labels of a mask to 0.

    Parameters
    ----------
    labels
        Time point (from 0) -> labels to take out; None takes out all of them.

    Attributes
    ----------
    removed
        (time point, label) of what was found and taken out; empty where all labels are taken out.
    """

    def __init__(self, labels: Mapping[int, set[int]] | None) -> None:
        self.labels = labels
        self.removed: set[tuple[int, int]] = set()

    def __call__(self, plane: NDArray[np.generic], t: int) -> NDArray[np.generic]:
        """Return the pixels of a plane, or of a part of it, at time point `t` without its labels; same shape and type.

        The same array where nothing changes.
        """
        if self.labels is None:
            return np.zeros_like(plane) if plane.any() else plane
        wanted = self.labels.get(t)
        if not wanted:
            return plane
        # Compared as whole numbers of the mask's own type, which a float mask has exactly too.
        gone = np.isin(plane, np.asarray(sorted(wanted)))
        if not gone.any():
            return plane
        self.removed.update((t, int(label)) for label in np.unique(plane[gone]))
        return np.where(gone, plane.dtype.type(0), plane)

    def expected(self, plane: NDArray[np.generic], t: int) -> NDArray[np.generic]:
        """What a plane must be afterwards; nothing is remembered."""
        return Eraser(self.labels)(plane, t)

    def at(self, t: int) -> Eraser:
        """Return one for a file that is time point `t` of a movie in many files; see `merge`."""
        return Eraser(None if self.labels is None else {0: self.labels.get(t, set())})

    def merge(self, other: Eraser, t: int) -> None:
        """Take over what one made by `at` has removed."""
        self.removed.update((t, label) for _, label in other.removed)


def times_of_planes(info: ImageInfo, planes: int) -> list[int] | None:
    """Return the time point of each of `planes` planes or pages in the order of the file; None if that is not clear."""
    if info.sizes["t"] == 1:
        return [0] * planes
    leading = [axis for axis in info.axes if axis not in "yxs"]
    while leading:
        sizes = [info.sizes[axis] for axis in leading]
        if int(np.prod(sizes)) == planes and "t" in leading:
            return [int(t) for t in np.unravel_index(np.arange(planes), sizes)[leading.index("t")]]
        leading.pop()  # that one is inside the pages
    return None
