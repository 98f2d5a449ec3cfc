"""Long work of the screen, each in a thread of its own; results come back as messages."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

from textual.message_pump import MessagePump

from tuiqc.errors import TuiqcError
from tuiqc.picture.newest import NewestWins
from tuiqc.picture.painter import Painted, Painter, Progress, Shot
from tuiqc.picture.pipeline import Made, Pipeline
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.loading import ObjectStream, RowsBatch
from tuiqc.terminal.budget import GreyChoice, LinkMeter
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.frames import Encoded, Finished, finish
from tuiqc.ui.messages import (
    ContrastFound,
    FeedBroken,
    ObjectsRead,
    PictureAhead,
    PictureBroken,
    PictureFinished,
    PictureProgress,
    Saved,
)

PAINTED_SHARE, FRAMES_SHARE = 8, 8
"""One part in so many of the memory for pictures goes to composed ones, and to frames; the rest to planes."""

_PAUSE = 0.06
"""Seconds in which a picture reaches the terminal, before the next ones are made ready."""

_TELL_AFTER = 0.3
"""Seconds of reading after which its progress is told."""


@dataclass(frozen=True)
class PictureJob:
    """A picture that is wanted.

    `cells` is the size of the pane (columns, rows). When there is time the `neighbours` are made ready, in their order.
    """

    number: int
    shot: Shot
    cells: tuple[int, int]
    caps: Capabilities
    asked: float
    neighbours: tuple[Shot, ...] = ()


class PictureWorker:
    """Paints and encodes the newest wanted picture; older ones are dropped between their steps.

    Parameters
    ----------
    painter
        Composes the pictures.
    target
        Is told what comes of it.
    cache_bytes
        Memory for all that is kept: planes (the painter's own bound), composed pictures and frames.
    link
        Tells the byte budget of a picture.
    """

    def __init__(
        self,
        painter: Painter,
        target: MessagePump,
        cache_bytes: int = 512 << 20,
        link: LinkMeter | None = None,
    ) -> None:
        self.painter = painter
        self._target = target
        self._link = link or LinkMeter()
        self._greys = GreyChoice()
        self.pipeline: Pipeline[Encoded] = Pipeline(
            painter, cache_bytes // PAINTED_SHARE, cache_bytes // FRAMES_SHARE
        )
        self._newest: NewestWins[PictureJob, PictureFinished | PictureBroken] = NewestWins(
            self._work, self._tell, self._fetch, _PAUSE
        )

    def request(self, job: PictureJob) -> None:
        """Make this the picture that is wanted."""
        self._newest.request(job)

    def stop(self) -> None:
        """End the thread."""
        self._newest.stop()

    def _work(
        self, job: PictureJob, superseded: Callable[[], bool]
    ) -> PictureFinished | PictureBroken | None:
        def progress(path: Path, done: int, total: int) -> None:
            if perf_counter() - job.asked > _TELL_AFTER and done < total:
                self._target.post_message(PictureProgress(job.number, path.name, done, total))

        try:
            made = self._make(job.shot, job, superseded, progress)
        except TuiqcError as error:
            return PictureBroken(job.number, str(error))
        except Exception as error:  # one broken image among a thousand must not end the others
            return PictureBroken(job.number, f"image {job.shot.record.key}: {type(error).__name__}: {error}")
        if made is None:
            return None
        milliseconds = (perf_counter() - job.asked) * 1000
        return PictureFinished(
            Finished(job.number, job.shot, made.painted, made.frame, made.key, milliseconds)
        )

    def _make(
        self, shot: Shot, job: PictureJob, superseded: Callable[[], bool], progress: Progress
    ) -> Made[Encoded] | None:
        most, budget = job.caps.grey_levels, self._link.budget

        def encode(painted: Painted) -> tuple[Encoded, int]:
            start = self._greys.start(most, budget)
            encoded = finish(painted, job.cells, job.caps, grey_levels=start, budget=budget)
            if self._greys.took(encoded.frame.grey_levels, encoded.nbytes, budget) and start < most:
                encoded = finish(painted, job.cells, job.caps, grey_levels=most, budget=budget)
                self._greys.took(encoded.frame.grey_levels, encoded.nbytes, budget)
            return encoded, encoded.nbytes

        return self.pipeline.make(shot, (job.cells, job.caps), encode, superseded, progress)

    def _tell(self, message: PictureFinished | PictureBroken) -> None:
        self._target.post_message(message)

    def _fetch(self, job: PictureJob, superseded: Callable[[], bool]) -> None:
        if self.painter.prepare(job.shot.display, superseded):
            self._target.post_message(ContrastFound())
            return  # what would be made ready now would have other limits than what is asked for next
        for shot in job.neighbours:
            if superseded():
                return
            # What goes wrong is told when somebody looks at it; it must not end the thread that makes the pictures.
            with contextlib.suppress(Exception):
                made = self._make(shot, job, partial(self._wanted_other, shot), _quiet)
                if made is not None and shot is job.neighbours[0] and not superseded():
                    self._target.post_message(
                        PictureAhead(Finished(job.number, shot, made.painted, made.frame, made.key))
                    )

    def _wanted_other(self, shot: Shot) -> bool:
        """Whether something else is wanted than what is being made ready: then it is given up."""
        waiting = self._newest.waiting
        return self._newest.superseded() and (waiting is None or waiting.shot != shot)


def _quiet(path: Path, done: int, total: int) -> None:
    """Tell nobody."""


class FeedWorker:
    """Reads the objects of the active layer; a new layer ends the reading of the one before."""

    def __init__(self, target: MessagePump) -> None:
        self._target = target
        self._feed: ObjectStream | None = None

    def start(self, make: Callable[[Callable[[RowsBatch], None]], ObjectStream], layer: str) -> None:
        """Read with the feed that `make(deliver)` gives."""
        self.stop()
        feed = self._feed = make(lambda fed: self._tell(layer, fed))
        threading.Thread(target=self._run, args=(feed,), name="tuiqc-feed", daemon=True).start()

    def _run(self, feed: ObjectStream) -> None:
        try:
            feed.run()
        except (
            Exception
        ) as error:  # the person must know that rows are missing, and go on with those that are there
            self._target.post_message(FeedBroken(f"{type(error).__name__}: {error}"))

    def stop(self) -> None:
        """End the reading."""
        if self._feed is not None:
            self._feed.stop()

    def _tell(self, layer: str, fed: RowsBatch) -> None:
        self._target.post_message(ObjectsRead(layer, fed))


def save_in_thread(store: AnnotationStore, target: MessagePump) -> None:
    """Write the annotation CSV without stopping the screen."""

    def save() -> None:
        trouble = ""
        try:
            store.save()
        except TuiqcError as error:
            trouble = str(error)
        except ValueError:
            return  # closed meanwhile; closing saves
        target.post_message(Saved(trouble))

    threading.Thread(target=save, name="tuiqc-save", daemon=True).start()


def refresh_in_thread(store: AnnotationStore, target: MessagePump) -> None:
    """Take over what others wrote into the CSV without stopping the screen; a message comes only if there is any."""

    def refresh() -> None:
        if store.refresh():
            target.post_message(Saved(""))

    threading.Thread(target=refresh, name="tuiqc-refresh", daemon=True).start()
