"""The planes of one TIFF series: one resolution of an image.

Three ways to the pixels. Uncompressed rows are read where they lie (positioned reads rather than a memory
map: a file that another program cuts short while it is mapped would kill this one with SIGBUS). A window of a
compressed page decodes only the tiles or strips it touches. A whole compressed page is decoded by tifffile,
which uses several threads for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import ceil, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.budget import check_count
from tuiqc.errors import InputError
from tuiqc.pixels.image_file import Window, check_size
from tuiqc.pixels.rawrows import fill, read_lines
from tuiqc.pixels.tiff_layout import read_layout

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tifffile import TiffFile

    from tuiqc.pixels.tiff_pages import Pages

Page = Any  # TiffPage or TiffFrame; they share what is used here

_WHITE_IS_ZERO = 0
"""Photometric interpretation (tag 262) of files in which 0 is white."""

_MOST_ACROSS = 1 << 30
"""Bytes of a stack that is held whole, since its planes lie across its pages."""

_TOGETHER = 4
"""From so many tiles or strips on they are decoded in several threads."""


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="tuiqc-decode")


class Descriptors:
    """Descriptors for positioned reads, one per file: an OME series may reach into neighbouring files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}

    def descriptor(self, path: Path | str) -> int:
        """Return the descriptor of a file, opened when it is first asked for."""
        with self._lock:
            fd = self._held.get(str(path))
            if fd is None:
                fd = self._held[str(path)] = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            return fd

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for fd in self._held.values():
                os.close(fd)
            self._held.clear()


