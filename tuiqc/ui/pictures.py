"""The picture of the current place: what is asked for, what comes, and whether it keeps one waiting.

It is made in a thread of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import Protocol

from textual.timer import Timer

from tuiqc.config import Config
from tuiqc.errors import InputError, TuiqcError
from tuiqc.paths import cache_dir
from tuiqc.picture.painter import Painter, PictureSpec, Progress, RenderedPicture
from tuiqc.picture.pipeline import LatestJobWorker, Made, Pipeline
from tuiqc.picture.thumbnails import MEMORY_BYTES, thumbnail_painter
from tuiqc.review.changes import Changes
from tuiqc.review.place import Extent, Level
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.picture_bytes import GreyChoice, LinkMeter
from tuiqc.terminal.protocols.picture_protocol import picture_size
from tuiqc.ui.display_state import DisplayState
from tuiqc.ui.frame_store import Encoded, Finished, finish
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.output import Output
from tuiqc.ui.picture_specs import PictureSpecs
from tuiqc.ui.viewport_state import ViewportState
from tuiqc.ui.widgets.picture import Picture

PAINTED_SHARE, FRAMES_SHARE = 8, 24
"""One part in so many of the memory for pictures goes to composed ones, and to frames; the rest to planes."""

_PAUSE = 0.06
"""Seconds in which a picture reaches the terminal, before the next ones are made ready."""

_TOLD_WITHIN = 1.0
"""Seconds in which what may be wanted next is told, once a picture is on the screen."""

_POINTED = 0.05
"""Seconds for which the mouse stays over a row whose picture is made ready: on its way it comes over many."""

_TELL_AFTER = 0.3
"""Seconds of reading after which its progress is told."""


@dataclass(frozen=True)
class PictureJob:
    """A picture that is wanted.

    `cells` is the size of the pane (columns, rows). One that is only `foreseen` is made ready and not shown.
    """

    number: int
    spec: PictureSpec
    cells: tuple[int, int]
    caps: Capabilities
    asked: float
    foreseen: bool = False


class Foresight:
    """What may be wanted after a picture: told on the event loop, and waited for by the thread that makes it ready.

    Attributes
    ----------
    number
        That of the picture for which it was told last.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.number, self._ended = 0, False
        self._specs: tuple[Sequence[PictureSpec], Sequence[PictureSpec]] = (), ()

    def tell(self, number: int, nearest: Sequence[PictureSpec], farther: Sequence[PictureSpec]) -> None:
        """After the picture of this number the `nearest` are made ready in their order, those `farther` composed."""
        with self._condition:
            self.number, self._specs = number, (nearest, farther)
            self._condition.notify()

    def wake(self, *, ended: bool = False) -> None:
        """Something else is wanted by now, or nothing any more."""
        with self._condition:
            self._ended = self._ended or ended
            self._condition.notify()

    def of(
        self, number: int, superseded: Callable[[], bool]
    ) -> tuple[Sequence[PictureSpec], Sequence[PictureSpec]]:
        """The nearest and those farther; none when it was not told in time, or something else is wanted."""
        with self._condition:
            self._condition.wait_for(
                lambda: self.number >= number or self._ended or superseded(), _TOLD_WITHIN
            )
            return self._specs if self.number == number else ((), ())


class Listener(Protocol):
    """Is told, on the event loop, what comes of the jobs; only the newest of each counts."""

    def finished(self, picture: Finished) -> None:
        """A picture is ready."""

    def send_ahead(self, picture: Finished) -> None:
        """A picture that may be wanted next is ready."""

    def progress(self, number: int, name: str, share: float) -> None:
        """A file that a picture needs is being read, and takes long."""

    def broken(self, number: int, text: str) -> None:
        """Nothing of an image can be shown."""

    def contrast_found(self) -> None:
        """The contrast limits of the whole batch are known now."""


@dataclass(frozen=True)
class Broken:
    """Why there is no picture."""

    number: int
    text: str


