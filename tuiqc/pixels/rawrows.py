"""Positioned reads of uncompressed rows; not by a memory map, which kills the program when a file is cut short."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_WORTH = 2**15
"""In the time of one read so many bytes are copied from what the system keeps of a file."""


_WORTH_ASKING = 2**18
"""In the time in which a disk finds a place it reads so many bytes."""


def fill(fd: int, pixels: NDArray[Any], offset: int) -> None:
    """Fill a C-contiguous array from a position in a file; a short read goes on where it stopped.

    Raises
    ------
    EOFError
        The file ends before.
    """
    _fill(fd, memoryview(pixels.reshape(-1).view(np.uint8).data), offset)


def read_lines(fd: int, run: int, offset: int, places: Sequence[int]) -> bytes:
    """Read runs of `run` bytes that begin at `places` behind `offset`, one behind the other.

    Raises
    ------
    EOFError
        The file ends before.
    """
    if not places:
        return b""
    stretch = places[-1] + run - places[0]
    if stretch < len(places) * _WORTH_ASKING:
        _ask_for(fd, offset + places[0], stretch)
    read = os.pread
    lines = b"".join([read(fd, run, offset + place) for place in places])
    if len(lines) != run * len(places):  # never seen where the file goes on: a read of a file gives all of it
        raise EOFError(f"ends before byte {offset + places[-1] + run:,}")
    return lines


def _ask_for(fd: int, start: int, count: int) -> None:
    """Have the system read a stretch of a file ahead, unless it holds it already.

    Row by row from a disk takes three times as long as all of it in one go; from memory, half as long.
    """
    nowait = getattr(os, "RWF_NOWAIT", 0)
    if not nowait or not hasattr(os, "posix_fadvise"):
        return
    with contextlib.suppress(OSError):
        try:
            if os.preadv(fd, [bytearray(1)], start + count // 2, nowait) == 1:
                return
        except OSError:
            pass
        os.posix_fadvise(fd, start, count, os.POSIX_FADV_WILLNEED)


def _fill(fd: int, view: memoryview, offset: int) -> None:
    done = 0
    while done < len(view):
        got = os.preadv(fd, [view[done:]], offset + done)
        if got == 0:
            raise EOFError(f"ends at byte {offset + done:,}")
        done += got
