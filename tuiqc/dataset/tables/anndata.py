"""AnnData, in a file (`.h5ad`) or in Zarr: a row for each observation, read by h5py or tensorstore alone.

Columns are those of `obs`, in their order, `spatial_x` and `spatial_y` where `obsm/spatial` has places, and the columns
of `X` under the names of `var` where these are few (markers; not the genes of a transcriptome), else those that are
asked for by name. The format is that of AnnData's on-disk specification: `encoding-type` of `dataframe`, `categorical`,
`nullable-integer`, `csr_matrix`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tuiqc.budget import check_count
from tuiqc.dataset.tables.layout import MAX_COLUMNS, unique
from tuiqc.dataset.tables.parquet import as_texts, as_values, check_cells, damage_told, is_label
from tuiqc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MARKERS = 256
"""Columns of `X` that are read without being asked for, as long as they fit into `MARKER_BYTES`."""
MARKER_BYTES = 256 << 20
"""Largest `X` that is read without being asked for: 40 markers of a million cells, in a second or two."""
_VALUE_BYTES = 4
_MAX_CELLS = 1 << 28
_AT_ONCE = 1 << 22
"""Values of `X` that are looked at together."""
_UNNAMED = ("_index", "index", "obs_names", "")

Column = Callable[[], Any]
"""Reads a column as a pyarrow array."""


class Values(Protocol):
    """An array of a store. `whole` and `part` raise InputError or ValueError where it can't be read."""

    shape: tuple[int, ...]
    is_text: bool

    def whole(self) -> NDArray[Any]:
        """All values; texts as Python's own."""
        ...

    def part(self, index: Any) -> NDArray[Any]:
        """Some of the values of an array of numbers, by slices or whole numbers."""
        ...


class Group(Protocol):
    """A group of a store."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What is said of it."""
        ...

    def item(self, name: str) -> Group | Values | None:
        """What lies in it under a name, None for nothing (and for what leads elsewhere)."""
        ...


@dataclass(frozen=True)
class KeyColumns:
    """What a table says of itself (SpatialData): columns with the label and the element of each row, and the elements.

    "" and nothing where it does not say.
    """

    label: str = ""
    region: str = ""
    regions: tuple[str, ...] = ()


