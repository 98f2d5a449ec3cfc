"""Finding text in a table as it is shown, and rows by number or value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.errors import UsageError
from tuiqc.tables.arrow_texts import ArrowTexts
from tuiqc.tables.columns import Kind
from tuiqc.tables.number_format import format_value
from tuiqc.tables.table_view import TableView
from tuiqc.tables.values import Codes, Test, contains_test, found_in, has_capitals
from tuiqc.text import printable

Mask = NDArray[np.bool_]
Formatter = Callable[[Any], str]

_FIRST_BLOCK, _BLOCK = 128, 4096
_IN_NUMBERS = frozenset("0123456789.e+-inf# ")


class Found(NamedTuple):
    """A cell: row of the view and name of the column."""

    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: `test` says which texts have it; `in_numbers` whether a number could.

    `text` is what is looked for as it stands, None for an expression.
    """

    test: Test
    in_numbers: bool = True
    text: str | None = None


def make_query(text: str, regex: bool = False) -> Query:
    """Return a query for a text, or for a regular expression (of RE2, see `texts.found_in`).

    The case does not matter unless there is a capital in it (in an expression: other than `\\D` and the like).

    Raises
    ------
    UsageError
        It is empty or no regular expression, or pyarrow, which has them, is not installed.
    """
    if not text:
        raise UsageError("there is nothing to look for")
    if not regex:
        one = contains_test(text)
        return Query(
            lambda cells: np.fromiter(map(one, cells), bool, len(cells)),
            _IN_NUMBERS.issuperset(text.casefold()),
            text,
        )
    bare = "".join(part[1:] if number else part for number, part in enumerate(text.split("\\")))
    ignore_case = not has_capitals(bare)
    try:
        found_in(text, [""], ignore_case)
    except ImportError as error:
        raise UsageError("regular expressions need pyarrow (pip install pyarrow)") from error
    except ValueError as error:
        raise UsageError(f"no regular expression: {error}") from error
    return Query(lambda cells: found_in(text, cells, ignore_case))


