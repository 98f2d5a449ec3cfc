"""Tables with a row for each corner: Xenium's `cell_boundaries` (Parquet or CSV), CosMx's polygons.

Corners of one object stand together; an id that comes again further down is another part of the same object.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tuiqc.budget import check_count, regular_file
from tuiqc.errors import InputError
from tuiqc.files.arrow import arrow_source
from tuiqc.pixels.polygons.outlines import (
    ANY_PLANE,
    FARTHEST,
    OutlineBuilder,
    Outlines,
    merged,
    reordered,
)
from tuiqc.pixels.polygons.polygon_set import (
    MICROMETRES,
    PolygonSet,
    Report,
    check_rows,
    labels_from,
    not_polygons,
)


class _Kind(NamedTuple):
    """Columns of one program: x and y, those of the id (the first that is there), and the unit."""

    x: str
    y: str
    ids: tuple[str, ...]
    unit: str


KINDS = (
    _Kind("vertex_x", "vertex_y", ("cell_id",), MICROMETRES),
    _Kind("x_local_px", "y_local_px", ("cellID", "cell_ID"), ""),
)
LABEL = "label_id"
_PACKING, _FREE_BYTES = 200, 64 << 20


def kind_of(names: list[str]) -> _Kind | None:
    """The program whose columns these are; None if they are none of a table of corners."""
    return next(
        (
            one
            for one in KINDS
            if {one.x, one.y} <= set(names) and any(name in names for name in (*one.ids, LABEL))
        ),
        None,
    )


def read(path: Path, report: Report | None = None) -> PolygonSet:
    """Return the polygons of a file.

    Raises
    ------
    InputError
        The file can't be read, or has other columns.
    """
    import pyarrow as pa

    size = regular_file(path, "a table of corners").st_size
    table, kind = table_of(path)
    if not len(table):
        return PolygonSet(OutlineBuilder().made(np.zeros(0, np.int64)), {}, kind.unit)
    name = id_column(table, kind)
    try:
        ids = table.column(name).combine_chunks()
        if pa.types.is_binary(ids.type):  # as Xenium's first versions write them
            ids = ids.cast(pa.string())
        ids = ids.dictionary_encode()
        x, y = (np.asarray(table.column(one).to_numpy(), np.float64) for one in (kind.x, kind.y))
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise InputError(f"has corners that are no numbers ({error})", path=path) from None
    if ids.indices.null_count or not ((np.abs(x) < FARTHEST) & (np.abs(y) < FARTHEST)).all():
        raise InputError("has corners without an id or a place", path=path)
    codes = ids.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    parts = _part_numbers(table, name, codes)
    columns, labels, notes = _labels(table, name, ids, codes)
    if report is not None:
        report(size, size)
    starts = np.flatnonzero(np.r_[True, np.diff(parts) != 0])
    count = len(ids.dictionary)
    outlines = Outlines(
        np.stack([x, y], axis=1).astype(np.float32),
        np.concatenate([starts, [len(x)]]).astype(np.int64),
        np.arange(len(starts), dtype=np.int32),
        codes[starts].astype(np.int32),
        labels,
        np.full(count, ANY_PLANE, np.int32),
        np.full(len(starts), ANY_PLANE, np.int32),
    )
    if (np.diff(codes[starts]) < 0).any():
        outlines = reordered(outlines, codes[starts])
    return PolygonSet(merged(outlines), columns, kind.unit, tuple(notes), counted=bool(notes))


def id_column(table: Any, kind: _Kind) -> str:
    """The column that tells objects apart."""
    return next(one for one in (*kind.ids, LABEL) if one in table.column_names)


def table_of(path: Path, *, whole: bool = False) -> tuple[Any, _Kind]:
    """Return the corners as a table of Arrow, and whose columns they are; with `whole` all other columns too.

    Raises
    ------
    InputError
        As `read`.
    """
    import pyarrow as pa

    try:
        table = _table(path, whole)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError(f"can't be read as a table of corners ({error})", path=path) from None
    kind = kind_of(table.column_names)
    if kind is None:
        raise not_polygons(path, f"has no columns of corners among {', '.join(table.column_names[:8])}")
    return table, kind


def _part_numbers(table: Any, name: str, codes: Any) -> Any:
    """A number for each corner that changes where another ring begins."""
    if LABEL not in table.column_names or name == LABEL:
        return codes
    labels = table.column(LABEL).combine_chunks().dictionary_encode().indices
    more = labels.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes * (int(more.max(initial=0)) + 1) + more


def _labels(table: Any, name: str, ids: Any, codes: Any) -> tuple[dict[str, Any], Any, list[str]]:
    """The columns, labels and notes: the numbers of a column of labels, ids that are numbers, else 1, 2, 3."""
    import pyarrow as pa

    count = len(ids.dictionary)
    columns = {name: ids.dictionary}
    first = pa.array(np.unique(codes, return_index=True)[1])
    for other in (LABEL, name):
        if other not in table.column_names:
            continue
        values = columns[name] if other == name else table.column(other).combine_chunks().take(first)
        labels, said = labels_from(values, other)
        if labels is not None and len(np.unique(labels)) == count:
            if other != name:
                columns[other] = values
            return columns, labels, [said] if said else []
    said = f"its objects have no numbers: labels count from 1 in the order of the file, ids are in column {name!r}"
    return columns, np.arange(1, count + 1), [said]


def _table(path: Path, whole: bool) -> Any:
    with path.open("rb") as file:
        stored = file.read(4) == b"PAR1"
    if stored:
        import pyarrow.parquet as pq

        with pq.ParquetFile(arrow_source(path)) as file:
            wanted = [one for one in file.schema_arrow.names if one in _WANTED]
            if kind_of(wanted) is None:
                raise not_polygons(
                    path, f"has no columns of corners among {', '.join(file.schema_arrow.names[:8])}"
                )
            check_rows(path, file.metadata.num_rows, len(wanted))
            return file.read(columns=None if whole else wanted)
    import pyarrow
    import pyarrow.csv as pc

    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        packed = file.read(2) == b"\x1f\x8b"
        if packed:
            file.seek(max(size - 4, 0))
            unpacked = int.from_bytes(file.read(4), "little")
            check_count(path, unpacked, "bytes of text when unpacked", max(_PACKING * size, _FREE_BYTES))
    source = arrow_source(path)
    return pc.read_csv(pyarrow.CompressedInputStream(source, "gzip") if packed else source)


_WANTED = {LABEL, *(name for one in KINDS for name in (one.x, one.y, *one.ids))}
