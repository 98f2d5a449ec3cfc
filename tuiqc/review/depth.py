"""Which slice of a stack shows an object best."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What is measured here, and what ilastik calls the centre along z.
_CENTRES = ("centre_z", "Center_of_the_object_2", "Center of the object_2")


def best_slice(frame: pd.DataFrame, position: int) -> int | None:
    """Return the slice (from 0) with most of the object at a position of the frame, else that of its centre.

    None where the table says nothing about depth.
    """
    if "widest_z" in frame.columns:
        return int(frame["widest_z"].iloc[position])
    name = next((name for name in _CENTRES if name in frame.columns), None)
    if name is None:
        return None
    centre = float(frame[name].iloc[position])
    return None if centre != centre else round(centre)
