"""What every image reader gives: the axes of a file and its planes, read a region at a time."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tuiqc.errors import InputError

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

MAX_PLANE_BYTES = 16 * 2**30
"""A header that claims a larger plane (bytes of one t, z, c) is refused before memory is taken."""

SUSPICIOUS_PLANE_BYTES = 2**30
"""From this size on a plane is also refused when the file holds too few bytes for it, see `MAX_RATIO`."""

MAX_RATIO = 40_000
"""No codec in use compresses further: Deflate reaches 1,032:1, Zstandard's run-length blocks 32,768:1."""

VENDOR_PLANE_BYTES, VENDOR_RATIO = 64 << 20, 1_100
"""The same of files of microscopes: JPEG XR packs a hundredfold, Deflate zeros 1,032 times."""

AXES = "tczyx"


class Window(NamedTuple):
    """A region of a plane in its pixels, half-open: rows y0 to y1 - 1, columns x0 to x1 - 1."""

    y0: int
    y1: int
    x0: int
    x1: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns; never negative."""
        return max(self.y1 - self.y0, 0), max(self.x1 - self.x0, 0)

    def clipped(self, shape: tuple[int, int]) -> Window:
        """Return the part inside a plane of `shape` (rows, columns); an empty window where there is none."""
        y0, x0 = (min(max(v, 0), n) for v, n in zip((self.y0, self.x0), shape, strict=True))
        y1, x1 = min(max(self.y1, y0), shape[0]), min(max(self.x1, x0), shape[1])
        return Window(y0, y1, x0, x1)

    def reduced(self, scale: float) -> Window:
        """Return the pixels of a level of `scale` that touch this region; not clipped."""
        return Window(
            floor(self.y0 / scale), ceil(self.y1 / scale), floor(self.x0 / scale), ceil(self.x1 / scale)
        )

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Window:
        """Return the window that is the whole plane of `shape` (rows, columns)."""
        return cls(0, shape[0], 0, shape[1])


class Level(NamedTuple):
    """A resolution that a file holds.

    Attributes
    ----------
    shape
        Rows and columns of a plane at this level.
    scale
        Full-resolution pixels per pixel of this level; 1 for the first.
    """

    shape: tuple[int, int]
    scale: float


class Damage(NamedTuple):
    """A part of a plane that can't be read: where it is, in full-resolution pixels, and why."""

    window: Window
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A region of a plane, at full resolution or reduced.

    Attributes
    ----------
    pixels
        (y, x) or (y, x, 3).
    window
        Where it is, in its own (reduced) pixels.
    scale
        Full-resolution pixels per pixel: its pixel (i, j) begins at (i * scale, j * scale) of the plane.
    damage
        Parts of it that can't be read; their pixels are 0.
    on_display
        Its pixels are those at the centres of a display's pixels, and no others.
    """

    pixels: NDArray[Any]
    window: Window
    scale: float = 1.0
    damage: tuple[Damage, ...] = ()
    on_display: bool = False


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What is in an image file, known without reading its pixels.

    Attributes
    ----------
    path
        The file.
    axes
        Subset of "tczyx" in the order of the file, with "s" last for RGB samples.
    sizes
        Length of every one of t, c, z, y, x (1 where the file lacks the axis), and of "s" (3) for RGB.
    dtype
        Type of the pixels as `ImageFile.read` returns them (native byte order).
    pixel_size_um
        Micrometres per pixel (y, x), or None where the file does not say.
    partial
        True when a region is read without reading the rest of the plane.
    format
        Name of the format, such as "TIFF", "ImageJ TIFF", "OME-TIFF", "PNG", "ilastik HDF5".
    reduced
        The levels that the file holds beside the full resolution, from the largest to the smallest.
    block
        Rows and columns of what is decoded together (a tile, a strip); (1, 1) where any pixel is read alone, the whole
        plane where it can't be read in part.
    channel_names
        Name of each of c as the file has it, "" for one without; empty where the file names none.
    axes_from
        Who said which axis is which: "file", "told" (by the person), "partner" (the file that it belongs to), "shape".
    note
        A sentence for the person where the file can be read in another way too, or says what can't be.
    series
        Name of each image in the file that is like this one (positions), "" for one without; empty where it is one.
    lossy
        Whether the codec changes the values of pixels, as JPEG does.
    white_is_zero
        Whether 0 is white: what is shown is inverted, what is measured is as it is stored.
    by_bands
        Whether rows of tiles or strips may be read in several threads, and all of them take no longer than the whole.
    """

    path: Path
    axes: str
    sizes: dict[str, int]
    dtype: np.dtype[Any]
    pixel_size_um: tuple[float, float] | None
    partial: bool
    format: str
    reduced: tuple[Level, ...] = ()
    block: tuple[int, int] = (1, 1)
    channel_names: tuple[str, ...] = ()
    axes_from: str = "file"
    note: str = ""
    series: tuple[str, ...] = ()
    lossy: bool = False
    white_is_zero: bool = False
    by_bands: bool = False

    @property
    def levels(self) -> tuple[Level, ...]:
        """All resolutions of a plane, the full one first."""
        return (Level(self.shape, 1.0), *self.reduced)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a plane."""
        return self.sizes["y"], self.sizes["x"]

    @property
    def rgb(self) -> bool:
        """True when a plane has red, green and blue samples, shape (y, x, 3)."""
        return "s" in self.sizes

    @property
    def plane_bytes(self) -> int:
        """Bytes of one plane in memory."""
        return self.sizes["y"] * self.sizes["x"] * self.sizes.get("s", 1) * self.dtype.itemsize


class ImageFile(ABC):
    """One open image file: a context manager; `read` may be called from several threads."""

    info: ImageInfo

    read_worth = 2**20
    """A read by itself takes as long as so many more bytes in another (see `lines`)."""

    stays_open = False
    """Whether an open one holds no descriptor and little memory, so that it is kept whatever is in it."""

    @abstractmethod
    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """Return one plane or a region of it.

        Parameters
        ----------
        t, z, c
            0-based indices along the axes; 0 where the file lacks the axis.
        window
            Region in pixels of the level, clipped to the plane; None for the whole plane.
        level
            Index into `ImageInfo.levels`.

        Returns
        -------
        numpy.ndarray
            Shape (y, x) in the file's dtype, or (y, x, 3) uint8 or uint16 for RGB. Always a new array or a
            read-only one in native byte order.

        Raises
        ------
        InputError
            An index outside the file, or pixels that can't be read (cut off, corrupt).
        """

    def read_blocks(
        self, blocks: Sequence[Window], *, t: int = 0, z: int = 0, c: int = 0, level: int = 0
    ) -> Iterator[NDArray[Any]]:
        """Yield several windows of a plane in their order, as `read` does; side by side where that is faster."""
        for block in blocks:
            yield self.read(t=t, z=z, c=c, window=block, level=level)

    def read_around_damage(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> tuple[NDArray[Any], tuple[Damage, ...]] | None:
        """As `read`, with 0 in the place of what can't be read; None where one damaged piece damages all.

        For pictures only: what is measured must not take a gap for background.
        """
        return None

    def lines(
        self, starts: Sequence[int], count: int, *, t: int = 0, z: int = 0, c: int = 0
    ) -> NDArray[Any] | None:
        """Return some rows of a plane at full resolution, if they are had without reading what lies between.

        Parameters
        ----------
        starts
            First rows of the runs, each of which is inside the plane with its `count` rows.

        Returns
        -------
        numpy.ndarray
            Shape (len(starts), count, x), for RGB (len(starts), count, x, 3); None where the file must be decoded.

        Raises
        ------
        InputError
            As `read`.
        """
        if self.info.block != (1, 1) or not len(starts):
            return None
        wide = self.info.shape[1]
        runs = [self.read(t=t, z=z, c=c, window=Window(y, y + count, 0, wide)) for y in starts]
        import numpy as np

        return np.stack(runs)

    @abstractmethod
    def close(self) -> None:
        """Close the file; closing twice is allowed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def described(self, path: Path, trouble: str) -> Iterator[None]:
        """Look at an opened file: what goes wrong closes it, and what a library raises becomes an InputError.

        Its text is `trouble` and what the library said.
        """
        try:
            yield
        except InputError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise InputError(f"{trouble} ({error})", path=path) from error

    @property
    def levels(self) -> tuple[Level, ...]:
        """All resolutions of a plane, the full one first."""
        return self.info.levels

    def region(self, t: int, z: int, c: int, window: Window | None, level: int = 0) -> Window:
        """Check the indices against the file and return the window clipped to the plane.

        Raises
        ------
        InputError
            An index outside the file.
        """
        for axis, index in (("t", t), ("z", z), ("c", c)):
            if not 0 <= index < self.info.sizes[axis]:
                raise InputError(
                    f"has no {axis} = {index}",
                    path=self.info.path,
                    expected=f"{axis} from 0 to {self.info.sizes[axis] - 1}",
                )
        if not 0 <= level < len(self.levels):
            raise InputError(
                f"has no level {level}", path=self.info.path, expected=f"0 to {len(self.levels) - 1}"
            )
        shape = self.levels[level].shape
        return Window.whole(shape) if window is None else window.clipped(shape)


