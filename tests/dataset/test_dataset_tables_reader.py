"""Reading tables: names as they came, no wrong number, plain words for what is broken."""

import csv
import gzip
import io
import math
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.dataset.prefetch import parse_alike
from tuiqc.dataset.tables import text_file as table_text
from tuiqc.dataset.tables.reader import load_table, read_columns
from tuiqc.errors import InputError


def read(folder: Path, data: str | bytes, name: str = "t.csv") -> pd.DataFrame:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return load_table(path).frame


@pytest.mark.parametrize(
    "data",
    [
        "label,area\n1,2.5\n2,3\n",
        "label\tarea\r\n1\t2.5\r\n2\t3\r\n",
        "label;area\n1;2,5\n2;3\n",
        "label area\n1   2.5\n2 3\n",
        "\ufefflabel,area\n1,2.5\n2,3\n",
        "label,area\n1,2.5\n2,3",
        '"label","area"\n"1","2.5"\n"2","3"\n',
        "sep=;\nlabel;area\n1;2.5\n2;3\n",
        "label,area\n1,2.5,\n2,3,\n",
        "\n\nlabel,area\n1,2.5\n2,3\n",
    ],
)
def test_the_same_table_in_many_dresses(tmp_path: Path, data: str) -> None:
    frame = read(tmp_path, data)
    assert list(frame.columns) == ["label", "area"]
    assert frame["label"].tolist() == [1, 2]
    assert frame["area"].tolist() == [2.5, 3.0]
    assert read_columns(tmp_path / "t.csv") == ("label", "area")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    frame = read(tmp_path, "label,Fläche µm²\n1,2\n".encode(encoding))
    assert list(frame.columns) == ["label", "Fläche µm²"]


def test_gzip_and_broken_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(b"label,area\n1,2\n")
    assert len(read(tmp_path, packed, "t.csv.gz")) == 1
    with pytest.raises(InputError, match="gzip"):
        read(tmp_path, packed[:-9], "half.csv.gz")


def test_parquet_and_what_is_none(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    pd.DataFrame({"label": [1, 2], "x": [0.5, None]}).to_parquet(tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet") == ("label", "x")
    assert load_table(tmp_path / "t.parquet").frame["label"].tolist() == [1, 2]
    with pytest.raises(InputError, match="parquet"):
        read(tmp_path, b"no", "bad.parquet")


def test_repeated_names_get_numbers_and_are_reported(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,a,a (2),a\n1,2,3,4,5\n")
    table = load_table(tmp_path / "t.csv")
    assert list(table.frame.columns) == ["a", "b", "a (3)", "a (2)", "a (4)"]
    assert any("'a'" in note for note in table.notes)


def test_two_header_rows_of_cellprofiler(tmp_path: Path) -> None:
    frame = read(tmp_path, "Image,Nuclei,Nuclei,Cells\nImageNumber,ObjectNumber,A_B,A_B\n1,1,2,\n1,2,3,4\n")
    assert list(frame.columns) == ["Image_ImageNumber", "Nuclei_ObjectNumber", "Nuclei_A_B", "Cells_A_B"]
    assert len(frame) == 2


def test_row_names_without_header_do_not_shift_columns(tmp_path: Path) -> None:
    frame = read(tmp_path, "label\tarea\n1\t7\t100\n2\t8\t200\n")
    assert list(frame.columns) == [" ", "label", "area"]
    assert frame["area"].tolist() == [100, 200]


@pytest.mark.parametrize("data", ["", "\n \n", "\ufeff"])
def test_an_empty_table_is_named(tmp_path: Path, data: str) -> None:
    with pytest.raises(InputError, match="empty"):
        read(tmp_path, data)


def test_header_only_is_a_table_without_rows(tmp_path: Path) -> None:
    frame = read(tmp_path, "label,area\n")
    assert list(frame.columns) == ["label", "area"]
    assert len(frame) == 0


def test_longer_rows_are_refused_not_cut(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row"):
        read(tmp_path, "a,b\n1,2\n3,4,5\n6,7\n")
    with pytest.raises(InputError):
        read(tmp_path, "a,b\n1,2,\n3,4,5\n")


def test_a_half_written_last_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("label,area,x\n1,2,3\n2,3")
    table = load_table(tmp_path / "t.csv")
    assert table.frame["label"].tolist() == [1]
    assert any("cut off" in note for note in table.notes)


def test_binary_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="text"):
        read(tmp_path, b"II*\0\1\2\3")
    with pytest.raises(InputError, match=r"(?i)no such file"):
        load_table(tmp_path / "none.csv")


def test_ambiguous_commas_stay_text(tmp_path: Path) -> None:
    assert read(tmp_path, "l;x\n1;1,234\n2;5,678\n")["x"].tolist() == ["1,234", "5,678"]
    assert read(tmp_path, "l;x;y\n1;1,5;2.5\n")["x"].tolist() == [1.5]
    assert read(tmp_path, "l;x\n1;0,234\n2;5,678\n")["x"].tolist() == [0.234, 5.678]


def test_large_whole_numbers_with_gaps_stay_exact(tmp_path: Path) -> None:
    frame = read(tmp_path, "id,b,c\n9007199254740993,1,9007199254740993\n,2,1.5\n")
    assert frame["id"].dropna().tolist() == [9007199254740993]
    assert frame["c"].tolist() == ["9007199254740993", "1.5"]


CELL = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["", "0.1", "1e5", "-0", "007", "nan", "NA", "+5", " 3", "1,5", "0x10", "1_000", "True", "٣"]
    ),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6),
)
MISSING = {
    "",
    "nan",
    "NaN",
    "NA",
    "N/A",
    "n/a",
    "<NA>",
    "NULL",
    "null",
    "None",
    "-nan",
    "-NaN",
    "#N/A",
    "#NA",
    "NIL",
}


