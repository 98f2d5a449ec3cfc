"""Which axis of a TIFF series is which, and how large a pixel is. Reads headers only."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from html import unescape
from math import prod
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.pixels.axes import decide
from tuiqc.pixels.formats import partner_of
from tuiqc.pixels.image_path import reading_of

if TYPE_CHECKING:
    from pathlib import Path

    from tifffile import TiffFile

    from tuiqc.pixels.tiff_pages import Pages

_CM_PER_INCH = 2.54
_PRINT = (72, 96, 100, 120, 144, 150, 200, 240, 300, 360, 400, 600, 720, 1200, 2400)
"""Dots per inch of screens and printers, which image programs write into files that nobody calibrated."""


def is_of_print(per_centimetre: float) -> bool:
    """Whether a resolution is that of a screen or a printer, as it is rounded where it is written per centimetre."""
    return any(abs(per_centimetre * _CM_PER_INCH - dots) < 0.05 for dots in _PRINT)


_UM_PER_UNIT = {
    **dict.fromkeys(
        ("um", "\N{MICRO SIGN}m", "\N{GREEK SMALL LETTER MU}m", "micron", "micrometer", "micrometre"), 1.0
    ),
    **dict.fromkeys(("nm", "nanometer", "nanometre"), 1e-3),
    **dict.fromkeys(("pm", "picometer", "picometre"), 1e-6),
    **dict.fromkeys(("\N{LATIN SMALL LETTER A WITH RING ABOVE}", "angstrom", "ångström", "ångstrom"), 1e-4),
    **dict.fromkeys(("mm", "millimeter", "millimetre"), 1e3),
    **dict.fromkeys(("cm", "centimeter", "centimetre"), 1e4),
    **dict.fromkeys(("m", "meter", "metre"), 1e6),
    **dict.fromkeys(("inch", "inche", "in"), 25_400.0),
}


def _um_per(unit: str) -> float | None:
    """Micrometres in a unit of length as files write it: with entities (escaped once more, too), capitals, plural."""
    text = re.sub(r"\\\\?u([0-9a-fA-F]{4})", lambda hit: chr(int(hit[1], 16)), unescape(unescape(unit)))
    name = text.replace("\N{ANGSTROM SIGN}", "å").strip().casefold().replace("\N{MICRO SIGN}", "μ")
    return _UM_PER_UNIT.get(name, _UM_PER_UNIT.get(name.removesuffix("s")))


@dataclass(frozen=True, slots=True)
class Layout:
    """The axes of a TIFF series.

    Attributes
    ----------
    roles
        For each axis of the pages one of "tczyx", "s" for RGB(A) samples, "" for one that is ignored.
    shape
        Length of each axis of the series.
    in_page
        How many of them, from the end, are inside one page (directory) of the file.
    source, note
        See `tuiqc.pixels.axes.Axes`.
    """

    roles: tuple[str, ...]
    shape: tuple[int, ...]
    in_page: int
    source: str = "file"
    note: str = ""

    @property
    def in_pages(self) -> bool:
        """Whether each page holds whole planes; else a plane lies across pages."""
        inside = self.roles[-self.in_page :]
        return "y" in inside and "x" in inside and inside.index("y") < inside.index("x")

    @property
    def axes(self) -> str:
        """The named axes in order, "s" last."""
        return "".join(r for r in self.roles if r and r != "s") + ("s" if "s" in self.roles else "")

    def size(self, role: str) -> int:
        """Length of an axis, 1 where there is none."""
        return self.shape[self.roles.index(role)] if role in self.roles else 1

    def index(self, t: int, z: int, c: int) -> list[int]:
        """Index along each axis of the series; 0 for y, x, samples and what is ignored."""
        wanted = {"t": t, "z": z, "c": c}
        return [wanted.get(role, 0) for role in self.roles]


def read_layout(path: Path, pages: Pages) -> Layout:
    """Name the axes of the pages of an image, see `tuiqc.pixels.axes.decide`.

    Raises
    ------
    InputError
        No plane in it, or axes that can't be shown as t, z, c.
    """
    series, letters, shape = pages.series, pages.letters, pages.shape
    page = series.keyframe
    if "y" not in letters or "x" not in letters or prod(shape) == 0:
        raise InputError(f"no image in it (axes {letters or 'none'}, shape {shape})", path=path)
    inside = [n for n, letter in zip(page.shape, page.axes, strict=True) if n > 1 or letter in "YX"]
    if list(shape[-len(inside) :]) != inside:
        raise InputError(
            f"pages of shape {page.shape} in a series of shape {shape} are not supported", path=path
        )
    reading = reading_of(path)
    axes = decide(path, shape, letters, reading, lambda: partner_of(reading))
    return Layout(axes.roles, axes.shape, len(inside), axes.source, axes.note)


_LARGEST_UM = 1000.0


def format_name(tif: TiffFile) -> str:
    """Name the kind of TIFF as it is shown to a person."""
    if tif.is_imagej:
        return "ImageJ TIFF"
    if tif.is_ome:
        return "OME-TIFF"
    if tif.is_lsm:
        return "LSM"
    return "BigTIFF" if tif.is_bigtiff else "TIFF"


def pixel_size_um(tif: TiffFile) -> tuple[float, float] | None:
    """Return micrometres per pixel (y, x) from OME-XML, ImageJ's unit or a resolution per centimetre.

    A resolution per inch is left out: nearly every writer puts 72 or 96 there, which means nothing. So are pixels
    of a millimetre and more: one per centimetre is what ImageJ writes for an image that nobody calibrated.
    """
    if tif.is_ome and tif.ome_metadata:
        return _ome_pixel_size(tif.ome_metadata)
    page = tif.pages.first
    unit = str((tif.imagej_metadata or {}).get("unit", "")) if tif.is_imagej else ""
    if not unit and getattr(page, "resolutionunit", 1) == 3:
        unit = "cm"
    per_unit = page.resolution  # pixels per unit (x, y)
    scale = _um_per(unit)
    if scale is None or not all(v > 0 for v in per_unit):
        return None
    if scale >= _UM_PER_UNIT["cm"] and is_of_print(per_unit[0] * _UM_PER_UNIT["cm"] / scale):
        return None
    size = scale / per_unit[1], scale / per_unit[0]
    return size if max(size) < _LARGEST_UM else None


def channel_names(tif: TiffFile) -> tuple[str, ...]:
    """Names of the channels of the first image of OME-XML, "" for one without; empty where there is no such text.

    Of QPTIFF (Akoya, PerkinElmer) those that stand in each page: the marker, else the dye.
    """
    if tif.is_qpi:
        return tuple(_qptiff_name(str(page.description)) for page in _pages_of_first(tif))
    if not (tif.is_ome and tif.ome_metadata):
        return ()
    first = re.split(r"</(?:\w+:)?Pixels>", tif.ome_metadata, maxsplit=1)[0]
    names = []
    for channel in re.findall(r"<(?:\w+:)?Channel\b[^>]*>", first):
        name = re.search(r'\bName="([^"]*)"', channel)
        names.append(unescape(name[1]).strip() if name else "")
    return tuple(names)


_MOST_PAGES = 200
"""Pages of a QPTIFF whose description is looked at: each is a channel."""


def _pages_of_first(tif: TiffFile) -> list[Any]:
    pages = tif.series[0].pages if tif.series else []
    return [
        page
        for page in itertools.islice(pages, _MOST_PAGES)
        if page is not None and hasattr(page, "description")
    ]


def _qptiff_name(description: str) -> str:
    """What a page is called: patterns are enough, and parse no entities."""
    for tag in ("Biomarker", "Name"):
        found = re.search(rf"<{tag}>([^<]*)</{tag}>", description)
        if found and found[1].strip():
            return unescape(found[1]).strip()
    return ""


def largest_series(xml: str) -> int:
    """The most planes that an image of OME-XML claims: tifffile makes a list of them, whether they are there or not."""
    most = 0
    for pixels in re.findall(r"<(?:\w+:)?Pixels\b[^>]*>", xml):
        sizes = [re.search(rf'\bSize{axis}="(\d+)"', pixels) for axis in "TZC"]
        most = max(most, prod(int(size[1]) for size in sizes if size))
    return most


def _ome_pixel_size(xml: str) -> tuple[float, float] | None:
    """Attributes of the first Pixels element; a pattern is enough, and parses no entities."""
    pixels = re.search(r"<(?:\w+:)?Pixels\b[^>]*>", xml)
    if not pixels:
        return None
    sizes = []
    for axis in "YX":
        value = re.search(rf'\bPhysicalSize{axis}="([0-9.eE+-]+)"', pixels[0])
        unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]*)"', pixels[0])
        scale = _um_per(unit[1].strip() or "um" if unit else "um")
        try:
            size = float(value[1]) * scale if value and scale else 0.0
        except ValueError:
            return None
        if not 0 < size < 1e9:
            return None
        sizes.append(size)
    return sizes[0], sizes[1]
