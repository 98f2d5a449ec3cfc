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
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset import tabletext
from tuiqc.dataset.blockcolumns import Columns, Kind, NotFastError, OtherTypesError
from tuiqc.dataset.blockparse import Parser
from tuiqc.dataset.tabletext import Layout
from tuiqc.errors import TuiqcError

if TYPE_CHECKING:
    import pandas as pd

_HEAD = 1 << 19
_BLOCK = 2 << 20
HEAD_ROWS = 50_000
"""Rows that are handed over first."""
_SAMPLES, _SAMPLE = 24, 1 << 14
_SMALL = 1 << 23  # bytes of a table for which guessing types must not take long
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
    path: Path,
    block: int = _BLOCK,
    on_head: OnHead | None = None,
    report: Report | None = None,
    only: Sequence[str] | None = None,
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
    only
        Read no more than these columns, in the order of the table; None for all.
    """
    try:
        source = _Source.of(path)
        if source is None:
            return None
        source.take_only(only)
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
    only: list[int] | None = None

    def take_only(self, names: Sequence[str] | None) -> None:
        """Read no more than these columns."""
        if names is not None:
            self.only = [number for number, name in enumerate(self.layout.columns) if name in names]

    @property
    def wanted(self) -> Layout:
        """The layout of what is read."""
        if self.only is None:
            return self.layout
        names = tuple(self.layout.columns[number] for number in self.only)
        return replace(self.layout, columns=names, trailing=False)

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
        return Parser(self.names, self.layout.delimiter, kinds, self.only)

    def sampled_kinds(self) -> list[Kind]:
        """Guess the kind of every column from rows all over the file (of a packed one: from its beginning)."""
        rows = self.head[self.start : self.start + _SAMPLE * (1 if self.size < _SMALL else 4)]
        samples = [rows[: rows.rfind(b"\n") + 1] or rows]
        if not self.packed and self.size > len(self.head):
            count = min(_SAMPLES, (self.size >> 22) + 1)
            with self.path.open("rb") as file:
                for place in np.linspace(len(self.head), self.size - _SAMPLE, count).astype(int):
                    file.seek(int(place))
                    rows = file.read(_SAMPLE)
                    samples.append(rows[rows.find(b"\n") + 1 : rows.rfind(b"\n") + 1])
        if samples[0].endswith(b"\n"):
            samples = [b"".join(samples)]
        return self.parser(None).infer(samples[0])

    def open(self) -> io.BufferedIOBase:
        file: Any = gzip.open(self.path, "rb") if self.packed else self.path.open("rb")  # noqa: SIM115 - for the caller
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
        self._free: list[bytearray] = []

    def give_back(self, buffer: bytearray) -> None:
        """Let a buffer be filled again: new memory costs as much time as parsing what is in it."""
        self._free.append(buffer)

    def __iter__(self) -> Iterator[tuple[bytearray, int]]:
        """Buffers, and how many of their bytes count."""
        done, rest = self.source.start, b""
        with self.source.open() as stream:
            while True:
                buffer = self._free.pop() if self._free else bytearray(self.block)
                buffer[: len(rest)] = rest
                if len(buffer) < len(rest) + self.block // 2:  # a line longer than a block
                    buffer += bytes(len(rest) + self.block)
                read = _fill(stream, memoryview(buffer)[len(rest) :])
                end, done = len(rest) + read, done + read
                if not read:
                    break
                if done > tabletext.MAX_BYTES:
                    raise NotFastError
                cut = buffer.rfind(b"\n", 0, end) + 1
                rest = bytes(buffer[cut:end])
                if not cut:
                    self.give_back(buffer)
                    continue
                self._quoted = self._quoted or buffer.find(b'"', 0, cut) >= 0
                yield buffer, cut
                if self.report is not None:
                    self.report(min(done, self.source.size), self.source.size)
        if rest and not self._half(rest):
            yield bytearray(rest), len(rest)

    def _half(self, last: bytes) -> bool:
        """As `tables_io` decides it: fewer fields than the header, and no quotes anywhere."""
        layout = self.source.layout
        if self._quoted or b'"' in last or b"\r" in last or not last.strip():
            return False
        self.dropped = last.count(layout.delimiter.encode()) + 1 < len(layout.columns)
        return self.dropped


def _fill(stream: Any, view: memoryview) -> int:
    """Read until `view` is full or the stream ends; returns how much."""
    count = 0
    while count < len(view) and (read := stream.readinto(view[count:])):
        count += read
    view.release()
    return count


def _read(
    source: _Source, kinds: list[Kind], block: int, on_head: OnHead | None, report: Report | None
) -> Blocks:
    from concurrent.futures import Future, ThreadPoolExecutor

    parser = source.parser(kinds)
    cutter = _Cutter(source, block, report)
    columns = Columns(kinds, source.wanted)
    waiting: deque[tuple[bytearray, int, Future[Any]]] = deque()
    head: list[Any] | None = [] if on_head is not None else None

    def take() -> None:
        nonlocal head
        buffer, end, future = waiting.popleft()
        table = future.result()
        cutter.give_back(buffer)
        if not columns.rows and table.num_rows:
            packing = 4 if source.packed else 1.04
            columns.reserve(int(table.num_rows / end * source.size * packing) + 64)
        columns.add(table)
        if head is not None and on_head is not None:
            head.append(table)
            if columns.rows >= HEAD_ROWS:
                _show_head(head, kinds, source.wanted, on_head)
                head = None

    if source.size <= _SMALL and not source.packed:  # threads and their memory would cost more than they save
        for buffer, end in cutter:
            now: Future[Any] = Future()
            now.set_result(parser.parse(buffer, end))
            waiting.append((buffer, end, now))
            take()
        return _whole(columns, parser, cutter, source)
    threads = min(_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="tuiqc-parse") as pool:
        try:
            for buffer, end in cutter:
                waiting.append((buffer, end, pool.submit(parser.parse, buffer, end)))
                if len(waiting) > threads + 1:
                    take()
            while waiting:
                take()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return _whole(columns, parser, cutter, source)


def _whole(columns: Columns, parser: Parser, cutter: _Cutter, source: _Source) -> Blocks:
    cut = "the last line is cut off and was left out: the file may be incomplete"
    return Blocks(columns.frame(parser.plus), source.layout, [cut] if cutter.dropped else [])


def _show_head(tables: list[Any], kinds: Sequence[Kind], layout: Layout, on_head: OnHead) -> None:
    # What is wrong with these rows comes up again with the whole table.
    with suppress(NotFastError, OtherTypesError):
        first = Columns(kinds, layout)
        for table in tables:
            first.add(table)
        on_head(first.frame())
