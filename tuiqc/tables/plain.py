"""A table of plain values that becomes a pandas frame when somebody asks for one.

Importing pandas takes about as long as drawing the first picture. The images, which are shown beside that picture, are
known before: their keys and paths need no frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.columns import Kind, kind_of_numbers, kind_of_values

if TYPE_CHECKING:
    import pandas as pd


class PlainTable:
    """Columns by name, all of the same length, as much like a frame as a view of it needs.

    Parameters
    ----------
    columns
        Each an array of numbers, or a list of either whole numbers, or texts with None where there is none.
    size
        Number of rows.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]], size: int) -> None:
        self._given, self._size = dict(columns), size
        self._arrays: dict[str, NDArray[Any]] = {}

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._given)

    def __len__(self) -> int:
        return self._size

    def with_columns(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> PlainTable:
        """Return one with these columns in place of those of their names, else behind the others."""
        made = PlainTable({**self._given, **columns}, self._size)
        made._arrays = {name: array for name, array in self._arrays.items() if name not in columns}
        return made

    def array(self, name: str) -> NDArray[Any]:
        """Return a column as numbers or objects. Made once. Raises KeyError."""
        array = self._arrays.get(name)
        if array is None:
            given = self._given[name]
            if isinstance(given, np.ndarray):
                array = given
            else:
                whole = all(type(value) is int for value in given)
                array = np.array(given, np.int64 if whole and given else object)
            self._arrays[name] = array
        return array

    def kind(self, name: str) -> Kind:
        """Return what a column holds, as `column_kind` says it of the frame. Raises KeyError."""
        array = self.array(name)
        if array.dtype == object:
            return kind_of_values([value for value in array.tolist() if value is not None])
        return kind_of_numbers(array)

    def frame(self) -> pd.DataFrame:
        """Return the same as a frame."""
        import pandas as pd

        return pd.DataFrame(self._given, index=range(self._size))
