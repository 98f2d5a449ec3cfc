"""What speaks against a file being a mask of labels although it can be read as one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.mask_measures import label_plane
from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import TuiqcError
from tuiqc.pixels import image_info

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_MOST_PIXELS = 1 << 26
_SPARSE, _SCATTERED = 0.15, 0.2
"""An object fills less of its box than this if it is in pieces far apart; so many of all objects are suspicious."""
_WORDS = {"t": "time points", "z": "slices"}


def doubts(
    path: Path, image: ImageRecord, measured: pd.DataFrame, read: Callable[..., NDArray[Any]]
) -> list[str]:
    """Sentences on a mask whose objects were measured: planes that are missing, a lossy codec, one label for all.

    Parameters
    ----------
    measured
        As `tuiqc.dataset.mask_measures.measure_objects` gives it; with a column `t` for a movie.
    read
        Reads one plane of a file.
    """
    found = plane_doubts(path, image)
    if text := _wrapped(path, measured):
        found.append(text)
    if text := _one_label(path, measured, read):
        found.append(text)
    return found


def plane_doubts(path: Path, image: ImageRecord) -> list[str]:
    """What the headers of a mask and its image say: nothing of the pixels is read."""
    info = image_info(path)
    found = []
    if info.lossy:
        found.append(
            f"{info.format} with a lossy codec changes labels: save masks without loss (PNG, TIFF with zlib)"
        )
    for channel in image.channels.values():
        try:
            sizes = None if channel is None else image_info(channel).sizes
        except TuiqcError:
            continue
        if sizes is None:
            continue
        for axis, noun in _WORDS.items():
            here, there = info.sizes[axis], sizes[axis]
            if 1 < here != there > 1:
                found.append(f"the mask has {here} {noun}, its image {there}; otherwise: --axes")
        break
    return found


def _wrapped(path: Path, measured: pd.DataFrame) -> str:
    """Say of a mask that uses its largest label that its labels may have begun anew: objects far apart share one."""
    dtype = image_info(path).dtype
    if dtype.kind != "u" or dtype.itemsize > 2 or not len(measured):
        return ""
    largest = int(np.iinfo(dtype.name).max)
    labels = measured["label"].to_numpy()
    if labels.max() != largest or len(np.unique(labels)) < largest // 2:
        return ""
    sides = [measured[f"max_{axis}"].to_numpy() - measured[f"min_{axis}"].to_numpy() for axis in "xy"]
    scattered = int((measured["area"].to_numpy() < _SPARSE * sides[0] * sides[1]).sum())
    if scattered < _SCATTERED * len(measured):
        return ""
    return (
        f"{scattered} of its {len(measured)} labels are in pieces far apart, and the largest is {largest}: more "
        f"objects than {8 * dtype.itemsize} bits can number? Save masks with more bits"
    )


def _one_label(path: Path, measured: pd.DataFrame, read: Callable[..., NDArray[Any]]) -> str:
    """Say of a mask with one label that it may be a binary one: a foreground in several pieces, or most of it."""
    from scipy import ndimage

    info = image_info(path)
    if measured["label"].nunique() != 1 or info.shape[0] * info.shape[1] > _MOST_PIXELS:
        return ""
    row = int(measured["area"].to_numpy().argmax())
    t = int(measured["t"].iloc[row]) if "t" in measured.columns else 0
    try:
        inside = label_plane(read(path, t=t) if t else read(path)) > 0
    except (TuiqcError, ValueError):
        return ""
    value = int(measured["label"].iloc[0])
    pieces = int(ndimage.label(inside, np.ones((3, 3)))[1])
    if pieces > 1:
        return (
            f"its only label is {value}, in {pieces} pieces: a binary mask of foreground? It counts as one object; "
            "label its pieces first"
        )
    if 2 * int(inside.sum()) > inside.size:
        share = f"{inside.mean():.0%} of the image"
        return f"its only label is {value} and covers {share}: a binary mask, or its background?"
    return ""
