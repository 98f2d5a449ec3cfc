"""Making demo batches: complete, the same every time, and nothing left of an interrupted one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tuiqc.demo import DemoStoppedError, make_batch
from tuiqc.demo.plan import plan_batch
from tuiqc.errors import InputError, UsageError

ROOT = Path(__file__).resolve().parents[2]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.thorough
def test_batch_is_the_same_whatever_the_workers(tmp_path):
    seen = []
    one = make_batch(tmp_path / "one", images=5, size=128, seed=3, workers=1)
    two = make_batch(
        tmp_path / "two", images=5, size=128, seed=3, workers=2, progress=lambda *step: seen.append(step)
    )
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert seen == [(done, 5) for done in range(6)]
    assert one.errors == two.errors
    assert one.nbytes == sum(map(len, contents(tmp_path / "one").values()))
    other = make_batch(tmp_path / "other", images=5, size=128, seed=4)
    assert other.nbytes != one.nbytes


def test_names_and_files_of_a_batch(tmp_path):
    make_batch(tmp_path / "deep" / "er", images=4, size=96)
    names = set(contents(tmp_path / "deep" / "er"))
    keys = [f"plate1_{well}_s{site}" for well in ("A01", "A02") for site in (1, 2)]
    ends = ("DNA.tif", "ER.tif", "nuclei_labels.tif", "cells_labels.tif", "nuclei.csv", "cells.csv")
    assert names == {f"{key}_{end}" for key in keys for end in ends} | {"truth.csv", "README.txt"}
    with tifffile.TiffFile(tmp_path / "deep" / "er" / "plate1_A01_s1_nuclei_labels.tif") as file:
        page = file.pages[0]
        assert (page.shape, page.dtype, page.compression.name) == ((96, 96), np.uint16, "ADOBE_DEFLATE")


@pytest.mark.parametrize("images", [1, 2, 3, 4, 8, 12, 385, 1000, 20_000])
def test_plans_have_unique_names_and_a_good_first_image(images):
    plans = plan_batch(images, 512, 1)
    assert len({plan.key for plan in plans}) == images
    assert [plan.index for plan in plans] == list(range(images))
    assert plans[0].image_error == ""
    errors = [plan.image_error for plan in plans if plan.image_error]
    assert len(errors) == min(images - 1, 3) * max(1, images // 60)
    if images >= 8:
        assert {plan.dtypes()["DNA"] for plan in plans} == {"uint8", "uint16"}


@pytest.mark.parametrize("size", [64, 65, 130])
def test_tiny_images_can_be_made(tmp_path, size):
    make_batch(tmp_path, images=8, size=size, seed=size)
    assert tifffile.imread(tmp_path / "plate2_A02_s2_ER.tif").shape == (size, size)


def test_folder_with_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        make_batch(tmp_path, images=1, size=64)
    assert list(contents(tmp_path)) == ["notes.txt"]


def test_overwriting_replaces_the_old_batch_and_keeps_other_files(tmp_path):
    make_batch(tmp_path, images=4, size=64)
    (tmp_path / "qc_annotations.csv").write_text("mine")
    make_batch(tmp_path, images=1, size=64, overwrite=True)
    names = list(contents(tmp_path))
    assert len(names) == 6 + 3
    assert (tmp_path / "qc_annotations.csv").read_text() == "mine"


def test_a_file_instead_of_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        make_batch(tmp_path / "file", images=1, size=64)


@pytest.mark.parametrize(
    "wrong", [{"images": 0}, {"size": 63}, {"size": 10**6}, {"seed": -1}, {"workers": 0}]
)
def test_numbers_out_of_range(tmp_path, wrong):
    with pytest.raises(UsageError):
        make_batch(tmp_path / "new", **wrong)
    assert not (tmp_path / "new").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [1, 2])
def test_stopping_leaves_nothing(tmp_path, workers):
    done = []
    with pytest.raises(DemoStoppedError):
        make_batch(
            tmp_path / "a" / "b",
            images=40,
            size=64,
            workers=workers,
            progress=lambda number, _: done.append(number),
            stop=lambda: bool(done) and done[-1] >= 2,
        )
    assert 2 <= done[-1] < 40
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_reported_and_leaves_nothing(tmp_path, monkeypatch):
    import tuiqc.demo.image

    def no_space(path, *args, **kwargs):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tuiqc.demo.image.tifffile, "imwrite", no_space)
    with pytest.raises(InputError, match="No space left"):
        make_batch(tmp_path, images=2, size=64)
    assert list(tmp_path.iterdir()) == []


def test_failure_while_moving_leaves_nothing(tmp_path, monkeypatch):
    replace, moved = Path.replace, []

    def fail_at_third(self, target):
        moved.append(target)
        if len(moved) == 3:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_third)
    with pytest.raises(KeyboardInterrupt):
        make_batch(tmp_path / "new", images=1, size=64)
    assert not (tmp_path / "new").exists()


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a process group")
@pytest.mark.parametrize(("after", "pause"), [(0, 0.1), (0, 0.3), (3, 0.0)])
def test_ctrl_c_ends_quickly_and_leaves_nothing(tmp_path, after, pause):
    script = tmp_path / "make.py"
    script.write_text(
        "import signal, sys\nfrom pathlib import Path\nfrom tuiqc.demo import make_batch\n"
        "if __name__ == '__main__':\n"
        # A shell starts what runs in the background with this signal ignored.
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    make_batch(Path(sys.argv[1]), images=2000, size=256, workers=2,\n"
        "        progress=lambda done, total: print(done, flush=True))\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        for line in process.stdout:
            if int(line) >= after:
                break
        time.sleep(pause)
        # As a terminal does: the signal goes to every process of the foreground group.
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)  # all 2,000 images would take minutes
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert errors.count("(most recent call last)") == 1, errors
    assert not (tmp_path / "out").exists()


def test_importing_the_room_is_light():
    code = "import sys, tuiqc.demo; print({'numpy', 'pandas', 'tifffile', 'PIL'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert result.stdout.strip() == "set()"
