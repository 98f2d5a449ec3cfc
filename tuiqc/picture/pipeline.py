"""From a spec to an encoded frame: the threads that make pictures, and a bounded memory of what was made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Generic, TypeVar

from tuiqc.errors import InputError
from tuiqc.picture.painter import Painter, PictureSpec, Progress, RenderedPicture
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.pixels.image_identity import file_identity, files_asked_once

J = TypeVar("J")
R = TypeVar("R")


class LatestJobWorker(Generic[J, R]):
    """One thread, one waiting place: a newer request takes the place of an older one.

    Parameters
    ----------
    work
        Called in the thread as `work(job, superseded)`; it should ask `superseded()` between its steps and
        return None as soon as that is true. It must not raise for bad data.
    deliver
        Called in the thread with every result that is not None.
    idle
        Called in the thread as `idle(job, superseded)` some time after the result was delivered, if nothing newer
        waits: the place for fetching in advance.
    pause
        Seconds before that: what follows a result on other threads is not to be slowed down.
    """

    def __init__(
        self,
        work: Callable[[J, Callable[[], bool]], R | None],
        deliver: Callable[[R], None],
        idle: Callable[[J, Callable[[], bool]], None] | None = None,
        pause: float = 0.0,
    ) -> None:
        self._pause = pause
        self._work, self._deliver, self._idle = work, deliver, idle
        self._condition = threading.Condition()
        self._waiting: J | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="tuiqc-picture", daemon=True)
        self._thread.start()

    def request(self, job: J) -> None:
        """Do this job next; one that waits is forgotten, one that is being done is told to give up."""
        with self._condition:
            self._waiting = job
            self._condition.notify()

    def stop(self, wait: float = 2.0) -> None:
        """End the thread after its present step."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(wait)

    @property
    def waiting(self) -> J | None:
        """The job that is to be done next, None if nothing waits."""
        return self._waiting

    def superseded(self) -> bool:
        """Whether something newer waits (or all is over)."""
        return self._waiting is not None or self._stopped

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting is not None or self._stopped)
                if self._stopped:
                    return
                job, self._waiting = self._waiting, None
            assert job is not None
            result = self._work(job, self.superseded)
            if result is not None and not self._stopped:
                self._deliver(result)
            if self._idle is None:
                continue
            with self._condition:
                self._condition.wait_for(self.superseded, self._pause)
            if not self.superseded():
                self._idle(job, self.superseded)


