"""Which columns of an objects table name files, which of these are masks, and which mask its rows belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.model import Batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.words import MASK_WORD, best_layer, kind_words
from tuiqc.errors import InputError, TuiqcError, UsageError

if TYPE_CHECKING:
    import pandas as pd

_FILE = re.compile(r"(?P<before>(?:Image_)?(?:Objects)?)FileName_(?P<name>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column that names files: its name for people, and the column with their folders if there is one."""

    name: str
    file: str
    folder: str | None
    is_mask: bool


def file_columns(frame: pd.DataFrame, options: SourceOptions, path: Path) -> list[FileColumn]:
    """The columns that name images and masks: as the user said, else `FileName_*`, else what looks like image
    files."""
    names = [str(column) for column in frame.columns]
    if options.image_columns or options.label_columns:
        asked = [(text, False) for text in options.image_columns] + [
            (text, True) for text in options.label_columns
        ]
        return [_asked(text, is_mask, names, path) for text, is_mask in asked]
    files = [name for name in names if _FILE.fullmatch(name)]
    if not files:
        files = [name for name in names if _has_image_names(frame[name])]
    if not files:
        raise InputError(
            f"no column names an image file (columns: {', '.join(names[:8])} …)",
            path=path,
            expected="FileName_… columns as CellProfiler writes them",
            hint="name them with --image-columns and --label-columns, or open the images with --images and --labels "
            "and this table with --table",
        )
    return [_column(name, names, _looks_like_mask(name, frame[name])) for name in files]


def named_files(names: Sequence[str], options: SourceOptions, path: Path) -> list[str]:
    """The columns that `file_columns` looks at, and those with their folders; none where it has to look for them."""
    asked = [*options.image_columns, *options.label_columns]
    if asked:
        found = [_asked(text, False, names, path) for text in asked]
    else:
        found = [_column(name, names, False) for name in names if _FILE.fullmatch(name)]
    return [name for column in found for name in (column.file, column.folder) if name is not None]


def _column(file: str, names: Sequence[str], is_mask: bool) -> FileColumn:
    match = _FILE.fullmatch(file)
    if match is None:
        return FileColumn(
            re.sub(r"(?i)[_ ]?(file_?name|path|file|uri)$", "", file) or file, file, None, is_mask
        )
    wanted = f"{match['before']}PathName_{match['name']}".casefold()
    return FileColumn(
        match["name"], file, next((name for name in names if name.casefold() == wanted), None), is_mask
    )


def _asked(text: str, is_mask: bool, names: Sequence[str], path: Path) -> FileColumn:
    for name in names:
        match = _FILE.fullmatch(name)
        if name == text or (match is not None and match["name"].casefold() == text.casefold()):
            return _column(name, names, is_mask)
    option = "--label-columns" if is_mask else "--image-columns"
    raise UsageError(f"{option} {text}: {path.name} has no such column; it has: {', '.join(names)}")


def _looks_like_mask(name: str, values: Any) -> bool:
    """Whether the column's name, or else the names of its files, speak of masks."""
    match = _FILE.fullmatch(name)
    if match is not None and "objects" in match["before"].casefold():
        return True
    if MASK_WORD.search(match["name"] if match else name):
        return True
    some = values.dropna().astype(str).head(3)
    return len(some) > 0 and all(MASK_WORD.search(re.split(r"[\\/]", text)[-1]) for text in some)


def _has_image_names(values: Any) -> bool:
    from tuiqc.pixels import SUFFIXES

    if values.dtype.kind in "biufc":
        return False
    some = values.dropna().head(3)
    return len(some) > 0 and all(
        isinstance(text, str) and text.casefold().endswith(tuple(SUFFIXES)) for text in some
    )


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