class PictureWorker:
    """Paints and encodes the newest wanted picture; older ones are dropped between their steps.

    Parameters
    ----------
    painter
        Composes the pictures.
    listener, jobs
        Is told what comes of it, by these jobs.
    cache_bytes
        Memory for all that is kept: planes (the painter's own bound), composed pictures and frames.
    link
        Tells the byte budget of a picture.
    """

    def __init__(
        self,
        painter: Painter,
        listener: Listener,
        jobs: Jobs,
        cache_bytes: int = 512 << 20,
        link: LinkMeter | None = None,
    ) -> None:
        self.painter = painter
        self._listener, self._jobs = listener, jobs
        self._link = link or LinkMeter()
        self._greys = GreyChoice()
        self.foresight = Foresight()
        self.pipeline: Pipeline[Encoded] = Pipeline(
            painter, cache_bytes // PAINTED_SHARE, cache_bytes // FRAMES_SHARE
        )
        self._newest: LatestJobWorker[PictureJob, Finished | Broken] = LatestJobWorker(
            self._work, self._tell, self._fetch, _PAUSE
        )

    def request(self, job: PictureJob) -> None:
        """Make this the picture that is wanted."""
        self._newest.request(job)
        self.foresight.wake()

    def stop(self) -> None:
        """End the thread."""
        self.foresight.wake(ended=True)
        self._newest.stop()

    def _work(self, job: PictureJob, superseded: Callable[[], bool]) -> Finished | Broken | None:
        if job.foreseen:
            with contextlib.suppress(Exception):
                self._make(job.spec, job, partial(self._wanted_other, job.spec), _quiet)
            return None

        def progress(path: Path, done: int, total: int) -> None:
            if perf_counter() - job.asked > _TELL_AFTER and done < total:
                share = done / max(total, 1)
                self._jobs.deliver("progress", partial(self._listener.progress, job.number, path.name, share))

        try:
            made = self._make(job.spec, job, superseded, progress)
        except TuiqcError as error:
            return Broken(job.number, str(error))
        except Exception as error:  # one broken image among a thousand must not end the others
            return Broken(job.number, f"image {job.spec.record.key}: {type(error).__name__}: {error}")
        if made is None:
            return None
        milliseconds = (perf_counter() - job.asked) * 1000
        return Finished(job.number, job.spec, made.rendered, made.frame, made.key, milliseconds)

    def _make(
        self, spec: PictureSpec, job: PictureJob, superseded: Callable[[], bool], progress: Progress
    ) -> Made[Encoded] | None:
        most, budget = job.caps.grey_levels, self._link.budget

        def encode(rendered: RenderedPicture) -> tuple[Encoded, int]:
            start = self._greys.start(most, budget)
            encoded = finish(rendered, job.cells, job.caps, grey_levels=start, budget=budget)
            if self._greys.took(encoded.frame.grey_levels, encoded.nbytes, budget) and start < most:
                encoded = finish(rendered, job.cells, job.caps, grey_levels=most, budget=budget)
                self._greys.took(encoded.frame.grey_levels, encoded.nbytes, budget)
            return encoded, encoded.nbytes

        return self.pipeline.make(spec, (job.cells, job.caps), encode, superseded, progress)

    def _tell(self, result: Finished | Broken) -> None:
        if isinstance(result, Broken):
            tell = partial(self._listener.broken, result.number, result.text)
        else:
            tell = partial(self._listener.finished, result)
        self._jobs.deliver("picture", tell)

    def _fetch(self, job: PictureJob, superseded: Callable[[], bool]) -> None:
        if self.painter.prepare(job.spec.display, superseded):
            self._jobs.deliver("contrast", self._listener.contrast_found)
            return  # what would be made ready now would have other limits than what is asked for next
        nearest, farther = self.foresight.of(job.number, superseded)
        for spec in nearest:
            if superseded():
                return
            # What goes wrong is told when somebody looks at it; it must not end the thread that makes the pictures.
            with contextlib.suppress(Exception):
                made = self._make(spec, job, partial(self._wanted_other, spec), _quiet)
                if made is not None and spec is nearest[0] and not superseded():
                    ready = Finished(job.number, spec, made.rendered, made.frame, made.key)
                    self._jobs.deliver("ahead", partial(self._listener.send_ahead, ready))
        for spec in farther:
            if superseded():
                return
            with contextlib.suppress(Exception):
                self.pipeline.paint_ahead(spec, partial(self._wanted_other, spec))

    def _wanted_other(self, spec: PictureSpec) -> bool:
        """Whether something else is wanted than what is being made ready: then it is given up."""
        waiting = self._newest.waiting
        return self._newest.superseded() and (waiting is None or waiting.spec != spec)


