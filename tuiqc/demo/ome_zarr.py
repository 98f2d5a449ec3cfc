"""Demo batches as plates of OME-Zarr 0.4 or 0.5: one hierarchy per plate, with labels and tables as Fractal keeps them.

Pixels are written by tensorstore. An image is made as files first, and taken into its plate when these are there.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.demo.image import PIXEL_SIZE_UM
from tuiqc.demo.plan import CHANNELS, LAYERS, ImagePlan
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSIONS = ("0.4", "0.5")
_CHUNK = 256
_LEAST = 128
"""Rows that the smallest level has at least."""
_COLOURS = {"DNA": "0000FF", "ER": "00FF00"}
_TYPES = {"c": "channel"}
_OF_FILES = re.compile(r"(?:File|Path)Name_.*|Metadata_.*")


def check_tensorstore() -> None:
    """Refuse to begin where the pixels could not be written.

    Raises
    ------
    UsageError
        tensorstore is not installed.
    """
    if find_spec("tensorstore") is None:
        raise UsageError('--format ome-zarr needs tensorstore: pip install "tuiqc[zarr]"')


class PlateWriter:
    """The plates of a batch in a folder.

    Parameters
    ----------
    directory
        Where the files of images are, and the plates go.
    plans
        All images, so that the plates know their wells.
    version
        Of OME-Zarr.
    """

    def __init__(self, directory: Path, plans: Sequence[ImagePlan], version: str) -> None:
        self._directory, self._version = directory, version
        self._sites = {(plan.plate, plan.well): 0 for plan in plans}
        for plan in plans:
            self._sites[plan.plate, plan.well] += 1
        for plate in dict.fromkeys(plan.plate for plan in plans):
            self._write_plate(plate)

    def key(self, plan: ImagePlan) -> str:
        """What `tuiqc open` calls an image of the folder."""
        plates = len({plate for plate, _ in self._sites})
        parts = [plan.plate] * (plates > 1) + [plan.well]
        return "/".join([*parts, str(plan.site - 1)] if max(self._sites.values()) > 1 else parts)

    def take(self, plan: ImagePlan) -> None:
        """Put the files of an image into its plate, and away."""
        import numpy as np
        import tifffile

        row, column = plan.well[0], plan.well[1:]
        place = self._directory / f"{plan.plate}.zarr" / row / column / str(plan.site - 1)
        planes = [tifffile.imread(self._directory / f"{plan.key}_{name}.tif") for name in CHANNELS]
        omero = {
            "channels": [
                {"label": name, "color": _COLOURS[name], "active": True,
                 "window": {"min": 0, "max": 65535, "start": 0, "end": int(max(plane.max(), 1))}}
                for name, plane in zip(CHANNELS, planes, strict=True)
            ]
        }  # fmt: skip
        self._write_image(
            place, np.stack([plane.astype(np.uint16) for plane in planes]), "cyx", {"omero": omero}
        )
        self._group(place / "labels", {"labels": list(LAYERS)})
        for layer in LAYERS:
            mask = tifffile.imread(self._directory / f"{plan.key}_{layer}_labels.tif")
            said = {"image-label": {"source": {"image": "../../"}}}
            self._write_image(place / "labels" / layer, mask, "yx", said)
        self._write_tables(place, plan)
        for file in self._directory.glob(f"{plan.key}_*"):
            file.unlink()

    def _write_plate(self, plate: str) -> None:
        wells = [well for of, well in self._sites if of == plate]
        rows, columns = (sorted({well[part] for well in wells}) for part in (slice(0, 1), slice(1, None)))
        root = self._directory / f"{plate}.zarr"
        described = {
            "name": plate,
            "rows": [{"name": row} for row in rows],
            "columns": [{"name": column} for column in columns],
            "wells": [
                {"path": f"{well[0]}/{well[1:]}", "rowIndex": rows.index(well[0]),
                 "columnIndex": columns.index(well[1:])}
                for well in wells
            ],
            "field_count": max(self._sites[plate, well] for well in wells),
        }  # fmt: skip
        self._group(root, {"plate": described | ({"version": "0.4"} if self._version == "0.4" else {})})
        for row in rows:
            self._group(root / row, {})
        for well in wells:
            images = [{"path": str(site)} for site in range(self._sites[plate, well])]
            said: dict[str, Any] = {"images": images}
            said |= {"version": "0.4"} if self._version == "0.4" else {}
            self._group(root / well[0] / well[1:], {"well": said})

    def _group(self, place: Path, ome: dict[str, Any], **more: Any) -> None:
        """Write the metadata of a group: OME's, and what stands beside it."""
        place.mkdir(parents=True, exist_ok=True)
        if self._version == "0.4":
            _write_json(place / ".zgroup", {"zarr_format": 2})
            _write_json(place / ".zattrs", {**ome, **more})
            return
        attributes = {"ome": {"version": self._version, **ome}, **more} if ome else more
        _write_json(place / "zarr.json", {"zarr_format": 3, "node_type": "group", "attributes": attributes})

    def _write_image(self, place: Path, pixels: NDArray[Any], axes: str, more: dict[str, Any]) -> None:
        import numpy as np

        datasets, level, number = [], pixels, 0
        while True:
            self._write_array(place / str(number), np.ascontiguousarray(level), axes)
            scale = [1.0] * (level.ndim - 2) + [PIXEL_SIZE_UM * 2**number] * 2
            datasets.append(
                {"path": str(number), "coordinateTransformations": [{"type": "scale", "scale": scale}]}
            )
            if level.shape[-1] < 2 * _LEAST:
                break
            level, number = _halved(level, means=axes[0] == "c"), number + 1
        described = [
            {"name": name, "type": _TYPES.get(name, "space")}
            | ({"unit": "micrometer"} if name in "yx" else {})
            for name in axes
        ]
        entry: dict[str, Any] = {"name": place.name, "axes": described, "datasets": datasets}
        if self._version == "0.4":
            entry["version"] = "0.4"
            if "image-label" in more:
                more = {"image-label": {"version": "0.4", **more["image-label"]}}
        self._group(place, {"multiscales": [entry], **more})

    def _write_array(self, place: Path, pixels: NDArray[Any], axes: str) -> None:
        import tensorstore

        chunk = [1] * (pixels.ndim - 2) + [min(_CHUNK, size) for size in pixels.shape[-2:]]
        kvstore = {"driver": "file", "path": f"{place.absolute()}/"}
        if self._version == "0.4":
            metadata: dict[str, Any] = {
                "shape": pixels.shape, "chunks": chunk, "dtype": pixels.dtype.str, "dimension_separator": "/",
                "compressor": {"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 1},
            }  # fmt: skip
            spec = {"driver": "zarr", "kvstore": kvstore, "metadata": metadata}
        else:
            metadata = {
                "shape": pixels.shape, "data_type": pixels.dtype.name, "dimension_names": list(axes),
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
                "codecs": [{"name": "bytes", "configuration": {"endian": "little"}},
                           {"name": "zstd", "configuration": {"level": 3}}],
            }  # fmt: skip
            spec = {"driver": "zarr3", "kvstore": kvstore, "metadata": metadata}
        tensorstore.open(spec, create=True).result().write(pixels).result()

    def _write_tables(self, place: Path, plan: ImagePlan) -> None:
        """The tables of the layers as Fractal keeps them: CSV in a group that names its labels."""
        self._group(place / "tables", {}, tables=list(LAYERS))
        for layer in LAYERS:
            said = {
                "type": "feature_table", "table_version": "1", "backend": "csv", "index_key": "label",
                "index_type": "int", "region": {"path": f"../labels/{layer}"},
            }  # fmt: skip
            folder = place / "tables" / layer
            self._group(folder, {}, **said)
            with (
                (self._directory / f"{plan.key}_{layer}.csv").open(newline="", encoding="utf-8") as source,
                (folder / "table.csv").open("w", newline="", encoding="utf-8") as target,
            ):
                rows = csv.DictReader(source)
                kept = [name for name in rows.fieldnames or () if not _OF_FILES.fullmatch(name)]
                writer = csv.writer(target, lineterminator="\n")
                writer.writerow(["label", *kept])
                writer.writerows([row["ObjectNumber"], *(row[name] for name in kept)] for row in rows)


def _halved(pixels: NDArray[Any], *, means: bool) -> NDArray[Any]:
    """Half the rows and columns: means of four of an image, every other one of labels."""
    if not means:
        return pixels[..., ::2, ::2]
    rows, columns = (size // 2 * 2 for size in pixels.shape[-2:])
    four = pixels[..., :rows, :columns].reshape(*pixels.shape[:-2], rows // 2, 2, columns // 2, 2)
    halved: NDArray[np.float64] = four.mean((-3, -1))
    return halved.round().astype(pixels.dtype)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
