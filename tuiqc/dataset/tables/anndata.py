"""AnnData files (`.h5ad`): a row for each observation, read by h5py alone.

Columns are those of `obs`, in their order, `spatial_x` and `spatial_y` where `obsm/spatial` has places, and the columns
of `X` under the names of `var` where these are few (markers; not the genes of a transcriptome). The format is that of
AnnData's on-disk specification: `encoding-type` of `dataframe`, `categorical`, `nullable-integer`, `csr_matrix`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.budget import check_count, regular_file
from tuiqc.dataset.tables.layout import MAX_COLUMNS, unique
from tuiqc.dataset.tables.parquet import as_texts, as_values, check_cells, damage_told, is_label
from tuiqc.errors import InputError
from tuiqc.pixels.hdf5 import check_heaps

if TYPE_CHECKING:
    import h5py
    import pandas as pd

MARKERS = 256
"""Columns of `X` that are read at most."""
_FREE_VALUES, _PER_BYTE = 1 << 20, 100
"""How many values a dataset may have in any file, and for each of its bytes: zeros are packed well."""
_UNNAMED = ("_index", "index", "obs_names", "")

Column = Callable[[], Any]
"""Reads a column as a pyarrow array."""


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises
    ------
    InputError
        As `read`.
    """
    with damage_told(path, "an AnnData file"), _opened(path) as file:
        return unique([name for name, _ in _columns(path, file)[0]])[0]


def read(path: Path, *, texts: bool = False) -> tuple[pd.DataFrame, list[str]]:
    """Return a table and notes; with `texts` every value as it is printed.

    Raises
    ------
    InputError
        Missing, no AnnData file, damaged, or too large.
    """
    import pandas as pd
    import pyarrow

    with damage_told(path, "an AnnData file"), _opened(path) as file:
        found, rows, notes = _columns(path, file)
        check_cells(path, rows, len(found))
        data = {}
        for at, (name, column) in enumerate(found):
            array = pyarrow.chunked_array([column()])
            check_count(path, abs(len(array) - rows), f"rows more or less in {name!r}", 0)
            data[at] = as_texts(array) if texts else as_values(array)
    frame = pd.DataFrame(data, index=pd.RangeIndex(rows))
    names, repeated = unique([name for name, _ in found])
    frame.columns = pd.Index(list(names), dtype=object)
    notes += [f"column {name!r} comes more than once; the further ones got a number" for name in repeated]
    return frame, notes


def _opened(path: Path) -> h5py.File:
    import h5py

    regular_file(path, "an AnnData file")
    check_heaps(path)
    return h5py.File(path, "r", locking=False)


def _columns(path: Path, file: h5py.File) -> tuple[list[tuple[str, Column]], int, list[str]]:
    """Names of the columns and how each is read; the number of rows; notes."""
    import h5py

    obs = _item(file, "obs")
    if not isinstance(obs, h5py.Group):
        raise InputError(
            "no observations in it, or those of an old version", path=path, expected="AnnData 0.7 or newer",
            hint="read it with anndata and write it again",
        )  # fmt: skip
    index = _text(obs.attrs.get("_index", "_index"))
    names = [_text(name) for name in obs.attrs.get("column-order", ())]
    check_count(path, len(names), "columns", MAX_COLUMNS)
    found: list[tuple[str, Column]] = [
        (name, partial(_array, obs, name)) for name in names if _item(obs, name) is not None
    ]
    rows = _length(_item(obs, index))
    named = index not in _UNNAMED
    if named or not any(map(is_label, names)):
        found.insert(0, (index if named else "", partial(_index, obs, index)))
    taken = {name for name, _ in found}
    found += [(name, column) for name, column in _places(file) if name not in taken]
    markers, notes = _markers(file, rows)
    found += [(name if name not in taken else f"{name} (X)", column) for name, column in markers]
    return found, rows, notes


def _item(group: h5py.Group, name: str) -> Any:
    """What lies in a group under a name; None for nothing, and for what leads to another file."""
    import h5py

    if name not in group or not isinstance(group.get(name, getlink=True), h5py.HardLink):
        return None
    item = group[name]
    if isinstance(item, h5py.Dataset) and (item.is_virtual or item.external):
        return None
    return item


def _length(item: Any) -> int:
    import h5py

    if isinstance(item, h5py.Dataset) and item.ndim == 1:
        return int(item.shape[0])
    if isinstance(item, h5py.Group):
        return _length(_item(item, "codes" if "codes" in item else "values"))
    raise ValueError("no names of the observations")


def _array(group: h5py.Group, name: str) -> Any:
    """A column of a data frame: plain, of categories, or with a mask of what is missing."""
    import h5py
    import pyarrow

    item = _item(group, name)
    if isinstance(item, h5py.Dataset):
        return _plain(item)
    if item is None:
        raise ValueError(f"column {name!r} is not there")
    if "codes" in item:
        codes = np.asarray(_whole(item["codes"]), np.int64)
        values = _array(item, "categories")
        if len(codes) and (codes.max() >= len(values) or codes.min() < -1):
            raise ValueError(f"column {name!r} has codes without a category")
        return values.take(pyarrow.array(codes, mask=codes < 0))
    return pyarrow.array(np.asarray(_whole(item["values"])), mask=np.asarray(_whole(item["mask"]), bool))


