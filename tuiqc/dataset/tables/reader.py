"""Reads a table of objects into a pandas frame: no column name is changed, and no value becomes another one.

One parser, pyarrow's, reads all text block by block, in a few threads; a block that it refuses is cut into fields by
the `csv` module and goes the same way on. Numbers are parsed to the nearest float64, whole numbers stay whole numbers.
What each column is says `cells`; numbers with decimal commas and the like `spelling`. Values are copied into the arrays
of the frame column by column, so that no more than the frame and a few blocks are in memory.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tuiqc.dataset.tables import parquet
from tuiqc.dataset.tables.cells import Cells, Kind, RowsError, cells_of, never_closed, parse_block
from tuiqc.dataset.tables.column_values import Columns
from tuiqc.dataset.tables.layout import Layout, layout
from tuiqc.dataset.tables.loaded_table import Table
from tuiqc.dataset.tables.text_file import ANNDATA, NotUtf8Error, TextFile
from tuiqc.errors import InputError
from tuiqc.pixels.zarr_store import is_hierarchy, is_remote

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.tables.anndata import KeyColumns

BIG = 2 << 20
"""Bytes of text from which on a table is kept in the cache."""
HEAD_ROWS = 50_000
"""Rows that are handed over first."""
_BLOCK = 2 << 20
_THREADS = 4

OnHead = Callable[["pd.DataFrame"], None]
Report = Callable[[int, int], None]


def load_table(
    path: Path,
    *,
    cached: bool = False,
    on_head: OnHead | None = None,
    report: Report | None = None,
    named: Sequence[str] = (),
) -> Table:
    """Return the table in `path` with notes.

    Column names are exactly as they came; repeated ones get " (2)", two header rows of CellProfiler become
    `Object_Feature`.

    Parameters
    ----------
    cached
        Take a big table from the user's cache (see `table_cache`), and put it there in the background.
    on_head
        Called with a frame of the first rows of a big text table as soon as they are parsed. Its dtypes may be narrower
        than those of the whole table.
    report
        Called with (done, total) bytes of the file.
    named
        Columns that are wanted of those that are not read without being asked for (`X` of AnnData).

    Raises
    ------
    InputError
        Missing, empty (no header), not text, not a table, rows that do not fit the header, or too large.
    """
    if (stored := _stored(path)) is not None:
        return Table(*stored.read(path, named=named))
    if cached and _is_big(path):
        from tuiqc.dataset.tables import table_cache

        return table_cache.table(path, lambda: read_text(path, on_head=on_head, report=report))
    return read_text(path, on_head=on_head, report=report)


def written_texts(path: Path, named: Sequence[str] = ()) -> pd.DataFrame:
    """Return all cells of a table as they are written, missing where empty; of stored columns as Python prints.

    `named`: see `load_table`.

    Raises
    ------
    InputError
        As `load_table`.
    """
    if (stored := _stored(path)) is not None:
        return stored.read(path, texts=True, named=named)[0]
    file = TextFile.of(path)
    for _ in range(3):
        try:
            source = _Source(file, _BLOCK, None)
            columns = Columns(source.shape.columns, [Kind.TEXT] * len(source.shape.columns))
            _fill(source, columns, None, None)
            return columns.texts_frame()
        except RowsError as error:
            raise InputError(f"not a proper table: {error}", path=path) from error
        except (NotUtf8Error, UnicodeDecodeError):
            file = file.otherwise()
    raise InputError("is not text in any known encoding", path=path)


def is_stored(path: Path) -> bool:
    """Whether a table is no text, but columns of another kind: Parquet, AnnData, a group of Zarr."""
    return _stored(path) is not None


def _stored(path: Path) -> Stored | None:
    """The module that reads columns that are no text; None for text."""
    if path.suffix.casefold() in ANNDATA:
        from tuiqc.dataset.tables import anndata

        return anndata
    if parquet.is_parquet(path) and not is_remote(path):
        return parquet
    if path.parent.suffix and path.parent.is_file():
        from tuiqc.dataset.tables import sqlite_table

        return sqlite_table if sqlite_table.holder(path) is not None else None
    if is_group(path):
        from tuiqc.dataset.tables import zarr_table

        return _TextInGroup() if zarr_table.holds_text(path) else zarr_table
    return None


def is_group(path: Path) -> bool:
    """Whether a table is a group of Zarr; most are files, and looked at no further."""
    return is_remote(path) or (not path.is_file() and is_hierarchy(path))


def some_columns(path: Path, names: Sequence[str]) -> pd.DataFrame | None:
    """Return all rows of some columns of a big text table, as `load_table` would; None where all is to be read.

    Raises
    ------
    InputError
        As `load_table`.
    """
    if is_stored(path) or not _is_big(path):
        return None
    return read_text(path, only=names).frame


def read_columns(path: Path) -> tuple[str, ...]:
    """Return the column names of a table after reading no more than its beginning.

    Raises
    ------
    InputError
        As `load_table`.
    """
    if (stored := _stored(path)) is not None:
        return stored.columns(path)
    return layout(TextFile.of(path).head(), path).columns


def said_keys(path: Path) -> tuple[str, str]:
    """Return the columns with the label and the image (or element) of each row that a table names itself; "" for none.

    Raises
    ------
    InputError
        As `load_table`.
    """
    stored = _stored(path)
    if stored is None or not hasattr(stored, "key_columns"):
        return "", ""
    keys = stored.key_columns(path)
    return keys.label, keys.region


def _is_big(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return path.stat().st_size >= (BIG // 4 if packed else BIG)
    except OSError:
        return False  # reading it says why


def read_text(
    path: Path,
    block: int = _BLOCK,
    on_head: OnHead | None = None,
    report: Report | None = None,
    only: Sequence[str] | None = None,
) -> Table:
    """Return a text table; see `load_table`.

    Parameters
    ----------
    block
        Bytes that are parsed at a time.
    only
        Read no more than these columns, in the order of the table; None for all.

    Raises
    ------
    InputError
        As `load_table`.
    """
    file = TextFile.of(path)
    for _ in range(3):
        try:
            return _read(_Source(file, block, report), only, on_head)
        except (NotUtf8Error, UnicodeDecodeError):
            file = file.otherwise()
    raise InputError("is not text in any known encoding", path=path)


def frame_of(body: bytes, shape: Layout) -> pd.DataFrame:
    """Return rows (UTF-8, without their header) as a frame.

    Raises
    ------
    RowsError
        A row has more fields than the header.
    """
    columns = Columns(shape.columns, [Kind.NONE] * len(shape.columns))
    cells, rows = _cells(body, shape, None, columns.hints(), 0)
    columns.add(cells, rows)
    columns.settle()
    return columns.frame()[0]


class Stored(Protocol):
    """What a module for files of columns gives."""

    def columns(self, path: Path, /) -> tuple[str, ...]:
        """Names of the columns."""

    def read(
        self, path: Path, /, *, texts: bool = False, named: Sequence[str] = ()
    ) -> tuple[pd.DataFrame, list[str]]:
        """The table and notes; with `texts` every value as it is printed; `named`: see `load_table`."""


class _TextInGroup:
    """A table of Zarr that is kept as CSV, read as a file is; see `Stored`."""

    def columns(self, path: Path) -> tuple[str, ...]:
        from tuiqc.dataset.tables import zarr_table

        return zarr_table.fetched(path, read_columns)

    def read(
        self, path: Path, *, texts: bool = False, named: Sequence[str] = ()
    ) -> tuple[pd.DataFrame, list[str]]:
        from tuiqc.dataset.tables import zarr_table

        if texts:
            return zarr_table.fetched(path, written_texts), []
        table = zarr_table.fetched(path, read_text)
        return table.frame, table.notes

    def key_columns(self, path: Path) -> KeyColumns:
        from tuiqc.dataset.tables import zarr_table

        return zarr_table.key_columns(path)


class _Source:
    """The blocks of a file: whole lines behind the header."""

    def __init__(self, file: TextFile, block: int, report: Report | None) -> None:
        self.file, self._block, self._report = file, block, report
        head = file.head()
        self.shape = layout(head, file.path)
        self._start = len(head[: self.shape.start].encode("utf-8", "surrogatepass"))
        self._returns = "\n" not in head
        self.dropped = False

    def blocks(self) -> Iterator[tuple[bytes, bool]]:
        """Yield blocks, and whether it is the last one; a last line that was cut while written is left out."""
        waiting, rest, quoted = b"", [], False
        size, skip, done = 0, self._start, [0]
        for piece in self.file.pieces(done, min(1 << 20, self._block)):
            data = piece.replace(b"\r", b"\n") if self._returns else piece
            if skip:
                data, skip = data[skip:], max(0, skip - len(data))
            rest.append(data)
            size += len(data)
            if size < self._block:
                continue
            whole = b"".join(rest)
            cut = _cut(whole)
            rest, size = [whole[cut:]], len(whole) - cut
            if not cut:
                self._block *= 2  # a line longer than a block
                continue
            if waiting:
                yield waiting, False
            waiting = whole[:cut]
            quoted = quoted or b'"' in waiting
            if self._report is not None:
                self._report(min(done[0], self.file.size), self.file.size)
        last = self._without_half_line(b"".join(rest), quoted)
        if waiting:
            yield waiting, not last
        if last or not waiting:
            yield last, True
        if self._report is not None:
            self._report(self.file.size, self.file.size)

    def _without_half_line(self, last: bytes, quoted: bool) -> bytes:
        """Leave out a last line without line break that has fewer fields than the header."""
        shape, start = self.shape, last.rfind(b"\n") + 1
        line = last[start:]
        if shape.delimiter == " " or quoted or b'"' in last or b"\r" in line or not line.strip():
            return last
        self.dropped = line.count(shape.delimiter.encode()) + 1 < len(shape.columns)
        return last[:start] if self.dropped else last


def _cut(data: bytes) -> int:
    """Where the last whole line ends, outside of quotes; 0 for nowhere."""
    end = data.rfind(b"\n") + 1
    while end and data.count(b'"', 0, end) % 2:
        end = data.rfind(b"\n", 0, data.rfind(b'"', 0, end)) + 1
    return end


def _read(source: _Source, only: Sequence[str] | None, on_head: OnHead | None) -> Table:
    shape, path = source.shape, source.file.path
    wanted = None if only is None else [at for at, name in enumerate(shape.columns) if name in only]
    names = shape.columns if wanted is None else [shape.columns[at] for at in wanted]
    columns = Columns(names, [Kind.NONE] * len(names))
    try:
        _fill(source, columns, wanted, on_head)
        again = columns.settle()
        replaced: dict[int, Any] = {}
        if again:  # numbers until a text came: their texts are read again
            fields = list(range(len(shape.columns))) if wanted is None else wanted
            texts = Columns([names[at] for at in again], [Kind.TEXT] * len(again))
            _fill(_Source(source.file, _BLOCK, None), texts, [fields[at] for at in again], None)
            replaced = {at: column.texts() for at, column in zip(again, texts.columns, strict=True)}
    except RowsError as error:
        raise InputError(
            f"not a proper table: {error}", path=path, expected="as many fields as the header has names"
        ) from error
    frame, spelled = columns.frame(replaced, done=True)
    return Table(frame, [*_notes(source), *spelled])


def _notes(source: _Source) -> list[str]:
    shape = source.shape
    found = [*shape.notes]
    found += [
        f"column {name!r} comes more than once; the further ones got a number" for name in shape.duplicates
    ]
    if source.file.encoding in ("cp1252", "latin-1"):
        name = "Latin-1" if source.file.encoding == "latin-1" else "Windows-1252 (Latin-1)"
        found.append(f"the text is not UTF-8; read as {name}")
    if source.dropped:
        found.append("the last line is cut off and was left out: the file may be incomplete")
    return found


def _fill(source: _Source, columns: Columns, wanted: list[int] | None, on_head: OnHead | None) -> None:
    """Parse all blocks; several at a time where there are several."""
    from concurrent.futures import Future, ThreadPoolExecutor

    shape, head = source.shape, on_head
    threads = min(_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[tuple[list[Cells], int]]] = deque()

    def take(cells: list[Cells], rows: int) -> None:
        nonlocal head
        columns.add(cells, rows)
        if head is not None and columns.rows >= HEAD_ROWS:
            head(columns.frame()[0])
            head = None

    with ThreadPoolExecutor(threads, thread_name_prefix="tuiqc-parse") as pool:
        try:
            for number, (data, last) in enumerate(source.blocks()):
                if number == 0 and last:  # threads and their memory would cost more than they save
                    take(*_cells(data, shape, wanted, columns.hints(), 0, source.file.path))
                    break
                path = source.file.path if last else None
                hints = columns.hints()
                waiting.append(
                    pool.submit(_cells, data, shape, wanted, hints, columns.rows, path, keep=False)
                )
                if len(waiting) > threads:
                    take(*waiting.popleft().result())
            while waiting:
                take(*waiting.popleft().result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _cells(
    data: bytes,
    shape: Layout,
    wanted: list[int] | None,
    hints: Sequence[Kind],
    row: int,
    last_of: Path | None = None,
    keep: bool = True,
) -> tuple[list[Cells], int]:
    """Parse one block: the cells of each column, and how many rows there are."""
    names = [f"c{number}" for number in range(shape.fields)]
    fields = list(range(len(shape.columns))) if wanted is None else wanted
    taken = [*fields, *([len(shape.columns)] if shape.trailing else [])]
    if not data.strip():
        data = b""
    table = parse_block(data, names, shape.delimiter, taken, row)
    if last_of is not None:
        never_closed(data, table, last_of)
    if shape.trailing:
        if table.column(len(fields)).null_count < table.num_rows:
            raise RowsError(f"some rows have {shape.fields} fields, the header has {shape.fields - 1}")
        table = table.select(range(len(fields)))
    table = _without_headers(table, [shape.columns[at] for at in fields])
    return [
        cells_of(_array(column), hint, keep) for column, hint in zip(table.columns, hints, strict=True)
    ], table.num_rows


def _array(column: Any) -> Any:
    import pyarrow

    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks() if column.num_chunks else pyarrow.array([], pyarrow.large_string())


def _without_headers(table: Any, names: Sequence[str]) -> Any:
    """Leave out rows that say the header again, as where files were put one behind the other."""
    import pyarrow.compute as pc

    if len(names) < 2 or not table.num_rows:
        return table
    again = pc.equal(table.column(0), names[0])
    if not pc.any(again).as_py():
        return table
    for at, name in enumerate(names[1:], 1):
        again = pc.and_kleene(again, pc.equal(table.column(at), name))
    return table.filter(pc.invert(pc.fill_null(again, False)))
