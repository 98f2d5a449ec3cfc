"""TIFF files through tifffile and imagecodecs: every compression they decode, ImageJ and OME hyperstacks, pyramids."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tifffile

from tuiqc.budget import PLANES, Allowance, check_count
from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Level, Window
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.rawrows import READ_WORTH
from tuiqc.pixels.tiff_layout import channel_names, format_name, largest_series, pixel_size_um
from tuiqc.pixels.tiff_pages import Pages, image_pages, is_lossy, lettered
from tuiqc.pixels.tiff_series import Descriptors, SeriesPlanes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tifffile import TiffPageSeries

# Without a handler Python prints a library's warnings on stderr, in the middle of the screen.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_MANY_PAGES, _PAGES_ASKED, _MOST_KINDS = 1000, 100, 50
"""So many pages of whatever shapes are listed quickly enough; of more some are asked for theirs."""

_SAME_SHAPE = 0.05
"""Levels whose ratios to the full resolution differ by more than this between rows and columns are left aside."""


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


class _Handle(tifffile.FileHandle):  # type: ignore[misc]
    """A file handle of tifffile whose reads draw on an allowance, as long as there is one."""

    __slots__ = ("allowance",)
    allowance: Allowance | None

    def read(self, size: int = -1, /) -> bytes:
        """See `tifffile.FileHandle.read`."""
        if self.allowance is not None:
            self.allowance.take()
        data: bytes = super().read(size)
        return data


def _opened(path: Path) -> tuple[tifffile.TiffFile, _Handle]:
    """A file whose series can be asked for: what it claims was compared with what is plausible.

    Pages that are alike are listed in no time, however many; those of 20,000 shapes would take minutes.
    """
    handle = _Handle(path, "rb")
    handle.allowance = Allowance(path)
    tif = tifffile.TiffFile(handle)
    try:
        if tif.is_ome and tif.ome_metadata:
            check_count(path, largest_series(tif.ome_metadata), "planes", PLANES)
        if len(tif.pages) > _MANY_PAGES and not tif.is_uniform:
            places = range(0, len(tif.pages), len(tif.pages) // _PAGES_ASKED)
            kinds = {(tif.pages[place].shape, tif.pages[place].dtype) for place in places}
            check_count(path, len(kinds), "kinds of pages", _MOST_KINDS)
    except BaseException:
        tif.close()
        handle.close()
        raise
    return tif, handle


class TiffImage(ImageFile):
    """The image of a TIFF file (see `tiff_pages`) with its pyramid levels; other series are left aside.

    Levels are the SubIFDs of OME-TIFF and the smaller pages of a tiled pyramid, as tifffile groups them.
    """

    read_worth = READ_WORTH

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._files = Descriptors()
        with _damage_named(path, "reading the TIFF header"):
            self._tif, self._handle = _opened(path)
            try:
                self._describe()
                self._handle.allowance = None
            except BaseException:
                self.close()
                raise

    def _describe(self) -> None:
        reading = reading_of(self._path)
        pages = image_pages(self._tif, reading.series, reading.role == "mask")
        series = pages.series
        full = SeriesPlanes(self._path, self._tif, pages, self._lock, self._files)
        self._planes = [full]
        reduced = []
        for smaller in series.levels[1:]:
            found = self._level(smaller, full, reading.role == "mask")
            if found is not None:
                self._planes.append(found[0])
                reduced.append(found[1])
        sizes = {a: full.layout.size(a) for a in "tczyx"}
        if full.rgb:
            sizes["s"] = 3
        self.info = ImageInfo(
            path=self._path,
            axes=full.layout.axes,
            sizes=sizes,
            dtype=full.dtype,
            pixel_size_um=pixel_size_um(self._tif),
            partial=full.partial,
            format=format_name(self._tif),
            reduced=tuple(reduced),
            block=full.block,
            channel_names=channel_names(self._tif),
            axes_from=full.layout.source,
            note="; ".join(text for text in (pages.note, full.layout.note) if text),
            series=pages.names,
            lossy=is_lossy(series.keyframe),
            white_is_zero=full.white_is_zero,
            by_bands=True,
        )

    def _level(
        self, series: TiffPageSeries, full: SeriesPlanes, mask: bool
    ) -> tuple[SeriesPlanes, Level] | None:
        """A level of the pyramid; None for one that does not fit the full resolution, or is damaged."""
        try:
            pages = Pages(series, *lettered(series, mask))
            planes = SeriesPlanes(self._path, self._tif, pages, self._lock, self._files)
        except Exception:  # the full resolution is there: that is what counts
            return None
        ratios = [whole / part for whole, part in zip(full.shape, planes.shape, strict=True)]
        alike = planes.layout.axes == full.layout.axes and planes.dtype == full.dtype
        sizes = all(planes.layout.size(axis) == full.layout.size(axis) for axis in "tczs")
        if not (alike and sizes) or max(ratios) > min(ratios) * (1 + _SAME_SHAPE) or min(ratios) <= 1:
            return None
        return planes, Level(planes.shape, _scale(full.shape, planes.shape))

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        planes = self._planes[level]
        with _damage_named(self._path, "decoding"):
            return planes.read(planes.layout.index(t, z, c), region)

    def lines(
        self, starts: Sequence[int], count: int, *, t: int = 0, z: int = 0, c: int = 0
    ) -> NDArray[Any] | None:
        """See `ImageFile.lines`."""
        self.region(t, z, c, None)
        planes = self._planes[0]
        with _damage_named(self._path, "decoding"):
            return planes.lines(planes.layout.index(t, z, c), starts, count)

    def close(self) -> None:
        """See `ImageFile.close`."""
        with self._lock:
            self._tif.close()
            self._handle.close()
            self._files.close()


def _scale(full: tuple[int, int], part: tuple[int, int]) -> float:
    """Pixels per pixel of a level: a whole number where it is one but for the rounding of odd sizes.

    Halving 4001 rows gives 2000 or 2001, which is a scale of 2 all the same.
    """
    long = 0 if full[0] >= full[1] else 1
    ratio = full[long] / part[long]
    whole = round(ratio)
    rounding = all(abs(n - m * whole) <= whole for n, m in zip(full, part, strict=True))
    return float(whole) if rounding else ratio