@dataclass
class _Found:
    """Names of the columns and how each is read, the number of rows, and notes."""

    columns: list[tuple[str, Column]]
    rows: int
    notes: list[str] = field(default_factory=list)


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns that are read without being asked for.

    Raises
    ------
    InputError
        As `read`.
    """
    with _damage_told(path), _opened(path) as root:
        return unique([name for name, _ in _columns(path, root, ()).columns])[0]


def key_columns(path: Path) -> KeyColumns:
    """Return what the table says of its own columns.

    Raises
    ------
    InputError
        As `read`.
    """
    with _damage_told(path), _opened(path) as root:
        return _keys(root)


def read(path: Path, *, texts: bool = False, named: Sequence[str] = ()) -> tuple[pd.DataFrame, list[str]]:
    """Return a table and notes; with `texts` every value as it is printed; `named` are columns of a large `X`.

    Raises
    ------
    InputError
        Missing, no AnnData, damaged, or too large; `X` has no column that was asked for.
    """
    with _damage_told(path), _opened(path) as root:
        return frame_of(path, root, texts=texts, named=named)


def frame_of(
    path: Path, root: Group, *, texts: bool = False, named: Sequence[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """As `read`, of an open group; `path` is for messages."""
    import pandas as pd
    import pyarrow

    found = _columns(path, root, named)
    if path.is_file():
        check_cells(path, found.rows, len(found.columns))
    check_count(path, found.rows * len(found.columns), "cells", _MAX_CELLS)
    data = {}
    for at, (name, column) in enumerate(found.columns):
        array = pyarrow.chunked_array([column()])
        check_count(path, abs(len(array) - found.rows), f"rows more or less in {name!r}", 0)
        data[at] = as_texts(array) if texts else as_values(array)
    frame = pd.DataFrame(data, index=pd.RangeIndex(found.rows))
    names, repeated = unique([name for name, _ in found.columns])
    frame.columns = pd.Index(list(names), dtype=object)
    again = [f"column {name!r} comes more than once; the further ones got a number" for name in repeated]
    return frame, [*found.notes, *again]


def _damage_told(path: Path) -> Any:
    return damage_told(path, "an AnnData table" if path.is_dir() else "an AnnData file")


@contextmanager
def _opened(path: Path) -> Iterator[Group]:
    if path.is_file():
        from tuiqc.dataset.tables import anndata_hdf5

        with anndata_hdf5.opened(path) as root:
            yield root
        return
    from tuiqc.dataset.tables import anndata_zarr

    yield anndata_zarr.opened(path)


def _columns(path: Path, root: Group, named: Sequence[str]) -> _Found:
    obs = _group(root, "obs")
    if obs is None:
        raise InputError(
            "no observations in it, or those of an old version", path=path, expected="AnnData 0.7 or newer",
            hint="read it with anndata and write it again",
        )  # fmt: skip
    index = _text(obs.attributes.get("_index", "_index"))
    order = obs.attributes.get("column-order", ())
    names = [_text(name) for name in order] if isinstance(order, list | tuple | np.ndarray) else []
    check_count(path, len(names), "columns", MAX_COLUMNS)
    found: list[tuple[str, Column]] = [
        (name, partial(_array, obs, name)) for name in names if obs.item(name) is not None
    ]
    rows = _length(obs, index)
    own = index not in _UNNAMED
    if own or not (_keys(root).label or any(map(is_label, names))):
        found.insert(0, (index if own else "", partial(_index, obs, index)))
    taken = {name for name, _ in found}
    found += [(name, column) for name, column in _places(root) if name not in taken]
    markers, notes = _markers(path, root, rows, named)
    found += [(name if name not in taken else f"{name} (X)", column) for name, column in markers]
    return _Found(found, rows, notes)


def _keys(root: Group) -> KeyColumns:
    """Of `uns/spatialdata_attrs`, or (in Zarr) of the attributes of the table itself."""
    uns = _group(root, "uns")
    said = None if uns is None else _group(uns, "spatialdata_attrs")
    attributes = root.attributes if said is None else {name: _said(said, name) for name in _KEYS}
    regions = attributes.get("region")
    several = regions if isinstance(regions, list | tuple | np.ndarray) else [regions]
    return KeyColumns(
        _text(attributes.get("instance_key") or ""),
        _text(attributes.get("region_key") or ""),
        tuple(_text(one) for one in several if isinstance(one, str | bytes)),
    )


_KEYS = ("region", "region_key", "instance_key")


def _said(group: Group, name: str) -> Any:
    """A text, or a list of texts, that is kept as an array."""
    item: Any = group.item(name)
    if item is None or not _is_values(item):
        return None
    values = item.whole()
    return values.item() if values.ndim == 0 else values.ravel().tolist()


def _group(group: Group, name: str) -> Group | None:
    item: Any = group.item(name)
    return None if item is None or _is_values(item) else item


def _is_values(item: Group | Values) -> bool:
    return hasattr(item, "shape")


def _length(obs: Group, name: str) -> int:
    item = obs.item(name)
    if item is None:
        raise ValueError("no names of the observations")
    if _is_values(item):
        (rows,) = item.shape  # type: ignore[union-attr]
        return int(rows)
    group: Any = item
    return _length(group, "codes" if group.item("codes") is not None else "values")


def _array(group: Group, name: str) -> Any:
    """A column of a data frame: plain, of categories, or with a mask of what is missing."""
    import pyarrow

    item: Any = group.item(name)
    if item is None:
        raise ValueError(f"column {name!r} is not there")
    if _is_values(item):
        earlier = _group(group, "__categories")  # as AnnData 0.7 kept them
        kept = None if earlier is None else earlier.item(name)
        return _plain(item) if earlier is None or kept is None else _of_codes(item, earlier, name)
    if item.item("codes") is not None:
        return _of_codes(item.item("codes"), item, "categories")
    values, mask = item.item("values"), item.item("mask")
    return pyarrow.array(values.whole(), mask=np.asarray(mask.whole(), bool))


def _of_codes(codes: Values, group: Group, categories: str) -> Any:
    import pyarrow

    numbers, values = np.asarray(codes.whole(), np.int64), _array(group, categories)
    if len(numbers) and (numbers.max() >= len(values) or numbers.min() < -1):
        raise ValueError("codes without a category")
    return values.take(pyarrow.array(numbers, mask=numbers < 0))


def _plain(item: Values) -> Any:
    import pyarrow

    if len(item.shape) != 1:
        raise ValueError(f"a column with {len(item.shape)} axes")
    if item.is_text:
        return pyarrow.array(item.whole().tolist(), pyarrow.large_string())
    return pyarrow.array(item.whole(), from_pandas=True)


def _index(obs: Group, name: str) -> Any:
    """The names of the observations; whole numbers where all are written as such, as labels are."""
    import pyarrow
    import pyarrow.compute as pc

    array = _array(obs, name)
    written = pyarrow.types.is_large_string(array.type) and len(array) > 0
    if written and pc.all(pc.match_substring_regex(array, r"^(?:0|[1-9]\d{0,17})$")).as_py():
        return array.cast(pyarrow.int64())
    return array


def _places(root: Group) -> list[tuple[str, Column]]:
    import pyarrow

    obsm = _group(root, "obsm")
    places: Any = None if obsm is None else obsm.item("spatial")
    if places is None or not _is_values(places) or len(places.shape) != 2 or not 2 <= places.shape[1] <= 3:
        return []

    def column(at: int) -> Any:
        return pyarrow.array(np.asarray(places.part((slice(None), at))))

    return [(f"spatial_{axis}", partial(column, at)) for at, axis in enumerate("xyz"[: places.shape[1]])]


# --- X


def _markers(
    path: Path, root: Group, rows: int, named: Sequence[str]
) -> tuple[list[tuple[str, Column]], list[str]]:
    """The columns of `X` by their names: all as long as they are few, else those that are asked for."""
    values, var = root.item("X"), _group(root, "var")
    if values is None or var is None:
        return [], []
    names = [str(name) for name in _array(var, _text(var.attributes.get("_index", "_index"))).to_pylist()]
    shown = range(len(names))
    nbytes = rows * len(names) * _VALUE_BYTES
    if len(names) > MARKERS or nbytes > MARKER_BYTES or any(name in named for name in names):
        place = {name: at for at, name in enumerate(names)}
        shown = [place[name] for name in named if name in place]  # type: ignore[assignment]
        if not shown:
            large = "" if len(names) > MARKERS else f" and {rows:,} rows ({nbytes >> 20:,} MB)"
            return [], [
                f"X has {len(names):,} columns{large} (such as {', '.join(names[:3])}): those that are named are read: "
                f"--more-columns 'FILE;only={','.join(names[:2])}'"
            ]
    columns = _columns_of_x(values, (rows, len(names)), list(shown))
    if isinstance(columns, str):
        return [], [columns]
    return [(names[at], column) for at, column in zip(shown, columns, strict=True)], []


def _columns_of_x(values: Any, shape: tuple[int, int], wanted: list[int]) -> list[Column] | str:
    """How each wanted column is read; or a sentence where `X` is not."""
    import pyarrow

    if _is_values(values):
        if tuple(values.shape) != shape:
            raise ValueError(f"X has the shape {values.shape}")
        return [lambda at=at: pyarrow.array(values.part((slice(None), at))) for at in wanted]  # type: ignore[misc]
    kind = _text(values.attributes.get("encoding-type", "nothing known"))
    if kind not in ("csr_matrix", "csc_matrix"):
        return f"X is stored as {kind!r}, and is not read"
    sparse = _SparseColumns(values, shape, wanted, by_row=kind == "csr_matrix")
    return [partial(sparse.column, at) for at in wanted]


class _SparseColumns:
    """Some columns of a sparse matrix, gathered from parts of it when the first of them is read."""

    def __init__(self, group: Group, shape: tuple[int, int], wanted: list[int], *, by_row: bool) -> None:
        self._shape, self._wanted, self._by_row = shape, wanted, by_row
        self._data, self._indices, self._pointers = map(group.item, ("data", "indices", "indptr"))
        self._found: dict[int, NDArray[Any]] = {}

    def column(self, at: int) -> Any:
        """A column with its zeros."""
        import pyarrow

        if not self._found:
            self._found = self._by_rows() if self._by_row else self._by_columns()
        return pyarrow.array(self._found.pop(at) if len(self._wanted) > 1 else self._found[at])

    def _starts(self, count: int) -> NDArray[np.int64]:
        """Where each row (or column) begins; checked."""
        data: Any = self._data
        starts: NDArray[np.int64] = np.asarray(self._pointers.whole(), np.int64)  # type: ignore[union-attr]
        if len(starts) != count + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
            raise ValueError("X has pointers that lead nowhere")
        if starts[-1] != data.shape[0] or data.shape != self._indices.shape:  # type: ignore[union-attr]
            raise ValueError("X has other values than its pointers say")
        return starts

    def _parts(self, start: int, end: int) -> Iterator[tuple[int, NDArray[np.int64], NDArray[Any]]]:
        """Places and values between two ends, a bounded part at a time."""
        data: Any = self._data
        indices: Any = self._indices
        most = self._shape[1 if self._by_row else 0]
        for first in range(start, end, _AT_ONCE):
            part = slice(first, min(first + _AT_ONCE, end))
            places = np.asarray(indices.part((part,)), np.int64)
            if len(places) and (places.min() < 0 or places.max() >= most):
                raise ValueError("X has places that are not in it")
            yield first, places, data.part((part,))

    def _by_rows(self) -> dict[int, NDArray[Any]]:
        rows, columns = self._shape
        starts = self._starts(rows)
        where = np.full(columns, -1, np.int64)
        where[self._wanted] = np.arange(len(self._wanted))
        out = self._empty()
        for first, places, values in self._parts(0, int(starts[-1])):
            hits = np.flatnonzero(where[places] >= 0)
            row = np.searchsorted(starts, hits + first, "right") - 1
            out[where[places[hits]], row] = values[hits]
        return dict(zip(self._wanted, out, strict=True))

    def _by_columns(self) -> dict[int, NDArray[Any]]:
        starts, out = self._starts(self._shape[1]), self._empty()
        for number, at in enumerate(self._wanted):
            for _, places, values in self._parts(int(starts[at]), int(starts[at + 1])):
                out[number, places] = values
        return dict(zip(self._wanted, out, strict=True))

    def _empty(self) -> NDArray[Any]:
        data: Any = self._data
        return np.zeros((len(self._wanted), self._shape[0]), data.part((slice(0, 0),)).dtype)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
