"""A TIFF written again with other labels: a copy of its bytes in which only changed strips and tiles are new.

So everything else stays: directories and their order, pyramids, descriptions of each page in whatever encoding,
palettes, private tags. A strip or tile that got smaller takes the place of the old one; one that got larger is put at
the end.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.exporters.eraser import MaskInFile
from tuiqc.pixels.reduce import CHUNK_BYTES
from tuiqc.pixels.tiff_layout import Layout, read_layout
from tuiqc.pixels.tiff_pages import image_pages, lettered, stacked

_OFFSETS, _COUNTS = (273, 324), (279, 325)
"""Tags of strips and tiles."""
_PACKBITS = 32773
_UNCHANGED = 1  # of the tag Predictor, and of Compression


def copy_tiff(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Write `source` to `target` without the labels that are taken out of its masks, in every level of a pyramid.

    Raises
    ------
    InputError
        If pages lie in other files, can't be encoded again as they were, or a level has another layout.
    """
    import tifffile

    shutil.copyfile(source, target)
    for mask in masks:  # opened anew for each: the last one may have moved strips
        with tifffile.TiffFile(target, mode="r+") as tiff:
            shared = Counter(offset for page in _all_pages(tiff) for offset in page.dataoffsets)
            for series, layout in _levels(tiff, source, mask):
                if _is_contiguous(series):
                    _erase_contiguous(tiff, series, layout, mask)
                else:
                    for page, at in _placed_pages(series, layout):
                        if mask.concerns(at):
                            _erase_page(tiff, page, layout, at, mask, shared, source)


def _all_pages(tiff: Any) -> list[Any]:
    return [
        page for series in tiff.series for level in series.levels for page in level.pages if page is not None
    ]


def _levels(tiff: Any, source: Path, mask: MaskInFile) -> Iterator[tuple[Any, Layout]]:
    """The pages of a mask at every resolution, and which axis of them is which."""
    is_mask = mask.reading.role == "mask"
    found = image_pages(tiff, mask.reading.series, is_mask)
    full = read_layout(mask.path(source), found)
    yield found.series, full
    for level in (*found.series.levels[1:], *_levels_of_pages(tiff, found.series)):
        yield level, _layout_like(full, level, lettered(level, is_mask)[1], source)


def _levels_of_pages(tiff: Any, series: Any) -> list[Any]:
    """The smaller copies below each page of a stack that was put together from pages."""
    if any(series is one for one in tiff.series):
        return []  # these know their levels
    below = [
        list(page.aspage().pages or ()) if page.aspage().subifds else [] for page in series.pages if page
    ]
    return [stacked(tiff, [pages[k] for pages in below]) for k in range(min(map(len, below), default=0))]


def _layout_like(full: Layout, level: Any, shape: tuple[int, ...], source: Path) -> Layout:
    """The layout of a smaller copy: the axes of the full resolution with its own rows and columns."""
    own = dict(zip(reversed(full.roles), reversed(shape), strict=False))
    sizes = tuple(
        own.get(role, n) if role in "yx" and role else n
        for role, n in zip(full.roles, full.shape, strict=True)
    )
    if prod(sizes) != prod(level.shape):
        raise InputError(
            f"has a smaller copy of shape {level.shape}, which can't be written again", path=source
        )
    page = level.keyframe
    inside = sum(n > 1 or letter in "YX" for n, letter in zip(page.shape, page.axes, strict=True))
    return Layout(full.roles, sizes, inside)


def _is_contiguous(series: Any) -> bool:
    """Whether all planes lie one after another without encoding; ImageJ may describe more than it has pages for."""
    return series.dataoffset is not None and series.keyframe.is_final


def _placed_pages(series: Any, layout: Layout) -> Iterator[tuple[Any, dict[str, int]]]:
    """Each page that is there, and where it is along the axes that lead to it."""
    lead = layout.shape[: len(layout.shape) - layout.in_page]
    for page, index in zip(series.pages, np.ndindex(*lead), strict=False):
        if page is not None:
            yield page, dict(zip(layout.roles, index, strict=False))


