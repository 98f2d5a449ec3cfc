"""`export --what napari`: the script runs on a viewer, steps, and what is said there comes back by `merge`.

The viewer is a stand-in that keeps what it is given; where napari and a display are there, the real one is driven too.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile

from tuiqc.cli import main

HEAD = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema"
)
Captured = pytest.CaptureFixture[str]


def line(
    label: int, verdict: str, reason: str = "", note: str = "", level: str = "object", t: str = ""
) -> str:
    layer = "nuclei" if level == "object" else ""
    return f"{level},A1,{layer},{label},{t},{verdict},{reason},{note},ada,2026-01-01T00:00:00+00:00,,,,,1"


def labels() -> np.ndarray:
    plane = np.zeros((60, 80), np.uint16)
    plane[5:15, 5:15], plane[20:40, 50:60], plane[50:55, 20:40] = 1, 2, 3
    return plane


def write(folder: Path, *lines: str) -> list[str]:
    """Two wells: channels in one TIFF of two planes, masks in HDF5."""
    folder.mkdir()
    for well in ("A1", "B2"):
        channels = np.stack([labels() * 10, np.full((60, 80), 7)]).astype(np.uint16)
        tifffile.imwrite(folder / f"{well}.tif", channels, imagej=True, metadata={"axes": "CYX"})
        with h5py.File(folder / f"{well}.h5", "w") as file:
            file["exported_data"] = labels()[..., None]
            tags = '{"axes": [{"key": "y"}, {"key": "x"}, {"key": "c"}]}'
            file["exported_data"].attrs["axistags"] = tags
    (folder / "qc.csv").write_text("\n".join([HEAD, *lines, ""]))
    return [
        *("--images", f"DNA={folder}/{{well}}.tif", "--labels", f"nuclei={folder}/{{well}}.h5"),
        *("--annotations", f"{folder}/qc.csv"),
    ]


class Layers(dict[str, Any]):
    """The layers of the viewer, by name; as in napari it gives the layers themselves, not their names."""

    selection = SimpleNamespace(active=None)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


class Layer(SimpleNamespace):
    """A layer, whose keys come before those of the viewer while it is active."""

    def bind_key(self, key: str, does: Any, overwrite: bool) -> None:
        vars(self).setdefault("keys", {})[key] = does


class Viewer:
    """Keeps what a viewer of napari is given."""

    def __init__(self) -> None:
        self.layers, self.keys = Layers(), {}
        self.camera = SimpleNamespace(center=None, zoom=1)
        self.dims = SimpleNamespace(current_step=(0, 0, 30, 40))
        self.text_overlay = SimpleNamespace(text="", visible=False)
        self.title = ""

    def add_image(self, data: np.ndarray, name: str, **more: Any) -> None:
        self.layers[name] = Layer(data=data, **more)

    def add_labels(self, data: np.ndarray, name: str, **more: Any) -> None:
        self.layers[name] = Layer(data=data, contour=0, **more)

    def bind_key(self, key: str, does: Any, overwrite: bool) -> None:
        self.keys[key] = does

    def reset_view(self) -> None:
        self.camera.zoom = 1

    def press(self, key: str) -> None:
        active = self.layers.selection.active
        (self.keys if active is None else active.keys)[key](self)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def colours(colors: Any = None, name: str = "", color_dict: Any = None) -> Any:
        return color_dict if color_dict is not None else colors

    utils = SimpleNamespace(Colormap=colours, DirectLabelColormap=colours)
    monkeypatch.setitem(sys.modules, "napari", SimpleNamespace(utils=utils))
    monkeypatch.setitem(sys.modules, "napari.utils", utils)


def script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("look_at", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def look_at(path: Path) -> tuple[Any, Viewer]:
    module, viewer = script(path), Viewer()
    look = module.Look(viewer, module.BATCH, path.parent)
    look.bind(viewer)
    look.step(1)
    return look, viewer


@pytest.mark.usefixtures("stand_in")
def test_what_failed_is_shown_one_after_the_other_and_verdicts_come_back(tmp_path: Path) -> None:
    verdicts = [
        line(1, "fail", "merged", "=odd"),
        line(2, "unsure"),
        line(3, "pass"),
        line(0, "fail", level="image"),
    ]
    batch = write(tmp_path / "data", *verdicts)
    path = tmp_path / "out" / "look.py"
    assert main(["export", *batch, "--what", "napari", "-o", str(path)]) == 0
    look, viewer = look_at(path)
    stops = [(stop["layer"], stop["label"]) for stop in look.batch["stops"]]
    assert stops == [("", 0), ("nuclei", 1), ("nuclei", 2)]
    assert viewer.layers["nuclei"].data.shape == viewer.layers["DNA-1"].data.shape == (1, 1, 60, 80)
    assert viewer.layers["DNA-2"].data.max() == 7
    assert np.array_equal(viewer.layers["nuclei"].data[0, 0], labels())
    features = viewer.layers["nuclei"].features
    assert features[["index", "verdict"]].to_numpy().tolist()[:3] == [[0, ""], [1, "fail"], [2, "unsure"]]
    viewer.press("n")
    assert viewer.camera.center == (0, 9.5, 9.5)
    assert viewer.layers["nuclei"].selected_label == 1
    assert "2 of 3   A1 nuclei 1   fail: merged   =odd" in viewer.title
    viewer.press("Shift-F")
    viewer.press("Shift-P")
    viewer.press("Shift-U")
    assert look.at == 1
    viewer.press("Shift-Backspace")
    assert viewer.layers["nuclei"].colormap[2] == [part / 255 for part in look.batch["palette"]["pass"]] + [
        1.0
    ]
    made = path.with_name("look_annotations.csv")
    both = tmp_path / "both.csv"
    assert (
        main(["merge", str(tmp_path / "data" / "qc.csv"), str(made), "--policy", "last", "-o", str(both)])
        == 0
    )
    said = pd.read_csv(both, keep_default_na=False).set_index(["level", "label"])["verdict"].to_dict()
    assert said == {
        ("image", 0): "unsure",
        ("object", 1): "fail",
        ("object", 2): "pass",
        ("object", 3): "pass",
    }
    again, _ = look_at(path)
    assert {key: row["verdict"] for key, row in again.rows.items()} == {
        key: row["verdict"] for key, row in look.rows.items()
    }


@pytest.mark.usefixtures("stand_in")
def test_movies_in_many_files_and_stacks_stand_at_their_plane(tmp_path: Path) -> None:
    for t in range(3):
        tifffile.imwrite(tmp_path / f"raw_t{t}.tif", np.full((60, 80), t, np.uint8))
        tifffile.imwrite(tmp_path / f"seg_t{t}.tif", labels() * (t == 2))
    (tmp_path / "qc.csv").write_text(f"{HEAD}\n{line(2, 'fail', t='2').replace('A1', 'all')}\n")
    named = ["--images", f"raw={tmp_path}/raw_t{{t}}.tif", "--labels", f"nuclei={tmp_path}/seg_t{{t}}.tif"]
    named += ["--annotations", f"{tmp_path}/qc.csv"]
    assert main(["summary", *named[:4], "--json"]) == 0
    assert main(["export", *named, "--adopt", "--what", "napari", "--where", "label = 2", "--drop", "none",
                 "-o", str(tmp_path / "look.py")]) == 0  # fmt: skip
    look, viewer = look_at(tmp_path / "look.py")
    assert viewer.layers["raw"].data[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert (look.stop["t"], viewer.dims.current_step[:2]) == (2, (2, 0))


def test_the_command_of_one_object(tmp_path: Path, capsys: Captured) -> None:
    batch = write(tmp_path / "data")
    assert (
        main(["export", *batch[:4], "--what", "napari", "--print", "--image", "B2", "--object", "nuclei:2"])
        == 0
    )
    text = capsys.readouterr().out
    assert text.startswith("python -c 'import napari; ")
    assert "B2.h5" in text
    assert "v.camera.center = (0, 29.5, 54.5)" in text
    assert main(["export", *batch[:4], "--what", "napari", "--print", "--object", "nuclei:9"]) == 2
    assert main(["export", *batch[:4], "--what", "coco", "--print"]) == 2


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run")
@pytest.mark.skipif(
    "TUIQC_NAPARI_PYTHON" not in os.environ, reason="TUIQC_NAPARI_PYTHON names a Python with napari"
)
def test_napari_itself_runs_the_script(tmp_path: Path) -> None:
    batch = write(tmp_path / "data", line(1, "fail", "merged"), line(2, "unsure"))
    assert main(["export", *batch, "--what", "napari", "-o", str(tmp_path / "look.py")]) == 0
    drive = (
        "import importlib.util, napari, os, sys; from pathlib import Path\n"
        "s = importlib.util.spec_from_file_location('look', 'look.py'); m = importlib.util.module_from_spec(s)\n"
        "s.loader.exec_module(m); v = napari.Viewer(); k = m.Look(v, m.BATCH, Path('.')); k.bind(v); k.step(1)\n"
        "from qtpy.QtCore import Qt; from qtpy.QtTest import QTest; view = v.window._qt_viewer.canvas.native\n"
        "for key, shift in ((Qt.Key_N, 0), (Qt.Key_P, 0), (Qt.Key_P, 1)):\n"
        "    QTest.keyClick(view, key, Qt.ShiftModifier if shift else Qt.NoModifier); QTest.qWait(200)\n"
        "v.screenshot('shot.png', flash=False); sys.stdout.flush(); os._exit(0)\n"
    )
    (tmp_path / "drive.py").write_text(drive)
    command = ["xvfb-run", "-a", os.environ["TUIQC_NAPARI_PYTHON"], "drive.py"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=100, capture_output=True)
    assert "object,A1,nuclei,1,0,pass" in (tmp_path / "look_annotations.csv").read_text()
    assert (tmp_path / "shot.png").stat().st_size > 1000
