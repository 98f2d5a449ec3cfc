"""Work off the event loop: one piece of a kind at a time, the newest wins, all of it can be called off."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from textual.message_pump import MessagePump
from textual.timer import Timer

from tuiqc.errors import TuiqcError

R = TypeVar("R")
Cancelled = Callable[[], bool]
Tell = Callable[[], None]

LONG = 50_000
"""Rows from which on sorting, filtering and searching go into a thread."""


_AT_ONCE = 2
"""Threads of one kind: the newest does not wait for one that is superseded and takes its time, but for two it does."""


class _Lane:
    """What is done, and what waits, of one kind of work; its threads end when nothing waits."""

    def __init__(self) -> None:
        self.ticket = 0
        self.waiting: Callable[[], None] | None = None
        self.running = 0


class Jobs:
    """Runs work in threads and brings its results back to the event loop.

    Parameters
    ----------
    pump
        On whose turn of the loop results are handed over.
    """

    def __init__(self, pump: MessagePump) -> None:
        self._pump = pump
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()
        self._due: dict[str, Tell] = {}
        self.stopped = False

    # --- work

    def latest(
        self,
        kind: str,
        rows: int,
        work: Callable[[Cancelled], R],
        done: Callable[[R], None],
        failed: Callable[[TuiqcError], None],
    ) -> None:
        """Do `work(cancelled)` and hand its result to `done` on the event loop, or a user's mistake to `failed`.

        A newer piece of the same kind cancels it: `cancelled()` is true as soon as the result is not wanted any more,
        and what has not begun is not begun. With fewer than `LONG` rows all of it happens before this returns. Any
        other error comes to `failed` as a `TuiqcError` with its name.
        """
        lane = self._lanes.setdefault(kind, _Lane())
        lane.ticket += 1
        ticket = lane.ticket

        def cancelled() -> bool:
            return self.stopped or lane.ticket != ticket

        if rows < LONG:
            lane.waiting = None
            _result(work, done, failed, cancelled)()
            return

        def run() -> None:
            tell = _result(work, done, failed, cancelled)
            self._call(lambda: None if cancelled() else tell())

        self._start(kind, lane, run)

    def once(self, kind: str, work: Callable[[], R], done: Callable[[R], None] | None = None) -> bool:
        """Do `work()` in a thread unless one of its kind is at it; False if so. It must not raise."""
        lane = self._lanes.setdefault(kind, _Lane())
        if lane.running:
            return False

        def run() -> None:
            result = work()
            if done is not None:
                self._call(partial(done, result))

        self._start(kind, lane, run)
        return True

    def is_idle(self, *, but: str = "") -> bool:
        """Whether all that was begun has come back, `but` for work whose kind begins so."""
        kinds = (kind for kind, lane in self._lanes.items() if lane.running)
        return all(but and kind.startswith(but) for kind in kinds)

    def cancel(self, kind: str) -> None:
        """Let the result of this kind be wanted no more."""
        if kind in self._lanes:
            self._lanes[kind].ticket += 1
            self._lanes[kind].waiting = None

    def stop(self) -> None:
        """Let no result be wanted any more: the screen goes."""
        self.stopped = True
        for lane in self._lanes.values():
            lane.waiting = None

    def _start(self, kind: str, lane: _Lane, run: Callable[[], None]) -> None:
        with self._lock:
            lane.waiting = run
            if lane.running >= _AT_ONCE:
                return
            lane.running += 1
        threading.Thread(target=self._work, args=(lane,), name=f"tuiqc-{kind}", daemon=True).start()

    def _work(self, lane: _Lane) -> None:
        while True:
            with self._lock:
                run, lane.waiting = lane.waiting, None
                if run is None or self.stopped:
                    lane.running -= 1
                    return
            try:
                run()
            except BaseException:
                with self._lock:
                    lane.running -= 1
                raise

    # --- back on the loop

    def _call(self, tell: Tell) -> None:
        with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
            self._pump.call_later(tell)

    def deliver(self, kind: str, tell: Tell) -> None:
        """From a thread: call `tell` on the loop; of several of a kind that have not been called, the newest only."""
        with self._lock:
            first = kind not in self._due
            self._due[kind] = tell
        if first:
            self._call(partial(self._hand_over, kind))

    def _hand_over(self, kind: str) -> None:
        with self._lock:
            tell = self._due.pop(kind, None)
        if tell is not None and not self.stopped:
            tell()

    def after(self, seconds: float, call: Callable[[], Any]) -> Timer:
        """Call once, so many seconds from now."""
        return self._pump.set_timer(seconds, call)

    def every(self, seconds: float, call: Callable[[], Any]) -> Timer:
        """Call again and again."""
        return self._pump.set_interval(seconds, call)


def _result(
    work: Callable[[Cancelled], R],
    done: Callable[[R], None],
    failed: Callable[[TuiqcError], None],
    cancelled: Cancelled,
) -> Tell:
    """Do the work; returns what is to be done on the event loop then."""
    try:
        return partial(done, work(cancelled))
    except TuiqcError as error:
        return partial(failed, error)
    except Exception as error:  # one table with something unheard of in it must not end the session
        return partial(failed, TuiqcError(f"{type(error).__name__}: {error}"))