def search(
    view: TableView,
    query: Query,
    start: tuple[int, str | None] = (-1, None),
    *,
    step: int = 1,
    columns: Sequence[str] | None = None,
    formats: Mapping[str, Formatter] | None = None,
    wrap: bool = True,
) -> Iterator[Found | None]:
    """Go through the cells that have what is looked for, beginning behind a cell.

    Cells come row by row and, in a row, in the order of `columns` (all of the view if None); with `step` -1
    backwards; with `wrap` on at the other end, up to the first cell itself. Between them comes None whenever
    a column of a block of rows is done, so that the caller can stop, or let others have their turn.

    Parameters
    ----------
    start
        Row of the view and name of the column; row -1 before all, `len(view)` behind all. A column that is
        None, or not among those searched, leaves out the whole row at first.
    formats
        What writes the cells of a column; without one it is `format_value`.
    """
    names = list(view.columns if columns is None else columns)
    wide, size = len(names), len(view)
    if not wide or not size:
        return
    looks = [_Look(view, name, query, (formats or {}).get(name)) for name in names]
    row, name = start
    last = wide - 1 if step > 0 else 0
    # Cells are counted through the rows; the search begins behind this one.
    total = size * wide
    cell = -1 if row < 0 else min(row * wide + (names.index(name) if name in names else last), total)
    middle = min(cell + 1, total) if step > 0 else max(cell, 0)
    parts = [(middle, total), (0, middle)][::step]
    for begin, end in parts if wrap else parts[:1]:
        for low, high in _blocks(begin // wide, -(-end // wide), step):
            hits = np.zeros((high - low, wide), dtype=bool)
            for number, look in enumerate(looks):
                if look.into(view.order[low:high], hits[:, number]):
                    yield None
            cells = np.flatnonzero(hits) + low * wide
            for at in cells[(cells >= begin) & (cells < end)][::step].tolist():
                yield Found(at // wide, names[at % wide])
            yield None


def _blocks(low: int, high: int, step: int) -> Iterator[tuple[int, int]]:
    """Rows from `low` to `high` in growing blocks, since the next one is often near."""
    length = _FIRST_BLOCK
    while low < high:
        yield (low, min(low + length, high)) if step > 0 else (max(low, high - length), high)
        low, high = (low + length, high) if step > 0 else (low, high - length)
        length = min(length * 2, _BLOCK)


class _Look:
    """Looks into one column."""

    def __init__(self, view: TableView, name: str, query: Query, write: Formatter | None) -> None:
        self.view, self.name, self.query = view, name, query
        self.kind: Kind = view.kind(name)
        self.write = write
        self.never = self.kind in ("integer", "float") and not query.in_numbers and write is None
        self.codes: Codes | None = None
        self.table: Mask | None = None
        self.whole: Mask | None = None
        if self.kind in ("text", "path"):
            self.codes = codes = view.codes(name)
            if query.text is not None and isinstance(codes.texts, ArrowTexts) and codes.texts.plain:
                self.codes, self.whole = None, codes.containing(query.text)
            elif len(codes.texts) * 8 <= len(codes.codes):
                self.table = np.append(query.test([printable(text) for text in codes.texts]), False)

    def into(self, positions: NDArray[np.int64], hits: Mask) -> bool:
        """Set where it is found; returns whether that was any work."""
        if self.never:
            return False
        if self.whole is not None:
            hits[:] = self.whole[positions]
            return False
        if self.codes is not None and self.table is not None:
            hits[:] = self.table[self.codes.codes[positions]]
            return False
        hits[:] = self.query.test(self._texts(positions))
        return True

    def _texts(self, positions: NDArray[np.int64]) -> list[str]:
        if self.codes is not None:
            return [printable(self.codes.text(position)) for position in positions.tolist()]
        values = self.view.column(self.name)[positions].tolist()
        if self.write is not None:
            return list(map(self.write, values))
        return [format_value(value, self.kind) for value in values]


def find_text(
    view: TableView,
    query: Query,
    start: tuple[int, str | None] = (-1, None),
    *,
    step: int = 1,
    columns: Sequence[str] | None = None,
    formats: Mapping[str, Formatter] | None = None,
    wrap: bool = True,
    stop: Callable[[], bool] | None = None,
) -> Found | None:
    """Return the next cell (`step` -1: the previous) as `search` finds it, None if there is none.

    `stop` is asked after every block; the answer True ends the search without a result.
    """
    for found in search(view, query, start, step=step, columns=columns, formats=formats, wrap=wrap):
        if found is not None:
            return found
        if stop is not None and stop():
            return None
    return None


def find_column(names: Sequence[str], query: Query, start: str | None = None, step: int = 1) -> str | None:
    """Return the next of these columns behind `start` (`step` -1: before it), round the end, whose name has the text.

    None if there is none. A column that is None, or not among them, is before all.
    """
    if not names:
        return None
    hits = np.flatnonzero(query.test([printable(name) for name in names]))
    if not len(hits):
        return None
    at = names.index(start) if start is not None and start in names else -1
    rounds = (hits - at - 1) % len(names) if step > 0 else (at - 1 - hits) % len(names)
    return names[int(hits[rounds.argmin()])]


def find_row(view: TableView, number: int) -> int | None:
    """Return the row of the view that a person calls `number` (the first is 1), None if there is none."""
    return number - 1 if 1 <= number <= len(view) else None


def find_label(
    view: TableView,
    labels: NDArray[np.int64],
    label: int,
    start: int = -1,
    step: int = 1,
    among: Mask | None = None,
) -> int | None:
    """Return the next row of the view behind `start`, round the end, whose object has a label.

    `labels` has one entry per position; `among` (booleans by position) says which objects count, such as
    those of an image. None if no row that is shown has it.
    """
    mask = labels == label
    return view.next_where(mask if among is None else mask & among, start, step)
