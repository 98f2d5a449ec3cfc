"""What a file of polygons holds, whatever its format: outlines, what it says of each object, and in which unit."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from tuiqc.budget import check_count
from tuiqc.errors import InputError
from tuiqc.pixels.polygons.outlines import ANY_PLANE, Outlines

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LARGEST = 2**32 - 1
"""Largest label: those of a plane are 32 bits."""

Report = Callable[[int, int], None]
"""Takes (done, total) of the bytes of a file while it is read."""

MICROMETRES = "um"


@dataclass(frozen=True, eq=False)
class PolygonSet:
    """The polygons of a file.

    Attributes
    ----------
    outlines
        In the coordinates of the file.
    columns
        What it says of each object, a pyarrow array each, without the outline.
    unit
        "um" where the format says so, else "".
    notes
        Sentences about what was assumed or left out.
    inner
        The nuclei of the same objects (QuPath's cells), None where there are none.
    items
        (items, 2): label and time point of each feature, row or region in the order of the file; (corners, 2) of tables
        of corners are not kept.
    counted
        Whether labels were counted, since the file has none.
    """

    outlines: Outlines
    columns: dict[str, Any]
    unit: str = ""
    notes: tuple[str, ...] = ()
    inner: Outlines | None = None
    items: NDArray[np.int64] | None = None
    counted: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        inner = 0 if self.inner is None else self.inner.nbytes
        return int(self.outlines.nbytes + inner + sum(column.nbytes for column in self.columns.values()))

    def save(self, file: IO[bytes]) -> None:
        """Write it to a file of our own (arrays of NumPy in a ZIP file)."""
        import pyarrow as pa

        stream = pa.BufferOutputStream()
        table = pa.table(self.columns) if self.columns else pa.table({})
        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
        arrays = dict(self.outlines.arrays())
        if self.inner is not None:
            arrays |= {f"inner_{name}": one for name, one in self.inner.arrays().items()}
        if self.items is not None:
            arrays["items"] = self.items
        facts = json.dumps({"unit": self.unit, "notes": self.notes, "counted": self.counted}).encode()
        np.savez(
            file,
            allow_pickle=False,
            columns=np.frombuffer(stream.getvalue(), np.uint8),
            facts=np.frombuffer(facts, np.uint8),
            **arrays,
        )

    @classmethod
    def load(cls, path: Path) -> PolygonSet:
        """Read what `save` wrote; whatever is wrong with it raises something."""
        import pyarrow as pa

        with np.load(path, allow_pickle=False) as kept:
            table = pa.ipc.open_stream(pa.py_buffer(kept["columns"].tobytes())).read_all()
            facts = json.loads(kept["facts"].tobytes())
            fields = Outlines.__dataclass_fields__
            outlines = Outlines(**{name: kept[name] for name in fields})
            inner = None
            if "inner_points" in kept:
                inner = Outlines(**{name: kept[f"inner_{name}"] for name in fields})
            items = kept.get("items")
        columns = {name: table.column(name).combine_chunks() for name in table.column_names}
        counted = bool(facts["counted"])
        return cls(outlines, columns, facts["unit"], tuple(facts["notes"]), inner, items, counted)


class ColumnBuilder:
    """Columns that grow object by object; of those that come later the first objects have nothing.

    Numbers are kept as such (eight bytes each) as long as there are no texts among them.
    """

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}
        self._rows = 0

    def add(self, values: Iterable[tuple[str, Any]]) -> None:
        """Add a row; values that are no number, truth or text are left out."""
        for name, value in values:
            if value is None or not isinstance(value, str | int | float):
                continue
            column = self._columns.get(name)
            if column is None:
                if len(self._columns) >= _MOST_COLUMNS:
                    continue
                column = self._columns[name] = _Column()
            column.put(self._rows, value)
        self._rows += 1

    def made(self) -> dict[str, Any]:
        """All columns, as pyarrow arrays as long as there are rows."""
        return {name: column.made(self._rows) for name, column in self._columns.items()}


_MOST_COLUMNS = 5_000


class _Column:
    def __init__(self) -> None:
        self._numbers: array[float] | None = array("d")
        self._texts: list[Any] = []
        self._whole, self._truths = True, True

    def put(self, row: int, value: Any) -> None:
        if self._numbers is not None and isinstance(value, str | bool | int) and not _is_plain(value):
            self._to_list()
        if self._numbers is None:
            self._texts.extend([None] * (row - len(self._texts)))
            if len(self._texts) == row:
                self._texts.append(value)
            return
        if len(self._numbers) > row:
            return  # the same name twice in one object
        self._numbers.extend([np.nan] * (row - len(self._numbers)))
        self._numbers.append(float(value))
        self._whole &= isinstance(value, int)

    def _to_list(self) -> None:
        assert self._numbers is not None
        kind: Any = int if self._whole else float
        self._texts = [None if value != value else kind(value) for value in self._numbers]
        self._numbers = None

    def made(self, rows: int) -> Any:
        import pyarrow as pa

        if self._numbers is not None:
            values = np.full(rows, np.nan)
            values[: len(self._numbers)] = self._numbers
            gaps = np.isnan(values)
            if not self._whole:
                return pa.array(values, mask=gaps)
            return pa.array(np.where(gaps, 0, values).astype(np.int64), mask=gaps)
        texts = self._texts + [None] * (rows - len(self._texts))
        if {type(one) for one in texts} - {type(None)} == {bool}:
            return pa.array(texts, pa.bool_())
        return pa.array([None if one is None else str(one) for one in texts], pa.large_string())


def _is_plain(value: Any) -> bool:
    """A number that a float holds exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53


def labels_from(ids: Any, noun: str) -> tuple[NDArray[np.int64] | None, str]:
    """Return the labels that a column of ids is, or None if its ids are no labels; and what was made of them.

    Labels are whole numbers above 0 (from 0 on, they get one more), as numbers or text. A label may come again, for the
    parts of one object, as long as most do not.

    Parameters
    ----------
    ids
        A pyarrow array.
    noun
        What the column is called.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if ids.null_count or not len(ids):
        return None, ""
    if pa.types.is_dictionary(ids.type):
        ids = ids.cast(ids.type.value_type)
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        if not pc.all(pc.match_substring_regex(ids, r"^(?:0|[1-9]\d{0,9})$")).as_py():
            return None, ""
        ids = ids.cast(pa.int64())
    if pa.types.is_floating(ids.type):
        values = ids.to_numpy(zero_copy_only=False)
        if not np.isfinite(values).all() or (values != np.floor(values)).any():
            return None, ""
    elif not pa.types.is_integer(ids.type):
        return None, ""
    labels = np.asarray(ids.to_numpy(zero_copy_only=False))
    if labels.min() < 0 or labels.max() >= LARGEST:
        return None, ""
    labels = labels.astype(np.int64)
    if 2 * len(np.unique(labels)) < len(labels):
        return None, ""
    if labels.min() == 0:
        return labels + 1, f"{noun} counts from 0: labels are one more"
    return labels, ""


def in_order(count: int) -> NDArray[np.int64]:
    """Labels of objects that have no numbers of their own: from 1 in the order of the file."""
    if count >= LARGEST:
        raise ValueError(f"more than {LARGEST:,} objects")
    return np.arange(1, count + 1)


def chosen_labels(
    columns: dict[str, Any], names: Sequence[str], count: int
) -> tuple[NDArray[np.int64], list[str], bool]:
    """Return the labels of the first of some columns that has any, notes, and whether they were counted instead."""
    for name in names:
        if name in columns:
            labels, said = labels_from(columns[name], name)
            if labels is not None:
                return labels, [said] if said else [], False
    known = next((name for name in names if name in columns), None)
    about = f"ids are in column {known!r}" if known else "there are no ids"
    said = f"its objects have no numbers: labels count from 1 in the order of the file, {about}"
    return in_order(count), [said] if count else [], True


def of_objects(
    columns: dict[str, Any], labels: NDArray[np.int64], t: NDArray[np.int32] | None = None
) -> dict[str, Any]:
    """Return columns with one value for each object, that of its first part; see `outlines.merged`."""
    import pyarrow as pa

    times = np.zeros(len(labels), np.int64) if t is None else t.astype(np.int64)
    keys = labels * (int(times.max(initial=0)) + 2) + times
    first = np.sort(np.unique(keys, return_index=True)[1])
    if len(first) == len(labels):
        return columns
    return {name: column.take(pa.array(first)) for name, column in columns.items()}


def items_of(labels: NDArray[np.int64], t: NDArray[np.int32] | None) -> NDArray[np.int64]:
    """Return `PolygonSet.items`."""
    times = np.full(len(labels), ANY_PLANE, np.int64) if t is None else t.astype(np.int64)
    return np.stack([labels, times], axis=1)


def check_rows(path: Path, rows: int, columns: int) -> None:
    """Refuse a Parquet file that claims more cells than a file of its size holds: repeated values are packed.

    Raises
    ------
    BudgetError
        It does.
    """
    check_count(path, rows * columns, "cells", max(_FREE_CELLS, _CELLS_PER_BYTE * path.stat().st_size))


_FREE_CELLS, _CELLS_PER_BYTE = 1 << 22, 50


def not_polygons(path: Path, found: str) -> InputError:
    """The error of a file that is none of polygons."""
    return InputError(
        found, path=path, expected="polygons: GeoJSON, GeoParquet, a table of corners, or ImageJ's regions"
    )
