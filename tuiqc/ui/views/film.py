"""The film strip of the current track."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuiqc.picture.filmstrip import film_strip, zoom_for
from tuiqc.picture.spec import Colouring, PictureSpec, RenderedPicture
from tuiqc.review.time_line import strip_crops
from tuiqc.terminal.protocols.picture_protocol import picture_size
from tuiqc.tracks.strip import Crop
from tuiqc.ui.widgets.picture import OwnPicture

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

_CROPS = 5
"""Time points in the film strip at least."""


@dataclass(frozen=True)
class _Strip:
    """A film strip, (width, height) pixels large; `colourings` are the colours of the objects in each crop."""

    base: PictureSpec
    crops: tuple[Crop, ...]
    colourings: tuple[Colouring | None, ...]
    now: int
    zoom: float
    size: tuple[int, int]


class FilmStrip:
    """Crops of the track around the present time point; `show_track` after every change of the session.

    Attributes
    ----------
    picture
        The widget that shows it.
    """

    def __init__(self, context: ReviewContext) -> None:
        self._context = context
        self._asked: tuple[object, ...] | None = None
        self.picture = OwnPicture(context.output.caps, context.output, self._paint, id="strip")

    def show_track(self) -> tuple[Crop, ...]:
        """Ask for the strip of the session's track; return its crops, none where nothing can be shown."""
        columns, lines = self.picture.size
        if not columns or not lines:
            return ()
        context, caps, cursor = self._context, self._context.output.caps, self._context.session.cursor
        width, height = picture_size(columns, lines, caps)
        crops, largest = strip_crops(context.session, max(_CROPS, round(width / height)))
        if not crops:
            return ()
        base = PictureSpec(
            cursor.record,
            context.display.style,
            layer=cursor.layer,
            z=cursor.z,
            projection=cursor.projection,
        )
        colourings = tuple(context.display.colouring_of(cursor.image, crop.t) for crop in crops)
        zoom = zoom_for(largest, min(height, width // len(crops)))
        asked = (base, crops, colourings, cursor.t, zoom, columns, lines, caps)
        if asked != self._asked or self.picture.finished is None:
            self._asked = asked
            self.picture.ask(_Strip(base, crops, colourings, cursor.t, zoom, (width, height)))
        return crops

    def forget(self) -> None:
        """The picture has to be asked for again, whatever was asked."""
        self._asked = None

    def _paint(
        self, job: _Strip, cells: tuple[int, int], superseded: Callable[[], bool]
    ) -> tuple[PictureSpec, RenderedPicture] | None:
        """Read and compose its crops."""
        rendered = film_strip(
            self._context.pictures.painter,
            job.base,
            job.crops,
            job.now,
            job.zoom,
            *job.size,
            superseded,
            colourings=job.colourings,
        )
        return None if rendered is None else (replace(job.base, t=job.now), rendered)
