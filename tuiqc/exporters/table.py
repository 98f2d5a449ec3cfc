"""A table view as it stands (its rows in their order, chosen columns) as CSV, TSV or Parquet.

CSV is written as RFC 4180 says: CRLF, quotes where needed, UTF-8 without a byte order mark. TSV has tabs, single
line feeds, and the same quotes. Numbers are written with the digits that give exactly the same number again (no
rounding; 5.0 as 5); what is missing is an empty cell; truth values are True and False. Text that a spreadsheet
would take for a formula gets an apostrophe, as in the annotation CSV (`qc.csvfile`). Parquet keeps numbers and
text as they are.

Files are written beside their place and renamed over it, so that there is the old file or the whole new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tuiqc.errors import UsageError
from tuiqc.exporters.guard import Output, check_suffix
from tuiqc.qc.csvfile import harmless
from tuiqc.tables.columns import meant_column, unknown_column
from tuiqc.text import escaped

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 1 << 16  # that are turned into text at a time

FORMS = {".csv": "csv", ".tsv": "tsv", ".txt": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet"}
"""What a file name's ending asks for."""

SUFFIXES = (".tsv", ".csv", ".parquet", ".txt", ".tab", ".pq")
"""The first is what a pipe gets."""

Report = Callable[[int, int], None]


class Viewed(Protocol):
    """What is needed of a view (`tables.view.TableView` has it)."""

    @property
    def frame(self) -> pd.DataFrame:
        """The frame behind it."""

    @property
    def columns(self) -> list[str]:
        """Names of all columns, in the order in which they are shown."""

    @property
    def order(self) -> NDArray[np.int64]:
        """Position in the frame of each row."""

    def column(self, name: str) -> NDArray[Any]:
        """Values of a column by position."""


def export_view(
    view: Viewed,
    target: Output | IO[bytes],
    *,
    columns: Sequence[str] | None = None,
    positions: NDArray[np.int64] | None = None,
    form: str | None = None,
    report: Report | None = None,
    written: Mapping[str, pd.Series[Any]] | None = None,
) -> int:
    """Write rows of a view; returns how many.

    Parameters
    ----------
    target
        A file that is no input, whose ending says the form (`FORMS`) if `form` ("csv", "tsv", "parquet") does not;
        or a stream of bytes, which gets TSV or CSV.
    columns
        Names of the columns in the order in which to write them; default: all, as the view has them.
    positions
        Positions in the frame of the rows to write, in their order; default: `view.order`. For the selected
        rows of a view: `view.order[selected[view.order]]`.
    report
        Called with (done, total) rows.
    written
        Columns as they stand in the files of the table, by name: text is written so
        (see `tuiqc.dataset.literal_cells`).

    Raises
    ------
    UsageError
        There is no such column, or no form for such a file.
    InputError
        The file can't be written; an old one is as it was then.
    """
    names = list(view.columns if columns is None else columns)
    names = check_columns(view, names)
    rows = view.order if positions is None else positions
    series = [_series(view, name) for name in names]
    as_text = [(written or {}).get(name, one) for name, one in zip(names, series, strict=True)]
    if not isinstance(target, Output):
        _write_text(names, as_text, rows, target, form or "tsv", report)
        return len(rows)
    check_suffix(target.path, SUFFIXES)
    form = form or FORMS[target.suffix]
    with target.writing() as temporary, temporary.open("wb") as file:
        if form == "parquet":
            _write_parquet(names, series, rows, file)
        else:
            _write_text(names, as_text, rows, file, form, report)
    return len(rows)


def check_columns(view: Viewed, names: Sequence[str]) -> list[str]:
    """Return the columns that names mean (headers show short ones); refuse what the view has not.

    Raises
    ------
    UsageError
        There is no such column, or one comes twice.
    """
    known, found = set(view.columns), list[str]()
    for text in names:
        name = text if text in known else meant_column(text, view.columns)
        if name is None:
            raise UsageError(unknown_column(text, view.columns))
        if name in found:
            raise UsageError(f"column {name!r} is asked for twice")
        found.append(name)
    return found


def _series(view: Viewed, name: str) -> pd.Series[Any]:
    import pandas as pd

    if name in view.frame.columns:
        return view.frame[name]
    return pd.Series(view.column(name), dtype=object, copy=False)


