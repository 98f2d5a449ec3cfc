"""Small versions of planes that have no pyramid, kept in a folder: making one means reading the whole file once."""

from __future__ import annotations

import contextlib
import hashlib
import os
from ast import literal_eval
from collections.abc import Hashable
from functools import lru_cache
from io import BytesIO
from math import prod
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
            pixels = _parsed(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError, EOFError, SyntaxError):
            return None
        return pixels

    def put(self, key: Hashable, pixels: NDArray[Any]) -> None:
        """Keep an overview."""
        path = self._path(key)
        if path is None or pixels.nbytes > self.max_bytes:
            return
        data = _file_header(pixels.dtype, pixels.shape) + pixels.tobytes()
        try:
            try:
                path.write_bytes(data)  # one that is cut short is found out by its size
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            self._since_tidy += pixels.nbytes
            if self._since_tidy > self.max_bytes // _TIDY_SHARE:
                self._since_tidy = 0
                self._tidy()
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()

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


def _parsed(data: bytes) -> NDArray[Any]:
    """As `numpy.load`, which parses the same header anew for every file; version 1.0 of its format."""
    if data[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError("not a NumPy file of version 1.0")
    start = 10 + int.from_bytes(data[8:10], "little")
    dtype, shape = _header(data[10:start])
    if len(data) - start != dtype.itemsize * prod(shape):
        raise ValueError("was not written to its end, or is being written")
    pixels: NDArray[Any] = np.frombuffer(data, dtype, offset=start)
    return pixels.reshape(shape)


@lru_cache(maxsize=64)
def _file_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    file = BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, described)
    return file.getvalue()


@lru_cache(maxsize=64)
def _header(text: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    found = literal_eval(text.decode("latin1"))
    if not isinstance(found, dict) or found.get("fortran_order") or "O" in str(found.get("descr")):
        raise ValueError("not an array as they are kept here")
    return np.dtype(found["descr"]), tuple(found["shape"])
