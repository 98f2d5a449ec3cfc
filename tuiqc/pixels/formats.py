"""Which reader is for a file, and opening it: the content decides, the suffix only where the content does not tell.

Nothing heavy is imported here: a reader's libraries come in with the first file of its format.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuiqc.budget import CHANNELS, PLANES, check_count, regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.axes import OneChannel, RenamedImage
from tuiqc.pixels.colour_labels import ColourLabels
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window
from tuiqc.pixels.image_path import Reading, reading_of
from tuiqc.pixels.polygons import polygon_file
from tuiqc.pixels.sequence import is_sequence
from tuiqc.pixels.zarr_store import is_hierarchy

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Format(NamedTuple):
    """A reader of this package (module and class), and which files are for it.

    `suffixes` are in lower case; a file begins with one of `beginnings`. With `by_suffix` it may also begin with
    something else, and the suffix tells. A reader that `decides_axes` asks `tuiqc.pixels.axes.decide` itself.
    """

    module: str
    reader: str
    suffixes: tuple[str, ...]
    beginnings: tuple[bytes, ...]
    by_suffix: bool = False
    decides_axes: bool = True


_FORMATS = (
    _Format(
        "tiff",
        "TiffImage",
        (".tif", ".tiff", ".btf", ".tf2", ".tf8", ".lsm", ".qptiff", ".svs", ".ndpi", ".scn", ".bif"),
        (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),  # those with a plus are BigTIFF
    ),
    _Format(
        "pillow",
        "PillowImage",
        (".png", ".jpg", ".jpeg", ".bmp", ".gif"),
        (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF8"),
        decides_axes=False,
    ),
    # A packed file of arrays begins as any ZIP file does.
    _Format("numpy_array", "NumpyImage", (".npy", ".npz"), (b"\x93NUMPY",), by_suffix=True),
    # HDF5 may begin with a block of the user's own.
    _Format("hdf5", "Hdf5Image", (".h5", ".hdf5"), (b"\x89HDF\r\n\x1a\n",), by_suffix=True),
    # Those of microscope makers, whose libraries are an extra.
    _Format("czi_image", "CziImage", (".czi",), (b"ZISRAWFILE",), decides_axes=False),
    _Format("nd2_image", "Nd2Image", (".nd2",), (b"\xda\xce\xbe\x0a",), by_suffix=True, decides_axes=False),
    _Format(
        "lif_image",
        "LifImage",
        (".lif", ".lof", ".xlef"),
        (b"\x70\0\0\0",),
        by_suffix=True,
        decides_axes=False,
    ),
)

_ZARR = _Format("ome_zarr", "OmeZarrImage", (".zarr", ".ozx"), ())
"""A folder or a ZIP file: no content of a file tells."""

_POLYGONS = _Format("polygons.polygon_layer", "PolygonImage", polygon_file.SUFFIXES, ())
"""Text, tables or ZIP files: a look into them tells."""

RAW: tuple[str, ...] = tuple(
    suffix
    for one in _FORMATS
    if one.module in ("czi_image", "nd2_image", "lif_image")
    for suffix in one.suffixes
)
"""Those of microscope makers' own formats."""

SUFFIXES: tuple[str, ...] = tuple(suffix for one in (*_FORMATS, _ZARR, _POLYGONS) for suffix in one.suffixes)
"""Every suffix that some reader takes, in lower case (".ome.tif" ends with one of them)."""


def open_image(path: Path) -> ImageFile:
    """Open an image file, or many as one (see `tuiqc.pixels.sequence`).

    The content decides the reader, its suffix only where the content does not tell.

    Raises
    ------
    InputError
        No such file, not a regular file, not an image, damaged, of an unsupported kind, or claiming a plane
        that can't be real (see `tuiqc.pixels.image_file.check_size`).
    """
    image = _open(path)
    reading = reading_of(path)
    if reading.by_colour:
        image = ColourLabels(image)
    return image if reading.channel < 0 else OneChannel(image, reading.channel)


def _open(path: Path) -> ImageFile:
    axes = reading_of(path).axes
    if is_sequence(path) and not path.exists():
        from tuiqc.pixels.sequence import SequenceImage

        many = SequenceImage(Path(path), open_image)
        return RenamedImage(many, axes) if axes else many
    found = _format(path)
    image: ImageFile = getattr(import_module(f"tuiqc.pixels.{found.module}"), found.reader)(path)
    sizes = image.info.sizes
    try:
        check_count(path, sizes["c"], "channels", CHANNELS)
        check_count(path, sizes["t"] * sizes["z"] * sizes["c"], "planes", PLANES)
    except InputError:
        image.close()
        raise
    return RenamedImage(image, axes) if axes and not found.decides_axes else image


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


def partner_of(reading: Reading) -> ImageInfo | None:
    """What the file says that another belongs to; None where there is none, or it can't be read."""
    try:
        return None if reading.partner is None else image_info(reading.partner)
    except InputError:
        return None


def _format(path: Path) -> _Format:
    if is_hierarchy(path):
        return _ZARR
    regular_file(path, "an image")
    if polygon_file.hides_polygons(path):
        return _POLYGONS
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:
        raise InputError(f"can't be read ({getattr(error, 'strerror', None) or error})", path=path) from None
    if not head:
        raise InputError("is empty", path=path, expected="an image")
    suffix = path.suffix.lower()
    for one in _FORMATS:
        if head.startswith(one.beginnings):
            return one
    for one in _FORMATS:
        if one.by_suffix and suffix in one.suffixes:
            return one
    if polygon_file.is_polygons(path):
        return _POLYGONS
    raise InputError(
        "not an image that tuiqc reads",
        path=path,
        expected="TIFF, PNG, JPEG, BMP, GIF, HDF5, NumPy, OME-Zarr or polygons",
    )
