"""Sessions that take the lock from each other: what was confirmed is never lost, in whatever order things happen."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.rivals import compete, lost, subject

from tuiqc.files import atomic
from tuiqc.qc import Annotation, AnnotationStore, AnnotationWriteError
from tuiqc.qc import lock as locks


class At:
    """Does something once, at the `number`-th operation on the disk."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self.number, self.act, self.count = number, act, 0

    def __call__(self, operation: str, path: Path, size: int) -> int:
        self.count += 1
        if self.count == self.number + 1:
            atomic.set_fault(None)
            self.act()
        return size


@pytest.fixture(autouse=True)
def no_faults():
    yield
    atomic.set_fault(None)


def decide(store: AnnotationStore, label: int) -> bool:
    """Give a verdict; tells whether it was confirmed, or the person was told where it is."""
    try:
        store.record(Annotation(subject(label), "fail"))
    except AnnotationWriteError:
        return store.emergency is not None
    return True


def quietly(act: Callable[[], object]) -> None:
    with contextlib.suppress(AnnotationWriteError):
        act()


@pytest.mark.parametrize("act", ["verdict and save", "close"])
def test_a_session_that_is_robbed_at_any_moment_of_the_robbery(tmp_path, act):
    """`20` of the reliability cases, at every operation of the robber's opening, verdict, save and closing."""
    for number in range(60):
        path = tmp_path / f"{act}{number}" / "q.csv"
        path.parent.mkdir()
        robbed = AnnotationStore.open(path, "ada")
        confirmed = {1: decide(robbed, 1)}

        def meanwhile(robbed=robbed, confirmed=confirmed):
            if "verdict" in act:
                confirmed[2] = decide(robbed, 2)
            if "save" in act:
                quietly(robbed.save)
            if act == "close":
                quietly(robbed.close)

        at = At(number, meanwhile)
        atomic.set_fault(at)
        robber = AnnotationStore.open(path, "bob", on_locked="steal")
        confirmed[3] = decide(robber, 3)
        quietly(robber.save)
        confirmed[4] = decide(robber, 4)
        quietly(robber.close)
        atomic.set_fault(None)
        quietly(robbed.close)
        assert all(confirmed.values())
        assert not lost(path, set(confirmed)), f"at operation {number}"
        if at.count <= number:
            break
    assert number > 12


def test_a_session_that_gets_the_lock_back_takes_in_what_the_other_left(tmp_path):
    """The robber is killed: the robbed one goes on in a journal that has lines it never read."""
    path = tmp_path / "q.csv"
    robbed = AnnotationStore.open(path, "ada")
    decide(robbed, 1)
    robber = AnnotationStore.open(path, "bob", on_locked="steal")
    decide(robber, 2)
    robber._keeper.owner.path.unlink()  # as if its process were gone, and the lock found stale
    assert decide(robbed, 3)
    assert {one.label for one, _ in robbed.items()} == {1, 2, 3}
    robbed.close()
    assert not lost(path, {1, 2, 3})


@pytest.mark.parametrize("fresh", ["linked", "no links"])
def test_two_that_find_a_dead_lock_do_not_delete_each_others_fresh_one(tmp_path, monkeypatch, fresh):
    csv = tmp_path / "q.csv"
    dead = locks.acquire(csv)
    data = dead.path.read_bytes().replace(str(os.getpid()).encode(), b"2222222")
    dead.path.write_bytes(data)
    stale = locks.read_holder(dead.path)
    assert stale.alive is False
    if fresh == "no links":
        monkeypatch.setattr(os, "link", _no_links)
    faster = locks.acquire(csv)
    slower = locks.Lock(csv)
    slower._remove(stale)  # it looked before the other one took it
    faster.ensure()
    assert faster.held
    assert [one.name for one in tmp_path.iterdir()] == ["q.csv.lock"]
    assert locks.read_holder(faster.path).token == faster.holder.token


def _no_links(*_: object, **__: object) -> None:
    raise OSError(95, "Operation not supported")


def test_many_threads_that_find_a_dead_lock(tmp_path):
    """Only one of them has it at the end, and nothing is left beside it."""
    csv = tmp_path / "q.csv"
    for _ in range(20):
        dead = locks.acquire(csv)
        dead.path.write_bytes(dead.path.read_bytes().replace(str(os.getpid()).encode(), b"2222222"))
        taken: list[locks.Lock] = []
        threads = [
            threading.Thread(target=lambda taken=taken: taken.append(locks.acquire(csv))) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(lock.held for lock in taken) == 1
        assert [one.name for one in tmp_path.iterdir()] == ["q.csv.lock"]
        next(lock for lock in taken if lock.held).release()


def test_sessions_that_steal_at_once_lose_nothing(tmp_path):
    """A short form of `tests/benchmarks/durability.py --steal`."""
    counts: Counter[str] = Counter()
    path = tmp_path / "q.csv"
    confirmed = compete(path, 4, 1.0, 7, counts)
    assert counts["sessions that ended with an error"] == 0
    assert counts["robbed"] > 0
    assert len(confirmed) > 20
    assert not lost(path, confirmed)
