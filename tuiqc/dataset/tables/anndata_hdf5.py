"""AnnData in HDF5 (`.h5ad`): what `anndata` reads, by h5py."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from tuiqc.budget import check_count, regular_file
from tuiqc.pixels.hdf5 import check_heaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FREE_VALUES, _PER_BYTE = 1 << 20, 100
"""How many values a dataset may have in any file, and for each of its bytes: zeros are packed well."""


@contextmanager
def opened(path: Path) -> Iterator[Hdf5Group]:
    """Open a file; what is taken from it is read while it is open.

    Raises
    ------
    InputError
        No regular file, or damaged.
    """
    regular_file(path, "an AnnData file")
    check_heaps(path)
    with h5py.File(path, "r", locking=False) as file:
        yield Hdf5Group(file)


class Hdf5Group:
    """See `tuiqc.dataset.tables.anndata.Group`."""

    def __init__(self, group: h5py.Group) -> None:
        self._group = group
        self.attributes: Mapping[str, Any] = group.attrs

    def item(self, name: str) -> Hdf5Group | Hdf5Values | None:
        """What lies in it; None for what leads to another file too."""
        if name not in self._group or not isinstance(self._group.get(name, getlink=True), h5py.HardLink):
            return None
        item = self._group[name]
        if isinstance(item, h5py.Group):
            return Hdf5Group(item)
        if not isinstance(item, h5py.Dataset) or item.is_virtual or item.external:
            return None
        return None if item.dtype.fields else Hdf5Values(item)


class Hdf5Values:
    """See `tuiqc.dataset.tables.anndata.Values`."""

    def __init__(self, item: h5py.Dataset) -> None:
        self._item = item
        self.shape: tuple[int, ...] = item.shape or ()
        self.is_text = h5py.check_string_dtype(item.dtype) is not None

    def whole(self) -> NDArray[Any]:
        """All values, if it can hold as many as it claims."""
        path = Path(self._item.file.filename)
        size = path.stat().st_size
        check_count(path, self._item.size, "values", max(_FREE_VALUES, _PER_BYTE * size))
        if not self.is_text:
            return np.asarray(self._item[()])
        # The library takes as much memory for a text as its reference says.
        for references in _references(path, self._item):
            lengths = np.frombuffer(references[: len(references) // 16 * 16], "<u4")[::4]
            check_count(path, int(lengths.sum(dtype=np.uint64)), "bytes of text", max(size, _FREE_VALUES))
        return np.asarray(self._item.asstr(errors="replace")[()], dtype=object)

    def part(self, index: Any) -> NDArray[Any]:
        """Some values of numbers."""
        return np.asarray(self._item[index])


def _references(path: Path, item: h5py.Dataset) -> Iterator[bytes]:
    """The references to texts of variable length as they are on the disk: 16 bytes each, the length first.

    Those of chunks that are packed by anything but deflate alone are not looked at.
    """
    if h5py.check_string_dtype(item.dtype).length is not None:
        return
    with path.open("rb") as file:
        if item.chunks is None:
            if (offset := item.id.get_offset()) is not None:
                file.seek(offset)
                yield file.read(16 * item.size)
            return
        plist = item.id.get_create_plist()
        filters = [plist.get_filter(at)[0] for at in range(plist.get_nfilters())]
        if not set(filters) <= {h5py.h5z.FILTER_DEFLATE}:
            return
        for at in range(item.id.get_num_chunks()):
            chunk = item.id.get_chunk_info(at)
            file.seek(chunk.byte_offset)
            data = file.read(chunk.size)
            if filters:
                data = zlib.decompressobj().decompress(data, 16 * int(np.prod(item.chunks)))
            yield data
