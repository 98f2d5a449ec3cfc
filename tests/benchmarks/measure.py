"""Measuring: processes against one another, against scikit-image, Dask's overhead, a run that is finished already.

    python tests/benchmarks/measure.py            # 96 images of 512 x 512; --images 1000 for the figures of the README

Figures are worth something on a quiet machine only: the load is printed with them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from scale import folder_of
from skimage.measure import regionprops_table

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.measured.batch_planes import BatchPlanes, PlaneKey
from tuiqc.measured.image_measurement import image_measures, plane_evidence
from tuiqc.measured.local_workers import LocalWorkers
from tuiqc.measured.part_folder import part_folders
from tuiqc.measured.plan import Plan, plan_for
from tuiqc.measured.run import MeasureRun
from tuiqc.pixels import read_plane


def demo(folder: Path, images: int) -> None:
    from tuiqc.cli import main

    assert main(["demo", "--make", str(folder), "--images", str(images), "--size", "512"]) == 0


def plan_of(folder: Path, out: Path) -> tuple[Plan, BatchPlanes]:
    batch = open_batch(SourceOptions(sources=(str(folder),), base_dir=folder))
    return plan_for(batch, batch.layers[0], "", read_plane, out)


def whole_run(folder: Path, launcher: object) -> float:
    """Seconds of a run into an empty folder, workers started before."""
    out = Path(tempfile.mkdtemp(dir=folder.parent))
    plan, _ = plan_of(folder, out)
    start = perf_counter()
    summary = MeasureRun(plan, out).run(plan.chunks, launcher)  # type: ignore[arg-type]
    seconds = perf_counter() - start
    assert summary.complete
    shutil.rmtree(out)
    return seconds


def one_core(folder: Path) -> None:
    """Objects per second of processor time, reading told apart; against regionprops_table, also with what both have."""
    from triage import PROPERTIES, same_properties

    plan, planes = plan_of(folder, Path(tempfile.mkdtemp(dir=folder.parent)))
    typical = plan.settings.typical
    spent = dict.fromkeys(("reading", "evidence", "same properties", "regionprops_table", "images"), 0.0)
    objects = 0
    for at in plan.images[:24]:
        times = [process_time()]
        plane = planes.plane(PlaneKey(at, 0, 0))
        assert plane is not None
        times.append(process_time())
        objects += len(plane_evidence(plane, typical).evidence.labels)
        times.append(process_time())
        channels = list(plane.channels.values())
        same_properties(plane.labels, channels, typical)
        times.append(process_time())
        regionprops_table(plane.labels, np.stack(channels, axis=-1), properties=PROPERTIES)
        times.append(process_time())
        image_measures(planes, PlaneKey(at, 0, 0), plane)
        times.append(process_time())
        for name, start, stop in zip(spent, times, times[1:], strict=False):
            spent[name] += stop - start
    for name, seconds in spent.items():
        print(
            f"  {name:18} {objects / seconds:8,.0f} objects/s/core  ({1000 * seconds / 24:.1f} ms an image)"
        )
    theirs = spent["regionprops_table"]
    print(f"  with the same properties {spent['same properties'] / theirs:.2f} of regionprops_table's time")
    print(f"  with all evidence {spent['evidence'] / theirs:.2f} of it")


def dask_run(folder: Path, count: int) -> float:
    from distributed import LocalCluster

    from tuiqc.measured.dask_workers import DaskWorkers

    with LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster:
        return whole_run(folder, DaskWorkers.at(cluster.scheduler_address))


def finished_run(top: Path) -> float:
    """Seconds in which a second run of 10,000 images finds that all is done; the parts are as good as empty."""
    folder, out = folder_of(top, 10_000, 20), top / "done"
    options = SourceOptions(
        images=(("DNA", "p_{n}_DNA.tif"),), labels=(("nuclei", "p_{n}_nuclei_labels.tif"),), base_dir=folder
    )
    plan, _ = plan_for(open_batch(options), "nuclei", "", read_plane, out)
    for parts in part_folders(out, "nuclei").values():
        parts.folder.mkdir(parents=True, exist_ok=True)
        for chunk in plan.chunks:
            parts.path(chunk.name).write_bytes(b"PAR1PAR1")
    start = perf_counter()
    plan, _ = plan_for(open_batch(options), "nuclei", "", read_plane, out)
    assert MeasureRun(plan, out).run(plan.chunks, LocalWorkers(1)).already == 10_000
    return perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=96)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        demo(folder, arguments.images)
        print(
            f"{arguments.images} images of 512 x 512, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
        )
        one_core(folder)
        one = whole_run(folder, LocalWorkers(1))
        two = whole_run(folder, LocalWorkers(2))
        print(f"  1 process {one:.1f} s, 2 processes {two:.1f} s: {one / two:.2f} times faster")
        with suppress(ImportError):
            dask = dask_run(folder, 2)
            print(f"  Dask with 2 workers {dask:.1f} s: {dask / two:.2f} of 2 processes")
        seconds = finished_run(Path(name))
        print(f"  a finished run of 10,000 images: {seconds:.2f} s from opening them")


if __name__ == "__main__":
    main()
