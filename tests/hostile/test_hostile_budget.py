"""Files that claim more than one file may take, are loops, or never end: each is an error that says so, at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from tuiqc import budget
from tuiqc.errors import InputError
from tuiqc.files import read_toml
from tuiqc.pixels import image_info, read_plane
from tuiqc.triage.gate_sets import gate_set
from tuiqc.triage.rule_sets import rule_set

PLANE = np.arange(64, dtype=np.uint16).reshape(8, 8)

OME = (
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
    '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="8" SizeY="8" SizeC="1" SizeZ="{z}" '
    'SizeT="{t}"><TiffData/></Pixels></Image></OME>'
)


def deep_groups(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("/".join("g" * 200) + "/data", data=PLANE)


def many_groups(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for number in range(300):
            file.create_group(f"g{number}")


def own_source(path: Path) -> None:
    layout = h5py.VirtualLayout((8, 8), np.uint16)
    layout[:] = h5py.VirtualSource(str(path), "exported_data", (8, 8))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("exported_data", layout)


def source_in_a_circle(path: Path) -> None:
    other = path.with_name("other.h5")
    for one, next_one in ((path, other), (other, path)):
        layout = h5py.VirtualLayout((8, 8), np.uint16)
        layout[:4] = h5py.VirtualSource(str(next_one), "exported_data", (8, 8))[:4]
        with h5py.File(one, "w") as file:
            file.create_virtual_dataset("exported_data", layout)


def source_is_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    layout = h5py.VirtualLayout((8, 8), np.uint16)
    layout[:] = h5py.VirtualSource("pipe", "data", (8, 8))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("exported_data", layout)


def link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    with h5py.File(path, "w") as file:
        file["exported_data"] = h5py.ExternalLink("pipe", "/data")


def pixels_in_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    with h5py.File(path, "w") as file:
        file.create_dataset("exported_data", (8, 8), np.uint16, external=[("pipe", 0, 128)])


def pages_of_all_shapes(path: Path) -> None:
    with tifffile.TiffWriter(path) as tif:
        for number in range(300):
            tif.write(np.zeros((2 + number % 97, 2 + number % 89), np.uint8), metadata=None, contiguous=False)


def claims_planes(path: Path) -> None:
    tifffile.imwrite(path, PLANE, description=OME.format(z=1, t=100_000_000), metadata=None)


def claims_channels(path: Path) -> None:
    with h5py.File(path, "w") as file:
        data = file.create_dataset("exported_data", (2000, 8, 8), np.uint16, chunks=(1, 8, 8))
        data.attrs["axistags"] = '{"axes": [{"key": "c"}, {"key": "y"}, {"key": "x"}]}'


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that small files reach."""
    monkeypatch.setattr("tuiqc.pixels.hdf5.GROUPS", 200)
    monkeypatch.setattr("tuiqc.pixels.tiff._MANY_PAGES", 100)


@pytest.mark.parametrize(
    ("make", "suffix", "said"),
    [
        (deep_groups, "h5", "levels of groups"),
        (many_groups, "h5", "entries in one group"),
        (own_source, "h5", "crashed"),
        (source_in_a_circle, "h5", "crashed"),
        (source_is_a_pipe, "h5", "not a regular file"),
        (link_to_a_pipe, "h5", "not a regular file"),
        (pixels_in_a_pipe, "h5", "not a regular file"),
        (pages_of_all_shapes, "tif", "kinds of pages"),
        (claims_planes, "tif", "100,000,000 planes"),
        (claims_channels, "h5", "2,000 channels"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.timeout(20)
@pytest.mark.usefixtures("small_budget")
def test_what_asks_for_too_much_is_refused(
    tmp_path: Path, make: Callable[[Path], None], suffix: str, said: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    make(path)
    with pytest.raises(InputError, match=said) as caught:
        read_plane(path)
    assert str(caught.value).count(str(tmp_path)) == 1


def test_a_virtual_dataset_that_ends_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "source.h5", "w") as file:
        file["data"] = PLANE
    layout = h5py.VirtualLayout((8, 8), np.uint16)
    layout[:] = h5py.VirtualSource("source.h5", "data", (8, 8))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("exported_data", layout)
    np.testing.assert_array_equal(read_plane(tmp_path / "a.h5"), PLANE)


@pytest.mark.parametrize("suffix", ["tif", "h5", "png"])
@pytest.mark.timeout(10)
def test_pipes_devices_and_folders_are_never_opened(tmp_path: Path, suffix: str) -> None:
    os.mkfifo(tmp_path / f"pipe.{suffix}")
    (tmp_path / f"folder.{suffix}").mkdir()
    (tmp_path / f"device.{suffix}").symlink_to("/dev/zero")
    for name, said in (("pipe", "not a regular file"), ("folder", "a folder"), ("device", "not a regular")):
        with pytest.raises(InputError, match=said):
            image_info(tmp_path / f"{name}.{suffix}")


def test_an_allowance_ends_by_steps_by_bytes_and_by_time(tmp_path: Path) -> None:
    allowance = budget.Allowance(tmp_path, steps=2)
    allowance.take()
    allowance.take()
    with pytest.raises(budget.BudgetError, match="3 parts"):
        allowance.take()
    with pytest.raises(budget.BudgetError, match="11 bytes"):
        budget.Allowance(tmp_path, nbytes=10).take(nbytes=11)
    with pytest.raises(budget.BudgetError, match="within 0 s"):
        budget.Allowance(tmp_path, seconds=0).take()


def test_small_texts_are_bounded_in_bytes_and_depth(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"a = 1\n")
    assert budget.small_text(path, "TOML") == b"a = 1\n"
    with pytest.raises(budget.BudgetError, match="6 bytes"):
        budget.small_text(path, "TOML", most=5)
    budget.check_depth(path, "[[]]" * 1000, most=2)
    with pytest.raises(budget.BudgetError, match="levels of brackets"):
        budget.check_depth(path, "[" * 70)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 50_000 + "b = 1",
        '"a" . ' * 50_000 + "b = 1",
        "x = {" + "a." * 50_000 + "b = 1}",
        "[[" + "a." * 50_000 + "b]]",
    ],
    ids=["bare", "quoted", "inline", "table"],
)
def test_keys_of_many_parts_are_counted_before_they_are_parsed(tmp_path: Path, text: str) -> None:
    """The parser takes 4 s for one, and four times as long for twice as many parts."""
    path = tmp_path / "a.toml"
    path.write_text(text)
    for read in (read_toml, lambda path: rule_set(str(path)), lambda path: gate_set(str(path))):
        with pytest.raises(budget.BudgetError, match="50,001 parts in one key"):
            read(path)
    path.write_text('name = "2026.11.30.a.b.c.d.e.f.g.tif"\n' + ".".join("abcdefghij") + " = 1\n")
    assert read_toml(path)["a"]["b"]["c"]["d"]["e"]["f"]["g"]["h"]["i"] == {"j": 1}


def test_work_in_a_child_answers_raises_or_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    path = tmp_path / "a\udce4.tif"
    assert budget.in_child("child_work:gives", path, seconds=30) == path.name
    with pytest.raises(InputError, match=r"nothing to see\. Look elsewhere"):
        budget.in_child("child_work:raises", path, seconds=30)
    with pytest.raises(InputError, match="can't be read"):
        budget.in_child("child_work:eats", path, seconds=30)
    with pytest.raises(budget.BudgetError, match=r"within 0\.1 s"):
        budget.in_child("child_work:sleeps", path, seconds=0.1)
