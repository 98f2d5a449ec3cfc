"""ND2 of Nikon by the library nd2: positions are images, a plane is read as a frame."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window, check_packed
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.vendor_library import library, part_of, refused_as

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KIND = "a file of Nikon (ND2)"
_FRAME = ("C", "Y", "X", "S")
"""Axes of what the library reads together."""


class Nd2Image(ImageFile):
    """One position of a file; frames that are not packed are mapped, so that a window reads no more than it holds."""

    def __init__(self, path: Path) -> None:
        nd2 = library("nd2", path, _KIND)
        self._path, self._lock = path, threading.Lock()
        with refused_as(path, _KIND):
            self._file = nd2.ND2File(path)
            try:
                self.info = self._describe()
            except BaseException:
                self._file.close()
                raise

    def _describe(self) -> ImageInfo:
        found = {str(name): int(size) for name, size in self._file.sizes.items()}
        if unknown := [name for name in found if name not in "PTCZYXS"]:
            raise InputError(f"has axes {', '.join(unknown)}", path=self._path, expected="P, T, Z, C, Y, X")
        self._loops = [(name, size) for name, size in found.items() if name not in _FRAME]
        positions = (
            [str(number) for number in range(1, found.get("P", 1) + 1)] if found.get("P", 1) > 1 else []
        )
        self._position = part_of(positions, reading_of(self._path).series, self._path)
        sizes = {axis: found.get(axis.upper(), 1) for axis in "tczyx"}
        dtype = np.dtype(self._file.dtype)
        check_packed(self._path, sizes["y"] * sizes["x"] * dtype.itemsize * found.get("S", 1))
        if found.get("S", 1) not in (1, 3):
            raise InputError(f"has {found['S']} samples a pixel", path=self._path, expected="1 or 3")
        if found.get("S") == 3:
            sizes["s"] = 3
        voxel = self._file.voxel_size()
        names = [str(one.channel.name) for one in getattr(self._file.metadata, "channels", None) or ()]
        axes = "".join(axis for axis in "tzc" if sizes[axis] > 1) + "yx" + ("s" if "s" in sizes else "")
        return ImageInfo(
            path=self._path, axes=axes, sizes=sizes, dtype=dtype, partial=True, format="ND2",
            pixel_size_um=(voxel.y, voxel.x) if voxel.y > 0 and voxel.x > 0 else None,
            channel_names=tuple(names) if len(names) == sizes["c"] else (), series=tuple(positions),
        )  # fmt: skip

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        at = {"T": t, "Z": z, "P": self._position}
        frame = 0
        for name, size in self._loops:
            frame = frame * size + min(at.get(name, 0), size - 1)
        sizes = self.info.sizes
        with refused_as(self._path, _KIND), self._lock:
            pixels = np.asarray(self._file.read_frame(frame))
            pixels = pixels.reshape(sizes["c"], sizes["y"], sizes["x"], sizes.get("s", 1))
            part = np.array(pixels[c, region.y0 : region.y1, region.x0 : region.x1], self.info.dtype)
        return np.ascontiguousarray(part if self.info.rgb else part[..., 0])

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._file.close()
