"""Small versions of planes that have no pyramid, kept in a folder: making one means reading the whole file once."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 2**30
"""Bound of a folder of overviews."""

_TIDY_SHARE = 16
"""The folder is looked through whenever one part in so many of its bound was written: it may hold thousands."""


class OverviewFolder:
    """A folder of overviews, the least recently used of which go when it is full.

    Whatever goes wrong with it (no space, no right to write, a file cut short) costs time and nothing else.

    Parameters
    ----------
    folder
        Made when the first is kept; None keeps none.
    max_bytes
        Bound of all files together.
    """

    def __init__(self, folder: Path | None, max_bytes: int = MAX_BYTES) -> None:
        self.folder, self.max_bytes = folder, max_bytes
        self._since_tidy = max_bytes  # what other sessions have left there is not known yet

    def get(self, key: Hashable) -> NDArray[Any] | None:
        """The overview of this key, None if it is not there."""
        path = self._path(key)
        if path is None:
            return None
        try:
            pixels: NDArray[Any] = np.load(path, allow_pickle=False)
            os.utime(path)
        except (OSError, ValueError, EOFError):
            return None
        return pixels

    def put(self, key: Hashable, pixels: NDArray[Any]) -> None:
        """Keep an overview."""
        path = self._path(key)
        if path is None or pixels.nbytes > self.max_bytes:
            return
        temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.save(file, pixels, allow_pickle=False)
            temporary.replace(path)
            self._since_tidy += pixels.nbytes
            if self._since_tidy > self.max_bytes // _TIDY_SHARE:
                self._since_tidy = 0
                self._tidy()
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _path(self, key: Hashable) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.npy"

    def _tidy(self) -> None:
        assert self.folder is not None
        held = []
        for path in self.folder.glob("*.npy"):
            with contextlib.suppress(OSError):
                status = path.stat()
                held.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in held)
        for _, size, path in sorted(held):
            if total <= self.max_bytes:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size
