"""Objects of a mask that is too large to be held at once: measured a part at a time, and put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.mask_measures import label_plane, measure_objects
from tuiqc.errors import TuiqcError
from tuiqc.pixels import ImageFile, ImageInfo, Window, open_image

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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
