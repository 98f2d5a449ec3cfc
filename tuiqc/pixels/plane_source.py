"""Cached reading of image files: whole planes where they are small, blocks, levels and overviews where not."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.bands import PlaneAt
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.pixels.formats import open_image
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Piece, Window
from tuiqc.pixels.image_identity import Identity, file_identity
from tuiqc.pixels.open_images import OpenImages
from tuiqc.pixels.overviews import OverviewFolder
from tuiqc.pixels.reduce import Progress, Reduction, Stop, Wanted, chunks
from tuiqc.pixels.slow_store import Stopped, told_while_waiting
from tuiqc.pixels.small_planes import SmallPlanes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

WHOLE_PLANE_BYTES = 64 * 2**20
"""Planes up to this size are read and kept whole, so that panning reads nothing; larger by block."""

OVERVIEW_SIDE = 4096
"""Rows and columns that the overview of a plane has at most."""

_BLOCK = 256
"""Blocks that are kept are at least so many rows and columns, if the file's tiles are smaller."""
_SMALL_BLOCK = 128
"""Where any pixel is read alone: all that is read for a window beyond its edges is lost time."""
_STRIP_BYTES = 2**20
_MOST_PARTIAL = 4

PlaneIndex = tuple[int, int, int]
"""Indices t, z, c."""


