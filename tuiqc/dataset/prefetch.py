"""Reads the tables of many images ahead of the one who takes their objects, in threads.

Many small tables are read at once: alike ones are put one after the other and parsed in one go. One call of the parser
for 64 tables costs a third of 64 calls. It is only done where the result is certain to be the same: the same header
byte for byte, UTF-8, nothing quoted, the same number of fields in every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.dialects import DialectChoice, fits
from tuiqc.dataset.model import Batch
from tuiqc.dataset.parts import ObjectPart, part_from_table
from tuiqc.dataset.tables.cells import RowsError
from tuiqc.dataset.tables.layout import layout
from tuiqc.dataset.tables.reader import frame_of, is_stored
from tuiqc.dataset.tables.text_file import read_bytes
from tuiqc.errors import InputError, TuiqcError

if TYPE_CHECKING:
    import pandas as pd

Load = Callable[[int], ObjectPart]
"""Loads the objects of one image by its row number. Never raises for a broken file."""

_CHUNKS = (1, 7, 24, 64)  # images per part: the first one at once, then more for less overhead
_READERS = 8  # threads that wait for files (network disks), not for the processor
_MEASURERS = 2


def one_by_one(wanted: Sequence[int], load: Load) -> Iterator[ObjectPart]:
    """Yield the part of each wanted image in turn; `load` is called in further threads, some images ahead."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_MEASURERS, thread_name_prefix="tuiqc-measure") as pool:
        ahead = _MEASURERS + 1
        waiting = [pool.submit(load, index) for index in wanted[:ahead]]
        try:
            for index in range(len(wanted)):
                yield waiting[index].result()
                if index + ahead < len(wanted):
                    waiting.append(pool.submit(load, wanted[index + ahead]))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def in_chunks(
    batch: Batch, layer: str, wanted: Sequence[int], choice: DialectChoice, load: Load
) -> Iterator[ObjectPart]:
    """Yield parts of many images each, the first one small; files are read ahead by further threads.

    Every image has a table of its own. Where those of a part can't be parsed in one go, `load` takes them singly.
    """
    from concurrent.futures import ThreadPoolExecutor

    def read(index: int) -> bytes | None:
        path = batch.images[index].tables[layer]
        try:
            return read_bytes(path) if path is not None else None
        except TuiqcError:
            return None

    chunks = list(_chunked(wanted))
    with ThreadPoolExecutor(_READERS, thread_name_prefix="tuiqc-tables") as pool:
        try:
            coming = [pool.submit(read, index) for index in chunks[0]]
            for number, chunk in enumerate(chunks):
                after = chunks[number + 1] if number + 1 < len(chunks) else []
                now, coming = coming, [pool.submit(read, index) for index in after]
                part = _together(batch, layer, chunk, [future.result() for future in now], choice)
                if part is not None:
                    yield part
                else:
                    yield from (load(index) for index in chunk)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _together(
    batch: Batch, layer: str, chunk: Sequence[int], datas: Sequence[bytes | None], choice: DialectChoice
) -> ObjectPart | None:
    """All tables of a chunk as one part; None where they have to be read one by one."""
    bodies = [data for data in datas if data is not None]
    paths = [batch.images[index].tables[layer] for index in chunk]
    first = paths[0]
    if first is None or len(bodies) < len(chunk) or len(set(paths)) < len(paths):
        return None
    if any(path is not None and is_stored(path) for path in paths):
        return None
    parsed = parse_alike(bodies, first)
    if parsed is None or not fits(choice, parsed[0]):
        return None
    frame, counts = parsed
    images = np.repeat(np.asarray(chunk, np.int64), counts)
    if choice.image_column is not None:
        # A table of one image has one value there; where it has more, its rows have to be looked at.
        seen = frame[[choice.image_column]].assign(_i=images).drop_duplicates()
        if len(seen) > np.count_nonzero(counts):
            return None
    made, geometry, problems = part_from_table(frame, images, choice, first, layer)
    if problems:  # read one by one, so that each is told with the name of its file
        return None
    return ObjectPart(chunk[0], layer, made, geometry, images=tuple(chunk))


def _chunked(items: Sequence[int]) -> Iterator[Sequence[int]]:
    start = 0
    for number in range(len(items)):
        size = _CHUNKS[min(number, len(_CHUNKS) - 1)]
        if start >= len(items):
            return
        yield items[start : start + size]
        start += size


def parse_alike(datas: Sequence[bytes], path: Path) -> tuple[pd.DataFrame, list[int]] | None:
    """Return the rows of all tables and how many each has; None where they are not alike enough.

    Parameters
    ----------
    datas
        The (unpacked) bytes of each table.
    path
        Of one of them, for messages that nobody sees.
    """
    if any(data[:3] == b"\xef\xbb\xbf" or b"\0" in data[:64] for data in datas):
        return None
    try:
        first = datas[0].decode("utf-8")
        shape = layout(first, path)
    except (InputError, UnicodeDecodeError):
        return None
    if shape.delimiter == " " or shape.trailing or shape.duplicates or shape.notes:
        return None
    header = first[: shape.start].encode()
    delimiter = shape.delimiter.encode()
    bodies, counts = [], []
    for data in datas:
        body = data[len(header) :]
        if not data.startswith(header) or (delimiter != b"," and b"," in body):
            return None
        count = _uniform(body, delimiter) if body else 0
        if count is None or (count and body[: body.find(b"\n")].count(delimiter) != len(shape.columns) - 1):
            return None
        bodies.append(body if body.endswith(b"\n") or not body else body + b"\n")
        counts.append(count)
    try:
        frame = frame_of(b"".join(bodies), shape)
    except (RowsError, UnicodeDecodeError):
        return None
    return (frame, counts) if len(frame) == sum(counts) else None


def _uniform(body: bytes, delimiter: bytes) -> int | None:
    """The number of rows if no field is quoted and all rows have as many delimiters; else None."""
    if b'"' in body:
        return None
    lines = body.splitlines()
    counts = {line.count(delimiter) for line in lines}
    return len(lines) if len(counts) == 1 and all(lines) else None
