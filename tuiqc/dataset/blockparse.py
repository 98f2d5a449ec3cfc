"""One block of a text table, parsed by pyarrow and checked against what pandas would have made of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from tuiqc.dataset.blockcolumns import EXACT, Kind, NotFastError, OtherTypesError, kind_of, merged

Data = bytes | memoryview

MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
"""What pandas takes for a missing value (`keep_default_na` of `pandas.read_csv`)."""
_USUAL = (
    "",
    "nan",
    "NaN",
    "NA",
)  # looking for a few only is faster; the others are looked for where they matter
_RARE = tuple(text for text in MISSING if text not in _USUAL)

_TRUE, _FALSE = (
    ["".join(letters) for letters in product(*zip(word, word.upper(), strict=True))]
    for word in ("true", "false")
)
# Numbers in text columns: with a decimal comma, or in a spelling that only pandas takes for a number.
_COMMA = r"^ *[+-]?\d+(?:,\d+)+(?:[eE][+-]?\d+)? *$"
_NUMBER = r"(?i)^[\s\x0b]*[+-]?(?:\d+\.?\d*(?:e[+-]?\d*)?|\.\d+(?:e[+-]?\d*)?|inf|infinity)[\s\x0b]*$"


class Parser:
    """Parses blocks of whole lines; used by several threads at once.

    Parameters
    ----------
    names
        Name of each field of a row, unique.
    kinds
        What each column is to be read as; None to guess.
    only
        Numbers of the fields that are wanted, ascending; None for all. `kinds` are those of them.
    """

    def __init__(
        self,
        names: Sequence[str],
        delimiter: str,
        kinds: Sequence[Kind] | None,
        only: Sequence[int] | None = None,
    ) -> None:
        import pyarrow
        from pyarrow import csv

        self._csv, self._pa = csv, pyarrow
        self._fields, self._delimiter = list(names), delimiter
        self._names = self._fields if only is None else [names[number] for number in only]
        self._missing: tuple[str, ...] = _USUAL
        self._rare = pyarrow.array(_RARE, pyarrow.large_string())
        self.plus = False  # whether there is a plus sign; read-only for others
        self._kinds = list(kinds) if kinds is not None else []
        self._types = {
            Kind.NONE: pyarrow.null(), Kind.BOOL: pyarrow.bool_(), Kind.INTEGER: pyarrow.int64(),
            Kind.FLOAT: pyarrow.float64(), Kind.WIDE: pyarrow.large_string(), Kind.TEXT: pyarrow.large_string(),
        }  # fmt: skip

    def _table(self, data: Data, types: dict[str, Any] | None, only: Sequence[str] | None = None) -> Any:
        csv = self._csv
        missing = MISSING if types is None or only is not None else self._missing
        return csv.read_csv(
            self._pa.BufferReader(data),
            csv.ReadOptions(column_names=self._fields, use_threads=False, block_size=len(data) + 1),
            csv.ParseOptions(delimiter=self._delimiter),
            csv.ConvertOptions(
                column_types=types,
                include_columns=only or (self._names if len(self._names) < len(self._fields) else None),
                null_values=missing,
                true_values=_TRUE,
                false_values=_FALSE,
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def infer(self, data: bytes) -> list[Kind]:
        """Return the kind of each column in these rows.

        Raises
        ------
        NotFastError
            They can't be parsed.
        """
        if not data:
            return [Kind.NONE] * len(self._names)
        try:
            return [kind_of(kind) for kind in self._table(data, None).schema.types]
        except self._pa.ArrowException as error:
            raise NotFastError from error

    def parse(self, buffer: bytearray, end: int) -> Any:
        """Return a pyarrow table of the rows in `buffer[:end]`, each column of one chunk.

        The table does not refer to the buffer.

        Raises
        ------
        OtherTypesError
            The values do not fit the kinds; it carries such that fit.
        NotFastError
            The rows are not for this parser.
        """
        view = memoryview(buffer)[:end]
        has = partial(_has, buffer, end)
        if has(b"\0") or (has(b'"') and not _no_break_in_quotes(view)):
            raise NotFastError
        if has(b"\r") and buffer.count(b"\r", 0, end) != buffer.count(b"\r\n", 0, end):
            raise NotFastError  # a return of its own ends a line for pandas only
        types = {name: self._types[kind] for name, kind in zip(self._names, self._kinds, strict=True)}
        try:
            table = self._typed(view, types)
        except self._pa.ArrowException as error:
            self._widen(self.infer(bytes(view)), error)
        self.plus = self.plus or has(b"+")
        hexadecimal = (has(b"x") and has(b"0x")) or (has(b"X") and has(b"0X"))
        commas = self._delimiter != "," and has(b",")
        for number, kind in enumerate(self._kinds):
            if kind is Kind.FLOAT:
                self._exact(view, number, table.column(number))
            elif kind is Kind.INTEGER and hexadecimal:
                self._no_hexadecimal(view, number)
            elif kind is Kind.TEXT and commas and self._any(table.column(number), _COMMA):
                raise NotFastError
        return table

    def _typed(self, data: Data, types: dict[str, Any]) -> Any:
        if self._missing is _USUAL:
            import pyarrow.compute as pc

            texts = [at for at, kind in enumerate(self._kinds) if kind in (Kind.TEXT, Kind.WIDE)]
            with suppress(self._pa.ArrowException):
                table = self._table(data, types)
                rare = (pc.any(pc.is_in(table.column(at), value_set=self._rare)).as_py() for at in texts)
                if not any(rare):
                    return table
            self._missing = MISSING
        return self._table(data, types)

    def _widen(self, found: Sequence[Kind], error: Exception | None = None) -> None:
        raise OtherTypesError([merged(a, b) for a, b in zip(self._kinds, found, strict=True)]) from error

    def _widened(self, number: int, kind: Kind) -> None:
        self._widen([kind if at == number else Kind.NONE for at in range(len(self._kinds))])

    def _texts(self, data: Data, number: int) -> Any:
        name = self._names[number]
        return self._table(data, {name: self._pa.large_string()}, [name]).column(0)

    def _no_hexadecimal(self, data: Data, number: int) -> None:
        """The parser takes `0x10` for 16; here it is text."""
        if self._any(self._texts(data, number), "[xX]"):
            self._widened(number, Kind.TEXT)

    @staticmethod
    def _any(column: Any, pattern: str) -> bool:
        import pyarrow.compute as pc

        return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())

    def _exact(self, data: Data, number: int, column: Any) -> None:
        """Look at the texts of floats that may be whole numbers which no float has, or no numbers at all."""
        values = column.chunk(0).to_numpy(zero_copy_only=False) if column.num_chunks else column.to_numpy()
        if not len(values) or (values.min() > -EXACT and values.max() < EXACT):
            return  # NaN fails both
        missing = column.is_null().to_numpy()
        strange = np.flatnonzero((np.isnan(values) & ~missing) | (np.abs(values) >= EXACT))
        if not len(strange):
            return
        texts = self._texts(data, number).take(strange)
        for text in texts.drop_null().to_pylist():  # `-nan` is missing already
            digits = text.strip().lstrip("+-")
            if digits.isascii() and digits.isdigit():
                if len(digits) < 400 and float(digits) != int(digits):
                    self._widened(number, Kind.WIDE)
            elif np.isnan(float_of(text)):
                self._widened(number, Kind.TEXT)


def float_of(text: str) -> float:
    """Return the number that a text says, NaN if it says none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def only_pandas_reads(column: Any) -> bool:
    """Whether all texts of a column that was left as text are spelled like numbers."""
    import pyarrow.compute as pc

    present = column.drop_null()
    if not len(present):
        return False
    return all(pc.all(pc.match_substring_regex(rows, _NUMBER)).as_py() for rows in (present[:100], present))


def _no_break_in_quotes(data: Data) -> bool:
    """Whether every line has an even number of quotes."""
    codes = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(codes == 34)
    before = np.searchsorted(quotes, np.flatnonzero((codes == 10) | (codes == 13)))
    return not (before % 2).any() and len(quotes) % 2 == 0


def _has(buffer: bytearray, end: int, what: bytes) -> bool:
    return buffer.find(what, 0, end) >= 0
