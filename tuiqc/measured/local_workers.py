"""Processes of this machine that measure chunks, and survive one another's death."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from tuiqc.measured.launcher import Ended, Work

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from tuiqc.measured.chunk_work import ChunkDone, ChunkTask

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_TASKS_EACH = 200
"""Tasks after which a process is replaced: what a library leaks goes with it."""


def granted_cores() -> int:
    """Cores that the scheduler gave: `SLURM_CPUS_PER_TASK`, else those that this process may run on."""
    given = os.environ.get("SLURM_CPUS_PER_TASK", "")
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(int(given), allowed)) if given.isdigit() else max(1, allowed)


@dataclass
class _Worker:
    process: SpawnProcess
    pipe: Connection
    task: ChunkTask | None = None
    handed: int = 0


class LocalWorkers:
    """A number of processes, one task at a time each.

    A process that dies takes its task with it and nothing else: another one takes its place, and the task is tried
    again alone, when nobody else works. Who dies with it a second time has been killed by it.
    """

    def __init__(self, count: int) -> None:
        self.count = max(1, count)
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    @property
    def words(self) -> str:
        """Who works."""
        return "1 process" if self.count == 1 else f"{self.count} processes"

    def results(self, todo: deque[ChunkTask], work: Work) -> Iterator[Ended]:
        """Yield what becomes of each task, in any order; more may be put into `todo` meanwhile."""
        suspects: deque[ChunkTask] = deque()
        while todo or suspects or any(one.task for one in self._workers):
            alone = not todo and not any(one.task for one in self._workers)
            if alone and suspects:
                yield from self._alone(suspects.popleft(), work)
                continue
            while todo and (worker := self._idle(len(todo), work)) is not None:
                self._hand(worker, todo.popleft())
            for worker in self._ready():
                task, worker.task = worker.task, None
                assert task is not None
                ended = _answer(worker, task)
                if ended is None:
                    suspects.append(task)
                    self._drop(worker)
                else:
                    yield ended

    def _alone(self, task: ChunkTask, work: Work) -> Iterator[Ended]:
        """Try a task whose process died again, with nobody beside it."""
        worker = self._idle(1, work)
        assert worker is not None
        self._hand(worker, task)
        worker.task = None
        ended = _answer(worker, task)
        if ended is None:
            self._drop(worker)
        yield ended or Ended(task, killed=True)

    def close(self) -> None:
        """End all processes at once."""
        for worker in self._workers:
            worker.pipe.close()
            with contextlib.suppress(OSError, ValueError):
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(2)
            if worker.process.is_alive():
                worker.process.kill()
        self._workers.clear()

    def _idle(self, wanted: int, work: Work) -> _Worker | None:
        """A process that has nothing to do, a new one where there are too few."""
        for worker in [one for one in self._workers if one.task is None]:
            if worker.handed < _TASKS_EACH and worker.process.is_alive():
                return worker
            self._drop(worker)
        return self._start(work) if len(self._workers) < self.count and wanted else None

    def _start(self, work: Work) -> _Worker:
        here, there = self._context.Pipe()
        process = self._context.Process(target=serve, args=(there, work), daemon=True)
        # What it inherits: one thread each, and ctrl+c is the driver's. `__main__` is not run again.
        with _environment(), _without_main():
            before = signal.signal(signal.SIGINT, signal.SIG_IGN) if _is_main_thread() else None
            try:
                process.start()
            finally:
                if before is not None:
                    signal.signal(signal.SIGINT, before)
        there.close()
        worker = _Worker(process, here)
        self._workers.append(worker)
        return worker

    def _hand(self, worker: _Worker, task: ChunkTask) -> None:
        worker.task, worker.handed = task, worker.handed + 1
        with contextlib.suppress(OSError):  # it died: its end of the pipe says so
            worker.pipe.send(task)

    def _ready(self) -> list[_Worker]:
        busy: dict[Any, _Worker] = {one.pipe: one for one in self._workers if one.task is not None}
        return [busy[pipe] for pipe in wait(list(busy), timeout=60)] if busy else []

    def _drop(self, worker: _Worker) -> None:
        worker.pipe.close()
        with contextlib.suppress(OSError, ValueError):
            worker.process.terminate()
        worker.process.join(5)
        self._workers.remove(worker)


def _answer(worker: _Worker, task: ChunkTask) -> Ended | None:
    """What a process says of its task; None if it has died."""
    try:
        done, fault = worker.pipe.recv()
    except (EOFError, OSError):
        return None
    return Ended(task, done, fault=fault)


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """A spawned process imports the driver's `__main__` first, whatever that is: it is not wanted there."""
    names: dict[str, Any] = vars(sys.modules["__main__"])
    before: dict[str, Any] = {name: names[name] for name in ("__file__", "__spec__") if name in names}
    names.pop("__file__", None)
    names["__spec__"] = None
    try:
        yield
    finally:
        names.update(before)


def _is_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def serve(pipe: Connection, work: Work) -> None:
    """Take tasks from a pipe and answer with what came of them, until the other end is closed; what a process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that temporary files are taken away
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        with contextlib.suppress(OSError):
            pipe.send(_tried(task, work))


def _tried(task: ChunkTask, work: Work) -> tuple[ChunkDone | None, str]:
    try:
        return work(task), ""
    except OSError as error:
        return None, f"{task.folder}: can't be written ({error.strerror or error})"
    except Exception as error:  # a fault of the program: the driver says so and stops
        return None, f"{type(error).__name__}: {error}"
