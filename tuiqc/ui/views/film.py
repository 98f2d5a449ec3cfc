"""The film strip of the current track: painted in a thread, newest wins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.message import Message

from tuiqc.errors import TuiqcError
from tuiqc.picture.filmstrip import film_strip, zoom_for
from tuiqc.picture.newest import NewestWins
from tuiqc.picture.shot import Shot
from tuiqc.review.track_shown import strip_crops
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.encoder import picture_size
from tuiqc.tracks.strip import Crop
from tuiqc.ui.frames import Finished, finish
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuiqc.ui.screens.view_columns import ViewColumns

_CROPS = 5
"""Time points in the film strip at least."""


@dataclass(frozen=True)
class _Job:
    """A film strip that is wanted for `cells` (columns, rows)."""

    number: int
    base: Shot
    crops: tuple[Crop, ...]
    now: int
    zoom: float
    cells: tuple[int, int]
    caps: Capabilities


class FilmStrip(Picture):
    """Crops of the track around the present time point; `show_track` after every change of the session."""

    @dataclass
    class Made(Message, bubble=False):
        """A film strip came out of the thread; None with the words why not."""

        finished: Finished | None
        number: int
        words: str = ""

    def __init__(self, home: ViewColumns, *, id: str | None = None) -> None:
        super().__init__(home.caps, home.output, id=id)
        self.home = home
        self.number = 0
        """That of the strip that was asked for last."""
        self._asked: tuple[object, ...] | None = None
        self._worker: NewestWins[_Job, FilmStrip.Made] | None = None

    def on_mount(self) -> None:
        """Begin the thread: not before, as a view that is refused is never on the screen."""
        self._worker = NewestWins(self._paint, self._made)

    def on_unmount(self) -> None:
        """End the thread."""
        if self._worker is not None:
            self._worker.stop()

    def show_track(self) -> tuple[Crop, ...]:
        """Ask for the strip of the session's track; return its crops, none where nothing can be shown."""
        columns, lines = self.size
        if not columns or not lines or self._worker is None:
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
            self.number += 1
            self._worker.request(_Job(self.number, base, crops, session.t, zoom, (columns, lines), caps))
        return crops

    def _made(self, made: FilmStrip.Made) -> None:
        self.post_message(made)

    def _paint(self, job: _Job, superseded: Callable[[], bool]) -> FilmStrip.Made | None:
        width, height = picture_size(*job.cells, job.caps)
        try:
            painted = film_strip(
                self.home.painter, job.base, job.crops, job.now, job.zoom, width, height, superseded
            )
            if painted is None or superseded():
                return None
            encoded = finish(painted, job.cells, job.caps)
        except TuiqcError as error:
            return self.Made(None, job.number, str(error))
        except Exception as error:  # a broken file must not end the thread
            return self.Made(None, job.number, f"{type(error).__name__}: {error}")
        return self.Made(Finished(job.number, replace(job.base, t=job.now), painted, encoded), job.number)

    def on_film_strip_made(self, event: Made) -> None:
        """Show it, if it still fits."""
        event.stop()
        if event.finished is None:
            if event.number == self.number:
                self.say(event.words)
        elif (event.finished.frame.columns, event.finished.frame.rows) == tuple(self.size):
            self.offer(event.finished)
