"""A frame as a Parquet file of our own and back: the same names, dtypes and values, bit for bit.

Columns are called c0, c1, … in the file; names (which may be anything) and dtypes are in its metadata. NaN
stays NaN and is not the same as a missing value of a nullable column; empty text stays empty text. Pages have
checksums, so that a damaged file is noticed. Only plain values are kept: numbers, booleans, text, and object
columns of booleans, texts and NaN.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.files.arrow import arrow_sink, arrow_source

if TYPE_CHECKING:
    import pandas as pd

_KEY = b"tuiqc"
_FORMAT = 1
_NUMPY = ("bool", *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)), "float32", "float64")
_NULLABLE = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
_SMALL = 1 << 20  # cells
_MANY = 90  # columns; pandas warns of frames of more pieces than a hundred


def write(path: Path, frame: pd.DataFrame, state: str, facts: dict[str, Any]) -> None:
    """Write `frame` with `state` (text that `read` compares) and `facts` (plain JSON).

    Raises
    ------
    TypeError
        A column has values that can't be kept exactly.
    OSError
        The file can't be written.
    """
    import pyarrow
    import pyarrow.parquet

    if not frame.shape[1]:
        raise TypeError("no column")
    arrays, kinds = [], []
    for number in range(frame.shape[1]):
        array, kind = _array(frame.iloc[:, number])
        arrays.append(array)
        kinds.append(kind)
    names = [f"c{number}" for number in range(len(arrays))]
    about = {
        "format": _FORMAT, "state": state, "facts": facts, "rows": len(frame),
        "names": [str(name) for name in frame.columns], "kinds": kinds, "index": str(frame.columns.dtype),
    }  # fmt: skip
    table = pyarrow.table(dict(zip(names, arrays, strict=True)))
    # Backslash-u sequences: names may have lone surrogates, which UTF-8 has not.
    table = table.replace_schema_metadata({_KEY: json.dumps(about).encode("ascii")})
    texts = [name for name, array in zip(names, arrays, strict=True) if not _is_number(array)]
    with arrow_sink(path) as sink:
        pyarrow.parquet.write_table(
            table, sink, compression="lz4", use_dictionary=texts, write_statistics=False,
            write_page_checksum=True, row_group_size=1 << 20, data_page_size=1 << 20, store_schema=True,
        )  # fmt: skip


def read(path: Path, state: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return what `write` wrote.

    Raises
    ------
    ValueError
        The file is not ours, or has another state. Damaged ones raise what pyarrow raises.
    """
    import pandas as pd
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(arrow_source(path), page_checksum_verification=True)
    about = json.loads((file.schema_arrow.metadata or {}).get(_KEY, b"{}"))
    if about.get("format") != _FORMAT or about.get("state") != state:
        raise ValueError("not the cached table that is wanted")
    names, kinds, rows = about["names"], about["kinds"], about["rows"]
    if file.metadata.num_rows != rows or len(names) != len(kinds) or file.metadata.num_columns != len(names):
        raise ValueError("not a whole cached table")
    small = rows * len(kinds) < _SMALL
    columns = _at_once(file, kinds) if small else _columns(path, kinds)
    if any(len(column) != rows for column in columns):
        raise ValueError("not a whole cached table")
    frame = pd.DataFrame(dict(enumerate(columns)), copy=False, index=pd.RangeIndex(rows))
    if len(columns) > _MANY:
        frame = frame.copy()
    frame.columns = pd.Index(names, dtype="str" if about["index"] == "str" else object)
    return frame, dict(about["facts"])


def facts(path: Path, state: str) -> dict[str, Any]:
    """Return the facts of a file without reading its columns; raises as `read`."""
    import pyarrow.parquet

    about = json.loads((pyarrow.parquet.read_schema(arrow_source(path)).metadata or {}).get(_KEY, b"{}"))
    if about.get("format") != _FORMAT or about.get("state") != state:
        raise ValueError("not the cached table that is wanted")
    return dict(about["facts"])


def _at_once(file: Any, kinds: Sequence[str]) -> list[Any]:
    """The columns of a small table: threads and opening the file again would take longer than reading it."""
    table = file.read([f"c{number}" for number in range(len(kinds))], use_threads=False)
    return [_values(table.column(f"c{number}"), kind) for number, kind in enumerate(kinds)]


def _columns(path: Path, kinds: Sequence[str]) -> list[Any]:
    """The columns, read a few at a time by two threads: no more than the frame is in memory at once."""
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow.parquet

    few = max(2, len(kinds) // 16)
    groups = [range(start, min(start + few, len(kinds))) for start in range(0, len(kinds), few)]

    def one(group: range) -> list[Any]:
        with pyarrow.parquet.ParquetFile(arrow_source(path), page_checksum_verification=True) as file:
            table = file.read([f"c{number}" for number in group], use_threads=False)
        return [_values(table.column(f"c{number}"), kinds[number]) for number in group]

    with ThreadPoolExecutor(2, thread_name_prefix="tuiqc-cached") as pool:
        return [column for columns in pool.map(one, groups) for column in columns]


def _array(series: pd.Series[Any]) -> tuple[Any, str]:
    import pandas as pd
    import pyarrow

    kind = str(series.dtype)
    if isinstance(series.dtype, np.dtype) and kind in _NUMPY:
        return pyarrow.array(series.to_numpy(), from_pandas=False), kind
    if kind in _NULLABLE:
        return pyarrow.array(series.array), kind
    if kind == "str":
        return pyarrow.array(series.array, pyarrow.large_string()), kind
    if kind != "object":
        raise TypeError(f"a column of {kind}")
    values = series.to_numpy()
    gaps = pd.isna(series).to_numpy()
    if not all(value is np.nan or isinstance(value, float) for value in values[gaps]):
        raise TypeError("missing values of several kinds")
    types = {type(value) for value in values[~gaps]}
    if types <= {bool}:
        return pyarrow.array(values, pyarrow.bool_(), mask=gaps), "object-bool"
    if types == {str}:
        return pyarrow.array(values, pyarrow.large_string(), mask=gaps), "object-str"
    if types == {int}:
        texts = np.array([None if gap else str(v) for v, gap in zip(values, gaps, strict=True)], object)
        return pyarrow.array(texts, pyarrow.large_string()), "object-int"
    raise TypeError("a column of mixed objects")


def _values(column: Any, kind: str) -> Any:
    import pandas as pd

    if kind in _NUMPY:
        if column.null_count or str(column.type) not in {
            kind,
            {"float32": "float", "float64": "double"}.get(kind),
        }:
            raise ValueError(f"not a column of {kind}")
        values = column.to_numpy()
        return values if values.flags.writeable else values.copy()
    if kind in _NULLABLE:
        return column.combine_chunks().to_pandas(
            types_mapper={column.type: pd.api.types.pandas_dtype(kind)}.get
        )
    if kind == "str":
        series = column.combine_chunks().to_pandas()
        return series if str(series.dtype) == "str" else series.astype("str")
    objects = np.empty(len(column), object)
    objects[:] = column.to_pylist()
    gaps = column.is_null().to_numpy()
    if kind == "object-int":
        objects[~gaps] = [int(text) for text in objects[~gaps]]
    elif kind not in ("object-bool", "object-str"):
        raise ValueError(f"not a column of {kind}")
    objects[gaps] = np.nan
    return objects


def _is_number(array: Any) -> bool:
    from pyarrow import types

    return not (types.is_large_string(array.type) or types.is_string(array.type))
