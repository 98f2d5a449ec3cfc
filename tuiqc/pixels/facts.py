"""What the headers of image files say, kept from session to session: parsing one takes longer than a thumbnail."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.files.atomic import replace_bytes
from tuiqc.files.safe import open_safely, read_safely
from tuiqc.pixels.image_file import ImageInfo, Level

MAX_BYTES = 8 << 20
"""The file begins anew with its later half beyond this, some 30,000 images."""

Identity = tuple[str, int, int]
"""Path, time of change in ns, bytes."""


class HeaderFacts:
    """A file of lines in JSON, one for each header; read when it is first asked for. Safe from several threads.

    Lines are appended whole, so that several sessions can write it. Whatever goes wrong with it costs time only.

    Parameters
    ----------
    path
        The file; None keeps nothing.
    """

    def __init__(self, path: Path | None, max_bytes: int = MAX_BYTES) -> None:
        self._path, self._max_bytes = path, max_bytes
        self._known: dict[str, list[Any]] | None = None
        self._lock = threading.Lock()

    def get(self, identity: Identity, path: Path) -> ImageInfo | None:
        """What is known of the file of this identity, None if nothing is."""
        with self._lock:
            if self._known is None:
                self._known = self._load()
        found = self._known.get(identity[0])
        if not found or found[0] != [identity[1], identity[2]]:
            return None
        try:
            return _info(path, found[1])
        except Exception:  # NumPy raises this and that for a damaged line; the header itself is there
            return None

    def put(self, identity: Identity, info: ImageInfo) -> None:
        """Keep what a header says."""
        if self._path is None:
            return
        facts = [[identity[1], identity[2]], _facts(info)]
        line = json.dumps([identity[0], *facts], separators=(",", ":")) + "\n"
        with self._lock, contextlib.suppress(OSError, UnicodeEncodeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = open_safely(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)

    def _load(self) -> dict[str, list[Any]]:
        known: dict[str, list[Any]] = {}
        if self._path is None:
            return known
        with contextlib.suppress(OSError):
            data = read_safely(self._path)
            if len(data) > self._max_bytes:
                data = data[-self._max_bytes // 2 :].partition(b"\n")[2]
                replace_bytes(self._path, data, sync=False)
            for line in data.splitlines():
                # Two sessions may have written into each other.
                with contextlib.suppress(ValueError, TypeError, RecursionError):
                    name, *facts = json.loads(line)
                    known[name] = facts
        return known


def _facts(info: ImageInfo) -> list[Any]:
    return [
        info.axes,
        info.sizes,
        info.dtype.str,
        info.pixel_size_um,
        info.partial,
        info.format,
        [[*level.shape, level.scale] for level in info.reduced],
        info.block,
        info.channel_names,
        info.axes_from,
        info.note,
        info.series,
        info.lossy,
        info.white_is_zero,
        info.by_bands,
    ]


def _info(path: Path, facts: list[Any]) -> ImageInfo:
    (
        axes,
        sizes,
        dtype,
        pixel_size,
        partial,
        name,
        reduced,
        block,
        channels,
        axes_from,
        note,
        series,
        lossy,
        white,
        by_bands,
    ) = facts
    if (
        not isinstance(axes, str)
        or not isinstance(name, str)
        or not set("tczyx") <= set(sizes) <= set("tczyxs")
    ):
        raise ValueError("not the facts of an image")
    sizes = {axis: int(count) for axis, count in sizes.items()}
    if min(sizes.values()) < 1:
        raise ValueError("not the sizes of an image")
    size = None if pixel_size is None else (float(pixel_size[0]), float(pixel_size[1]))
    levels = tuple(Level((int(rows), int(columns)), float(scale)) for rows, columns, scale in reduced)
    return ImageInfo(
        path,
        axes,
        sizes,
        np.dtype(dtype),
        size,
        bool(partial),
        name,
        levels,
        (int(block[0]), int(block[1])),
        tuple(map(str, channels)),
        str(axes_from),
        str(note),
        tuple(map(str, series)),
        bool(lossy),
        bool(white),
        bool(by_bands),
    )
