"""Makes the large picture in a thread of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Protocol

from tuiqc.errors import TuiqcError
from tuiqc.picture.painter import Painter, PictureSpec, Progress, RenderedPicture
from tuiqc.picture.pipeline import LatestJobWorker, Made, Pipeline
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.picture_bytes import GreyChoice, LinkMeter
from tuiqc.ui.frame_store import Encoded, Finished, finish
from tuiqc.ui.jobs import Jobs

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
    spec: PictureSpec
    cells: tuple[int, int]
    caps: Capabilities
    asked: float
    neighbours: tuple[PictureSpec, ...] = ()


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
        self.pipeline: Pipeline[Encoded] = Pipeline(
            painter, cache_bytes // PAINTED_SHARE, cache_bytes // FRAMES_SHARE
        )
        self._newest: LatestJobWorker[PictureJob, Finished | Broken] = LatestJobWorker(
            self._work, self._tell, self._fetch, _PAUSE
        )

    def request(self, job: PictureJob) -> None:
        """Make this the picture that is wanted."""
        self._newest.request(job)

    def stop(self) -> None:
        """End the thread."""
        self._newest.stop()

    def _work(self, job: PictureJob, superseded: Callable[[], bool]) -> Finished | Broken | None:
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
        for spec in job.neighbours:
            if superseded():
                return
            # What goes wrong is told when somebody looks at it; it must not end the thread that makes the pictures.
            with contextlib.suppress(Exception):
                made = self._make(spec, job, partial(self._wanted_other, spec), _quiet)
                if made is not None and spec is job.neighbours[0] and not superseded():
                    ready = Finished(job.number, spec, made.rendered, made.frame, made.key)
                    self._jobs.deliver("ahead", partial(self._listener.send_ahead, ready))

    def _wanted_other(self, spec: PictureSpec) -> bool:
        """Whether something else is wanted than what is being made ready: then it is given up."""
        waiting = self._newest.waiting
        return self._newest.superseded() and (waiting is None or waiting.spec != spec)


def _quiet(path: Path, done: int, total: int) -> None:
    """Tell nobody."""
