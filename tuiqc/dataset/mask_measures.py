"""Measures objects from a label mask, for batches without a table and for tables without coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.pixels.label_values import without_background

if TYPE_CHECKING:
    import pandas as pd

_DENSE = 1 << 22  # largest label for which arrays are made as long as the largest label


def label_plane(plane: NDArray[Any]) -> NDArray[Any]:
    """Return `plane` as (y, x) labels of an integer type; float planes must hold whole numbers.

    -1 and NaN are background, as 0 is: so scikit-image and others write what belongs to no object or is ignored.

    Raises
    ------
    ValueError
        Not one plane, negative, not whole, or not finite: the text says which.
    """
    if plane.ndim != 2:
        raise ValueError("a colour picture, not a mask of labels")
    if plane.dtype == np.bool_:
        return plane.astype(np.uint8)
    if plane.dtype.kind == "u":
        return plane
    if plane.dtype.kind == "i":
        return without_background(plane)
    if plane.dtype.kind != "f":
        raise ValueError(f"pixels of type {plane.dtype} are not labels")
    plane = without_background(plane)
    whole = plane.astype(np.uint64)
    if (whole != plane).any():
        raise ValueError("labels that are not whole numbers: is it a probability map?")
    return whole


def measure_objects(labels: NDArray[Any], channels: Mapping[str, NDArray[Any]] | None = None) -> pd.DataFrame:
    """Return one row per label, in ascending order.

    Parameters
    ----------
    labels
        (y, x) integers, 0 is background. Any size of label; only those that occur cost memory.
    channels
        (y, x) or (y, x, samples) planes. One of another size than the mask is laid on its top left corner;
        pixels outside of it do not count.

    Returns
    -------
    pandas.DataFrame
        `label` (int64), `area` (pixels), `centre_x`, `centre_y` (mean of the pixel positions, 0-based, pixel
        centres at whole numbers), `min_x`, `min_y`, `max_x`, `max_y` (max exclusive), `touches_border`
        (bool), `mean_<channel>` (float64, NaN where no pixel of the object is within the channel).
    """
    import pandas as pd

    height, width = labels.shape
    flat = np.ascontiguousarray(labels).reshape(-1)
    where = np.flatnonzero(flat)
    ids, index = _compress(flat[where])
    count = len(ids)
    y, x = np.divmod(where, max(width, 1))
    area = np.bincount(index, minlength=count)
    min_y, max_y = np.zeros(count, np.int64), np.zeros(count, np.int64)
    # Pixels come in rows: of several values for one label the last assignment counts, so forwards it is the
    # lowest row, backwards the highest.
    max_y[index] = y + 1
    min_y[index[::-1]] = y[::-1]
    min_x, max_x = np.full(count, width, np.int64), np.zeros(count, np.int64)
    np.minimum.at(min_x, index, x)
    np.maximum.at(max_x, index, x + 1)
    safe = np.maximum(area, 1)
    columns: dict[str, Any] = {
        "label": ids.astype(np.int64),
        "area": area,
        "centre_x": np.bincount(index, weights=x, minlength=count) / safe,
        "centre_y": np.bincount(index, weights=y, minlength=count) / safe,
        "min_x": min_x,
        "min_y": min_y,
        "max_x": max_x,
        "max_y": max_y,
        "touches_border": (min_x == 0) | (min_y == 0) | (max_x == width) | (max_y == height),
    }
    for name, plane in (channels or {}).items():
        columns[f"mean_{name}"] = _means(plane, where, index, y, x, count, labels.shape)
    return pd.DataFrame(columns)


def across_slices(slices: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join what `measure_objects` found in the slices of a stack to one row per label.

    `area` is then the number of voxels, centre and box are in the plane, means are over all voxels. Further columns:
    `centre_z`, `min_z`, `max_z` (slices from 0, max exclusive) and `widest_z`, the slice with most of it.
    """
    import pandas as pd

    every = pd.concat([one.assign(z=z) for z, one in enumerate(slices)], ignore_index=True)
    weighted = [name for name in every.columns if name.startswith(("centre_", "mean_"))]
    weights = every["area"].to_numpy(dtype=np.float64)
    sums = every[weighted].mul(weights, axis=0).assign(centre_z=every["z"] * weights)
    by = every.groupby("label", sort=True)
    area = by["area"].sum()
    means = sums.groupby(every["label"], sort=True).sum().div(area, axis=0)
    widest = every.loc[by["area"].idxmax(), ["label", "z"]].set_index("label")["z"]
    out = pd.DataFrame({"area": area})
    for name in (name for name in slices[0].columns if name not in ("label", "area")):
        if name in weighted:
            out[name] = means[name]
        elif name.startswith("min_"):
            out[name] = by[name].min()
        else:  # the largest side, and whether it touches the border in any slice
            out[name] = by[name].max()
    out["centre_z"], out["min_z"], out["max_z"] = means["centre_z"], by["z"].min(), by["z"].max() + 1
    out["widest_z"] = widest
    return out.rename_axis("label").reset_index()


def _compress(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The labels that occur, ascending, and for each pixel which of them it is."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    top = int(values.max())
    if top > np.iinfo(np.int64).max:
        raise ValueError(f"label {top} is too large")
    if top > _DENSE:
        ids, index = np.unique(values, return_inverse=True)
        return ids, index.reshape(-1).astype(np.int64)
    present = np.zeros(top + 1, bool)
    present[values] = True
    ids = np.flatnonzero(present)
    place = np.zeros(top + 1, np.int64)
    place[ids] = np.arange(len(ids))
    return ids, place[values]


def _means(
    plane: NDArray[Any],
    where: NDArray[Any],
    index: NDArray[np.int64],
    y: NDArray[Any],
    x: NDArray[Any],
    count: int,
    shape: tuple[int, ...],
) -> NDArray[np.float64]:
    if plane.ndim == 3:
        plane = plane[..., :3].mean(axis=2)
    if plane.shape == shape:
        values = np.ascontiguousarray(plane).reshape(-1)[where]
    else:
        inside = (y < plane.shape[0]) & (x < plane.shape[1])
        values, index = plane[y[inside], x[inside]], index[inside]
    sums = np.bincount(index, weights=values.astype(np.float64), minlength=count)
    pixels = np.bincount(index, minlength=count)
    means = np.full(count, np.nan)
    np.divide(sums, pixels, out=means, where=pixels > 0)
    return means
