"""Object labels: planes made fit for drawing, and the colour of every label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuiqc.pixels.label_values import without_background
from tuiqc.render.colormaps import COLORMAPS, NEUTRAL, glasbey

MAX_TABLE = 2**22
"""Labels above this get no table row per possible label; they are found by binary search."""


def as_labels(plane: NDArray[Any]) -> NDArray[Any]:
    """Return `plane` (y, x) as unsigned integers, checked.

    Unsigned planes come back as they are; bool becomes uint8, others the smallest of uint32 and uint64 that
    holds them.

    Raises
    ------
    ValueError
        Fractions, negative numbers other than -1 (which is background, as NaN is), or RGB: what is wrong, as a phrase.
    """
    if plane.ndim != 2:
        raise ValueError(f"a picture of shape {plane.shape} instead of one label per pixel")
    kind = plane.dtype.kind
    if kind == "u":
        return plane
    if kind == "b":
        return plane.view(np.uint8) if plane.flags.c_contiguous else plane.astype(np.uint8)
    if kind not in "if":
        raise ValueError(f"pixels of type {plane.dtype}")
    if plane.size == 0:
        return plane.astype(np.uint32)
    plane = without_background(plane)
    high = plane.max()
    if kind == "f":
        if np.any(plane != np.floor(plane)):
            raise ValueError("pixels that are not whole numbers")
        if high >= 2.0**53:
            raise ValueError("labels too large to be exact in a float")
    return plane.astype(np.uint32 if high < 2**32 else np.uint64)


def fit_labels(labels: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Cut or pad with 0, on the right and below, to `shape` (rows, columns); never stretched.

    Returns the array itself when it fits, else a view or a new array of the same type.
    """
    rows, columns = (min(a, b) for a, b in zip(labels.shape, shape, strict=True))
    if labels.shape == tuple(shape):
        return labels
    if (rows, columns) == tuple(shape):
        return labels[:rows, :columns]
    out = np.zeros(shape, labels.dtype)
    out[:rows, :columns] = labels[:rows, :columns]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class LabelColours:
    """The colour of every label; label 0 is transparent. Make one with the functions of this module.

    Attributes
    ----------
    table
        Colours (n, 4) uint8: red, green, blue, alpha.
    ids
        None: label k has row (k - 1) modulo n. Else sorted labels, one per row.
    absent
        Colour of a label that is not in `ids`.
    dense
        Row of each label 0..max when the labels are small enough for a table, row n for an absent one.
    """

    table: NDArray[np.uint8]
    ids: NDArray[np.int64] | None = None
    absent: tuple[int, int, int, int] = (*NEUTRAL, 255)
    dense: NDArray[np.uint8] | None = None

    def lookup(self, labels: NDArray[Any]) -> NDArray[np.uint8]:
        """Return the colours (..., 4) uint8 of an integer array of labels, of any shape."""
        if self.ids is None:
            rows = (labels.astype(np.int64) - 1) % len(self.table)
            return _rows(self.table, rows, labels == 0)
        if self.dense is not None:
            rows = np.minimum(labels.astype(np.intp), len(self.dense) - 1)
            return np.take(_packed(self.dense), rows).view(np.uint8).reshape(*labels.shape, 4)
        wanted = labels.astype(np.int64)
        at = np.minimum(np.searchsorted(self.ids, wanted), max(len(self.ids) - 1, 0))
        found = self.ids[at] == wanted if len(self.ids) else np.zeros(labels.shape, bool)
        rows = np.where(found, at, len(self.table))
        return _rows(np.vstack([self.table, np.array([self.absent], np.uint8)]), rows, labels == 0)

    def colour(self, label: int) -> tuple[int, int, int]:
        """Return red, green, blue of one label, for a legend or a table cell."""
        r, g, b = self.lookup(np.array([label]))[0, :3].tolist()
        return r, g, b


