"""`--keys`: keys from a file on a screen that nobody sees, and pictures of it that are the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures import desks  # it makes the pilot wait no longer than it must
from fixtures.review_batches import write_batch
from PIL import Image

from tuiqc.cli import main

SCRIPT = """\
# two verdicts, a filter, the gallery
size 110x30
press tab f down p
shot {out}/home.png
press /
type AreaShape_Area > 50
press enter
shot {out}/filtered.txt
press g
shot {out}/gallery.svg
"""
assert desks.WIDE
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_batch(tmp_path_factory.mktemp("keys") / "data")


def test_keys_of_a_file_judge_and_draw_what_is_on_the_screen(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "keys.txt"
    pictures = []
    for turn in ("one", "two"):
        monkeypatch.setenv("NO_COLOR", "" if turn == "one" else "1")  # of terminals, not of files
        script.write_text(SCRIPT.format(out=tmp_path / turn))
        said = tmp_path / f"{turn}.csv"
        assert (
            main(["open", str(data), "--layer", "nuclei", "--keys", str(script), "--annotations", str(said)])
            == 0
        )
        frame = pd.read_csv(said)
        assert frame["verdict"].tolist() == ["fail", "pass"]
        with Image.open(tmp_path / turn / "home.png") as picture:
            assert picture.size == (1100, 600)
            pictures.append(np.asarray(picture.convert("RGB")))
    assert np.array_equal(*pictures)
    # The picture is drawn by its own pixels: no cell of text has so many colours.
    cells = [
        pictures[0][y : y + 20, x : x + 10].reshape(-1, 3)
        for y in range(60, 460, 20)
        for x in range(600, 1000, 10)
    ]
    assert max(len(np.unique(cell, axis=0)) for cell in cells) > 4
    lines = (tmp_path / "one" / "filtered.txt").read_text().splitlines()
    assert len(lines) == 30
    assert "AreaShape_Area > 50" in "\n".join(lines)
    assert "Gallery" in (tmp_path / "one" / "gallery.svg").read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("jump 3", "expected size"),
        ("size 3x2", "line 1"),
        ("wait forever", "line 1"),
        ("shot a.gif", "line 1"),
        ("shot {data}/A1_DNA.png", ""),
        ("shot {data}/A1_nuclei.txt", ""),
    ],
)
def test_a_mistake_is_told_before_a_key_is_pressed(
    data: Path, tmp_path: Path, line: str, said: str, capsys: Captured
) -> None:
    if not said:
        (data / "A1_nuclei.txt").unlink(missing_ok=True)
        (data / "A1_nuclei.txt").symlink_to(data / "A1_nuclei.csv")
        (data / "A1_DNA.png").unlink(missing_ok=True)
        (data / "A1_DNA.png").symlink_to(data / "A1_DNA.tif")
        said = "part of the input"
    (tmp_path / "keys.txt").write_text(line.format(data=data) + "\n")
    named = [
        "--images",
        f"DNA={data}/{{well}}_DNA.tif",
        "--labels",
        f"nuclei={data}/{{well}}_nuclei_labels.tif",
    ]
    named += ["--table", f"nuclei={data}/{{well}}_nuclei.csv", "--annotations", str(tmp_path / "a.csv")]
    assert main(["open", *named, "--keys", str(tmp_path / "keys.txt")]) == 2
    assert said in capsys.readouterr().err
