"""Regions that ImageJ keeps in a TIFF image: its overlay, and what was selected when it was saved.

Scale bars, texts, arrows and pictures of an overlay are no objects.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuiqc.budget import regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.polygons.imagej_roi import need_roifile, of_members
from tuiqc.pixels.polygons.polygon_set import PolygonSet, Report

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what is wrong is said by the errors

_METADATA = 50839
"""The tag in which ImageJ keeps what does not fit into the description."""
_MOST_TAGS = 1000
_DRAWN = ("TEXT", "ARROW", "IMAGE")
_SCALE_BAR = "|SB|"


def read(path: Path, report: Report | None = None) -> PolygonSet:
    """Return the regions in an image; none where it has no overlay.

    Raises
    ------
    InputError
        The file can't be read, a region is damaged, or roifile is not there.
    """
    regular_file(path, "an image")
    found = list(_regions(path)) if may_have(path) else []
    if found:
        need_roifile(path)
    return of_members(path, (one for one in found if _is_object(one[1])))


def may_have(path: Path) -> bool:
    """Whether a TIFF file has what ImageJ keeps beside the description; read are the tags of its first page."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
            if order is None:
                return False
            file.seek(struct.unpack(f"{order}I", head[4:])[0])
            (count,) = struct.unpack(f"{order}H", file.read(2))
            tags = file.read(12 * min(count, _MOST_TAGS))
    except (OSError, ValueError, struct.error):
        return False
    return any(
        struct.unpack_from(f"{order}H", tags, at)[0] == _METADATA for at in range(0, len(tags) - 11, 12)
    )


def _regions(path: Path) -> Iterator[tuple[str, bytes]]:
    """The overlay; what was selected only where there is none, for it is often one of its regions."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            said: dict[str, Any] = file.imagej_metadata or {}
            selected = said.get("ROI")
            overlay = said.get("Overlays") or ([selected] if selected else [])
    except Exception as error:  # tifffile raises this and that for damaged bytes
        raise InputError(f"its overlay can't be read ({error})", path=path) from None
    for number, data in enumerate(overlay if isinstance(overlay, list) else [overlay], 1):
        if isinstance(data, bytes):
            yield f"region {number}", data


def _is_object(data: bytes) -> bool:
    import roifile

    try:
        roi = roifile.ImagejRoi.frombytes(data)
    except Exception:  # said by `of_members`, which reads it again
        return True
    return roi.subtype.name not in _DRAWN and not str(roi.name or "").startswith(_SCALE_BAR)
