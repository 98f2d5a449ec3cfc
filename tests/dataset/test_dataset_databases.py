"""Databases of CellProfiler, and those that somebody made to do harm."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from fixtures.databases import PROPERTIES, write_database

from tuiqc.cli import main
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import sqlite_table
from tuiqc.errors import InputError


def opened(*sources: Path) -> Batch:
    return open_batch(SourceOptions(tuple(map(str, sources))))


def spoil(path: Path, *commands: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for command in commands:
            database.executescript(command)


def test_images_masks_and_tables_of_a_database(tmp_path: Path) -> None:
    path = write_database(tmp_path / "data")
    before = sorted(path.parent.iterdir())
    batch = opened(path)
    assert [record.placeholders for record in batch.images] == [{"well": "A01"}, {"well": "A02"}] or len(
        batch.images
    ) == 2
    assert (batch.channels, batch.layers) == (["DNA"], ["Nuclei", "Cells"])
    assert all(path is not None and path.exists() for one in batch.images for path in one.masks.values())
    assert {entry.key for entry in batch.unmatched} == {"MyExpt_Per_Object", "Experiment_Properties"}
    assert batch.root == path.parent
    out = tmp_path / "o.csv"
    for layer, areas in (("Nuclei", {113, 29}), ("Cells", {197})):
        assert main(["table", str(path), "--layer", layer, "-o", str(out)]) == 0
        rows = pd.read_csv(out)
        assert len(rows) == 6
        assert set(rows[f"{layer}_AreaShape_Area"]) == areas
        assert rows["label"].tolist() == [1, 2, 3] * 2
    assert sorted(path.parent.iterdir()) == before, "nothing is written beside it"


@pytest.mark.parametrize("objects", ["MyExpt_Per_Nuclei", "MyExpt_Per_Object"])
def test_a_properties_file_names_it(tmp_path: Path, objects: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_database(tmp_path, "My DB.sqlite")
    properties = tmp_path / "a.properties"
    properties.write_text(PROPERTIES.format(kind="sqlite", file=path.name, objects=objects))
    layers = opened(properties).layers
    assert layers == (["Nuclei", "Cells"])
    assert not (tmp_path / "run").exists(), "nothing of it is evaluated"
    shared = opened(properties).shared_tables
    assert set(shared) == ({"Nuclei"} if objects == "MyExpt_Per_Nuclei" else {"Nuclei", "Cells"})


def test_one_table_of_all_kinds(tmp_path: Path) -> None:
    path = write_database(tmp_path)
    spoil(
        path,
        "CREATE TABLE Per_All AS SELECT n.ImageNumber, n.Nuclei_Number_Object_Number AS ObjectNumber, "
        "n.Nuclei_AreaShape_Area, c.Cells_AreaShape_Area FROM MyExpt_Per_Nuclei n JOIN MyExpt_Per_Cells c "
        "ON n.ImageNumber = c.ImageNumber AND n.Nuclei_Number_Object_Number = c.Cells_Number_Object_Number;"
        "DROP VIEW MyExpt_Per_Object; DROP TABLE MyExpt_Per_Nuclei; DROP TABLE MyExpt_Per_Cells;",
    )
    batch = opened(path)
    assert batch.layers == ["Nuclei", "Cells"]
    out = tmp_path / "out" / "o.csv"
    out.parent.mkdir()
    assert main(["table", str(path), "--layer", "Cells", "-o", str(out)]) == 0
    assert pd.read_csv(out)["Cells_AreaShape_Area"].tolist() == [197] * 6


def test_cytotable(tmp_path: Path) -> None:
    """Rows of nuclei, cells and cytoplasm side by side, the keys with `Metadata_` before them."""
    write_database(tmp_path)
    rows = pd.DataFrame(
        {
            "Metadata_ImageNumber": [1, 1, 1, 2, 2, 2],
            "Metadata_Nuclei_Number_Object_Number": [1, 2, 3] * 2,
            "Metadata_Cells_Number_Object_Number": [1, 2, 3] * 2,
            "Image_FileName_DNA": ["A01_DNA.tif"] * 3 + ["A02_DNA.tif"] * 3,
            "Image_ObjectsFileName_Nuclei": ["A01_Nuclei.tiff"] * 3 + ["A02_Nuclei.tiff"] * 3,
            "Nuclei_AreaShape_Area": [113.0] * 3 + [29.0] * 3,
            "Cells_AreaShape_Area": [197.0] * 6,
        }
    )
    (tmp_path / "DefaultDB.db").unlink()
    rows.to_parquet(tmp_path / "converted.parquet")
    batch = opened(tmp_path / "converted.parquet")
    assert batch.layers == ["Nuclei", "Cells"]
    assert batch.dialects["Cells"].label_column == "Metadata_Cells_Number_Object_Number"
    assert main(["table", str(tmp_path / "converted.parquet"), "-o", str(tmp_path / "o.csv")]) == 0
    assert (
        pd.read_csv(tmp_path / "o.csv")["Nuclei_AreaShape_Area"].tolist()
        == rows["Nuclei_AreaShape_Area"].tolist()
    )


def test_what_a_database_says_is_not_run(tmp_path: Path) -> None:
    path = write_database(tmp_path)
    spoil(
        path,
        "ALTER TABLE MyExpt_Per_Nuclei ADD COLUMN bomb AS (hex(zeroblob(900000000)))",
        "CREATE VIRTUAL TABLE found USING fts5(x)",
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS ImageNumber, i AS ObjectNumber FROM n",
        'CREATE TABLE "x; DROP TABLE MyExpt_Per_Image; --" (ImageNumber INTEGER, ObjectNumber INTEGER)',
        "CREATE TRIGGER t AFTER INSERT ON MyExpt_Per_Nuclei BEGIN SELECT load_extension('x'); END",
    )
    frame, _ = sqlite_table.read(path / "MyExpt_Per_Nuclei")
    assert "bomb" not in frame.columns
    assert len(frame) == 6
    assert {"endless", "found", "MyExpt_Per_Object"} == set(sqlite_table.left_out(path))
    assert "x; DROP TABLE MyExpt_Per_Image; --" in sqlite_table.tables(path)
    with pytest.raises(InputError, match="no such table"):
        sqlite_table.read(path / "endless")


def test_values_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    spoil(
        path,
        "CREATE TABLE t (n, f, s, mixed, big, blob BLOB, none)",
        "INSERT INTO t VALUES (1, 1.5, 'ä', 1, 9223372036854775807, x'00', NULL)",
        "INSERT INTO t VALUES (NULL, 2, NULL, 'x', 1, x'00', NULL)",
        "INSERT INTO t VALUES (3, NULL, CAST(x'ff' AS TEXT), x'00', 2, NULL, NULL)",
    )
    frame, _ = sqlite_table.read(path / "t")
    assert list(frame.columns) == ["n", "f", "s", "mixed", "big", "none"]
    assert frame["f"].tolist()[:2] == [1.5, 2]
    assert frame["big"].tolist() == [9223372036854775807, 1, 2]
    assert frame["mixed"].fillna("-").tolist() == ["1", "x", "-"]
    assert frame["s"].tolist()[0] == "ä"
    assert frame["none"].isna().all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"x" * 5000), "not a SQLite database"),
        (lambda path: spoil(path, "CREATE TABLE t (a)"), "no table of objects"),
        (
            lambda path: spoil(
                path, "CREATE TABLE Per_Nuclei (ImageNumber, ObjectNumber, Nuclei_AreaShape_Area)"
            ),
            "no table of images",
        ),
        (
            lambda path: path.with_suffix(".properties").write_text("db_type = mysql\n"),
            "names a mysql server",
        ),
        (
            lambda path: path.with_suffix(".properties").write_text("db_type = sqlite\n"),
            "names no db_sqlite_file",
        ),
        (lambda path: path.with_suffix(".properties").write_text("db_sqlite_file = q.db\n"), "is not there"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, make, said: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.db"
    make(path)
    source = path if path.exists() else path.with_suffix(".properties")
    with pytest.raises(InputError, match=said) as refused:
        opened(source)
    assert str(source.parent) in str(refused.value)


def test_parts_whose_numbers_repeat_are_refused(tmp_path: Path) -> None:
    path = write_database(tmp_path)
    spoil(
        path,
        "ALTER TABLE MyExpt_Per_Nuclei ADD COLUMN TableNumber INTEGER DEFAULT 1",
        "UPDATE MyExpt_Per_Nuclei SET TableNumber = ImageNumber",
    )
    with pytest.raises(InputError, match="whose ImageNumbers repeat"):
        opened(path)


def test_a_database_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_database(tmp_path / "data")
    before = path.read_bytes()
    for target in (path, path.with_name("link.csv")):
        if target != path:
            target.symlink_to(path)
        assert main(["table", str(path), "-o", str(target)]) == 2
    assert path.read_bytes() == before
