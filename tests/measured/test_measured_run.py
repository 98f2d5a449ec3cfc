"""`tuiqc measure`: the same parts whoever makes them, whoever dies meanwhile, and used by all who look for them."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.chunk_deaths import ERRORS, Here, kills_at, kills_once, refused
from fixtures.triage_scenes import clean

from tuiqc.cli import main
from tuiqc.cli.measure import RateLine
from tuiqc.cli.streams import DONE, FAILED, PARTIAL
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.measured.chunk_work import KILLED, ChunkTask, measure_chunk
from tuiqc.measured.dask_workers import DaskWorkers, SlurmJobs, slurm_arguments
from tuiqc.measured.launcher import Launcher
from tuiqc.measured.local_workers import LocalWorkers, granted_cores
from tuiqc.measured.plan import Plan, plan_for
from tuiqc.measured.run import MeasureRun, RunSummary
from tuiqc.pixels import read_plane


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five images, the mask of the last of which can't be read."""
    folder = tmp_path_factory.mktemp("scenes")
    for number in range(5):
        labels, image = clean(number)
        tifffile.imwrite(folder / f"w{number}_DNA.tif", image[:80, :80])
        tifffile.imwrite(folder / f"w{number}_nuclei_labels.tif", labels[:80, :80].astype(np.uint16))
    (folder / "w4_nuclei_labels.tif").write_bytes(b"no image")
    return folder


def source(folder: Path) -> list[str]:
    return [
        "--images",
        f"DNA={folder}/w{{well}}_DNA.tif",
        "--labels",
        f"nuclei={folder}/w{{well}}_nuclei_labels.tif",
    ]


def planned(folder: Path, out: Path) -> Plan:
    options = SourceOptions(
        images=(("DNA", "w{well}_DNA.tif"),),
        labels=(("nuclei", "w{well}_nuclei_labels.tif"),),
        base_dir=folder,
    )
    return plan_for(open_batch(options), "nuclei", "", read_plane, out)[0]


def run(folder: Path, out: Path, launcher: Launcher | None = None, **how: object) -> RunSummary:
    plan = planned(folder, out)
    return MeasureRun(plan, out).run(plan.chunks, launcher or Here(), **how)  # type: ignore[arg-type]


def parts(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("part-*")}


