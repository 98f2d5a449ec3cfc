"""A TIFF written again with other labels: a copy of its bytes in which only changed strips and tiles are new.

So everything else stays: directories and their order, pyramids, descriptions of each page in whatever encoding,
palettes, private tags. A strip or tile that got smaller takes the place of the old one; one that got larger is put at
the end.
"""

from __future__ import annotations

import shutil
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.exporters.eraser import Eraser, times_of_planes
from tuiqc.pixels import ImageInfo
from tuiqc.pixels.tiff_pages import image_pages

_OFFSETS, _COUNTS = (273, 324), (279, 325)
"""Tags of strips and tiles."""
_PACKBITS = 32773
_UNCHANGED = 1  # of the tag Predictor, and of Compression


def copy_tiff(source: Path, target: Path, erase: Eraser, info: ImageInfo) -> None:
    """Write `source` to `target` without the labels that `erase` takes out, and read it back.

    Raises
    ------
    InputError
        If its pages can't be matched with time points, lie in other files, or can't be encoded again as they were.
    """
    import tifffile

    shutil.copyfile(source, target)
    with tifffile.TiffFile(target, mode="r+") as tiff:
        if image_pages(tiff, mask=True).series is not tiff.series[0]:
            raise InputError(
                "its labels are not in the first series of the file, which alone can be written again",
                path=source,
                expected="a mask in a file of its own",
            )
        shared = Counter(offset for page in _all_pages(tiff) for offset in page.dataoffsets)
        for level in tiff.series[0].levels:
            if _is_contiguous(level):
                _erase_contiguous(tiff, level, erase, info, source)
            else:
                for page, t in _timed_pages(level, info, source):
                    _erase_page(tiff, page, t, erase, shared, source)
    _compare(source, target, erase, info)


def _all_pages(tiff: Any) -> list[Any]:
    return [
        page for series in tiff.series for level in series.levels for page in level.pages if page is not None
    ]


def _is_contiguous(level: Any) -> bool:
    """Whether all planes lie one after another without encoding; ImageJ may describe more than it has pages for."""
    return level.dataoffset is not None and level.keyframe.is_final


def _timed_pages(level: Any, info: ImageInfo, source: Path) -> list[tuple[Any, int]]:
    pages = list(level.pages)
    times = times_of_planes(info, len(pages))
    if times is None:
        raise InputError(
            f"it is not clear which of its {len(pages)} pages belong to which time point",
            path=source,
            expected=f"{info.sizes['t']} time points (axes {info.axes})",
        )
    return [(page, t) for page, t in zip(pages, times, strict=True) if page is not None]


def _planes(level: Any) -> tuple[int, tuple[int, ...]]:
    """How many planes a series has, and the shape of one."""
    shape = level.keyframe.shape
    return prod(level.shape) // prod(shape), shape


def _erase_contiguous(tiff: Any, level: Any, erase: Eraser, info: ImageInfo, source: Path) -> None:
    count, shape = _planes(level)
    times = times_of_planes(info, count)
    if times is None:
        raise InputError("it is not clear which plane belongs to which time point", path=source)
    stored = np.dtype(level.dtype).newbyteorder(tiff.byteorder)
    size = prod(shape) * stored.itemsize
    for number, t in enumerate(times):
        tiff.filehandle.seek(level.dataoffset + number * size)
        before = np.frombuffer(tiff.filehandle.read(size), stored)
        after = erase(before, t)
        if after is not before:
            tiff.filehandle.seek(level.dataoffset + number * size)
            tiff.filehandle.write(after.astype(stored).tobytes())


