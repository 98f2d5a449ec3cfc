"""The first sheet of an Excel file (`.xlsx`) by the library openpyxl, which is an extra."""

from __future__ import annotations

import zipfile
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.budget import check_count, regular_file
from tuiqc.dataset.tables.layout import MAX_COLUMNS, unique
from tuiqc.dataset.tables.parquet import as_values, damage_told
from tuiqc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_BYTES = 256 << 20
"""Of all that is packed in a file."""
_ROWS = 1_000_000


def is_spreadsheet(path: Path) -> bool:
    """Whether its name is that of one."""
    return path.suffix.casefold() == ".xlsx"


def read(path: Path) -> pd.DataFrame:
    """Return the rows of the first sheet below its first row, which names the columns.

    Raises
    ------
    InputError
        No such file, damaged, too large, or openpyxl is not installed.
    """
    import pandas as pd
    import pyarrow

    regular_file(path, "a spreadsheet")
    if find_spec("openpyxl") is None:
        raise InputError(
            "is a spreadsheet", path=path,
            hint='install what reads it: pip install "tuiqc[xlsx]"; or save it as CSV',
        )  # fmt: skip
    openpyxl: Any = import_module("openpyxl")
    with damage_told(path, "a spreadsheet"):
        with zipfile.ZipFile(path) as packed:
            check_count(path, sum(one.file_size for one in packed.infolist()), "bytes unpacked", _BYTES)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheet: Any = book.worksheets[0]
            rows = [
                list(row[: MAX_COLUMNS + 1]) for row in islice(sheet.iter_rows(values_only=True), _ROWS + 2)
            ]
        finally:
            book.close()
    check_count(path, len(rows), "rows", _ROWS + 1)
    if not rows:
        raise InputError("has an empty first sheet", path=path, expected="a row of names")
    wide = max((at + 1 for at, name in enumerate(rows[0]) if name is not None), default=0)
    check_count(path, wide, "columns", MAX_COLUMNS)
    names, _ = unique(["" if name is None else str(name) for name in rows[0][:wide]])
    body = [
        [*row[:wide], *[None] * (wide - len(row))] for row in rows[1:] if any(one is not None for one in row)
    ]
    data = {}
    for at, name in enumerate(names):
        values = [row[at] for row in body]
        try:
            array = pyarrow.array(values, from_pandas=True)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):  # of several types
            array = pyarrow.array(
                [None if one is None else str(one) for one in values], pyarrow.large_string()
            )
        data[name] = as_values(pyarrow.chunked_array([array]))
    return pd.DataFrame(data)
