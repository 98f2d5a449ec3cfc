"""Whoever dies while a batch is measured, the parts are the same: for processes and for Dask's LocalCluster.

    python tests/benchmarks/measure_deaths.py

A worker that kills itself, a live worker killed, the driver killed and started anew, two drivers, a disk that refuses.
Each ends in the parts of an undisturbed run, byte for byte, or in an error and no half part.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Timer
from time import perf_counter, sleep
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import tifffile
from fixtures.chunk_deaths import ERRORS, Here, kills_at, kills_once, refused, slow
from fixtures.triage_scenes import clean

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.measured.dask_workers import DaskWorkers
from tuiqc.measured.local_workers import LocalWorkers
from tuiqc.measured.plan import plan_for
from tuiqc.measured.run import MeasureRun, RunSummary
from tuiqc.pixels import read_plane

IMAGES = 12


def scenes(folder: Path) -> Path:
    folder.mkdir()
    for number in range(IMAGES):
        labels, image = clean(number)
        tifffile.imwrite(folder / f"w{number}_DNA.tif", image)
        tifffile.imwrite(folder / f"w{number}_nuclei_labels.tif", labels.astype(np.uint16))
    return folder


def run(folder: Path, out: Path, launcher: Any, work: Any = None) -> RunSummary:
    options = SourceOptions(
        images=(("DNA", "w{well}_DNA.tif"),),
        labels=(("nuclei", "w{well}_nuclei_labels.tif"),),
        base_dir=folder,
    )
    plan, _ = plan_for(open_batch(options), "nuclei", "", read_plane, out)
    return MeasureRun(plan, out).run(plan.chunks, launcher, *([work] if work else []))


def parts(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("part-*")}


@contextmanager
def local() -> Iterator[tuple[Any, Callable[[], list[int]]]]:
    workers = LocalWorkers(2)
    yield workers, lambda: [one.process.pid or 0 for one in workers._workers]


@contextmanager
def dask() -> Iterator[tuple[Any, Callable[[], list[int]]]]:
    import dask as library
    from distributed import Client, LocalCluster

    library.config.set({"distributed.scheduler.allowed-failures": 2})
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options, silence_logs=logging.CRITICAL) as cluster:
        client = Client(cluster.scheduler_address, set_as_default=False)
        client.run(_with_fixtures, str(Path(__file__).resolve().parents[1]))
        client.run_on_scheduler(_with_fixtures, str(Path(__file__).resolve().parents[1]))
        client.close()

        def pids() -> list[int]:
            with Client(cluster.scheduler_address, set_as_default=False) as asked:
                return list(asked.run(os.getpid).values())

        yield DaskWorkers.at(cluster.scheduler_address), pids


def _with_fixtures(path: str) -> None:
    sys.path.insert(0, path)
    os.environ["PYTHONPATH"] = path


def driver(data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tuiqc", "measure", "-o", str(out), "--processes", "2"]
    source = [
        "--images",
        f"DNA={data}/w{{well}}_DNA.tif",
        "--labels",
        f"nuclei={data}/w{{well}}_nuclei_labels.tif",
    ]
    return subprocess.Popen([*command, *source], stderr=subprocess.DEVNULL)


def main() -> None:
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        data = scenes(top / "data")
        run(data, top / "whole", Here())
        whole = parts(top / "whole")

        def told(what: str, start: float, good: bool) -> None:
            print(f"{what:48} {'as undisturbed' if good else 'WRONG':16} {perf_counter() - start:5.1f} s")
            assert good

        for kind in (local, dask):
            word = kind.__name__
            start, out = perf_counter(), top / f"{word}-killer"
            with kind() as (launcher, _):
                summary = run(data, out, launcher, partial(kills_at, "3"))
            others = {file: data for file, data in parts(out).items() if whole[file] == data}
            told(
                f"{word}: an image kills its worker each time",
                start,
                list(summary.errors) == ["3"] and len(others) == 22,
            )
            start, out, marks = perf_counter(), top / f"{word}-once", top / f"{word}-marks"
            marks.mkdir()
            with kind() as (launcher, _):
                run(data, out, launcher, partial(kills_once, marks, "5"))
            told(f"{word}: a worker dies once", start, parts(out) == whole)
            start, out = perf_counter(), top / f"{word}-live"
            with kind() as (launcher, pids):
                timer = Timer(2.5, lambda pids=pids: os.kill(pids()[0], signal.SIGKILL))
                timer.start()
                run(data, out, launcher, partial(slow, 0.4))
                timer.join()
            told(f"{word}: a live worker is killed", start, parts(out) == whole)
            for number in ERRORS:
                start, out = perf_counter(), top / f"{word}-disk{number}"
                with kind() as (launcher, _):
                    try:
                        run(data, out, launcher, partial(refused, number))
                        said = ""
                    except InputError as error:
                        said = str(error)
                told(
                    f"{word}: {os.strerror(number)}",
                    start,
                    os.strerror(number) in said and not list(out.rglob("*part-*")),
                )
        start, out = perf_counter(), top / "driver"
        first = driver(data, out)
        while not parts(out):
            sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.wait()
        left = len(parts(out))
        assert driver(data, out).wait() == 0
        told(f"driver killed with {left} of {len(whole)} files, started anew", start, parts(out) == whole)
        start, out = perf_counter(), top / "two"
        both = [driver(data, out), driver(data, out)]
        assert [one.wait() for one in both] == [0, 0]
        told("two drivers on one folder", start, parts(out) == whole)
        start, out = perf_counter(), top / "interrupted"
        first = driver(data, out)
        while not parts(out):
            sleep(0.05)
        first.send_signal(signal.SIGINT)
        assert first.wait() == 130
        assert not list(out.rglob(".part-*"))
        assert driver(data, out).wait() == 0
        told("ctrl+c, started anew", start, parts(out) == whole)


if __name__ == "__main__":
    main()
