"""Objects that did not fail, with all their measurements: the source tables less the failures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.tables.text_file import is_table
from tuiqc.errors import UsageError
from tuiqc.exporters.guard import Output, OutputNames, safe_name
from tuiqc.exporters.object_tables import (
    as_written,
    kept_text,
    load_layer,
    staying,
    subjects,
    verdict_columns,
    write_table,
)
from tuiqc.exporters.request import Request, Written
from tuiqc.exporters.table import SUFFIXES
from tuiqc.names import extended_name
from tuiqc.text import escaped

if TYPE_CHECKING:
    import pandas as pd


def export(request: Request) -> Written:
    """Write one table per layer: to `output` if it is one layer, else into that folder as LAYER.csv.

    Columns: `image` (key), the placeholders of the batch, `label` (`t`), all columns of the source tables under
    their names, then `qc_verdict`, `qc_reason`, `qc_note` (`qc_track_verdict` ... where tracks were judged) and the
    categories. A placeholder whose name is taken gets "_placeholder" added. Separated by tabs if the file is called
    .tsv, .tab or .txt, by commas if .csv; Parquet if .parquet.

    Raises
    ------
    UsageError
        The output is called like a table and there are several layers: it would become a folder of that name.
    """
    layers = request.chosen_layers
    if not layers:
        raise UsageError("there is no object layer in this batch: nothing can be exported")
    if len(layers) > 1 and is_table(request.output) and not request.output.is_dir():
        raise UsageError(
            f"one table for {len(layers)} object layers: --layer ({', '.join(layers)}), or name a folder"
        )
    names = OutputNames()
    found = Written([])
    # All are checked before the first is read.
    targets = [request.to(_path(request, layer, names), SUFFIXES) for layer in layers]
    for layer, target in zip(layers, targets, strict=True):
        _export(request, layer, target, found)
    return found


def _path(request: Request, layer: str, names: OutputNames) -> Path:
    if len(request.chosen_layers) == 1 and not request.output.is_dir():
        return request.output
    return request.output / names.free(safe_name(f"{layer}.csv"))


def _export(request: Request, layer: str, target: Output, found: Written) -> None:
    frame, _, notes, missing = load_layer(request, layer)
    of = subjects(request, layer, frame)
    tracks = request.tracks_of(layer, frame)
    stay = staying(request, of, tracks)
    table = _table(request, as_written(request, layer, frame, target), verdict_columns(request, of, tracks))
    write_table(request, table[stay], target)
    found.notes.extend(notes)
    found.missing.extend(missing)
    found.lines.append(f"{layer}: {kept_text(request, of, tracks, stay)}: {target.path}")


def _table(request: Request, frame: pd.DataFrame, verdicts: dict[str, list[str]]) -> pd.DataFrame:
    import pandas as pd

    records = request.batch.images
    images = frame["image"].tolist()
    front: dict[str, list[str]] = {"image": [escaped(records[index].key) for index in images]}
    taken = {*frame.columns, "image"}
    for name in request.batch.placeholders:
        column = extended_name(name, "_placeholder", taken)
        taken.add(column)
        front[column] = [escaped(records[index].placeholders.get(name, "")) for index in images]
    back = {}
    for name, values in verdicts.items():
        column = extended_name(name, "_annotation", taken)
        taken.add(column)
        back[column] = values
    rest = frame.drop(columns="image")
    return pd.concat(
        [pd.DataFrame(front, index=frame.index), rest, pd.DataFrame(back, index=frame.index)], axis=1
    )
