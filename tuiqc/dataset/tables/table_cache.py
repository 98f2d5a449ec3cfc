"""Parsed tables in the user's cache folder, so that the second opening need not parse them again.

One Parquet file per big table, or per layer of many small ones. It is found by the absolute paths and used only
if size, modification time (ns) of every file and the version of the reader are the same. What is broken,
foreign or out of date counts as not there; a folder that can't be written is no error. Files are written in the
background, under another name, and renamed. The least recently used ones go when all together are larger than
the limit (`table_cache_mb` in the settings, 0 for no cache).

Nothing is unpickled: `cache_file` writes and reads plain columns.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, Any

from tuiqc.errors import TuiqcError
from tuiqc.files import DiskCache, replacing
from tuiqc.paths import cache_dir

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.tables.loaded_table import Table

READER = 3
"""Raised whenever the readers would make another frame of the same file."""

_FRESH_NS = 2_000_000_000  # a file younger than this may change again without another modification time

Make = Callable[[], tuple["pd.DataFrame", dict[str, Any]]]

_writers: set[threading.Thread] = set()
_hurry = threading.Event()


@dataclass(frozen=True, slots=True)
class Identity:
    """What a cached frame was made from: `name` finds it, `state` says whether it is still the same. `settled`: no
    file was changed just now. `size`: bytes of all files."""

    name: str
    state: str
    settled: bool
    size: int

    @classmethod
    def of(cls, paths: Sequence[Path], *more: str) -> Identity | None:
        """Return the identity of these files, read with `more` options; None where one is missing."""
        name, state = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=16)
        newest = size = 0
        for text in (str(READER), *more):
            name.update(text.encode(errors="surrogateescape") + b"\0")
        for path in paths:
            try:
                found = path.stat()
            except OSError:
                return None
            if S_ISDIR(found.st_mode):
                return None  # a group of Zarr: its folder does not tell what changed in it
            name.update(os.fsencode(path.absolute()) + b"\0")
            state.update(f"{found.st_size} {found.st_mtime_ns}\n".encode())
            newest, size = max(newest, found.st_mtime_ns), size + found.st_size
        settled = newest < time.time_ns() - _FRESH_NS
        return cls(name.hexdigest(), state.hexdigest(), settled, size)


def folder() -> Path:
    """Where the cached tables are."""
    return cache_dir() / "tables"


def limit_bytes() -> int:
    """How large all cached tables together may be; 0 for no cache."""
    from tuiqc.config import Config, load_config

    try:
        return load_config().table_cache_mb << 20
    except TuiqcError:  # the settings are complained about elsewhere
        return Config().table_cache_mb << 20


def table(path: Path, read: Callable[[], Table]) -> Table:
    """Return the table in `path` from the cache, else what `read` returns, which is then put there."""
    from tuiqc.dataset.tables.loaded_table import Table

    identity = Identity.of([path])
    found = get(identity)
    if found is not None:
        frame, facts = found
        return Table(frame, [str(note) for note in facts.get("notes", [])])
    fresh = read()
    if identity is not None and identity == Identity.of([path]):
        kept = fresh.frame.copy(
            deep=False
        )  # shares the values; what is assigned to the other does not get here
        put(identity, lambda: (kept, {"notes": fresh.notes}))
    return fresh


def holds(path: Path) -> bool:
    """Whether the table is likely to be had from the cache: it was put there since it was changed last."""
    identity = Identity.of([path])
    if identity is None or not limit_bytes():
        return False
    try:
        return (folder() / f"{identity.name}.parquet").stat().st_mtime_ns > path.stat().st_mtime_ns
    except OSError:
        return False


def get(identity: Identity | None) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """Return the frame and the facts that were put under this identity, or None."""
    if identity is None:
        return None
    limit = limit_bytes()
    if not limit:
        return None

    def read(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
        from tuiqc.dataset.tables import cache_file

        return cache_file.read(path, identity.state)

    return _cache(limit).use(identity.name, read)


def put(identity: Identity, make: Make) -> None:
    """Write what `make` returns, a frame and facts (plain JSON), in the background; `flush` waits for it.

    `make` is called in the background too. Files that were changed within the last seconds are not trusted to
    stay as they are, and not put.
    """
    limit = limit_bytes()
    if not limit or not identity.settled:
        return
    writer = threading.Thread(target=_write, args=(identity, make, limit), name="tuiqc-table-cache")
    _writers.add(writer)
    writer.start()


def flush() -> None:
    """Wait until everything has been written."""
    _hurry.set()
    try:
        for writer in list(_writers):
            writer.join()
    finally:
        _hurry.clear()


def _wait_a_moment() -> None:
    """Let what the table was read for go first, unless the program ends."""
    for _ in range(10):
        if _hurry.wait(0.05) or not threading.main_thread().is_alive():
            return


def _write(identity: Identity, make: Make, limit: int) -> None:
    """Never raises: without a cache everything works as well."""
    try:
        _wait_a_moment()
        from tuiqc.dataset.tables import cache_file

        cache = _cache(limit)
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        frame, facts = make()
        with suppress(_TooLargeError), replacing(cache.path(identity.name), sync=False) as temporary:
            cache_file.write(temporary, frame, identity.state, facts)
            if temporary.stat().st_size > limit:
                raise _TooLargeError
        cache.tidy()
    except Exception:  # a full disk, a frame with values of no plain kind, …
        pass
    finally:
        _writers.discard(threading.current_thread())


class _TooLargeError(Exception):
    """The file would be larger than all may be together."""


def _cache(limit: int) -> DiskCache:
    return DiskCache(folder(), limit, ".parquet")
