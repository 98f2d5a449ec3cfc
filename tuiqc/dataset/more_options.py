"""What `--columns [LAYER=]FILE` says: the layer, the file, and which columns of it are the keys.

A file name may be followed by `;label=COLUMN`, `;image=COLUMN` and `;t=COLUMN`, for tables whose key columns are
not recognised by their names, and by `;only=COLUMN,COLUMN` for the columns that are wanted (genes of AnnData are read
only so).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tuiqc.budget import regular_file
from tuiqc.dataset.model import Batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables.reader import is_group
from tuiqc.dataset.words import best_layer
from tuiqc.errors import UsageError

_KEY = re.compile(r";(label|image|t|only)=([^;]+)")


@dataclass(frozen=True, slots=True)
class ColumnsFile:
    """One file with more columns for the objects of a layer; key columns are None where they are recognised.

    `only` are the columns that are wanted, all where it is empty.
    """

    layer: str
    path: Path
    label: str | None = None
    image: str | None = None
    t: str | None = None
    only: tuple[str, ...] = ()


def columns_files(batch: Batch, layer: str | None = None) -> list[ColumnsFile]:
    """Return the files that the options of a batch name (for `layer` only, if it is given), in their order."""
    found = [_parsed(batch.source, batch.layers, name, text) for name, text in batch.source.columns]
    return [entry for entry in found if layer is None or entry.layer == layer]


def check_columns_options(batch: Batch) -> None:
    """Refuse what can't be, and say to which layer a file without one was given.

    Raises
    ------
    UsageError
        There is no such layer, or none at all.
    InputError
        A file is missing, or no regular file.
    """
    for (name, text), entry in zip(batch.source.columns, columns_files(batch), strict=True):
        if entry.layer not in batch.layers:
            there = ", ".join(batch.layers) or "none"
            raise UsageError(f"--columns {text}: no object layer {entry.layer!r}; there are: {there}")
        if not is_group(entry.path):
            regular_file(entry.path, "a table with more columns (--columns)")
        if not name and len(batch.layers) > 1:
            batch.assumptions.append(
                f"{entry.path.name} has columns for the objects of {entry.layer}; "
                f"to change it: --columns LAYER={entry.path.name}"
            )


def _parsed(options: SourceOptions, layers: list[str], name: str, text: str) -> ColumnsFile:
    file = _KEY.split(text, maxsplit=1)[0]
    keys = dict(_KEY.findall(text[len(file) :]))
    path = options.resolve(file).absolute()
    layer = name or best_layer(path.name.split(".")[0], layers) or (layers[0] if layers else "")
    only = tuple(name.strip() for name in keys.get("only", "").split(",") if name.strip())
    return ColumnsFile(layer, path, keys.get("label"), keys.get("image"), keys.get("t"), only)