def _plain(item: h5py.Dataset) -> Any:
    import h5py
    import pyarrow

    if item.ndim != 1:
        raise ValueError(f"{item.name} has {item.ndim} axes")
    if h5py.check_string_dtype(item.dtype) is not None:
        return pyarrow.array(_whole(item, item.asstr(errors="replace")).tolist(), pyarrow.large_string())
    return pyarrow.array(np.asarray(_whole(item)), from_pandas=True)


def _whole(item: h5py.Dataset, view: Any = None) -> Any:
    """All values of a dataset, if it can hold as many as it claims; `view` is another way to read it."""
    path = Path(item.file.filename)
    size = path.stat().st_size
    check_count(path, item.size, "values", max(_FREE_VALUES, _PER_BYTE * size))
    if view is not None:  # the library takes as much memory for a text as its reference says
        for references in _references(path, item):
            lengths = np.frombuffer(references[: len(references) // 16 * 16], "<u4")[::4]
            check_count(path, int(lengths.sum(dtype=np.uint64)), "bytes of text", max(size, _FREE_VALUES))
    return (item if view is None else view)[()]


def _references(path: Path, item: h5py.Dataset) -> Iterator[bytes]:
    """The references to texts of variable length as they are on the disk: 16 bytes each, the length first.

    Those of chunks that are packed by anything but deflate alone are not looked at.
    """
    import h5py

    if not h5py.check_string_dtype(item.dtype) or h5py.check_string_dtype(item.dtype).length is not None:
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


def _index(obs: h5py.Group, name: str) -> Any:
    """The names of the observations; whole numbers where all are written as such, as labels are."""
    import pyarrow
    import pyarrow.compute as pc

    array = _array(obs, name)
    written = pyarrow.types.is_large_string(array.type) and len(array) > 0
    if written and pc.all(pc.match_substring_regex(array, r"^(?:0|[1-9]\d{0,17})$")).as_py():
        return array.cast(pyarrow.int64())
    return array


def _places(file: h5py.File) -> list[tuple[str, Column]]:
    import h5py
    import pyarrow

    obsm = _item(file, "obsm")
    places = _item(obsm, "spatial") if isinstance(obsm, h5py.Group) else None
    if not isinstance(places, h5py.Dataset) or places.ndim != 2 or not 2 <= places.shape[1] <= 3:
        return []

    def column(at: int) -> Any:
        return pyarrow.array(np.asarray(_whole(places)[:, at]))

    return [(f"spatial_{axis}", partial(column, at)) for at, axis in enumerate("xyz"[: places.shape[1]])]


def _markers(file: h5py.File, rows: int) -> tuple[list[tuple[str, Column]], list[str]]:
    """The columns of `X` by their names, as long as they are few."""
    import h5py

    values, var = _item(file, "X"), _item(file, "var")
    if values is None or not isinstance(var, h5py.Group):
        return [], []
    names = _array(var, _text(var.attrs.get("_index", "_index"))).to_pylist()
    if len(names) > MARKERS:
        return [], [f"X has {len(names):,} columns, which are not read: at most {MARKERS} are"]
    if isinstance(values, h5py.Dataset):
        if values.shape != (rows, len(names)):
            raise ValueError(f"X has the shape {values.shape}")
        return [(str(name), partial(_dense, values, at)) for at, name in enumerate(names)], []
    if _text(values.attrs.get("encoding-type", "")) not in ("csr_matrix", "csc_matrix"):
        return [], [
            f"X is stored as {_text(values.attrs.get('encoding-type', 'nothing known'))!r}, and is not read"
        ]
    sparse = _Sparse(values, (rows, len(names)))
    return [(str(name), partial(sparse.column, at)) for at, name in enumerate(names)], []


def _dense(values: h5py.Dataset, at: int) -> Any:
    import pyarrow

    return pyarrow.array(np.asarray(values[:, at]))


class _Sparse:
    """A sparse matrix of few columns, read when the first of them is."""

    def __init__(self, group: h5py.Group, shape: tuple[int, int]) -> None:
        self._group, self._shape = group, shape
        self._matrix: Any = None

    def column(self, at: int) -> Any:
        """A column with its zeros."""
        import pyarrow
        from scipy import sparse

        if self._matrix is None:
            parts = [np.asarray(_whole(self._group[name])) for name in ("data", "indices", "indptr")]
            rows_first = _text(self._group.attrs["encoding-type"]) == "csr_matrix"
            made = sparse.csr_matrix if rows_first else sparse.csc_matrix
            self._matrix = made(tuple(parts), shape=self._shape)
            self._matrix.check_format(full_check=True)
            self._matrix = self._matrix.tocsc()
        return pyarrow.array(self._matrix[:, [at]].toarray()[:, 0])


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
