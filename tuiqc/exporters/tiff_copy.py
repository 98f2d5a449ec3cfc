"""A TIFF written again page by page with other pixels: the same layout, compression and metadata."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.errors import InputError

Change = Callable[[np.ndarray, int], np.ndarray]
"""Given the pixels of a page and its time point (from 0); returns pixels of the same shape and type."""

# Tags that say nothing about the layout of the pixels and are copied as they are: DocumentName, Make, Model,
# PageName, DateTime, Artist, HostComputer, Copyright, ImageJ's two, and private ones.
_KEPT_TAGS = frozenset({269, 271, 272, 285, 306, 315, 316, 33432, 50838, 50839})
_FIRST_PRIVATE = 65000


def copy_tiff(source: Path, target: Path, change: Change) -> None:
    """Write `source` to `target` with every page changed.

    Kept: byte order, BigTIFF, data type, photometric interpretation, palette, tiles or strips, compression with
    its predictor, resolution, description (OME-XML and ImageJ's too) and other descriptive tags.

    Raises
    ------
    InputError
        If the file has a resolution pyramid: its levels would not fit the new pixels.
    """
    import tifffile

    with tifffile.TiffFile(source) as tiff:
        series = tiff.series[0]
        if len(series.levels) > 1 or any(page.subifds for page in tiff.pages if hasattr(page, "subifds")):
            raise InputError("has a resolution pyramid, which can't be written again", path=source)
        if len(tiff.pages) < _planes(series):
            _copy_contiguous(tiff, series, target, change)
            return
        times = _times(series)
        with tifffile.TiffWriter(target, bigtiff=tiff.is_bigtiff, byteorder=tiff.byteorder) as writer:
            for number in range(len(tiff.pages)):
                page: Any = tiff.pages[number].aspage()
                plane = page.asarray()
                changed = change(plane, times.get(number, 0))
                writer.write(changed, contiguous=False, metadata=None, **_layout(page))


def _planes(series: Any) -> int:
    """Pages that the series needs; ImageJ may describe more than it has."""
    page = series.keyframe
    return round(float(np.prod(series.shape)) / max(1.0, float(np.prod(page.shape))))


def _times(series: Any) -> dict[int, int]:
    """Page number -> time point."""
    axes, shape = series.axes, series.shape
    if "T" not in axes:
        return {}
    page_axes = series.keyframe.axes
    leading = axes[: len(axes) - len(page_axes)] if axes.endswith(page_axes) else axes[: axes.index("Y")]
    if "T" not in leading:
        return {}
    sizes = shape[: len(leading)]
    times = np.unravel_index(np.arange(int(np.prod(sizes))), sizes)[leading.index("T")]
    pages = [page.index if page is not None else None for page in series.pages]
    return {page: int(t) for page, t in zip(pages, times, strict=False) if page is not None}


def _layout(page: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "photometric": page.photometric,
        "compression": page.compression if page.compression != 1 else None,
        "description": page.description or None,
        "software": page.software or False,
        "extratags": _extra_tags(page),
        "subfiletype": page.subfiletype,
    }
    if page.predictor != 1:
        options["predictor"] = page.predictor
    if page.is_tiled:
        options["tile"] = (page.tilelength, page.tilewidth)
    elif page.rowsperstrip:
        options["rowsperstrip"] = min(page.rowsperstrip, page.imagelength)
    if page.colormap is not None:
        options["colormap"] = page.colormap
    if "XResolution" in page.tags and "YResolution" in page.tags:
        options["resolution"] = (page.tags["XResolution"].value, page.tags["YResolution"].value)
        options["resolutionunit"] = page.resolutionunit
    return options


def _extra_tags(page: Any) -> list[tuple[int, int, int, Any, bool]]:
    return [
        (tag.code, int(tag.dtype), tag.count, tag.value, True)
        for tag in page.tags
        if tag.code in _KEPT_TAGS or tag.code >= _FIRST_PRIVATE
    ]


def _copy_contiguous(tiff: Any, series: Any, target: Path, change: Change) -> None:
    """An ImageJ stack with one page entry for all its planes (as those above 4 GB have)."""
    import tifffile

    data = series.asarray()
    if "T" in series.axes:
        axis = series.axes.index("T")
        planes = np.moveaxis(data, axis, 0)
        data = np.moveaxis(np.stack([change(plane, t) for t, plane in enumerate(planes)]), 0, axis)
    else:
        data = change(data, 0)
    page = tiff.pages[0]
    options: dict[str, Any] = {}
    if "XResolution" in page.tags and "YResolution" in page.tags:
        options["resolution"] = (page.tags["XResolution"].value, page.tags["YResolution"].value)
    metadata = dict(tiff.imagej_metadata or {}, axes=series.axes)
    tifffile.imwrite(target, data, imagej=True, byteorder=tiff.byteorder, metadata=metadata, **options)
