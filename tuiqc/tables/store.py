"""The columns behind a view: those of a frame and added ones, each turned into arrays once.

A sorted column is the positions of its values in order: missing ones last, text the way people count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind, column_kind, kind_of_numbers
from tuiqc.tables.order import Positions, stable_order
from tuiqc.tables.plain import PlainTable
from tuiqc.tables.values import Codes, Numbers, codes_of, numbers_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Positions", "SortKey", "order_by", "sort_key"]


class SortKey(NamedTuple):
    """Numbers that sort as the values of a column do, and where there is none (None: where it is NaN)."""

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None


def sort_key(series: pd.Series[Any]) -> SortKey:
    """Return what a column is sorted by.

    Numbers and booleans are their own keys, dates their number; text gets the rank of its natural key. Empty
    text is missing.
    """
    numbers = numbers_of(series)
    if numbers is not None:
        return SortKey(numbers.values, numbers.missing)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "mM":
        return SortKey(series.to_numpy().view(np.int64), series.isna().to_numpy())
    codes = codes_of(series)
    return SortKey(codes.ranks(), codes.codes < 0)


def order_by(keys: Sequence[tuple[SortKey, bool]], size: int) -> Positions:
    """Return the positions 0 to `size` - 1 in order of (key, descending) pairs, the first counts most.

    Stable: what is equal in all keys stays in order. Missing values are last in each key, in both directions.
    """
    order: Positions | None = None
    for key, descending in reversed(keys):
        if order is None:
            order = stable_order(key.values, key.missing, descending)
        else:
            missing = None if key.missing is None else key.missing[order]
            order = order[stable_order(key.values[order], missing, descending)]
    return np.arange(size, dtype=np.int64) if order is None else order


_PIECE = 1 << 17
_MANY = 10
"""Columns that are put in together."""


class Prepared(NamedTuple):
    """A table with further columns, the one that it was made of, and the names of the columns."""

    before: pd.DataFrame | PlainTable
    table: pd.DataFrame | PlainTable
    names: tuple[str, ...]


class ColumnStore:
    """Fast access to the columns of a table, which is never copied or changed, and to columns of our own.

    A *position* is the place of a row in the frame.
    """

    def __init__(self, table: pd.DataFrame | PlainTable) -> None:
        self._table = table
        self._added: dict[str, NDArray[Any]] = {}
        self._fills: dict[str, Any] = {}
        self._versions: dict[str, int] = {}
        self._epoch = 0
        self._forget_all()

    def _forget_all(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}
        self._kinds: dict[str, Kind] = {}
        self._series: dict[str, pd.Series[Any]] = {}
        self._numbers: dict[str, Numbers] = {}
        self._codes: dict[str, Codes] = {}
        self._sort_keys: dict[str, SortKey] = {}
        self._epoch += 1

    @property
    def frame(self) -> pd.DataFrame:
        """The columns that were not added; of plain ones the frame is made when it is first asked for."""
        if isinstance(self._table, PlainTable):
            self._table = self._table.frame()
            self._forget_all()
        return self._table

    @property
    def names(self) -> list[str]:
        """Names of the columns of the frame."""
        return [str(name) for name in self._table.columns]

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self._table)

    @property
    def added(self) -> list[str]:
        """Names of the columns that are not in the frame."""
        return list(self._added)

    def version(self, name: str) -> tuple[int, int]:
        """Return something that differs whenever values of a column may have changed."""
        return self._epoch, self._versions.get(name, 0)

    def __contains__(self, name: object) -> bool:
        return name in self._added or name in self._table.columns

    # --- as it came

    def series(self, name: str) -> pd.Series[Any]:
        """Return a column as pandas has it. Raises KeyError."""
        found = self._series.get(name)
        if found is None:
            if name in self._added:
                import pandas as pd

                values = self._added[name]
                found = pd.Series(values, dtype=values.dtype, copy=False)  # without looking for text
            else:
                found = self.frame[name]
            self._series[name] = found
        return found

    def array(self, name: str) -> NDArray[Any]:
        """Return the values by position as one NumPy array. Made once; do not write into it. Raises KeyError."""
        array = self._arrays.get(name)
        if array is None:
            array = self._arrays[name] = self._made_array(name)
        return array

    def _made_array(self, name: str) -> NDArray[Any]:
        if name in self._added:
            return self._added[name]
        table = self._table
        return table.array(name) if isinstance(table, PlainTable) else table[name].to_numpy()

    def value(self, position: int, name: str) -> Any:
        """Return one value. A long column of text is not converted for it. Raises KeyError, IndexError."""
        array = self._added.get(name, self._arrays.get(name))
        if array is not None:
            return array[position]
        if isinstance(self._table, PlainTable):
            return self.array(name)[position]
        series = self.series(name)
        if isinstance(series.dtype, np.dtype):
            return self.array(name)[position]
        return series.array[position]

    def sample(self, name: str, count: int = 100) -> list[Any]:
        """Return about `count` values from all over a column. Raises KeyError."""
        step = max(1, self.size // count)
        if name in self._added or isinstance(self._table, PlainTable):
            values: list[Any] = self.array(name)[::step].tolist()
        else:
            values = self._table[name].iloc[::step].tolist()
        return values

    # --- as something to compute with

    def kind(self, name: str) -> Kind:
        """Return what a column holds, found out once. Raises KeyError."""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = self._found_kind(name)
        return kind

    def _found_kind(self, name: str) -> Kind:
        array = self._added.get(name)
        if array is not None:
            return "text" if array.dtype == object else kind_of_numbers(array)
        table = self._table
        return table.kind(name) if isinstance(table, PlainTable) else column_kind(table[name])

    def plainly_numeric(self, name: str) -> bool:
        """Say whether the type of a column alone tells numbers: nothing is read for it. Raises KeyError."""
        if name in self._added or isinstance(self._table, PlainTable):
            return self.array(name).dtype != object
        return getattr(self._table[name].dtype, "kind", "O") in "iufb"

    def numbers(self, name: str) -> Numbers | None:
        """Return the numbers of a column, None if it holds something else. Raises KeyError."""
        found = self._numbers.get(name)
        if found is not None:
            return found
        array = self._added.get(name)
        if array is None and isinstance(self._table, PlainTable):
            array = self.array(name)
        if array is not None:
            return None if array.dtype == object else Numbers(array, None)
        series = self.series(name)
        found = numbers_of(series)
        if found is not None and found.values.dtype == series.dtype:
            self._numbers[name] = found  # only looks at the values of the frame, so it takes no memory
        return found

    def codes(self, name: str) -> Codes:
        """Return the texts of a column (numbers as they are written). Raises KeyError."""
        codes = self._codes.get(name)
        if codes is None:
            codes = codes_of(self.series(name))
            if len(codes.texts) * 8 <= len(codes.codes):  # not worth its memory where most texts differ
                self._codes[name] = codes
        return codes

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Return where a column has no value; empty text is none. Raises KeyError."""
        numbers = self.numbers(name)
        return numbers.absent() if numbers is not None else self.codes(name).codes < 0

    def sort_key(self, name: str) -> SortKey:
        """Return what a column is sorted by. Raises KeyError."""
        key = self._sort_keys.get(name)
        if key is None:
            key = SortKey(*numbers) if (numbers := self.numbers(name)) else sort_key(self.series(name))
            if numbers is None:
                self._sort_keys[name] = key
        return key

    def forget_sort_keys(self, but: Sequence[str] = ()) -> None:
        """Free what was made for sorting, but for some columns."""
        self._sort_keys = {name: key for name, key in self._sort_keys.items() if name in but}

    # --- changes

    def add(self, name: str, values: Sequence[Any] | NDArray[Any], fill: Any) -> None:
        """Add a column, one value per position. Raises ValueError for a wrong number or a name that is taken."""
        if name in self._table.columns:
            raise ValueError(f"the table has a column {name} already")
        if len(values) != self.size:
            raise ValueError(f"{len(values)} values for {self.size} rows")
        array: NDArray[Any]
        if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
            array, fill = values.copy(), np.nan if fill == "" else fill
        elif isinstance(values, np.ndarray) and values.strides == (0,):
            array = values  # one value for all rows, until one of them gets another
        else:
            array = np.empty(len(values), dtype=object)
            for start in range(0, len(values), _PIECE):  # in pieces, so that the screen can go on in between
                array[start : start + _PIECE] = values[start : start + _PIECE]
        self._added[name], self._fills[name] = array, fill
        self.changed(name)

    def set(self, position: int, name: str, value: Any) -> None:
        """Change one cell of an added column. Raises KeyError."""
        values = self._added[name]
        if values.strides == (0,):
            if values[position] == value:
                return
            values = self._added[name] = np.array(values)
            self._arrays.pop(name, None)
        values[position] = value
        self._series.pop(name, None)  # may be a copy, as pandas makes one of text
        self._codes.pop(name, None)
        self._sort_keys.pop(name, None)
        self._versions[name] = self._versions.get(name, 0) + 1

    def changed(self, name: str) -> None:
        """Forget what was made of a column."""
        for made in (self._arrays, self._kinds, self._series, self._numbers, self._codes, self._sort_keys):
            made.pop(name, None)
        self._versions[name] = self._versions.get(name, 0) + 1

    def put(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        """Go on with a table that has these columns in place of those of their names, else behind the others.

        The table that there was stays as it is: a thread may be reading it.
        """
        self.take(self.prepared(columns))

    def prepared(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> Prepared:
        """Make that table without going on with it; for a thread, where there are many columns."""
        table = self._table
        if isinstance(table, PlainTable):
            return Prepared(table, table.with_columns(columns), tuple(columns))
        frame = table.copy(deep=False)
        new = {name: values for name, values in columns.items() if name not in frame.columns}
        if len(new) > _MANY:  # one by one they would lie apart, and pandas warns of that
            import pandas as pd

            frame = pd.concat([frame, pd.DataFrame(new, index=frame.index)], axis=1)
        for name, values in columns.items():
            if name not in new or len(new) <= _MANY:
                frame[name] = values
        return Prepared(table, frame, tuple(columns))

    def take(self, made: Prepared) -> bool:
        """Go on with a table of `prepared`; False, and nothing is done, if there is another one meanwhile."""
        if made.before is not self._table:
            return False
        self._table = made.table
        for name in made.names:
            self.changed(name)
        return True

    def grow(self, frame: pd.DataFrame) -> None:
        """Take a longer frame that begins with the same rows; added columns are filled up."""
        more = len(frame) - self.size
        for name, values in self._added.items():
            tail: NDArray[Any] = np.empty(more, dtype=object)
            tail[:] = self._fills[name]
            if values.dtype != object:
                tail = np.full(more, self._fills[name])
            self._added[name] = np.concatenate([values, tail])
        self._table = frame
        self._forget_all()
