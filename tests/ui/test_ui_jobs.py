"""Long work off the event loop: in a thread, the newest wins, errors are told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from time import monotonic

from textual.app import App

from tuiqc.errors import TuiqcError, UsageError
from tuiqc.ui.jobs import LONG, Jobs


class Told:
    """What came back, and in which thread."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[TuiqcError] = []
        self.threads: set[int] = set()

    def take(self, result: object) -> None:
        self.threads.add(threading.get_ident())
        self.done.append(result)

    def trouble(self, error: TuiqcError) -> None:
        self.threads.add(threading.get_ident())
        self.failed.append(error)


async def until(condition: Callable[[], object]) -> None:
    end = monotonic() + 10
    while not condition():
        assert monotonic() < end
        await asyncio.sleep(0.005)


def refuse(void: object) -> None:
    raise UsageError("no such column")


def break_down(void: object) -> None:
    raise ZeroDivisionError("odd\x1b[31m")


def test_short_work_is_done_at_once_without_a_program() -> None:
    jobs, told = Jobs(App()), Told()
    jobs.latest("sort", LONG - 1, lambda void: void(), told.take, told.trouble)
    assert told.done == [False], "it was wanted"
    jobs.latest("sort", 0, refuse, told.take, told.trouble)
    jobs.latest("sort", 0, break_down, told.take, told.trouble)
    assert [str(error) for error in told.failed] == ["no such column", "ZeroDivisionError: odd\x1b[31m"]
    assert told.done == [False]


async def test_long_work_runs_in_a_thread_and_comes_back_on_the_event_loop() -> None:
    app: App[None] = App()
    async with app.run_test():
        jobs, told = Jobs(app), Told()
        jobs.latest("sort", LONG, lambda void: threading.get_ident(), told.take, told.trouble)
        assert told.done == [], "it does not wait"
        await until(lambda: told.done)
        assert told.done != [threading.get_ident()]
        for work in (refuse, break_down):
            jobs.latest("sort", LONG, work, told.take, told.trouble)
            await until(lambda: told.failed)
            error = told.failed.pop()
            assert isinstance(error, TuiqcError)
        assert told.threads == {threading.get_ident()}


async def test_what_is_superseded_is_dropped_also_if_it_ends_later_or_fails() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        jobs, told = Jobs(app), Told()
        gate, ended, seen = threading.Event(), threading.Event(), list[bool]()

        def slow(void: Callable[[], bool]) -> str:
            seen.append(void())
            gate.wait(10)
            seen.append(void())
            ended.set()
            return "old"

        def slow_and_wrong(void: Callable[[], bool]) -> str:
            slow(void)
            raise UsageError("old")

        for work in (slow, slow_and_wrong):
            gate.clear()
            ended.clear()
            seen.clear()
            jobs.latest("sort", LONG, work, told.take, told.trouble)
            await until(lambda: seen)
            jobs.latest("filter", LONG, lambda void: "other", told.take, told.trouble)
            jobs.latest("sort", LONG, lambda void: "new", told.take, told.trouble)
            await until(lambda: len(told.done) == 2)
            gate.set()
            await until(ended.is_set)
            assert seen == [False, True], "it can ask whether it is wanted still"
            await asyncio.sleep(0.02)
            await pilot.pause()
            assert sorted(map(str, told.done)) == ["new", "other"]
            assert told.failed == []
            told.done.clear()


async def test_work_that_ends_after_the_program_is_no_trouble() -> None:
    app: App[None] = App()
    gate, told, broken = threading.Event(), Told(), list[object]()
    hook, threading.excepthook = threading.excepthook, broken.append
    try:
        async with app.run_test():
            Jobs(app).latest("sort", LONG, lambda void: gate.wait(10), told.take, told.trouble)
            (thread,) = [one for one in threading.enumerate() if one.name == "tuiqc-sort"]
        gate.set()
        thread.join(10)
    finally:
        threading.excepthook = hook
    assert (told.done, told.failed, broken) == ([], [], [])


async def test_what_is_asked_again_and_again_has_one_thread_and_goes_on_after_an_error() -> None:
    """A poll for what others wrote began a thread each time; what asked tmux never asked again after an error."""
    app: App[None] = App()
    gate, told, broken = threading.Event(), Told(), list[object]()
    hook, threading.excepthook = threading.excepthook, broken.append
    try:
        async with app.run_test():
            jobs = Jobs(app)
            begun = [jobs.once("refresh", lambda: gate.wait(10), told.take) for _ in range(5)]
            assert begun == [True, False, False, False, False]
            gate.set()
            await until(lambda: told.done)
            await until(lambda: jobs.once("refresh", lambda: 1 / 0, told.take))
            await until(lambda: jobs.once("refresh", lambda: 7, told.take))
            await until(lambda: len(told.done) == 2)
    finally:
        threading.excepthook = hook
    assert told.done == [True, 7]
    assert len(broken) == 1
