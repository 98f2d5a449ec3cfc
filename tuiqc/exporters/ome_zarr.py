"""Label images without failed objects as OME-Zarr, whatever the masks are read from; the input is only read.

`FOLDER/IMAGE.zarr/labels/LAYER` is a multiscale label image of version 0.5 where the mask is one of Zarr 3, else of
0.4. Its `image-label` has the verdict of each object (OME-NGFF specification, "labels"); it can be opened alone or
moved into `labels/` of the image.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError, UsageError
from tuiqc.exporters.guard import OutputNames, safe_name
from tuiqc.exporters.judged_planes import JudgedLayer, JudgedPlane, check_any, judged_layers
from tuiqc.exporters.request import Request, Written
from tuiqc.names import unique_name
from tuiqc.pixels import image_info
from tuiqc.text import escaped, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.dataset.model import ImageRecord

_CHUNK = 512
_SMALLEST = 512
"""Rows and columns below which there is no further level."""


def export(request: Request) -> Written:
    """Write a label image of each image and layer into the folder.

    Every plane is read back and compared before it counts as written.

    Raises
    ------
    UsageError
        tensorstore is not installed, or what would be written is there.
    """
    try:
        import tensorstore  # noqa: F401
    except ImportError as error:
        raise UsageError('writing OME-Zarr needs tensorstore: pip install "tuiqc[zarr]"') from error
    folder = request.folder("label images")
    if escaped(str(folder.absolute())) != str(folder.absolute()):
        raise UsageError(
            f"{folder}: tensorstore, which writes OME-Zarr, takes only names in UTF-8: name another folder"
        )
    names = OutputNames()
    places = [
        folder / names.free(f"{escaped(one.key).replace('/', '_')}.zarr") for one in request.batch.images
    ]
    for place in places:
        request.inputs.check(place)
        if place.exists():
            raise UsageError(f"{place} is there: name another folder, nothing is written into it")
    layers = judged_layers(request)
    written, missing = 0, []
    for done, (record, place) in enumerate(zip(request.batch.images, places, strict=True), start=1):
        try:
            written += _write(layers, record, place)
        except InputError as error:
            missing.append(str(error))
        request.tell(done, len(places))
    missing += [line for layer in layers for line in layer.missing]
    check_any(layers, missing)
    lines = [layer.counted for layer in layers]
    lines.append(f"{plural(written, 'label image')}: {request.output}")
    return Written(lines, [line for layer in layers for line in layer.notes], missing)


def _write(layers: list[JudgedLayer], record: ImageRecord, place: Path) -> int:
    """Write the label images of an image; returns how many."""
    with _replacing(place) as temporary:
        found = [
            _Labels(layer.layer, record, temporary / "labels" / safe_name(layer.layer)) for layer in layers
        ]
        made = [one for one, layer in zip(found, layers, strict=True) if one.write(layer)]
        if not made:
            return 0
        version = made[0].version
        _describe(temporary, version, {})
        _describe(temporary / "labels", version, {"labels": [one.place.name for one in made]})
        return len(made)


@contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """A folder beside its place that is renamed when all is in it, and is gone when not."""
    place.parent.mkdir(parents=True, exist_ok=True)
    taken = {entry.name for entry in place.parent.iterdir()}
    temporary = place.with_name(
        unique_name(f".{place.name}.tmp", taken, lambda number: f".{place.name}.tmp{number}")
    )
    temporary.mkdir()
    try:
        yield temporary
        if any(temporary.iterdir()):
            temporary.replace(place)
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror or error})", path=place) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _describe(group: Path, version: str, attributes: dict[str, Any]) -> None:
    """Write the metadata of a group: in one document (Zarr 3) or two (Zarr 2)."""
    group.mkdir(parents=True, exist_ok=True)
    if version == "0.5":
        document = {
            "zarr_format": 3,
            "node_type": "group",
            "attributes": {"ome": {"version": version, **attributes}},
        }
        (group / "zarr.json").write_text(json.dumps(document), "utf-8")
        return
    (group / ".zgroup").write_text('{"zarr_format": 2}', "utf-8")
    (group / ".zattrs").write_text(json.dumps(attributes), "utf-8")


@dataclass
class _Labels:
    """A label image that is being written."""

    layer: str
    record: ImageRecord
    place: Path
    version: str = "0.4"

    def write(self, layer: JudgedLayer) -> bool:
        """Write the mask of a layer, and compare; False where there is none that can be read."""
        arrays: list[Any] = []
        properties: dict[int, dict[str, Any]] = {}
        axes = ""
        before = len(layer.missing)
        for plane in layer.planes(self.record):
            if not arrays:
                path = self.record.masks[self.layer]
                assert path is not None
                self.version = "0.5" if "Zarr 3" in image_info(path).format else "0.4"
                axes = (
                    "".join(axis for axis, count in zip("tz", plane.sizes, strict=True) if count > 1) + "yx"
                )
                arrays = self._arrays(plane, axes, _dtype(image_info(path).dtype))
            self._put(plane, axes, arrays)
            for label, one in plane.kept.items():
                said = {"verdict": one.verdict or "unreviewed", "reason": one.reason, "note": one.note}
                properties[label] = {"label-value": label} | {
                    key: escaped(text) for key, text in said.items() if text
                }
        if not arrays or len(layer.missing) > before:
            shutil.rmtree(self.place, ignore_errors=True)
            return False
        self._finish(axes, len(arrays), [properties[label] for label in sorted(properties)])
        return True

    def _arrays(self, plane: JudgedPlane, axes: str, dtype: str) -> list[Any]:
        rows, columns = (int(size) for size in plane.labels.shape)
        lead = [count for count in plane.sizes if count > 1]
        levels = 1
        while max(rows, columns) >> levels >= _SMALLEST:
            levels += 1
        shapes = [[*lead, -(-rows // 2**n), -(-columns // 2**n)] for n in range(levels)]
        return [self._array(number, shape, dtype) for number, shape in enumerate(shapes)]

    def _array(self, number: int, shape: list[int], dtype: str) -> Any:
        import tensorstore

        chunks = [*(1 for _ in shape[:-2]), *(min(_CHUNK, size) for size in shape[-2:])]
        place = {"driver": "file", "path": f"{(self.place / str(number)).absolute()}/"}
        if self.version == "0.5":
            grid = {"name": "regular", "configuration": {"chunk_shape": chunks}}
            codecs = [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "zstd", "configuration": {"level": 5}},
            ]
            about: dict[str, Any] = {"shape": shape, "data_type": dtype, "chunk_grid": grid, "codecs": codecs}
            spec: dict[str, Any] = {"driver": "zarr3", "kvstore": place, "metadata": about}
        else:
            packed = {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 1}
            about = {"shape": shape, "chunks": chunks, "dtype": np.dtype(dtype).str, "compressor": packed}
            about["dimension_separator"] = "/"
            spec = {"driver": "zarr", "kvstore": place, "metadata": about}
        return tensorstore.open(spec, create=True).result()

    def _put(self, plane: JudgedPlane, axes: str, arrays: list[Any]) -> None:
        at = tuple({"t": plane.t, "z": plane.z}[axis] for axis in axes[:-2])
        labels = plane.kept_labels
        for number, array in enumerate(arrays):
            part: NDArray[Any] = labels[:: 2**number, :: 2**number].astype(array.dtype.numpy_dtype)
            array[at].write(part).result()
            if not np.array_equal(array[at].read().result(), part):
                raise InputError("other labels were read back than were written", path=self.place)

    def _finish(self, axes: str, levels: int, properties: list[dict[str, Any]]) -> None:
        path = self.record.masks[self.layer]
        size = image_info(path).pixel_size_um if path is not None else None
        y, x = size or (1.0, 1.0)
        datasets = [
            {
                "path": str(number),
                "coordinateTransformations": [
                    {"type": "scale", "scale": [*(1.0 for _ in axes[:-2]), y * 2**number, x * 2**number]}
                ],
            }
            for number in range(levels)
        ]
        kinds = [{"name": axis, "type": "time" if axis == "t" else "space"} for axis in axes]
        if size is not None:
            kinds = [one | ({"unit": "micrometer"} if one["name"] in "yx" else {}) for one in kinds]
        image: dict[str, Any] = {"name": escaped(self.layer), "axes": kinds, "datasets": datasets}
        about: dict[str, Any] = {"source": {"image": "../../"}, "properties": properties}
        if self.version == "0.4":
            image["version"] = about["version"] = "0.4"
        _describe(self.place, self.version, {"multiscales": [image], "image-label": about})


def _dtype(dtype: np.dtype[Any]) -> str:
    """The type of the label image: that of the mask where it is one of whole numbers."""
    if dtype.kind in "iu":
        return dtype.newbyteorder("=").name
    return "uint8" if dtype.kind == "b" else "uint32"
