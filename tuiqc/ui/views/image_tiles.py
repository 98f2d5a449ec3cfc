"""The contact sheet: all images of the batch at once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from rich.text import Text

from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.painter import PictureSpec
from tuiqc.picture.thumbnails import usual_aspect
from tuiqc.review.captions import image_caption
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.session import Level
from tuiqc.terminal.encoder import picture_size
from tuiqc.text import printable, shorten
from tuiqc.ui.column_names import choose_image_colour
from tuiqc.ui.tiles import TileJob
from tuiqc.ui.views.tile_frames import Rgb, scale_legend, verdict_legend
from tuiqc.ui.views.tile_source import UNKNOWN, TileSource, fainter
from tuiqc.ui.views.tile_view import TileView

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

_LEGEND, _SHORTEST = 36, 6
"""Cells of a legend but for the name of its column; the shortest name worth showing."""


def contact_sheet(context: ReviewContext, *, id: str | None = None) -> TileView[ImageTiles]:
    """The contact sheet as a view."""
    return TileView(context, ImageTiles(context), id=id)


class ImageTiles(TileSource):
    """A thumbnail of each image with its objects, in the order and the filter of the image table."""

    HEADING = "Contact sheet"
    WORD = "images"
    LEVEL: ClassVar[Level] = "image"

    def __init__(self, context: ReviewContext) -> None:
        super().__init__(context)
        self._aspect: float | None = None

    @property
    def rows(self) -> ImageRows:
        """The images."""
        return self.context.session.tables.images

    @property
    def aspect(self) -> float:
        """That of the first image that can be read: those of a batch are mostly alike."""
        if self._aspect is None:
            found = usual_aspect(self.context.session.batch, self.painter.source)
            self._aspect = min(4.0, max(0.25, found))
        return self._aspect

    def go(self, index: int) -> None:
        """Its objects come with it."""
        self.context.session.cursor.go_image(index)

    def spec(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """The whole image."""
        context, cursor = self.context, self.context.session.cursor
        limits = self.painter.limits
        limits.adopt(context.pictures.painter.limits)
        width, height = picture_size(*cells, context.caps)
        display = fainter(context.display.style, min(width, height))
        spec = PictureSpec(
            context.session.batch.images[position],
            display,
            layer=cursor.layer,
            width=width,
            height=height,
            colouring=context.display.colouring_of(position),
            t=cursor.t,
            z=cursor.z,
            projection=cursor.projection,
        )
        key = (position, cursor.layer, display, context.display.scale, limits.version, cells, spec.at)
        return key, TileJob(spec, cells)

    def caption(self, position: int) -> str:
        """Key, objects, failed objects: `5 · 18 · ✗ 4`."""
        session = self.context.session
        return image_caption(session.batch, session.tables.objects, position)

    # --- frames coloured by a column

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the images, None for verdicts."""
        return self.context.display.image_scale

    def frame_colour(self, position: int) -> Rgb | None:
        """By the chosen column; grey where its value is missing."""
        scale = self.scale
        if scale is None:
            return None
        number = scale.numbers[position]
        return (scale.rgb(number) if np.isfinite(number) else None) or UNKNOWN

    @property
    def by_verdict(self) -> bool:
        """Unless a column colours the images or the objects in them."""
        return self.scale is None and self.context.display.scale is None

    def legend(self, width: int) -> Text:
        """Verdicts, or the column's values; behind it what the colours of the objects mean."""
        scale, name = self.scale, self.context.display.image_colour_by
        frames = verdict_legend()
        if scale is not None:
            frames = scale_legend(name, scale, self.rows.view.frame[name])
        of_objects, column = self.context.display.scale, self.context.display.style.colour_by
        objects = self.context.session.tables.objects
        if of_objects is None or objects is None or column not in objects.view.frame.columns:
            return frames
        room = width - frames.cell_len - _LEGEND
        if room < _SHORTEST:
            return frames
        short = shorten(printable(column), room)
        return frames + "  " + scale_legend(short, of_objects, objects.view.frame[column], objects.layer)

    def choose_colour(self) -> None:
        """Ask for the column that colours the frames."""
        choose_image_colour(self.context, "frames")
