"""`tuiqc look`: images with their masks drawn into the shell, or as a PNG."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from fixtures import bundle_folders
from fixtures.review_batches import write_batch
from fixtures.zarr_images import group_at, write_image
from PIL import Image

from tuiqc.cli import main
from tuiqc.dataset.open.named_files import NamedFiles, batch_of, expanded, grouped
from tuiqc.errors import InputError

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_batch(tmp_path_factory.mktemp("look"))


@pytest.fixture(autouse=True)
def there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


DNA, NUCLEI, CELLS = "A1_DNA.tif", "A1_nuclei_labels.tif", "A1_cells_labels.tif"
OTHER, OTHER_NUCLEI = "A2_DNA.tif", "A2_nuclei_labels.tif"


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ([DNA], [(DNA,)]),
        ([NUCLEI], [(None, NUCLEI)]),
        ([DNA, NUCLEI, CELLS], [(DNA, NUCLEI, CELLS)]),
        ([NUCLEI, DNA], [(DNA, NUCLEI)]),
        ([DNA, NUCLEI, OTHER, OTHER_NUCLEI], [(DNA, NUCLEI), (OTHER, OTHER_NUCLEI)]),
        ([DNA, OTHER, NUCLEI, OTHER_NUCLEI], [(DNA, NUCLEI), (OTHER, OTHER_NUCLEI)]),
        ([DNA, NUCLEI, OTHER], [(DNA, NUCLEI), (OTHER,)]),
        ([DNA, "A1_ER.tif", OTHER], [(DNA,), ("A1_ER.tif",), (OTHER,)]),
    ],
)
def test_masks_are_put_over_their_images(named: list[str], found: list[tuple[str | None, ...]]) -> None:
    wanted = [NamedFiles(Path(one[0]) if one[0] else None, tuple(map(Path, one[1:]))) for one in found]
    assert grouped(list(map(Path, named))) == wanted


def test_the_second_of_two_is_the_mask_where_its_pixels_are_labels(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 200, (40, 50)).astype(np.uint8)
    labels = np.kron(np.arange(20).reshape(4, 5), np.ones((10, 10))).astype(np.uint8)
    paths = [tmp_path / name for name in ("one.tif", "two.tif", "three.tif")]
    for path, pixels in zip(paths, (noise, labels, noise.T), strict=True):
        tifffile.imwrite(path, pixels)
    assert grouped(paths[:2]) == [NamedFiles(paths[0], (paths[1],))]
    for pair in ([paths[1], paths[0]], [paths[0], paths[2]]):
        assert grouped(pair) == [NamedFiles(one) for one in pair]


def test_labels_in_a_hierarchy_and_polygons_lie_over_their_image(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    write_image(group_at(tmp_path / "a.zarr", "0.5"), "0.5")
    labels = tmp_path / "a.zarr" / "labels" / "nuclei"
    assert grouped([tmp_path / "a.zarr", labels]) == [NamedFiles(tmp_path / "a.zarr", (labels,))]
    folder = bundle_folders.xenium(tmp_path / "x")
    image = folder / "morphology_focus" / "morphology_focus_0000.ome.tif"
    cells = folder / "cell_boundaries.parquet"
    assert main(["look", str(image), str(cells), "-o", str(tmp_path / "x.png")]) == 0


def test_layers_are_called_by_what_is_their_own(tmp_path: Path) -> None:
    batch = batch_of(NamedFiles(Path(DNA), (Path(NUCLEI), Path(CELLS), tmp_path / "other.tif")))
    assert batch.layers == ["nuclei_labels", "cells_labels", "other"]


def test_patterns_are_expanded() -> None:
    assert [path.name for path in expanded(["A?_DNA.tif"])][:2] == [DNA, OTHER]
    with pytest.raises(InputError, match="no file"):
        expanded(["*.nothing"])
    with pytest.raises(InputError, match="tuiqc open"):
        expanded(["."])


def picture(*options: str) -> np.ndarray[Any, Any]:
    assert main(["look", *options, "-o", "out.png"]) == 0
    with Image.open("out.png") as image:
        return np.asarray(image)


def test_a_png_shows_what_is_asked_for(folder: Path) -> None:
    plain, outlined = picture(DNA), picture(DNA, NUCLEI)
    rows, columns = tifffile.imread(DNA).shape
    assert plain.shape == outlined.shape
    assert plain.shape[0] / plain.shape[1] == pytest.approx(rows / columns, rel=0.02)
    assert (plain == plain[..., :1]).all()
    assert not (outlined == outlined[..., :1]).all()
    assert picture(DNA, NUCLEI, "--layers", "").shape == plain.shape
    assert picture(DNA, NUCLEI, "--size", "300x200").shape[0] == 200
    crop = picture(DNA, "--crop", "10,8,20,10", "--size", "400x400")
    assert crop.shape == (200, 400, 3)
    window = tifffile.imread(DNA)[8:18, 10:30]
    brighter = crop[10::20, 10::20, 0].astype(int) > 128
    assert (brighter == (window > 100)).all()
    marked = picture(DNA, NUCLEI, "--object", "1", "--size", "200x200")
    assert marked.shape == (200, 200, 3)
    assert (marked == (255, 255, 255)).all(axis=2).any(), "brackets"


def test_it_is_drawn_into_the_shell(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["look", DNA, NUCLEI, CELLS, "--graphics", "halfblock"]) == 0
    said = capfdbinary.readouterr().out.decode()
    assert "▀" in said
    assert "A1_DNA.tif" in said.splitlines()[-1]
    assert "3 objects" in said.splitlines()[-1]
    assert main(["look", DNA, "--graphics", "sixel", "--size", "64x64"]) == 0
    assert b"\x1bP" in capfdbinary.readouterr().out


def test_names_come_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{DNA}\n{OTHER}\r\nA1_ER.tif\n".encode())))
    assert main(["look", "-", "--graphics", "ascii", "--size", "80x80"]) == 0
    said = capfdbinary.readouterr().out.decode()
    assert (said.count("A1_DNA.tif"), said.count("A2_DNA.tif")) == (1, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([DNA], "no terminal"),
        (["nothing.tif", "-o", "o.png"], "nothing.tif"),
        ([DNA, "A1_ER.tif", OTHER, "-o", "o.png"], "these are 3"),
        ([DNA, OTHER, "A3_DNA.tif", NUCLEI, OTHER_NUCLEI, "-o", "o.png"], "3 images and 2 masks"),
        ([NUCLEI, DNA, OTHER, "-o", "o.png"], "name its image before"),
        ([DNA, NUCLEI, "--object", "9999", "-o", "o.png"], "no object 9999"),
        ([DNA, "--object", "1", "-o", "o.png"], "needs a mask"),
        ([DNA, NUCLEI, "--layers", "x", "-o", "o.png"], "no mask 'x'"),
        ([DNA, "--crop", "1,2,3", "-o", "o.png"], "--crop '1,2,3'"),
        ([DNA, "--crop", "1,2,0,3", "-o", "o.png"], "no pixels"),
        ([DNA, "--crop", "5000,2,9,9", "-o", "o.png"], "outside of the image"),
        ([DNA, "--size", "5x5", "-o", "o.png"], "--size"),
        ([DNA, "--time", "3", "-o", "o.png"], "--time 3"),
        ([DNA, "-o", "o.jpg"], ".png"),
        ([DNA, "-o", DNA], "stays as it is"),
    ],
)
def test_mistakes(options: list[str], said: str, capsys: Captured) -> None:
    before = Path(DNA).read_bytes()
    assert main(["look", *options]) == 2
    assert said in capsys.readouterr().err
    assert Path(DNA).read_bytes() == before
    assert not Path("o.png").exists()


def test_one_broken_image_does_not_end_the_others(tmp_path: Path, capfd: Captured) -> None:
    broken = tmp_path / "B1_DNA.tif"
    broken.write_bytes(b"II*\0broken")
    options = ["--graphics", "ascii", "--size", "80x80"]
    assert main(["look", str(broken), DNA, "A1_ER.tif", *options]) == 3
    said = capfd.readouterr()
    assert "B1_DNA.tif" in said.err
    assert "A1_DNA.tif" in said.out
    assert main(["look", str(broken), DNA, "A1_ER.tif", *options, "--strict"]) == 2
    assert main(["look", str(broken), *options]) == 2


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from tuiqc.cli import main; main(['look', *sys.argv[1:], '--graphics', 'sixel']); "
        "heavy = 'pandas', 'pyarrow', 'scipy', 'textual', 'matplotlib', 'numpy.ma', 'tuiqc.qc.journal', "
        "'hashlib', 'statistics', 'tomllib'; "
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, DNA, NUCLEI], capture_output=True, check=True)
    assert done.stderr.decode().strip() == "[]"


def test_a_missing_file_is_told_before_the_terminal(capsys: Captured) -> None:
    assert main(["look", "nothing.tif"]) == 2
    told = capsys.readouterr().err
    assert "nothing.tif: no such file" in told
    assert "terminal" not in told