def agrees(text: str, value: object) -> bool:
    """Whether a parsed value is what the text says: the same text, or exactly the same number."""
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)) or value is None:
        return text.strip() in MISSING or text.strip().startswith(("#N/A", "-1.#", "1.#"))
    if isinstance(value, str):
        return value == text or value.strip() == text.strip()
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return text.strip().casefold() == str(value).casefold()
    if isinstance(value, int):
        return int(text) == value
    return float(text) == float(value)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9).map(str), CELL, CELL), min_size=1, max_size=6),
    st.sampled_from([",", "\t", ";"]),
)
def test_no_wrong_number_ever_appears(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], delimiter: str
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL).writerows([("label", "a", "b"), *rows])
    path = tmp_path_factory.getbasetemp() / "wild.csv"
    path.write_text(buffer.getvalue(), newline="", encoding="utf-8")
    frame = load_table(path).frame
    assert list(frame.columns) == ["label", "a", "b"]
    assert len(frame) == len(rows)
    for column, texts in zip(frame.columns, zip(*rows, strict=True), strict=True):
        for text, value in zip(texts, frame[column].tolist(), strict=True):
            comma = isinstance(value, float) and "," in text
            assert agrees(text.replace(",", ".") if comma else text, value), (text, value)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_give_a_frame_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(data)
    with suppress(InputError):
        frame = load_table(path).frame
        assert len(set(frame.columns)) == len(frame.columns)


SIMPLE = st.one_of(
    st.integers(-(10**6), 10**6).map(str), st.floats(-1e6, 1e6).map(repr), st.sampled_from(["", "x"])
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.tuples(SIMPLE, SIMPLE), max_size=4), min_size=1, max_size=5))
def test_tables_read_together_are_the_same_as_one_by_one(tables: list[list[tuple[str, str]]]) -> None:
    datas = ["".join(f"{a},{b}\n" for a, b in [("a", "b"), *rows]).encode() for rows in tables]
    together = parse_alike(datas, Path("x"))
    assert together is not None
    frame, counts = together
    assert counts == [len(rows) for rows in tables]
    texts = [row for rows in tables for row in rows]
    if not texts:
        return
    for column, cells in zip(frame.columns, zip(*texts, strict=True), strict=True):
        assert all(agrees(text, value) for text, value in zip(cells, frame[column].tolist(), strict=True))


@pytest.mark.parametrize(
    "other", [b"a,c\n1,2\n", b"a,b\n1,2,3\n", b'a,b\n"1",2\n', b"a,b\n1\n", b"a,b\n\xff,2\n", b"a;b\n1;2\n"]
)
def test_tables_that_differ_are_not_read_together(other: bytes) -> None:
    assert parse_alike([b"a,b\n1,2\n", other], Path("x")) is None


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_text, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="larger"):
        read(tmp_path, gzip.compress(b"label\n" + b"1\n" * 5000), "t.csv.gz")
