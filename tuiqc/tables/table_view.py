"""A sorted and filtered view of a frame: an index array, and fast access to the cells behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind
from tuiqc.tables.plain import PlainTable
from tuiqc.tables.store import ColumnStore, Positions, Prepared, order_by
from tuiqc.tables.values import Codes, Numbers

if TYPE_CHECKING:
    import pandas as pd

Mask = NDArray[np.bool_]
Filter = Callable[["pd.DataFrame"], Mask]

_BLOCK = 1 << 16


class TableView:
    """Rows of `frame` in an order of their own; the frame is never copied or changed.

    A *position* is the place of a row in the frame, a *row* its place in the view (0 at the top). Columns
    that are not in the frame, such as the verdict, are added with `add_column` and changed with `set_value`;
    they sort, filter and show like the others.

    Attributes
    ----------
    identity
        The columns that say what a row is (image, label); they stay in sight.
    order
        int64, the position of each row of the view.
    sort_keys
        (column, descending) pairs, the first counts most; empty for the order of the frame.
    """

    def __init__(self, frame: pd.DataFrame | PlainTable, identity: Sequence[str] = ()) -> None:
        self.identity = tuple(identity)
        self.sort_keys: list[tuple[str, bool]] = []
        self.columns_store = ColumnStore(frame)
        self._filter: Mask | Filter | None = None
        self._mask: Mask | None = None
        self._sorted: Positions = np.arange(len(frame), dtype=np.int64)
        self._show()

    def _show(self) -> None:
        """Make the order from what is sorted and filtered."""
        self.order = self._sorted if self._mask is None else self._sorted[self._mask[self._sorted]]
        self._rows: NDArray[np.int64] | None = None

    # --- columns

    @property
    def frame(self) -> pd.DataFrame:
        """The frame; column names must be unique. Made when first asked for if the values came without."""
        return self.columns_store.frame

    @property
    def total(self) -> int:
        """Rows of the frame, whatever the filter."""
        return self.columns_store.size

    @property
    def given(self) -> list[str]:
        """Names of the columns of the frame."""
        return self.columns_store.names

    @property
    def columns(self) -> list[str]:
        """Names of all columns: identity, added ones, then the others of the frame in their order."""
        names = [*self.identity, *self.columns_store.added, *self.columns_store.names]
        return list(dict.fromkeys(names))

    def has(self, name: str) -> bool:
        """Say whether there is a column of this name."""
        return name in self.columns_store

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a column by position. Made once; do not write into it.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        return self.columns_store.array(name)

    def kind(self, name: str) -> Kind:
        """Return what a column holds. Added columns of text are text. Raises KeyError as `column`."""
        return self.columns_store.kind(name)

    def plainly_numeric(self, name: str) -> bool:
        """Say whether the type of a column alone tells numbers: nothing is read for it. Raises KeyError."""
        return self.columns_store.plainly_numeric(name)

    def numbers(self, name: str) -> Numbers | None:
        """Return the numbers of a column by position, None for text and the like. Raises KeyError."""
        return self.columns_store.numbers(name)

    def codes(self, name: str) -> Codes:
        """Return the texts of a column by position. Raises KeyError."""
        return self.columns_store.codes(name)

    def missing(self, name: str) -> Mask:
        """Return where a column has no value, by position; empty text is none. Raises KeyError."""
        return self.columns_store.missing(name)

    def sample(self, name: str, count: int = 100) -> list[Any]:
        """Return about `count` values from all over a column, without converting it. Raises KeyError."""
        return self.columns_store.sample(name, count)

    def version(self, name: str) -> tuple[int, int]:
        """Return something that differs whenever values of a column may have changed."""
        return self.columns_store.version(name)

    def value(self, row: int, column: str) -> Any:
        """Return the value in a row of the view. Raises KeyError, IndexError."""
        return self.columns_store.value(int(self.order[row]), column)

    def __len__(self) -> int:
        return len(self.order)

    def row(self, row: int) -> int:
        """Return the position in the frame of a row of the view. Raises IndexError."""
        return int(self.order[row])

    def index_of(self, position: int) -> int | None:
        """Return the row of the view that shows `position`, or None if it is filtered out or not there."""
        if not 0 <= position < self.total:
            return None
        if self._rows is None:
            self._rows = np.full(self.total, -1, np.int64)
            self._rows[self.order] = np.arange(len(self.order))
        row = int(self._rows[position])
        return None if row < 0 else row

    def add_column(self, name: str, values: Sequence[Any] | NDArray[Any], fill: Any = "") -> None:
        """Add a column that the frame has not, one value per position; rows that come later get `fill`.

        An array of numbers stays one (rows that come later are missing), everything else is text. A column of
        this name that was added before is replaced.

        Raises
        ------
        ValueError
            If the number of values is wrong or the frame has a column of this name.
        """
        self.columns_store.add(name, values, fill)

    def set_value(self, position: int, name: str, value: Any) -> None:
        """Change one cell of an added column. The order stays until it is sorted again.

        Raises
        ------
        KeyError
            If no such column was added.
        """
        self.columns_store.set(position, name, value)

    def put_columns(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        """Go on with a frame that has these columns, one value per position, in place of those of their names.

        The frame that there was is not changed. The order stays until it is sorted again.

        Raises
        ------
        ValueError
            If the number of values is wrong.
        """
        for name, values in columns.items():
            if len(values) != self.total:
                raise ValueError(f"{len(values)} values of {name} for {self.total} rows")
        self.columns_store.put(columns)

    def prepared(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> Prepared:
        """Make the frame of `put_columns` without going on with it: for a thread, where there are many columns."""
        return self.columns_store.prepared(columns)

    def take_prepared(self, made: Prepared) -> bool:
        """Go on with it; False, and nothing is done, if the frame is another one meanwhile."""
        return self.columns_store.take(made)

    # --- order

    @property
    def sort(self) -> tuple[str, bool] | None:
        """(column, descending) of the first sort key, None for the order of the frame."""
        return self.sort_keys[0] if self.sort_keys else None

    def sort_by_keys(self, keys: Sequence[tuple[str, bool]]) -> None:
        """Sort by several (column, descending) keys, the first counts most. Raises KeyError."""
        self.take_order(keys, self.ordered(keys))

    def ordered(self, keys: Sequence[tuple[str, bool]]) -> Positions:
        """Return all positions sorted by `keys`, and change nothing: for a thread. Raises KeyError."""
        store = self.columns_store
        return order_by([(store.sort_key(name), descending) for name, descending in keys], self.total)

    def take_order(self, keys: Sequence[tuple[str, bool]], positions: Positions) -> None:
        """Show the rows in an order that `ordered` gave.

        Raises
        ------
        ValueError
            If rows have come meanwhile.
        """
        if len(positions) != self.total:
            raise ValueError(f"an order of {len(positions)} rows for {self.total}")
        self._sorted, self.sort_keys = positions, list(keys)
        self.columns_store.forget_sort_keys(but=[name for name, _ in keys])
        self._show()

    def filter(self, mask: Mask | Filter | None) -> None:
        """Show only some rows: True in `mask` (one per position), or where a function of the frame says True.

        A function is asked again about rows that come with `extend` (with a frame of those only); with an
        array they stay hidden until another filter is set. None shows all.

        Raises
        ------
        ValueError
            If the mask has not one entry per position.
        """
        self._mask = None if mask is None else self._asked(mask, self.frame)
        self._filter = mask
        self._show()

    @staticmethod
    def _asked(mask: Mask | Filter, frame: pd.DataFrame) -> Mask:
        array = np.asarray(mask(frame) if callable(mask) else mask, dtype=bool)
        if array.shape != (len(frame),):
            raise ValueError(f"a filter of shape {array.shape} for {len(frame)} rows")
        return array

    # --- more rows

    def extend(self, frame: pd.DataFrame) -> None:
        """Add rows at the end; sort and filter go on to hold. What one side has no column for is missing."""
        import pandas as pd

        if len(frame):
            self.grow(pd.concat([self.frame, frame], ignore_index=True) if len(self.frame) else frame)

    def grow(self, frame: pd.DataFrame) -> None:
        """Take a longer frame that begins with the same rows; sort and filter go on to hold.

        Raises
        ------
        ValueError
            If it is shorter than the present one.
        """
        old, more = self.total, len(frame) - self.total
        if more < 0:
            raise ValueError(f"{len(frame)} rows where there were {old}")
        if self._mask is not None and self._filter is not None:
            added = np.zeros(more, bool)
            if callable(self._filter):
                added = self._asked(self._filter, frame.iloc[old:])
            self._mask = np.concatenate([self._mask, added])
        self.columns_store.grow(frame)
        self.sort_by_keys(self.sort_keys)

    # --- walking

    def next_where(self, mask: Mask, start: int, step: int = 1, wrap: bool = True) -> int | None:
        """Return the next row of the view, after (`step` 1) or before (-1) row `start`, where `mask` is True.

        `mask` has one entry per position. With `wrap` the search goes on at the other end, back to `start`
        itself at last. None if there is none. From -1 down, or from `len(view)` up, no row is left out.
        """
        size = len(self.order)
        after, before = (start + 1, size), (0, min(start + 1, size))
        parts = [after, before] if step > 0 else [(0, start), (max(start, 0), size)]
        for low, high in parts if wrap else parts[:1]:
            found = self._first(mask, max(low, 0), min(high, size), step)
            if found is not None:
                return found
        return None

    def _first(self, mask: Mask, low: int, high: int, step: int) -> int | None:
        """Look in blocks, since the next one is nearly always near."""
        while low < high:
            begin, end = (low, min(low + _BLOCK, high)) if step > 0 else (max(low, high - _BLOCK), high)
            hits = np.flatnonzero(mask[self.order[begin:end]])
            if hits.size:
                return begin + int(hits[0 if step > 0 else -1])
            low, high = (end, high) if step > 0 else (low, begin)
        return None
