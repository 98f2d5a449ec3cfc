"""Which object each row of each table is about: to write into a copy of a table what is known of its objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ROW, ObjectLoader, ObjectPart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TableRows:
    """The rows of one table that are objects of a layer.

    Attributes
    ----------
    path, layer
        The file, and the layer whose objects it holds.
    rows
        Number of each row in the file, from 0; the same one more than once where a row stands for several time points.
    images, labels, times
        The object of each: row number of its image, label, and time point (0 where there is no time).
    """

    path: Path
    layer: str
    rows: Ints
    images: Ints
    labels: Ints
    times: Ints


def rows_of_tables(
    batch: Batch, layer: str, progress: Progress | None = None
) -> tuple[list[TableRows], list[ObjectPart]]:
    """Return the tables of a layer with their rows, and the parts that they were read as (with their problems)."""
    parts: list[ObjectPart] = []

    def take(part: ObjectPart) -> None:
        parts.append(part)
        if progress is not None:
            progress(sum(len(one.images) for one in parts), len(batch.images))

    ObjectLoader(batch, numbered=True).load_layer(layer, take)
    pieces: dict[Path, list[ObjectPart]] = {}
    for part in parts:
        path = batch.shared_tables.get(layer) or batch.images[part.image].tables.get(layer)
        if path is not None and ROW in part.frame.columns:
            pieces.setdefault(path, []).append(part)
    return [_joined(path, layer, found) for path, found in pieces.items()], parts


def _joined(path: Path, layer: str, parts: list[ObjectPart]) -> TableRows:
    def column(name: str) -> Ints:
        values = [
            part.frame[name].to_numpy(np.int64)
            if name in part.frame.columns
            else np.zeros(len(part.frame), np.int64)
            for part in parts
        ]
        return np.concatenate(values)

    return TableRows(path, layer, *(column(name) for name in (ROW, "image", "label", "t")))
