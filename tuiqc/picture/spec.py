"""What a picture is asked for by, and what comes back: plain values, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from PIL import Image

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.display import Display
from tuiqc.render.highlight import Mark
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

Projection = Literal["slice", "max", "mean"]
"""How a channel with several z becomes one plane: one of them, the brightest, or the mean of all."""


@dataclass(frozen=True, slots=True)
class ViewportSpec:
    """Where the person looks.

    `fit`: the whole image. `object`: centred on the current object; a `zoom` of None enlarges it so that its box
    takes `views.OBJECT_SHARE` of the pane. `at`: centred on (x, y) in image pixels. `zoom` is display pixels per
    image pixel.
    """

    kind: Literal["fit", "object", "at"] = "fit"
    zoom: float | None = None
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, eq=False)  # arrays have no plain equality; two specs with colours are never the same
class Colouring:
    """Values by which the objects of the active layer are coloured.

    `labels` and `values` are parallel; `limits` are the ends of the colour map; `categorical` gives each distinct
    value its own colour instead (`values` are then whole numbers, negative for none). Labels that are `hidden` have no
    colour at all. Where `rgb` (n, 3) is given, those are the colours of the labels, and nothing else counts.
    """

    labels: NDArray[Any]
    values: NDArray[Any]
    limits: tuple[float, float] | None
    categorical: bool = False
    hidden: NDArray[Any] | None = None
    rgb: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class PictureSpec:
    """All that decides how a picture looks.

    `label` is the current object of `layer` (0: none). `centre` (x, y) and `box` (min x, min y, max x, max y; max
    exclusive) are its place in image pixels where the table knows it; else it is looked for in the mask.
    `t` and `z` are the place along the axes of time and depth, held inside what each file has; `projection` puts
    all z of a channel into one plane (of a mask: the topmost label). `tail` are past places (x, y) of the current
    object in image pixels, oldest first. `crosshair` is the image pixel (x, y) that is read out. Without `ring` the
    current object has only its brackets. `marks` are small signs at image points,
    `place` the points (x, y) of what speaks against the object. Only `with_overlays` pictures have a
    scale bar and a minimap. `alone`: of `layer` only the object `label` is drawn, in its own style, and is not marked
    as the current one.
    """

    record: ImageRecord
    display: Display
    layer: str = ""
    label: int = 0
    centre: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    viewport: ViewportSpec = ViewportSpec()
    width: int = 640
    height: int = 480
    colouring: Colouring | None = None
    t: int = 0
    z: int = 0
    projection: Projection = "slice"
    tail: tuple[tuple[float, float], ...] = ()
    crosshair: tuple[int, int] | None = None
    ring: bool = True
    marks: tuple[Mark, ...] = ()
    place: tuple[tuple[float, float], ...] = ()
    with_overlays: bool = False
    alone: bool = False

    @property
    def at(self) -> PlaneChoice:
        """Its place along time and depth."""
        return PlaneChoice(self.t, self.z, self.projection)


class PlacedObjects(Protocol):
    """Rows of objects that know where each is: `images`, `labels` and `times` are (n,), the last None without time."""

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    times: NDArray[np.int64] | None

    def centre(self, position: int) -> tuple[float, float] | None:
        """Centre (x, y) in image pixels, None where it is not known."""

    def box(self, position: int) -> tuple[float, float, float, float] | None:
        """Box (min x, min y, max x, max y; max exclusive) in image pixels, None where it is not known."""


def object_spec(
    rows: PlacedObjects,
    position: int,
    images: Sequence[ImageRecord],
    display: Display,
    layer: str,
    zoom: float | None,
    size: tuple[int, int],
    z: int,
) -> PictureSpec:
    """The crop of an object, `size` (width, height) in display pixels, at its time point and a slice."""
    return PictureSpec(
        images[int(rows.images[position])],
        display,
        layer=layer,
        label=int(rows.labels[position]),
        centre=rows.centre(position),
        box=rows.box(position),
        viewport=ViewportSpec("object", zoom),
        width=size[0],
        height=size[1],
        t=0 if rows.times is None else int(rows.times[position]),
        z=z,
    )


@dataclass(frozen=True, slots=True)
class PlaneChoice:
    """A place along time and depth, and what is made of the depth."""

    t: int = 0
    z: int = 0
    projection: Projection = "slice"


_FEW_PIXELS = 100_000


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """A picture, (height, width, 3) uint8, with the view it shows and what went wrong on the way.

    `extent` is how many time points and slices the image has. `remarks` are sentences on what is there, but not to be
    seen: why a channel is black.
    Of two pictures side by side `view` is that of the left one, and `beside` the display column where the right one
    begins (0: there is one picture). `pixel_um` is micrometres per image pixel along x, None where not calibrated.
    """

    rgb: NDArray[np.uint8]
    view: Viewport
    shape: tuple[int, int]
    problems: tuple[str, ...]
    extent: tuple[int, int] = (1, 1)
    beside: int = 0
    pixel_um: float | None = None
    remarks: tuple[str, ...] = ()

    def small(self) -> RenderedPicture:
        """The same in a sixteenth of the memory, averaged; what has few pixels stays as it is."""
        if self.rgb.shape[0] * self.rgb.shape[1] < _FEW_PIXELS:
            return self
        return replace(self, rgb=np.asarray(Image.fromarray(self.rgb).reduce(4)))

    def to_image(self, display_x: float, display_y: float) -> tuple[float, float]:
        """The image point (x, y) below a display point of either picture."""
        inside = display_x - self.beside if self.beside and display_x >= self.beside else display_x
        return self.view.to_image(inside, display_y)


def unread(problems: Sequence[str]) -> list[str]:
    """Those problems of a picture for which something is not in it; that a file is slow is told as well."""
    return [
        text
        for text in problems
        if "can't be read in part" not in text and not (text.startswith("mask ") and ", its image " in text)
    ]
