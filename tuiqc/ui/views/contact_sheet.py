"""The contact sheet: all images of the batch at once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

import numpy as np
from rich.text import Text

from tuiqc.errors import InputError
from tuiqc.picture.colouring import ColourScale
from tuiqc.picture.painter import Painter, Shot
from tuiqc.review.captions import image_caption
from tuiqc.review.rows import Rows
from tuiqc.review.session import Level
from tuiqc.terminal.encoder import picture_size
from tuiqc.text import printable, shorten
from tuiqc.ui.tiles import TileJob
from tuiqc.ui.views.grid import Grid, fainter
from tuiqc.ui.views.tile_frames import scale_legend, verdict_legend

_LEGEND, _SHORTEST = 36, 6
"""Cells of a legend but for the name of its column; the shortest name worth showing."""


class ContactSheet(Grid):
    """A thumbnail of each image with its objects, in the order and the filter of the image table."""

    HEADING = "Contact sheet"
    LEVEL: ClassVar[Level | None] = "image"
    WORD = "images"
    _aspect: float | None = None

    def painter(self) -> Painter:
        """Reads small planes, which are kept on disk."""
        return self.home.tile_painter

    @property
    def rows(self) -> Rows:
        """The images."""
        return self.session.images

    def aspect(self) -> float:
        """That of the first image that can be read: those of a batch are mostly alike."""
        if self._aspect is None:
            self._aspect = 1.0
            for record in self.session.batch.images[:3]:
                path = next((one for one in (*record.channels.values(), *record.masks.values()) if one), None)
                if path is None:
                    continue
                try:
                    rows, columns = self.maker.painter.source.info(path).shape
                except InputError:
                    continue
                self._aspect = min(4.0, max(0.25, columns / max(rows, 1)))
                break
        return self._aspect

    def job(self, position: int, cells: tuple[int, int]) -> tuple[Hashable, TileJob]:
        """The whole image."""
        home, session = self.home, self.session
        limits = self.maker.painter.limits
        limits.adopt(home.painter.limits)
        width, height = picture_size(*cells, home.caps)
        display = fainter(home.display_style, min(width, height))
        shot = Shot(
            session.batch.images[position],
            display,
            layer=session.layer,
            width=width,
            height=height,
            colouring=home.colouring_of(position),
            t=session.t,
            z=session.z,
            projection=session.projection,
        )
        key = (position, session.layer, display, home.scale, limits.version, cells, shot.at)
        return key, TileJob(shot, cells)

    def caption(self, position: int) -> str:
        """Key, objects, failed objects: `5 · 18 · ✗ 4`."""
        return image_caption(self.session.batch, self.session.objects, position)

    # --- frames coloured by a column

    @property
    def scale(self) -> ColourScale | None:
        """Colours of the column that colours the images, None for verdicts."""
        return self.home.image_scale

    def frame_colour(self, position: int) -> tuple[int, int, int] | None:
        """By the chosen column; grey where its value is missing."""
        scale = self.scale
        if scale is None:
            return None
        number = scale.numbers[position]
        return (scale.rgb(number) if np.isfinite(number) else None) or (70, 72, 80)

    @property
    def by_verdict(self) -> bool:
        """Unless a column colours the images or the objects in them."""
        return self.scale is None and self.home.scale is None

    def legend(self) -> Text:
        """Verdicts, or the column's values; behind it what the colours of the objects mean."""
        scale, name = self.scale, self.home.image_colour_by
        frames = verdict_legend()
        if scale is not None:
            frames = scale_legend(name, scale, self.session.images.view.frame[name])
        objects, column = self.session.objects, self.home.display_style.colour_by
        if self.home.scale is None or objects is None or column not in objects.view.frame.columns:
            return frames
        room = self.size.width - frames.cell_len - _LEGEND
        if room < _SHORTEST:
            return frames
        return (
            frames
            + "  "
            + scale_legend(
                shorten(printable(column), room), self.home.scale, objects.view.frame[column], objects.layer
            )
        )

    def choose_colour(self) -> None:
        """Ask for the column that colours the frames."""
        self.home.choose_image_colour("frames")
