"""Outlines in the format of COCO, which CVAT, FiftyOne, Label Studio, Piximi and Roboflow read.

A category is an object layer; verdict, reason and note are attributes of each annotation. An object is polygons, one
with holes a run-length code (column by column, as the format has it). Planes of movies and stacks are images of their
own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import UsageError
from tuiqc.exporters.channel_planes import channel_planes, rendered, shown_channels
from tuiqc.exporters.guard import OutputNames
from tuiqc.exporters.judged_planes import JudgedLayer, JudgedObject, JudgedPlane, check_any, judged_layers
from tuiqc.exporters.request import Request, Written
from tuiqc.measure.contours import Polygon, trace
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.dataset.model import ImageRecord

SUFFIXES = (".json",)


def export(request: Request) -> Written:
    """Write annotations.json and images/*.png into a folder; into a .json file the annotations alone.

    Raises
    ------
    UsageError
        A file, where masks have several planes: no image file is one of these.
    """
    alone = request.output.suffix.casefold() in SUFFIXES and not request.output.is_dir()
    folder = None if alone else request.folder("images with their annotations")
    target = request.to(request.output if folder is None else folder / "annotations.json", SUFFIXES)
    layers = judged_layers(request)
    images = _Images(request, folder)
    with target.writing() as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        stream.write('{"annotations":[')
        for number, annotation in enumerate(_annotations(layers, images)):
            stream.write(",\n" if number else "\n")
            stream.write(
                json.dumps({"id": number + 1, **annotation}, separators=(",", ":"), ensure_ascii=False)
            )
        rest: dict[str, Any] = {
            "info": {"description": escaped(request.batch.name), "version": "1.0"},
            "licenses": [],
            "categories": [
                {"id": number, "name": escaped(layer.layer), "supercategory": "object"}
                for number, layer in enumerate(layers, start=1)
            ],
            "images": images.entries,
        }
        stream.write("\n],\n" + json.dumps(rest, indent=1, ensure_ascii=False)[2:] + "\n")
    missing = [*images.missing, *(line for layer in layers for line in layer.missing)]
    check_any(layers, missing)
    lines = [layer.counted for layer in layers]
    lines.append(f"{plural(len(images.entries), 'image')}: {request.output}")
    return Written(lines, [line for layer in layers for line in layer.notes], list(dict.fromkeys(missing)))


def _annotations(layers: list[JudgedLayer], images: _Images) -> Iterator[dict[str, Any]]:
    records = images.request.batch.images
    for done, record in enumerate(records, start=1):
        for category, layer in enumerate(layers, start=1):
            for plane in layer.planes(record):
                image = images.number(plane)
                for label, polygons in trace(plane.kept_labels):
                    about = {"image_id": image, "category_id": category}
                    yield about | _annotation(plane.objects[label], polygons, plane.labels.shape)
        images.request.tell(done, len(records))


def _annotation(one: JudgedObject, polygons: list[Polygon], shape: tuple[int, ...]) -> dict[str, Any]:
    corners = np.concatenate([part.outer for part in polygons])
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    said = {"verdict": one.verdict or "unreviewed", "reason": one.reason, "note": one.note}
    return {
        "segmentation": _runs(polygons, shape)
        if any(part.holes for part in polygons)
        else [part.outer.ravel().tolist() for part in polygons],
        "area": sum(part.area for part in polygons),
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": 0,
        "attributes": {"label": one.label, **{key: escaped(value) for key, value in said.items()}},
    }


def _runs(polygons: list[Polygon], shape: tuple[int, ...]) -> dict[str, Any]:
    """The lengths of runs of other pixels and of the object's in turn, down the columns."""
    rows, columns = shape
    # Down a column the object begins at the upper sides of its outline and ends at the lower ones.
    ends = [
        x * rows + y
        for part in polygons
        for ring in (part.outer, *part.holes)
        for (x0, y), (x1, _) in zip(ring.tolist(), np.roll(ring, -1, axis=0).tolist(), strict=True)
        for x in range(min(x0, x1), max(x0, x1))
    ]
    # An end at the foot of a column is the beginning of the next one: a run goes on where that is the object's too.
    places, times = np.unique(np.asarray(ends, np.int64), return_counts=True)
    edges = places[times % 2 == 1]
    counts = np.diff(np.concatenate([[0], edges, [rows * columns]])).tolist()
    return {"counts": counts, "size": [rows, columns]}


@dataclass
class _Images:
    """The images of the data set, each with a number from 1."""

    request: Request
    folder: Path | None
    entries: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)
    _names: OutputNames = field(default_factory=OutputNames)

    def number(self, plane: JudgedPlane) -> int:
        """The number of the image that a plane of a mask lies on; it is written if it was not yet."""
        key = plane.record.key, plane.t, plane.z
        if key not in self._numbers:
            self._numbers[key] = len(self.entries) + 1
            rows, columns = plane.labels.shape
            self.entries.append(
                {
                    "id": self._numbers[key],
                    "file_name": self._file_name(plane),
                    "width": int(columns),
                    "height": int(rows),
                    "image": escaped(plane.record.key),
                    **({"t": plane.t, "z": plane.z} if plane.sizes != (1, 1) else {}),
                }
            )
        return self._numbers[key]

    def _file_name(self, plane: JudgedPlane) -> str:
        if self.folder is None:
            return self._own_file(plane)
        key = plane.record.key.replace("/", "_")
        name = self._names.free(f"{key}_{plane.place}.png" if plane.place else f"{key}.png")
        planes = channel_planes(self.request, plane, shown_channels(self.request), self.missing)
        self._write(rendered(self.request, plane, planes), self.folder / "images" / name)
        return escaped(name)

    def _own_file(self, plane: JudgedPlane) -> str:
        """The file of the first channel, by its place under the batch's folder if it is there."""
        if plane.sizes != (1, 1):
            raise UsageError(
                f"{self.request.output}: the masks have {plane.sizes[0]} time points and {plane.sizes[1]} slices, "
                "which are images of their own in COCO: name a folder, into which they are written as PNG"
            )
        path = _first(plane.record, self.request.channels)
        if path is None:
            self.missing.append(f"{plane.record.key}: no channel to name")
            return escaped(plane.record.key)
        root = self.request.batch.root
        if not self.request.paths and path.is_relative_to(root):
            return escaped(path.relative_to(root).as_posix())
        return self.request.places(path)

    def _write(self, rgb: NDArray[np.uint8], path: Path) -> None:
        from PIL import Image

        from tuiqc.dataset.picture_mark import png_info

        with self.request.to(path, (".png",)).writing(sync=False) as temporary:
            Image.fromarray(rgb).save(temporary, "PNG", pnginfo=png_info())


def _first(record: ImageRecord, asked: tuple[str, ...]) -> Path | None:
    paths = [record.channels.get(name) for name in asked] if asked else list(record.channels.values())
    return next((path for path in paths if path is not None), None)
