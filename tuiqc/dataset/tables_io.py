"""Reads object tables into pandas frames: no column name is changed and no number is changed.

Numbers are parsed to the nearest float64 ("round trip"), whole numbers stay whole numbers. What is not a
number in any row leaves its whole column as text. Empty fields and pandas' usual signs of a missing value
(NA, NaN, nan, null, None …) are missing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.dataset import tabletext
from tuiqc.dataset.tabletext import Layout
from tuiqc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.blockreader import OnHead, Report

_EXACT = 2.0**53  # whole numbers beyond this are not exact as float64
BIG = 2 << 20  # bytes of text from which on a table is read in blocks, and kept in the cache


@dataclass(slots=True)
class Table:
    """A table that was read: its frame, and what had to be decided to read it (sentences)."""

    frame: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def read_table(path: Path, dialect: str | None = None) -> pd.DataFrame:
    """Return the table in `path`; `load_table` also gives the notes.

    Column names are exactly as they came; repeated ones get " (2)", two header rows of CellProfiler become
    `Object_Feature`. `dialect` is not needed: it is recognised from the columns later.

    Raises
    ------
    InputError
        Missing, empty (no header), not text, not a table, or rows with more fields than the header.
    """
    del dialect
    return load_table(path).frame


def load_table(
    path: Path, *, cached: bool = False, on_head: OnHead | None = None, report: Report | None = None
) -> Table:
    """Return the table in `path` with notes; see `read_table`.

    Parameters
    ----------
    cached
        Take a big table from the user's cache (see `tables_cache`), and put it there in the background.
    on_head, report
        See `blockreader.read_blocks`; only for big text tables that are not in the cache.
    """
    if path.suffix.casefold() == ".parquet":
        return _parquet(path)
    big = _is_big(path)
    if cached and big:
        from tuiqc.dataset import tables_cache

        return tables_cache.table(path, lambda: _text_table(path, big, on_head, report))
    return _text_table(path, big, on_head, report)


def _is_big(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return path.stat().st_size >= (BIG // 4 if packed else BIG)
    except OSError:
        return False  # reading it says why


def _text_table(path: Path, big: bool, on_head: OnHead | None = None, report: Report | None = None) -> Table:
    if big:
        from tuiqc.dataset.blockreader import read_blocks

        blocks = read_blocks(path, on_head=on_head, report=report)
        if blocks is not None:
            return Table(blocks.frame, _repeated(blocks.layout.duplicates) + blocks.notes)
    return exact_table(path)


def exact_table(path: Path) -> Table:
    """Return a text table with notes by pandas' parser in one piece: slower for big ones, and always exact.

    Raises
    ------
    InputError
        As `read_table`.
    """
    text, encoding = tabletext.decode(tabletext.read_bytes(path), path)
    shape = tabletext.layout(text, path)
    notes = _repeated(shape.duplicates)
    if encoding == "latin-1":
        notes.append("the text is not UTF-8; read as Latin-1")
    body, dropped = _without_half_line(text[shape.start :], shape)
    if dropped:
        notes.append("the last line is cut off and was left out: the file may be incomplete")
    decimal, note = _decimal(body, shape.delimiter)
    if note:
        notes.append(note)
    try:
        frame = parse(body.encode(), shape, decimal)
    except ValueError as error:  # pandas' parser errors are ValueErrors
        found = re.sub(r"^Error tokenizing data\. C error: ", "", str(error)).strip()
        raise InputError(f"not a proper table: {found}", path=path) from error
    return Table(frame, notes)


def some_columns(path: Path, names: Sequence[str]) -> pd.DataFrame | None:
    """Return all rows of some columns of a big text table, as `load_table` would; None where all is to be read."""
    from tuiqc.dataset.blockreader import read_blocks

    if path.suffix.casefold() == ".parquet" or not _is_big(path):
        return None
    blocks = read_blocks(path, only=names)
    return None if blocks is None else blocks.frame


def read_columns(path: Path) -> tuple[str, ...]:
    """Return the column names of a table after reading no more than its beginning.

    Raises
    ------
    InputError
        As `read_table`.
    """
    if path.suffix.casefold() == ".parquet":
        return tuple(str(column) for column in _parquet(path, head=True).frame.columns)
    return tabletext.read_header(path).columns


def parse(body: bytes, shape: Layout, decimal: str = ".") -> pd.DataFrame:
    """Parse data rows (UTF-8) without their header.

    Raises
    ------
    ValueError
        A row has more fields than the header.
    """
    import pandas as pd

    count = len(shape.columns) + shape.trailing
    # A header of our own: with one the parser refuses longer rows instead of shifting or dropping their
    # fields.
    separator = " " if shape.delimiter == " " else shape.delimiter
    header = separator.join(f"c{number}" for number in range(count)) + "\n"
    options: dict[str, Any] = {
        "sep": r"\s+" if shape.delimiter == " " else shape.delimiter,
        "decimal": decimal,
        "low_memory": False,
    }
    # From 3.1 on pandas parses every number exactly and the option is on its way out.
    if tuple(int(part) for part in pd.__version__.split(".")[:2]) < (3, 1):
        options["float_precision"] = "round_trip"

    source = io.BytesIO(header.encode() + body)
    frame = _exact_integers(pd.read_csv(source, **options), source, options)
    if shape.trailing:
        if frame.iloc[:, -1].notna().any():
            raise ValueError(f"some rows have {count} fields, the header has {count - 1}")
        frame = frame.iloc[:, :-1]
    frame.columns = pd.Index(list(shape.columns), dtype=object)
    return frame


def _exact_integers(frame: pd.DataFrame, source: io.BytesIO, options: dict[str, Any]) -> pd.DataFrame:
    """Repair columns with whole numbers that are too large for the floats which the parser has made of them.

    Only whole numbers: the column becomes nullable integers (Int64). Others: it stays text as it came.
    """
    import numpy as np
    import pandas as pd

    names = [
        name
        for name, column in frame.items()
        if column.dtype == np.float64 and (np.abs(column.to_numpy()) >= _EXACT).any()
    ]
    if not names:
        return frame
    source.seek(0)
    texts = pd.read_csv(source, **options, usecols=names, dtype=str)
    for name in names:
        present = texts[name].dropna()
        whole = present[_are_whole(present)]
        if all(float(text) == int(text) for text in whole if len(text) < 400):
            continue
        frame[name] = whole_numbers(texts[name])
    return frame


def _are_whole(texts: pd.Series[Any]) -> pd.Series[bool]:
    return texts.str.fullmatch(r"\s*[+-]?[0-9]+\s*").astype(bool)


def whole_numbers(texts: pd.Series[Any]) -> Any:
    """Return texts of large whole numbers as exact integers, or as they are if some are no whole numbers.

    For columns with numbers beyond 2**53 that floats would change. With gaps they are Int64, or stay text
    where they do not fit; without gaps int64, uint64 or Python's integers, as pandas has it.
    """
    import numpy as np
    import pandas as pd

    present = texts.dropna()
    if not _are_whole(present).all():
        return texts
    numbers = [int(text) for text in present]
    inside = all(-(2**63) <= number < 2**63 for number in numbers)
    if len(present) < len(texts):
        values = iter(numbers)
        gaps = texts.isna()
        return pd.array([pd.NA if gap else next(values) for gap in gaps], dtype="Int64") if inside else texts
    if inside:
        return np.array(numbers, dtype=np.int64)
    unsigned = all(0 <= number < 2**64 for number in numbers)
    return np.array(numbers, dtype=np.uint64 if unsigned else object)


def uniform(body: bytes, delimiter: bytes) -> int | None:
    """Return the number of rows if no field is quoted and all rows have as many delimiters; else None.

    Only such bodies may be put one after the other and parsed at once.
    """
    if b'"' in body:
        return None
    lines = body.splitlines()
    counts = {line.count(delimiter) for line in lines}
    return len(lines) if len(counts) == 1 and all(lines) else None


def _without_half_line(body: str, shape: Layout) -> tuple[str, bool]:
    """Leave out a last line without line break that has fewer fields than the header: it was cut while
    written."""
    if shape.delimiter == " " or not body or body.endswith("\n"):
        return body, False
    start = body.rfind("\n") + 1
    last = body[start:]
    if not last.strip() or '"' in body:
        return body, False
    short = last.count(shape.delimiter) + 1 < len(shape.columns)
    return (body[:start], True) if short else (body, False)


_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")


def _decimal(body: str, delimiter: str) -> tuple[str, str]:
    """Whether numbers are written with a decimal comma, and a note where that can't be known."""
    if delimiter == "," or "," not in body:
        return ".", ""
    edge = re.escape(delimiter)
    cell = rf'(?:^|(?<=[{edge}\n"]))[ ]*[+-]?(\d+{{}}\d+)(?:[eE][+-]?\d+)?[ ]*(?=[{edge}\r\n"]|$)'
    commas = re.findall(cell.replace("{}", r"(?:,\d+)*,"), body)
    if not commas:
        return ".", ""
    if re.search(cell.replace("{}", r"\."), body):
        return ".", "some numbers have a comma and others a point; those with a comma are shown as text"
    if all(_THOUSANDS.fullmatch(text) for text in commas):
        return ".", "numbers like 1,234 may be thousands or decimals; they are shown as text"
    return ",", "numbers have a decimal comma"


def _parquet(path: Path, head: bool = False) -> Table:
    import pandas as pd

    try:
        if head:
            import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]

            frame = pd.DataFrame(columns=pd.Index(pyarrow.parquet.read_schema(path).names))
        else:
            frame = pd.read_parquet(path)
    except ImportError as error:
        raise InputError(
            "parquet needs pyarrow, which is not installed", path=path, hint="run: pip install pyarrow"
        ) from error
    except OSError as error:
        raise InputError(error.strerror or "not a parquet file", path=path) from error
    except Exception as error:  # pyarrow has an error class of its own for each kind of damage
        raise InputError(f"not a parquet file ({type(error).__name__})", path=path) from error
    columns, duplicates = tabletext.unique([str(column) for column in frame.columns])
    frame.columns = pd.Index(list(columns), dtype=object)
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(drop=True)
    return Table(frame, _repeated(duplicates))


def _repeated(names: Sequence[str]) -> list[str]:
    return [f"column {name!r} comes more than once; the further ones got a number" for name in names]


def is_table(path: Path | str, suffixes: Sequence[str] = tabletext.SUFFIXES) -> bool:
    """Whether the name looks like that of a table."""
    return str(path).casefold().endswith(tuple(suffixes))
