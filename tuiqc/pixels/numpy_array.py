"""Arrays that NumPy saved: masks as `.npy` and `.npz` (Cell-ACDC's `_segm.npz`), and Cellpose's `_seg.npy`.

Cellpose saves a dictionary, which is a pickle: it is read by `plain_pickle`, so that nothing in it is run. Its masks
are the image of the file; the probability of a cell that the network gave each pixel is the second (`Reading.series`).
"""

from __future__ import annotations

import threading
import zipfile
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from tuiqc.budget import check_count
from tuiqc.errors import InputError
from tuiqc.pixels.axes import UNKNOWN, decide
from tuiqc.pixels.formats import partner_of
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window, check_size
from tuiqc.pixels.image_path import PROBABILITY, reading_of
from tuiqc.pixels.plain_pickle import RefusedError, StoredArray, loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = ("arr_0", "masks", "mask", "labels", "label", "segm", "seg")
"""Members of a packed file that are looked for first."""
_MOST_BYTES = 4 << 30
"""Of a dictionary, or of a packed array: it is in memory as a whole."""
_DEFLATE = 1032
"""How many times of its size a packed array may unpack to (RFC 1951)."""


class NumpyImage(ImageFile):
    """One array of two to five axes; the last two are the plane, others are for `tuiqc.pixels.axes.decide`.

    A plain `.npy` is mapped: only what is wanted of it is read.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._array: NDArray[Any] | None = None
        self._member, self._whole = "", True
        try:
            shape, dtype = self._opened()
            self.info = self._describe(shape, dtype)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"not a readable array of NumPy ({error})", path=path) from error

    def _opened(self) -> tuple[tuple[int, ...], np.dtype[Any]]:
        """Shape and type of the array; it is read later where it is packed."""
        path = self._path
        if zipfile.is_zipfile(path):
            self._format = "NPZ"
            return self._packed()
        with path.open("rb") as file:
            shape, _, dtype = _header(path, file)
            if not dtype.hasobject:
                if reading_of(path).series == PROBABILITY:
                    raise InputError("one array, without flows of the network", path=path)
                self._format, self._whole = "NPY", False
                _check_plane(path, shape, dtype, path.stat().st_size)
                self._array = np.load(path, mmap_mode="r", allow_pickle=False)
                return shape, dtype
            self._format = "Cellpose _seg.npy"
            check_count(path, path.stat().st_size, "bytes", _MOST_BYTES)
            self._array = _of_cellpose(path, file.read(), reading_of(path).series)
        return self._array.shape, self._array.dtype

    def _packed(self) -> tuple[tuple[int, ...], np.dtype[Any]]:
        with zipfile.ZipFile(self._path) as packed:
            found = {}
            for item in packed.infolist():
                if item.filename.endswith(".npy"):
                    with packed.open(item) as file:
                        shape, _, dtype = _header(self._path, file)
                    if dtype.kind in "biuf" and len(shape) >= 2:
                        found[item.filename[:-4]] = item, shape, dtype
            name = next((name for name in _NAMES if name in found), None)
            if name is None and len(found) != 1:
                listed = ", ".join(sorted(found)[:5]) or "none"
                raise InputError(f"{len(found)} arrays that could be the mask ({listed})", path=self._path,
                                 expected="one, or one named arr_0, masks or labels")  # fmt: skip
            item, shape, dtype = found[name or next(iter(found))]
            self._member = item.filename
            claimed = prod(shape) * dtype.itemsize
            check_count(self._path, claimed, "bytes", min(_MOST_BYTES, _DEFLATE * (item.compress_size + 64)))
        return shape, dtype

    @property
    def member(self) -> str:
        """The name of the array in a packed file, "" where the file is one array."""
        return self._member

    @property
    def roles(self) -> tuple[str, ...]:
        """One of "tczyx" for each axis of the array, "" for one of which only index 0 is read."""
        return self._roles

    @property
    def slices(self) -> int:
        """How many slices follow one another for each time point along "t", 1 where z is an axis of its own."""
        return self._slices

    def _describe(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> ImageInfo:
        path = self._path
        if dtype.kind not in "biuf" or not 2 <= len(shape) <= 5 or not prod(shape):
            raise InputError(
                f"an array of type {dtype} and shape {shape}", path=path, expected="planes of numbers"
            )
        reading = reading_of(path)
        letters = UNKNOWN * (len(shape) - 2) + "yx"
        axes = decide(path, shape, letters, reading, lambda: partner_of(reading))
        split = len(axes.shape) > len(shape)
        self._roles = tuple(role for role in axes.roles if not (split and role == "z"))
        sizes = axes.sizes
        self._slices = sizes["z"] if split else 1
        return ImageInfo(
            path=path,
            axes="".join(axes.roles),
            sizes=sizes,
            dtype=dtype.newbyteorder("="),
            pixel_size_um=None,
            partial=not self._whole,
            format=self._format,
            block=(sizes["y"], sizes["x"]) if self._whole else (1, 1),
            axes_from=axes.source,
            note=axes.note,
        )

    def array(self) -> NDArray[Any]:
        """The whole array.

        Raises
        ------
        InputError
            It is cut off or damaged.
        """
        with self._lock:
            if self._array is None:
                try:
                    with zipfile.ZipFile(self._path) as packed, packed.open(self._member) as file:
                        self._array = np.lib.format.read_array(file, allow_pickle=False)
                except Exception as error:
                    raise InputError(f"decoding failed ({error})", path=self._path,
                                     hint="the file is damaged or incomplete") from error  # fmt: skip
            return self._array

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        where: dict[str, int | slice] = {
            "t": t * self._slices + (z if self._slices > 1 else 0), "z": z, "c": c,
            "y": slice(region.y0, region.y1), "x": slice(region.x0, region.x1),
        }  # fmt: skip
        pixels = self.array()[tuple(where.get(role, 0) for role in self._roles)]
        if self._roles.index("x") < self._roles.index("y"):
            pixels = pixels.T
        return np.array(pixels, dtype=self.info.dtype, order="C")

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._array = None if self._member or not self._whole else self._array


def _header(path: Path, file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an array; the file is where its numbers begin then."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise InputError(f"an array in version {version[0]}.{version[1]} of NumPy's format", path=path)


def _check_plane(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], held: int) -> None:
    check_size(path, prod(shape[-2:]) * dtype.itemsize, held)


def _of_cellpose(path: Path, data: bytes, series: int) -> NDArray[Any]:
    """The masks of the dictionary that Cellpose saves, or the probability of a cell."""
    saved = contents(path, data)
    masks = _array_of(saved.get("masks"))
    if masks is None:
        raise InputError("no masks in it", path=path, expected="what Cellpose saves as _seg.npy")
    if series != PROBABILITY:
        return masks
    found = _probability(saved.get("flows"), masks.shape)
    if found is None:
        raise InputError("no flows of the network in it", path=path)
    return found


def contents(path: Path, data: bytes) -> dict[Any, Any]:
    """The dictionary in a pickled array of one object; its arrays are `StoredArray`.

    Raises
    ------
    InputError
        It names anything but arrays and plain values, or holds no dictionary.
    """
    try:
        saved = loads(data)
        while isinstance(saved, StoredArray | list):
            inner = saved.value() if isinstance(saved, StoredArray) else saved
            if not isinstance(inner, list) or len(inner) != 1:
                break
            saved = inner[0]
    except RefusedError as error:
        raise InputError(
            f"a saved object that is not read: {error}", path=path, expected="masks as Cellpose saves them",
            hint="only arrays, numbers, texts and lists of these are read; nothing in it was run",
        ) from error  # fmt: skip
    if not isinstance(saved, dict):
        raise InputError(
            "a saved object without masks", path=path, expected="what Cellpose saves as _seg.npy"
        )
    return saved


def _array_of(stored: Any) -> NDArray[Any] | None:
    try:
        value: Any = stored.value() if isinstance(stored, StoredArray) else None
    except RefusedError:
        return None
    if not isinstance(value, np.ndarray):
        return None
    array: NDArray[Any] = value
    return array


def _probability(flows: Any, shape: tuple[int, ...]) -> NDArray[Any] | None:
    """The last plane of (dY, dX, probability), as it came from the network; else what is scaled to 0 to 255."""
    if isinstance(flows, StoredArray):
        try:
            flows = flows.value()
        except RefusedError:
            return None
    arrays = [
        one
        for each in (flows if isinstance(flows, list | tuple) else ())
        if (one := _array_of(each)) is not None
    ]
    for one in reversed(arrays):
        if one.dtype.kind == "f" and one.ndim == len(shape) + 1 and one.shape[1:] == shape and len(one) >= 3:
            last: NDArray[Any] = one[-1]
            return last
    for one in arrays[1:2]:
        if one.shape in (shape, (1, *shape)):
            return one.reshape(shape)
    return None
