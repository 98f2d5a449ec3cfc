"""Long work of the screen, each in a thread of its own; results come back as messages."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import TuiqcError
from tuiqc.picture.newest import NewestWins
from tuiqc.picture.painter import Painter, Shot
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.feed import Fed, ObjectFeed
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.frames import Finished, finish
from tuiqc.ui.messages import (
    ContrastFound,
    FeedBroken,
    ObjectsRead,
    PictureBroken,
    PictureFinished,
    Saved,
)

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class PictureJob:
    """A picture that is wanted.

    `cells` is the size of the pane (columns, rows). When there is time the `neighbours` are fetched.
    """

    number: int
    shot: Shot
    cells: tuple[int, int]
    caps: Capabilities
    asked: float
    neighbours: tuple[ImageRecord, ...] = ()


class PictureWorker:
    """Paints and encodes the newest wanted picture; older ones are dropped between their steps."""

    def __init__(self, painter: Painter, target: MessagePump) -> None:
        self.painter = painter
        self._target = target
        self._newest: NewestWins[PictureJob, PictureFinished | PictureBroken] = NewestWins(
            self._work, self._tell, self._fetch
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
        try:
            painted = self.painter.paint(job.shot, superseded)
            if painted is None or superseded():
                return None
            finished: Finished = finish(job.number, job.shot, painted, job.cells, job.caps)
        except TuiqcError as error:
            return PictureBroken(job.number, str(error))
        except Exception as error:  # one broken image among a thousand must not end the others
            return PictureBroken(job.number, f"image {job.shot.record.key}: {type(error).__name__}: {error}")
        return PictureFinished(replace(finished, milliseconds=(perf_counter() - job.asked) * 1000))

    def _tell(self, message: PictureFinished | PictureBroken) -> None:
        self._target.post_message(message)

    def _fetch(self, job: PictureJob, superseded: Callable[[], bool]) -> None:
        if self.painter.prepare(job.shot.display, superseded):
            self._target.post_message(ContrastFound())
        # What goes wrong here is told when somebody looks at it; it must not end the thread that makes the pictures.
        with contextlib.suppress(Exception):
            self._fetch_ahead(job, superseded)

    def _fetch_ahead(self, job: PictureJob, superseded: Callable[[], bool]) -> None:
        for record in job.neighbours:
            if superseded():
                return
            self.painter.fetch(record, job.shot.display, superseded)


class FeedWorker:
    """Reads the objects of the active layer; a new layer ends the reading of the one before."""

    def __init__(self, target: MessagePump) -> None:
        self._target = target
        self._feed: ObjectFeed | None = None

    def start(self, make: Callable[[Callable[[Fed], None]], ObjectFeed], layer: str) -> None:
        """Read with the feed that `make(deliver)` gives."""
        self.stop()
        feed = self._feed = make(lambda fed: self._tell(layer, fed))
        threading.Thread(target=self._run, args=(feed,), name="tuiqc-feed", daemon=True).start()

    def _run(self, feed: ObjectFeed) -> None:
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

    def _tell(self, layer: str, fed: Fed) -> None:
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
