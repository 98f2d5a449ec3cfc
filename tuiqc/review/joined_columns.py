"""Columns of other files joined to the objects while the program runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuiqc.dataset.model import Batch
from tuiqc.dataset.more_columns import MoreColumns
from tuiqc.review.object_rows import ObjectRows


@dataclass(frozen=True)
class Joined:
    """Columns that are ready for `rows`: nothing has been changed yet."""

    rows: ObjectRows
    more: MoreColumns
    columns: Mapping[str, Any] = field(repr=False)
    lines: tuple[str, ...] = ()

    def put(self) -> None:
        """Add them to the table; it then sorts, filters and shows them like the others, and says what matched."""
        self.rows.view.put_columns(self.columns)
        self.rows.problems += self.lines


def join_columns(rows: ObjectRows, path: Path, batch: Batch) -> Joined:
    """Read a file and match its rows to the objects by image, label and time. May run in a thread.

    Raises
    ------
    InputError
        The file can't be read, or has nothing that says which object a row is about.
    """
    return attach(rows, MoreColumns.read(path, batch, rows.layer), batch)


def attach(rows: ObjectRows, more: MoreColumns, batch: Batch) -> Joined:
    """Match a file that has been read already."""
    columns, report = more.attach(
        rows.images, rows.labels, rows.times, taken=list(rows.view.columns), covered=sorted(rows.loaded)
    )
    return Joined(rows, more, columns, tuple(report.lines([record.key for record in batch.images])))
