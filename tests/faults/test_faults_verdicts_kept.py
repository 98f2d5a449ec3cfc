"""Verdicts stay with their images, whatever is put beside these; what matches nothing is said by every command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tuiqc.cli import main
from tuiqc.dataset.batch_facts import facts_of
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.qc import Annotation, AnnotationStore, Subject

WELLS = ("A01", "A02", "A03")
COMMANDS = [
    "summary .",
    "stats .",
    "table .",
    "export . --what passing -o out.csv",
    "export . --what keep-list -o keep.txt",
    "report . -o r.html",
    "sheet . -o s.png",
    "plot . --histogram area -o p.png",
]


def make(folder: Path, seed: int) -> None:
    """A batch of three images with two nuclei each."""
    folder.mkdir()
    labels = np.zeros((40, 40), np.uint16)
    labels[2:12, 2:12], labels[20:32, 20:36] = 1, 2
    noise = np.random.default_rng(seed)
    for well in WELLS:
        tifffile.imwrite(folder / f"{well}_DNA.tif", noise.integers(0, 999, (40, 40)).astype(np.uint16))
        tifffile.imwrite(folder / f"{well}_nuclei_labels.tif", labels)
        (folder / f"{well}_nuclei.csv").write_text("label,area\n1,100\n2,192\n")


def judge(folder: Path) -> Path:
    """Verdicts on the batch, as the program leaves them."""
    batch = open_batch(SourceOptions(sources=(str(folder),), base_dir=folder))
    csv = folder / "qc_annotations.csv"
    with AnnotationStore.open(csv, "me", batch.placeholders, about=facts_of(batch)) as store:
        for image in batch.images:
            store.record(Annotation(Subject("object", image.key, "nuclei", 1), "fail", "merged"))
            store.record(Annotation(Subject("image", image.key), "pass"))
    return csv


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make(tmp_path / "one", 1)
    judge(tmp_path / "one")
    monkeypatch.chdir(tmp_path / "one")
    return tmp_path / "one"


def summary(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert main(["summary", ".", "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    found.pop("join", None)
    return found


def test_strays_change_neither_images_nor_verdicts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = summary(capsys)
    assert main(["render", ".", "--image", "A01", "-o", "overlay.png"]) == 0
    assert main(["sheet", ".", "-o", "sheet.png"]) == 0
    Image.new("L", (50, 30)).save(folder / "figure_for_paper.png")
    tifffile.imwrite(folder / "junk.tif", np.zeros((7, 9), np.uint8))
    for name in (".DS_Store", "Thumbs.db", "._A01_DNA.tif"):
        (folder / name).write_bytes(b"\0" * 64)
    capsys.readouterr()
    assert summary(capsys) == before


@pytest.mark.thorough
def test_every_command_says_when_no_verdict_is_about_the_batch(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in folder.glob("A0*"):
        file.rename(folder / file.name.replace("A0", "B0"))
    for line in COMMANDS:
        assert main(line.split()) == 0, line
        said = " ".join(" ".join(capsys.readouterr()).split())
        assert "NONE of the verdicts in" in said, line
        assert "A01" in said.partition("NONE of the verdicts in")[2], line
    for command in ("summary", "stats"):
        assert main([command, ".", "--json"]) == 0
        assert "NONE of the verdicts in" in json.dumps(json.loads(capsys.readouterr().out)), command


def test_annotations_of_another_batch_are_taken_on_purpose_only(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "two", 2)
    for file in list((tmp_path / "two").glob("A0*")):
        file.rename(file.with_name(file.name.replace("A0", "C0")))
    theirs = judge(tmp_path / "two")
    (folder / "qc_annotations.csv").unlink()
    for line in COMMANDS:
        assert main([*line.split(), "--annotations", str(theirs)]) == 2, line
        said = capsys.readouterr().err
        assert "is about another batch, two (" in said, line
        assert "one (" in said, line
        assert main([*line.split(), "--annotations", str(theirs), "--adopt"]) == 0, line
        capsys.readouterr()
