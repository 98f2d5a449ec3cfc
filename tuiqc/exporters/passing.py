"""Objects that did not fail, with all their measurements: the source tables less the failures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.tables.text import is_table
from tuiqc.errors import UsageError
from tuiqc.exporters.object_tables import load_layer, separator, staying, subjects, verdict_columns
from tuiqc.exporters.request import Request
from tuiqc.names import extended_name

if TYPE_CHECKING:
    import pandas as pd


def export(request: Request) -> list[str]:
    """Write one table per layer: to `output` if it is one layer, else into that folder as LAYER.csv.

    Columns: `image` (key), the placeholders of the batch, `label` (`t`), all columns of the source tables under
    their names, then `qc_verdict`, `qc_reason`, `qc_note` (`qc_track_verdict` ... where tracks were judged) and the
    categories. A placeholder whose name is taken
    gets "_placeholder" added. Separated by tabs if the file is called .tsv, .tab or .txt, else by commas.

    Raises
    ------
    UsageError
        The output is called like a table and there are several layers: it would become a folder of that name.
    """
    layers = request.chosen_layers
    if len(layers) > 1 and is_table(request.output) and not request.output.is_dir():
        raise UsageError(
            f"one table for {len(layers)} object layers: --layer ({', '.join(layers)}), or name a folder"
        )
    lines: list[str] = []
    for layer in layers:
        path = request.output if len(layers) == 1 and not request.output.is_dir() else None
        lines += _export(request, layer, path or request.output / f"{layer}.csv")
    return lines


def _export(request: Request, layer: str, path: Path) -> list[str]:
    request.check(path)
    frame, _, problems = load_layer(request, layer)
    of = subjects(request, layer, frame)
    tracks = request.tracks_of(layer, frame)
    stay = staying(request, of, tracks)
    table = _table(request, frame, verdict_columns(request, of, tracks))
    with request.writing(path) as temporary:
        table[stay].to_csv(
            temporary, sep=separator(path.suffix), index=False, lineterminator="\r\n", encoding="utf-8"
        )
    left_out = len(frame) - int(stay.sum())
    return [*problems, f"{layer}: {int(stay.sum())} objects kept, {left_out} left out: {path}"]


def _table(request: Request, frame: pd.DataFrame, verdicts: dict[str, list[str]]) -> pd.DataFrame:
    import pandas as pd

    records = request.batch.images
    images = frame["image"].tolist()
    front: dict[str, list[str]] = {"image": [records[index].key for index in images]}
    taken = {*frame.columns, "image"}
    for name in request.batch.placeholders:
        column = extended_name(name, "_placeholder", taken)
        taken.add(column)
        front[column] = [records[index].placeholders.get(name, "") for index in images]
    back = {}
    for name, values in verdicts.items():
        column = extended_name(name, "_annotation", taken)
        taken.add(column)
        back[column] = values
    rest = frame.drop(columns="image")
    return pd.concat(
        [pd.DataFrame(front, index=frame.index), rest, pd.DataFrame(back, index=frame.index)], axis=1
    )
