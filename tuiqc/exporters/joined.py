"""Copies of the person's own tables with columns of verdicts: every other byte of a text, every other column, stays.

A table of text keeps its delimiter, line ends, encoding, packing, comments and header rows; AnnData's `.h5ad` gets
columns of `obs`, Parquet columns behind the others.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.table_rows import TableRows, rows_of_tables
from tuiqc.dataset.tables.record_lines import RecordLines
from tuiqc.dataset.tables.text_file import ANNDATA, is_table
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.guard import Output, OutputNames
from tuiqc.exporters.object_tables import told, verdict_columns
from tuiqc.exporters.request import Request, Written
from tuiqc.files.arrow import arrow_sink, arrow_source
from tuiqc.names import extended_name
from tuiqc.qc.csvfile import harmless
from tuiqc.qc.record import Subject
from tuiqc.qc.verdict import CODES
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRICTEST = ("fail", "unsure", "pass", "unreviewed")


@dataclass(frozen=True, eq=False)
class _Columns:
    """What is written beside the rows of a file.

    Attributes
    ----------
    cells
        Texts by the name of their column: one for each row of the file, "" where nothing was said.
    kept
        (rows,) which rows of the file stay.
    """

    cells: dict[str, list[str]]
    kept: NDArray[np.bool_]


def export(request: Request) -> Written:
    """Write a copy of each table of the layers: to `output` if it is one, else into that folder.

    Columns `qc_verdict`, `qc_reason`, `qc_note` (`qc_track_…` where tracks were judged, `qc_image_…` where images
    were), and own categories; in a table of several layers with the name of the layer behind `qc_`. Rows of no object
    stay as they are, with nothing in these columns.

    Raises
    ------
    UsageError
        There is no table, or one name for several.
    InputError
        No table could be copied.
    """
    tables: dict[Path, list[TableRows]] = {}
    found = Written([])
    for layer in request.chosen_layers:
        if not request.batch.has_table(layer):
            continue
        rows, parts = rows_of_tables(request.batch, layer, request.progress)
        notes, missing = told(parts)
        found.notes.extend(notes)
        found.missing.extend(missing)
        for one in rows:
            tables.setdefault(one.path, []).append(one)
    if not tables:
        raise UsageError(
            "there is no table in this batch to copy: --what passing writes objects that were measured"
        )
    alone = is_table(request.output) and not request.output.is_dir()
    if alone:
        request.inputs.check(request.output)
    if alone and len(tables) > 1:
        raise UsageError(f"{request.output}: there are {len(tables)} tables to copy: name a folder")
    written = 0
    for path, target in _targets(request, list(tables), alone):
        try:
            _copy(request, path, tables[path], target)
            written += 1
        except TuiqcError as error:
            found.missing.append(str(error))
        request.tell(written, len(tables))
    if not written:
        raise InputError(f"no table could be copied: {found.missing[0]}")
    judged = sum(bool(annotation.verdict) for annotation in request.annotations.values())
    found.lines.append(f"{plural(written, 'table')} with {plural(judged, 'verdict')}: {request.output}")
    return found


def _targets(request: Request, paths: Sequence[Path], alone: bool) -> list[tuple[Path, Output]]:
    """Where each table goes: under the name and in the sub-folders that it has now."""
    if alone:
        (path,) = paths
        wanted = _ending(path)
        if not str(request.output).casefold().endswith(wanted):
            raise UsageError(f"{request.output}: a copy of {path.name} must end with {wanted}")
        return [(path, request.to(request.output, ()))]
    folder, names = request.folder("copies of tables"), OutputNames()
    targets = []
    for path in paths:
        relative = Path(os.path.relpath(path, request.batch.root))
        inside = not relative.is_absolute() and ".." not in relative.parts
        name = names.free(relative.as_posix() if inside else path.name)
        targets.append((path, request.to(folder / name, ())))
    return targets


def _ending(path: Path) -> str:
    name = path.name.casefold()
    return "".join(Path(name).suffixes[-2:]) if name.endswith(".gz") else path.suffix.casefold()


def _copy(request: Request, path: Path, tables: list[TableRows], target: Output) -> None:
    from tuiqc.dataset.tables import parquet

    with target.writing() as temporary:
        if path.suffix.casefold() in ANNDATA:
            _copy_anndata(request, path, tables, temporary)
        elif parquet.is_parquet(path):
            _copy_parquet(request, path, tables, temporary)
        else:
            _copy_text(request, path, tables, temporary)


def _columns(request: Request, tables: list[TableRows], rows: int, taken: set[str]) -> _Columns:
    """The columns of a file of so many rows, under names that it has not."""
    cells: dict[str, list[str]] = {}
    here, gone = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    for table in tables:
        if len(table.rows) and int(table.rows.max()) >= rows:
            raise InputError(
                f"has {rows:,} rows now and had more", path=table.path, hint="was it written anew?"
            )
        of, tracks = _subjects(request, table)
        dropped = [request.drops(one, track) for one, track in zip(of, tracks, strict=True)]
        np.add.at(here, table.rows, 1)
        np.add.at(gone, table.rows, np.array(dropped, np.int64))
        # A row that stands for several time points has what is strictest: that is written last.
        order = sorted(range(len(of)), key=lambda at: -_STRICTEST.index(request.verdict(of[at])))
        first = f"qc_{table.layer}_" if len(tables) > 1 else "qc_"
        for name, values in _said(request, of, tracks).items():
            column = first + name.removeprefix("qc_") if name.startswith("qc_") else name
            column = extended_name(escaped(column), "_annotation", taken | set(cells))
            texts = cells.setdefault(column, [""] * rows)
            for at in order:
                texts[table.rows[at]] = values[at] if request.raw else harmless(values[at])
    return _Columns(cells, (here == 0) | (gone < here))


def _subjects(request: Request, table: TableRows) -> tuple[list[Subject], list[Subject | None]]:
    """The object and the track of each row."""
    import pandas as pd

    keys = request.batch.keys
    rows = zip(table.images.tolist(), table.labels.tolist(), table.times.tolist(), strict=True)
    of = [Subject("object", keys[image], table.layer, label, t) for image, label, t in rows]
    frame = pd.DataFrame({"image": table.images, "label": table.labels, "t": table.times})
    return of, request.tracks_of(table.layer, frame)


def _said(request: Request, of: list[Subject], tracks: list[Subject | None]) -> dict[str, list[str]]:
    """The columns of what was said of objects, their tracks, and their images."""
    columns = verdict_columns(request, of, tracks)
    if any(subject.level == "image" for subject in request.annotations):
        whole = [request.annotations.get(Subject("image", one.image)) for one in of]
        for name in ("verdict", "reason", "note"):
            columns[f"qc_image_{name}"] = [getattr(said, name, "") for said in whole]
    return columns


def _copy_text(request: Request, path: Path, tables: list[TableRows], target: Path) -> None:
    lines = RecordLines.read(path)
    if lines.header < 0:
        raise InputError("has no line with the names of its columns", path=path, hint="use --what passing")
    rows = lines.rows
    columns = _columns(request, tables, len(rows), set(lines.shape.columns))
    head = list(lines.head)
    for at, cells in enumerate(_headings(lines, list(columns.cells)), start=lines.header):
        head[at] = lines.extended(head[at], cells)
    body: list[str] = list(lines.body)
    for at, line in enumerate(body):
        if line.strip() and lines.repeats_header(line):
            body[at] = lines.extended(line, list(columns.cells))
    for row, at in enumerate(rows):
        texts = [column[row] for column in columns.cells.values()]
        body[at] = lines.extended(lines.filled(body[at]), texts) if columns.kept[row] else ""
    lines.write(target, [*head, *body])


def _headings(lines: RecordLines, names: list[str]) -> list[list[str]]:
    """The further cells of each line of the header, from that with the names on."""
    below = len([line for line in lines.head[lines.header + 1 :] if line.strip()])
    if lines.shape.header_rows == 2:  # object and feature: the name is made of both
        split = [name.partition("_") for name in names]
        return [[first for first, _, _ in split], [rest for _, _, rest in split]]
    return [names, *([""] * len(names) for _ in range(below))]


def _copy_parquet(request: Request, path: Path, tables: list[TableRows], target: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    table = parquet.read_table(arrow_source(path), partitioning=None)
    columns = _columns(request, tables, table.num_rows, set(table.column_names))
    for name, values in columns.cells.items():
        table = table.append_column(
            name, pyarrow.array([value or None for value in values], pyarrow.string())
        )
    with arrow_sink(target) as sink:
        parquet.write_table(table.filter(pyarrow.array(columns.kept)), sink, compression="zstd")


def _copy_anndata(request: Request, path: Path, tables: list[TableRows], target: Path) -> None:
    import h5py

    from tuiqc.dataset.tables import anndata

    rows = len(anndata.read(path)[0])
    with h5py.File(path, "r", locking=False) as file:
        names = {str(name) for name in file["obs"]}
    columns = _columns(request, tables, rows, names)
    if not columns.kept.all():
        raise InputError(
            "a copy keeps all observations",
            path=path,
            hint="leave --drop out, and filter by qc_verdict in scanpy",
        )
    shutil.copyfile(path, target)
    with h5py.File(target, "r+", locking=False) as file:
        for name, values in columns.cells.items():
            _add_categories(file["obs"], name, values)


def _add_categories(obs: Any, name: str, values: list[str]) -> None:
    """Add a categorical column of `obs`, as AnnData's specification of files has it (encoding 0.2.0)."""
    import h5py

    words = sorted(set(values) - {""}, key=lambda word: (CODES.get(word, len(CODES)), word))
    number = {word: at for at, word in enumerate(words)}
    group = obs.create_group(name)
    group.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": False})
    width = np.int8 if len(words) < 128 else np.int32
    codes = group.create_dataset("codes", data=np.array([number.get(value, -1) for value in values], width))
    codes.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    found = group.create_dataset("categories", data=np.array(words, object), dtype=h5py.string_dtype())
    found.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    order = [str(one) for one in obs.attrs.get("column-order", ())]
    obs.attrs["column-order"] = np.array([*order, name], h5py.string_dtype())
