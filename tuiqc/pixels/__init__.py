"""What is in this file? Planes and regions of image files, read lazily, one reader per format.

Nothing heavy is imported here: a reader's libraries come in with the first file of its format.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.pixels.axes import RenamedImage, told_axes
from tuiqc.pixels.base import MAX_PLANE_BYTES, ImageFile, ImageInfo, Level, Piece, Window
from tuiqc.pixels.cache import ByteCache
from tuiqc.pixels.sequence import is_sequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.pixels.source import PlaneSource

__all__ = [
    "MAX_PLANE_BYTES",
    "SUFFIXES",
    "ByteCache",
    "ImageFile",
    "ImageInfo",
    "Level",
    "Piece",
    "PlaneSource",
    "Window",
    "image_info",
    "open_image",
    "read_plane",
]

_BY_SUFFIX = {
    **dict.fromkeys((".tif", ".tiff", ".btf", ".tf2", ".tf8", ".lsm"), "tiff"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".gif"), "pillow"),
    **dict.fromkeys((".h5", ".hdf5"), "hdf5"),
}

SUFFIXES: tuple[str, ...] = tuple(_BY_SUFFIX)
"""Every suffix that some reader takes, in lower case (".ome.tif" ends with one of them)."""

_BY_CONTENT = (
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),  # BigTIFF
    (b"MM\0+", "tiff"),
    (b"\x89PNG\r\n\x1a\n", "pillow"),
    (b"\xff\xd8\xff", "pillow"),  # JPEG
    (b"GIF8", "pillow"),
    (b"BM", "pillow"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
)


def __getattr__(name: str) -> Any:
    """`PlaneSource` comes in when it is asked for: it needs NumPy."""
    if name == "PlaneSource":
        from tuiqc.pixels.source import PlaneSource

        return PlaneSource
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def open_image(path: Path) -> ImageFile:
    """Open an image file, or many as one (see `tuiqc.pixels.sequence`).

    The content decides the reader, its suffix only where the content does not tell.

    Raises
    ------
    InputError
        No such file, not a regular file, not an image, damaged, of an unsupported kind, or claiming a plane
        that can't be real (see `tuiqc.pixels.base.check_size`).
    """
    path = Path(path)
    if axes := told_axes(path):
        return RenamedImage(_open(path), axes)
    return _open(path)


def _open(path: Path) -> ImageFile:
    if is_sequence(path) and not path.exists():
        from tuiqc.pixels.sequence import SequenceImage

        return SequenceImage(path)
    reader = _reader(path)
    if reader == "tiff":
        from tuiqc.pixels.tiff import TiffImage

        return TiffImage(path)
    if reader == "pillow":
        from tuiqc.pixels.pillow import PillowImage

        return PillowImage(path)
    from tuiqc.pixels.hdf5 import Hdf5Image

    return Hdf5Image(path)


def read_plane(
    path: Path, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None
) -> NDArray[Any]:
    """Open `path`, read one plane or a window of it (see `ImageFile.read`), and close it again."""
    with open_image(path) as image:
        return image.read(t=t, z=z, c=c, window=window)


def image_info(path: Path) -> ImageInfo:
    """Return what is in `path` without reading its pixels."""
    with open_image(path) as image:
        return image.info


def _reader(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        # A named pipe or a device would block or never end.
        if not stat.S_ISREG(mode):
            raise InputError(
                "a folder" if stat.S_ISDIR(mode) else "not a regular file", path=path, expected="an image"
            )
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"can't be read ({getattr(error, 'strerror', None) or error})", path=path) from None
    if not head:
        raise InputError("is empty", path=path, expected="an image")
    for magic, reader in _BY_CONTENT:
        if head.startswith(magic):
            return reader
    # HDF5 may begin with a block of the user's own; the others have no such form.
    if _BY_SUFFIX.get(path.suffix.lower()) == "hdf5":
        return "hdf5"
    raise InputError("not an image that tuiqc reads", path=path, expected="TIFF, PNG, JPEG, BMP, GIF or HDF5")