class PlaneSource:
    """Cached reading of image files, safe from several threads.

    What is kept is dropped when the file's size or time of change differs, so that a segmentation that ran
    again is not shown stale.

    Parameters
    ----------
    max_bytes
        Bound of the pixels held.
    overviews
        Folder for the overviews of very large planes; None makes them anew in every session.
    """

    def __init__(self, max_bytes: int = 512 * 2**20, overviews: Path | None = None) -> None:
        self._planes: ByteCache[Hashable, NDArray[Any]] = ByteCache(max_bytes)
        self._infos: ByteCache[Hashable, ImageInfo] = ByteCache(10_000)
        self._files = OpenImages()
        self._folder = OverviewFolder(overviews)
        self._partial: dict[Hashable, Reduction] = {}
        self._around: ByteCache[Hashable, Piece] = ByteCache(max_bytes // 8)
        self._damaged: set[tuple[Identity, PlaneIndex]] = set()
        self._small_planes = SmallPlanes(self._planes, self._open)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels held now."""
        return self._planes.nbytes

    def info(self, path: Path) -> ImageInfo:
        """Return what is in `path` (see `tuiqc.pixels.image_info`)."""
        identity = file_identity(path)
        return self._infos.get_or_make(identity, lambda: self._files.info(path, identity), lambda _: 1)

    def kept_whole(self, info: ImageInfo, level: int = 0) -> bool:
        """Whether a plane of a level is read and kept whole, whatever part of it is asked for."""
        rows, columns = info.levels[level].shape
        nbytes = rows * columns * info.sizes.get("s", 1) * info.dtype.itemsize
        return not info.partial or nbytes <= min(WHOLE_PLANE_BYTES, self._planes.max_bytes // 4)

    def stand_in(self, path: Path, t: int, z: int, c: int) -> NDArray[Any] | None:
        """Pixels that contrast is taken from in place of the plane's own, None for those of the plane."""
        return None

    def plane(
        self,
        path: Path,
        t: int = 0,
        z: int = 0,
        c: int = 0,
        window: Window | None = None,
        level: int = 0,
    ) -> NDArray[Any]:
        """Return a plane, or the window of it, as `ImageFile.read` does but read-only.

        Planes up to 64 MiB (or a quarter of the bound) are kept whole whatever window is asked for, and so
        are those whose format can't be read in part. Of others the tiles or strips that the window touches are kept.

        Raises
        ------
        InputError
            As `tuiqc.pixels.open_image` and `ImageFile.read`.
        """
        identity = file_identity(path)
        info = self.info(path) if window is not None or level else None
        if info is None or window is None:
            return self._whole(identity, path, (t, z, c), level)
        window = window.clipped(info.levels[level].shape)
        if self.kept_whole(info, level):
            return self._whole(identity, path, (t, z, c), level)[window.y0 : window.y1, window.x0 : window.x1]
        return self._by_blocks(identity, path, info, (t, z, c), level, window)

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
        progress: Progress = lambda done, total: None,
    ) -> Piece | None:
        """Return a region at the lowest resolution that serves a zoom, without reading more than that takes.

        The level of a pyramid where there is one. A large plane without one is made smaller while it is read, a
        bounded part at a time; what shows all of it is kept as an overview.

        Parameters
        ----------
        window
            Region in full-resolution pixels.
        zoom
            Display pixels per full-resolution pixel.
        labels
            Values must not be mixed.
        stop
            Asked on the way; None is returned as soon as it is true.
        progress
            Told (done, total) of what takes long.

        Raises
        ------
        InputError
            As `plane`.
        """
        with told_while_waiting(stop, progress):
            try:
                damaged = (file_identity(path), (t, z, c)) in self._damaged
                if not damaged:
                    return self._piece(path, window, zoom, (t, z, c), labels, stop, progress)
            except Stopped:
                return None
            except InputError as error:
                found = self._around_damage(path, window, zoom, (t, z, c), stop)
                if found is None:
                    raise error
                return found
            return self._around_damage(path, window, zoom, (t, z, c), stop)

    def on_display(
        self,
        path: Path,
        at: PlaneIndex,
        *,
        block: int = 1,
        places: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None,
        stop: Stop = lambda: False,
        progress: Progress = lambda done, total: None,
    ) -> Piece | None:
        """A whole plane as small as a display needs it; None where `piece` has to read it, or it was stopped.

        The picture is the same as from the whole plane, which is not held.

        Parameters
        ----------
        block
            Means of so many rows and columns are wanted (see `bands.display_means`).
        places
            In place of means the pixels in these rows and columns, ascending.

        Raises
        ------
        InputError
            As `info`.
        """
        identity, info = file_identity(path), self.info(path)
        serves = _level(info, 1 / block) if places is None else _level(info, len(places[0]) / info.shape[0])
        if serves or not self.kept_whole(info) or (identity, at) in self._damaged:
            return None
        plane, whole = PlaneAt(*at, 0), Window.whole(info.shape)
        try:
            if places is not None:
                picked = self._small_planes.picked(path, identity, info, plane, places, stop, progress)
                return None if picked is None else Piece(picked, whole, on_display=True)
            means = self._small_planes.means(path, identity, info, plane, block, stop, progress)
            return None if means is None else Piece(means, Window.whole(means.shape[:2]), block)
        except (InputError, Stopped):
            return None  # `piece` tells what is damaged, and shows the rest

    def sampled(self, path: Path, t: int, z: int, c: int) -> NDArray[Any] | None:
        """Pixels that stand for a plane's contrast where it was made small (see `bands.sample_step`), else None."""
        return self._small_planes.sample(file_identity(path), PlaneAt(t, z, c, 0))

    def _piece(
        self,
        path: Path,
        window: Window,
        zoom: float,
        at: PlaneIndex,
        labels: bool,
        stop: Stop,
        progress: Progress,
    ) -> Piece:
        info, (t, z, c) = self.info(path), at
        level = _level(info, zoom)
        shape, scale = info.levels[level]
        part = window.clipped(info.shape).reduced(scale).clipped(shape)
        factor = 1 << max(0, int(np.floor(np.log2(max(1.0, 1 / (zoom * scale)) + 1e-9))))
        if factor == 1 or self.kept_whole(info, level):
            return Piece(self.plane(path, t, z, c, part, level), part, scale)
        largest = 1 << max(0, int(np.ceil(np.log2(max(shape) / OVERVIEW_SIDE))))
        overview = factor >= largest > 1
        if overview:
            factor, wanted_part = largest, Window.whole(shape)
        else:
            wanted_part = part
        wanted = Wanted(t, z, c, level, wanted_part, factor, labels)
        pixels = self._reduced(path, wanted, overview, stop, progress)
        whole, cut = wanted.target, part.reduced(factor)
        cut = cut.clipped((whole.y1, whole.x1))
        inside = pixels[cut.y0 - whole.y0 : cut.y1 - whole.y0, cut.x0 - whole.x0 : cut.x1 - whole.x0]
        return Piece(inside, cut, scale * factor)

    def _around_damage(
        self, path: Path, window: Window, zoom: float, at: PlaneIndex, stop: Stop
    ) -> Piece | None:
        """A region with gaps where it can't be read; None where the format has no pieces, or all are damaged."""
        identity, info = file_identity(path), self.info(path)
        level = _level(info, zoom)
        shape, scale = info.levels[level]
        part = window.clipped(info.shape).reduced(scale).clipped(shape)
        if stop() or part.shape[0] * part.shape[1] * info.dtype.itemsize > WHOLE_PLANE_BYTES:
            return None  # a large plane without a pyramid is not read for the sake of its gaps
        key = (identity, at, level, part, "damaged")

        def make() -> Piece:
            with self._open(path, identity) as image:
                found = image.read_around_damage(t=at[0], z=at[1], c=at[2], window=part, level=level)
            if found is None:
                return Piece(np.zeros((0, 0)), part)
            return Piece(found[0], part, scale, found[1])

        piece = self._around.get_or_make(key, make, lambda one: one.pixels.nbytes)
        broken = sum(one.window.shape[0] * one.window.shape[1] for one in piece.damage)
        if not piece.pixels.size or broken >= part.shape[0] * part.shape[1] * scale**2:
            return None
        if piece.damage:
            self._damaged.add((identity, at))
        return piece

    def plane_around_damage(self, path: Path, t: int, z: int, c: int, level: int = 0) -> NDArray[Any]:
        """A plane for contrast: 0 in the place of what can't be read.

        Raises
        ------
        InputError
            Nothing of it can be read.
        """
        try:
            return self.plane(path, t, z, c, level=level)
        except InputError:
            info = self.info(path)
            scale = info.levels[level].scale
            piece = self._around_damage(path, Window.whole(info.shape), 1 / scale, (t, z, c), lambda: False)
            if piece is None:
                raise
            return piece.pixels

    def chunks(self, path: Path, t: int = 0, z: int = 0, c: int = 0) -> Iterator[tuple[Window, NDArray[Any]]]:
        """Yield a plane in parts of about 16 MB with their places; nothing is kept."""
        with open_image(path) as image:
            for window in chunks(image, 0, Window.whole(image.info.shape)):
                yield window, image.read(t=t, z=z, c=c, window=window)

    def clear(self) -> None:
        """Drop all that is held."""
        self._planes.clear()
        self._around.clear()
        self._damaged.clear()
        self._small_planes.clear()
        self._infos.clear()
        self._files.clear()

    @contextmanager
    def _open(self, path: Path, identity: Identity) -> Iterator[ImageFile]:
        with self._files.use(path, identity) as image:
            # The header is parsed anyway: remember it, and spare the next window a second look.
            self._infos.put(identity, image.info, 1)
            yield image

    def _whole(self, identity: Identity, path: Path, at: PlaneIndex, level: int) -> NDArray[Any]:
        def make() -> NDArray[Any]:
            with self._open(path, identity) as image:
                plane = image.read(t=at[0], z=at[1], c=at[2], level=level)
            plane.flags.writeable = False
            return plane

        return self._planes.get_or_make((identity, at, level), make, lambda plane: plane.nbytes)

    def _by_blocks(
        self, identity: Identity, path: Path, info: ImageInfo, at: PlaneIndex, level: int, window: Window
    ) -> NDArray[Any]:
        """Put a window together from blocks that are kept; a very large one is read past the cache."""
        shape = info.levels[level].shape
        out = np.zeros((*window.shape, *((3,) if info.rgb else ())), info.dtype)
        if 0 in window.shape:
            return out
        if out.nbytes > self._planes.max_bytes // 4:
            with self._open(path, identity) as image:
                return image.read(t=at[0], z=at[1], c=at[2], window=window, level=level)
        key = (identity, at, level)
        kept = {block: self._planes.get((*key, block)) for block in _blocks(info, shape, window)}
        missing = [block for block, pixels in kept.items() if pixels is None]
        if missing:
            with self._open(path, identity) as image:
                read = (
                    _read_at_once(image, missing, at, level)
                    if info.block == (1, 1) and len(missing) > 1
                    else image.read_blocks(missing, t=at[0], z=at[1], c=at[2], level=level)
                )
                for block, pixels in zip(missing, read, strict=True):
                    self._planes.put((*key, block), pixels, pixels.nbytes)
                    _copy(out, window, pixels, block)
        for block, found in kept.items():
            if found is not None:
                _copy(out, window, found, block)
        return out

    def _reduced(
        self, path: Path, wanted: Wanted, overview: bool, stop: Stop, progress: Progress
    ) -> NDArray[Any]:
        identity = file_identity(path)
        key = (identity, wanted)

        def make() -> NDArray[Any]:
            kept = self._folder.get(key) if overview else None
            if kept is not None:
                return kept
            with self._open(path, identity) as image:
                # What was stopped half-way goes on there: a person who walks on must not make it begin anew for ever.
                reduction = self._partial.pop(key, None) or Reduction(wanted, image)
                try:
                    pixels = reduction.run(image, stop, progress)
                except Stopped:
                    if overview:
                        while len(self._partial) >= _MOST_PARTIAL:
                            self._partial.pop(next(iter(self._partial)), None)
                        self._partial[key] = reduction
                    raise
            pixels.flags.writeable = False
            if overview:
                self._folder.put(key, pixels)
            return pixels

        return self._planes.get_or_make(key, make, lambda pixels: pixels.nbytes)


