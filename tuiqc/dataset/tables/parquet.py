"""Tables of objects in Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.budget import check_count, regular_file
from tuiqc.dataset.tables.layout import MAX_COLUMNS, unique
from tuiqc.errors import InputError
from tuiqc.files.arrow import arrow_source

if TYPE_CHECKING:
    import pandas as pd

_MAX_CELLS = 1 << 31
_FREE_CELLS = 1 << 25
_CELLS_PER_BYTE = 50
"""How many cells a byte of the file may stand for, beyond `_FREE_CELLS`: tables of measurements come to 0.1 to 5."""
_MANY_ROWS = 1 << 20
"""Rows of which a whole table and the frame made of it are too much to be held at once."""
_UNNAMED = "__index_level_"
_LABELS = {"label", "labels", "labelid", "id", "objectnumber", "objectid", "cellid"}


def is_label(name: str) -> bool:
    """Whether a column is called as one of labels is: beside it an index without a name is left out."""
    return name.casefold().replace("_", "") in _LABELS


def is_parquet(path: Path) -> bool:
    """Whether the name or the first bytes of a file are those of a Parquet file."""
    if path.suffix.casefold() in (".parquet", ".pq"):
        return True
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns, the index of pandas among them if it has a name.

    Raises
    ------
    InputError
        As `read`.
    """
    with damage_told(path):
        file = _opened(path)
        found = unique([_name(file.schema_arrow.names[at]) for at in _wanted(file)])[0]
        return (*(name for name, _ in _ranges(file) if name not in found), *found)


def read(path: Path, *, texts: bool = False, named: Sequence[str] = ()) -> tuple[pd.DataFrame, list[str]]:
    """Return a table and notes; with `texts` every value as it is printed. `named` says nothing: all is read.

    A named index (`df.set_index("label").to_parquet`) becomes columns in front; one without a name is left out where it
    only counts the rows. Whole numbers with gaps stay so (Int64), dates and categories become text, lists and structs
    the text that Python writes.

    Raises
    ------
    InputError
        Missing, no Parquet file, damaged, or too large.
    """
    with damage_told(path):
        return _read(_opened(path), as_texts if texts else as_values)


