"""Reads one big text table quickly and exactly: block by block, with pyarrow's parser, in a few threads.

What comes out is what `tables_io.parse` would give. Wherever the two parsers could differ (hexadecimal numbers,
`NAN`, whole numbers beyond 2**53, dates, decimal commas, line breaks within quotes, rows of other lengths) the
texts themselves are looked at again, or the table is left to the slower reader.

The types of the columns are guessed from samples all over the file; where a block does not fit them, reading
starts again with wider ones. Values are copied into the arrays of the frame block by block, so that no more
than the frame and a few blocks are in memory.
"""

from __future__ import annotations

import gzip
import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset import tabletext
from tuiqc.dataset.blockcolumns import Columns, Kind, NotFastError, OtherTypesError, merged
from tuiqc.dataset.blockparse import Parser
from tuiqc.dataset.tabletext import Layout
from tuiqc.errors import TuiqcError

if TYPE_CHECKING:
    import pandas as pd

_HEAD = 1 << 22
_BLOCK = 8 << 20
_SAMPLES, _SAMPLE = 24, 1 << 16
_THREADS = 4
_RESTARTS = 24

OnHead = Callable[["pd.DataFrame"], None]
Report = Callable[[int, int], None]


@dataclass(slots=True)
class Blocks:
    """What was read: the frame, and sentences about what had to be decided."""

    frame: pd.DataFrame
    layout: Layout
    notes: list[str] = field(default_factory=list)


def read_blocks(
    path: Path, block: int = _BLOCK, on_head: OnHead | None = None, report: Report | None = None
) -> Blocks | None:
    """Return the table in `path` (plain or gzip), or None where only the slower reader is sure to be exact.

    Parameters
    ----------
    block
        Bytes that are parsed at a time.
    on_head
        Called with a frame of the first rows as soon as they are parsed. Its dtypes may be narrower than those
        of the whole table. It may be called again where reading had to start again.
    report
        Called with (done, total) bytes of the file; the total is that of the packed file.
    """
    try:
        source = _Source.of(path)
        if source is None:
            return None
        kinds = source.sampled_kinds()
        for _ in range(_RESTARTS):
            try:
                return _read(source, kinds, block, on_head, report)
            except OtherTypesError as error:
                if error.kinds == kinds:
                    return None
                kinds = error.kinds
    except (NotFastError, TuiqcError, OSError, EOFError):
        return None  # the other reader says what is wrong
    return None


@dataclass(slots=True)
class _Source:
    """A text table whose header has been read."""

    path: Path
    layout: Layout
    start: int
    packed: bool
    size: int
    head: bytes

    @classmethod
    def of(cls, path: Path) -> _Source | None:
        data = tabletext.read_bytes(path, _HEAD)
        text, encoding = tabletext.decode(data, path, cut=True)
        if encoding != "utf-8-sig" or b"\n" not in data:
            return None
        if len(data) == _HEAD:
            text = text[: text.rindex("\n") + 1]
        layout = tabletext.layout(text, path)
        if layout.delimiter == " " or len(layout.columns) < 2 or layout.start >= len(text):
            return None
        start = len(text[: layout.start].encode()) + 3 * data.startswith(b"\xef\xbb\xbf")
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cls(path, layout, start, packed, path.stat().st_size, data)

    @property
    def names(self) -> list[str]:
        return [f"c{number}" for number in range(len(self.layout.columns) + self.layout.trailing)]

    def parser(self, kinds: Sequence[Kind] | None) -> Parser:
        return Parser(self.names, self.layout.delimiter, kinds)

    def sampled_kinds(self) -> list[Kind]:
        """Guess the kind of every column from rows all over the file (of a packed one: from its beginning)."""
        rows = self.head[self.start : self.start + _SAMPLE * 4]
        samples = [rows[: rows.rfind(b"\n") + 1] or rows]
        if not self.packed and self.size > len(self.head):
            with self.path.open("rb") as file:
                for place in np.linspace(len(self.head), self.size - _SAMPLE, _SAMPLES).astype(int):
                    file.seek(int(place))
                    rows = file.read(_SAMPLE)
                    samples.append(rows[rows.find(b"\n") + 1 : rows.rfind(b"\n") + 1])
        kinds = [Kind.NONE] * len(self.names)
        for rows in samples:
            found = self.parser(None).infer(rows)
            kinds = [merged(a, b) for a, b in zip(kinds, found, strict=True)]
        return kinds

    def open(self) -> io.BufferedIOBase:
        file: Any = gzip.open(self.path, "rb") if self.packed else self.path.open("rb")
        left = self.start
        while left and (skipped := file.read(min(left, 1 << 20))):
            left -= len(skipped)
        return file  # type: ignore[no-any-return]


class _Cutter:
    """Cuts the stream into blocks of whole lines, and leaves out a last line that was cut while written."""

    def __init__(self, source: _Source, block: int, report: Report | None) -> None:
        self.source, self.block, self.report = source, block, report
        self.dropped = False
        self._quoted = False

    def __iter__(self) -> Iterator[bytes]:
        left, done = b"", self.source.start
        with self.source.open() as stream:
            while chunk := stream.read(self.block):
                done += len(chunk)
                if done > tabletext.MAX_BYTES:
                    raise NotFastError
                end = chunk.rfind(b"\n") + 1
                if end:
                    yield self._seen(left + chunk[:end])
                    left = chunk[end:]
                else:
                    left += chunk
                if self.report is not None:
                    self.report(min(done, self.source.size), self.source.size)
        if left and not self._half(left):
            yield self._seen(left)

    def _seen(self, block: bytes) -> bytes:
        self._quoted = self._quoted or b'"' in block
        return block

    def _half(self, last: bytes) -> bool:
        """As `tables_io` decides it: fewer fields than the header, and no quotes anywhere."""
        layout = self.source.layout
        if self._quoted or b'"' in last or b"\r" in last or not last.strip():
            return False
        self.dropped = last.count(layout.delimiter.encode()) + 1 < len(layout.columns)
        return self.dropped


def _read(
    source: _Source, kinds: list[Kind], block: int, on_head: OnHead | None, report: Report | None
) -> Blocks:
    from concurrent.futures import Future, ThreadPoolExecutor

    parser = source.parser(kinds)
    cutter = _Cutter(source, block, report)
    columns = Columns(kinds, source.layout)
    rows_per_byte = 0.0
    waiting: deque[tuple[int, Future[Any]]] = deque()

    def take() -> None:
        nonlocal rows_per_byte
        size, future = waiting.popleft()
        table = future.result()
        if not columns.rows:
            rows_per_byte = table.num_rows / max(size, 1)
            columns.reserve(int(rows_per_byte * source.size * (4 if source.packed else 1.04)) + 64)
            if on_head is not None:
                with suppress(NotFastError, OtherTypesError):
                    first = Columns(kinds, source.layout)
                    first.add(table)
                    on_head(first.frame())
        columns.add(table)

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="tuiqc-parse") as pool:
        try:
            for data in cutter:
                waiting.append((len(data), pool.submit(parser.parse, data)))
                if len(waiting) > _THREADS:
                    take()
            while waiting:
                take()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    notes = ["the last line is cut off and was left out: the file may be incomplete"] if cutter.dropped else []
    return Blocks(columns.frame(), source.layout, notes)

