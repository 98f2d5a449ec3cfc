"""Looks at what an HDF5 file keeps of texts before the library does, which loops for ever when it is damaged."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from tuiqc.budget import check_count
from tuiqc.errors import InputError

SCANNED = 16 << 20
"""Larger files are not looked through: it would take as long as reading them."""

_BEGIN = b"GCOL\x01\0\0\0"
_OBJECT = struct.Struct("<HH4xQ")


def check_heaps(path: Path) -> None:
    """Go through the collections of the global heap as the library does.

    A free space of no bytes is what it takes step after step and never ends (H5HG.c; the format is in section III.E of
    the HDF5 file format specification).

    Raises
    ------
    InputError
        A collection is damaged.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if not 0 < size <= SCANNED:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start = data.find(_BEGIN)
            while start >= 0:
                _check_collection(path, data, start, size)
                start = data.find(_BEGIN, start + 8)


def _check_collection(path: Path, data: mmap.mmap, start: int, size: int) -> None:
    end = start + int.from_bytes(data[start + 8 : start + 16], "little")
    check_count(path, end, "bytes up to the end of its texts", size)
    at = start + 16
    while at + _OBJECT.size <= end:
        number, _, length = _OBJECT.unpack_from(data, at)
        step = length if number == 0 else _OBJECT.size + (length + 7) // 8 * 8
        if step < _OBJECT.size or at + step > end:
            raise InputError("is damaged: its texts overlap", path=path, hint="copy or make it again")
        at += step
