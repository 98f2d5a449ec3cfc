"""HDF5 as ilastik writes it: one dataset, its axes named by the attribute `axistags`."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from tuiqc.budget import DEPTH, GROUPS, Allowance, check_count, in_child, regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.axes import UNKNOWN, decide
from tuiqc.pixels.formats import partner_of
from tuiqc.pixels.hdf5_texts import check_attributes, check_heaps
from tuiqc.pixels.image_file import AXES, ImageFile, ImageInfo, Window, check_size
from tuiqc.pixels.image_path import reading_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ILASTIK_NAME = "exported_data"


class Hdf5Image(ImageFile):
    """The dataset `exported_data` of an HDF5 file, or its only image-like dataset.

    Axes come from `axistags` (the JSON that ilastik writes), else from the dataset's dimension labels; what these do
    not say is for `tuiqc.pixels.axes.decide`. Only the wanted part of the dataset is read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        check_heaps(path)
        try:
            # Locks fail on many cluster file systems, and nothing is written here.
            self._file = h5py.File(path, "r", locking=False)
        except Exception as error:
            raise InputError(f"not a readable HDF5 file ({error})", path=path) from error
        with self.described(path, "its header can't be read"):
            self._data = _find_dataset(path, self._file)
            _check_elsewhere(path, self._data)
            _check_chunks(path, self._data)
            self.info = self._describe()

    def _describe(self) -> ImageInfo:
        data, path = self._data, self._path
        letters, source = _axes_of(path, data)
        reading = reading_of(path)
        axes = decide(path, data.shape, letters, reading, lambda: partner_of(reading))
        roles, sizes, split = axes.roles, axes.sizes, len(axes.shape) > data.ndim
        if 0 in data.shape:
            raise InputError(f"dataset {data.name} is empty (shape {data.shape})", path=path)
        # Where one axis of the file is time and depth, t counts them together.
        self._roles = tuple(role for role in roles if not (split and role == "z"))
        self._slices = sizes["z"] if split else 1
        check_size(path, sizes["y"] * sizes["x"] * data.dtype.itemsize, data.id.get_storage_size())
        return ImageInfo(
            path=path,
            axes="".join(roles),
            sizes=sizes,
            dtype=data.dtype.newbyteorder("="),
            pixel_size_um=None,
            partial=True,
            block=self._block(),
            format="ilastik HDF5" if source == "axistags" else "HDF5",
            axes_from=axes.source,
            note=axes.note,
        )

    @property
    def dataset(self) -> h5py.Dataset:
        """The dataset that is the image."""
        return self._data

    @property
    def file(self) -> h5py.File:
        """The file that was opened; the dataset may lie in another that a link leads to."""
        return self._file

    @property
    def roles(self) -> tuple[str, ...]:
        """One of "tczyx" for each axis of the dataset, "" for one of which only index 0 is read."""
        return self._roles

    @property
    def slices(self) -> int:
        """How many slices follow one another for each time point along "t", 1 where z is an axis of its own."""
        return self._slices

    def _block(self) -> tuple[int, int]:
        """Rows and columns of a chunk."""
        chunks = self._data.chunks
        if chunks is None:
            return 1, 1
        return int(chunks[self._roles.index("y")]), int(chunks[self._roles.index("x")])

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`; h5py has one lock of its own for all threads."""
        region = self.region(t, z, c, window, level)
        if 0 in region.shape:
            return np.zeros(region.shape, self.info.dtype)
        where: dict[str, int | slice] = {
            "t": t * self._slices + (z if self._slices > 1 else 0),
            "z": z,
            "c": c,
            "y": slice(region.y0, region.y1),
            "x": slice(region.x0, region.x1),
        }
        try:
            pixels = self._data[tuple(where.get(role, 0) for role in self._roles)]
        except Exception as error:
            raise InputError(
                f"decoding failed ({error})", path=self._path, hint="the file is damaged or incomplete"
            ) from error
        if self._roles.index("x") < self._roles.index("y"):
            pixels = pixels.T
        return np.ascontiguousarray(pixels, dtype=self.info.dtype)

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._file.close()


def _find_dataset(path: Path, file: h5py.File) -> h5py.Dataset:
    """Return `exported_data`, else the only dataset that can be an image."""
    link = file.get(_ILASTIK_NAME, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        regular_file(path.parent / link.filename, "the HDF5 file that a link leads to")
    named = file.get(_ILASTIK_NAME)
    if isinstance(named, h5py.Dataset):
        problem = _unfit(named)
        if problem:
            raise InputError(f"dataset {_ILASTIK_NAME} is {problem}", path=path, expected="an image")
        return named
    found = [item for item in _datasets(path, file) if _is_image(item)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(str(item.name) for item in found)[:5])
    raise InputError(
        f"{len(found)} datasets that could be the image ({names})"
        if found
        else "no dataset that could be an image",
        path=path,
        expected=f"one, or one named {_ILASTIK_NAME}",
    )


def _datasets(path: Path, file: h5py.File) -> Iterator[h5py.Dataset]:
    """Every dataset below hard links, each once; as `visititems`, which recurses in C without a bound."""
    allowance = Allowance(path, steps=GROUPS)
    waiting, seen = deque([(file["/"], 0)]), set()
    while waiting:
        group, depth = waiting.popleft()
        check_count(path, depth, "levels of groups", DEPTH)
        check_count(path, len(group), "entries in one group", GROUPS)
        for name in group:
            allowance.take()
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            item = group.get(name)
            if not isinstance(item, h5py.Group | h5py.Dataset):
                continue
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(item, h5py.Dataset):
                yield item
            else:
                waiting.append((item, depth + 1))


def _check_elsewhere(path: Path, data: h5py.Dataset) -> None:
    """Of pixels that lie in other datasets: these are files, and reading them ends.

    A virtual dataset that is its own source overflows the stack of the library, so it is tried in another process.
    """
    plist = data.id.get_create_plist()
    for number in range(plist.get_external_count()):
        name = os.fsdecode(plist.get_external(number)[0])
        regular_file(path.parent / name, "the file that its pixels are in")
    if data.is_virtual:
        for source in data.virtual_sources():
            if source.file_name != ".":
                regular_file(path.parent / source.file_name, "the source of a virtual dataset")
        if os.environ.get(_TRIED) is None:
            in_child("tuiqc.pixels.hdf5:try_out", path)


def _check_chunks(path: Path, data: h5py.Dataset) -> None:
    """Of packed chunks of a file of moderate size: none is larger than the file.

    The library asks for as much memory as the index says that a chunk takes, and then finds out that there is less.
    """
    size = path.stat().st_size
    if data.chunks is None or not data.id.get_create_plist().get_nfilters() or size > _CHUNKS_CHECKED:
        return
    largest = 0

    def look(info: Any) -> None:
        nonlocal largest
        largest = max(largest, info.size)

    data.id.chunk_iter(look)
    check_count(path, largest, "bytes in one chunk", size)


_CHUNKS_CHECKED = 64 << 20
_TRIED = "TUIQC_IN_CHILD"


def try_out(path: Path) -> list[int]:
    """Read the image of a file once, a part at a time; its shape. For `tuiqc.budget.in_child`."""
    os.environ[_TRIED] = "1"
    with Hdf5Image(path) as image:
        data = image.dataset
        for source in data.virtual_sources():
            start, end = source.vspace.get_select_bounds()
            data[tuple(slice(low, low + 1) for low in start)]
            data[tuple(slice(high, high + 1) for high in end)]
        return [int(size) for size in data.shape]


def _is_image(item: object) -> bool:
    return isinstance(item, h5py.Dataset) and not _unfit(item)


def _unfit(data: h5py.Dataset) -> str:
    """Say why a dataset is no image, "" if it is one."""
    if data.dtype.kind not in "buif":
        return f"of type {data.dtype}"
    if not 2 <= data.ndim <= 5:
        return f"of {data.ndim} dimensions"
    return ""


def _axes_of(path: Path, data: h5py.Dataset) -> tuple[str, str]:
    """Return one letter per axis of the dataset, and where they come from."""
    check_attributes(path, data, texts=False)  # lists of scales are no texts
    tags = data.attrs.get("axistags")
    if tags is not None:
        return _from_axistags(path, tags, data.ndim), "axistags"
    labels = "".join(str(dim.label) for dim in data.dims)
    if len(labels) == data.ndim == len(set(labels)) and {"y", "x"} <= set(labels) <= set(AXES):
        return labels, "labels"
    return UNKNOWN * data.ndim, "shape"


def _from_axistags(path: Path, tags: Any, ndim: int) -> str:
    try:
        text = tags.decode() if isinstance(tags, bytes) else str(tags)
        keys = [str(axis["key"]) for axis in json.loads(text)["axes"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"its axistags can't be read ({error})", path=path) from None
    axes = "".join(keys)
    known = "".join(key if key in AXES else UNKNOWN for key in axes)
    if len(keys) != ndim or len(axes) != ndim or len(set(axes)) != ndim or not {"y", "x"} <= set(axes):
        raise InputError(
            f"its axistags name the axes {keys}", path=path, expected=f"{ndim} with y and x among them"
        )
    return known
