"""GeoJSON as QuPath, InstanSeg, proseg and Baysor write it: features in a collection or a bare list, packed or not.

Properties become columns: numbers, texts, the name of the classification, measurements in QuPath's both forms (an
object, or a list of names and values). A cell of QuPath has its nucleus beside it: that is a second layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.budget import regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.polygons.json_stream import JsonItems
from tuiqc.pixels.polygons.outlines import ANY_PLANE, OutlineBuilder
from tuiqc.pixels.polygons.polygon_set import (
    ColumnBuilder,
    PolygonSet,
    Report,
    chosen_labels,
    items_of,
    not_polygons,
    of_objects,
)
from tuiqc.text import plural

LISTS = ("features", "geometries")
_IDS = ("label", "cell", "cell_id", "CellID", "label_id", "object_id", "id", "name")
"""Where labels are looked for; the first that has whole numbers is taken."""
_NESTED = ("measurements", "metadata")
NUCLEUS = "nucleusGeometry"
HEAD = 1 << 18


def read(path: Path, report: Report | None = None) -> PolygonSet:
    """Return the polygons of a file.

    Raises
    ------
    InputError
        The file can't be read, or is no GeoJSON.
    """
    outlines, nuclei, columns = OutlineBuilder(), OutlineBuilder(), ColumnBuilder()
    times: list[int] = []
    left: dict[str, int] = {}
    inner, several = False, False
    items = JsonItems(path, LISTS, report)
    for item in features(items):
        geometry = item.get("geometry") if "geometry" in item else item
        nucleus = item.get(NUCLEUS)
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        t, z = _plane(geometry)
        try:
            parts = list(_parts(geometry))
            within = list(_parts(nucleus))
            outlines.add(parts, z)
            nuclei.add(within, z)
        except (ValueError, TypeError, OverflowError) as error:
            raise InputError(f"feature {len(outlines) + 1} has {error}", path=path) from None
        if not parts:
            left[str(kind)] = left.get(str(kind), 0) + 1
        inner |= bool(within)
        several |= t != ANY_PLANE
        times.append(t)
        columns.add(_properties(item))
    if not len(outlines) and items.listed is None:
        raise not_polygons(path, "is no GeoJSON")
    made = columns.made()
    count = len(outlines)
    labels, notes, counted = chosen_labels(made, _IDS, count)
    notes += [
        f"{plural(number, 'feature')} without an outline (geometry {kind})" for kind, number in left.items()
    ]
    frames = np.asarray(times, np.int32) if several else None
    return PolygonSet(
        outlines.made(labels, frames),
        of_objects(made, labels, frames),
        notes=tuple(notes),
        inner=nuclei.made(labels, frames) if inner else None,
        items=items_of(labels, frames),
        counted=counted,
    )


def has_nuclei(path: Path) -> bool:
    """Whether the first features have an outline of their nucleus beside their own."""
    import gzip

    regular_file(path, "GeoJSON")
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as stream:
            return f'"{NUCLEUS}"'.encode() in stream.read(HEAD)
    except (OSError, EOFError):
        return False  # reading it all says why


def features(items: JsonItems) -> Iterator[dict[str, Any]]:
    """Items that are objects; a file that is one feature or geometry is one item."""
    found = False
    for item in items.items():
        if isinstance(item, dict):
            found = True
            yield item
    if not found and ("geometry" in items.facts or "coordinates" in items.facts):
        yield items.facts


def _parts(geometry: Any) -> Iterator[list[Any]]:
    """The polygons of a geometry, each with its rings; nothing for what has no area."""
    if not isinstance(geometry, dict):
        return
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon" and coordinates:
        yield coordinates
    elif kind == "MultiPolygon" and coordinates:
        yield from coordinates
    elif kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        for one in geometry["geometries"]:
            if isinstance(one, dict) and one.get("type") in ("Polygon", "MultiPolygon"):
                yield from _parts(one)


def _plane(geometry: Any) -> tuple[int, int]:
    """Time point and slice as QuPath says them of all but the first."""
    plane = geometry.get("plane") if isinstance(geometry, dict) else None
    if not isinstance(plane, dict):
        return ANY_PLANE, ANY_PLANE
    t, z = (plane.get(axis) for axis in "tz")
    return tuple(  # type: ignore[return-value]
        one if isinstance(one, int) and 0 <= one < 2**31 else ANY_PLANE for one in (t, z)
    )


def _properties(item: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    properties = item.get("properties")
    yield "id", item.get("id")
    yield "cell", item.get("cell")  # of Baysor's geometries
    if not isinstance(properties, dict):
        return
    for name, value in properties.items():
        if name == "classification":
            yield name, value.get("name") if isinstance(value, dict) else value
        elif name in _NESTED and isinstance(value, dict):
            yield from value.items()
        elif name in _NESTED and isinstance(value, list):
            yield from ((str(one.get("name")), one.get("value")) for one in value if isinstance(one, dict))
        else:
            yield name, value
