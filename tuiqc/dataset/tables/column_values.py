"""The columns of a table while its blocks come in: arrays of numbers, or texts.

Numbers are read as people write them (decimal commas, marks between thousands), but a column only as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.tables.cells import EXACT, Cells, Kind

if TYPE_CHECKING:
    import pandas as pd

_BLANKS = " \u00a0\u2009\u202f"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write numbers: marks between thousands (any of some characters), the decimal mark, and its name."""

    title: str
    thousands: str
    decimal: str

    @property
    def pattern(self) -> str:
        """Regular expression (RE2) of a number that is written so; plain whole numbers are too."""
        fraction = f"(?:{re.escape(self.decimal)}\\d*)?{_EXPONENT}"
        if not self.thousands:
            return f"^[+-]?(?:\\d+{fraction}|{re.escape(self.decimal)}\\d+{_EXPONENT})$"
        groups = "|".join(f"(?:{re.escape(mark)}\\d{{3}})+" for mark in self.thousands)
        return f"^[+-]?(?:[1-9]\\d{{0,2}}(?:{groups})|\\d+){fraction}$"


_DECIMAL_COMMA = Spelling("a decimal comma", "", ",")
_COMMA_THOUSANDS = Spelling("a comma between thousands", ",", ".")
_POINT_THOUSANDS = Spelling("a point between thousands and a decimal comma", ".", ",")
_SPELLINGS = (
    _DECIMAL_COMMA,
    _COMMA_THOUSANDS,
    _POINT_THOUSANDS,
    Spelling("a blank between thousands and a decimal comma", _BLANKS, ","),
    Spelling("a blank between thousands", _BLANKS, "."),
    Spelling("an apostrophe between thousands", "'\u2019", "."),
    Spelling("an apostrophe between thousands and a decimal comma", "'\u2019", ","),
)
_EITHER = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_MARKED = f"\\d[,'\u2019{_BLANKS}]\\d|^\\s*[+-]?,\\d|\\..*\\."
_POINTS = r"^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$"


def spelled_numbers(columns: dict[int, Any], names: Sequence[str]) -> tuple[dict[int, Any], list[str]]:
    """Return columns of text that are numbers in some spelling as such, and sentences about it.

    Parameters
    ----------
    columns
        Arrays of text (pyarrow, null where there is none) by number; those that are plain numbers are not among them.
    names
        Of all columns.

    Returns
    -------
    found
        Arrays of float64 (pyarrow) by number, of those columns of which every value is spelled in one way.
    notes
        Which columns were read how, and which may be either thousands or decimals and stay text. These are settled by
        another column of the same table where one is clear.
    """

    clean = {at: one for at, texts in columns.items() if (one := _clean(texts)) is not None}
    how: dict[int, Spelling] = {}
    unclear: list[int] = []
    for at, texts in clean.items():
        fitting = [one for one in _SPELLINGS if _all(texts, one.pattern)]
        if not fitting:
            continue
        if _DECIMAL_COMMA in fitting and _COMMA_THOUSANDS in fitting and _all(texts, _EITHER):
            unclear.append(at)
        else:
            how[at] = fitting[0] if not _all(texts, _POINTS) else _POINT_THOUSANDS
    clear = {one.decimal for one in how.values()}
    if len(clear) == 1:
        how |= dict.fromkeys(unclear, _DECIMAL_COMMA if clear == {","} else _COMMA_THOUSANDS)
        unclear = []
    notes = []
    for spelling in dict.fromkeys(how.values()):
        listed = _listed([names[at] for at, one in how.items() if one is spelling])
        notes.append(f"numbers have {spelling.title}: {listed}")
    if unclear:
        listed = _listed([names[at] for at in unclear])
        notes.append(f"numbers like 1,234 may be thousands or decimals; they are shown as text: {listed}")
    return {at: _numbers(clean[at], spelling) for at, spelling in how.items()}, notes


