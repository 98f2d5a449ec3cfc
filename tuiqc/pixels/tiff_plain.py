"""The plainest of TIFF files by a look at its one directory: no library parses it in less than ten times that time.

A plain file holds one uncompressed plane of one sample, its strips one after another, and nothing that says more of
its axes. Overviews open thousands of them. All others, and all doubtful ones, are left to tifffile. Layout of
directories and numbers of tags: TIFF 6.0 (Adobe, 1992), part 1.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window
from tuiqc.pixels.rawrows import READ_WORTH, fill, read_lines
from tuiqc.pixels.tiff_layout import is_of_print

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION = 256, 257, 258, 259, 262, 270
_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _COUNTS, _UNIT, _FORMAT = 273, 277, 278, 279, 296, 339
_X_RESOLUTION, _Y_RESOLUTION = 282, 283
_PER_CENTIMETRE, _UM_PER_CENTIMETRE, _LARGEST_UM = 3, 10_000.0, 1000.0

_HARMLESS = {254, 255, 266, 274, 280, 281, 284, 305, 306, 315, 316, 317, 33432}
"""Tags that may be there and change nothing while they hold 1, or text: 317 is the predictor, 284 planes, 266 bits."""

_ONE = {255, 266, 274, 284, 317}
_CODES = {1: "B", 3: "H", 4: "I"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}
_KINDS = {1: "u", 2: "i", 3: "f"}
_HEAD = 4096
_MOST_STRIPS = 1 << 16

T = TypeVar("T")


class PlainTiff(ImageFile):
    """A plain TIFF; made by `open_plain`."""

    read_worth = READ_WORTH

    def __init__(self, fd: int, info: ImageInfo, stored: np.dtype[Any], offset: int) -> None:
        self._fd, self.info, self._stored, self._offset = fd, info, stored, offset

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        pixels = np.empty((region.shape[0], self.info.shape[1]), self._stored)
        self._checked(
            lambda: fill(self._fd, pixels, self._offset + region.y0 * pixels.shape[1] * pixels.itemsize)
        )
        return np.ascontiguousarray(pixels[:, region.x0 : region.x1], dtype=self.info.dtype)

    def lines(
        self, starts: Sequence[int], count: int, *, t: int = 0, z: int = 0, c: int = 0
    ) -> NDArray[Any] | None:
        """See `ImageFile.lines`."""
        self.region(t, z, c, None)
        wide = self.info.shape[1]
        row = wide * self._stored.itemsize
        data = self._checked(
            lambda: read_lines(self._fd, count * row, self._offset, [y * row for y in starts])
        )
        lines: NDArray[Any] = np.frombuffer(data, self._stored).reshape(len(starts), count, wide)
        return lines.astype(self.info.dtype, copy=False)

    def _checked(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (OSError, EOFError) as error:
            raise InputError(f"decoding failed ({error})", path=self.info.path) from error

    def close(self) -> None:
        """See `ImageFile.close`."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def open_plain(path: Path) -> PlainTiff | None:
    """Open a plain TIFF; None for any other file, and for one that can't be read: tifffile then says why."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return None
    try:
        found = _parse(fd, path)
    except (OSError, EOFError, struct.error, ValueError, LookupError, TypeError, ZeroDivisionError):
        found = None
    if found is None:
        os.close(fd)
        return None
    return PlainTiff(fd, *found)


def _parse(fd: int, path: Path) -> tuple[ImageInfo, np.dtype[Any], int] | None:
    head = os.pread(fd, _HEAD, 0)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None:
        return None
    tags = _directory(fd, head, order)
    if tags is None:
        return None
    height, width = tags[_LENGTH][0], tags[_WIDTH][0]
    stored = np.dtype(f"{order}{_KINDS[tags.get(_FORMAT, (1,))[0]]}{tags.get(_BITS, (1,))[0] // 8}")
    plain = (
        tags.get(_BITS) in ((8,), (16,), (32,))
        and stored.itemsize * 8 == tags[_BITS][0]
        and stored.str[1:] not in ("f1", "f2")
        and tags.get(_COMPRESSION, (1,)) == (1,)
        and tags.get(_SAMPLES, (1,)) == (1,)
        and tags.get(_PHOTOMETRIC) in ((0,), (1,))
        and min(height, width) > 1
        and all(tags[tag] == (1,) for tag in _ONE if tag in tags)
        and _says_nothing(tags.get(_DESCRIPTION, ""), height, width)
    )
    offset = tags[_OFFSETS][0]
    if not plain or not _together(tags, height, width * stored.itemsize):
        return None
    if offset + height * width * stored.itemsize > os.fstat(fd).st_size:
        return None
    sizes = {"t": 1, "c": 1, "z": 1, "y": height, "x": width}
    size = _pixel_size(tags)
    info = ImageInfo(
        path, "yx", sizes, stored.newbyteorder("="), size, True, "TIFF", (), (1, 1), by_bands=True
    )
    if tags[_PHOTOMETRIC] == (0,):
        info = replace(info, white_is_zero=True)
    return info, stored, offset


def _directory(fd: int, head: bytes, order: str) -> dict[int, Any] | None:
    """The tags of a file with one directory, all of which are known here."""
    (at,) = struct.unpack_from(order + "I", head, 4)
    (count,) = struct.unpack(order + "H", _bytes(fd, head, at, 2))
    entries = _bytes(fd, head, at + 2, 12 * count + 4)
    if struct.unpack_from(order + "I", entries, 12 * count) != (0,):
        return None
    tags: dict[int, Any] = {}
    for number in range(count):
        tag, kind, length = struct.unpack_from(order + "HHI", entries, 12 * number)
        if tag < _WIDTH - 2 or (tag > _FORMAT and tag not in _HARMLESS) or kind not in _SIZES:
            return None
        known = tag in _HARMLESS or tag in (
            *(_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION, _OFFSETS, _SAMPLES),
            *(_ROWS_PER_STRIP, _COUNTS, _UNIT, _FORMAT, _X_RESOLUTION, _Y_RESOLUTION),
        )
        if not known or length > _MOST_STRIPS:
            return None
        nbytes = _SIZES[kind] * length
        data = entries[12 * number + 8 : 12 * number + 8 + nbytes]
        if nbytes > 4:
            (place,) = struct.unpack_from(order + "I", entries, 12 * number + 8)
            data = _bytes(fd, head, place, nbytes)
        if kind == 2:
            tags[tag] = data.split(b"\0")[0].decode("utf-8", "replace")
        elif kind == 5:
            tags[tag] = struct.unpack(f"{order}{2 * length}I", data)
        else:
            tags[tag] = struct.unpack(f"{order}{length}{_CODES[kind]}", data)
    return tags


def _bytes(fd: int, head: bytes, at: int, count: int) -> bytes:
    data = head[at : at + count] if at + count <= len(head) else os.pread(fd, count, at)
    if len(data) < count:
        raise EOFError
    return data


def _together(tags: dict[int, Any], height: int, row: int) -> bool:
    """Whether the strips lie one after another and hold the plane."""
    offsets, counts = tags[_OFFSETS], tags[_COUNTS]
    rows = min(tags.get(_ROWS_PER_STRIP, (height,))[0], height)
    if rows < 1 or len(offsets) != len(counts) or len(offsets) != -(-height // rows):
        return False
    if offsets[0] <= 0 or sum(counts) != height * row:
        return False
    return all(map(eq, accumulate(counts, initial=offsets[0]), offsets))


def _says_nothing(description: str, height: int, width: int) -> bool:
    """Whether the description tells of no axes: none, or the shape that tifffile writes."""
    if not description:
        return True
    return re.fullmatch(rf'\{{"shape": \[{height}, {width}\]\}}', description) is not None


def _pixel_size(tags: dict[int, Any]) -> tuple[float, float] | None:
    """As `tiff_layout.pixel_size_um`."""
    x, y = tags.get(_X_RESOLUTION), tags.get(_Y_RESOLUTION)
    if tags.get(_UNIT) != (_PER_CENTIMETRE,) or x is None or y is None or 0 in (*x, *y):
        return None
    if is_of_print(x[0] / x[1]):
        return None
    size = _UM_PER_CENTIMETRE * y[1] / y[0], _UM_PER_CENTIMETRE * x[1] / x[0]
    return size if max(size) < _LARGEST_UM else None