def _level(info: ImageInfo, zoom: float) -> int:
    """The smallest level that serves a zoom."""
    return max(i for i, found in enumerate(info.levels) if i == 0 or found.scale * zoom <= 1 + 1e-6)


def _blocks(info: ImageInfo, shape: tuple[int, int], window: Window) -> Iterator[Window]:
    """The blocks of a plane of `shape` that a window touches: whole tiles or strips, small ones several together."""
    high, wide = info.block
    if wide >= info.shape[1]:  # strips
        row = shape[1] * info.dtype.itemsize * info.sizes.get("s", 1)
        high, wide = high * max(1, _STRIP_BYTES // max(row * high, 1)), shape[1]
    else:
        least = _SMALL_BLOCK if info.block == (1, 1) else _BLOCK
        high, wide = (n * -(-least // n) for n in (high, wide))
    for y in range(window.y0 // high * high, window.y1, high):
        for x in range(window.x0 // wide * wide, window.x1, wide):
            yield Window(y, y + high, x, x + wide).clipped(shape)


def _read_at_once(
    image: ImageFile, blocks: Sequence[Window], at: PlaneIndex, level: int
) -> Iterator[NDArray[Any]]:
    """Blocks of one read of all that lies between them: where any pixel is read alone that takes less time."""
    y0, x0 = min(one.y0 for one in blocks), min(one.x0 for one in blocks)
    whole = Window(y0, max(one.y1 for one in blocks), x0, max(one.x1 for one in blocks))
    pixels = image.read(t=at[0], z=at[1], c=at[2], window=whole, level=level)
    for block in blocks:
        yield pixels[block.y0 - y0 : block.y1 - y0, block.x0 - x0 : block.x1 - x0].copy()


def _copy(out: NDArray[Any], window: Window, pixels: NDArray[Any], block: Window) -> None:
    """Copy what a block has of the window."""
    part = Window(
        max(window.y0, block.y0),
        min(window.y1, block.y1),
        max(window.x0, block.x0),
        min(window.x1, block.x1),
    )
    out[part.y0 - window.y0 : part.y1 - window.y0, part.x0 - window.x0 : part.x1 - window.x0] = pixels[
        part.y0 - block.y0 : part.y1 - block.y0, part.x0 - block.x0 : part.x1 - block.x0
    ]
