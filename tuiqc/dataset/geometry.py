"""Where objects are, whatever the names of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.dialects.dialect import DialectChoice

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Geometry:
    """One float64 array per quantity and one value per object row; pixels, NaN where unknown.

    Centres are 0-based with pixel centres at whole numbers; boxes are half-open (max exclusive). `best_z` is the slice
    of a stack (from 0) that shows the object best: the one with most of it, else that of its centre.

    Arrays may be shared with a table, or be one NaN for all rows: who writes into them asks for `writable` ones.
    """

    centre_x: Floats
    centre_y: Floats
    area: Floats
    min_x: Floats
    min_y: Floats
    max_x: Floats
    max_y: Floats
    best_z: Floats

    def __len__(self) -> int:
        return len(self.centre_x)

    @classmethod
    def unknown(cls, count: int) -> Geometry:
        """Return a geometry of `count` objects of which nothing is known."""
        nothing = np.broadcast_to(np.float64(np.nan), count)
        return cls(*(nothing for _ in fields(cls)))

    @classmethod
    def joined(cls, parts: Sequence[Geometry]) -> Geometry:
        """Return the parts one after the other."""
        if not parts:
            return cls.unknown(0)
        return cls(*(_joined([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def taken(self, rows: NDArray[Any]) -> Geometry:
        """Return the rows that an index or boolean array chooses."""
        return Geometry(*(_taken(getattr(self, field.name), rows) for field in fields(self)))

    def writable(self, *names: str) -> Geometry:
        """Return the same with arrays of their own, all or those of some names."""
        own = {
            name: np.array(getattr(self, name)) for name in names or (field.name for field in fields(self))
        }
        return replace(self, **own)


def _is_nothing(values: Floats) -> bool:
    """Whether one value stands for all rows."""
    return len(values) > 0 and values.strides == (0,)


def _joined(arrays: Sequence[Floats]) -> Floats:
    if all(map(_is_nothing, arrays)):
        return np.broadcast_to(np.float64(np.nan), sum(map(len, arrays)))
    return np.concatenate(arrays)


def _taken(values: Floats, rows: NDArray[Any]) -> Floats:
    if not _is_nothing(values):
        taken: Floats = values[rows]
        return taken
    return np.broadcast_to(np.float64(np.nan), int(rows.sum()) if rows.dtype == bool else len(rows))


def from_table(frame: pd.DataFrame, choice: DialectChoice) -> Geometry:
    """Return the geometry that the columns of a dialect hold, in the units of the table.

    Boxes are only given where all four numbers are.
    """
    geometry = Geometry.unknown(len(frame))
    values = {name: getattr(geometry, name) for name in ("centre_x", "centre_y", "area")}
    if choice.centre_columns is not None:
        x, y = choice.centre_columns
        for name, column in (("centre_x", x), ("centre_y", y)):
            places = as_floats(frame[column])
            values[name] = places - choice.centre_offset if choice.centre_offset else places
    if choice.area_column is not None:
        values["area"] = as_floats(frame[choice.area_column])
    box = {name: getattr(geometry, name) for name in ("min_x", "min_y", "max_x", "max_y")}
    if choice.box_columns is not None:
        low_x, low_y, high_x, high_y = (as_floats(frame[column]) for column in choice.box_columns)
        if choice.box_is_size:
            high_x, high_y = low_x + high_x, low_y + high_y
        box = {"min_x": low_x, "min_y": low_y, "max_x": high_x, "max_y": high_y}
    depth = geometry.best_z if choice.z_column is None else np.rint(as_floats(frame[choice.z_column]))
    return Geometry(**values, **box, best_z=depth)


def from_mask(labels: NDArray[np.int64], measured: pd.DataFrame) -> Geometry:
    """Return the geometry of `labels` from what `measure_objects` found; NaN for labels that are not in the
    mask."""
    ids = measured["label"].to_numpy()
    if not len(ids):
        return Geometry.unknown(len(labels))
    place = np.minimum(np.searchsorted(ids, labels), len(ids) - 1)
    found = ids[place] == labels
    columns = []
    for field in fields(Geometry):
        column = np.full(len(labels), np.nan)
        column[found] = _measured(measured, field.name)[place[found]]
        columns.append(column)
    return Geometry(*columns)


def from_own(measured: pd.DataFrame) -> Geometry:
    """Return the geometry of what `measure_objects` found, row by row."""
    return Geometry(*(_measured(measured, field.name) for field in fields(Geometry)))


def _measured(measured: pd.DataFrame, name: str) -> Floats:
    """A quantity of what was measured; there is no slice of a plane."""
    if name == "best_z":
        name = "widest_z"
        if name not in measured.columns:
            return np.full(len(measured), np.nan)
    return measured[name].to_numpy(dtype=np.float64, copy=True)


def as_floats(series: pd.Series[Any]) -> Floats:
    """Return a column as float64, not to be written into; what is not a number is NaN."""
    import pandas as pd

    numbers = pd.to_numeric(series, errors="coerce")
    values: Floats = numbers.to_numpy(dtype=np.float64, na_value=np.nan).view()
    values.flags.writeable = False  # it may be the table's own
    return values
