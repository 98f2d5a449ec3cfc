"""What the names in a filter stand for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import short_titles
from tuiqc.tables.distribution import Groups
from tuiqc.tables.filters.errors import FilterError
from tuiqc.tables.filters.tokens import column_name, quoted_text
from tuiqc.tables.filters.tree import Column
from tuiqc.tables.values import Codes, Numbers
from tuiqc.tables.view import TableView

_SAID = ("verdict", "reason", "note", "annotator")


class Scope:
    """The columns of a view by name, and arrays beside it.

    Parameters
    ----------
    extra
        Numbers by position (n,) under names that are no columns of the view, such as the image of a row.
    """

    def __init__(
        self, view: TableView, extra: Mapping[str, NDArray[Any]] | None = None, text: str = ""
    ) -> None:
        self.view, self.text = view, text
        self.size = len(view.frame)
        self.extra = {name: values for name, values in (extra or {}).items() if not view.has(name)}

    def value(self, column: Column) -> Numbers | Codes:
        """Return a column's numbers, or its texts where it has other things.

        Raises
        ------
        FilterError
            If there is no such column.
        """
        if column.name in self.extra:
            return Numbers(self.extra[column.name], None)
        name = self._known(column)
        numbers = self.view.numbers(name)
        return self.view.codes(name) if numbers is None else numbers

    def texts(self, column: Column) -> Codes:
        """Return what a column has as texts, numbers as they are written. Raises FilterError as `value`."""
        if column.name in self.extra:
            import pandas as pd

            from tuiqc.tables.values import codes_of

            return codes_of(pd.Series(self.extra[column.name]))
        return self.view.codes(self._known(column))

    def is_said(self, column: Column) -> bool:
        """Say whether a column is of the review, not of the table: text that was added to the view."""
        name = column.name
        store = self.view.columns_store
        return name in _SAID or (name in store.added and store.kind(name) == "text")

    def groups(self, column: Column) -> Groups:
        """Return the groups that a column's values make. Raises FilterError as `value`."""
        value = self.value(column)
        codes = np.full(self.size, -1, dtype=np.int64)
        if isinstance(value, Codes):
            index: dict[str, int] = {}
            table = [index.setdefault(text, len(index)) for text in value.texts]
            codes = np.array([*table, -1], dtype=np.int64)[value.codes]
            return Groups(codes, len(index))
        present = ~value.absent()
        found, codes[present] = np.unique(value.values[present], return_inverse=True)
        return Groups(codes, len(found))

    def _known(self, column: Column) -> str:
        """The column that is meant: its name, or the short one that its header shows."""
        if self.view.has(column.name):
            return column.name
        if column.name in (short := {title: name for name, title in short_titles(self.view.columns).items()}):
            return short[column.name]
        message = f"there is no column {column.name}"
        near = self.nearest(column.name)
        if near:
            message += f"; is it {column_name(near)}?"
        elif "-" in column.name and not column.quoted:
            message += "; a difference needs spaces around its -"
        else:
            message += f"; a text would be {quoted_text(column.name)}"
        raise FilterError(message, *column.at, self.text)

    def nearest(self, name: str) -> str | None:
        """Return the column whose name is most like `name`, None if none is."""
        folded: dict[str, str] = {}
        for known in (*self.view.columns, *self.extra):
            folded.setdefault(known.casefold(), known)
        wanted = name.casefold()
        if wanted in folded:
            return folded[wanted]
        found = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.7)
        if found:
            return folded[found[0]]
        ends = [known for fold, known in folded.items() if len(wanted) > 2 and fold.endswith("_" + wanted)]
        return ends[0] if ends else None