def _erase_page(tiff: Any, page: Any, t: int, erase: Eraser, shared: Counter[int], source: Path) -> None:
    if page.parent.filehandle is not tiff.filehandle:
        raise InputError("some of its planes are in other files", path=source)
    page = page.aspage()
    offsets, counts = list(page.dataoffsets), list(page.databytecounts)
    changed = False
    for number, (offset, size) in enumerate(zip(offsets, counts, strict=True)):
        if not size:  # left out of the file: all background
            continue
        tiff.filehandle.seek(offset)
        data = tiff.filehandle.read(size)
        before = _decoded(page, data, number)
        after = erase(before, t)
        if after is before:
            continue
        encoded = _encoded(page, after.astype(before.dtype, copy=False), tiff.byteorder, source)
        if not np.array_equal(_decoded(page, encoded, number), after):
            raise InputError(
                f"its compression ({_name(page.compression)}) would change the labels", path=source
            )
        if len(encoded) > size or shared[offset] > 1:
            tiff.filehandle.seek(0, 2)
            tiff.filehandle.write(b"\0" * (tiff.filehandle.tell() % 2))
            offset = tiff.filehandle.tell()
        tiff.filehandle.seek(offset)
        tiff.filehandle.write(encoded)
        offsets[number], counts[number], changed = offset, len(encoded), True
    if changed:
        _write_tag(page, _OFFSETS, offsets)
        _write_tag(page, _COUNTS, counts)


def _write_tag(page: Any, codes: tuple[int, int], values: list[int]) -> None:
    tag = next(page.tags[code] for code in codes if code in page.tags)
    old = tag.value if isinstance(tag.value, tuple) else (tag.value,)
    if list(old) == values:
        return
    small = max(values) < 1 << 16
    wide = tag.dtype if tag.dtype != 3 or small else (16 if page.parent.is_bigtiff else 4)
    tag.overwrite(values[0] if len(values) == 1 else tuple(values), dtype=wide)


def _decoded(page: Any, data: bytes, number: int) -> np.ndarray[Any, Any]:
    """A strip or tile (whole, padding too) as (depth, rows, columns, samples)."""
    segment = page.decode(data, number, jpegtables=page.jpegtables, _fullsize=page.is_tiled)[0]
    decoded: np.ndarray[Any, Any] = segment
    return decoded


def _encoded(page: Any, segment: np.ndarray[Any, Any], byteorder: str, source: Path) -> bytes:
    import imagecodecs
    from tifffile import TIFF

    if segment.dtype.itemsize * 8 != page.bitspersample and segment.dtype.kind != "f":
        raise InputError(f"its pixels of {page.bitspersample} bits can't be written again", path=source)
    stored: Any = np.ascontiguousarray(segment.astype(segment.dtype.newbyteorder(byteorder)))
    if page.predictor != _UNCHANGED:
        stored = TIFF.PREDICTORS[page.predictor](stored, axis=-2)
    if page.compression == _UNCHANGED:
        encoded = stored.tobytes()
    else:
        options = {"axis": -2} if page.compression == _PACKBITS else {}
        # Codecs of images take no depth, and no axis of a single sample.
        image = page.compression in TIFF.IMAGE_COMPRESSIONS
        stored = (
            np.squeeze(stored, axis=tuple(a for a in (0, 3) if stored.shape[a] == 1)) if image else stored
        )
        encoded = bytes(TIFF.COMPRESSORS[page.compression](stored, **options))
    return bytes(imagecodecs.bitorder_encode(encoded)) if page.fillorder == 2 else encoded


def _name(compression: Any) -> str:
    return str(getattr(compression, "name", compression))


def _compare(source: Path, target: Path, erase: Eraser, info: ImageInfo) -> None:
    """Read both files from the disk and hold every page of every level against the other."""
    import tifffile

    with tifffile.TiffFile(source) as before, tifffile.TiffFile(target) as after:
        old, new = before.series[0].levels, after.series[0].levels
        if [(level.shape, level.dtype, level.axes) for level in old] != [
            (level.shape, level.dtype, level.axes) for level in new
        ]:
            raise InputError("could not be written again: its layout changed", path=source)
        for one, other in zip(old, new, strict=True):
            if _is_contiguous(one):
                count, shape = _planes(one)
                times = times_of_planes(info, count) or []
                planes = [level.asarray().reshape(count, *shape) for level in (one, other)]
                pairs = zip(*planes, times, strict=True)
            else:
                pages = (page.asarray() for page, _ in _timed_pages(one, info, source))
                others = (page.asarray() for page, _ in _timed_pages(other, info, source))
                pairs = zip(pages, others, (t for _, t in _timed_pages(one, info, source)), strict=True)
            if not all(np.array_equal(erase.expected(was, t), now) for was, now, t in pairs):
                raise InputError("could not be written again: other labels were read back", path=source)