class SeriesPlanes:
    """Reads planes of a series.

    Attributes
    ----------
    layout
        Which axis is which.
    dtype
        Type of the pixels as they are returned (native byte order).
    shape
        Rows and columns of a plane.
    rgb
        Whether a plane has three samples.
    partial
        Whether a region is read without the rest of its plane.
    white_is_zero
        Whether 0 is white.
    block
        Rows and columns of what is decoded together, (1, 1) where nothing needs decoding.
    """

    def __init__(
        self, path: Path, tif: TiffFile, pages: Pages, lock: threading.RLock, files: Descriptors
    ) -> None:
        series = pages.series
        self._path, self._series, self._lock, self._files = path, series, lock, files
        page = series.keyframe
        self.layout = self._layout = read_layout(path, pages)
        if page.dtype is None or page.dtype.kind not in "buif":
            raise InputError(f"pixels of type {page.dtype} are not supported", path=path)
        self._stored = np.dtype(page.dtype).newbyteorder(tif.byteorder)
        self.dtype = self._stored.newbyteorder("=")
        self.shape = (self._layout.size("y"), self._layout.size("x"))
        self.rgb = "s" in self._layout.roles
        self._series_offset = series.dataoffset
        self._whole: NDArray[Any] | None = None
        self._in_order: set[tuple[str, Any]] = set()
        self._raw = (self._series_offset is not None or page.is_final) and self._layout.in_pages
        self.white_is_zero = page.photometric == _WHITE_IS_ZERO
        self._segmented = page.imagedepth == 1 and page.jpegheader is None and self._layout.in_pages
        self.partial = self._raw or (self._segmented and len(page.dataoffsets) > 1)
        self.block = self.shape
        if self._raw:
            self.block = (1, 1)
        elif self._segmented:
            self.block = (
                (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
            )
        self._check_size(page, tif.filehandle.size)

    def _check_size(self, page: Page, there: int) -> None:
        claimed = prod(page.shape) * self._stored.itemsize
        held = min(sum(page.databytecounts), there)
        if not self._layout.in_pages:
            claimed = prod(self._layout.shape) * self._stored.itemsize
            check_count(self._path, claimed, "bytes in planes that lie across pages", _MOST_ACROSS)
        check_size(self._path, claimed, there if self._raw else held)
        if self._raw:
            self._check_there(page.dataoffsets[0], claimed, there)

    def _check_there(self, offset: int, nbytes: int, there: int) -> None:
        if offset < 0 or offset + nbytes > there:
            raise InputError(
                f"is cut off: the pixels would end at byte {offset + nbytes:,} but the file has {there:,}",
                path=self._path,
                hint="copy or make it again",
            )

    def read(self, index: list[int], region: Window) -> NDArray[Any]:
        """Return a region that is inside the plane at `index`, one number per axis of the series (`Layout.index`).

        Raises
        ------
        InputError
            What is missing; damaged pixels raise whatever the decoder raises.
        """
        if 0 in region.shape:
            return np.zeros((*region.shape, *((3,) if self.rgb else ())), self.dtype)
        if not self._layout.in_pages:
            return self._read_across(index, region)
        if self._raw:
            return self._read_raw(index, region)
        page = self._page(index)
        self._check_segments(page)
        if self._segmented and region != Window.whole(self.shape):
            return self._read_segments(page, index, region)
        return self._select(page.asarray(lock=self._lock), index, region)

    def _page(self, index: list[int]) -> Page:
        lead = len(index) - self._layout.in_page
        number = _ravel(index[:lead], self._layout.shape[:lead])
        with self._lock:  # pages are parsed when they are first asked for
            page = self._series.pages[number] if number < len(self._series.pages) else None
        if page is None:
            raise InputError(f"the page of plane {number} is missing (or in another file)", path=self._path)
        return page

    def _select(self, pixels: NDArray[Any], index: list[int], region: Window) -> NDArray[Any]:
        """Take one plane and the region out of a page (axes as in the series), samples last."""
        inside = self._layout.in_page
        pixels = pixels.reshape(self._layout.shape[-inside:])
        roles = self._layout.roles[-inside:]
        cut: list[int | slice] = []
        for role, at in zip(roles, index[-inside:], strict=True):
            if role == "y":
                cut.append(slice(region.y0, region.y1))
            elif role == "x":
                cut.append(slice(region.x0, region.x1))
            else:
                cut.append(slice(0, 3) if role == "s" else at)
        plane = pixels[tuple(cut)]
        if "s" in roles and roles.index("s") < roles.index("y"):
            plane = np.moveaxis(plane, 0, -1)
        if plane.nbytes < pixels.nbytes:  # the rest of the page must not be held with it
            return np.array(plane, dtype=self.dtype, order="C")
        return np.ascontiguousarray(plane, dtype=self.dtype)

    def _read_across(self, index: list[int], region: Window) -> NDArray[Any]:
        """Take a plane out of all pages together: its rows lie in several of them."""
        with self._lock:
            if self._whole is None:
                self._whole = self._series.asarray().reshape(self._layout.shape)
        roles = self._layout.roles
        cuts = {"y": slice(region.y0, region.y1), "x": slice(region.x0, region.x1), "s": slice(0, 3)}
        plane = self._whole[tuple(cuts.get(role, at) for role, at in zip(roles, index, strict=True))]
        kept = [role for role in roles if role in cuts]
        plane = np.moveaxis(plane, [kept.index(role) for role in "yxs" if role in kept], range(plane.ndim))
        return np.array(plane, dtype=self.dtype, order="C")

    def _read_raw(self, index: list[int], region: Window) -> NDArray[Any]:
        """Read the rows of an uncompressed plane (one after another for planar RGB)."""
        shape, roles = self._layout.shape, self._layout.roles
        y_at = roles.index("y")
        owner, offset, first = self._owner(index)
        planes = []
        s_at = roles.index("s") if "s" in roles else y_at
        for sample in range(3 if s_at < y_at else 1):
            at = [sample if i == s_at and s_at < y_at else v for i, v in enumerate(index)]
            planes.append(self._rows(owner, self._start(offset, first, at), shape[y_at:], region))
        if s_at < y_at:
            return np.stack(planes, axis=-1)
        if planes[0].ndim == 3:
            samples: slice | int = slice(0, 3) if "s" in roles else index[-1]
            return np.ascontiguousarray(planes[0][..., samples])
        return planes[0]

    def _owner(self, index: list[int]) -> tuple[Path, int, int]:
        """The file that holds a plane, where its series or its page begins, and the first axis from there on."""
        if self._series_offset is not None:
            return self._path, self._series_offset, 0
        page = self._page(index)
        first = len(self._layout.shape) - self._layout.in_page
        return Path(page.parent.filehandle.path), page.dataoffsets[0], first

    def _start(self, offset: int, first: int, at: list[int]) -> int:
        """Byte at which the plane at an index begins."""
        shape, y_at = self._layout.shape, self._layout.roles.index("y")
        return offset + _ravel(at[first:y_at], shape[first:y_at]) * prod(shape[y_at:]) * self._stored.itemsize

    def lines(self, index: list[int], starts: Sequence[int], count: int) -> NDArray[Any] | None:
        """As `ImageFile.lines`, of the plane at `index`."""
        y_at = self._layout.roles.index("y")
        if not self._raw or self._layout.roles[y_at:] not in (("y", "x"), ("y", "x", "s")):
            return None
        owner, offset, first = self._owner(index)
        start = self._start(offset, first, index)
        fd = self._files.descriptor(owner)
        self._check_there(start, prod(self.shape) * self._stored.itemsize, os.fstat(fd).st_size)
        shape = self._layout.shape[y_at + 1 :]
        row = prod(shape) * self._stored.itemsize
        data = read_lines(fd, count * row, start, [y * row for y in starts])
        pixels: NDArray[Any] = np.frombuffer(data, self._stored).reshape(len(starts), count, *shape)
        if self.rgb:
            pixels = pixels[..., :3]
        return pixels.astype(self.dtype, copy=False)

    def _rows(self, owner: Path, start: int, shape: tuple[int, ...], region: Window) -> NDArray[Any]:
        """Read a region of the plane of `shape` (y, x) or (y, x, samples) that begins at byte `start`."""
        fd = self._files.descriptor(owner)
        row = prod(shape[1:]) * self._stored.itemsize
        self._check_there(start + region.y0 * row, (region.y1 - region.y0) * row, os.fstat(fd).st_size)
        narrow = region.shape[1] * 4 < shape[1] and row > 16_384
        if not narrow:
            pixels = np.empty((region.shape[0], *shape[1:]), self._stored)
            fill(fd, pixels, start + region.y0 * row)
            pixels = pixels[:, region.x0 : region.x1]
        else:  # much less than the rows: skip what lies between
            pixels = np.empty((*region.shape, *shape[2:]), self._stored)
            left = start + region.x0 * (row // shape[1])
            for i, y in enumerate(range(region.y0, region.y1)):
                fill(fd, pixels[i], left + y * row)
        return np.ascontiguousarray(pixels, dtype=self.dtype)

    def _check_segments(self, page: Page) -> None:
        place = (page.parent.filehandle.path, page.index)
        if place in self._in_order:
            return
        # Else a damaged header makes millions of tiles that are not there, and minutes of filling them in.
        listed, needed = len(page.dataoffsets), prod(page.keyframe.chunked)
        if self._segmented and listed < needed:
            raise InputError(
                f"lists {listed:,} of the {needed:,} strips or tiles of a plane", path=self._path
            )
        there = page.parent.filehandle.size
        pairs = zip(page.dataoffsets, page.databytecounts, strict=False)
        self._check_there(max((o + n for o, n in pairs if n), default=0), 0, there)
        self._in_order.add(place)

    def _one_strip(self, region: Window) -> int | None:
        """The number of the strip that a region is; None where it is none, or more. One need not be copied."""
        (high, wide), (rows, columns) = self.block, self.shape
        number = region.y0 // high
        strip = Window(number * high, min((number + 1) * high, rows), 0, columns)
        return number if wide == columns and region == strip else None

    def _read_segments(self, page: Page, index: list[int], region: Window) -> NDArray[Any]:
        """Decode the tiles or strips that touch the region."""
        key = page.keyframe
        high, wide = self.block
        across = ceil(key.imagewidth / wide)
        per_plane = across * ceil(key.imagelength / high)
        planar = key.planarconfig == 2 and key.samplesperpixel > 1
        roles, rgb = self._layout.roles, self.rgb
        channel = index[roles.index("c")] if "c" in roles[-self._layout.in_page :] else 0
        wanted = ((0, 1, 2) if rgb else (channel,)) if planar else (0,)
        samples = slice(0, 3) if rgb else slice(channel, channel + 1)
        fd = self._files.descriptor(
            page.parent.filehandle.path
        )  # a `Path` of it for each band would take time
        if not planar and (strip := self._one_strip(region)) is not None:
            segment = _decode(fd, page, strip)
            if segment is not None and segment.shape[:2] == region.shape:
                alone = segment[..., samples] if rgb else segment[..., channel]
                return np.ascontiguousarray(alone, dtype=self.dtype)
        out = np.full((*region.shape, 3 if rgb else 1), key.nodata, self.dtype)

        def paste(place: tuple[int, int, int]) -> None:
            layer, down, right = place
            into = out[..., layer : layer + 1] if rgb and planar else out
            segment = _decode(fd, page, layer * per_plane + down * across + right)
            if segment is not None:
                picked = segment if planar else segment[..., samples]
                _paste(into, picked, region, down * high, right * wide)

        downs = range(region.y0 // high, (region.y1 - 1) // high + 1)
        rights = range(region.x0 // wide, (region.x1 - 1) // wide + 1)
        places = [(layer, down, right) for layer in wanted for down in downs for right in rights]
        if len(places) < _TOGETHER:
            for place in places:
                paste(place)
        else:  # decoders let other threads run
            list(_threads().map(paste, places))
        return out if rgb else out[..., 0]


def _ravel(index: list[int], shape: tuple[int, ...]) -> int:
    number = 0
    for i, n in zip(index, shape, strict=True):
        number = number * n + i
    return number


def _decode(fd: int, page: Page, number: int) -> NDArray[Any] | None:
    """Decode one tile or strip to (rows, columns, samples); None where the file leaves it out (sparse)."""
    nbytes = page.databytecounts[number]
    if nbytes == 0:
        return None
    data = os.pread(fd, nbytes, page.dataoffsets[number])
    segment = page.keyframe.decode(data, number, jpegtables=page.jpegtables)[0]
    return None if segment is None else segment[0]


def _paste(out: NDArray[Any], segment: NDArray[Any], region: Window, top: int, left: int) -> None:
    """Copy the part of a segment at (top, left) of the plane that is inside the region."""
    part = Window(
        max(region.y0, top),
        min(region.y1, top + segment.shape[0]),
        max(region.x0, left),
        min(region.x1, left + segment.shape[1]),
    )
    if 0 in part.shape:
        return
    out[part.y0 - region.y0 : part.y1 - region.y0, part.x0 - region.x0 : part.x1 - region.x0] = segment[
        part.y0 - top : part.y1 - top, part.x0 - left : part.x1 - left
    ]
