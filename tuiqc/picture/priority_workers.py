"""Worker threads for many small jobs of which only some are wanted any more when their turn comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

J = TypeVar("J")


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
