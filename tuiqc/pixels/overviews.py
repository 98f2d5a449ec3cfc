"""Small versions of planes that have no pyramid, kept in a folder: making one means reading the whole file once."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache
from io import BytesIO
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.files.cache import DiskCache

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 2**30
"""Bound of a folder of overviews."""


class OverviewFolder:
    """A folder of overviews, the least recently used of which go when it is full (`tuiqc.files.cache`).

    Parameters
    ----------
    folder
        Made when the first is kept; None keeps none.
    max_bytes
        Bound of all files together.
    """

    def __init__(self, folder: Path | None, max_bytes: int = MAX_BYTES) -> None:
        self.folder = folder
        self._kept = DiskCache(folder, max_bytes, ".npy")

    def get(self, key: Hashable) -> NDArray[Any] | None:
        """The overview of this key, None if it is not there."""
        return self._kept.get(_name(key), _parsed)

    def put(self, key: Hashable, pixels: NDArray[Any]) -> None:
        """Keep an overview."""
        self._kept.put(_name(key), _file_header(pixels.dtype, pixels.shape) + pixels.tobytes())


def _name(key: Hashable) -> str:
    import hashlib

    return hashlib.sha256(repr(key).encode(errors="surrogateescape")).hexdigest()[:32]


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


_HEADER = re.compile(
    rb"\{'descr': '([<>|][a-z]\d+)', 'fortran_order': False, 'shape': \((\d*(?:, ?\d+)*),?\), \} *\n"
)


@lru_cache(maxsize=64)
def _header(text: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    found = _HEADER.fullmatch(text)
    if found is None:
        raise ValueError("not the header of an array as they are kept here")
    return np.dtype(found[1].decode()), tuple(int(count) for count in found[2].split(b",") if count)