def _quiet(path: Path, done: int, total: int) -> None:
    """Tell nobody."""


_LATE = 0.4
"""Seconds after which a picture is late."""

_PLANES = (3, 4)
"""The part of the memory for pictures that planes may take."""


class Pictures:
    """Asks for the picture of the current place, and shows it when it comes.

    Attributes
    ----------
    pane
        Where it is shown.
    viewport
        Where one looks in it.
    painter
        What composes it.
    number
        That of the request made last.
    late
        Whether the picture that is wanted keeps one waiting.
    reading
        What is being read for it, "" when nothing takes long.
    wanted
        Whether the picture of the current place is wanted at all: some views have others.
    when_broken
        Called with why a picture can't be had.
    when_told
        Called when what is said about the picture has changed.
    when_shown
        Called when a picture came, or can't be had; with None in the second case.
    """

    def __init__(
        self,
        session: Session,
        display: DisplayState,
        jobs: Jobs,
        output: Output,
        config: Config,
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._jobs, self._output, self._config = session, jobs, output, config
        self._changed = changed
        self.viewport = ViewportState(session, changed)
        self.pane = Picture(output.caps, output, id="picture")
        self.specs = PictureSpecs(session, display, self.viewport, self._pixels)
        cache = config.cache_mb << 20
        part, whole = _PLANES
        self.painter = Painter(cache * part // whole, session.batch.images, cache_dir() / "overviews")
        self._worker = PictureWorker(self.painter, self, jobs, cache, output.link)
        self.number = 0
        self.late = False
        self.reading = ""
        self.wanted: Callable[[], bool] = lambda: True
        self.when_told: Callable[[], object] = lambda: None
        self.when_broken: Callable[[str], None] = lambda text: None
        self.when_shown: Callable[[], None] = lambda: None
        self._asked: PictureSpec | None = None
        self._pointed: tuple[Level, int] | None = None
        self._steps: list[tuple[int, Callable[[], None]]] = []
        self._late_timer: Timer | None = None

    @cached_property
    def tile_painter(self) -> Painter:
        """What composes the small pictures of all sheets: it reads no more of a file than they need."""
        memory = self.sheet_memory(MEMORY_BYTES)
        return thumbnail_painter(self._session.batch.images, self._config.thumbnail_cache_mb, memory)

    def sheet_memory(self, most: int) -> int:
        """So many bytes of `most` a cache of sheets may hold: a quarter of what all may, where that is less."""
        return min(most, self._config.cache_mb << 18)

    def _pixels(self) -> tuple[int, int] | None:
        columns, rows = self.pane.size
        return picture_size(columns, rows, self._output.caps) if columns and rows else None

    # --- asking

    def request(self, *, again: bool = False, asked: Callable[[], None] = lambda: None) -> bool:
        """Ask for the picture of the present place; the old one stays until it is there. Whether one was asked for.

        Nothing happens if it is what was asked for last, unless it has to be made `again`; else `asked` is called.
        """
        if not self.wanted():
            return False
        spec = self.specs.current()
        if spec is None or not self.pane.display or (spec == self._asked and not again):
            return False
        self._asked = spec
        self.pane.send_ahead(None)
        self.number += 1
        cells = (self.pane.size.width, self.pane.size.height)
        self._worker.request(PictureJob(self.number, spec, cells, self._output.caps, perf_counter()))
        self._wait_for_it()
        asked()
        return True

    @property
    def pending(self) -> bool:
        """Whether the picture that was asked for last has not been shown yet."""
        finished = self.pane.finished
        return finished is None or (self._asked is not None and finished.number < self.number)

    def stop(self) -> None:
        """End the thread."""
        self._worker.stop()

    def _wait_for_it(self) -> None:
        """Begin to wait: what is shown is the picture of another place, and that is said when it lasts."""
        if self._late_timer is None:
            self._late_timer = self._jobs.every(_LATE, self._tell_late)
        else:
            self._late_timer.reset()
            self._late_timer.resume()

    def _tell_late(self) -> None:
        assert self._late_timer is not None
        self._late_timer.pause()
        finished = self.pane.finished
        if not self.pane.note and (finished is None or finished.number != self.number):
            self.late = True
            self.when_told()

    def in_time(self, number: int) -> None:
        """The picture with this number is there, or can't be had."""
        self.reading = ""
        if number != self.number:
            return
        self.late = False
        if self._late_timer is not None:
            self._late_timer.pause()

    def limits_of(self, name: str) -> tuple[float, float] | None:
        """Between which values a channel of the picture that is shown is drawn; they are known since it was made."""
        spec = self.specs.here()
        style = dict(spec.display.channels).get(name)
        if style is None or spec.record.channels.get(name) is None:
            return None
        try:
            return self.painter.limits.filled_in(spec, name, style).limits
        except InputError:
            return None

    def _foresee(self, number: int) -> None:
        """Have made ready what may be wanted next, once this picture is there and nothing newer is wanted."""
        if number == self.number:
            self._worker.foresight.tell(number, *self.specs.foreseen())

    def point_at(self, level: Level, row: int) -> None:
        """The mouse came over a row of a table: a click on it finds its picture ready, unless it comes at once."""
        self._jobs.after(_POINTED, partial(self._make_ready, level, row))
        self._pointed = level, row

    def _make_ready(self, level: Level, row: int) -> None:
        """Have the picture of a row made ready, if the mouse is still there and no picture is waited for."""
        if (level, row) != self._pointed or self.pending or not self.wanted() or not self.pane.display:
            return
        spec = self.specs.of_row(level, row)
        if spec is not None:
            cells = (self.pane.size.width, self.pane.size.height)
            job = PictureJob(self.number, spec, cells, self._output.caps, perf_counter(), foreseen=True)
            self._worker.request(job)

    # --- time and depth

    def wait_for_extent(self, step: Callable[[], None]) -> None:
        """Take a step when the picture has told how many time points and slices there are."""
        self._steps.append((self._session.cursor.image, step))

    def extent_seen(self) -> None:
        """A picture tells how many time points and slices its image has."""
        finished, cursor = self.pane.finished, self._session.cursor
        if finished is None:
            return
        extent, index = Extent(*finished.rendered.extent), finished.spec.record.index
        if cursor.learn_extent(index, extent):
            self._changed(Changes.PLACE)
        steps, self._steps = self._steps, []
        for image, step in steps:
            if image == index == cursor.image:
                step()

    # --- what comes

    def finished(self, picture: Finished) -> None:
        """Show it if it is of this size still."""
        frame = picture.frame
        if (frame.columns, frame.rows) == (self.pane.size.width, self.pane.size.height):
            self.pane.offer(picture)
            # Later, as it takes a millisecond and what is said about the picture is painted now.
            self._jobs.after(_PAUSE / 2, partial(self._foresee, picture.number))
        elif picture.number == self.number:
            self._asked = None  # it came while the pane was hidden: ask again when it is back

    def send_ahead(self, picture: Finished) -> None:
        """Send what may be wanted next, while nothing else is."""
        if picture.number == self.number:
            self.pane.send_ahead(picture)

    def progress(self, number: int, name: str, share: float) -> None:
        """Say what is being read for the picture that is wanted."""
        if number == self.number:
            self.reading = f"reading {name}: {share:.0%}"
            self.when_told()

    def broken(self, number: int, text: str) -> None:
        """Say so in its place."""
        self.in_time(number)
        if number == self.number:
            self.pane.say(text)
            self.when_broken(text)
            self._foresee(number)
        self.when_shown()

    def contrast_found(self) -> None:
        """Draw again, as all images will be drawn."""
        self.request(again=True)
