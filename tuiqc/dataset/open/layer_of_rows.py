"""Finds out which of several masks the rows of an objects table belong to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.model import Batch
from tuiqc.dataset.words import best_layer, kind_words
from tuiqc.errors import TuiqcError

if TYPE_CHECKING:
    import pandas as pd

_IMAGES = 3  # are enough to tell layers apart


def layer_of_rows(batch: Batch, frame: pd.DataFrame, rows: Any, path: Path) -> tuple[str, str]:
    """Return the layer, and how it was found out.

    The table's name decides if it speaks of exactly one layer that has no table yet; else the layer in which
    most rows have their centre on their own label; else the first one. Without any layer the table's name
    gives it a name.

    Parameters
    ----------
    rows
        Row number in the image table for each row of `frame`, -1 for none.
    """
    layers = [layer for layer in batch.layers if layer not in batch.shared_tables]
    name = path.name.split(".")[0]
    if not layers:
        words = kind_words(name)
        return (name if words else "objects"), "there is no mask"
    if len(layers) == 1 and not batch.shared_tables:
        return layers[0], "there is only one kind of mask"
    if (layer := best_layer(name, layers)) is not None:
        return layer, "by the name of the table"
    scores = {layer: _agreement(batch, layer, frame, rows) for layer in layers}
    best = max(layers, key=lambda layer: scores[layer])
    if scores[best] > 0:
        return best, f"{scores[best]:.0%} of the centres are on their own label"
    return layers[0], "nothing tells; to change it: --label-columns with this one first"


def _agreement(batch: Batch, layer: str, frame: pd.DataFrame, rows: Any) -> float:
    """Share of rows (of a few images) whose centre lies on the pixel of their label in the masks of
    `layer`."""
    import numpy as np

    from tuiqc.dataset.geometry import as_floats
    from tuiqc.dataset.mask_measures import label_plane
    from tuiqc.pixels import read_plane

    choice = recognise([str(column) for column in frame.columns], batch.source.dialect_for(layer), layer)
    if choice.label_column is None or choice.centre_columns is None:
        return 0.0
    x, y = (as_floats(frame[column]) for column in choice.centre_columns)
    labels = as_floats(frame[choice.label_column])
    hits = total = 0
    for image in batch.images[:_IMAGES]:
        mask = image.masks.get(layer)
        if mask is None:
            continue
        try:
            plane = label_plane(read_plane(mask))
        except (TuiqcError, ValueError):
            continue
        mine = (rows == image.index) & np.isfinite(x) & np.isfinite(y) & np.isfinite(labels)
        column = np.rint(x[mine]).astype(np.int64)
        row = np.rint(y[mine]).astype(np.int64)
        inside = (row >= 0) & (column >= 0) & (row < plane.shape[0]) & (column < plane.shape[1])
        total += int(mine.sum())
        hits += int((plane[row[inside], column[inside]] == labels[mine][inside]).sum())
    return hits / total if total else 0.0
