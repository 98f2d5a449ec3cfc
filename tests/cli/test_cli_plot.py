"""`tuiqc plot`: what is drawn, and what is refused."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fixtures.batches import make_batch
from fixtures.review_batches import write_batch
from PIL import Image

from tuiqc.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_batch(tmp_path / "d")


def texts(path: Path) -> str:
    return " ".join(element.text or "" for element in ET.parse(path).iter() if element.tag.endswith("text"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--histogram", "AreaShape_Area"], "9 objects of nuclei"),
        (["--scatter", "AreaShape_Area", "Location_Center_X"], "Location_Center_X"),
        (["--scatter", "AreaShape_Area", "Location_Center_X", "--colour-by", "Class"], "odd"),
        (["--box", "AreaShape_Area", "--by", "well"], "A10"),
        pytest.param(["--plate", "mean AreaShape_Area"], "wells from", marks=pytest.mark.thorough),
        pytest.param(
            ["--box", "evidence_solidity", "--by", "suspect", "--evidence"],
            "evidence_solidity",
            marks=pytest.mark.thorough,
        ),
        (["--plate", "mean suspicion", "--evidence"], "mean suspicion"),
        pytest.param(
            ["--plate", "count", "--where", "AreaShape_Area > 50"],
            "AreaShape_Area > 50",
            marks=pytest.mark.thorough,
        ),
        (["--plate", "fail %", "--wells", "96", "--of", "images"], "H"),
    ],
)
def test_figures(folder: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    assert main(["plot", str(folder), "--layer", "nuclei", *arguments, "-o", str(tmp_path / "p.svg")]) == 0
    assert said in texts(tmp_path / "p.svg")


@pytest.mark.thorough
def test_the_same_plot_is_the_same_file(folder: Path, tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        assert main(["plot", str(folder), "--histogram", "AreaShape_Area", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_png_is_a_picture(folder: Path, tmp_path: Path) -> None:
    assert main(["plot", str(folder), "--plate", "count", "-o", str(tmp_path / "p.png")]) == 0
    assert Image.open(tmp_path / "p.png").size[0] > 300


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--histogram", "AreaShape_Aera"], "there are AreaShape_Area"),
        (["--histogram", "Class"], "holds text"),
        (["--histogram", "AreaShape_Area", "--where", "Area >"], "^"),
        (["--histogram", "AreaShape_Area", "--colour-by", "Class"], "goes with --scatter"),
        (["--histogram", "AreaShape_Area", "--bins", "0"], "--bins 0"),
        (["--plate", "count", "--wells", "100"], "--wells 100"),
        (["--box", "AreaShape_Area", "--layer", "nukes"], "no object layer 'nukes'"),
    ],
)
def test_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["plot", str(folder), *arguments, "-o", str(tmp_path / "p.svg")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "p.svg").exists()


def test_other_endings_and_images_of_no_plate_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_batch(tmp_path / "d", ("first", "second"))
    assert main(["plot", str(folder), "--plate", "count", "-o", str(tmp_path / "p.txt")]) == 2
    assert ".svg, .png or .pdf" in capsys.readouterr().err
    assert main(["plot", str(folder), "--plate", "count", "-o", str(tmp_path / "p.svg")]) == 2
    assert "which wells" in capsys.readouterr().err
