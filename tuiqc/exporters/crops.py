"""Crops of objects, each as a TIFF of all channels with its mask beside it, in a folder per verdict.

Folders by class are what programs that train classifiers read (torchvision's `ImageFolder`, Keras).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.exporters.channel_planes import channel_planes, stacked, write_tiff
from tuiqc.exporters.guard import OutputNames
from tuiqc.exporters.judged_planes import JudgedLayer, JudgedObject, JudgedPlane, check_any, judged_layers
from tuiqc.exporters.object_tables import write_table
from tuiqc.exporters.request import Request, Written
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.dataset.model import ImageRecord

_COLUMNS = ("file", "mask", "image", "layer", "label", "t", "z", "x", "y", "verdict", "reason", "note")


def export(request: Request) -> Written:
    """Write VERDICT/IMAGE-LAYER-LABEL.tif (c, y, x) and …_mask.tif (0 and 255) of each object that is not dropped.

    `crops.csv` beside them says what each is, and where in the image its first pixel lies. Of an object in a stack it
    is the slice that has most of it.
    """
    folder = request.folder("crops")
    target = request.to(folder / "crops.csv", (".csv",))
    layers = judged_layers(request)
    crops = _Crops(request, folder)
    for done, record in enumerate(request.batch.images, start=1):
        for layer in layers:
            crops.write_all(layer, record)
        request.tell(done, len(request.batch.images))
    missing = list(dict.fromkeys([*crops.missing, *(line for layer in layers for line in layer.missing)]))
    check_any(layers, missing)
    import pandas as pd

    write_table(request, pd.DataFrame(crops.rows, columns=list(_COLUMNS)), target)
    lines = [*(layer.counted for layer in layers), f"{plural(len(crops.rows), 'crop')}: {request.output}"]
    return Written(lines, [line for layer in layers for line in layer.notes], missing)


@dataclass
class _Crops:
    """What is written, row by row of the table beside it."""

    request: Request
    folder: Path
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    names: OutputNames = field(default_factory=OutputNames)

    def write_all(self, layer: JudgedLayer, record: ImageRecord) -> None:
        """The crops of a layer of an image."""
        path = record.masks.get(layer.layer)
        widest = None if path is None else _widest_slices(layer, record)
        for plane in layer.planes(record):
            wanted = [
                one for one in plane.kept.values() if not widest or widest[plane.t, one.label] == plane.z
            ]
            if wanted:
                names = self.request.channels or tuple(self.request.batch.channels)
                pixels = stacked(channel_planes(self.request, plane, names, self.missing))
                boxes = _boxes(plane.labels)
                for one in wanted:
                    self._write(plane, one, pixels, boxes[one.label])

    def _write(
        self, plane: JudgedPlane, one: JudgedObject, pixels: NDArray[Any] | None, box: tuple[slice, slice]
    ) -> None:
        y, x = (
            slice(max(side.start - self.request.margin, 0), min(side.stop + self.request.margin, size))
            for side, size in zip(box, plane.labels.shape, strict=True)
        )
        verdict = one.verdict or "unreviewed"
        stem = f"{plane.record.key.replace('/', '_')}-{plane.layer}-{one.label}"
        stem += f"-{plane.place}" if plane.place else ""
        name = self.names.free(f"{verdict}/{stem}.tif")
        mask = self.names.free(f"{name.removesuffix('.tif')}_mask.tif")
        if pixels is not None:
            write_tiff(self.request, self.folder / name, pixels[:, y, x])
        write_tiff(
            self.request,
            self.folder / mask,
            np.where(plane.labels[y, x] == one.label, 255, 0).astype(np.uint8),
        )
        place = (one.label, plane.t, plane.z, x.start, y.start)
        said = (verdict, one.reason, one.note)
        about = (name if pixels is not None else "", mask, plane.record.key, plane.layer)
        self.rows.append(tuple(escaped(v) if isinstance(v, str) else v for v in (*about, *place, *said)))


def _widest_slices(layer: JudgedLayer, record: ImageRecord) -> dict[tuple[int, int], int]:
    """The slice with most of each object (time point, label); empty where there is no depth."""
    most: dict[tuple[int, int], tuple[int, int]] = {}
    for plane in layer.planes(record):
        if plane.sizes[1] == 1:
            return {}
        for label, count in zip(*np.unique(plane.labels, return_counts=True), strict=True):
            key = plane.t, int(label)
            if int(count) > most.get(key, (0, 0))[0]:
                most[key] = int(count), plane.z
    return {key: z for key, (_, z) in most.items()}


def _boxes(labels: NDArray[Any]) -> dict[int, tuple[slice, slice]]:
    """Rows and columns of each label."""
    from scipy import ndimage

    values, dense = np.unique(labels, return_inverse=True)
    found = ndimage.find_objects(dense.reshape(labels.shape) + 1)
    return {int(value): (box[0], box[1]) for value, box in zip(values, found, strict=True) if box is not None}
