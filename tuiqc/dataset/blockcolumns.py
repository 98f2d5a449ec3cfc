"""The columns of a big table while its blocks come in."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.tabletext import Layout

if TYPE_CHECKING:
    import pandas as pd

EXACT = 2.0**53
"""Whole numbers beyond this are not exact as float64."""

_MANY = 90  # columns; pandas warns of frames of more pieces than a hundred


class Kind(IntEnum):
    """What a column is read as; WIDE are whole numbers too large for floats, kept as text until the end."""

    NONE = 0
    BOOL = 1
    INTEGER = 2
    FLOAT = 3
    WIDE = 4
    TEXT = 5


class NotFastError(Exception):
    """The table is for the slower reader."""


class OtherTypesError(Exception):
    """Reading has to start again with these kinds."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        super().__init__("other types")
        self.kinds = list(kinds)


def kind_of(type_: Any) -> Kind:
    """Return the kind of a column that pyarrow has guessed as `type_`; dates and times stay text.

    Raises
    ------
    NotFastError
        It is not UTF-8.
    """
    from pyarrow import types

    if types.is_binary(type_) or types.is_large_binary(type_):
        raise NotFastError
    if types.is_null(type_):
        return Kind.NONE
    if types.is_boolean(type_):
        return Kind.BOOL
    if types.is_integer(type_):
        return Kind.INTEGER
    return Kind.FLOAT if types.is_floating(type_) else Kind.TEXT


def merged(a: Kind, b: Kind) -> Kind:
    """Return the narrowest kind that holds the values of both."""
    low, high = sorted((a, b))
    if low == high or low == Kind.NONE:
        return high
    return Kind.TEXT if low == Kind.BOOL or high == Kind.TEXT else high


class Columns:
    """Arrays with room for all rows, filled block by block."""

    def __init__(self, kinds: Sequence[Kind], layout: Layout) -> None:
        self.rows = 0
        self._room = 0
        self._kinds, self._layout = list(kinds), layout
        self._arrays: list[NDArray[Any] | None] = [None] * len(kinds)
        self._texts: list[list[Any]] = [[] for _ in kinds]

    def reserve(self, rows: int) -> None:
        """Make room; memory is only taken by what is written."""
        self._room = max(self._room, rows)

    def add(self, table: Any) -> None:
        """Take the rows of a pyarrow table of one chunk per column.

        Raises
        ------
        OtherTypesError
            A column of whole numbers has missing values and numbers that no float has.
        """
        start, stop = self.rows, self.rows + table.num_rows
        if stop > self._room:
            self._room = stop if not self._room else max(stop, self._room * 3 // 2)
        for number, kind in enumerate(self._kinds):
            column = table.column(number)
            if kind in (Kind.TEXT, Kind.WIDE):
                self._texts[number] += column.chunks
            elif kind is not Kind.NONE:
                self._place(number, column)[start:stop] = _values(column)
        self.rows = stop

    def _place(self, number: int, column: Any) -> NDArray[Any]:
        """The array of a column, long enough and of a type for these values."""
        kind, old = self._kinds[number], self._arrays[number]
        gaps = column.null_count > 0
        dtype: Any = {Kind.BOOL: np.bool_, Kind.INTEGER: np.int64, Kind.FLOAT: np.float64}[kind]
        if kind is not Kind.FLOAT and (gaps or (old is not None and old.dtype != dtype)):
            dtype = np.dtype(object) if kind is Kind.BOOL else np.dtype(np.float64)
            if kind is Kind.INTEGER:
                self._small(number, old, column)
        if old is not None and len(old) >= self._room and old.dtype == dtype:
            return old
        array = np.empty(self._room, dtype)
        if old is not None:
            array[: self.rows] = old[: self.rows]
        self._arrays[number] = array
        return array

    def _small(self, number: int, old: NDArray[Any] | None, column: Any) -> None:
        import pyarrow.compute as pc

        least, most = (pc.min_max(column)[name].as_py() or 0 for name in ("min", "max"))
        if old is not None and old.dtype == np.int64 and self.rows:
            least, most = min(least, old[: self.rows].min()), max(most, old[: self.rows].max())
        if least <= -EXACT or most >= EXACT:
            kinds = list(self._kinds)
            kinds[number] = Kind.WIDE
            raise OtherTypesError(kinds)

    def frame(self, plus: bool = False) -> pd.DataFrame:
        """Return the rows so far; `plus` says that plus signs were seen.

        Raises
        ------
        NotFastError
            The field after a trailing delimiter is not empty, or texts are numbers in pandas' eyes, or there are
            whole numbers as floats that may be written as +5 (an integer in pandas' eyes).
        """
        import pandas as pd

        count = len(self._layout.columns)
        if self._layout.trailing and self._kinds[count] is not Kind.NONE:
            raise NotFastError
        if plus and any(self._all_whole(number) for number in range(count)):
            raise NotFastError
        data = {number: self._column(number) for number in range(count)}
        frame = pd.DataFrame(data, copy=False, index=pd.RangeIndex(self.rows))
        if count > _MANY:
            frame = frame.copy()
        frame.columns = pd.Index(list(self._layout.columns), dtype=object)
        return frame

    def _all_whole(self, number: int) -> bool:
        array = self._arrays[number]
        if self._kinds[number] is not Kind.FLOAT or array is None:
            return False
        return all((rows == np.floor(rows)).all() for rows in (array[: self.rows][:100], array[: self.rows]))

    def _column(self, number: int) -> Any:
        import pyarrow

        from tuiqc.dataset.blockparse import only_pandas_reads
        from tuiqc.dataset.tables_io import whole_numbers

        kind = self._kinds[number]
        if kind in (Kind.TEXT, Kind.WIDE):
            texts = pyarrow.chunked_array(self._texts[number], pyarrow.large_string()).combine_chunks()
            if kind is Kind.TEXT and only_pandas_reads(texts):
                raise NotFastError
            series = texts.to_pandas()
            return whole_numbers(series) if kind is Kind.WIDE else series
        array = self._arrays[number]
        return np.full(self.rows, np.nan) if array is None else array[: self.rows]


def _values(column: Any) -> NDArray[Any]:
    values: NDArray[Any] = column.to_numpy()
    if values.dtype == object:  # booleans with gaps: missing as everywhere else
        values[column.is_null().to_numpy()] = np.nan
    return values