@pytest.fixture(scope="module")
def whole(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it, undisturbed."""
    out = tmp_path_factory.mktemp("whole")
    run(scenes, out)
    return out


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command measures in this process: starting another takes a second."""
    monkeypatch.setattr("tuiqc.measured.local_workers.LocalWorkers", lambda count: Here())


@pytest.fixture
def two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several images in each part."""
    monkeypatch.setattr("tuiqc.measured.plan.PARTS", 2)


@pytest.mark.thorough
def test_the_command_writes_what_pandas_reads(
    scenes: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["measure", *source(scenes), "-o", str(out), "--processes", "1"]) == PARTIAL
    assert parts(out) == parts(whole)
    said = capsys.readouterr().err
    assert "5 images measured" in said
    assert "4 (nuclei): mask nuclei: " in said
    objects = pd.read_parquet(out / "nuclei" / "objects")
    found = objects[objects["kind"] == "object"]
    assert found["image"].nunique() == 4
    assert len(found) == sum(
        len(np.unique(tifffile.imread(scenes / f"w{n}_nuclei_labels.tif"))) - 1 for n in range(4)
    )
    assert found["evidence_solidity"].between(0, 1.01).all()
    images = pd.read_parquet(out / "nuclei" / "images").set_index("image")
    assert images.loc["4", "error"].startswith("mask nuclei: ")
    assert images["error"].notna().sum() == 1
    assert images["ImageQuality_PowerLogLogSlope_DNA"].notna().all()
    assert images.loc["0", "count"] > 5
    assert main(["measure", *source(scenes), "-o", str(out)]) == DONE
    assert "5 images measured before" in capsys.readouterr().err


@pytest.mark.thorough
def test_shares_make_the_whole(scenes: Path, whole: Path, tmp_path: Path) -> None:
    plan = planned(scenes, tmp_path)
    for number in (3, 1, 2):
        summary = MeasureRun(plan, tmp_path).run(plan.shard(number, 3), Here())
        assert summary.complete == (number == 2)
    assert parts(tmp_path) == parts(whole)
    assert (tmp_path / "nuclei" / "manifest.json").read_bytes() == (
        whole / "nuclei" / "manifest.json"
    ).read_bytes()


def test_dask_makes_the_same_parts(scenes: Path, whole: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    import logging

    options = {"processes": False, "n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=logging.CRITICAL) as cluster:
        run(scenes, tmp_path, DaskWorkers.at(cluster.scheduler_address))
    assert parts(tmp_path) == parts(whole)


def test_an_image_that_kills_is_a_row_with_an_error(scenes: Path, two_parts: None, tmp_path: Path) -> None:
    """The others of its chunk are measured, and what dies once is tried again."""
    summary = run(scenes, tmp_path / "out", LocalWorkers(1), work=partial(kills_at, "1"))
    assert summary.complete
    assert summary.images == 5
    assert summary.errors.keys() == {"1", "4"}
    assert KILLED in summary.errors["1"]
    images = pd.read_parquet(tmp_path / "out" / "nuclei" / "images").set_index("image")
    assert sorted(images.index) == ["0", "1", "2", "3", "4"]
    assert images["count"].notna().sum() == 3
    plan = planned(scenes, tmp_path / "out")
    retried = MeasureRun(plan, tmp_path / "out", again=True).run(
        plan.chunks, LocalWorkers(1), partial(kills_once, tmp_path, "1")
    )
    assert (tmp_path / "died").exists()
    assert retried.errors.keys() == {"4"}
    run(scenes, tmp_path / "undisturbed")
    assert parts(tmp_path / "out") == parts(tmp_path / "undisturbed")


@pytest.mark.parametrize("number", ERRORS)
def test_a_disk_that_refuses_leaves_no_half_part(scenes: Path, tmp_path: Path, number: int) -> None:
    with pytest.raises(InputError, match=os.strerror(number)):
        run(scenes, tmp_path, work=partial(refused, number))
    assert not list(tmp_path.rglob("*part-*"))
    run(scenes, tmp_path)
    assert len(parts(tmp_path)) == 14  # objects and images of five, tables of those that can be read


def test_what_has_not_changed_is_not_measured_again(scenes: Path, tmp_path: Path) -> None:
    """Neither when an image is changed, nor when one comes in front of all others."""
    data, out = tmp_path / "data", tmp_path / "out"
    shutil.copytree(scenes, data)
    run(data, out)
    os.utime(data / "w2_DNA.tif", (1, 1))
    here = Here()
    run(data, out, here)
    assert [record.key for task in here.tasks for record in task.records] == ["2"]
    assert len(parts(out)) == 14  # that which it supersedes is gone
    for what in ("DNA", "nuclei_labels"):
        shutil.copy(data / f"w1_{what}.tif", data / f"w00_{what}.tif")
    here, measured = Here(), []

    def counted(task: ChunkTask) -> object:
        kept = {digest for found in task.known.values() for digest in found}
        measured.extend(digest for digest in task.digests if digest not in kept)
        return measure_chunk(task)

    run(data, out, here, work=counted)
    assert len(measured) == 1
    assert len(parts(out)) == 17
    damaged = next(iter((out / "nuclei" / "objects").glob("part-*")))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    here = Here()
    assert run(data, out, here).images == 1
    assert len(parts(out)) == 17


@pytest.mark.thorough
def test_all_find_what_was_measured(
    scenes: Path, here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(scenes, data)
    assert main(["measure", *source(data)]) == PARTIAL
    assert (data / "measured" / "nuclei" / "settings.json").exists()

    def nobody(*_: object) -> None:
        raise AssertionError("measured again")

    for place in (
        "tuiqc.triage.batch_evidence.measured_plane",
        "tuiqc.triage.image_suspicion.image_measures",
    ):
        monkeypatch.setattr(place, nobody)
    out = tmp_path / "out.csv"
    assert main(["table", *source(data), "--evidence", "-o", str(out)]) == PARTIAL
    assert "evidence_solidity" in pd.read_csv(out).columns
    (data / "measured").rename(tmp_path / "elsewhere")
    given = ["--measured", str(tmp_path / "elsewhere")]
    assert main(["check", *source(data), *given, "--fail-if", "suspicious_images > 100"]) == PARTIAL
    assert main(["check", *source(data), "--measured", str(tmp_path / "none")]) == FAILED


def test_the_folder_of_measurements_is_no_data(
    scenes: Path, here: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(scenes, data)
    (data / "w4_nuclei_labels.tif").unlink()
    main(["summary", str(data), "--json"])
    before = json.loads(capsys.readouterr().out)
    assert main(["measure", str(data)]) == DONE
    capsys.readouterr()
    main(["summary", str(data), "--json"])
    assert json.loads(capsys.readouterr().out) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--shard", "0/4"],
        ["--shard", "5/4"],
        ["--shard", "a/b"],
        ["--shard", "3"],
        ["--layer", "none"],
        ["--processes", "0"],
        ["--slurm", "--scheduler", "tcp://x:1"],
        ["--slurm", "--walltime", "soon"],
        ["--slurm", "--jobs", "0"],
        ["-o", "/dev/null/x"],
        ["-o", "/proc/nothing/there"],
    ],
)
def test_what_can_not_be_is_said(scenes: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", *source(scenes), *words]) == FAILED
    assert capsys.readouterr().err.startswith("tuiqc: ")


def test_what_slurm_is_told() -> None:
    times = {
        "90": 90,
        "30:15": 30,
        "02:00:00": 120,
        "1-0": 1440,
        "1-02": 1560,
        "1-02:30": 1590,
        "2-00:00:00": 2880,
    }
    assert {text: SlurmJobs(walltime=text).minutes() for text in times} == times
    for text in ("", "a", "1:2:3:4", "-5"):
        with pytest.raises(UsageError):
            SlurmJobs(walltime=text).minutes()
    said = slurm_arguments(SlurmJobs(queue="cpu", cores=8))
    assert said["queue"] == "cpu"
    assert "account" not in said
    assert said["worker_extra_args"][:2] == ["--lifetime", "54m"]
    jobqueue = pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    script = jobqueue.SLURMCluster.job_cls(scheduler="tcp://h:1", name="x", **said).job_script()
    assert "#SBATCH -p cpu" in script
    assert "--lifetime 54m" in script


def test_cores_are_those_that_were_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    cores: Callable[[int], set[int]] = lambda _: {0, 1, 2, 3}  # noqa: E731
    monkeypatch.setattr(os, "sched_getaffinity", cores)
    for given, count in (("3", 3), ("400", 4), ("", 4), ("x", 4)):
        monkeypatch.setenv("SLURM_CPUS_PER_TASK", given)
        assert granted_cores() == count


def test_the_line_says_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.5, 10.0, 10.0])
    monkeypatch.setattr("tuiqc.cli.measure.monotonic", lambda: next(now, 10.0))
    line = RateLine("nuclei")
    line(100, 1000)  # were there before
    assert line.text(200, 1000) == "nuclei: 200 of 1,000 images, 10.0 images/s, 80 s left"
    assert errno.ENOSPC in ERRORS


def test_a_cluster_that_is_not_there_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dask_jobqueue")
    with pytest.raises(InputError, match="no such file"):
        DaskWorkers.at(scheduler_file=tmp_path / "none.json")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="no sbatch"):
        DaskWorkers.of_slurm(SlurmJobs(1, 1, "1GB", "00:10:00", "", ""))


@pytest.mark.parametrize("there", [False, True])
def test_nobody_at_the_scheduler_leaves_no_folder(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    def nobody(*_: object) -> Launcher:
        raise InputError("nobody answers")

    monkeypatch.setattr(DaskWorkers, "at", nobody)
    out = tmp_path / "out"
    if there:
        out.mkdir()
    assert main(["measure", *source(scenes), "-o", str(out), "--scheduler", "tcp://127.0.0.1:9"]) == FAILED
    assert out.exists() == there
