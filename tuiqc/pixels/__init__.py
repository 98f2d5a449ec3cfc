"""What is in this file? Planes and regions of image files, read lazily, one reader per format.

Nothing heavy is imported here: a reader's libraries come in with the first file of its format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.pixels.formats import SUFFIXES, image_info, open_image, read_plane
from tuiqc.pixels.image_file import MAX_PLANE_BYTES, ImageFile, ImageInfo, Level, Piece, Window
from tuiqc.pixels.image_path import ImagePath, with_reading

if TYPE_CHECKING:
    from tuiqc.pixels.plane_source import PlaneSource

__all__ = [
    "MAX_PLANE_BYTES",
    "SUFFIXES",
    "ByteCache",
    "ImageFile",
    "ImageInfo",
    "ImagePath",
    "Level",
    "Piece",
    "PlaneSource",
    "Window",
    "image_info",
    "open_image",
    "read_plane",
    "with_reading",
]


def __getattr__(name: str) -> Any:
    """`PlaneSource` comes in when it is asked for: it needs NumPy."""
    if name == "PlaneSource":
        from tuiqc.pixels.plane_source import PlaneSource

        return PlaneSource
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
