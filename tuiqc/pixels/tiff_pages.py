"""Which pages of a TIFF file are the image, and what the file says of their axes. Reads headers only.

The first series is not always it: thumbnails and macro images may come first, several positions stand in one OME-TIFF,
and headers that were copied from another file claim more or fewer pages than there are.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import tifffile

from tuiqc.pixels.axes import IGNORED, UNKNOWN

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffFrame, TiffPage, TiffPageSeries

_RGB_PHOTOMETRIC = (2, 6)  # RGB and YCbCr, tag 262 of TIFF 6.0; the decoder turns YCbCr into RGB
_ALPHA = (1, 2)  # tag 338: associated and unassociated alpha
_ASIDE = ("thumbnail", "macro", "label image", "overview", "preview", "baseline")
_MUCH_SMALLER = 4
_REDUCED = 1  # bit of tag 254


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an image.

    Attributes
    ----------
    series
        As tifffile groups them.
    letters, shape
        What the file says of each axis (see `tuiqc.pixels.axes.decide`) and its length; axes of length 1 beside the
        plane are left out.
    names
        Of all images in the file that are like this one, "" for one without; empty where it is the only one.
    note
        What the header claims and is not so, as a sentence; else "".
    """

    series: TiffPageSeries
    letters: str
    shape: tuple[int, ...]
    names: tuple[str, ...] = ()
    note: str = ""


def image_pages(tif: TiffFile, number: int = 0, mask: bool = False) -> Pages:
    """Find the image of a file: its `number`-th, where it has several positions."""
    alike = _alike(tif)
    series = alike[min(number, len(alike) - 1)]
    names = tuple(str(one.name or "") for one in alike)
    if len(alike) == 1 and (honest := _as_they_are(tif, series, mask)) is not None:
        return _as_described(tif, honest)
    if len(alike) > 1 and not tif.is_ome:  # written page by page: a stack
        together = stacked(tif, [one.keyframe for one in alike])
        return _as_described(tif, Pages(together, *lettered(series, mask, len(alike))))
    return _as_described(tif, Pages(series, *lettered(series, mask), names if len(alike) > 1 else ()))


def _alike(tif: TiffFile) -> list[TiffPageSeries]:
    """The series that may be the image: not small ones of other kinds."""
    found = [one for one in tif.series if prod(one.shape) and "Y" in one.axes and "X" in one.axes]
    # Positions of a set of OME-TIFFs that lie in other files are images of those.
    found = [
        one for one in found if any(page is not None and page.parent is tif for page in one.pages)
    ] or found
    if len(found) < 2:
        return found or list(tif.series[:1])
    largest = max(_area(one) for one in found)
    large = [one for one in found if not _is_aside(one) and _area(one) * _MUCH_SMALLER > largest] or found
    first = large[0]
    if first.keyframe.photometric in _RGB_PHOTOMETRIC:  # a picture of the slide beside what was measured
        first = next((one for one in large if one.keyframe.photometric not in _RGB_PHOTOMETRIC), first)
    return [
        one
        for one in large
        if one.shape == first.shape and one.dtype == first.dtype and one.axes == first.axes
    ]


def _as_described(tif: TiffFile, pages: Pages) -> Pages:
    """The same with the names that the description has for axes of which the structure of the file says nothing."""
    plane = [at for at, letter in enumerate(pages.letters) if letter in "yx"]
    lead = pages.letters[: plane[0]] if plane else ""
    if not lead or set(lead) != {UNKNOWN}:
        return pages
    said = _described_axes(str(tif.pages.first.description or ""))
    if prod(said.values()) != prod(pages.shape[: len(lead)]) or not said:
        return pages
    return replace(
        pages,
        letters="".join(said) + pages.letters[len(lead) :],
        shape=(*said.values(), *pages.shape[len(lead) :]),
    )


def _described_axes(text: str) -> dict[str, int]:
    """Axes beside the plane, outermost first, that are longer than 1, by OME-XML or the lines of SCIFIO."""
    sizes: list[tuple[str, int]] = []
    if text.startswith("SCIFIO="):
        lines = dict(line.partition("=")[::2] for line in text.splitlines())
        names, lengths = lines.get("axes", "").split(","), lines.get("lengths", "").split(",")
        sizes = [
            (name.strip()[:1].casefold(), int(length))
            for name, length in zip(names, lengths, strict=False)
            if length.strip().isdecimal()
        ]
    elif found := re.search(r"<(?:\w+:)?Pixels\b[^>]*>", text):
        said = dict(re.findall(r'\b(Size[TZC]|DimensionOrder)="(\w+)"', found[0]))
        order = said.get("DimensionOrder", "").removeprefix("XY")
        sizes = [(axis.lower(), int(said.get(f"Size{axis}", "0"))) for axis in order if axis in "TZC"]
    return {axis: size for axis, size in reversed(sizes) if axis in ("t", "z", "c") and size > 1}


def _area(series: TiffPageSeries) -> int:
    return int(series.keyframe.imagelength * series.keyframe.imagewidth)


def _is_aside(series: TiffPageSeries) -> bool:
    name = str(series.name or "").casefold()
    return bool(series.keyframe.subfiletype & _REDUCED) or any(word in name for word in _ASIDE)