class PriorityWorkers(Generic[J]):
    """Does the jobs on a list that is replaced as a whole, those in front first; safe from any thread.

    Parameters
    ----------
    work
        Called in a thread as `work(key, job, superseded)`; it delivers by itself, must not raise, and returns whether
        it is done. `superseded()` is true while the key is not on the list: it should give up then.
    threads
        How many jobs are done at a time.
    """

    def __init__(self, work: Callable[[Hashable, J, Callable[[], bool]], bool], threads: int = 2) -> None:
        self._work, self._count = work, threads
        self._condition = threading.Condition()
        self._waiting: dict[Hashable, J] = {}
        self._wanted: frozenset[Hashable] = frozenset()
        self._running: set[Hashable] = set()
        self._again: dict[Hashable, J] = {}
        self._stopped = False
        self._threads: list[threading.Thread] = []

    def want(self, jobs: Sequence[tuple[Hashable, J]]) -> None:
        """These are wanted now, in this order, and no others; what is being done of them goes on."""
        with self._condition:
            self._wanted = frozenset(key for key, _ in jobs)
            self._waiting = {key: job for key, job in jobs if key not in self._running}
            self._again = {key: job for key, job in jobs if key in self._running}
            if jobs and not self._threads and not self._stopped:
                self._start()
            self._condition.notify_all()

    def stop(self, wait: float = 2.0) -> None:
        """End the threads after their present jobs."""
        with self._condition:
            self._stopped, self._wanted, self._waiting = True, frozenset(), {}
            self._condition.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(wait)

    def _start(self) -> None:
        for number in range(self._count):
            thread = threading.Thread(target=self._run, name=f"tuiqc-tiles-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: bool(self._waiting) or self._stopped)
                if self._stopped:
                    return
                key = next(iter(self._waiting))
                job = self._waiting.pop(key)
                self._running.add(key)
            done = False
            try:
                done = self._work(key, job, lambda: key not in self._wanted)  # noqa: B023 - done before the next turn
            finally:
                with self._condition:
                    self._running.discard(key)
                    if not done and key in self._again:  # it was given up, and is wanted again
                        self._waiting = {key: self._again.pop(key), **self._waiting}


F = TypeVar("F")

Superseded = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Made(Generic[F]):
    """A frame with what it shows.

    `key` names all that decided it: two frames with one key are the same. None: it can't be told. Of a large picture
    `rendered` has a small one only: frames are kept by the hundred, and would hold every pixel else.
    """

    key: Hashable
    rendered: RenderedPicture
    frame: F


class Pipeline(Generic[F]):
    """Paints and encodes; safe from several threads.

    Parameters
    ----------
    painter
        Composes the pictures.
    painted_bytes, frame_bytes
        Bounds of the composed pictures and of the frames that are kept.
    """

    def __init__(self, painter: Painter, painted_bytes: int, frame_bytes: int) -> None:
        self.painter = painter
        self._rendered: ByteCache[Hashable, RenderedPicture] = ByteCache(painted_bytes)
        self._frames: ByteCache[Hashable, Made[F]] = ByteCache(frame_bytes)

    def make(
        self,
        spec: PictureSpec,
        how: Hashable,
        encode: Callable[[RenderedPicture], tuple[F, int]],
        superseded: Superseded = lambda: False,
        progress: Progress = lambda path, done, total: None,
    ) -> Made[F] | None:
        """Return the picture of a spec as a frame; None when `superseded()` became true on the way.

        Parameters
        ----------
        how
            Names what `encode` does (protocol, size in cells): frames of another are not taken for it.
        encode
            Makes the frame and tells its size in bytes.

        Raises
        ------
        InputError
            As `Painter.paint`.
        """
        with files_asked_once():
            return self._make(spec, how, encode, superseded, progress)

    def _make(
        self,
        spec: PictureSpec,
        how: Hashable,
        encode: Callable[[RenderedPicture], tuple[F, int]],
        superseded: Superseded,
        progress: Progress,
    ) -> Made[F] | None:
        key = self.key_of(spec)
        frame_key = None if key is None else (key, how)
        if frame_key is not None and (made := self._frames.get(frame_key)) is not None:
            return made
        rendered = self._painted(spec, key, superseded, progress)
        if rendered is None or superseded():
            return None
        frame, nbytes = encode(rendered)
        made = Made(frame_key, rendered.small(), frame)
        if frame_key is not None and not rendered.problems:
            self._frames.put(frame_key, made, nbytes + made.rendered.rgb.nbytes)
        return made

    def paint_ahead(self, spec: PictureSpec, superseded: Superseded) -> None:
        """Compose what may be asked for later: the rest takes little time, and to be called off in it takes none."""
        with files_asked_once():
            key = self.key_of(spec)
            if key is not None and not superseded():
                self._painted(spec, key, superseded, lambda path, done, total: None)

    def _painted(
        self, spec: PictureSpec, key: Hashable, superseded: Superseded, progress: Progress
    ) -> RenderedPicture | None:
        """The composed picture, from memory where it is there."""
        rendered = None if key is None else self._rendered.get(key)
        if rendered is not None:
            return rendered
        rendered = self.painter.paint(spec, superseded, progress)
        # A sentence about what went wrong is told where it went wrong, and the file may be whole the next time.
        if rendered is not None and key is not None and not rendered.problems:
            self._rendered.put(key, rendered, rendered.rgb.nbytes)
        return rendered

    def key_of(self, spec: PictureSpec) -> Hashable:
        """All that decides the picture, the files' sizes and times of change among it; None if it can't be told."""
        paths: list[Path | None] = [
            spec.record.channels.get(name) for name, style in spec.display.channels if style.visible
        ]
        paths += [
            spec.record.masks.get(name)
            for name, style in spec.display.layers
            if style.visible or name in (spec.layer, spec.display.beside_layer)
        ]
        values = tuple(getattr(spec, field.name) for field in fields(spec) if field.name != "record")
        try:
            files = tuple(file_identity(path) for path in paths if path is not None)
            key = (spec.record.index, spec.record.key, files, self.painter.limits.version, values)
            hash(key)
        except (InputError, TypeError):
            return None
        return key
