"""Collection tables of MoBIE: rows that belong together, files that are found, what is kept of the other columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from tuiqc.cli import main
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.pixels import read_plane
from tuiqc.qc import Annotation, AnnotationStore, Subject

MASK = np.kron(np.array([[1, 0], [0, 2]], np.uint16), np.ones((9, 9), np.uint16))
Rows = list[dict[str, Any]]


def opened(path: Path, **kept: Any) -> Batch:
    return open_batch(SourceOptions((str(path),), **kept))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two images of two channels in one file each, their masks, and tables of the masks."""
    folder = tmp_path / "files"
    folder.mkdir()
    for key in ("A01", "A02"):
        tifffile.imwrite(
            folder / f"{key}.tif",
            np.stack([MASK * 9, MASK * 3]),
            metadata={"axes": "CYX"},
            ome=False,
            imagej=True,
        )
        tifffile.imwrite(folder / f"{key}_nuclei.tif", MASK)
        pd.DataFrame({"label": [1, 2], "area": [81, 82]}).to_csv(folder / f"{key}_nuclei.csv", index=False)
    return folder


def rows_of(folder: Path | str = "files") -> Rows:
    rows: Rows = []
    for number, key in enumerate(("A01", "A02")):
        same = {
            "view": "batch",
            "grid": "g",
            "grid_position": f"(0;{number})",
            "drug": ("none", "taxol")[number],
        }
        for channel, name, colour in ((0, "DNA", "r(0)-g(0)-b(255)-a(255)"), (1, "PLA", "green")):
            about = {
                "uri": f"{folder}/{key}.tif",
                "channel": channel,
                "color": colour,
                "contrast_limits": "(10;240)",
            }
            rows.append({**about, "name": f"{key} {name}", "type": "intensities", "display": name, **same})
        rows.append(
            {"uri": f"{folder}/{key}_nuclei.tif", "name": f"{key} nuclei", "type": "labels", "display": "nuclei",
             "labels_table": f"{folder}/{key}_nuclei.csv", **same}
        )  # fmt: skip
    return rows


def write(path: Path, rows: Rows) -> Path:
    frame = pd.DataFrame(rows)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".xlsx":
        pytest.importorskip("openpyxl", reason="the extra xlsx is not installed")
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("ending", [".tsv", ".csv", ".parquet", ".xlsx"])
def test_rows_of_a_grid_are_images(tmp_path: Path, files: Path, ending: str) -> None:
    batch = opened(write(tmp_path / f"c{ending}", rows_of()))
    assert [record.key for record in batch.images] == ["A01", "A02"]
    assert (batch.channels, batch.layers) == (["DNA", "PLA"], ["nuclei"])
    assert batch.looks["DNA"][:2] == ((0, 0, 255), (10, 240))
    assert batch.looks["PLA"].colour == (0, 255, 0)
    assert batch.image_values == {"drug": ["none", "taxol"]}
    assert not batch.unmatched
    for name, factor in (("DNA", 9), ("PLA", 3)):
        path = batch.images[1].channels[name]
        assert path is not None
        assert np.array_equal(read_plane(path, c=batch.images[1].plane_of(name)), MASK * factor)
    out = tmp_path / "out" / "o.csv"
    out.parent.mkdir()
    assert main(["table", str(tmp_path / f"c{ending}"), "-o", str(out)]) == 0
    assert pd.read_csv(out)["area"].tolist() == [81, 82] * 2


def _without(*names: str) -> Rows:
    return [{name: value for name, value in row.items() if name not in names} for row in rows_of()]


@pytest.mark.parametrize(
    "rows",
    [
        _without("grid", "grid_position"),
        _without("grid", "grid_position", "view"),
        [row | {"view": row["name"][:3]} for row in _without("grid", "grid_position")],
        [{"File Path" if name == "uri" else name: value for name, value in row.items()} for row in rows_of()],
        [row | {"grid_position": row["name"][:3]} for row in rows_of()],
    ],
)
def test_rows_without_a_grid_pair_by_view_or_order(tmp_path: Path, files: Path, rows: Rows) -> None:
    batch = opened(write(tmp_path / "c.csv", rows))
    assert [record.key for record in batch.images] == ["A01", "A02"]
    for record in batch.images:
        mask = record.masks["nuclei"]
        assert mask is not None
        assert mask.name == f"{record.key}_nuclei.tif"


def test_what_is_left_out_is_said(tmp_path: Path, files: Path) -> None:
    rows = rows_of()
    rows[1]["affine"] = "(1,0,0,0,0,1,0,0,0,0,1,0)"
    rows[2]["uri"] = "elsewhere/no.tif"
    rows += [
        {"uri": "spots.csv", "name": "s", "type": "spots", "view": "batch"},
        {"name": "nothing", "view": "batch"},
    ]
    batch = opened(write(tmp_path / "c.csv", rows))
    told = {entry.key: entry.why for entry in batch.unmatched}
    assert "of type spots" in told["s"]
    assert "names no file" in told["nothing"]
    assert "elsewhere/no.tif was not found" in told["A01"]
    assert any("affine" in line for line in batch.assumptions)
    assert batch.images[0].masks["nuclei"] is None


def test_files_of_another_computer_are_found_below_the_root(tmp_path: Path, files: Path) -> None:
    for folder in ("C:\\data\\files", "file:///home/someone/files", "/mnt/x"):
        path = write(tmp_path / "tables.csv", rows_of(folder))
        batch = opened(path, data_root=str(files))
        assert not batch.unmatched
        path.unlink()


def test_what_we_write_is_read(tmp_path: Path, files: Path) -> None:
    """The table that is handed over to MoBIE opens as the batch that it was made of."""
    source = write(tmp_path / "c.csv", rows_of())
    out = tmp_path / "out" / "handed.tsv"
    out.parent.mkdir()
    csv = tmp_path / "out" / "a.csv"
    with AnnotationStore.open(csv, "me", ["image"]) as store:
        store.record(Annotation(Subject("object", "A01", "nuclei", 1), "fail", "merged"))
    command = ["export", str(source), "--what", "mobie-collection", "--annotations", str(csv), "-o", str(out)]
    assert main(command) == 0
    batch = opened(out)
    assert (batch.channels, batch.layers, len(batch.images)) == (["DNA", "PLA"], ["nuclei"], 2)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"uri": "a.tif", "type": "spots"}], "no row of images"),
        ([{"uri": "a.tif", "name": "a"}], "none of its files was found, such as a.tif"),
    ],
)
def test_a_table_without_anything_is_refused(tmp_path: Path, rows: Rows, said: str) -> None:
    with pytest.raises(InputError, match=said):
        opened(write(tmp_path / "c.csv", rows))


def test_spreadsheets_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(InputError, match="not a spreadsheet"):
        opened(path)
    monkeypatch.setattr("tuiqc.dataset.tables.spreadsheet.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"tuiqc\[xlsx\]"):
        opened(path)
