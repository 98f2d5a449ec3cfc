"""The mark that tuiqc leaves in its pictures, by which they are never taken for images of a batch.

It is the keyword `Software` of PNG (W3C PNG 11.3.3.2), `Creator` of PDF and SVG.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

PROGRAM = "tuiqc"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT = b"tEXt" + b"Software\0" + PROGRAM.encode()
_HEAD = 512  # bytes: the mark stands right behind the header, or behind the few words of a drawing library
_AFTER_HEADER = len(_SIGNATURE) + 25  # IHDR has 13 bytes, and each chunk 12 around it


def png_info() -> PngInfo:
    """Return the mark for Pillow's `save(…, pnginfo=…)`."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Software", PROGRAM)
    return info


def marked_png(data: bytes) -> bytes:
    """Return the bytes of a PNG file with the mark in them."""
    chunk = struct.pack(">I", len(_TEXT) - 4) + _TEXT + struct.pack(">I", zlib.crc32(_TEXT))
    return data[:_AFTER_HEADER] + chunk + data[_AFTER_HEADER:]


def figure_metadata(suffix: str) -> dict[str, str | None]:
    """Return the mark for Matplotlib's `savefig(…, metadata=…)`; a date would make each file another one."""
    if suffix == ".png":
        return {"Software": PROGRAM}
    return {"Creator": PROGRAM, "Date" if suffix == ".svg" else "CreationDate": None}


def is_marked(path: Path) -> bool:
    """Whether a PNG file has the mark; any other file, and one that can't be read, has not."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return head.startswith(_SIGNATURE) and _TEXT in head
