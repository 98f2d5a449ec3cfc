"""Planes kept in memory: a least-recently-used cache bounded in bytes, and cached reading of image files."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tuiqc.errors import InputError
from tuiqc.pixels.base import ImageInfo, Window
from tuiqc.pixels.sequence import is_sequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

WHOLE_PLANE_BYTES = 64 * 2**20
"""Planes up to this size are read and kept whole, so that panning reads nothing; larger by window."""


class ByteCache(Generic[K, V]):
    """Least-recently-used cache that holds at most `max_bytes`; every method may be called from any thread.

    A value that is larger than `max_bytes` is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()
        self._making: dict[K, threading.Event] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held now, as they were declared."""
        return self._nbytes

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: K) -> V | None:
        """Return the value and make it the most recently used; None if it is not held."""
        with self._lock:
            item = self._items.get(key)
            if item is None:
                return None
            self._items.move_to_end(key)
            return item[0]

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Hold `value`, which takes `nbytes`; drops the least recently used ones until it fits."""
        with self._lock:
            old = self._items.pop(key, None)
            if old is not None:
                self._nbytes -= old[1]
            if nbytes > self.max_bytes:
                return
            self._items[key] = (value, nbytes)
            self._nbytes += nbytes
            while self._nbytes > self.max_bytes:
                self._nbytes -= self._items.popitem(last=False)[1][1]

    def get_or_make(self, key: K, make: Callable[[], V], size: Callable[[V], int]) -> V:
        """Return the held value, or make and hold it; two threads that ask for one key make it once.

        `make` runs without the lock. What it raises reaches its own caller only; one of those who waited
        tries again.
        """
        while True:
            with self._lock:
                item = self._items.get(key)
                if item is not None:
                    self._items.move_to_end(key)
                    return item[0]
                waiting = self._making.get(key)
                if waiting is None:
                    done = self._making[key] = threading.Event()
                    break
            waiting.wait()
        try:
            value = make()
            self.put(key, value, size(value))
            return value
        finally:
            with self._lock:
                del self._making[key]
            done.set()

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._items.clear()
            self._nbytes = 0


class PlaneSource:
    """Cached reading of image files, safe from several threads.

    What is kept is dropped when the file's size or time of change differs, so that a segmentation that ran
    again is not shown stale.

    Parameters
    ----------
    max_bytes
        Bound of the pixels held.
    """

    def __init__(self, max_bytes: int = 512 * 2**20) -> None:
        self._planes: ByteCache[Hashable, NDArray[Any]] = ByteCache(max_bytes)
        self._infos: ByteCache[Hashable, ImageInfo] = ByteCache(10_000)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels held now."""
        return self._planes.nbytes

    def info(self, path: Path) -> ImageInfo:
        """Return what is in `path` (see `tuiqc.pixels.image_info`)."""
        from tuiqc.pixels import image_info

        return self._infos.get_or_make(_identity(path), lambda: image_info(path), lambda _: 1)

    def plane(
        self, path: Path, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None
    ) -> NDArray[Any]:
        """Return a plane, or the window of it, as `ImageFile.read` does but read-only.

        Planes up to 64 MiB (or a quarter of the bound) are kept whole whatever window is asked for, and so
        are those whose format can't be read in part.

        Raises
        ------
        InputError
            As `tuiqc.pixels.open_image` and `ImageFile.read`.
        """
        identity = _identity(path)
        info = self.info(path) if window is not None else None
        if info is None or window is None:
            return self._read(identity, path, t, z, c, None)
        window = window.clipped(info.shape)
        small = info.plane_bytes <= min(WHOLE_PLANE_BYTES, self._planes.max_bytes // 4)
        if info.partial and not small and window != Window.whole(info.shape):
            return self._read(identity, path, t, z, c, window)
        whole = self._read(identity, path, t, z, c, None)
        return whole[window.y0 : window.y1, window.x0 : window.x1]

    def clear(self) -> None:
        """Drop all that is held."""
        self._planes.clear()
        self._infos.clear()

    def _read(
        self, identity: tuple[str, int, int], path: Path, t: int, z: int, c: int, window: Window | None
    ) -> NDArray[Any]:
        from tuiqc.pixels import open_image

        def make() -> NDArray[Any]:
            with open_image(path) as image:
                # The header is parsed anyway: remember it, and spare the next window a second look.
                self._infos.put(identity, image.info, 1)
                plane = image.read(t=t, z=z, c=c, window=window)
            plane.flags.writeable = False
            return plane

        return self._planes.get_or_make((identity, t, z, c, window), make, lambda plane: plane.nbytes)


def _identity(path: Path) -> tuple[str, int, int]:
    try:
        # Of many files as one the folder tells whether there are others by now.
        status = (path.parent if is_sequence(path) and not path.exists() else path).stat()
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"can't be read ({getattr(error, 'strerror', None) or error})", path=path) from None
    return str(path), status.st_mtime_ns, status.st_size
