"""A folder of files that can be made again: bounded, safe to share by sessions, and never a reason to stop."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tuiqc.files.atomic import replace_bytes
from tuiqc.files.safe import read_safely

_TIDY_SHARE = 16
"""The folder is looked through whenever one part in so many of its bound was written: it may hold thousands."""
_STALE_SECONDS = 3600.0

Made = TypeVar("Made")


class DiskCache:
    """Files of one kind in a folder, the least recently used of which go when together they have too many bytes.

    Whatever goes wrong with it (no space, no right to write, a file cut short or changed) costs time and nothing
    else: what can't be read is removed, and made anew by who asked.

    Parameters
    ----------
    folder
        Made when the first file is kept; None keeps none.
    max_bytes
        Bound of all files together.
    suffix
        End of their names.
    """

    def __init__(self, folder: Path | None, max_bytes: int, suffix: str) -> None:
        self.folder, self.max_bytes, self.suffix = folder, max_bytes, suffix
        self._since_tidy = max_bytes  # what other sessions have left there is not known yet

    def path(self, name: str) -> Path:
        """Where the file of this name is."""
        assert self.folder is not None
        return self.folder / f"{name}{self.suffix}"

    def get(self, name: str, parse: Callable[[bytes], Made]) -> Made | None:
        """Return what `parse` makes of the file's bytes; None if it is not there or can't be read."""
        return self.use(name, lambda path: parse(read_safely(path)))

    def use(self, name: str, read: Callable[[Path], Made]) -> Made | None:
        """Return what `read` makes of the file; None if it is not there or can't be read."""
        if self.folder is None:
            return None
        path = self.path(name)
        try:
            if not path.lstat().st_size:
                raise ValueError("empty")
            made = read(path)
        except FileNotFoundError:
            return None
        except Exception:  # whatever parsers of damaged bytes raise, what it was made from is there
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used last
        return made

    def put(self, name: str, data: bytes) -> None:
        """Keep a file."""
        if self.folder is None or len(data) > self.max_bytes:
            return
        path = self.path(name)
        try:
            try:
                replace_bytes(path, data, sync=False)
            except FileNotFoundError:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                replace_bytes(path, data, sync=False)
            self.wrote(len(data))
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()

    def wrote(self, size: int) -> None:
        """Take into account that so many bytes were written: now and then the folder is tidied."""
        self._since_tidy += size
        if self._since_tidy > self.max_bytes // _TIDY_SHARE:
            self._since_tidy = 0
            self.tidy()

    def tidy(self) -> None:
        """Remove the least recently used files until the others fit, and what killed processes left half-written.

        Raises
        ------
        OSError
            The folder can't be read.
        """
        if self.folder is None:
            return
        held = []
        for entry in os.scandir(self.folder):
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if entry.name.startswith(".") or entry.name.endswith(".tmp"):
                    if found.st_mtime < time.time() - _STALE_SECONDS:
                        Path(entry.path).unlink()
                elif entry.name.endswith(self.suffix):
                    held.append((found.st_mtime_ns, found.st_size, Path(entry.path)))
        total = sum(size for _, size, _ in held)
        for _, size, path in sorted(held):
            if total <= self.max_bytes:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
