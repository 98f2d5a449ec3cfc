"""Heat maps of plates: one number per well from the rows of a table, with medians of rows and columns.

Text on the colour of a well or cell is black or white, whichever can be read.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.aggregate import How, aggregate_values

Floats = NDArray[np.float64]
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Heat:
    """The wells of all plates.

    Attributes
    ----------
    values
        float64 (plates, rows, columns), NaN where a well has none.
    counts
        int64 of the same shape: how many rows of the table are in a well.
    label
        What the values are.
    from_zero
        Whether the scale begins at 0: shares of verdicts, where a small one must not look large.
    """

    values: Floats
    counts: NDArray[np.int64]
    label: str = ""
    from_zero: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest value of all plates; (0, 1) where there is none."""
        known = self.values[np.isfinite(self.values)]
        if not len(known):
            return 0.0, 1.0
        return 0.0 if self.from_zero else float(known.min()), float(known.max())

    def row_medians(self, plate: int) -> Floats:
        """Median of each row's wells, float64 (rows,); NaN for a row without values."""
        return _median(self.values[plate], 1)

    def column_medians(self, plate: int) -> Floats:
        """Median of each column's wells, float64 (columns,)."""
        return _median(self.values[plate], 0)

    def edge_and_inside(self, plate: int) -> tuple[float, float]:
        """Median of the wells at the edge of the plate, and of those inside; NaN where there are none.

        A difference between the two is what evaporation and temperature do to the outer wells ("edge effect").
        """
        edge = np.ones(self.values.shape[1:], bool)
        edge[1:-1, 1:-1] = False
        values = self.values[plate]
        return float(_median(values[edge], 0)), float(_median(values[~edge], 0))


def heat(values: Floats, cell: NDArray[Any], shape: tuple[int, int, int], how: How, label: str = "") -> Heat:
    """Return the aggregate `how` of `values` for each well.

    Parameters
    ----------
    values
        float64 (n,), NaN for missing.
    cell
        Number of the well of each value, `(plate * rows + row) * columns + column`; -1 for none.
    shape
        Plates, rows, columns.

    Raises
    ------
    ValueError
        If `how` is not one of `AGGREGATES`.
    """
    count = shape[0] * shape[1] * shape[2]
    inside = cell[(cell >= 0) & (cell < count)]
    counts = np.bincount(inside.astype(np.int64), minlength=count)
    result = aggregate_values(values, cell, count, how)
    if how in ("count", "sum"):  # an empty well is no well with 0
        result = np.where(counts > 0, result, np.nan)
    return Heat(result.reshape(shape), counts.reshape(shape), label)


def _median(values: Floats, axis: int) -> Floats:
    with warnings.catch_warnings():  # of rows without any value, which are NaN
        warnings.simplefilter("ignore")
        return np.asarray(np.nanmedian(values, axis=axis) if values.size else np.nan)


def readable_on(background: Rgb) -> Rgb:
    """Return black or white, whichever has more contrast on a background.

    By the relative luminance of WCAG 2.1: black wins above 0.179, where both have the same contrast.
    """
    return (0, 0, 0) if luminance(background) > 0.179 else (255, 255, 255)


def luminance(colour: Rgb) -> float:
    """Return the relative luminance of WCAG 2.1, 0 of black to 1 of white."""
    linear = [
        (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in (v / 255 for v in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
