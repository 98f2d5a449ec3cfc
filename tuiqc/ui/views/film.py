"""The film strip of the current track."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuiqc.picture.filmstrip import film_strip, zoom_for
from tuiqc.picture.shot import Painted, Shot
from tuiqc.review.track_shown import strip_crops
from tuiqc.terminal.encoder import picture_size
from tuiqc.tracks.strip import Crop
from tuiqc.ui.widgets.own_picture import OwnPicture

if TYPE_CHECKING:
    from tuiqc.ui.home import Home

_CROPS = 5
"""Time points in the film strip at least."""


@dataclass(frozen=True)
class _Strip:
    """A film strip, (width, height) pixels large."""

    base: Shot
    crops: tuple[Crop, ...]
    now: int
    zoom: float
    size: tuple[int, int]


class FilmStrip(OwnPicture[_Strip]):
    """Crops of the track around the present time point; `show_track` after every change of the session."""

    def __init__(self, home: Home, *, id: str | None = None) -> None:
        super().__init__(home.caps, home.output, id=id)
        self.home = home
        self._asked: tuple[object, ...] | None = None

    def show_track(self) -> tuple[Crop, ...]:
        """Ask for the strip of the session's track; return its crops, none where nothing can be shown."""
        columns, lines = self.size
        if not columns or not lines:
            return ()
        session, caps = self.home.session, self.home.caps
        width, height = picture_size(columns, lines, caps)
        crops, largest = strip_crops(session, max(_CROPS, round(width / height)))
        if not crops:
            return ()
        base = Shot(
            session.record,
            self.home.display_style,
            layer=session.layer,
            z=session.z,
            projection=session.projection,
        )
        zoom = zoom_for(largest, min(height, width // len(crops)))
        asked = (base, crops, session.t, zoom, columns, lines, caps)
        if asked != self._asked or self.finished is None:
            self._asked = asked
            self.ask(_Strip(base, crops, session.t, zoom, (width, height)))
        return crops

    def paint(
        self, job: _Strip, cells: tuple[int, int], superseded: Callable[[], bool]
    ) -> tuple[Shot, Painted] | None:
        """Read and compose its crops."""
        painted = film_strip(self.home.painter, job.base, job.crops, job.now, job.zoom, *job.size, superseded)
        return None if painted is None else (replace(job.base, t=job.now), painted)
