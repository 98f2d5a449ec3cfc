"""CZI of Zeiss by the library pylibCZIrw: scenes are images, any window is read at any zoom by the library itself."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Level, Window, check_packed
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.vendor_library import library, part_of, refused_as

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KIND = "a file of Zeiss (CZI)"
_TYPES = {
    "Gray8": "u1",
    "Gray16": "u2",
    "Gray32Float": "f4",
    "Bgr24": "u1",
    "Bgr48": "u2",
    "Bgr96Float": "f4",
}
_LEAST = 1024
"""Rows or columns from which on a smaller level is offered: the library reads at any zoom."""
_BLOCK = 1024
"""Rows and columns that are read together; the library puts the tiles of a mosaic together."""


class CziImage(ImageFile):
    """One scene of a file."""

    def __init__(self, path: Path) -> None:
        czi = library("pylibCZIrw.czi", path, _KIND)
        self._path, self._lock = path, threading.Lock()
        with refused_as(path, _KIND):
            self._file = czi.CziReader(str(path), file_input_type=czi.ReaderFileInputTypes.Standard)
            try:
                self.info = self._describe()
            except BaseException:
                self._file.close()
                raise

    def _describe(self) -> ImageInfo:
        bounds = self._file.total_bounding_box
        scenes = self._file.scenes_bounding_rectangle
        numbers = sorted(scenes)
        names = [str(number + 1) for number in numbers] if len(numbers) > 1 else []
        chosen = part_of(names, reading_of(self._path).series, self._path)
        self._scene = numbers[chosen] if numbers else None
        if self._scene is None:
            (left, right), (top, bottom) = bounds["X"], bounds["Y"]
            self._corner, shape = (left, top), (bottom - top, right - left)
        else:
            box = scenes[self._scene]
            self._corner, shape = (box.x, box.y), (box.h, box.w)
        self._starts = {axis: int(bounds[axis][0]) for axis in "TZC" if axis in bounds}
        sizes = {axis: int(bounds[axis.upper()][1] - bounds[axis.upper()][0]) if axis.upper() in bounds else 1
                 for axis in "tcz"}  # fmt: skip
        sizes |= {"y": int(shape[0]), "x": int(shape[1])}
        kinds = {_TYPES.get(kind) for kind in self._file.pixel_types.values()}
        if len(kinds) != 1 or None in kinds:
            said = ", ".join(map(str, self._file.pixel_types.values()))
            raise InputError(f"has pixels of type {said}", path=self._path, expected=", ".join(_TYPES))
        dtype = np.dtype(str(kinds.pop()))
        if str(next(iter(self._file.pixel_types.values()))).startswith("Bgr"):
            sizes["s"] = 3
        check_packed(self._path, sizes["y"] * sizes["x"] * dtype.itemsize * sizes.get("s", 1))
        reduced, scale = [], 2
        while min(shape) // scale >= _LEAST // 2 and max(shape) // scale * 2 > _LEAST:
            reduced.append(Level((shape[0] // scale, shape[1] // scale), float(scale)))
            scale *= 2
        axes = "".join(axis for axis in "tzc" if sizes[axis] > 1) + "yx" + ("s" if "s" in sizes else "")
        channels, um = _described(self._file.metadata)
        return ImageInfo(
            path=self._path, axes=axes, sizes=sizes, dtype=dtype, partial=True, format="CZI", pixel_size_um=um,
            reduced=tuple(reduced), block=(min(_BLOCK, shape[0]), min(_BLOCK, shape[1])), series=tuple(names),
            channel_names=channels if len(channels) == sizes["c"] else (),
        )  # fmt: skip

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region, scale = self.region(t, z, c, window, level), int(self.levels[level].scale)
        if 0 in region.shape:
            return np.zeros((*region.shape, *((3,) if self.info.rgb else ())), self.info.dtype)
        plane = {axis: start + {"T": t, "Z": z, "C": c}[axis] for axis, start in self._starts.items()}
        roi = (
            self._corner[0] + region.x0 * scale,
            self._corner[1] + region.y0 * scale,
            region.shape[1] * scale,
            region.shape[0] * scale,
        )
        with refused_as(self._path, _KIND), self._lock:
            pixels = self._file.read(roi=roi, plane=plane, scene=self._scene, zoom=1 / scale)
        pixels = np.asarray(pixels)[: region.shape[0], : region.shape[1]]
        return np.ascontiguousarray(pixels[..., ::-1] if self.info.rgb else pixels[..., 0], self.info.dtype)

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._file.close()


def _described(metadata: Any) -> tuple[tuple[str, ...], tuple[float, float] | None]:
    """Names of the channels, and micrometres per pixel (y, x); Zeiss' are in metres."""
    inside = _below(metadata, "ImageDocument", "Metadata")
    channels = _below(inside, "Information", "Image", "Dimensions", "Channels", "Channel")
    names = tuple(str(one.get("@Name") or "") for one in _several(channels) if isinstance(one, dict))
    sizes: dict[str, float] = {}
    for one in _several(_below(inside, "Scaling", "Items", "Distance")):
        if isinstance(one, dict):
            try:
                sizes[str(one.get("@Id"))] = float(one.get("Value") or 0) * 1e6
            except (TypeError, ValueError):
                continue
    um = (sizes["Y"], sizes["X"]) if sizes.get("X", 0) > 0 and sizes.get("Y", 0) > 0 else None
    return names, um


def _below(document: Any, *names: str) -> Any:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
