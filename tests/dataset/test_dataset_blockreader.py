"""The reader of big tables: block by block, and the same as the exact reader."""

import gzip
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.dataset import tables_io
from tuiqc.dataset.blockparse import MISSING
from tuiqc.dataset.blockreader import Blocks, read_blocks
from tuiqc.dataset.tables_io import exact_table, load_table
from tuiqc.errors import InputError

CELLS = {
    "whole": ["1", "-3", "007", "+5", " 3", "3 ", "-0", "2147483648", "9223372036854775807"],
    "fraction": ["0.1", "1e5", "-2.5", ".5", "1.", "1E-3", "0.30000000000000004", "-.5e3", "5e-324"],
    "infinite": ["inf", "-inf", "Infinity", "+inf", "1e400"],
    "missing": ["", "NA", "nan", "NaN", "None", "null", "N/A", "<NA>", "-nan"],
    "nearly missing": ["NAN", " NA", " ", "nan(x)", "na"],
    "truth": ["True", "False", "true", "FALSE", "tRUE"],
    "wide": ["9007199254740993", "9007199254740992", "-9007199254740995"],
    "text": ["a", "b c", "é", "٣", "1_0", "0x10", "0X1f", "2020-01-01", "12:00", "1d5", "- 5", "e5", "\x0b1"],
    "commas": ["1,5", "1,234", "2,5e3"],
    "quoted": ['"a"', '"1"', '"NA"', '""', '"a""b"', 'x"y', '"x"y', '"a\nb"', '"', '"1,5"'],
    "returns": ["\r", "a\r"],
}
KINDS = st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=2)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    delimiter = draw(st.sampled_from([",", "\t", ";"]))
    choices = [[cell for kind in draw(KINDS) for cell in CELLS[kind]] for _ in range(draw(st.integers(2, 4)))]
    rows = draw(st.lists(st.tuples(*(st.sampled_from(cells) for cells in choices)), min_size=1, max_size=10))
    lines = [delimiter.join(row) for row in rows]
    lines += draw(st.lists(st.sampled_from(["", " ", "1", delimiter * 9]), max_size=1))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join([delimiter.join(f"c{n}" for n in range(len(choices))), *lines])
    return (draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from([end, ""]))).encode()


def same(fast: pd.DataFrame, exact: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(fast, exact, check_exact=True, check_dtype=False)
    for name in exact.columns:
        kinds = {fast[name].dtype.kind, exact[name].dtype.kind}
        # Whole numbers with a gap: both exact as floats and as Int64.
        assert len(kinds) == 1 or kinds == {"i", "f"}, (name, fast[name].dtype, exact[name].dtype)


@settings(max_examples=250, deadline=None)
@given(tables(), st.sampled_from([16, 60, 1 << 20]))
def test_blocks_give_what_the_exact_reader_gives(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, block: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "wild_blocks.csv"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fast = read_blocks(path, block=block)
        if fast is None:
            return
        exact = exact_table(path)
    same(fast.frame, exact.frame)
    assert fast.notes == [note for note in exact.notes if "comma" not in note]


def blocks(folder: Path, data: str | bytes, block: int = 64, **kwargs: object) -> Blocks | None:
    path = folder / "t.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_blocks(path, block=block, **kwargs)  # type: ignore[arg-type]


def rows(*cells: str, head: str = "a,b", before: str = "1", count: int = 40) -> str:
    """A table whose column `a` ends otherwise than it begins."""
    return "\n".join([head, *([f"{before},x"] * count), *(f"{cell},y" for cell in cells)]) + "\n"


@pytest.mark.parametrize(
    ("cells", "last"),
    [
        (["0.5"], 0.5),
        (["abc"], "abc"),
        (["0x10"], "0x10"),
        (["NAN"], "NAN"),
        (["2020-01-01"], "2020-01-01"),
        (["True"], "True"),
        (["9007199254740993", ""], "gap"),
        (["9007199254740993", "1.5"], "1.5"),
    ],
)
def test_types_that_change_late_start_the_reading_again(
    tmp_path: Path, cells: list[str], last: object
) -> None:
    made = blocks(tmp_path, rows(*cells))
    assert made is not None
    same(made.frame, exact_table(tmp_path / "t.csv").frame)
    if last == "gap":
        assert made.frame["a"].dropna().tolist()[-1] == 9007199254740993
    else:
        assert made.frame["a"].tolist()[-1] == last
    assert made.frame["b"].tolist()[0] == "x"


@pytest.mark.parametrize(
    "data",
    [
        "a;b\n1;2,5\n",  # a decimal comma
        "a,b\n1\n",  # short
        "a,b\n1,2,3,4\n",  # long
        'a,b\n"x\ny",2\n',  # a line break in quotes
        "a,b\n1,2\r3,4\n",
        "a b\n1 2\n",
        "a\n1\n",
        b"a,b\n\xff,2\n",
        b"a,b\n\0,2\n",
        "a,b\n1,2,\n3,4,5\n",
        "",
    ],
)
def test_what_only_the_exact_reader_can_decide_is_left_to_it(tmp_path: Path, data: str | bytes) -> None:
    assert blocks(tmp_path, data) is None


def test_repeated_names_trailing_delimiters_and_cut_lines(tmp_path: Path) -> None:
    made = blocks(tmp_path, "a,a,b\n1,2,3,\n4,5,6,\n")
    assert made is not None
    assert list(made.frame.columns) == ["a", "a (2)", "b"]
    cut = blocks(tmp_path, "a,b,c\n1,2,3\n4,5")
    assert cut is not None
    assert cut.frame["a"].tolist() == [1]
    assert any("cut off" in note for note in cut.notes)


def test_a_big_table_is_read_in_blocks_plain_and_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_io, "BIG", 1)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"x{n}": rng.standard_normal(5000) for n in range(5)})
    frame.insert(0, "label", np.arange(5000))
    frame["well"] = np.where(rng.random(5000) < 0.1, None, "A01")
    frame.loc[17, "x2"] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress((tmp_path / "t.csv").read_bytes()))
    exact = exact_table(tmp_path / "t.csv").frame
    heads: list[pd.DataFrame] = []
    monkeypatch.setattr("tuiqc.dataset.blockreader.HEAD_ROWS", 100)
    seen: list[tuple[int, int]] = []
    whole = load_table(tmp_path / "t.csv", on_head=heads.append, report=lambda *at: seen.append(at)).frame
    pd.testing.assert_frame_equal(whole, exact, check_exact=True)
    np.testing.assert_array_equal(whole["x0"], frame["x0"])
    pd.testing.assert_frame_equal(load_table(tmp_path / "t.csv.gz").frame, exact, check_exact=True)
    pd.testing.assert_frame_equal(heads[0], exact.iloc[: len(heads[0])], check_exact=True)
    assert seen[-1][0] == seen[-1][1] == (tmp_path / "t.csv").stat().st_size


def test_many_columns_are_not_a_frame_of_many_pieces(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(150)]
    made = blocks(tmp_path, ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n", block=1 << 20)
    assert made is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.frame.insert(0, "new", 1)


def test_missing_values_are_those_of_pandas() -> None:
    from pandas._libs.parsers import STR_NA_VALUES

    assert set(MISSING) == set(STR_NA_VALUES)


def test_a_broken_gzip_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_io, "BIG", 1)
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 2000)
    (tmp_path / "t.csv.gz").write_bytes(packed[:-9])
    with pytest.raises(InputError, match="gzip"):
        load_table(tmp_path / "t.csv.gz")
