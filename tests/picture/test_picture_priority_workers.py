"""Of many jobs those in front are done first, and none that is not wanted any more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from time import monotonic

from tuiqc.picture.pipeline import PriorityWorkers


def until(condition: Callable[[], object]) -> None:
    end = monotonic() + 5
    while not condition():
        assert monotonic() < end
        threading.Event().wait(0.002)


def test_in_order_and_only_what_is_wanted_when_its_turn_comes() -> None:
    gate, done = threading.Event(), []

    def work(key: Hashable, job: str, superseded: Callable[[], bool]) -> bool:
        gate.wait(5)
        done.append(job)
        return True

    workers = PriorityWorkers(work, threads=1)
    workers.want([(n, f"old {n}") for n in range(5)])
    until(lambda: workers._running)
    workers.want([(9, "nine"), (3, "three"), (7, "seven")])
    gate.set()
    until(lambda: len(done) == 4)
    workers.stop()
    assert done == ["old 0", "nine", "three", "seven"]


def test_a_job_that_was_given_up_and_is_wanted_again_is_done() -> None:
    started, gave_up, again, done = threading.Semaphore(0), threading.Event(), threading.Event(), []

    def work(key: Hashable, job: str, superseded: Callable[[], bool]) -> bool:
        started.release()
        if job == "first":
            until(superseded)
            gave_up.set()
            again.wait(5)
            return False
        done.append(job)
        return True

    workers = PriorityWorkers(work, threads=1)
    workers.want([("a", "first")])
    assert started.acquire(timeout=5)
    workers.want([])
    assert gave_up.wait(5)
    workers.want([("a", "second")])
    again.set()
    until(lambda: done == ["second"])
    workers.stop()


def test_no_thread_before_there_is_work_and_none_after_the_end() -> None:
    workers: PriorityWorkers[int] = PriorityWorkers(lambda key, job, superseded: True)
    workers.want([])
    assert not workers._threads
    workers.stop()
    workers.want([(1, 1)])
    assert not workers._threads
