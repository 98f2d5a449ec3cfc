"""A PNG written again with other labels: its own header, palette and texts around new pixels."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tuiqc.errors import InputError
from tuiqc.exporters.eraser import MaskInFile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def copy_png(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Write `source` to `target` without the labels that are taken out of its one mask.

    Raises
    ------
    InputError
        If it is no PNG with one band and one frame.
    """
    from PIL import Image

    with Image.open(source) as picture:
        plane = np.asarray(picture)
        if plane.ndim != 2 or picture.format != "PNG":
            raise InputError(
                f"a mask as {picture.format} in {len(picture.getbands())} bands can't be written again exactly",
                path=source,
                expected="PNG with one band, TIFF or HDF5",
            )
        if (frames := getattr(picture, "n_frames", 1)) > 1:
            raise InputError(
                f"a PNG of {frames} frames can't be written again exactly",
                path=source,
                expected="PNG with one frame, TIFF or HDF5",
            )
        after = plane
        for mask in masks:
            after = mask.erased(after, "yx", (0, 0), {})
        made = Image.fromarray(after)
        if picture.mode == "P":
            made.putpalette(picture.getpalette() or [])
        stream = io.BytesIO()
        made.save(stream, "PNG")
    fresh = dict(_chunks(stream.getvalue()))
    pixels = b"".join(data for kind, data in _chunks(stream.getvalue()) if kind == b"IDAT")
    target.write_bytes(_SIGNATURE + b"".join(_rewritten(source.read_bytes(), fresh[b"IHDR"], pixels)))


def _rewritten(old: bytes, header: bytes, pixels: bytes) -> Iterator[bytes]:
    """All chunks of the old file in their order, with the new header and the new pixels."""
    written = False
    for kind, data in _chunks(old):
        if kind == b"IHDR":
            yield _chunk(kind, header)
        elif kind != b"IDAT":
            yield _chunk(kind, data)
        elif not written:
            yield _chunk(kind, pixels)
            written = True


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
