"""A worker thread that always does the newest job and drops those that were superseded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

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
