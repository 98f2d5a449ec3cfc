"""What is written out prints as it stood in the file that it was read from."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuiqc.cli import main
from tuiqc.dataset.literal_cells import written_columns
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions

COUNT = 6
CELLS = {
    "Fixed": ["1.50", "2.00", "3.10", "0.50", "10.00", "7.25"],
    "Mixed": ["1", "2.50", ".5", "3.", "1e-3", "1E+05"],
    "Barcode": ["000123", "000007", "12", "0", "001", "1"],
    "Compound": ["1E5", "2E5", "3E10", "4E1", "5E2", "6E3"],
    "Digits": ["0.1000000000000000055511151231257827", "1", "123456789012345678901", "0.3", "1e400", "-0.0"],
    "Gene": ["NA", "TP53", "nan", "null", "None", "MYC"],
    "Gaps": ["1", "", "NA", "2", "<NA>", "3"],
    "Sign": ["+5", "-6", "+7", "-0.50", "+9", "-10"],
    "Truth": ["TRUE", "False", "true", "T", "0", "1"],
    "Date": ["2024-01-02", "1/2", "1:30", "MARCH1", "0x10", "1_000"],
    "Quoted": ['a "b"', "c,d", "e\nf", "g\th", "i'j", "k;l"],
    "Large": [str(2**60 + k) for k in range(COUNT)],
}
"""Columns as people write them."""
VERDICTS = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema\n"
    "object,A01,objects,{label},,fail,,,x,2026-01-01T00:00:00+00:00,,,,,1\n"
)


def write_batch(folder: Path, images: int = 2) -> list[str]:
    """Images of `COUNT` objects each."""
    mask = np.zeros((24, 20 * COUNT), np.uint16)
    for k in range(COUNT):
        mask[6:16, 20 * k + 4 : 20 * k + 16] = k + 1
    keys = [f"A0{number + 1}" for number in range(images)]
    for key in keys:
        tifffile.imwrite(folder / f"{key}.tif", mask)
        tifffile.imwrite(folder / f"{key}_labels.tif", mask)
    return keys


def rows_of(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images with tables, the second with its rows the other way round, and a verdict."""
    folder = tmp_path_factory.mktemp("written")
    for number, key in enumerate(write_batch(folder)):
        order = list(range(COUNT))[:: 1 - 2 * number]
        with (folder / f"{key}_labels.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["label", "area", *CELLS])
            table.writerows([k + 1, f"{120 + k}.00", *(cells[k] for cells in CELLS.values())] for k in order)
    (folder / "qc_annotations.csv").write_text(VERDICTS.format(label=2))
    return folder


@pytest.mark.parametrize(
    ("command", "gone"),
    [
        (["table"], set()),
        (["table", "--sort", "Fixed", "--descending"], set()),
        (["table", "--where", "area < 123"], {3, 4, 5}),
        (["table", "--columns", "name,label,Fixed,Compound"], set()),
        (["export", "--what", "passing", "--layer", "objects"], {("A01", 1)}),
        (["export", "--what", "mobie", "--layer", "objects"], {("A01", 1)}),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_cells_are_written_as_they_were(
    batch: Path, tmp_path: Path, command: list[str], gone: set[object], suffix: str
) -> None:
    output = tmp_path / f"out{suffix}"
    raw = ["--raw"] if command[0] == "export" else []
    patterns = {"--images": "i={name}.tif", "--labels": "objects={name}_labels.tif"}
    patterns["--table"] = "objects={name}_labels.csv"
    source = [part for flag, text in patterns.items() for part in (flag, text.replace("=", f"={batch}/"))]
    verdicts = ["--annotations", str(batch / "qc_annotations.csv")]
    assert main([command[0], *source, *command[1:], *verdicts, *raw, "-o", str(output)]) == 0
    found = rows_of(output, "," if suffix == ".csv" else "\t")
    seen = set()
    for row in found:
        key = row.get("name") or row["label_image_id"].removesuffix("_labels")
        k = int(row.get("label") or row["label_id"]) - 1
        seen.add((key, k))
        for name, cells in CELLS.items():
            if name in row:
                expected = cells[k] if name != "Gaps" or cells[k] else ""
                assert row[name] in (expected, f"'{expected}"), (name, k)
    everything = {(key, k) for key in ("A01", "A02") for k in range(COUNT)}
    assert seen == {one for one in everything if one not in gone and one[1] not in gone}


def test_further_files_too(tmp_path: Path) -> None:
    """They are no layer of their own, wherever they lie."""
    output, more = tmp_path / "o.csv", tmp_path / "data" / "more.csv"
    more.parent.mkdir()
    write_batch(more.parent, 1)
    more.write_text("label,More\n" + "".join(f"{k + 1},{k}.500\n" for k in range(COUNT)))
    assert main(["table", str(more.parent), "--more-columns", str(more), "-o", str(output)]) == 0
    assert [row["More"] for row in rows_of(output, ",")] == [f"{k}.500" for k in range(COUNT)]


def test_a_table_of_all_images(tmp_path: Path) -> None:
    keys = write_batch(tmp_path)
    rows = [f"{key},{k + 1},{k}.10" for k in reversed(range(COUNT)) for key in keys]
    (tmp_path / "all.csv").write_text("image,label,Value\n" + "\n".join(rows) + "\n")
    batch = open_batch(
        SourceOptions(
            images=(("i", str(tmp_path / "{name}.tif")),),
            labels=(("o", str(tmp_path / "{name}_labels.tif")),),
            tables=(("o", str(tmp_path / "all.csv")),),
        )
    )
    images = np.repeat([0, 1], COUNT)
    parts: list = []
    ObjectLoader(batch).load_layer("o", parts.append)
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    columns = written_columns(batch, "o", frame["image"].to_numpy(), frame["label"].to_numpy(), None)
    assert (np.sort(frame["image"]) == images).all()
    assert columns["Value"].tolist() == [f"{label - 1}.10" for label in frame["label"]]
    # Objects that are not those of the table: nothing is said of them.
    assert written_columns(batch, "o", images, frame["label"].to_numpy() + 1, None) == {}


def test_parquet_prints_its_values(tmp_path: Path) -> None:
    from decimal import Decimal

    write_batch(tmp_path, 1)
    table = pyarrow.table(
        {
            "label": pyarrow.array(range(1, COUNT + 1), pyarrow.int32()),
            "Price": pyarrow.array([Decimal("1.50")] * COUNT, pyarrow.decimal128(5, 2)),
            "Gaps": pyarrow.array([1, None, 3, None, 5, 2**60], pyarrow.int64()),
            "Single": pyarrow.array([0.1] * COUNT, pyarrow.float32()),
            "Text": ["000123", "1E5", "NA", "1.50", "", None],
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "A01_labels.parquet")
    output = tmp_path / "o.csv"
    assert main(["table", str(tmp_path), "-o", str(output)]) == 0
    rows = rows_of(output, ",")
    assert [row["Price"] for row in rows] == ["1.50"] * COUNT
    assert [row["Gaps"] for row in rows] == ["1", "", "3", "", "5", str(2**60)]
    assert [row["Single"] for row in rows] == ["0.1"] * COUNT
    assert [row["Text"] for row in rows] == ["000123", "1E5", "NA", "1.50", "", ""]


SPELLED = {
    "Comma": ["1,5", "2,50", "0,25", "10", "3,0", "1,125"],
    "Marks": ["1.234,500", "0,5", "1.234.567,25", "12", "7,0", "100,10"],
    "Blank": ["1 234,5", "2,0", "12\u00a0000,25", "3", "4,5", "5"],
    "Apostrophe": ["1'234.50", "2.0", "3", "4", "5", "6"],
    "Powers": [f"{number}.500000e+02" for number in range(COUNT)],
    "Around": [" 1.50", " 2.50", "3.50 ", "4", "5", "6"],
}
"""Columns of numbers that few programs read, as people write them."""


@pytest.mark.parametrize(
    ("command", "numbers"),
    [(["table"], True), (["export", "--what", "mobie"], True), (["export", "--what", "passing"], False)],
)
def test_numbers_in_spellings_of_their_own(tmp_path: Path, command: list[str], numbers: bool) -> None:
    """The objects that passed are the rows of the file to the letter; what is for other programs they can read."""
    data, output = tmp_path / "data", tmp_path / "o.csv"
    data.mkdir()
    write_batch(data, 1)
    with (data / "A01_labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["label", "Fixed", *SPELLED])
        table.writerows([k + 1, f"{k}.50", *(cells[k] for cells in SPELLED.values())] for k in range(COUNT))
    (data / "qc_annotations.csv").write_text(VERDICTS.format(label=COUNT + 1))
    raw = ["--raw"] if "export" in command else []
    assert main([command[0], str(data), *command[1:], *raw, "-o", str(output)]) == 0
    rows = rows_of(output, ",")
    assert [row["Fixed"] for row in rows] == [f"{k}.50" for k in range(COUNT)]
    for name, cells in SPELLED.items():
        found = [row[name] for row in rows]
        if not numbers:
            assert found == cells
            continue
        plain = [cell.translate({ord(blank): "" for blank in " \u00a0'"}) for cell in cells]
        decimal = "," if any("," in cell for cell in cells) else "."
        if decimal == ",":
            plain = [cell.replace(".", "").replace(",", ".") for cell in plain]
        assert list(map(float, found)) == list(map(float, plain)), name


_cells = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,22}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
    st.sampled_from(["NA", "nan", "None", "TRUE", "1,5", "1.234,50", "1 234", "1'234.5", "x", "0x1F", "-"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=8),
)


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    write_batch(folder, 1)
    return folder


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_cells, min_size=COUNT, max_size=COUNT))
def test_whatever_stands_there(single: Path, cells: list[str]) -> None:
    with (single / "t.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["label", "area", "Value"])
        table.writerows([k + 1, 120, cell] for k, cell in enumerate(cells))
    batch = open_batch(
        SourceOptions(
            images=(("i", str(single / "A01.tif")),),
            labels=(("o", str(single / "A01_labels.tif")),),
            tables=(("o", str(single / "t.csv")),),
        )
    )
    labels = np.arange(1, COUNT + 1)
    columns = written_columns(batch, "o", np.zeros(COUNT, np.int64), labels, None)
    assert columns["Value"].tolist() == cells
