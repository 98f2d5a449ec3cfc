"""`tuiqc measure`: what can be said of every object and image, into a folder that the other commands find."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from tuiqc.cli.options import add_source_options, source_options
from tuiqc.cli.streams import ending
from tuiqc.errors import InputError, UsageError
from tuiqc.text import plural, printable

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.measured.dask_workers import SlurmJobs
    from tuiqc.measured.launcher import Launcher
    from tuiqc.measured.run import RunSummary

_MOST_TOLD = 20


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `measure`."""
    parser = subparsers.add_parser(
        "measure", help="measure all objects and images into a folder; started again it goes on"
    )
    add_source_options(parser, "measure")
    group = parser.add_argument_group("what to measure")
    group.add_argument(
        "--layer",
        metavar="LAYER",
        action="append",
        default=[],
        help="object layer (repeatable; default: all)",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="folder of Parquet files (default: measured beside the data, where the other commands find it)",
    )
    group.add_argument(
        "--shard", metavar="K/N", help="only the K-th of N shares, from 1: for job arrays without an engine"
    )
    group.add_argument("--retry", action="store_true", help="measure images that had errors again")
    group = parser.add_argument_group("who measures")
    group.add_argument(
        "--processes",
        metavar="N",
        type=int,
        help="on this machine (default: SLURM_CPUS_PER_TASK, else the cores that it may use)",
    )
    group.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster, such as tcp://node1:8786")
    group.add_argument("--scheduler-file", metavar="FILE", help="a Dask cluster by its scheduler file")
    group.add_argument("--slurm", action="store_true", help="a Dask cluster that SLURM starts for it")
    group.add_argument("--jobs", metavar="N", type=int, default=1, help="SLURM jobs (default: 1)")
    group.add_argument("--cores", metavar="N", type=int, default=4, help="cores of each (default: 4)")
    group.add_argument("--memory", metavar="SIZE", default="16GB", help="memory of each (default: 16GB)")
    group.add_argument(
        "--walltime", metavar="TIME", default="01:00:00", help="time of each (default: 01:00:00)"
    )
    group.add_argument("--queue", metavar="NAME", default="", help="SLURM partition")
    group.add_argument("--account", metavar="NAME", default="", help="SLURM account")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure every layer."""
    from tuiqc.cli.options import join

    shard = _shard(arguments.shard)
    launcher = _launcher(arguments)
    batch = join(source_options(arguments))
    layers = _layers(batch, arguments.layer)
    with _new_folder(_folder(batch, arguments.output)) as folder:
        return _measured(arguments, batch, layers, folder, shard, launcher)


@contextlib.contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """Make the folder if it is missing, and take it away again if nothing comes of it: nobody is at the address.

    Raises
    ------
    InputError
        It can't be made.
    """
    was_there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"can't be made ({error.strerror or error})", path=folder, hint="name another folder with -o"
        ) from error
    try:
        yield folder
    except BaseException:
        if not was_there and not any(folder.rglob("part-*")):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _measured(
    arguments: argparse.Namespace,
    batch: Batch,
    layers: Mapping[str, str],
    folder: Path,
    shard: tuple[int, int] | None,
    launcher: Callable[[], Launcher],
) -> int:
    from tuiqc.measured.plan import plan_for
    from tuiqc.measured.run import MeasureRun
    from tuiqc.pixels import read_plane

    missing: list[str] = []
    for layer, other in layers.items():
        plan, _ = plan_for(batch, layer, other, read_plane, folder)
        progress = RateLine(layer)
        measuring = MeasureRun(plan, folder, progress, arguments.retry)
        chunks = plan.chunks if shard is None else plan.shard(*shard)
        try:
            summary = measuring.run(chunks, launcher)
        finally:
            progress.end()
        print(printable(_said(layer, summary, progress.seconds)), file=sys.stderr)
        errors = [f"{key} ({layer}): {text}" for key, text in summary.errors.items()]
        missing += errors[:_MOST_TOLD]
        if len(errors) > _MOST_TOLD:
            missing.append(f"{len(errors) - _MOST_TOLD:,} more images of {layer} have an `error`")
    print(printable(f"measurements are in {folder}"), file=sys.stderr)
    return ending(missing, arguments)


def _said(layer: str, summary: RunSummary, seconds: float) -> str:
    there = f"{plural(summary.already, 'image')} measured before" if summary.already else ""
    now = ""
    if summary.images:
        rate = summary.images / max(seconds, 1e-3)
        now = (
            f"{plural(summary.objects, 'object')} in {plural(summary.images, 'image')} "
            f"measured in {seconds:.1f} s ({rate:.1f} images/s)"
        )
    broken = f"{len(summary.errors):,} with an error" if summary.errors else ""
    words = ", ".join(filter(None, (now, there, broken))) or "nothing to measure"
    return f"{layer}: {words}" + ("" if summary.complete else "; others are still missing")


def _shard(text: str | None) -> tuple[int, int] | None:
    """`K/N` as numbers. Raises UsageError."""
    if text is None:
        return None
    number, slash, count = text.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise UsageError(f"--shard {text!r} is no share such as 3/40, the third of forty (from 1)")
    return int(number), int(count)


def _layers(batch: Batch, asked: list[str]) -> dict[str, str]:
    """The layers to measure, each with the other one that is evidence too. Raises UsageError."""
    from tuiqc.measured.plan import layers_with_masks, other_layer

    there = layers_with_masks(batch)
    if not there:
        raise UsageError("there is no label mask to measure objects of (name masks with --labels)")
    for layer in asked:
        if layer not in there:
            raise UsageError(f"no object layer {layer!r} with masks; there are: {', '.join(there)}")
    return {layer: other_layer(batch, layer) for layer in dict.fromkeys(asked or there)}


def _folder(batch: Batch, asked: str | None) -> Path:
    """Where to write. Raises UsageError, InputError."""
    from tuiqc.measured.place import beside_data

    folder = Path(asked).expanduser() if asked else beside_data(batch)
    if folder is None:
        raise UsageError("the data are on a server: say where to write with -o")
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", path=folder, expected="a folder to write into")
    return folder


def _launcher(arguments: argparse.Namespace) -> Callable[[], Launcher]:
    """Who measures, asked for when it is known that there is something to do. Raises UsageError."""
    named = [bool(arguments.scheduler), bool(arguments.scheduler_file), arguments.slurm]
    if sum(named) > 1:
        raise UsageError("--scheduler, --scheduler-file and --slurm exclude one another")
    if any(named) and arguments.processes is not None:
        raise UsageError("--processes are on this machine: it does not go with a Dask cluster")
    if arguments.processes is not None and arguments.processes < 1:
        raise UsageError(f"--processes {arguments.processes} is less than 1")

    if arguments.slurm:
        jobs = _slurm_jobs(arguments)

        def by_slurm() -> Launcher:
            from tuiqc.measured.dask_workers import DaskWorkers

            return DaskWorkers.of_slurm(jobs)

        return by_slurm

    def with_dask() -> Launcher:
        from tuiqc.measured.dask_workers import DaskWorkers

        file = Path(arguments.scheduler_file) if arguments.scheduler_file else None
        return DaskWorkers.at(arguments.scheduler or "", file)

    def here() -> Launcher:
        from tuiqc.measured.local_workers import LocalWorkers, granted_cores

        return LocalWorkers(arguments.processes or granted_cores())

    return with_dask if any(named) else here


def _slurm_jobs(arguments: argparse.Namespace) -> SlurmJobs:
    from tuiqc.measured.dask_workers import SlurmJobs

    for name in ("jobs", "cores"):
        if getattr(arguments, name) < 1:
            raise UsageError(f"--{name} {getattr(arguments, name)} is less than 1")
    jobs = SlurmJobs(
        arguments.jobs,
        arguments.cores,
        arguments.memory,
        arguments.walltime,
        arguments.queue,
        arguments.account,
    )
    jobs.minutes()
    return jobs


_EVERY = 30.0
_FIRST = 1.0


class RateLine:
    """How far it is, at which rate, and how long it still takes: one line on a terminal, a line now and then else."""

    def __init__(self, what: str) -> None:
        self._what, self._start, self._told = what, monotonic(), 0.0
        self._first: int | None = None
        self._open = False

    @property
    def seconds(self) -> float:
        """Since it began."""
        return monotonic() - self._start

    def __call__(self, done: int, total: int) -> None:
        """Tell that so many images are done."""
        if self._first is None:
            self._first = done
        on_terminal = sys.stderr.isatty()
        if self.seconds - self._told < (0.2 if on_terminal else _EVERY) or self.seconds < _FIRST:
            return
        self._told = self.seconds
        text = printable(self.text(done, total))
        if on_terminal:
            self._open = True
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def text(self, done: int, total: int) -> str:
        """The line."""
        new = done - (self._first or 0)
        line = f"{self._what}: {done:,} of {total:,} images"
        if new <= 0:
            return line
        rate = new / max(self.seconds, 1e-3)
        return f"{line}, {rate:.1f} images/s, {_duration((total - done) / rate)} left"

    def end(self) -> None:
        """Take the line away."""
        if self._open:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
            self._open = False


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
