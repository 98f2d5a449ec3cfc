"""Reads the tables of many images ahead of the one who takes their objects, in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tuiqc.dataset.choices import fits
from tuiqc.dataset.dialects import DialectChoice
from tuiqc.dataset.model import Batch
from tuiqc.dataset.parts import ObjectPart, part_from_table
from tuiqc.dataset.tables.bulk_parser import parse_alike
from tuiqc.dataset.tables.parquet import is_parquet
from tuiqc.dataset.tables.text_file import read_bytes
from tuiqc.errors import TuiqcError

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
    if any(path is not None and is_parquet(path) for path in paths):
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
