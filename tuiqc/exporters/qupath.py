"""Outlines that QuPath reads: GeoJSON, an object a line, with verdicts as classes and columns as measurements.

QuPath takes the file into the image that is open, in pixels of its full resolution, by *File > Import objects from
file* or by dropping it on the viewer (also packed with gzip); `objectType`, `classification` and `measurements` are its
own names. The parts of a class are separated by colons, as in its derived classes ("fail: merged").
"""

from __future__ import annotations

import gzip
import json
import math
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tuiqc.errors import UsageError
from tuiqc.exporters.guard import OutputNames
from tuiqc.exporters.judged_planes import JudgedLayer, JudgedObject, JudgedPlane, check_any, judged_layers
from tuiqc.exporters.request import Request, Written
from tuiqc.measure.contours import Polygon, trace
from tuiqc.qc.verdict import SCREEN_COLOURS
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.dataset.model import ImageRecord

SUFFIXES = (".geojson", ".json", ".gz")
_SPACE = uuid.UUID("5d0a3c4e-98a5-4f0e-9d7e-7f6b1c2a9e10")
"""Ids are made of what an object is, so that the same object has the same one the next time."""


def export(request: Request) -> Written:
    """Write the outlines of all objects that are not dropped: a file, or KEY.geojson per image into a folder.

    Raises
    ------
    UsageError
        One file for several images: QuPath reads the outlines of one image.
    """
    alone = request.output.suffix.casefold() in SUFFIXES and not request.output.is_dir()
    if alone and len(request.batch.images) > 1:
        raise UsageError(
            f"{request.output}: QuPath reads the outlines of one image, and there are "
            f"{len(request.batch.images)}: name a folder"
        )
    names = OutputNames()
    targets = [
        request.to(
            request.output if alone else request.folder("outlines") / names.free(f"{one.key}.geojson"),
            SUFFIXES,
        )
        for one in request.batch.images
    ]
    layers = judged_layers(request)
    numbers = {layer.layer: layer.measurements() for layer in layers}
    for done, (record, target) in enumerate(zip(request.batch.images, targets, strict=True), start=1):
        with target.writing() as temporary, _opened(temporary, target.suffix == ".gz") as stream:
            stream.write('{"type":"FeatureCollection","features":[')
            for number, feature in enumerate(_features(layers, record, numbers)):
                stream.write(",\n" if number else "\n")
                stream.write(json.dumps(feature, separators=(",", ":"), ensure_ascii=False))
            stream.write("\n]}\n")
        request.tell(done, len(targets))
    missing = [line for layer in layers for line in layer.missing]
    check_any(layers, missing)
    where = request.output if alone else f"{request.output} ({plural(len(targets), 'file')})"
    lines = [f"{layer.counted}: {where}" for layer in layers]
    return Written(lines, [line for layer in layers for line in layer.notes], missing)


@contextmanager
def _opened(path: Path, packed: bool) -> Iterator[IO[str]]:
    if packed:
        with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
            yield stream
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream


def _features(
    layers: list[JudgedLayer], record: ImageRecord, numbers: dict[str, dict[str, NDArray[Any]]]
) -> Iterator[dict[str, Any]]:
    for layer in layers:
        for plane in layer.planes(record):
            for label, polygons in trace(plane.kept_labels):
                yield feature(plane, plane.objects[label], polygons, numbers[layer.layer])


def feature(
    plane: JudgedPlane, one: JudgedObject, polygons: list[Polygon], numbers: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """Return an object as QuPath writes its own detections."""
    rings = [[closed(ring) for ring in (part.outer, *part.holes)] for part in polygons]
    geometry: dict[str, Any] = {"type": "Polygon", "coordinates": rings[0]}
    if len(rings) > 1:
        geometry = {"type": "MultiPolygon", "coordinates": rings}
    if plane.sizes != (1, 1):
        geometry["plane"] = {"c": -1, "z": plane.z, "t": plane.t}
    properties: dict[str, Any] = {"objectType": "detection", "name": escaped(f"{plane.layer} {one.label}")}
    if one.title:
        properties["classification"] = {"name": escaped(one.title), "color": SCREEN_COLOURS[one.verdict]}
    values = (
        {escaped(name): float(column[one.row]) for name, column in numbers.items()} if one.row >= 0 else {}
    )
    properties["measurements"] = {
        "label": one.label,
        **{name: value for name, value in values.items() if math.isfinite(value)},
        "area of the outline": sum(part.area for part in polygons),
    }
    if one.note:
        properties["metadata"] = {"note": escaped(one.note)}
    name = f"{plane.record.key}\0{plane.layer}\0{one.label}\0{plane.t}\0{plane.z}"
    identity = uuid.uuid5(_SPACE, escaped(name))
    return {"type": "Feature", "id": str(identity), "geometry": geometry, "properties": properties}


def closed(ring: NDArray[Any]) -> list[list[int]]:
    """Return x and y of the corners, the first again at the end."""
    points: list[list[int]] = ring.tolist()
    return [*points, points[0]]
