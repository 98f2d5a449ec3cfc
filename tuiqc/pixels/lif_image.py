"""LIF, LOF and XLEF of Leica by the library liffile: one file holds many images."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window, check_packed
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.vendor_library import conversion, library, part_of, refused_as

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KIND = "a file of Leica (LIF)"


class LifImage(ImageFile):
    """One image of a file; of several those with as many channels as the first are positions, a plane is a frame."""

    def __init__(self, path: Path) -> None:
        liffile = library("liffile", path, _KIND)
        self._path, self._lock = path, threading.Lock()
        with refused_as(path, _KIND):
            self._file = liffile.LifFile(path)
            try:
                self.info = self._describe()
            except BaseException:
                self._file.close()
                raise

    def _describe(self) -> ImageInfo:
        every = [one for one in self._file.images if {"Y", "X"} <= set(one.sizes)]
        if not every:
            raise InputError("holds no image of rows and columns", path=self._path, expected="images")
        channels = _channels(every[0])
        alike = [one for one in every if _channels(one) == channels and _plain(one)]
        if not alike:
            raise InputError(
                f"has axes {''.join(every[0].sizes)}",
                path=self._path,
                expected="images with T, Z, C, Y and X",
                hint=conversion(self._path),
            )
        names = [str(one.name) for one in alike]
        self._image = alike[part_of(names, reading_of(self._path).series, self._path)]
        found = {str(name): int(size) for name, size in self._image.sizes.items()}
        sizes = {axis: found.get(axis.upper(), 1) for axis in "tczyx"}
        dtype = np.dtype(self._image.dtype)
        check_packed(self._path, sizes["y"] * sizes["x"] * dtype.itemsize * found.get("S", 1))
        if found.get("S", 1) == 3:
            sizes["s"] = 3
        axes = "".join(axis for axis in "tzc" if sizes[axis] > 1) + "yx" + ("s" if "s" in sizes else "")
        left = len(self._file.images) - len(alike)
        note = (
            f"{left} of its images have other channels or axes (tiles of a mosaic) and are left out"
            if left
            else ""
        )
        return ImageInfo(
            path=self._path, axes=axes, sizes=sizes, dtype=dtype, partial=False, format="LIF",
            pixel_size_um=_pixel_size(self._image), block=(sizes["y"], sizes["x"]), note=note,
            series=tuple(names) if len(names) > 1 else (),
        )  # fmt: skip

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        at = {"T": t, "Z": z, "C": c}
        with refused_as(self._path, _KIND), self._lock:
            frame = self._image.frame(**{name: n for name, n in at.items() if name in self._image.sizes})
        part = np.asarray(frame)[region.y0 : region.y1, region.x0 : region.x1]
        return np.ascontiguousarray(part, self.info.dtype)

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._file.close()


def _channels(image: Any) -> int:
    return int(image.sizes.get("C", 1))


def _plain(image: Any) -> bool:
    """Whether it has no other axes than planes are told apart by (and no wavelengths, lifetimes, rotations)."""
    return set(image.sizes) <= set("TCZYXS") and image.sizes.get("S", 1) in (1, 3)


def _pixel_size(image: Any) -> tuple[float, float] | None:
    """Micrometres per pixel (y, x); Leica's places are in metres."""
    sizes = []
    for axis in "YX":
        places = image.coords.get(axis)
        if places is None or len(places) < 2:
            return None
        sizes.append(abs(float(places[-1] - places[0])) * 1e6 / len(places))
    return (sizes[0], sizes[1]) if min(sizes) > 0 else None
