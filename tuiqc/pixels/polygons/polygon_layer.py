"""A file of polygons as an image of labels: drawn where and as finely as it is asked for.

The plane is that of the image that the polygons belong to; without one it is as large as they reach. Coordinates are
pixels of that image, or micrometres where the format is known to have them, or the person said so. `Reading.units` is

- "px" or "um": what the coordinates are; micrometres become pixels by the pixel size of the image;
- a number: they are micrometres, and so large is a pixel of the image;
- a path: of a file with the 3 x 3 matrix that makes pixels of them (MERSCOPE's `micron_to_mosaic_pixel_transform.csv`);
- "affine:" and six numbers: x' = xx x + xy y + x0, y' = yx x + yy y + y0.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.budget import small_text
from tuiqc.errors import InputError
from tuiqc.pixels.formats import partner_of
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Level, Window, check_size
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.polygons.outlines import Affine
from tuiqc.pixels.polygons.polygon_file import FILES, GEOJSON, kind_of
from tuiqc.pixels.polygons.polygon_set import MICROMETRES

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPARTMENTS = ("cells", "nuclei")
"""Names of the layers of a file with the nucleus of each cell beside its outline."""
_SMALLEST = 512
"""Rows and columns from which on a plane has a level of half of them."""


class PolygonImage(ImageFile):
    """Polygons as a plane of labels, uint32; `scanline` says which pixels are whose.

    Its levels are halves of halves, drawn as they are asked for. Of a movie or a stack it has as many planes as the
    image, with in each what the file says is there, or all of it.
    """

    read_worth = 2**18
    stays_open = True

    def __init__(self, path: Path) -> None:
        self._path, self._reading = path, reading_of(path)
        kind = kind_of(self._path)
        self._image = partner_of(self._reading)
        self._affine: Affine | None = None
        sizes = {"t": 1, "z": 1, "c": 1}
        if self._image is not None:
            sizes |= {axis: self._image.sizes[axis] for axis in "tz"}
            shape = self._image.shape
        else:
            shape = FILES.drawing(self._path, self.affine(), False).shape
            sizes["t"], sizes["z"] = FILES.get(self._path).outlines.planes
        names: tuple[str, ...] = ()
        if kind == GEOJSON:
            from tuiqc.pixels.polygons.geojson import has_nuclei

            if has_nuclei(self._path):
                names, sizes["c"] = COMPARTMENTS, 2
        check_size(self._path, shape[0] * shape[1] * 4, None)
        self.info = ImageInfo(
            path=Path(path),
            axes="".join(axis for axis in "tzc" if sizes[axis] > 1) + "yx",
            sizes=sizes | {"y": shape[0], "x": shape[1]},
            dtype=np.dtype(np.uint32),
            pixel_size_um=None if self._image is None else self._image.pixel_size_um,
            partial=True,
            format=kind.format if kind is not None else "polygons",
            reduced=tuple(_levels(shape)),
            block=(1, 1),
            channel_names=names,
        )

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        drawing = FILES.drawing(self._path, self.affine(), c == 1)
        return drawing.draw(region, self.levels[level].scale, t, z)

    def lines(
        self, starts: Sequence[int], count: int, *, t: int = 0, z: int = 0, c: int = 0
    ) -> NDArray[Any] | None:
        """See `ImageFile.lines`; every row would be drawn by itself."""
        return None

    def affine(self) -> Affine:
        """Return what makes pixels of the file's coordinates.

        Raises
        ------
        InputError
            They are micrometres, and nobody says how large a pixel is; or what was told can't be.
        """
        if self._affine is None:
            units = self._reading.units or FILES.get(self._path).unit
            size = None if self._image is None else self._image.pixel_size_um
            self._affine = affine_of(units, size, self._path)
        return self._affine

    def close(self) -> None:
        """See `ImageFile.close`; nothing is held open."""


def affine_of(units: str, size: tuple[float, float] | None, path: Path) -> Affine:
    """Return what makes pixels of coordinates.

    Parameters
    ----------
    units
        As the module says; "" for pixels.
    size
        Micrometres per pixel (y, x) of the image, None if it says none.
    path
        The file of polygons, for messages.

    Raises
    ------
    InputError
        As `PolygonImage.affine`.
    """
    if units in ("", "px"):
        return Affine()
    if units == MICROMETRES:
        if size is None:
            raise InputError(
                "has places in micrometres, but the image does not say how large its pixels are",
                path=path,
                hint="say it: --units LAYER=0.2125 (micrometres per pixel), or --units LAYER=px",
            )
        return Affine(xx=1 / size[1], yy=1 / size[0])
    if units.startswith("affine:"):
        return _affine(units.removeprefix("affine:").replace(",", " ").split(), units, path)
    number = _number(units)
    if number is not None:
        if not number > 0:
            raise InputError(f"can't have pixels of {units} µm", path=path, expected="more than 0")
        return Affine(xx=1 / number, yy=1 / number)
    text = small_text(Path(units), "a matrix of 3 x 3 numbers", 1 << 16).decode("ascii", "replace")
    numbers = text.replace(",", " ").split()
    if len(numbers) != 9:
        raise InputError(
            f"has {len(numbers)} numbers", path=Path(units), expected="the 3 x 3 of a matrix, row by row"
        )
    return _affine(numbers[:6], units, path)


def _affine(numbers: list[str], units: str, path: Path) -> Affine:
    values = [_number(one) for one in numbers]
    if len(values) != 6 or any(one is None for one in values):
        raise InputError(f"can't be placed by {units!r}", path=path, expected="six numbers")
    return Affine(*(one for one in values if one is not None))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _levels(shape: tuple[int, int]) -> list[Level]:
    found, scale = [], 2
    while max(shape) // scale >= _SMALLEST:
        found.append(Level((-(-shape[0] // scale), -(-shape[1] // scale)), float(scale)))
        scale *= 2
    return found
