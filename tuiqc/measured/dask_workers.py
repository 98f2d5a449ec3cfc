"""A Dask cluster that measures chunks: one that runs, or one that SLURM starts for it."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError, UsageError
from tuiqc.measured.launcher import Ended, Work

if TYPE_CHECKING:
    from tuiqc.measured.chunk_work import ChunkDone, ChunkTask

_WINDOW = 4
"""Tasks that are handed over for each worker: a graph of 10^5 is more than a scheduler likes."""
_DEATHS = 2
"""Workers that may die with a task before it is given up (Dask counts those that died before the last)."""
_PATIENCE = 60


@dataclass(frozen=True)
class SlurmJobs:
    """What is asked of SLURM for each job.

    Attributes
    ----------
    jobs, cores
        How many jobs, and cores of each: one worker a core.
    memory
        Of a job, such as "16GB".
    walltime
        Of a job, such as "02:00:00": workers end themselves some minutes earlier, with no task lost.
    queue, account
        "" for the user's own defaults.
    """

    jobs: int = 1
    cores: int = 4
    memory: str = "16GB"
    walltime: str = "01:00:00"
    queue: str = ""
    account: str = ""

    def minutes(self) -> int:
        """The walltime, as SLURM reads it (sbatch, `--time`). Raises UsageError."""
        days, dash, rest = self.walltime.strip().rpartition("-")
        parts = [*days.split("-"), *rest.split(":")] if dash else rest.split(":")
        if not all(part.isdigit() for part in parts) or not 1 <= len(parts) <= (4 if dash else 3):
            raise UsageError(f"--walltime {self.walltime!r} is no time such as 02:00:00 or 1-12")
        numbers = [int(part) for part in parts]
        if dash:  # days-hours[:minutes[:seconds]]
            return sum(n * unit for n, unit in zip(numbers, (1440, 60, 1), strict=False))
        if len(numbers) == 3:  # hours:minutes:seconds
            return numbers[0] * 60 + numbers[1]
        return numbers[0]  # minutes[:seconds]


def _module(name: str, what: str) -> Any:
    """A package of the extra. Raises UsageError with how to install it."""
    try:
        return import_module(name)
    except ImportError:
        raise UsageError(
            f"{what} needs {name.replace('_', '-')}, which is not installed: pip install 'tuiqc[cluster]'"
        ) from None


class DaskWorkers:
    """The workers of a Dask cluster."""

    def __init__(self, client: Any, cluster: Any = None) -> None:
        self._client, self._cluster = client, cluster

    @classmethod
    def at(cls, address: str = "", scheduler_file: Path | None = None) -> DaskWorkers:
        """Those of a cluster that runs.

        Raises
        ------
        InputError
            It does not answer.
        """
        distributed = _module("distributed", "measuring with Dask")
        if (
            scheduler_file is not None and not scheduler_file.is_file()
        ):  # the client would wait for it for ever
            raise InputError(
                "no such file", path=scheduler_file, expected="the file of `dask scheduler --scheduler-file`"
            )
        where = (
            {"scheduler_file": str(scheduler_file)} if scheduler_file is not None else {"address": address}
        )
        try:
            with _settings():
                return cls(distributed.Client(**where, timeout=_PATIENCE, set_as_default=False))
        except (OSError, ValueError) as error:
            place = str(scheduler_file or address)
            raise InputError(
                f"no Dask scheduler answers ({' '.join(str(error).split())[:200]})",
                path=place,
                expected="an address such as tcp://node1:8786, or the file of `dask scheduler --scheduler-file`",
            ) from error

    @classmethod
    def of_slurm(cls, jobs: SlurmJobs) -> DaskWorkers:
        """Those that SLURM starts.

        Raises
        ------
        UsageError
            `dask-jobqueue` is not installed, there is no SLURM, or the walltime is none.
        """
        distributed = _module("distributed", "measuring with Dask")
        jobqueue = _module("dask_jobqueue", "--slurm")
        if shutil.which("sbatch") is None:  # jobqueue would wait for workers for ever
            raise UsageError("--slurm needs SLURM, and there is no sbatch on this machine")
        with _settings():
            cluster = jobqueue.SLURMCluster(**slurm_arguments(jobs))
            cluster.scale(jobs=jobs.jobs)
            return cls(distributed.Client(cluster, set_as_default=False), cluster)

    @property
    def words(self) -> str:
        """Who works."""
        return f"Dask at {self._client.scheduler.address}"

    def results(self, todo: deque[ChunkTask], work: Work) -> Iterator[Ended]:
        """Yield what becomes of each task, in any order; more may be put into `todo` meanwhile."""
        tasks: dict[str, ChunkTask] = {}
        pending = import_module("distributed").as_completed(loop=self._client.loop)
        while todo or tasks:
            while todo and len(tasks) < self._window():
                task = todo.popleft()
                future = self._client.submit(work, task, key=_key(task), pure=False, retries=0)
                tasks[future.key] = task
                pending.add(future)
            future = next(pending)
            yield _ended(future, tasks.pop(future.key))
            future.release()

    def _window(self) -> int:
        return _WINDOW * max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def close(self) -> None:
        """Take back what was handed over; workers of a cluster that was there before stay."""
        for one in (self._client, self._cluster):
            if one is not None:
                with contextlib.suppress(Exception):
                    one.close()


def slurm_arguments(jobs: SlurmJobs) -> dict[str, Any]:
    """What `dask_jobqueue.SLURMCluster` is told; the rest is in the user's own `jobqueue.yaml`."""
    minutes = jobs.minutes()
    lifetime = max(1, minutes - max(2, minutes // 10))
    arguments: dict[str, Any] = {
        "cores": jobs.cores,
        "processes": jobs.cores,
        "memory": jobs.memory,
        "walltime": jobs.walltime,
        "worker_extra_args": ["--lifetime", f"{lifetime}m", "--lifetime-stagger", "1m"],
        "job_script_prologue": ["export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1"],
    }
    return arguments | {name: value for name in ("queue", "account") if (value := getattr(jobs, name))}


def _settings() -> Any:
    return import_module("dask").config.set(
        {"distributed.scheduler.allowed-failures": _DEATHS, "distributed.logging.distributed": "error"}
    )


def _key(task: ChunkTask) -> str:
    """Readable on the dashboard, and not that of another driver with the same scheduler."""
    return f"measure-{task.name}-{secrets.token_hex(4)}"


def _ended(future: Any, task: ChunkTask) -> Ended:
    if future.status == "finished":
        done: ChunkDone = future.result()
        return Ended(task, done)
    error = future.exception() if future.status == "error" else None
    if isinstance(error, import_module("distributed").KilledWorker):
        return Ended(task, killed=True)
    if isinstance(error, OSError):
        return Ended(task, fault=f"{task.folder}: can't be written ({error.strerror or error})")
    if error is None:
        return Ended(task, fault=f"Dask lost a task ({future.status})")
    return Ended(task, fault=f"{type(error).__name__}: {error}")