def _erase_contiguous(tiff: Any, series: Any, layout: Layout, mask: MaskInFile) -> None:
    """Erase in planes that lie one after another, a bounded number of rows at a time."""
    stored = np.dtype(series.dtype).newbyteorder(tiff.byteorder)
    first = min(layout.roles.index("y"), layout.roles.index("x"))
    inner, roles = layout.shape[first:], layout.roles[first:]
    row = prod(inner[1:]) * stored.itemsize
    most = max(1, CHUNK_BYTES // max(row, 1))
    for number, lead in enumerate(np.ndindex(*layout.shape[:first])):
        at = dict(zip(layout.roles, lead, strict=False))
        if not mask.concerns(at):
            continue
        for start in range(0, inner[0], most):
            count = min(most, inner[0] - start)
            place = series.dataoffset + (number * inner[0] + start) * row
            tiff.filehandle.seek(place)
            before = np.frombuffer(tiff.filehandle.read(count * row), stored).reshape(count, *inner[1:])
            after = mask.erased(before, roles, (start, *(0 for _ in inner[1:])), at)
            if after is not before:
                tiff.filehandle.seek(place)
                tiff.filehandle.write(after.astype(stored, copy=False).tobytes())


def _erase_page(
    tiff: Any,
    page: Any,
    layout: Layout,
    at: Mapping[str, int],
    mask: MaskInFile,
    shared: Counter[int],
    source: Path,
) -> None:
    if page.parent.filehandle is not tiff.filehandle:
        raise InputError("some of its planes are in other files", path=source)
    page = page.aspage()
    roles = _roles_in_page(page, layout)
    offsets, counts = list(page.dataoffsets), list(page.databytecounts)
    changed = False
    for number, (offset, size) in enumerate(zip(offsets, counts, strict=True)):
        if not size:  # left out of the file: all background
            continue
        tiff.filehandle.seek(offset)
        before, first = _decoded(page, tiff.filehandle.read(size), number)
        sample = {roles["S"]: first[0]} if page.planarconfig == 2 and "S" in roles else {}
        axes = [roles.get(letter, "z") for letter in "ZYX"] + ["z" if sample else roles.get("S", "z")]
        after = mask.erased(before, axes, first[1:], {**at, **sample})
        if after is before:
            continue
        encoded = _encoded(page, after.astype(before.dtype, copy=False), tiff.byteorder, source)
        if not np.array_equal(_decoded(page, encoded, number)[0], after):
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


def _roles_in_page(page: Any, layout: Layout) -> dict[str, str]:
    """What the axes of a page (Z, Y, X, S of TIFF) are; those of one element are left out."""
    letters = [letter for n, letter in zip(page.shape, page.axes, strict=True) if n > 1 or letter in "YX"]
    return dict(zip(letters, layout.roles[-len(letters) :], strict=True))


def _write_tag(page: Any, codes: tuple[int, int], values: list[int]) -> None:
    tag = next(page.tags[code] for code in codes if code in page.tags)
    old = tag.value if isinstance(tag.value, tuple) else (tag.value,)
    if list(old) == values:
        return
    small = max(values) < 1 << 16
    wide = tag.dtype if tag.dtype != 3 or small else (16 if page.parent.is_bigtiff else 4)
    tag.overwrite(values[0] if len(values) == 1 else tuple(values), dtype=wide)


def _decoded(page: Any, data: bytes, number: int) -> tuple[np.ndarray[Any, Any], tuple[int, ...]]:
    """A strip or tile (whole, padding too) as (depth, rows, columns, samples), and where it begins in the page.

    That is its separate sample, depth, row, column and sample.
    """
    segment, first, _ = page.decode(data, number, jpegtables=page.jpegtables, _fullsize=page.is_tiled)
    return segment, first


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
