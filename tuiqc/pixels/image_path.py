"""The path of an image file that also says how the file is to be read: what a batch knows of it beside its content."""

from __future__ import annotations

from pathlib import Path, PosixPath
from typing import Any, Literal, NamedTuple, Self

Role = Literal["", "channel", "mask"]


class Reading(NamedTuple):
    """How a file is to be read.

    Attributes
    ----------
    axes
        Its axes as the person has told them, "" for what the file says.
    role
        What it is in its batch: the planes of a mask are no channels of it.
    partner
        The file that it belongs to (the image of a mask, the mask of an image): asked about axes that this one does
        not name.
    channel
        The only index along its channel axis that is read, -1 for all: masks of several layers.
    series
        Which of the images in the file, from 0: positions of an OME-TIFF.
    units
        What the coordinates of polygons are as the person has told, see `tuiqc.pixels.polygons.polygon_layer`; "" for
        what the file says.
    by_colour
        Whether each colour of a picture is a label.
    """

    axes: str = ""
    role: Role = ""
    partner: Path | None = None
    channel: int = -1
    series: int = 0
    units: str = ""
    by_colour: bool = False


PLAIN = Reading()
PROBABILITY = 1
"""`Reading.series` of the probability of a cell that Cellpose keeps beside its masks."""
OVERLAY = -1
"""`Reading.series` of the regions that ImageJ keeps in an image."""


class ImagePath(PosixPath):
    """A path with a `reading`. It is equal to the plain path: both are the same file.

    Paths made from it (its parent, another name) are plain again.
    """

    reading: Reading = PLAIN

    @classmethod
    def of(cls, path: Path, reading: Reading) -> Self:
        """The path with this reading."""
        made = cls(path)
        made.reading = reading
        return made

    def with_segments(self, *segments: Any) -> Path:
        """As of a plain path (Python 3.12 makes derived paths by this)."""
        return Path(*segments)

    def __reduce__(self) -> tuple[Any, ...]:
        return ImagePath.of, (Path(str(self)), self.reading)


def reading_of(path: Path) -> Reading:
    """How a file is to be read; a plain path says nothing of that."""
    return path.reading if isinstance(path, ImagePath) else PLAIN


def with_reading(path: Path, **changes: Any) -> ImagePath:
    """The same file, read with these changes (fields of `Reading`)."""
    return ImagePath.of(path, reading_of(path)._replace(**changes))


def reading_key(path: Path) -> str:
    """Text that is the same for the same file read in the same way."""
    reading = reading_of(path)
    return str(path) if reading == PLAIN else f"{path} as {' '.join(map(str, reading))}"
