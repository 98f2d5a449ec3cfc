"""Which axis of a TIFF series is which, and how large a pixel is. Reads headers only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from tuiqc.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from tifffile import TiffFile, TiffPageSeries

_RGB_PHOTOMETRIC = (2, 6)  # RGB and YCbCr, tag 262 of TIFF 6.0; the decoder turns YCbCr into RGB
_UM_PER_UNIT = {
    **dict.fromkeys(("um", "µm", "μm", "micron", "microns", "micrometer", "micrometre", "\\u00b5m"), 1.0),
    "nm": 1e-3,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "inch": 25_400.0,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The axes of a TIFF series.

    Attributes
    ----------
    roles
        For each axis of the series one of "tczyx", "s" for RGB(A) samples, "" for one that is ignored.
    shape
        Length of each axis of the series.
    in_page
        How many of them, from the end, are inside one page (directory) of the file.
    """

    roles: tuple[str, ...]
    shape: tuple[int, ...]
    in_page: int

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


def read_layout(path: Path, series: TiffPageSeries) -> Layout:
    """Name the axes of `series`: as its metadata say, by the rule of `base.guess_axes` where they don't.

    Raises
    ------
    InputError
        No plane in it, or axes that can't be shown as t, z, c.
    """
    page = series.keyframe
    letters, shape = series.axes, tuple(series.shape)
    if "Y" not in letters or "X" not in letters or prod(shape) == 0:
        raise InputError(f"no image in it (axes {letters or 'none'}, shape {shape})", path=path)
    in_page = len(page.shape)
    if shape[-in_page:] != tuple(page.shape):
        raise InputError(
            f"pages of shape {page.shape} in a series of shape {shape} are not supported", path=path
        )
    roles = [_known_role(letter, size) for letter, size in zip(letters, shape, strict=True)]
    _settle_samples(
        path,
        roles,
        shape,
        page.photometric in _RGB_PHOTOMETRIC and page.dtype is not None and page.dtype.kind == "u",
    )
    _settle_unknown(path, roles, shape)
    return Layout(tuple(roles), shape, in_page)


def _known_role(letter: str, size: int) -> str:
    if letter in "YX":
        return letter.lower()
    if size == 1:
        return ""
    return letter.lower() if letter in "TZCS" else "?"


def _settle_samples(path: Path, roles: list[str], shape: tuple[int, ...], rgb: bool) -> None:
    """Samples are RGB, or else channels."""
    if "s" not in roles:
        return
    at = roles.index("s")
    if rgb and shape[at] in (3, 4):
        return
    if "c" in roles:
        raise InputError(f"{shape[at]} samples per pixel beside a channel axis are not supported", path=path)
    roles[at] = "c"


def _settle_unknown(path: Path, roles: list[str], shape: tuple[int, ...], small: int = 5) -> None:
    """Pages without a meaning in the metadata: the innermost short axis is c, the others t, then z."""
    unknown = [i for i, role in enumerate(roles) if role == "?"]
    if unknown and "c" not in roles and shape[unknown[-1]] <= small:
        roles[unknown.pop()] = "c"
    spare = [a for a in "tzc" if a not in roles]
    if len(unknown) > len(spare):
        raise InputError(
            f"has {len(shape)} axes of shape {shape}", path=path, expected="at most t, z, c, y, x"
        )
    for i, role in zip(unknown, spare, strict=False):
        roles[i] = role


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
    unit = str((tif.imagej_metadata or {}).get("unit", "")).lower() if tif.is_imagej else ""
    if not unit and getattr(page, "resolutionunit", 1) == 3:
        unit = "cm"
    per_unit = page.resolution  # pixels per unit (x, y)
    scale = _UM_PER_UNIT.get(unit)
    if scale is None or not all(v > 0 for v in per_unit):
        return None
    size = scale / per_unit[1], scale / per_unit[0]
    return size if max(size) < _LARGEST_UM else None


def channel_names(tif: TiffFile) -> tuple[str, ...]:
    """Names of the channels of the first image of OME-XML, "" for one without; empty where there is no such text."""
    if not (tif.is_ome and tif.ome_metadata):
        return ()
    from html import unescape

    first = re.split(r"</(?:\w+:)?Pixels>", tif.ome_metadata, maxsplit=1)[0]
    names = []
    for channel in re.findall(r"<(?:\w+:)?Channel\b[^>]*>", first):
        name = re.search(r'\bName="([^"]*)"', channel)
        names.append(unescape(name[1]).strip() if name else "")
    return tuple(names)


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
        scale = _UM_PER_UNIT.get(unit[1].lower() if unit else "um")
        try:
            size = float(value[1]) * scale if value and scale else 0.0
        except ValueError:
            return None
        if not 0 < size < 1e9:
            return None
        sizes.append(size)
    return sizes[0], sizes[1]