def check_packed(path: Path, plane_bytes: int) -> None:
    """As `check_size`, of files of microscopes: these are packed a hundredfold at most, and may have gaps beside.

    Raises
    ------
    InputError
        As `check_size`, already from `VENDOR_PLANE_BYTES` and `VENDOR_RATIO` times the whole file on.
    """
    size = path.stat().st_size
    check_size(path, plane_bytes, size, suspicious=VENDOR_PLANE_BYTES, ratio=VENDOR_RATIO)


def check_size(
    path: Path,
    plane_bytes: int,
    held_bytes: int | None,
    *,
    suspicious: int = SUSPICIOUS_PLANE_BYTES,
    ratio: int = MAX_RATIO,
) -> None:
    """Refuse a plane that can't be real, before memory is taken for it.

    Parameters
    ----------
    path
        The file, for the message.
    plane_bytes
        Size of one plane in memory as its header claims.
    held_bytes
        Encoded bytes that the file holds for the plane, None if unknown.
    suspicious, ratio
        From how many bytes on a plane is also refused that is so many times larger than what is held.

    Raises
    ------
    InputError
        Beyond `MAX_PLANE_BYTES`, or beyond `suspicious` and `ratio` times what is held.
    """
    gib = plane_bytes / 2**30
    if plane_bytes > MAX_PLANE_BYTES:
        raise InputError(
            f"its header claims {gib:,.1f} GiB for one plane",
            path=path,
            expected=f"at most {MAX_PLANE_BYTES >> 30} GiB",
        )
    if plane_bytes > suspicious and held_bytes is not None and held_bytes * ratio < plane_bytes:
        raise InputError(
            f"its header claims {gib:,.1f} GiB for one plane but the file holds {held_bytes:,} bytes for it",
            path=path,
            hint="the file is damaged or was not written to its end",
        )
