"""GeoParquet: a column of geometries (well-known binary, or nested lists as GeoArrow has them) beside others.

So SpatialData keeps its shapes (circles too: points with a column `radius`), and MERSCOPE its outlines, one for each
slice of a cell. What geopandas writes has facts about its columns under the key `geo`; without it a binary column with
a usual name is taken.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.budget import regular_file
from tuiqc.errors import InputError
from tuiqc.files.arrow import arrow_source
from tuiqc.pixels.polygons.outlines import ANY_PLANE, OutlineBuilder
from tuiqc.pixels.polygons.polygon_set import (
    MICROMETRES,
    PolygonSet,
    Report,
    check_rows,
    chosen_labels,
    items_of,
    not_polygons,
    of_objects,
)
from tuiqc.pixels.polygons.wkb import polygons
from tuiqc.text import plural

NAMES = ("geometry", "Geometry", "geom", "polygon")
IDS = ("label_id", "label", "cell_id", "EntityID", "instance_id", "cell", "id", "ID")
INDEX = "__index_level_0__"
"""What pandas calls an index without a name."""
_SLICE = "ZIndex"
_RADIUS = "radius"
_CIRCLE = np.stack([f(np.linspace(0, 2 * np.pi, 32, endpoint=False)) for f in (np.cos, np.sin)], axis=1)
_BATCH = 20_000


def read(path: Path, report: Report | None = None) -> PolygonSet:
    """Return the polygons of a file.

    Raises
    ------
    InputError
        The file can't be read, or has no column of geometries.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = regular_file(path, "GeoParquet").st_size
    try:
        with pq.ParquetFile(arrow_source(path)) as file:
            schema = file.schema_arrow
            name, encoding = geometry_column(schema)
            if not name:
                raise not_polygons(path, f"has no column of geometries among {', '.join(schema.names[:8])}")
            others = [field.name for field in schema if field.name != name and _is_plain(field.type)]
            check_rows(path, file.metadata.num_rows, len(others) + 1)
            builder, tables = OutlineBuilder(), []
            rows = 0
            for batch in file.iter_batches(_BATCH, columns=[name, *others]):
                _add(builder, batch, name, encoding)
                tables.append(batch.select(others))
                rows += len(batch)
                if report is not None:
                    report(size * rows // max(file.metadata.num_rows, 1), size)
    except InputError:
        raise
    except (pa.ArrowException, ValueError, OSError, KeyError, TypeError, OverflowError) as error:
        raise InputError(f"can't be read as GeoParquet ({error})", path=path) from None
    table = pa.Table.from_batches(tables, schema=pa.schema([schema.field(one) for one in others]))
    columns = {one: table.column(one).combine_chunks() for one in others}
    labels, notes, counted = _labels(columns, _index(schema, columns, rows), rows)
    if builder.bare:
        notes.append(f"{plural(builder.bare, 'row')} without an outline")
    micron = _SLICE in schema.names or "micron" in path.name.casefold()
    return PolygonSet(
        builder.made(labels),
        of_objects(columns, labels),
        MICROMETRES if micron else "",
        tuple(notes),
        items=items_of(labels, None),
        counted=counted,
    )


def geometry_column(schema: Any) -> tuple[str, str]:
    """Name and encoding of the column of geometries of an Arrow schema; empty where there is none."""
    import pyarrow as pa

    said = (schema.metadata or {}).get(b"geo")
    try:
        facts = json.loads(said) if said else {}
        name = facts["primary_column"] if facts else ""
        encoding = str(facts["columns"][name].get("encoding", "WKB")) if name else ""
    except (ValueError, KeyError, TypeError, AttributeError):
        name, encoding = "", ""
    if name in schema.names:
        return name, encoding
    for name in NAMES:
        if name in schema.names:
            kind = schema.field(name).type
            if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
                return name, "WKB"
    return "", ""


def _index(schema: Any, columns: dict[str, Any], rows: int) -> list[str]:
    """Columns that were the index of the frame of pandas, the ids that SpatialData's tables speak of; counted ones are
    added."""
    import pyarrow as pa

    try:
        found = json.loads((schema.metadata or {})[b"pandas"])["index_columns"]
        for one in found:
            if isinstance(one, dict) and one.get("kind") == "range":
                counted = range(int(one["start"]), int(one["stop"]), int(one["step"]))
                if len(counted) == rows:
                    columns[INDEX] = pa.array(np.arange(counted.start, counted.stop, counted.step))
                    return [INDEX]
        return [one for one in found if isinstance(one, str) and one in columns]
    except (ValueError, KeyError, TypeError):
        return []


def _is_plain(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )


def _labels(columns: dict[str, Any], index: list[str], rows: int) -> tuple[Any, list[str], bool]:
    names = [*(name for name in IDS if name in columns), *index]
    if _SLICE in columns and "EntityID" in columns:  # the same cell in every slice
        import pyarrow.compute as pc

        codes = columns["EntityID"].dictionary_encode()
        each = {"EntityID": pc.unique(columns["EntityID"])}
        labels, said, counted = chosen_labels(each, ["EntityID"], len(codes.dictionary))
        numbers = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return labels[numbers], said, counted
    return chosen_labels(columns, names, rows)


def _add(builder: OutlineBuilder, batch: Any, name: str, encoding: str) -> None:
    values = batch.column(name).to_pylist() if encoding == "WKB" else _nested(batch.column(name).to_pylist())
    names = batch.schema.names
    radii = batch.column(_RADIUS).to_pylist() if _RADIUS in names else [None] * len(batch)
    slices = batch.column(_SLICE).to_pylist() if _SLICE in names else [None] * len(batch)
    for value, radius, z in zip(values, radii, slices, strict=True):
        parts, points = ([], []) if value is None else polygons(value) if encoding == "WKB" else value
        if radius and points and not parts:
            parts = [[point + float(radius) * _CIRCLE] for point in points]
        builder.add(parts, ANY_PLANE if z is None or not 0 <= z < 2**31 else int(z))


def _nested(values: list[Any]) -> list[Any]:
    """GeoArrow's lists as `polygons` gives them: a point, or lists of points in lists, two deep or three."""
    return [None if value is None else _unnested(value) for value in values]


def _unnested(value: Any) -> tuple[list[Any], list[Any]]:
    if isinstance(value, dict):
        return [], [np.array([value["x"], value["y"]], np.float64)]
    depth, inner = 0, value
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    if depth == 2:
        return [[_points(ring) for ring in value]], []
    if depth == 3:
        return [[_points(ring) for ring in part] for part in value], []
    return [], []


def _points(ring: list[Any]) -> Any:
    if ring and isinstance(ring[0], dict):
        return np.array([(one["x"], one["y"]) for one in ring], np.float64)
    return np.array(ring, np.float64)
