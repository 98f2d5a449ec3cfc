"""A value is what was written: identifiers stay text, numbers as people write them are numbers, and it is told."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.dataset.tables.reader import load_table, read_columns, read_text
from tuiqc.errors import InputError


def read(folder: Path, text: str | bytes, name: str = "t.csv") -> pd.DataFrame:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_table(path).frame


@pytest.mark.parametrize(
    "cells",
    [
        ["000123", "000124"], ["007", "12"], ["1E5", "2E10"], ["+5", "+6"], ["0x10", "16"], ["NA", "TP53"],
        ["None", "null", "MYC"], ["2024-01-02"], ["MARCH1", "1-2"], ["TRUE", "FALSE"], ["0012.5", "3.5"],
        ["12345678901234567890123", "5"], ["0.12345678901234567891", "0.5"], ["A1", "", "nan"], ["1_000", "2"],
    ],
)  # fmt: skip
def test_what_would_not_print_as_it_came_stays_text(tmp_path: Path, cells: list[str]) -> None:
    found = read(tmp_path, "label,x\n" + "".join(f"1,{cell}\n" for cell in cells))["x"]
    assert [None if pd.isna(value) else value for value in found] == [cell or None for cell in cells]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('l,x\n1,"100,5"\n2,"0,25"\n', [100.5, 0.25]),
        ("l;x\n1;1.234,500\n2;0,5\n", [1234.5, 0.5]),
        ('l,x\n1,"1,234.500"\n2,"12.5"\n', [1234.5, 12.5]),
        ("l;x\n1;1 234,5\n2;7\n", [1234.5, 7.0]),
        ("l;x\n1;1\u00a0234,5\n2;7\n", [1234.5, 7.0]),
        ("l;x\n1;1'234.5\n2;7\n", [1234.5, 7.0]),
        ("l|x\n1|2.5\n2|3.5\n", [2.5, 3.5]),
        ("# made by x, y\n# z\nl,x\n1,2.5\n2,3.5\n", [2.5, 3.5]),
        ("# l,x\n1,2.5\n2,3.5\n", [2.5, 3.5]),
        ("Name\tp\nPlate\tq\n\n[Data]\nl\tx\ty\n1\t2.5\t0\n2\t3.5\t0\n", [2.5, 3.5]),
        ("l,x\n,px\n1,2.5\n2,3.5\n", [2.5, 3.5]),
        ("l,x\n1,2.5\nl,x\n2,3.5\n", [2.5, 3.5]),
        ("l,x (a, b)\n1,2.5\n2,3.5\n", [2.5, 3.5]),
        ("l,x\n1,1.000000000000000000e+02\n2,5e-1\n", [100.0, 0.5]),
        ("l,x\n1,nan\n2,3.5\n", [None, 3.5]),
    ],
)
def test_numbers_and_headers_as_people_write_them(
    tmp_path: Path, text: str, values: list[float | None]
) -> None:
    frame = read(tmp_path, text)
    assert [None if pd.isna(value) else value for value in frame.iloc[:, 1]] == values
    assert frame.iloc[:, 0].tolist() == [1, 2]
    assert len(read_columns(tmp_path / "t.csv")) == frame.shape[1]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp1252", "utf-8-sig"]
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    frame = read(tmp_path, "label,name é\n1,ü\n2,x\n".encode(encoding))
    assert list(frame.columns) == ["label", "name é"]
    assert frame["name é"].tolist() == ["ü", "x"]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c,d,e\n1,2,3\n4,5,6\n",
        "label,['z' 'y']_0,area\n1,2,3,4,5,6\n2,3,4,5,6,7\n",
        "name,unit,area,label\nc,1,2\nd,3,4\n",
        'a,b\n1,"x\n2,y\n',
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_counts(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"names|field"):
        read(tmp_path, text)


@settings(max_examples=35, deadline=None)
@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=6),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u202f", ","), ("'", "."), ("", ",")]),
)
def test_any_locale_gives_the_same_numbers(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], marks: tuple[str, str]
) -> None:
    thousands, decimal = marks
    values = [1234.5, *(number / 4 for number in numbers)]
    texts = [
        f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands) for value in values
    ]
    path = tmp_path_factory.getbasetemp() / "locale.csv"
    path.write_text("label;x\n" + "".join(f'1;"{text}"\n' for text in texts), encoding="utf-8")
    assert load_table(path).frame["x"].tolist() == values


CELL = st.sampled_from(
    ["1", "-3", "007", "0.5", "1e5", "1E5", "NA", "", "x", "True", "9007199254740993", "2.", ".5", " 4"]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=40), st.sampled_from([8, 40, 1 << 20]))
def test_blocks_of_any_size_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    path.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rows))
    pd.testing.assert_frame_equal(read_text(path, block=block).frame, read_text(path).frame, check_exact=True)


@pytest.mark.parametrize("word", ["NA", "None", "#N/A"])
def test_whole_numbers_with_words_for_nothing_stay_numbers(tmp_path: Path, word: str) -> None:
    """Once they became text, for the word's letters were counted among the digits."""
    (tmp_path / "t.csv").write_text(f"a,b\n1,{word}\n2,9007199254740993\n3,7\n")
    assert load_table(tmp_path / "t.csv").frame["b"].dropna().tolist() == [9007199254740993, 7]


def test_parquet_indexes_gaps_and_lists(tmp_path: Path) -> None:
    frame = pd.DataFrame({"label": [1, 2], "x": pd.array([1, None], "Int64"), "box": [[1, 2], [3, 4]]})
    frame.set_index("label").to_parquet(tmp_path / "t.parquet")
    back = load_table(tmp_path / "t.parquet").frame
    assert back["label"].tolist() == [1, 2]
    assert back["box"].tolist() == ["[1, 2]", "[3, 4]"]
    assert back["x"].dropna().tolist() == [1]
