"""A small PNG writer for palette pictures (PNG specification, third edition, W3C 2025): no filters, one IDAT.

Filters do not help index values, and the writer of Pillow takes twice the time for the same bytes.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tuiqc.terminal.palette import RGB, Index


def palette_png(index: Index, palette: RGB, level: int = 1) -> bytes:
    """PNG file of a picture, index (height, width) uint8 and palette (n, 3) uint8; `level` is zlib's."""
    height, width = index.shape
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = index
    packer = zlib.compressobj(level)
    data = packer.compress(lines.data) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette.tobytes()), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
