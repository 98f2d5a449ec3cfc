"""Measures objects from a label mask, for batches without a table and for tables without coordinates.

A mask that is too large to be held at once is measured a part at a time, and its objects are put together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.errors import TuiqcError
from tuiqc.measure.object_pixels import Regions
from tuiqc.pixels import ImageFile, ImageInfo, Window, open_image
from tuiqc.pixels.label_values import without_background

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def label_plane(plane: NDArray[Any]) -> NDArray[Any]:
    """Return `plane` as (y, x) labels of an integer type; float planes must hold whole numbers.

    -1 and NaN are background, as 0 is: so scikit-image and others write what belongs to no object or is ignored.

    Raises
    ------
    ValueError
        Not one plane, negative, not whole, or not finite: the text says which.
    """
    if plane.ndim != 2:
        raise ValueError(
            "a colour picture, not a mask of labels; where each colour is a label: --by-colour LAYER"
        )
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

    if labels.size and int(labels.max()) > np.iinfo(np.int64).max:
        raise ValueError(f"label {labels.max()} is too large")
    regions = Regions.of(labels)
    centre_y, centre_x = regions.centres()
    min_y, min_x, max_y, max_x = (side.astype(np.int64) for side in regions.boxes())
    columns: dict[str, Any] = {
        "label": regions.labels,
        "area": regions.area,
        "centre_x": centre_x,
        "centre_y": centre_y,
        "min_x": min_x,
        "min_y": min_y,
        "max_x": max_x,
        "max_y": max_y,
        "touches_border": regions.touches_border(),
    }
    for name, plane in (channels or {}).items():
        columns[f"mean_{name}"] = _means(plane, regions)
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


def _means(plane: NDArray[Any], regions: Regions) -> NDArray[np.float64]:
    if plane.ndim == 3:
        plane = plane[..., :3].mean(axis=2)
    if plane.shape == regions.shape:
        return regions.total(plane.ravel()[regions.index]) / regions.area
    inside = (regions.y < plane.shape[0]) & (regions.x < plane.shape[1])
    values = np.zeros(len(inside))
    values[inside] = plane[regions.y[inside], regions.x[inside]]
    pixels = regions.total(inside)
    means = np.full(len(regions), np.nan)
    np.divide(regions.total(values), pixels, out=means, where=pixels > 0)
    return means


LARGE_BYTES = 256 << 20
"""Masks with planes larger than this are measured in parts."""


def is_large(info: ImageInfo) -> bool:
    """Whether a mask has to be measured in parts, and can be."""
    return info.partial and info.plane_bytes > LARGE_BYTES


def measure_large(
    path: Path, t: int, z: int, channels: Mapping[str, tuple[Path, int, int, int]]
) -> tuple[pd.DataFrame, list[tuple[Path, str]]]:
    """Return what `measure_objects` would of one plane of a mask, and which channels could not be read, with why.

    Parameters
    ----------
    channels
        For each its file and place t, z, c in it.

    Raises
    ------
    InputError
        The mask can't be read.
    ValueError
        It is not a mask.
    """
    import pandas as pd

    from tuiqc.pixels.reduce import chunks

    problems: list[tuple[Path, str]] = []
    opened: dict[str, ImageFile] = {}
    parts = []
    try:
        for name, (channel, *_) in channels.items():
            try:
                opened[name] = open_image(channel)
            except TuiqcError as error:
                problems.append((channel, str(error)))
        with open_image(path) as mask:
            shape = mask.info.shape
            for window in chunks(mask, 0, Window.whole(shape)):
                labels = label_plane(mask.read(t=t, z=z, window=window))
                if not labels.any():
                    continue
                planes = _planes(channels, opened, window, problems)
                found = measure_objects(labels, planes)
                parts.append(_shifted(found, window))
    finally:
        for image in opened.values():
            image.close()
    if not parts:
        return measure_objects(np.zeros((0, 0), np.uint8)), problems
    return _together(pd.concat(parts, ignore_index=True), shape), problems


def _planes(
    channels: Mapping[str, tuple[Path, int, int, int]],
    opened: dict[str, ImageFile],
    window: Window,
    problems: list[tuple[Path, str]],
) -> dict[str, NDArray[Any]]:
    planes = {}
    for name, image in list(opened.items()):
        path, t, z, c = channels[name]
        try:
            planes[name] = image.read(t=t, z=z, c=c, window=window)
        except TuiqcError as error:
            problems.append((path, str(error)))
            image.close()
            del opened[name]
    return planes


def _shifted(found: pd.DataFrame, window: Window) -> pd.DataFrame:
    for axis, offset in (("x", window.x0), ("y", window.y0)):
        for name in (f"centre_{axis}", f"min_{axis}", f"max_{axis}"):
            found[name] += offset
    return found


def _together(parts: pd.DataFrame, shape: tuple[int, int]) -> pd.DataFrame:
    """One row per label: an object that lies across parts has a row in each."""
    means = [name for name in parts.columns if name.startswith("mean_")]
    weighted = [*means, "centre_x", "centre_y"]
    order = list(parts.columns)
    weights = {name: parts["area"].where(parts[name].notna(), 0) for name in weighted}
    for name in weighted:
        parts[name] = parts[name].fillna(0) * weights[name]
        parts[f"{name} weight"] = weights[name]
    how = {"area": "sum", "min_x": "min", "min_y": "min", "max_x": "max", "max_y": "max"}
    how |= {name: "sum" for column in weighted for name in (column, f"{column} weight")}
    whole = parts.groupby("label", sort=True).agg(how).reset_index()
    for name in weighted:
        whole[name] /= whole[f"{name} weight"].where(whole[f"{name} weight"] > 0)
    rows, columns = shape
    whole["touches_border"] = (
        (whole["min_x"] == 0) | (whole["min_y"] == 0) | (whole["max_x"] == columns) | (whole["max_y"] == rows)
    )
    return whole[[name for name in order if name in whole.columns]]
