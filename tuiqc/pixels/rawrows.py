"""Positioned reads of uncompressed rows; not by a memory map, which kills the program when a file is cut short."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_WORTH = 2**15
"""In the time of one read so many bytes are copied from what the system keeps of a file."""


def fill(fd: int, pixels: NDArray[Any], offset: int) -> None:
    """Fill a C-contiguous array from a position in a file; a short read goes on where it stopped.

    Raises
    ------
    EOFError
        The file ends before.
    """
    _fill(fd, memoryview(pixels.reshape(-1).view(np.uint8).data), offset)


def read_lines(fd: int, pixels: NDArray[Any], offset: int, starts: Sequence[int]) -> None:
    """Fill `pixels` (runs, rows, columns, ...) with runs of rows that begin at `starts`, of a plane at `offset`.

    Raises
    ------
    EOFError
        The file ends before.
    """
    run = pixels[0].nbytes
    row = run // pixels.shape[1]
    view = memoryview(pixels.reshape(-1).view(np.uint8).data)
    for number, start in enumerate(starts):
        part = view[number * run : (number + 1) * run]
        if os.preadv(fd, [part], offset + start * row) != run:
            _fill(fd, part, offset + start * row)


def _fill(fd: int, view: memoryview, offset: int) -> None:
    done = 0
    while done < len(view):
        got = os.preadv(fd, [view[done:]], offset + done)
        if got == 0:
            raise EOFError(f"ends at byte {offset + done:,}")
        done += got
