"""What tells an image file from one that has taken its place: its path, time of change and size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuiqc.errors import InputError
from tuiqc.pixels.image_path import reading_key, reading_of
from tuiqc.pixels.polygons.polygon_file import is_polygons
from tuiqc.pixels.sequence import is_sequence
from tuiqc.pixels.zarr_store import changed_at

Identity = tuple[str, int, int]
"""Path with how it is read, time of change (ns), size in bytes."""


class _Asked(threading.local):
    found: dict[tuple[str, Path | None], Identity] | None = None


_asked = _Asked()


@contextmanager
def files_asked_once() -> Iterator[None]:
    """Look at each file once in what follows in this thread: a picture asks ten times, and an OME-Zarr is a tree."""
    if _asked.found is not None:
        yield
        return
    _asked.found = {}
    try:
        yield
    finally:
        _asked.found = None


def file_identity(path: Path) -> Identity:
    """Return path, time of change (ns) and size of a file; InputError if it is not there."""
    found = _asked.found
    if found is None:
        return _looked_at(path)
    key = reading_key(path), reading_of(path).partner
    if key not in found:
        found[key] = _looked_at(path)
    return found[key]


def _looked_at(path: Path) -> Identity:
    try:
        if (changed := changed_at(path)) is not None:
            return reading_key(path), *changed
        # Of many files as one the folder tells whether there are others by now.
        status = (path.parent if is_sequence(path) and not path.exists() else path).stat()
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"can't be read ({getattr(error, 'strerror', None) or error})", path=path) from None
    return reading_key(path) + _on(path), status.st_mtime_ns, status.st_size


def _on(path: Path) -> str:
    """Which image polygons lie on, as text: their plane is that of the image, which may be replaced by another."""
    partner = reading_of(path).partner
    if partner is None or not is_polygons(path):
        return ""
    try:
        status = partner.stat()
    except (OSError, ValueError):
        return ""
    return f" on {status.st_mtime_ns} {status.st_size}"