@contextmanager
def damage_told(path: Path, kind: str = "a Parquet file") -> Iterator[None]:
    """Make an error of the file of whatever a library raises of damaged bytes.

    Raises
    ------
    InputError
        In place of any other error.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"not {kind} that can be read ({type(error).__name__})", path=path) from error


def _read(file: Any, values: Callable[[Any], Any]) -> tuple[pd.DataFrame, list[str]]:
    import pandas as pd

    places = _wanted(file)
    names = [_name(file.schema_arrow.names[at]) for at in places]
    data = {number: values(column) for number, column in enumerate(_columns(file, places))}
    frame = pd.DataFrame(data, index=pd.RangeIndex(file.metadata.num_rows), copy=False)
    found, repeated = unique(names)
    frame.columns = pd.Index(list(found), dtype=object)
    for name, counted in _ranges(file):
        if name not in frame.columns:
            frame.insert(0, name, list(counted))
    return frame, [
        f"column {name!r} comes more than once; the further ones got a number" for name in repeated
    ]


def _columns(file: Any, places: Sequence[int]) -> Iterator[Any]:
    """The columns in these places, of large files one after the other: each is let go before the next is read."""
    names = file.schema_arrow.names
    plain = len(set(names)) == len(names) and not any("." in name for name in names)
    if file.metadata.num_rows < _MANY_ROWS or not plain:
        table = file.read(use_threads=False)
        yield from (table.column(at) for at in places)
        return
    for at in places:
        yield file.read(columns=[names[at]], use_threads=False, use_pandas_metadata=False).column(0)


def _opened(path: Path) -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            "Parquet needs pyarrow, which is not installed", path=path, hint="run: pip install pyarrow"
        ) from error
    regular_file(path, "a Parquet file")
    try:
        file = parquet.ParquetFile(arrow_source(path))
    except OSError as error:
        raise InputError(error.strerror or "not a Parquet file", path=path) from error
    rows, width = file.metadata.num_rows, len(file.schema_arrow.names)
    check_count(path, width, "columns", MAX_COLUMNS)
    check_cells(path, rows, width)
    return file


def check_cells(path: Path, rows: int, width: int) -> None:
    """Refuse a table that claims more cells than a file of its size holds.

    Repeated values are packed: a few kilobytes may hold as many as they like.

    Raises
    ------
    BudgetError
        It does.
    """
    size = path.stat().st_size
    check_count(path, rows * width, "cells", min(_MAX_CELLS, max(_FREE_CELLS, size * _CELLS_PER_BYTE)))


def _wanted(file: Any) -> list[int]:
    """Places of the columns in the file, those of the index first; without an index that has no name."""
    schema = file.schema_arrow
    about = schema.pandas_metadata or {}
    index = [
        name for name in about.get("index_columns", []) if isinstance(name, str) and name in schema.names
    ]
    named = [name for name in index if not name.startswith(_UNNAMED)]
    rest = [at for at, name in enumerate(schema.names) if name not in index]
    has_label = any(is_label(name) for name in [*named, *(schema.names[at] for at in rest)])
    unnamed = [] if has_label else [name for name in index if name.startswith(_UNNAMED)]
    return [*(schema.names.index(name) for name in [*named, *unnamed]), *rest]


def _ranges(file: Any) -> list[tuple[str, range]]:
    """Indexes with a name that pandas has written as first number, end and step."""
    about = file.schema_arrow.pandas_metadata or {}
    found = []
    for one in about.get("index_columns", []):
        if isinstance(one, dict) and one.get("kind") == "range" and one.get("name"):
            counted = range(one["start"], one["stop"], one["step"])
            if len(counted) == file.metadata.num_rows:
                found.append((str(one["name"]), counted))
    return found


def _name(name: str) -> str:
    return "" if name.startswith(_UNNAMED) else name


def as_texts(column: Any) -> Any:
    """A column as Python prints its values: whole numbers and decimals exactly, the shortest of floats."""
    import pyarrow
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_floating(column.type):
        kept = column.cast(pyarrow.float32()) if types.is_float16(column.type) else column
        return kept.cast(pyarrow.large_string()).combine_chunks().to_pandas()
    if types.is_temporal(column.type):
        return column.cast(pyarrow.large_string()).combine_chunks().to_pandas()
    texts = [None if value is None else str(value) for value in column.to_pylist()]
    return pyarrow.array(texts, pyarrow.large_string()).to_pandas()


def as_values(column: Any) -> Any:
    """A column as the values of a frame."""
    import pandas as pd
    import pyarrow
    import pyarrow.compute as pc
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if types.is_integer(kind):
        if not column.null_count:
            return column.to_numpy()
        ends = pc.min_max(column).as_py()
        if ends["min"] is None or (ends["min"] > -(2**53) and ends["max"] < 2**53):
            return column.cast(pyarrow.float64()).to_numpy()
        return pd.array(column.to_pylist(), dtype="UInt64" if types.is_unsigned_integer(kind) else "Int64")
    if types.is_floating(kind):
        return column.cast(pyarrow.float64() if types.is_float16(kind) else kind).to_numpy()
    if types.is_decimal(kind):
        return column.cast(pyarrow.float64()).to_numpy()
    if types.is_boolean(kind):
        values = column.to_numpy()
        if values.dtype == object:
            values = values.copy()
            values[pc.is_null(column).to_numpy()] = float("nan")
        return values
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return column.cast(pyarrow.large_string()).combine_chunks().to_pandas()
    if types.is_temporal(kind):
        return pc.cast(column, pyarrow.large_string()).combine_chunks().to_pandas()
    if types.is_null(kind):
        import numpy as np

        return np.full(len(column), np.nan)
    texts = [None if value is None else str(value) for value in column.to_pylist()]
    return pyarrow.array(texts, pyarrow.large_string()).to_pandas()