def _all(texts: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + " …" * (len(names) > 4)


def _clean(texts: Any) -> Any:
    """The texts without blanks around and words for nothing; None where a glance shows that they are no numbers."""
    import pyarrow
    import pyarrow.compute as pc

    from tuiqc.dataset.tables.cells import without_words

    head = [text.strip() for text in texts.drop_null().slice(0, _SAMPLE).to_pylist()]
    numbers = re.compile("|".join(one.pattern for one in _SPELLINGS))
    if (
        not any(numbers.match(text) for text in head)
        or not pc.any(pc.match_substring_regex(texts, _MARKED)).as_py()
    ):
        return None
    trimmed = without_words(pc.utf8_trim_whitespace(texts))
    if trimmed.null_count == len(trimmed):
        return None
    return trimmed.cast(pyarrow.large_string())


def _numbers(texts: Any, spelling: Spelling) -> Any:
    import pyarrow
    import pyarrow.compute as pc

    for mark in spelling.thousands:
        texts = pc.replace_substring(texts, mark, "")
    if spelling.decimal != ".":
        texts = pc.replace_substring(texts, spelling.decimal, ".")
    return texts.cast(pyarrow.float64())


_MANY = 90  # columns; pandas warns of frames of more pieces than a hundred


class Column:
    """One column.

    Attributes
    ----------
    kind
        What it is so far.
    lost
        Whether it is text and the texts of its first blocks are not there any more: they have to be read again.
    """

    def __init__(self, kind: Kind = Kind.NONE) -> None:
        self.kind, self.lost = kind, False
        self._blocks: list[Cells] = []
        self._point = self._powers = False

    def add(self, cells: Cells) -> None:
        """Take the cells of the next block."""
        kind = max(self.kind, cells.kind)
        if Kind.BOOL in (self.kind, cells.kind) and kind not in (Kind.BOOL, Kind.TEXT):
            kind = Kind.BOOL if Kind.NONE in (self.kind, cells.kind) else Kind.TEXT
        if kind is Kind.FLOAT and (_large(cells) or any(map(_large, self._blocks))):
            kind = Kind.TEXT
        self.kind = kind
        self._point, self._powers = self._point or cells.point, self._powers or cells.powers
        self._blocks.append(cells)
        self._look_for_texts()

    def settle(self) -> None:
        """All blocks have come: identifiers that are all written as 1E5 are text."""
        if self.kind is Kind.FLOAT and self._powers and not self._point:
            self.kind = Kind.TEXT
        self._look_for_texts()

    def _look_for_texts(self) -> None:
        self.lost = self.kind is Kind.TEXT and any(
            cells.texts is None and not cells.blank for cells in self._blocks
        )

    def texts(self) -> Any:
        """The texts of all rows (pyarrow, null where there is none), of a column of text."""
        import pyarrow

        text = pyarrow.large_string()
        arrays = [pyarrow.nulls(c.rows, text) if c.texts is None else c.texts for c in self._blocks]
        return pyarrow.chunked_array(arrays, text).combine_chunks()

    def values(self, rows: int) -> Any:
        """Return what goes into the frame."""
        if self.kind is Kind.TEXT and not self.lost:
            return self.texts().to_pandas()
        if self.kind in (Kind.NONE, Kind.TEXT):
            return np.full(rows, np.nan)
        gaps = any(cells.values is None or cells.values.null_count for cells in self._blocks)
        if self.kind is Kind.INTEGER and gaps and any(map(_large, self._blocks)):
            return self._with_gaps()
        dtype: Any = {Kind.BOOL: np.bool_, Kind.INTEGER: np.int64, Kind.FLOAT: np.float64}[self.kind]
        if gaps and self.kind is not Kind.FLOAT:
            dtype = object if self.kind is Kind.BOOL else np.float64
        array, at = np.empty(rows, dtype), 0
        for cells in self._blocks:
            array[at : at + cells.rows] = _filled(cells)
            at += cells.rows
        return array

    def _with_gaps(self) -> Any:
        """Whole numbers with gaps that would change as float64."""
        import pandas as pd
        import pyarrow

        whole = pyarrow.int64()
        arrays = [pyarrow.nulls(c.rows, whole) if c.values is None else c.values for c in self._blocks]
        return pyarrow.chunked_array(arrays, whole).to_pandas(types_mapper={whole: pd.Int64Dtype()}.get)


def _large(cells: Cells) -> bool:
    """Whether these are whole numbers that would change as float64."""
    import pyarrow.compute as pc

    if cells.kind is not Kind.INTEGER:
        return False
    ends = pc.min_max(cells.values).as_py()
    return bool(ends["min"] <= -EXACT or ends["max"] >= EXACT)


def _filled(cells: Cells) -> Any:
    """Numbers or truth values of a block with NaN where there is none."""
    if cells.values is None:
        return np.nan
    values = cells.values.to_numpy(zero_copy_only=False)
    if cells.kind is Kind.BOOL and cells.values.null_count:
        values = values.astype(object)
        values[cells.values.is_null().to_numpy(zero_copy_only=False)] = np.nan
    return values


class Columns:
    """All columns of a table.

    Parameters
    ----------
    names
        Of the columns, unique.
    kinds
        What they are known to be, NONE where it is to be found out.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[Kind]) -> None:
        self.names, self.rows = list(names), 0
        self.columns = [Column(kind) for kind in kinds]

    def hints(self) -> list[Kind]:
        """What each column is so far."""
        return [column.kind for column in self.columns]

    def add(self, cells: Sequence[Cells], rows: int) -> None:
        """Take the cells of a block of `rows` rows."""
        for column, more in zip(self.columns, cells, strict=True):
            column.add(more)
        self.rows += rows

    def settle(self) -> list[int]:
        """Return which columns have to be read again as text, once all blocks have come."""
        for column in self.columns:
            column.settle()
        return [at for at, column in enumerate(self.columns) if column.lost]

    def texts_frame(self) -> pd.DataFrame:
        """Return the texts of columns that are all text."""
        import pandas as pd

        frame = pd.DataFrame(
            {at: column.texts().to_pandas() for at, column in enumerate(self.columns)},
            index=pd.RangeIndex(self.rows),
        )
        frame.columns = pd.Index(self.names, dtype=object)
        return frame

    def frame(
        self, replaced: dict[int, Any] | None = None, done: bool = False
    ) -> tuple[pd.DataFrame, list[str]]:
        """Return the frame, and sentences about numbers in spellings of their own.

        Parameters
        ----------
        replaced
            Texts (pyarrow) of columns that were read again, by number.
        done
            Whether no more is asked of the columns: their memory is let go one by one.
        """
        import pandas as pd

        replaced = replaced or {}
        texts = {
            at: replaced[at] if at in replaced else column.texts()
            for at, column in enumerate(self.columns)
            if column.kind is Kind.TEXT and (at in replaced or not column.lost)
        }
        numbers, notes = spelled_numbers(texts, self.names)
        data: dict[int, Any] = {}
        for at, column in enumerate(self.columns):
            if at in numbers:
                data[at] = numbers[at].to_numpy(zero_copy_only=False)
            elif at in replaced:
                data[at] = replaced[at].to_pandas()
            else:
                data[at] = column.values(self.rows)
            if done:
                self.columns[at] = Column()  # lets its blocks go
        frame = pd.DataFrame(data, copy=False, index=pd.RangeIndex(self.rows))
        if len(self.columns) > _MANY:
            frame = frame.copy()
        frame.columns = pd.Index(self.names, dtype=object)
        return frame, notes
