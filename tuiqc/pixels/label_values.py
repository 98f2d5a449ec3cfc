"""Which values of a mask are background: 0, and what programs write in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def without_background(plane: NDArray[Any]) -> NDArray[Any]:
    """Labels in which -1 and NaN are 0, of the type as they came.

    So scikit-image and others write what belongs to no object, or is to be ignored.

    Raises
    ------
    ValueError
        Infinite values, or other negative ones: labels that did not fit the type that they were saved as.
    """
    if plane.dtype.kind not in "if" or not plane.size:
        return plane
    if plane.dtype.kind == "f":
        if np.isinf(plane).any():
            raise ValueError("labels that are not finite")
        if np.isnan(plane).any():
            plane = np.where(np.isnan(plane), plane.dtype.type(0), plane)
    lowest = plane.min()
    if lowest >= 0:
        return plane
    if lowest != -1 or (plane.dtype.kind == "f" and ((plane < 0) & (plane > -1)).any()):
        wrapped = (
            f": labels were too large for {plane.dtype} when it was saved" if plane.dtype.kind == "i" else ""
        )
        raise ValueError(f"negative labels (down to {lowest:g}){wrapped}")
    labels: NDArray[Any] = np.maximum(plane, plane.dtype.type(0))
    return labels
