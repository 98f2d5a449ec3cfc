"""Small pictures of many images: planes made small while they are read, and kept in the user's cache folder.

What is kept are planes and not pictures: intensities and labels at about the size of a thumbnail, from before any
style. Other colours, contrast or limits, outlines or fills are then drawn in a millisecond, and no image is read for
it again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from math import floor, log2
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.errors import InputError
from tuiqc.paths import cache_dir
from tuiqc.picture.painter import Painter
from tuiqc.pixels import open_image
from tuiqc.pixels.facts import HeaderFacts
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Piece, Window
from tuiqc.pixels.image_identity import Identity, file_identity
from tuiqc.pixels.image_path import reading_key, reading_of
from tuiqc.pixels.overviews import OverviewFolder
from tuiqc.pixels.plane_source import PlaneSource
from tuiqc.pixels.reduce import Reduction, Stop, Wanted
from tuiqc.pixels.slow_store import Stopped, told_while_waiting
from tuiqc.pixels.tiff_plain import open_plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMORY_BYTES = 96 << 20

_MOST_OPEN = 6
"""Files that stay open between their header and their pixels."""

_FRESH_SECONDS = 0.5
"""For so long a file is taken to be what it was."""

_IDLE_SECONDS = 0.2
_MOST_TO_WRITE = 400
"""Small planes and facts that wait for being written; each has up to some hundred kB."""

_MOST_LOOKED_AT = 1000

_CONTRAST_SIDE = 96
"""Contrast is taken from at most so many rows and columns of the small version."""

CONTRAST_ZOOM = 1 / 8
"""Limits of contrast are taken from planes that are that much smaller, before any tile was asked for."""


def thumbnail_folder() -> Path:
    """Where the small planes are kept."""
    return cache_dir() / "thumbnails"


def _factor(wanted: float) -> int:
    """The largest of 1, 2, 3, 4, 6, 8, 12, 16, 24 ... that is at most what is wanted."""
    power = 1 << max(0, floor(log2(max(1.0, wanted + 1e-9))))
    return power * 3 // 2 if power > 1 and wanted + 1e-9 >= power * 1.5 else power


def _open(path: Path) -> ImageFile:
    """A file, by the quickest reader that can."""
    plain = None if reading_of(path).axes else open_plain(path)
    return plain if plain is not None else open_image(path)


class ThumbnailSource(PlaneSource):
    """Reads planes no larger than they are needed, each file once for all sizes of tiles within a factor of 1.5.

    Parameters
    ----------
    max_bytes
        Bound of the pixels held in memory.
    folder
        Keeps the small planes from session to session; None for none. Files that have changed are not found in it.
    folder_bytes
        Bound of the folder.
    """

    def __init__(
        self, max_bytes: int = MEMORY_BYTES, folder: Path | None = None, folder_bytes: int = 1 << 30
    ) -> None:
        super().__init__(max_bytes)
        self._small = OverviewFolder(folder, folder_bytes)
        self._zoom = CONTRAST_ZOOM
        self._to_write: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._last_asked = 0.0
        self._writer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._opened: dict[str, ImageFile] = {}
        self._facts = HeaderFacts(None if folder is None else folder / "headers.jsonl")
        self._looked_at: dict[str, tuple[float, Identity]] = {}

    def _identity(self, path: Path) -> Identity:
        """As `file_identity`; one picture asks ten times, and the disk is asked once."""
        now, key = monotonic(), reading_key(path)
        looked = self._looked_at.get(key)
        if looked is not None and now - looked[0] < _FRESH_SECONDS:
            return looked[1]
        found = file_identity(path)
        if len(self._looked_at) >= _MOST_LOOKED_AT:
            self._looked_at.clear()
        self._looked_at[key] = (now, found)
        return found

    def info(self, path: Path) -> ImageInfo:
        """See `PlaneSource.info`; a file whose header was read stays open for its pixels, which are wanted next."""
        identity = self._identity(path)
        known = self._infos.get(identity)
        if known is not None:
            return known
        known = self._facts.get(identity, path)
        if known is not None:
            self._infos.put(identity, known, 1)
            return known
        image = _open(path)
        self._infos.put(identity, image.info, 1)
        self._write_later(lambda: self._facts.put(identity, image.info))
        with self._lock:
            key = reading_key(path)
            idle = [self._opened.pop(key, None)]
            if len(self._opened) >= _MOST_OPEN:
                idle.append(self._opened.pop(next(iter(self._opened))))
            self._opened[key] = image
        for old in idle:
            if old is not None:
                old.close()
        return image.info

    def _take(self, path: Path) -> ImageFile:
        with self._lock:
            image = self._opened.pop(reading_key(path), None)
        return image if image is not None else _open(path)

    def kept_whole(self, info: ImageInfo, level: int = 0) -> bool:
        """No plane is kept whole: one of a thousand images is looked at for a moment."""
        return not info.partial

    def piece(
        self,
        path: Path,
        window: Window,
        zoom: float,
        *,
        t: int = 0,
        z: int = 0,
        c: int = 0,
        labels: bool = False,
        stop: Stop = lambda: False,
        progress: Any = None,
    ) -> Piece | None:
        """As `PlaneSource.piece`: from the smallest level that serves, made smaller still while it is read."""
        info = self.info(path)
        if self._is_whole(info, window):
            self._zoom = zoom
        level = max(i for i, one in enumerate(info.levels) if i == 0 or one.scale * zoom <= 1 + 1e-6)
        shape, scale = info.levels[level]
        factor = _factor(1 / (zoom * scale))
        inside = window.clipped(info.shape)
        if factor == 1 or not self._is_whole(info, inside):
            return super().piece(path, inside, zoom, t=t, z=z, c=c, labels=labels, stop=stop)
        wanted = Wanted(t, z, c, level, Window.whole(shape), factor, labels)
        try:
            with told_while_waiting(stop, lambda done, total: None):
                pixels = self._small_plane(path, wanted, stop)
        except Stopped:
            return None
        except InputError:
            gapped = self._around_damage(path, inside, zoom, (t, z, c), stop)
            if gapped is None:
                raise
            return gapped
        part = inside.reduced(scale * factor).clipped((pixels.shape[0], pixels.shape[1]))
        return Piece(pixels[part.y0 : part.y1, part.x0 : part.x1], part, scale * factor)

    def stand_in(self, path: Path, t: int, z: int, c: int) -> NDArray[Any]:
        """A small version stands for a whole plane: contrast is taken from it."""
        small = self.piece(path, Window.whole(self.info(path).shape), self._zoom, t=t, z=z, c=c)
        assert small is not None
        step = -(-max(small.pixels.shape) // _CONTRAST_SIDE)
        return small.pixels[::step, ::step]

    @staticmethod
    def _is_whole(info: ImageInfo, window: Window) -> bool:
        """Whether it is most of the plane: then all of it is made small, for the next time."""
        rows, columns = window.clipped(info.shape).shape
        return 2 * rows * columns >= info.shape[0] * info.shape[1]

    def _small_plane(self, path: Path, wanted: Wanted, stop: Stop) -> NDArray[Any]:
        key: tuple[Hashable, ...] = (self._identity(path), wanted)

        def make() -> NDArray[Any]:
            kept = self._small.get(key)
            if kept is None:
                with self._take(path) as image:
                    kept = Reduction(wanted, image).run(image, stop, lambda done, total: None)
                made = kept
                self._write_later(lambda: self._small.put(key, made))
            kept.flags.writeable = False
            return kept

        return self._planes.get_or_make(key, make, lambda pixels: pixels.nbytes)

    def _write_later(self, work: Callable[[], None]) -> None:
        """Have something written: nobody should wait for that."""
        if self._small.folder is None:
            return
        self._last_asked = monotonic()
        self._to_write.put(work)
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="tuiqc-thumbnails", daemon=True)
                self._writer.start()

    def _write(self) -> None:
        while True:
            try:
                work = self._to_write.get(timeout=5 * _IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if self._to_write.empty():
                        self._writer = None
                        return
                continue
            # The threads that make tiles go first: what they made is in memory, and it is only for later.
            while monotonic() - self._last_asked < _IDLE_SECONDS and self._to_write.qsize() < _MOST_TO_WRITE:
                sleep(_IDLE_SECONDS / 2)
            work()

    def settle(self, seconds: float = 5.0) -> None:
        """Wait until what was made is written, for tests."""
        end = monotonic() + seconds
        while not self._to_write.empty() and monotonic() < end:
            sleep(0.005)
        sleep(_IDLE_SECONDS + 0.05)


def thumbnail_painter(
    records: Sequence[ImageRecord], cache_mb: int = 1024, memory_bytes: int = MEMORY_BYTES
) -> Painter:
    """A painter of small pictures of these images; `cache_mb` bounds what is kept on disk (0: nothing)."""
    folder = thumbnail_folder() if cache_mb > 0 else None
    return Painter(records=records, source=ThumbnailSource(memory_bytes, folder, cache_mb << 20))


def usual_aspect(batch: Batch, source: PlaneSource) -> float:
    """Width by height of the first image that can be read: those of a batch are mostly alike; 1 where none can."""
    for record in batch.images[:3]:
        for path in (*record.channels.values(), *record.masks.values()):
            if path is None:
                continue
            try:
                rows, columns = source.info(path).shape
            except InputError:
                continue
            return float(columns / max(rows, 1))
    return 1.0
