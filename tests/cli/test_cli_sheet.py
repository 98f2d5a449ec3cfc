"""`tuiqc sheet`: pictures of all images or objects in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.review_batches import write_batch
from PIL import Image

from tuiqc.cli import main


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(tmp_path / "cache"))
    folder = write_batch(tmp_path / "data")
    return [
        "--images",
        f"DNA={folder}/{{well}}_DNA.tif",
        "--labels",
        f"nuclei={folder}/{{well}}_nuclei_labels.tif",
        "--table",
        f"nuclei={folder}/{{well}}_nuclei.csv",
    ]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def bright(tile: np.ndarray) -> int:
    return int((tile.min(axis=2) > 150).sum())


def test_a_sheet_of_images(source: list[str], tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert main(["sheet", *source, "--columns", "3", "--tile", "128", "-o", str(out)]) == 0
    found = pixels(out)
    assert found.shape[1] == max(560, 3 * 144 + 8)
    tiles = [found[36 : 36 + 96, 12 + n * 144 : 12 + n * 144 + 128] for n in range(3)]
    assert all(bright(tile) > 100 for tile in tiles), "three images with bright nuclei"
    assert bright(tiles[2]) > bright(tiles[1]), "four nuclei and two"


def test_objects_in_order_at_the_same_scale_or_fitted(source: list[str], tmp_path: Path) -> None:
    out, fitted = tmp_path / "a.png", tmp_path / "b.png"
    common = [
        "sheet",
        *source,
        "--of",
        "objects",
        "--columns",
        "9",
        "--tile",
        "64",
        "--sort",
        "AreaShape_Area",
    ]
    assert main([*common, "-o", str(out)]) == 0
    assert main([*common, "--fitted", "-o", str(fitted)]) == 0

    def share(path: Path, number: int) -> float:
        tile = pixels(path)[36 : 36 + 64, 12 + number * 80 : 12 + number * 80 + 64]
        return float((tile.max(axis=2) > 120).mean())

    assert share(out, 8) > 3 * share(out, 0), "sizes can be compared"
    assert share(fitted, 0) > 2 * share(out, 0)


def test_pages_of_a_pdf_and_a_filter(source: list[str], tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    common = ["sheet", *source, "--of", "objects", "--columns", "1", "--tile", "256"]
    assert main([*common, "-o", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert out.read_bytes().count(b"/Subtype /Image\n") == 9
    assert main([*common, "--where", "AreaShape_Area > 60", "-o", str(out)]) == 0
    assert out.read_bytes().count(b"/Subtype /Image\n") == 6


def test_a_png_that_would_be_too_long_is_several(
    source: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiqc.exporters.sheet._LONGEST", 700)
    arguments = ["sheet", *source, "--of", "objects", "--columns", "2", "--tile", "128", "-o"]
    assert main([*arguments, str(tmp_path / "s.png")]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["s-1.png", "s-2.png"]


def test_frames_by_a_column_and_a_broken_image(source: list[str], tmp_path: Path) -> None:
    for name in ("DNA", "nuclei_labels"):
        (tmp_path / "data" / f"A2_{name}.tif").write_bytes(b"no image")
    out = tmp_path / "s.png"
    assert main(["sheet", *source, "--columns", "3", "--colour-by", "nuclei", "-o", str(out)]) == 3
    found = pixels(out)
    corners = {tuple(found[33, 9 + n * 208].tolist()) for n in range(3)}
    assert len(corners) == 3


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["-o", "s.jpg"], ".pdf or .png"),
        (["--where", "AreaShape_Area > 1e9", "--of", "objects", "-o", "s.png"], "nothing to draw"),
        (["--columns", "0", "-o", "s.png"], "--columns 0"),
        (["--colour-by", "no such", "-o", "s.png"], "no such"),
        (["--sort", "no such", "-o", "s.png"], "no such"),
        (["-o", "s.no/s.png"], "there is no folder"),
    ],
)
def test_mistakes_are_told(
    source: list[str], more: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    more = [str(tmp_path / one) if one.startswith("s.") else one for one in more]
    assert main(["sheet", *source, *more]) == 2
    assert words in capsys.readouterr().err
