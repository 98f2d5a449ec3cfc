"""Tables in a SQLite database, as CellProfiler's ExportToDatabase and cytominer write them, by the standard library.

The path of a table is that of its database and the table's name below it (`MyExpt.db/MyExpt_Per_Nuclei`).

A database may be anybody's. It is opened as one that nobody writes (`mode=ro&immutable=1`), so that nothing is written
beside it; no SQL that stands in it is ever run: views, virtual tables and computed columns are left out, no function
may be called, and names are quoted. What is larger than a cell may be, or takes too long, ends with an error.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tuiqc.budget import Allowance, check_count, regular_file
from tuiqc.dataset.tables.layout import MAX_COLUMNS, unique
from tuiqc.dataset.tables.parquet import as_texts, as_values
from tuiqc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".db", ".sqlite", ".sqlite3", ".db3")
_MAGIC = b"SQLite format 3\0"
_MAX_CELLS = 1 << 28
_CELL_BYTES = 1 << 24
"""Longest text of one cell."""
_ROWS = 20_000
"""Rows that are turned into columns together."""
_STEPS = 200_000
"""Instructions of the library between two looks at the time."""
_SECONDS, _BYTES_A_SECOND = 30.0, 4 << 20
"""What reading a database may take: this, and a second for each so many bytes of it."""

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_TRANSACTION}
_PRAGMAS = {"table_xinfo", "query_only", "trusted_schema", "cell_size_check"}


def is_database(path: Path) -> bool:
    """Whether a file is a database by its name or its first bytes."""
    if path.suffix.casefold() not in SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            return path.is_file() and file.read(16) == _MAGIC
    except OSError:
        return False


def holder(path: Path) -> Path | None:
    """The database that the path of a table leads into, None for any other path."""
    parent = path.parent
    return parent if parent.suffix.casefold() in SUFFIXES and is_database(parent) else None


def tables(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the names of the tables of a database that are kept in it, and of their columns.

    Raises
    ------
    InputError
        No database, or damaged.
    """
    with _opened(path) as database:
        return {name: _columns(database, name) for name in _names(database)}


def left_out(path: Path) -> list[str]:
    """Return the names of views and virtual tables: to read them is to run what the file says.

    Raises
    ------
    InputError
        As `tables`.
    """
    with _opened(path) as database:
        kept = set(_names(database))
        every = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' OR type = 'view'")
        names = [name for (name,) in every if isinstance(name, str) and not name.startswith("sqlite_")]
        return [name for name in names if name not in kept]


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a table.

    Raises
    ------
    InputError
        As `read`.
    """
    with _opened(path.parent) as database:
        return unique(_there(database, path))[0]


def read(path: Path, *, texts: bool = False, named: Sequence[str] = ()) -> tuple[pd.DataFrame, list[str]]:
    """Return a table and notes; with `texts` every value as it is printed. `named` says nothing: all is read.

    Pictures and other blobs are left out.

    Raises
    ------
    InputError
        No such database or table, damaged, or too large.
    """
    import pandas as pd
    import pyarrow

    with _opened(path.parent) as database:
        names = _there(database, path)
        size = path.parent.stat().st_size
        parts: list[list[Any]] = [[] for _ in names]
        rows = 0
        listed = ", ".join(map(_quoted, names))
        cursor = database.execute(f"SELECT {listed} FROM {_quoted(path.name)} NOT INDEXED")
        while block := cursor.fetchmany(_ROWS):
            rows += len(block)
            check_count(path, rows, "rows", size)
            check_count(path, rows * len(names), "cells", _MAX_CELLS)
            for part, values in zip(parts, zip(*block, strict=True), strict=True):
                part.append(_array(values))
    data = {}
    for at, part in enumerate(parts):
        column = _joined(part) if part else pyarrow.chunked_array([pyarrow.nulls(0)])
        data[at] = as_texts(column) if texts else as_values(column)
    frame = pd.DataFrame(data, index=pd.RangeIndex(rows))
    found, _ = unique(names)
    frame.columns = pd.Index(list(found), dtype=object)
    wal = path.parent.with_name(f"{path.parent.name}-wal")
    waiting = wal.is_file() and wal.stat().st_size > 0
    notes = (
        [f"{wal.name} holds changes that are not in the database yet: they are not read"] if waiting else []
    )
    return frame, notes


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    regular_file(path, "a SQLite database")
    size = path.stat().st_size
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
    left = Allowance(path, seconds=_SECONDS + size / _BYTES_A_SECOND)

    def over() -> bool:
        try:
            left.take()
        except InputError:
            return True
        return False

    database = None
    try:
        database = sqlite3.connect(address, uri=True, check_same_thread=False)
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _CELL_BYTES)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON"):
            database.execute(f"PRAGMA {pragma}")
        database.set_authorizer(_judged)
        database.set_progress_handler(over, _STEPS)
        yield database
    except sqlite3.Error as error:
        raise InputError(f"not a SQLite database that can be read ({error})", path=path) from None
    except (ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise InputError(
            f"not a SQLite database that can be read ({type(error).__name__})", path=path
        ) from None
    finally:
        if database is not None:
            database.close()


def _judged(action: int, one: str | None, other: str | None, where: str | None, by: str | None) -> int:
    """Allow reading columns of tables, and nothing that a view, trigger or computed column wants (`by`)."""
    if action not in _ALLOWED or by is not None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and str(one).casefold() not in _PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _names(database: sqlite3.Connection) -> list[str]:
    """Tables whose rows are kept in the database: a view has no rows, a virtual table no page of its own."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    return [name for (name,) in found if isinstance(name, str) and not name.startswith("sqlite_")]


def _columns(database: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Columns of a table that are kept in it and hold no pictures."""
    rows = database.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    return tuple(
        name
        for _, name, kind, _, _, _, hidden in rows
        if not hidden and "BLOB" not in str(kind).upper() and "_Thumbnail_" not in name
    )


def _there(database: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    if path.name not in _names(database):
        raise InputError("no such table", path=path, expected=", ".join(_names(database)[:8]) or "a table")
    names = _columns(database, path.name)
    check_count(path, len(names), "columns", MAX_COLUMNS)
    if not names:
        raise InputError("a table without a column", path=path)
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _array(values: Sequence[Any]) -> Any:
    """Values of a column: numbers, else texts; blobs count as missing."""
    import pyarrow

    kept = [None if isinstance(value, bytes) else value for value in values]
    kinds = {type(value) for value in kept if value is not None}
    if kinds <= {int}:
        try:
            return pyarrow.array(kept, pyarrow.int64() if kinds else pyarrow.null())
        except OverflowError:
            return pyarrow.array([None if one is None else str(one) for one in kept], pyarrow.large_string())
    if kinds <= {int, float}:
        return pyarrow.array([None if one is None else float(one) for one in kept], pyarrow.float64())
    return pyarrow.array([None if one is None else str(one) for one in kept], pyarrow.large_string())


def _joined(parts: Sequence[Any]) -> Any:
    """Parts of a column as one: a type that all can be."""
    import pyarrow
    from pyarrow import types

    kinds = [part.type for part in parts if not types.is_null(part.type)]
    wanted = kinds[0] if kinds else pyarrow.null()
    if len(set(kinds)) > 1:
        wanted = pyarrow.float64() if not any(map(types.is_large_string, kinds)) else pyarrow.large_string()
    return pyarrow.chunked_array([part.cast(wanted) for part in parts])
