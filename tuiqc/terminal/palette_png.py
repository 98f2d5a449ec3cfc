"""A small PNG writer for palette pictures (PNG specification, third edition, W3C 2025): one filter, one IDAT.

Index values of a noisy picture are best left as they are. Where pixels are enlarged, rows repeat: then the filter "Up"
(each row less the one above) leaves runs of zeros, and run lengths alone compress them further, and in a fraction of
the time, than looking for matches does. The writer of Pillow takes twice the time for more bytes.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

from tuiqc.terminal.palette import RGB, Index, to_palette

_REPEATING = 0.05
"""Share of rows equal to the one above from which on a picture is taken to be enlarged."""
_NONE, _UP = 0, 2


def palette_png(index: Index, palette: RGB, level: int = 1) -> bytes:
    """PNG file of a picture, index (height, width) uint8 and palette (n, 3) uint8; `level` is zlib's."""
    height, width = index.shape
    lines = np.empty((height, width + 1), np.uint8)
    if _rows_repeat(index):
        lines[:, 0] = _UP
        lines[0, 1:] = index[0]
        np.subtract(index[1:], index[:-1], out=lines[1:, 1:])  # modulo 256, as the filter is defined
        packer: Any = zlib.compressobj(level, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    else:
        lines[:, 0] = _NONE
        lines[:, 1:] = index
        packer = None
    data = _deflated(lines, level) if packer is None else packer.compress(lines.data) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette.tobytes()), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _deflated(lines: Index, level: int) -> bytes:
    """As zlib does at that level, by libdeflate: half the time and a twentieth less, and other threads may run."""
    import imagecodecs

    return bytes(imagecodecs.deflate_encode(lines.tobytes(), level=level))


def _rows_repeat(index: Index) -> bool:
    """Whether rows come twice or more often. Rows of one colour don't count: they lie beside many a picture.

    Single pixels that equal the one above tell nothing: dark background is full of them.
    """
    rows = index[1:]
    varied = (rows != rows[:, :1]).any(axis=1)
    same = (rows == index[:-1]).all(axis=1)
    return bool(np.count_nonzero(same & varied) > _REPEATING * np.count_nonzero(varied))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_within(rgb: RGB, budget: int) -> bytes:
    """PNG file of a picture (height, width, 3) uint8 with as many grey levels as fit into `budget` bytes, or 4."""
    data = b""
    for levels in _GREYS:
        data = palette_png(*to_palette(rgb, 256, levels), level=9)
        if len(data) <= budget:
            break
    return data


_GREYS = (128, 64, 48, 32, 16, 8, 4)