def write_frame(frame: pd.DataFrame, file: IO[bytes], form: str, *, raw: bool = False) -> None:
    """Write a frame as "csv", "tsv" or "parquet"; with `raw` formulas are not made harmless."""
    names = [str(name) for name in frame.columns]
    series = [frame.iloc[:, at] for at in range(len(names))]
    if form == "parquet":
        _write_parquet(names, series, np.arange(len(frame)), file)
    else:
        _write_text(names, series, np.arange(len(frame)), file, form, None, raw)


# --- text


def _write_text(
    names: Sequence[str],
    series: Sequence[pd.Series[Any]],
    rows: NDArray[np.int64],
    file: IO[bytes],
    form: str,
    report: Report | None,
    raw: bool = False,
) -> None:
    import pyarrow
    import pyarrow.compute as pc

    delimiter, end = (",", "\r\n") if form == "csv" else ("\t", "\n")
    text = pyarrow.large_string()
    special = re.compile(f'[{delimiter}"\r\n]')
    cell = escaped if raw else harmless
    file.write((delimiter.join(_quoted(cell(name), special) for name in names) + end).encode())
    for start in range(0, len(rows), _ROWS):
        chunk = rows[start : start + _ROWS]
        cells = [_cells(one.iloc[chunk], special, cell) for one in series]
        if len(cells) == 1:
            # An empty line would be no row.
            cells = [pc.if_else(pc.equal(cells[0], ""), pyarrow.scalar('""', text), cells[0])]
        lines = pc.binary_join_element_wise(*cells, pyarrow.scalar(delimiter, text))
        file.write(
            _joined(pc.binary_join_element_wise(lines, pyarrow.scalar("", text), pyarrow.scalar(end, text)))
        )
        if report is not None:
            report(min(start + _ROWS, len(rows)), len(rows))


def _joined(texts: Any) -> memoryview | bytes:
    """All texts of an array without anything between them: that is how they are in memory."""
    array = texts.combine_chunks() if hasattr(texts, "combine_chunks") else texts
    if not len(array):
        return b""
    _, offsets, data = array.buffers()
    wide = np.dtype(np.int64 if str(array.type).startswith("large") else np.int32)
    places = np.frombuffer(offsets, wide)[array.offset : array.offset + len(array) + 1]
    return memoryview(data)[int(places[0]) : int(places[-1])]


def _cells(series: pd.Series[Any], special: re.Pattern[str], cell: Callable[[str], str]) -> Any:
    """A pyarrow array of text cells."""
    import pandas as pd
    import pyarrow
    import pyarrow.compute as pc

    text = pyarrow.large_string()
    dtype = series.dtype
    if pd.api.types.is_bool_dtype(dtype) and isinstance(dtype, np.dtype):
        return pc.if_else(pyarrow.array(series.to_numpy()), "True", "False").cast(text)
    if isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        numbers = pyarrow.array(series.to_numpy(), from_pandas=True)
        return pc.fill_null(numbers.cast(text), pyarrow.scalar("", text))
    if not isinstance(dtype, np.dtype) and dtype.kind in "iuf":
        return pc.fill_null(pyarrow.array(series.array).cast(text), pyarrow.scalar("", text))
    codes, values = pd.factorize(series)
    words = [_quoted(cell(_word(value)), special) for value in values]
    return pyarrow.array([*words, ""], text).take(pyarrow.array(np.where(codes < 0, len(words), codes)))


def _word(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value).removesuffix(".0")
    return str(value)


def _quoted(text: str, special: re.Pattern[str]) -> str:
    return '"' + text.replace('"', '""') + '"' if special.search(text) else text


# --- Parquet


def _write_parquet(
    names: Sequence[str], series: Sequence[pd.Series[Any]], rows: NDArray[np.int64], file: IO[bytes]
) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table([_array(one.iloc[rows]) for one in series], names=list(map(escaped, names)))
    pyarrow.parquet.write_table(table, file, compression="zstd", write_page_checksum=True)


def _array(series: pd.Series[Any]) -> Any:
    import pandas as pd
    import pyarrow

    if series.dtype != object:
        return pyarrow.array(series.array, from_pandas=True)
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind in ("boolean", "integer", "floating"):
        try:
            return pyarrow.array(series.to_numpy(), from_pandas=True)
        except (pyarrow.ArrowException, OverflowError):
            pass  # whole numbers of more than 64 bits
    words = [
        None if missing else escaped(_word(value))
        for value, missing in zip(series, series.isna(), strict=True)
    ]
    return pyarrow.array(words, pyarrow.large_string())
