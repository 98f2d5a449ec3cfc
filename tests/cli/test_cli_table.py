"""`tuiqc table`: what is written, and what is refused."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.batches import PRACTICAL, make_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.cli import main
from tuiqc.dataset.tables.reader import load_table
from tuiqc.errors import UsageError
from tuiqc.exporters.guard import Output
from tuiqc.exporters.table import export_view
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.csvfile import from_cell
from tuiqc.qc.record import Annotation, Subject
from tuiqc.tables.table_view import TableView


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_batch(tmp_path / "d")
    with AnnotationStore.open(tmp_path / "d/qc_annotations.csv", "ana", ["well"]) as store:
        store.record(Annotation(Subject("object", "2", "nuclei", 3), "fail", "split", "=SUM(A1)"))
        store.record(Annotation(Subject("image", "10"), "pass", "", "fine"))
        store.save()
    return tmp_path / "d"


def out(capsysbinary: pytest.CaptureFixture[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(capsysbinary.readouterr().out.decode(), newline=""), delimiter="\t"))


def test_objects_with_verdicts_to_standard_output(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    columns = "well,label,Location_Center_X,verdict,reason,note,annotator"
    assert (
        main(["table", str(folder), "--columns", columns, "--where", "label > 1", "--sort", "label,well"])
        == 0
    )
    rows = out(capsysbinary)
    assert rows[0] == columns.split(",")
    assert [row[:2] for row in rows[1:]] == [[w, n] for n in "23" for w in ("1", "2", "10")]
    assert rows[5] == ["2", "3", "15.5", "fail", "split", "'=SUM(A1)", "ana"]


def test_filters_add_up_sort_goes_down_and_the_limit_holds(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    arguments = [
        "table",
        str(folder),
        "--columns",
        "label",
        "--sort",
        "label",
        "--descending",
        "--limit",
        "2",
    ]
    assert main([*arguments, "--where", "label < 3", "--where", "well = 2"]) == 0
    assert out(capsysbinary) == [["label"], ["2"], ["1"]]
    assert main([*arguments, "--where", "verdict = 'fail'"]) == 0
    assert out(capsysbinary) == [["label"], ["3"]]


def test_images(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    columns = "well,nuclei,failed,verdict,note"
    assert main(["table", str(folder), "--of", "images", "--columns", columns]) == 0
    rows = [["1", "3", "0", "", ""], ["2", "3", "1", "", ""], ["10", "3", "0", "pass", "fine"]]
    assert out(capsysbinary) == [columns.split(","), *rows]


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_files(folder: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder.parent / f"o.{ending}"
    target.write_text("old")
    assert main(["table", str(folder), "-o", str(target)]) == 0
    assert "9 rows" in capsys.readouterr().err
    frame = pd.read_parquet(target) if ending == "parquet" else load_table(target).frame
    assert frame["Location_Center_X"].tolist() == [3.5, 9.5, 15.5] * 3
    assert frame["note"].iloc[5] == ("=SUM(A1)" if ending == "parquet" else "'=SUM(A1)")
    if ending == "csv":
        assert target.read_bytes().count(b"\r\n") == 10
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_more_columns_can_be_joined_and_chosen(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    extra = folder.parent / "extra.csv"
    extra.write_text("well,label,score\n10,2,0.25\n")
    arguments = ["table", str(folder), "--columns", "label,score", "--where", "score > 0", "--no-cache"]
    assert main([*arguments, "--columns", f"nuclei={extra}"]) == 0
    assert out(capsysbinary) == [["label", "score"], ["2", "0.25"]]
    assert main([*arguments, "--more-columns", str(extra)]) == 0
    assert out(capsysbinary) == [["label", "score"], ["2", "0.25"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--where", "AreaShape_Area >"], "value is expected"),
        (["--where", "Nope > 1"], "Nope"),
        (["--columns", "AreaShape_Areas"], "AreaShape_Area"),
        (["--sort", "Nope"], "no column 'Nope'"),
        (["--columns", "label,label"], "twice"),
        (["--layer", "dots"], "there are: nuclei"),
        (["-o", "x.xlsx"], ".parquet"),
        (["-o", "/nowhere/x.csv"], "/nowhere"),
        (["--limit", "-1"], "--limit"),
    ],
)
def test_what_is_refused(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", str(folder), *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.thorough
def test_a_reader_that_goes_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -m tuiqc table {folder} | head -1"
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr == ""
    assert ended.stdout.startswith("well\t")


@pytest.mark.skipif(not PRACTICAL.exists(), reason="the practical's data are not here")
def test_the_wells(tmp_path: Path) -> None:
    target = tmp_path / "o.csv"
    assert main(["table", str(PRACTICAL), "--layer", "nuclei", "--no-cache", "-o", str(target)]) == 0
    frame = pd.read_csv(target)
    assert len(frame) == 97
    assert frame.groupby("well").size().tolist() == [13, 7, 13, 10, 18, 11, 10, 15]
    source = pd.read_csv(PRACTICAL / "Well_3_nuclei.txt", sep="\t")
    ours = frame[frame["well"] == 3]
    for name in source.columns:
        if source[name].dtype.kind in "if":
            np.testing.assert_array_equal(ours[name].to_numpy(), source[name].to_numpy())


TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=6)
KINDS = {
    "float64": st.floats(allow_infinity=True),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "object": TEXTS,
}


@settings(max_examples=35, deadline=None)
@given(st.data())
def test_what_is_written_reads_back(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 5))
    kinds = data.draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    values = {
        f"c{n}": data.draw(st.lists(KINDS[k], min_size=rows, max_size=rows)) for n, k in enumerate(kinds)
    }
    columns = zip(values.items(), kinds, strict=True)
    frame = pd.DataFrame({name: pd.Series(cells, dtype=kind) for (name, cells), kind in columns})
    positions = np.array(data.draw(st.permutations(range(rows))), np.int64)
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        stream = io.BytesIO()
        assert export_view(TableView(frame), stream, positions=positions, form=form) == rows
        read = list(csv.reader(io.StringIO(stream.getvalue().decode(), newline=""), delimiter=delimiter))
        assert read[0] == list(frame.columns)
        assert len(read) == rows + 1
        for line, position in zip(read[1:], positions, strict=True):
            for cell, kind, column in zip(line, kinds, values.values(), strict=True):
                value = column[position]
                if kind == "float64":
                    assert cell == "" if np.isnan(value) else float(cell) == value
                elif kind == "int64":
                    assert int(cell) == value
                else:
                    assert from_cell(cell) == str(value)


def test_surrogates_and_wide_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "a": pd.Series(["x\udcff", "y"], dtype=object),
            "b": pd.array([2**62 + 1, None], dtype="Int64"),
            "c": pd.Series([2**70, 1], dtype=object),
        }
    )
    view = TableView(frame)
    stream = io.BytesIO()
    export_view(view, stream, form="csv")
    assert stream.getvalue() == f"a,b,c\r\nx\\udcff,{2**62 + 1},{2**70}\r\ny,,1\r\n".encode()
    export_view(view, Output(tmp_path / "o.parquet"))
    assert pd.read_parquet(tmp_path / "o.parquet")["a"].tolist() == ["x\\udcff", "y"]
    with pytest.raises(UsageError):
        export_view(view, Output(tmp_path / "o.xyz"))
