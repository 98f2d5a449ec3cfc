"""Which part of an image is on the display, and where: pure arithmetic, no pixels.

Coordinates are 0-based pixel centres on both sides, as in CellProfiler's tables: the centre of the first
pixel is 0.0, and pixel i reaches from i - 0.5 to i + 0.5. x goes right, y goes down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

from tuiqc.pixels.image_file import Window

MIN_ZOOM, MAX_ZOOM = 1 / 1024, 64.0


@dataclass(frozen=True, slots=True)
class Viewport:
    """A display of `width` x `height` pixels looking at an image.

    Attributes
    ----------
    width, height
        Display pixels.
    centre_x, centre_y
        Image coordinates in the middle of the display.
    zoom
        Display pixels per image pixel.
    """

    width: int
    height: int
    centre_x: float
    centre_y: float
    zoom: float

    @classmethod
    def fit(cls, shape_yx: tuple[int, int], width: int, height: int) -> Viewport:
        """Show all of an image of `shape_yx` (rows, columns), as large as it goes, in the middle.

        A side that takes less than a display pixel (of a very long image) has its middle on one: else none shows it.
        """
        rows, columns = max(shape_yx[0], 1), max(shape_yx[1], 1)
        zoom = _bounded(min(width / columns, height / rows))
        aside_x, aside_y = (
            0.5 / zoom if side * zoom < 1 and length % 2 == 0 else 0.0
            for side, length in ((columns, width), (rows, height))
        )
        return cls(width, height, (columns - 1) / 2 + aside_x, (rows - 1) / 2 + aside_y, zoom)

    def zoomed(self, factor: float, about: tuple[float, float] | None = None) -> Viewport:
        """Multiply the zoom by `factor`; the display point `about` (x, y; None: the middle) stays put."""
        zoom = _bounded(self.zoom * factor)
        if about is None:
            return replace(self, zoom=zoom)
        x, y = self.to_image(*about)
        moved = replace(self, zoom=zoom)
        new_x, new_y = moved.to_image(*about)
        return replace(moved, centre_x=self.centre_x + x - new_x, centre_y=self.centre_y + y - new_y)

    def with_zoom(self, zoom: float) -> Viewport:
        """Set the zoom (display pixels per image pixel) about the middle; kept between 1/1024 and 64."""
        return replace(self, zoom=_bounded(zoom))

    def panned(self, dx_display: float, dy_display: float) -> Viewport:
        """Move the look by display pixels: positive dx shows more of what is on the right."""
        return self.centred(self.centre_x + dx_display / self.zoom, self.centre_y + dy_display / self.zoom)

    def centred(self, x: float, y: float) -> Viewport:
        """Put the image point (x, y) in the middle."""
        return replace(self, centre_x=x, centre_y=y)

    def held_inside(self, shape_yx: tuple[int, int]) -> Viewport:
        """Move the centre onto an image of `shape_yx`, so that panning never loses it."""
        return self.centred(
            min(max(self.centre_x, 0.0), max(shape_yx[1] - 1.0, 0.0)),
            min(max(self.centre_y, 0.0), max(shape_yx[0] - 1.0, 0.0)),
        )

    def window(self, shape: tuple[int, int]) -> Window:
        """Return the region needed of an image of `shape` (rows, columns); empty when none is in view."""
        half_x, half_y = self.width / self.zoom / 2, self.height / self.zoom / 2
        return Window(
            floor(self.centre_y - half_y + 0.5),
            ceil(self.centre_y + half_y + 0.5),
            floor(self.centre_x - half_x + 0.5),
            ceil(self.centre_x + half_x + 0.5),
        ).clipped(shape)

    def to_image(self, display_x: float, display_y: float) -> tuple[float, float]:
        """Return the image point (x, y) below a display point; the nearest pixel is `floor(x + 0.5)`."""
        return (
            self.centre_x + (display_x - (self.width - 1) / 2) / self.zoom,
            self.centre_y + (display_y - (self.height - 1) / 2) / self.zoom,
        )

    def to_display(self, x: float, y: float) -> tuple[float, float]:
        """Return the display point (x, y) of an image point."""
        return (
            (x - self.centre_x) * self.zoom + (self.width - 1) / 2,
            (y - self.centre_y) * self.zoom + (self.height - 1) / 2,
        )


def _bounded(zoom: float) -> float:
    return min(max(zoom, MIN_ZOOM), MAX_ZOOM)
