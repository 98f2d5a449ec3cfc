"""The worker that always does the newest job: superseded ones are dropped, the last is always delivered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.picture.pipeline import LatestJobWorker

PATIENCE = 10


class Bench:
    """A worker whose steps a test lets go on one by one."""

    def __init__(self, *, with_idle: bool = True) -> None:
        self.begun: list[int] = []
        self.gave_up: list[int] = []
        self.delivered: list[int] = []
        self.idled: list[int] = []
        self.changed = threading.Condition()
        self.gate = threading.Semaphore(0)
        self.newest: LatestJobWorker[int, int] = LatestJobWorker(
            self._work, self._deliver, self._idle if with_idle else None
        )

    def _note(self, where: list[int], job: int) -> None:
        with self.changed:
            where.append(job)
            self.changed.notify_all()

    def _work(self, job: int, superseded: Callable[[], bool]) -> int | None:
        self._note(self.begun, job)
        assert self.gate.acquire(timeout=PATIENCE)
        if superseded():
            self._note(self.gave_up, job)
            return None
        return job

    def _deliver(self, result: int) -> None:
        self._note(self.delivered, result)

    def _idle(self, job: int, superseded: Callable[[], bool]) -> None:
        assert not superseded()
        self._note(self.idled, job)

    def wait(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE)


@contextmanager
def bench(**how: bool) -> Iterator[Bench]:
    made = Bench(**how)
    try:
        yield made
    finally:
        made.gate.release(1000)
        made.newest.stop()


def test_those_that_wait_are_replaced_and_the_one_being_done_gives_up() -> None:
    with bench() as b:
        b.newest.request(1)
        b.wait(lambda: b.begun == [1])
        for job in (2, 3, 4):
            b.newest.request(job)
        b.gate.release(2)
        b.wait(lambda: b.idled == [4])
        assert (b.begun, b.gave_up, b.delivered) == ([1, 4], [1], [4])


def test_each_is_delivered_when_nothing_newer_comes() -> None:
    with bench() as b:
        for job in (1, 2, 3):
            b.newest.request(job)
            b.gate.release()
            b.wait(lambda job=job: b.idled[-1:] == [job])
        assert b.delivered == b.idled == [1, 2, 3]


def test_idling_is_left_out_while_something_waits() -> None:
    with bench() as b:
        deliver = b._deliver

        def deliver_and_ask_again(result: int) -> None:
            deliver(result)
            if result == 1:
                b.newest.request(2)

        b.newest._deliver = deliver_and_ask_again
        b.newest.request(1)
        b.gate.release(2)
        b.wait(lambda: b.idled == [2])
        assert b.delivered == [1, 2]


def test_it_works_without_anything_to_do_when_idle() -> None:
    with bench(with_idle=False) as b:
        b.newest.request(1)
        b.gate.release()
        b.wait(lambda: b.delivered == [1])


def test_after_the_end_nothing_is_delivered_or_begun() -> None:
    with bench() as b:
        b.newest.request(1)
        b.wait(lambda: b.begun == [1])
        b.newest.stop(wait=0)
        assert b.newest.superseded()
        b.gate.release()
        b.newest.stop()
        assert not b.newest._thread.is_alive()
        b.newest.request(2)
        assert (b.begun, b.delivered, b.idled) == ([1], [], [])


def test_it_may_be_stopped_from_its_own_thread() -> None:
    ended = threading.Event()

    def deliver(result: int) -> None:
        newest.stop()
        ended.set()

    newest: LatestJobWorker[int, int] = LatestJobWorker(lambda job, superseded: job, deliver)
    newest.request(1)
    assert ended.wait(PATIENCE)
    newest._thread.join(PATIENCE)
    assert not newest._thread.is_alive()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_the_last_request_of_any_burst_is_delivered_and_order_is_kept(pauses: list[int]) -> None:
    done = threading.Event()
    delivered: list[int] = []
    last = len(pauses) - 1

    def deliver(result: int) -> None:
        delivered.append(result)
        if result == last:
            done.set()

    newest: LatestJobWorker[int, int] = LatestJobWorker(
        lambda job, superseded: None if superseded() else job, deliver
    )
    try:
        for job, pause in enumerate(pauses):
            newest.request(job)
            for _ in range(pause * 200):
                pass
        assert done.wait(PATIENCE)
    finally:
        newest.stop()
    assert delivered == sorted(set(delivered))
    assert delivered[-1] == last
