"""A sorted and filtered view of a frame: an index array, and fast access to the cells behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind, column_kind
from tuiqc.tables.order import sorted_positions

if TYPE_CHECKING:
    import pandas as pd

Mask = NDArray[np.bool_]
Filter = Callable[["pd.DataFrame"], Mask]

_BLOCK = 1 << 16


class TableView:
    """Rows of `frame` in an order of their own; the frame is never copied or changed.

    A *position* is the place of a row in the frame, a *row* its place in the view (0 at the top). Columns
    that are not in the frame, such as the verdict, are added with `add_column` and changed with `set_value`;
    they sort and show like the others.

    Attributes
    ----------
    frame
        The frame; column names must be unique.
    identity
        The columns that say what a row is (image, label); they stay in sight.
    order
        int64, the position of each row of the view.
    sort
        (column, descending) or None for the order of the frame.
    """

    def __init__(self, frame: pd.DataFrame, identity: Sequence[str] = ()) -> None:
        self.frame = frame
        self.identity = tuple(identity)
        self.sort: tuple[str, bool] | None = None
        self._filter: Mask | Filter | None = None
        self._mask: Mask | None = None
        self._added: dict[str, NDArray[np.object_]] = {}
        self._fills: dict[str, Any] = {}
        self._forget()
        self._sorted = np.arange(len(frame), dtype=np.int64)
        self._show()

    def _forget(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}
        self._kinds: dict[str, Kind] = {}

    def _show(self) -> None:
        """Make the order from what is sorted and filtered."""
        self.order = self._sorted if self._mask is None else self._sorted[self._mask[self._sorted]]
        self._rows: NDArray[np.int64] | None = None

    # Cells

    @property
    def columns(self) -> list[str]:
        """Names of all columns: identity, added ones, then the others of the frame in their order."""
        names = [*self.identity, *self._added, *self.frame.columns]
        return list(dict.fromkeys(str(name) for name in names))

    def column(self, name: str) -> NDArray[Any]:
        """Return the values of a column by position. Made once; do not write into it.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        array = self._arrays.get(name)
        if array is None:
            added = self._added.get(name)
            array = self._arrays[name] = self.frame[name].to_numpy() if added is None else added
        return array

    def kind(self, name: str) -> Kind:
        """Return what a column holds, found out once. Added columns are text. Raises KeyError as `column`."""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = "text" if name in self._added else column_kind(self.frame[name])
        return kind

    def value(self, row: int, column: str) -> Any:
        """Return the value in a row of the view. Raises KeyError, IndexError."""
        return self.column(column)[self.order[row]]

    def __len__(self) -> int:
        return len(self.order)

    def row(self, row: int) -> int:
        """Return the position in the frame of a row of the view. Raises IndexError."""
        return int(self.order[row])

    def index_of(self, position: int) -> int | None:
        """Return the row of the view that shows `position`, or None if it is filtered out or not there."""
        if not 0 <= position < len(self.frame):
            return None
        if self._rows is None:
            self._rows = np.full(len(self.frame), -1, np.int64)
            self._rows[self.order] = np.arange(len(self.order))
        row = int(self._rows[position])
        return None if row < 0 else row

    # Columns of our own

    def add_column(self, name: str, values: Sequence[Any] | NDArray[Any], fill: Any = "") -> None:
        """Add a column that the frame has not, one value per position; rows that come later get `fill`.

        A column of this name that was added before is replaced.

        Raises
        ------
        ValueError
            If the number of values is wrong or the frame has a column of this name.
        """
        if name in self.frame.columns:
            raise ValueError(f"the table has a column {name} already")
        if len(values) != len(self.frame):
            raise ValueError(f"{len(values)} values for {len(self.frame)} rows")
        array = np.empty(len(values), dtype=object)
        array[:] = values
        self._added[name], self._fills[name] = array, fill
        self._arrays.pop(name, None)

    def set_value(self, position: int, name: str, value: Any) -> None:
        """Change one cell of an added column. The order stays until `sort_by` is called again.

        Raises
        ------
        KeyError
            If no such column was added.
        """
        self._added[name][position] = value

    def changed(self, column: str) -> None:
        """Tell that values of a column of the frame changed; the order stays until the next `sort_by`."""
        self._arrays.pop(column, None)
        self._kinds.pop(column, None)

    # Order

    def sort_by(self, column: str, descending: bool = False) -> None:
        """Sort by a column; rows with equal values stay in the order of the frame.

        Missing values (and, in added columns, empty text) come last in both directions. Text is sorted
        naturally: "well 2" before "well 10", whatever the case.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        self._sorted = sorted_positions(self._sortable(column), descending)
        self.sort = (column, descending)
        self._show()

    def _sortable(self, column: str) -> pd.Series[Any]:
        added = self._added.get(column)
        if added is None:
            return self.frame[column]
        import pandas as pd

        series = pd.Series(added, dtype=object)
        return series.mask(series == "")

    def unsort(self) -> None:
        """Go back to the order of the frame."""
        self._sorted = np.arange(len(self.frame), dtype=np.int64)
        self.sort = None
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

    # More rows

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
        old, more = len(self.frame), len(frame) - len(self.frame)
        if more < 0:
            raise ValueError(f"{len(frame)} rows where there were {old}")
        if self._mask is not None and self._filter is not None:
            added = np.zeros(more, bool)
            if callable(self._filter):
                added = self._asked(self._filter, frame.iloc[old:])
            self._mask = np.concatenate([self._mask, added])
        for name, values in self._added.items():
            tail = np.empty(more, dtype=object)
            tail[:] = self._fills[name]
            self._added[name] = np.concatenate([values, tail])
        self.frame = frame
        self._forget()
        if self.sort is None:
            self.unsort()
        else:
            self.sort_by(*self.sort)

    # Walking

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
