"""A file of polygons written again without some of its objects; all else that it says stays."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.errors import InputError
from tuiqc.exporters.eraser import Eraser, MaskInFile
from tuiqc.files.arrow import arrow_sink, arrow_source
from tuiqc.pixels.polygons import corner_table, geojson, imagej_roi
from tuiqc.pixels.polygons.json_stream import JsonItems
from tuiqc.pixels.polygons.outlines import ANY_PLANE
from tuiqc.pixels.polygons.polygon_file import CORNERS, FILES, GEO_PARQUET, GEOJSON, REGIONS, kind_of, read_as
from tuiqc.pixels.polygons.polygon_set import PolygonSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LABEL = "label"


def copy_polygons(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Write `source` to `target` without the objects that are taken out of it, and compare what is read back.

    Labels that were counted, since the file has none, are written beside the objects (not into regions of ImageJ), so
    that they stay the same. A cell takes its nucleus with it.

    Raises
    ------
    InputError
        The file can't be read, or something else was read back.
    """
    kind, polygons = kind_of(source), FILES.get(source)
    outer = [_gone(polygons, mask.erase) for mask in masks if mask.place[1] == 0]
    inner = [_gone(polygons, mask.erase) for mask in masks if mask.place[1] == 1]
    gone = np.any(outer, axis=0) if outer else np.zeros(len(polygons.outlines), bool)
    bare = np.any(inner, axis=0) if inner else np.zeros(len(polygons.outlines), bool)
    if kind == CORNERS:
        _copy_corners(source, target, polygons, gone)
    elif kind == GEO_PARQUET:
        _copy_parquet(source, target, polygons, _of_items(polygons, gone))
    elif kind == GEOJSON:
        _copy_geojson(source, target, polygons, _of_items(polygons, gone), _of_items(polygons, bare))
    else:
        _copy_regions(source, target, _of_items(polygons, gone))
    _check(source, target, polygons, gone)


def _gone(polygons: PolygonSet, erase: Eraser) -> NDArray[np.bool_]:
    """Which objects go; those that are there are remembered by the eraser."""
    outlines = polygons.outlines
    if erase.labels is None:
        return np.ones(len(outlines), bool)
    gone = np.zeros(len(outlines), bool)
    for t, labels in erase.labels.items():
        here = np.isin(outlines.labels, sorted(labels)) & ((outlines.t == t) | (outlines.t == ANY_PLANE))
        erase.take_over(((t, int(label)) for label in outlines.labels[here]), None)
        gone |= here
    return gone


def _of_items(polygons: PolygonSet, gone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which features, rows or regions belong to objects that go."""
    items = polygons.items
    assert items is not None
    keys = set(zip(polygons.outlines.labels[gone].tolist(), polygons.outlines.t[gone].tolist(), strict=True))
    return np.array([(label, t) in keys for label, t in items.tolist()], bool)


def _copy_geojson(
    source: Path, target: Path, polygons: PolygonSet, gone: NDArray[np.bool_], bare: NDArray[np.bool_]
) -> None:
    items = JsonItems(source, geojson.LISTS)
    labels = polygons.items[:, 0].tolist() if polygons.items is not None and polygons.counted else None

    def kept() -> Iterator[str]:
        for number, item in enumerate(geojson.features(items)):
            if gone[number]:
                continue
            if bare[number]:
                item.pop(geojson.NUCLEUS, None)
            if labels is not None and "geometry" in item:
                item["properties"] = {**(item.get("properties") or {}), _LABEL: labels[number]}
            yield json.dumps(item, ensure_ascii=False)

    texts = kept()
    first = next(texts, None)
    key = items.listed
    packed = source.name.casefold().endswith(".gz")
    with gzip.open(target, "wt", encoding="utf-8") if packed else target.open("w", encoding="utf-8") as file:
        single = key is None and first is not None
        if not single:
            file.write("[\n" if key == "" else f'{{"{key or "features"}":[\n')
        if first is not None:
            file.write(first)
        for text in texts:
            file.write(f",\n{text}")
        if single:
            return
        file.write("\n]")
        if key != "":
            facts = items.facts if key else {}
            facts = {"type": "GeometryCollection" if key == "geometries" else "FeatureCollection", **facts}
            more = json.dumps(facts, ensure_ascii=False)
            file.write(f",{more[1:]}")
        file.write("\n")


def _copy_parquet(source: Path, target: Path, polygons: PolygonSet, gone: NDArray[np.bool_]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(arrow_source(source))
    assert polygons.items is not None
    if polygons.counted and _LABEL not in table.column_names:
        table = table.append_column(_LABEL, pa.array(polygons.items[:, 0]))
    with arrow_sink(target) as sink:
        pq.write_table(table.filter(pa.array(~gone)), sink)


def _copy_corners(source: Path, target: Path, polygons: PolygonSet, gone: NDArray[np.bool_]) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    table, kind = corner_table.table_of(source, whole=True)
    ids = polygons.columns[corner_table.id_column(table, kind)]
    rows = table.column(corner_table.id_column(table, kind)).combine_chunks()
    place = pc.index_in(rows, ids).to_numpy(zero_copy_only=False)
    if polygons.counted and corner_table.LABEL not in table.column_names:
        labels = pa.array(polygons.outlines.labels[place])
        table = table.append_column(corner_table.LABEL, labels)
    table = table.filter(pa.array(~gone[place]))
    if source.name.casefold().endswith(".parquet"):
        import pyarrow.parquet as pq

        with arrow_sink(target) as sink:
            pq.write_table(table, sink)
        return
    from pyarrow.csv import write_csv

    packed = source.name.casefold().endswith(".gz")
    with gzip.open(target, "wb") if packed else target.open("wb") as file:
        write_csv(table, file)


def _copy_regions(source: Path, target: Path, gone: NDArray[np.bool_]) -> None:
    if gone.all():
        raise InputError("would have no region left, and a file of none is no file of regions", path=source)
    if not zipfile.is_zipfile(source):
        target.write_bytes(source.read_bytes())
        return
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        entries = imagej_roi.regions_in(old)
        dropped = {entry.filename for entry in compress(entries, gone.tolist())}
        for entry in old.infolist():
            if entry.filename not in dropped:
                new.writestr(entry, old.read(entry))


def _check(source: Path, target: Path, polygons: PolygonSet, gone: NDArray[np.bool_]) -> None:
    """Read the copy from the disk as the program does, and compare.

    Raises
    ------
    InputError
        It has other objects than those that stay, or other outlines.
    """
    kind = kind_of(source)
    written = read_as(kind, target).outlines
    before = polygons.outlines
    kept = ~gone
    parts = kept[before.part_object]
    corners = np.repeat(parts, np.diff(before.part_start))
    same = len(written) == int(kept.sum()) and np.array_equal(written.points, before.points[corners])
    if same and not (polygons.counted and kind == REGIONS):
        same = np.array_equal(written.labels, before.labels[kept])
    if not same:
        raise InputError("could not be written again: other objects were read back", path=source)
