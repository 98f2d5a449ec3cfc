"""AnnData in HDF5 (`.h5ad`): what `anndata` reads, by h5py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from tuiqc.budget import check_count, regular_file
from tuiqc.pixels.hdf5_texts import check_attributes, check_heaps, check_values

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

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What is said of it."""
        check_attributes(Path(self._group.file.filename), self._group)
        attributes: Mapping[str, Any] = self._group.attrs
        return attributes

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
        check_count(path, self._item.size, "values", max(_FREE_VALUES, _PER_BYTE * path.stat().st_size))
        if not self.is_text:
            return self.part(())
        check_values(path, self._item)
        return np.asarray(self._item.asstr(errors="replace")[()], dtype=object)

    def part(self, index: Any) -> NDArray[Any]:
        """Some values of numbers."""
        if self._item.dtype.kind == "O":  # on some of these the library crashes
            raise ValueError("values of variable length that are no texts")
        return np.asarray(self._item[index])
