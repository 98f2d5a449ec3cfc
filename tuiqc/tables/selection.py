"""Which rows are selected: kept by position in the frame, so that sorting and filtering leave it alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.filters.comparison import compare
from tuiqc.tables.table_view import TableView
from tuiqc.tables.values import Numbers

Relation = Literal["equal", "less", "greater"]

_SIGNS: dict[Relation, Literal["==", "<", ">"]] = {"equal": "==", "less": "<", "greater": ">"}


class Selection:
    """A set of positions among `size` rows.

    Attributes
    ----------
    mask
        bool (size,), True where selected. Use the methods to change it.
    """

    def __init__(self, size: int = 0) -> None:
        self.mask: NDArray[np.bool_] = np.zeros(size, dtype=bool)

    def __contains__(self, position: int) -> bool:
        return 0 <= position < len(self.mask) and bool(self.mask[position])

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask))

    @property
    def count(self) -> int:
        """How many are selected, whether they are shown or not."""
        return len(self)

    def visible_count(self, view: TableView) -> int:
        """How many of the rows that the view shows are selected."""
        return int(np.count_nonzero(self.mask[view.order]))

    def positions(self, view: TableView | None = None) -> NDArray[np.int64]:
        """Return what is selected: ascending, or as far as it is shown and in the order of a view."""
        if view is None:
            return np.flatnonzero(self.mask)
        return view.order[self.mask[view.order]]

    def grow(self, size: int) -> None:
        """Take in rows that came at the end; they are not selected. Raises ValueError if there are fewer."""
        more = size - len(self.mask)
        if more < 0:
            raise ValueError(f"{size} rows where there were {len(self.mask)}")
        self.mask = np.concatenate([self.mask, np.zeros(more, dtype=bool)])

    # --- by hand

    def toggle(self, position: int) -> bool:
        """Select one, or no longer; returns whether it is selected now. Raises IndexError."""
        self.mask[position] = not self.mask[position]
        return bool(self.mask[position])

    def set(self, position: int, on: bool = True) -> None:
        """Select one, or no longer. Raises IndexError."""
        self.mask[position] = on

    def range(self, view: TableView, first: int, last: int, on: bool = True) -> None:
        """Select all rows of the view from `first` to `last`, both included, in either direction."""
        low, high = sorted((first, last))
        self.mask[view.order[max(0, low) : high + 1]] = on

    # --- many

    def all(self, view: TableView) -> None:
        """Select all rows that the view shows, beside what is selected."""
        self.mask[view.order] = True

    def none(self) -> None:
        """Select nothing."""
        self.mask[:] = False

    def invert(self, view: TableView) -> None:
        """Turn round the selection of the rows that the view shows."""
        self.mask[view.order] = ~self.mask[view.order]

    def where(self, mask: NDArray[np.bool_], add: bool = False) -> None:
        """Select where `mask` (booleans by position) says, in place of what was or beside it."""
        self.mask = self.mask | mask if add else mask.copy()

    def related(
        self, view: TableView, column: str, position: int, relation: Relation = "equal", add: bool = False
    ) -> int:
        """Select the shown rows whose value in `column` is equal to, less or greater than that at `position`.

        Text is equal to the letter, and less if it comes before in natural order. A missing value equals the
        missing ones and has no less and no greater. Returns how many rows that are.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        found = self._related(view, column, position, relation)
        shown = np.zeros(len(self.mask), dtype=bool)
        shown[view.order] = True
        shown &= found
        self.where(shown, add)
        return int(np.count_nonzero(shown))

    @staticmethod
    def _related(view: TableView, column: str, position: int, relation: Relation) -> NDArray[np.bool_]:
        numbers = view.numbers(column)
        missing = view.missing(column)
        if missing[position]:
            return missing if relation == "equal" else np.zeros(len(missing), dtype=bool)
        sign = _SIGNS[relation]
        if numbers is None:
            codes = view.codes(column)
            return compare(sign, codes, codes.text(position), len(missing))
        wanted = numbers.values[position : position + 1]
        one = Numbers(np.broadcast_to(wanted, len(missing)), None)
        return compare(sign, numbers, one, len(missing))