def _as_they_are(tif: TiffFile, series: TiffPageSeries, mask: bool) -> Pages | None:
    """The pages of a file whose header speaks of others; None where it is right."""
    if series.kind not in ("ome", "imagej") or (
        series.dataoffset is not None and series.kind == "imagej" and (len(tif.pages) == 1)
    ):
        return None
    there = len(tif.pages)
    if series.kind == "ome" and any(page is not None and page.parent is not tif for page in series.pages):
        return None  # its pages are in several files
    page = series.keyframe
    lead = series.shape[: len(series.shape) - len(page.shape)]
    claimed = prod(lead)
    missing = claimed > there or any(page is None for page in series.pages)
    unclaimed = claimed < there and len(tif.series) == 1 and (len(series.pages) > claimed or tif.is_uniform)
    if not missing and not unclaimed:
        return None
    letters, note = ({}, "") if mask else _lead_that_fits(series.axes[: len(lead)].lower(), lead, there)
    pages = [one for one in tif.pages if one is not None]
    used = prod(n for n in letters.values()) if letters else len(pages)
    shape = tuple(letters.values()) if letters else (len(pages),) if len(pages) > 1 else ()
    said = "".join(letters) if letters else UNKNOWN * len(shape)
    rebuilt = stacked(tif, pages[:used])
    own, own_shape = lettered(rebuilt, False)
    inner = len(own_shape) - (1 if len(pages[:used]) > 1 else 0)
    return Pages(
        rebuilt,
        said + own[len(own) - inner :],
        shape + own_shape[len(own_shape) - inner :],
        note=f"its header claims {claimed:,} planes, and {there:,} are there{note}",
    )


def _lead_that_fits(letters: str, lead: tuple[int, ...], there: int) -> tuple[dict[str, int], str]:
    """The axes of the pages that are there: the outermost is shorter (or longer) than the header says.

    Empty where the pages are not whole numbers of the inner axes: then nothing that is said of them holds.
    """
    while lead:
        inner = prod(lead[1:])
        if there >= inner and there % inner == 0:
            sizes = (there // inner, *lead[1:])
            return {a: n for a, n in zip(letters, sizes, strict=True) if n > 1}, ""
        if there > inner and letters[:1] == "t":
            whole = there // inner
            rest = f"; the last {there - whole * inner} are of a time point that is not complete"
            found = dict(zip(letters, (whole, *lead[1:]), strict=True))
            return {a: n for a, n in found.items() if n > 1}, rest
        letters, lead = letters[1:], lead[1:]
    return {}, ""


def stacked(tif: TiffFile, pages: list[TiffPage | TiffFrame]) -> TiffPageSeries:
    """These pages as one stack."""
    page: Any = pages[0].keyframe
    for one in pages:
        with contextlib.suppress(RuntimeError):  # it has one
            one.keyframe = page
    if len(pages) == 1:
        return tifffile.TiffPageSeries(pages, page.shape, page.dtype, page.axes, parent=tif, kind="uniform")
    shape = (len(pages), *page.shape)
    return tifffile.TiffPageSeries(pages, shape, page.dtype, "I" + page.axes, parent=tif, kind="uniform")


def lettered(series: TiffPageSeries, mask: bool, count: int = 1) -> tuple[str, tuple[int, ...]]:
    """What the file says of the axes of a series, and their lengths, without those of length 1 beside the plane."""
    page = series.keyframe
    letters, shape = ["?"] * (count > 1), [count] * (count > 1)
    for letter, size in zip(series.axes, series.shape, strict=True):
        if size == 1 and letter not in "YX":
            continue
        shape.append(size)
        if letter == "S":
            letters.append(_samples(page, size, mask))
        else:
            letters.append(letter.lower() if letter in "TZCYX" else UNKNOWN)
    return "".join(letters), tuple(shape)


def _samples(page: TiffPage, size: int, mask: bool) -> str:
    """Samples of a pixel are colours, else channels; of a mask, colours only where they have 8 bits."""
    rgb = page.photometric in _RGB_PHOTOMETRIC and page.dtype is not None and page.dtype.kind == "u"
    if rgb and size in (3, 4) and not (mask and (page.dtype is None or page.dtype.itemsize > 1)):
        return "s"
    if size == 2 and tuple(page.extrasamples)[:1] and page.extrasamples[0] in _ALPHA:
        return IGNORED
    return UNKNOWN if mask else "c"


_LOSSY = {6, 7, 33007, 34892}
"""Codes of JPEG (tag 259), which changes the values of pixels; JPEG XR and XL may be without loss."""
_WEBP, _JPEG_2000 = (50001, 34927), (33003, 33004, 33005, 34712)


def is_lossy(page: TiffPage) -> bool:
    """Whether the codec of a page may change the values of pixels; JPEG 2000 and WebP say so in their first bytes."""
    code = int(page.compression)
    if code in _LOSSY:
        return True
    if code not in (*_WEBP, *_JPEG_2000) or not page.dataoffsets:
        return False
    handle = page.parent.filehandle
    handle.seek(page.dataoffsets[0])
    start = handle.read(min(page.databytecounts[0], 512))
    if code in _WEBP:
        return b"VP8 " in start[:16]
    at = start.find(b"\xff\x52")  # COD: byte 13 behind the marker is the transform, 0 for the one that rounds
    return at >= 0 and len(start) > at + 13 and start[at + 13] == 0
