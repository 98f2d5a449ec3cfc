"""TIFF files through tifffile and imagecodecs: every compression they decode, ImageJ and OME hyperstacks.

Three ways to the pixels. Uncompressed rows are read where they lie (positioned reads rather than a memory
map: a file that another program cuts short while it is mapped would kill this one with SIGBUS). A window of a
compressed page decodes only the tiles or strips it touches. A whole compressed page is decoded by tifffile,
which uses several threads for it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from tuiqc.errors import InputError
from tuiqc.pixels.base import ImageFile, ImageInfo, Window, check_size
from tuiqc.pixels.tiff_layout import format_name, pixel_size_um, read_layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Without a handler Python prints a library's warnings on stderr, in the middle of the screen.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

Page = Any  # TiffPage or TiffFrame; they share what is used here


@contextmanager
def _damage_named(path: Path, doing: str) -> Iterator[None]:
    """Turn whatever a decoder raises on damaged bytes (there are dozens of types) into one message."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{doing} failed ({reason})", path=path, hint="the file is damaged or incomplete"
        ) from error


class TiffImage(ImageFile):
    """The first series of a TIFF file; further series and pyramid levels are left aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._fds: dict[str, int] = {}
        with _damage_named(path, "reading the TIFF header"):
            self._tif = tifffile.TiffFile(path)
            try:
                self._describe()
            except BaseException:
                self.close()
                raise

    def _describe(self) -> None:
        series = self._tif.series[0]
        page = series.keyframe
        self._layout = layout = read_layout(self._path, series)
        if page.dtype is None or page.dtype.kind not in "buif":
            raise InputError(f"pixels of type {page.dtype} are not supported", path=self._path)
        self._series, self._key = series, page
        self._stored = np.dtype(page.dtype).newbyteorder(self._tif.byteorder)
        self._series_offset = series.dataoffset
        self._raw = self._series_offset is not None or page.is_final
        self._segmented = page.imagedepth == 1 and page.jpegheader is None
        self._check_size(page)
        sizes = {a: layout.size(a) for a in "tczyx"}
        if "s" in layout.roles:
            sizes["s"] = 3
        self.info = ImageInfo(
            path=self._path,
            axes=layout.axes,
            sizes=sizes,
            dtype=self._stored.newbyteorder("="),
            pixel_size_um=pixel_size_um(self._tif),
            partial=self._raw or (self._segmented and len(page.dataoffsets) > 1),
            format=format_name(self._tif),
        )

    def _check_size(self, page: Page) -> None:
        there = self._tif.filehandle.size
        claimed = prod(page.shape) * self._stored.itemsize
        held = min(sum(page.databytecounts), there)
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

    def read(self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window)
        index = self._layout.index(t, z, c)
        with _damage_named(self._path, "decoding"):
            if 0 in region.shape:
                samples = (3,) if self.info.rgb else ()
                return np.zeros((*region.shape, *samples), self.info.dtype)
            if self._raw:
                return self._read_raw(index, region)
            page = self._page(index)
            self._check_segments(page)
            if self._segmented and region != Window.whole(self.info.shape):
                return self._read_segments(page, index, region)
            return self._select(page.asarray(lock=self._lock), index, region)

    def close(self) -> None:
        """See `ImageFile.close`."""
        with self._lock:
            self._tif.close()
            for fd in self._fds.values():
                os.close(fd)
            self._fds.clear()

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
        roles = self._layout.roles[-pixels.ndim :]
        cut: list[int | slice] = []
        for role, at in zip(roles, index[-pixels.ndim :], strict=True):
            if role == "y":
                cut.append(slice(region.y0, region.y1))
            elif role == "x":
                cut.append(slice(region.x0, region.x1))
            else:
                cut.append(slice(0, 3) if role == "s" else at)
        plane = pixels[tuple(cut)]
        if "s" in roles and roles.index("s") < roles.index("y"):
            plane = np.moveaxis(plane, 0, -1)
        return np.array(plane, dtype=self.info.dtype, order="C")

    def _read_raw(self, index: list[int], region: Window) -> NDArray[Any]:
        """Read the rows of an uncompressed plane (one after another for planar RGB)."""
        shape, roles = self._layout.shape, self._layout.roles
        y_at = roles.index("y")
        plane_size = prod(shape[y_at:])
        if self._series_offset is not None:
            owner, offset, first = self._path, self._series_offset, 0
        else:
            page = self._page(index)
            owner = Path(page.parent.filehandle.path)
            offset, first = page.dataoffsets[0], len(shape) - self._layout.in_page
        planes = []
        s_at = roles.index("s") if "s" in roles else y_at
        for sample in range(3 if s_at < y_at else 1):
            at = [sample if i == s_at and s_at < y_at else v for i, v in enumerate(index)]
            start = offset + _ravel(at[first:y_at], shape[first:y_at]) * plane_size * self._stored.itemsize
            planes.append(self._rows(owner, start, shape[y_at:], region))
        if s_at < y_at:
            return np.stack(planes, axis=-1)
        if planes[0].ndim == 3:
            samples: slice | int = slice(0, 3) if "s" in roles else index[-1]
            return np.ascontiguousarray(planes[0][..., samples])
        return planes[0]

    def _rows(self, owner: Path, start: int, shape: tuple[int, ...], region: Window) -> NDArray[Any]:
        """Read a region of the plane of `shape` (y, x) or (y, x, samples) that begins at byte `start`."""
        fd = self._fd(owner)
        row = prod(shape[1:]) * self._stored.itemsize
        self._check_there(start + region.y0 * row, (region.y1 - region.y0) * row, os.fstat(fd).st_size)
        narrow = region.shape[1] * 4 < shape[1] and row > 16_384
        if not narrow:
            pixels = np.empty((region.shape[0], *shape[1:]), self._stored)
            _fill(fd, pixels, start + region.y0 * row)
            pixels = pixels[:, region.x0 : region.x1]
        else:  # much less than the rows: skip what lies between
            pixels = np.empty((*region.shape, *shape[2:]), self._stored)
            left = start + region.x0 * (row // shape[1])
            for i, y in enumerate(range(region.y0, region.y1)):
                _fill(fd, pixels[i], left + y * row)
        return np.ascontiguousarray(pixels, dtype=self.info.dtype)

    def _check_segments(self, page: Page) -> None:
        # Else a damaged header makes millions of tiles that are not there, and minutes of filling them in.
        listed, needed = len(page.dataoffsets), prod(page.keyframe.chunked)
        if self._segmented and listed < needed:
            raise InputError(
                f"lists {listed:,} of the {needed:,} strips or tiles of a plane", path=self._path
            )
        there = page.parent.filehandle.size
        ends = (o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False) if n)
        self._check_there(max(ends, default=0), 0, there)

    def _read_segments(self, page: Page, index: list[int], region: Window) -> NDArray[Any]:
        """Decode the tiles or strips that touch the region."""
        key = page.keyframe
        high, wide = (key.tilelength, key.tilewidth) if key.is_tiled else (key.rowsperstrip, key.imagewidth)
        across = ceil(key.imagewidth / wide)
        per_plane = across * ceil(key.imagelength / high)
        planar = key.planarconfig == 2 and key.samplesperpixel > 1
        roles, rgb = self._layout.roles, self.info.rgb
        channel = index[roles.index("c")] if "c" in roles[-self._layout.in_page :] else 0
        wanted = ((0, 1, 2) if rgb else (channel,)) if planar else (0,)
        samples = slice(0, 3) if rgb else slice(channel, channel + 1)
        out = np.full((*region.shape, 3 if rgb else 1), key.nodata, self.info.dtype)
        fd = self._fd(Path(page.parent.filehandle.path))
        for layer in wanted:
            into = out[..., layer : layer + 1] if rgb and planar else out
            for down in range(region.y0 // high, (region.y1 - 1) // high + 1):
                for right in range(region.x0 // wide, (region.x1 - 1) // wide + 1):
                    segment = _decode(fd, page, layer * per_plane + down * across + right)
                    if segment is not None:
                        picked = segment if planar else segment[..., samples]
                        _paste(into, picked, region, down * high, right * wide)
        return out if rgb else out[..., 0]

    def _fd(self, path: Path) -> int:
        """Return a descriptor for positioned reads (an OME series may reach into neighbouring files)."""
        with self._lock:
            fd = self._fds.get(str(path))
            if fd is None:
                fd = self._fds[str(path)] = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
            return fd


def _ravel(index: list[int], shape: tuple[int, ...]) -> int:
    number = 0
    for i, n in zip(index, shape, strict=True):
        number = number * n + i
    return number


def _fill(fd: int, pixels: NDArray[Any], offset: int) -> None:
    """Fill a C-contiguous array from a position in a file; a short read goes on where it stopped."""
    view = memoryview(pixels.reshape(-1).view(np.uint8).data)
    done = 0
    while done < len(view):
        got = os.preadv(fd, [view[done:]], offset + done)
        if got == 0:
            raise EOFError(f"ends at byte {offset + done:,}")
        done += got


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
