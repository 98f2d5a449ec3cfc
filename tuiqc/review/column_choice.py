"""Which columns a table shows, in which order and how wide: the person's choice, remembered per dialect."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tuiqc.dataset.model import Batch
from tuiqc.dataset.more_columns import MoreColumns
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.state_files import kind_key, remember, remembered

NARROWEST, WIDEST = 3, 60


@dataclass(frozen=True)
class ColumnChoice:
    """What was chosen; columns that it does not name stand where they stand by themselves.

    Attributes
    ----------
    hidden
        Columns that are not shown.
    pinned
        Columns that stay in sight beside those that name the row, in this order.
    order
        Columns that were moved, as `(column, the one it stands before)`; "" for the end.
    widths
        Cells of columns that were made wider or narrower.
    shown
        Columns that are shown though they are not by themselves.
    """

    hidden: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    widths: dict[str, int] = field(default_factory=dict)
    shown: tuple[str, ...] = ()

    def hides(self, name: str, off: Collection[str] = ()) -> bool:
        """Whether a column is not in sight; those that are `off` are not by themselves."""
        return name not in self.shown if name in off else name in self.hidden

    def arranged(self, names: Sequence[str], off: Collection[str] = ()) -> tuple[list[str], list[str]]:
        """Split the columns into pinned and others, both in the order in which they are shown."""
        rest = [name for name in names if not self.hides(name, off)]
        for name, before in self.order:
            if name in rest and name != before:
                rest.remove(name)
                rest.insert(rest.index(before) if before in rest else len(rest), name)
        pinned = [name for name in self.pinned if name in rest]
        return pinned, [name for name in rest if name not in pinned]

    def toggled(self, name: str, off: Collection[str] = ()) -> ColumnChoice:
        """With a column hidden, or shown again."""
        if name in off:
            return replace(self, shown=_flip(self.shown, name))
        return replace(self, hidden=_flip(self.hidden, name))

    def pin_toggled(self, name: str) -> ColumnChoice:
        """With a column pinned, or let go."""
        return replace(self, pinned=_flip(self.pinned, name))

    def moved(self, name: str, step: int, shown: Sequence[str]) -> ColumnChoice:
        """With a column one place further to the right (1) or left (-1) among those that are `shown`.

        A pinned column moves among the pinned ones, another one among the others.
        """
        group = [other for other in shown if (other in self.pinned) == (name in self.pinned)]
        at = group.index(name) + step
        if not 0 <= at < len(group):
            return self
        without = [other for other in group if other != name]
        if name in self.pinned:
            unseen = [other for other in self.pinned if other not in group]
            return replace(self, pinned=(*without[:at], name, *without[at:], *unseen))
        # Each move says what it stood before then: only the last one may be put in place of by a newer one.
        kept = self.order[:-1] if self.order and self.order[-1][0] == name else self.order
        return replace(self, order=(*kept, (name, without[at] if at < len(without) else "")))

    def widened(self, name: str, width: int) -> ColumnChoice:
        """With a column `width` cells wide, within reason."""
        return replace(self, widths={**self.widths, name: min(WIDEST, max(NARROWEST, width))})


def _flip(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(other for other in names if other != name) if name in names else (*names, name)


def save_columns(kind: str, choice: ColumnChoice) -> None:
    """Keep the choice for tables of a kind (dialect and layer); quietly does nothing if it can't."""
    remember("columns", kind_key(kind), asdict(choice))


def load_columns(kind: str) -> ColumnChoice:
    """The choice that was kept for tables of a kind; the default where there is none or it can't be read."""
    raw = remembered("columns", kind_key(kind))
    if not isinstance(raw, dict):
        return ColumnChoice()
    try:
        return ColumnChoice(
            tuple(map(str, raw["hidden"])),
            tuple(map(str, raw["pinned"])),
            tuple((str(name), str(before)) for name, before in raw["order"]),
            {str(name): int(width) for name, width in raw["widths"].items()},
            tuple(map(str, raw.get("shown", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return ColumnChoice()


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
    return Joined(rows, more, columns, tuple(report.lines(batch.keys)))