def _packed(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Four bytes as one number: looking up one is four times faster than looking up rows of four."""
    return np.ascontiguousarray(table).view(np.uint32)[:, 0]


def _rows(table: NDArray[np.uint8], rows: NDArray[Any], empty: NDArray[Any]) -> NDArray[np.uint8]:
    packed = np.take(_packed(table), rows)
    packed[empty] = 0
    return packed.view(np.uint8).reshape(*rows.shape, 4)


def label_colours(max_label: int | None = None, seed: int = 0, colours: int = 256) -> LabelColours:
    """Return a categorical colour for each label: neighbouring labels always differ, another seed shuffles.

    Parameters
    ----------
    max_label
        Not needed (colours repeat after `colours` labels); fewer labels than that get fewer, and so more
        unlike colours.
    seed
        0 or more; order of the colours.
    colours
        How many there are.
    """
    n = colours if max_label is None else min(max(max_label, 8), colours)
    rgb = glasbey(n, seed)
    return LabelColours(np.hstack([rgb, np.full((n, 1), 255, np.uint8)]))


def uniform_colours(rgb: tuple[int, int, int]) -> LabelColours:
    """Return one colour for every label."""
    return LabelColours(np.array([[*rgb, 255]], np.uint8))


def colours_by_value(
    labels: ArrayLike,
    values: ArrayLike,
    colormap: str = "blue-white-red",
    limits: tuple[float, float] | None = None,
    max_label: int | None = None,
) -> LabelColours:
    """Return the colour of each label by a value of its object.

    Parameters
    ----------
    labels, values
        Two sequences of one length; of a label that occurs twice the last value counts. Values that are
        NaN, and labels in the mask that are not among `labels`, are neutral grey.
    colormap
        Name in `colormaps.COLORMAPS`.
    limits
        Values at the two ends; None: `robust_limits(values)`.
    max_label
        Not needed; accepted so that callers can pass the mask's maximum.

    Raises
    ------
    KeyError
        No such colour map.
    """
    table = COLORMAPS[colormap]
    numbers = np.asarray(values, dtype=np.float64)
    low, high = robust_limits(numbers) if limits is None else limits
    with np.errstate(invalid="ignore"):
        unit = np.clip((numbers - low) / max(high - low, np.finfo(np.float64).tiny), 0, 1)
    known = ~np.isnan(unit)
    rgb = np.empty((len(numbers), 3), np.uint8)
    rgb[:] = NEUTRAL
    rgb[known] = table[(unit[known] * 255 + 0.5).astype(np.intp)]
    return colours_by_table(labels, rgb)


def colours_by_category(labels: ArrayLike, codes: ArrayLike, seed: int = 0) -> LabelColours:
    """Return a categorical colour by a class of each object: same code, same colour.

    Parameters
    ----------
    labels
        Labels of the objects.
    codes
        A whole number each (a track, a lineage, the code of a text); negative: no class, neutral grey.
    seed
        Order of the colours.
    """
    numbers = np.asarray(codes, dtype=np.int64)
    palette = glasbey(256, seed)
    rgb = palette[numbers % 256]
    rgb[numbers < 0] = NEUTRAL
    return colours_by_table(labels, rgb)


def colours_by_table(labels: ArrayLike, rgb: ArrayLike) -> LabelColours:
    """Return given colours: `rgb` (n, 3) uint8 for `labels` (n,); labels below 1 are left out."""
    ids = np.asarray(labels).astype(np.int64)
    colours = np.asarray(rgb, dtype=np.uint8).reshape(-1, 3)
    # np.unique of the reversed labels finds the last of a label that occurs twice
    unique, first = np.unique(ids[::-1], return_index=True)
    rows = len(ids) - 1 - first
    keep = unique > 0
    unique, rows = unique[keep], rows[keep]
    table = np.hstack([colours[rows], np.full((len(rows), 1), 255, np.uint8)])
    dense = None
    top = int(unique[-1]) if len(unique) else 0
    if top < MAX_TABLE:
        dense = np.empty((top + 2, 4), np.uint8)  # the last row is for every label above the largest
        dense[:] = (*NEUTRAL, 255)
        dense[0] = 0
        dense[unique] = table
    return LabelColours(table, unique, dense=dense)


def robust_limits(values: ArrayLike, low: float = 1.0, high: float = 99.0) -> tuple[float, float]:
    """Return percentiles of the finite values, so that one outlier does not take all the colours.

    Where they are one value the whole range is taken; (v, v + 1) if all are equal, (0, 1) if there are none.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        return 0.0, 1.0
    bounds = np.percentile(numbers, (low, high))
    if bounds[0] >= bounds[1]:
        bounds = np.array([numbers.min(), numbers.max()])
    if bounds[0] >= bounds[1]:
        bounds[1] = max(bounds[0] + 1, np.nextafter(bounds[0], np.inf))
    return float(bounds[0]), float(bounds[1])
