"""Planes as small as a display needs them: what a jump to a new image reads, where all of it fits into the pane.

To keep the whole plane would take fifty times the memory, and a third more time; it is read when somebody looks closer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.pixels.bands import PlaneAt, Progress, Stop, means_by_bands, picked_by_bands
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.pixels.image_file import ImageFile, ImageInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAMPLE_BYTES = 16 << 20
"""Of the pixels that contrast is taken from; the limits found are kept by others."""

Open = Callable[[Path, Any], AbstractContextManager[ImageFile]]


class SmallPlanes:
    """Reads and keeps them; safe from several threads.

    Parameters
    ----------
    kept
        Where they are kept, with whole planes, which are taken where they are there.
    open_file
        Opens a file of an identity (see `plane_source.file_identity`).
    """

    def __init__(self, kept: ByteCache[Hashable, NDArray[Any]], open_file: Open) -> None:
        self._kept, self._open = kept, open_file
        self._samples: ByteCache[Hashable, NDArray[Any]] = ByteCache(_SAMPLE_BYTES)

    def means(
        self,
        path: Path,
        identity: Hashable,
        info: ImageInfo,
        at: PlaneAt,
        block: int,
        stop: Stop,
        told: Progress,
    ) -> NDArray[Any] | None:
        """Means of blocks of a plane, as `bands.display_means`; None where it has to be read whole.

        Raises
        ------
        Stopped, InputError
            As `bands.means_by_bands`.
        """
        whole_numbers = info.dtype.kind == "u" and info.dtype.itemsize <= 2
        if not whole_numbers or not self._worth(info, identity, at, block):
            return None

        def make() -> NDArray[Any]:
            with self._open(path, identity) as image:
                small = means_by_bands(image, at, block, stop, told)
            self._samples.put((identity, at), small.sample, small.sample.nbytes)
            small.means.flags.writeable = False
            return small.means

        return self._kept.get_or_make((identity, at, "means", block), make, lambda pixels: pixels.nbytes)

    def picked(
        self,
        path: Path,
        identity: Hashable,
        info: ImageInfo,
        at: PlaneAt,
        places: tuple[NDArray[np.intp], NDArray[np.intp]],
        stop: Stop,
        told: Progress,
    ) -> NDArray[Any] | None:
        """The pixels of a plane in some rows and columns (ascending); None, and errors, as `means`."""
        rows, columns = places
        block = min(n // max(len(some), 1) for n, some in zip(info.shape, places, strict=True))
        if info.dtype.kind != "u" or not self._worth(info, identity, at, block):
            return None

        def make() -> NDArray[Any]:
            with self._open(path, identity) as image:
                pixels = picked_by_bands(image, at, rows, columns, stop, told)
            pixels.flags.writeable = False
            return pixels

        key = (identity, at, "picked", rows.tobytes(), columns.tobytes())
        return self._kept.get_or_make(key, make, lambda pixels: pixels.nbytes)

    def sample(self, identity: Hashable, at: PlaneAt) -> NDArray[Any] | None:
        """Every so many pixels of a plane that was made small, see `bands.sample_step`; None where it was not."""
        return self._samples.get((identity, at))

    def clear(self) -> None:
        """Drop what is held here."""
        self._samples.clear()

    def _worth(self, info: ImageInfo, identity: Hashable, at: PlaneAt, block: int) -> bool:
        whole = (identity, (at.t, at.z, at.c), at.level) in self._kept
        return info.by_bands and info.partial and 2 <= block <= min(info.shape) and not whole
