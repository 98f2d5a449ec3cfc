"""Worker processes that make images; spawned, so that they are the same on every platform."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from pathlib import Path

from tuiqc.demo.faults import Truth
from tuiqc.demo.image import make_image
from tuiqc.demo.plan import ImagePlan
from tuiqc.errors import TuiqcError

_Made = tuple[int, list[Truth]]
# How often `stop` is asked while all workers are busy, in seconds.
_ASK_EVERY = 0.1


def in_processes(
    plans: list[ImagePlan], directory: Path, workers: int, stop: Callable[[], bool] | None
) -> Iterator[_Made | None]:
    """Make images in `workers` processes; yield (index, truth rows) as they are done, in any order.

    Yields None and ends when `stop` returns true. Closing the iterator, or an exception such as
    KeyboardInterrupt, cancels what has not begun and waits for what has (one image per worker).

    Raises TuiqcError when a worker process has died.
    """
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        # A few ahead of the workers keeps them busy, and little is left to cancel.
        waiting = iter(plans)
        pending: set[Future[_Made]] = set()
        while True:
            while len(pending) < 3 * workers and (plan := next(waiting, None)) is not None:
                with _interrupts_held():
                    pending.add(pool.submit(_make, plan, directory))
            if not pending:
                return
            if stop is not None and stop():
                yield None
                return
            done, pending = wait(pending, timeout=_ASK_EVERY, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BrokenProcessPool as problem:
        raise TuiqcError(
            "a process that made demo images was killed (out of memory?): nothing was kept"
        ) from problem
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold ctrl+c back while a worker is started: it inherits that, and never sees the signal."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _make(plan: ImagePlan, directory: Path) -> _Made:
    return plan.index, make_image(plan, directory)


def _start_worker() -> None:
    """Leave ctrl+c to the parent, which cleans up, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
