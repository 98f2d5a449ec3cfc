"""The cells of one block of a table: parsed by pyarrow as texts, and what those of a column are.

A column is numbers only if they are written as they would be printed: with leading zeros (`000123`), as `1E5`, with
more digits than a double holds, it stays text; `tables.values` finds the numbers in it. Blanks around a number, digits
of a fraction and an exponent do not count. What is no number in any row leaves its whole column as text, as it came;
words for nothing (NA, nan, None …) are missing among numbers only.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.errors import InputError

WORDS = (
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "NAN", "None", "n/a", "nan", "null"),
)
"""What is a missing value in a column of numbers."""
EXACT = 2**53
"""Whole numbers beyond this are not exact as float64."""

_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|infinity|nan)", re.IGNORECASE
)
_IDENTIFIER = r"^[+-]?\d+[eE]\d+$"
_LONG = 20  # characters of a number from which on its digits are looked at
_LOOKED_AT = 200
_POWERS = np.array([10**power for power in range(1, 20)], np.uint64)


class Kind(IntEnum):
    """What a column is, as far as it was read: each can be changed to a later one."""

    NONE = 0
    BOOL = 1
    INTEGER = 2
    FLOAT = 3
    TEXT = 4


@dataclass(slots=True)
class Cells:
    """The cells of one column in one block.

    `texts` are as they came (null where empty; None where they were let go), `values` what they are: None for nothing
    and text, booleans, int64 or float64 with null or NaN. `point`: whether a number has a decimal point; `powers`:
    whether one is written as 1E5; `blank`: whether there is not even a word for nothing.
    """

    kind: Kind
    rows: int
    texts: Any
    values: Any = None
    blank: bool = False
    point: bool = False
    powers: bool = False


def without_words(texts: Any) -> Any:
    """Return texts with null for what is a word for nothing or empty."""
    import pyarrow
    import pyarrow.compute as pc

    words = pc.is_in(texts, value_set=pyarrow.array([*WORDS, ""], texts.type))
    if not pc.any(words).as_py():
        return texts
    # Taken anew: a null in place of a word may keep the bytes of it, which are counted as digits.
    return texts.take(pyarrow.array(np.arange(len(texts)), mask=words.to_numpy(zero_copy_only=False)))


def cells_of(texts: Any, hint: Kind, keep: bool = True) -> Cells:
    """Return what the texts of one column are.

    Parameters
    ----------
    texts
        Of the rows of a block (pyarrow large_string, one chunk), null where empty.
    hint
        What the column was until now.
    keep
        Whether the texts of what is no text are wanted too.
    """
    cells = _cells(texts, hint)
    if not keep and cells.kind is not Kind.TEXT:
        cells.texts = None
    return cells


def _cells(texts: Any, hint: Kind) -> Cells:
    rows = len(texts)
    if texts.null_count == rows:
        return Cells(Kind.NONE, rows, texts, blank=True)
    if hint is Kind.TEXT:
        return Cells(Kind.TEXT, rows, texts)
    first = next((text for text in texts.slice(0, 64).to_pylist() if text and text not in WORDS), None)
    if first in ("True", "False"):
        return _truth(texts)
    if first is not None and not _NUMBER.fullmatch(first.strip()):
        return Cells(Kind.TEXT, rows, texts)
    return (
        _numbers(texts, texts, hint)
        or _numbers(texts, _cleaned(texts), hint)
        or Cells(Kind.TEXT, rows, texts)
    )


def _numbers(texts: Any, cleaned: Any, hint: Kind) -> Cells | None:
    """The cells if they are all numbers; None if some can't be parsed."""
    import pyarrow

    rows = len(texts)
    if cleaned.null_count == rows:
        return Cells(Kind.NONE, rows, texts)
    if hint is not Kind.FLOAT and _may_be_whole(cleaned):
        try:
            values = cleaned.cast(pyarrow.int64())
        except pyarrow.ArrowInvalid:
            if "+" in "".join(cleaned.slice(0, 64).drop_null().to_pylist()):
                return Cells(Kind.TEXT, rows, texts)
        else:
            plain = _plain_integers(cleaned, values)
            return Cells(Kind.INTEGER, rows, texts, values) if plain else Cells(Kind.TEXT, rows, texts)
    try:
        return _floats(texts, cleaned, cleaned.cast(pyarrow.float64()))
    except pyarrow.ArrowInvalid:
        return None


def _truth(texts: Any) -> Cells:
    import pyarrow
    import pyarrow.compute as pc

    kept = without_words(texts)
    if not pc.all(pc.is_in(kept.drop_null(), value_set=pyarrow.array(["True", "False"], texts.type))).as_py():
        return Cells(Kind.TEXT, len(texts), texts)
    return Cells(Kind.BOOL, len(texts), texts, pc.equal(kept, pyarrow.scalar("True", texts.type)))


def _cleaned(texts: Any) -> Any:
    import pyarrow.compute as pc

    return without_words(pc.utf8_trim_whitespace(texts))


def _raw(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text begins and ends in the bytes of an array, and these bytes."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return places, np.frombuffer(data or b"", np.uint8)


def _may_be_whole(texts: Any) -> bool:
    """Whether there is neither a point nor a letter: a cast that fails takes as long as fifty that do not."""
    places, raw = _raw(texts)
    used = raw[places[0] : places[-1]]
    return not ((used == 46).any() or (used > 57).any())


def _plain_integers(texts: Any, values: Any) -> bool:
    """Whether whole numbers are written as they are printed: then their texts are not longer than that."""
    places, _ = _raw(texts)
    numbers = values.drop_null().to_numpy(zero_copy_only=False)
    negative = numbers < 0
    sizes = np.where(negative, -(numbers + negative), numbers).astype(np.uint64) + negative.astype(np.uint64)
    printed = len(numbers) + int(negative.sum()) + int(np.searchsorted(_POWERS, sizes, side="right").sum())
    return printed == int(places[-1] - places[0])


def _floats(texts: Any, cleaned: Any, values: Any) -> Cells:
    """Numbers with fractions, or text where printing them would lose what was written."""
    import pyarrow.compute as pc

    places, raw = _raw(cleaned)
    if _leading_zeros(places, raw):
        return Cells(Kind.TEXT, len(texts), texts)
    sizes = np.abs(values.to_numpy(zero_copy_only=False))
    if not sizes.max(initial=0.0) < EXACT:  # NaN too
        large = np.flatnonzero(sizes >= EXACT)
        if any(map(_not_exact, cleaned.take(large).to_pylist())):
            return Cells(Kind.TEXT, len(texts), texts)
    lengths = np.diff(places)
    if int(lengths.max(initial=0)) > _LONG:
        long = np.flatnonzero(lengths > _LONG)
        some = cleaned.take(long[:: max(1, len(long) // _LOOKED_AT)]).to_pylist()
        if any(map(_too_many_digits, some)):
            return Cells(Kind.TEXT, len(texts), texts)
    head = cleaned.slice(0, 16).to_pylist()
    point = any(text and "." in text for text in head) or bool(
        pc.any(pc.match_substring(cleaned, ".")).as_py()
    )
    powers = not point and bool(pc.any(pc.match_substring_regex(cleaned, _IDENTIFIER)).as_py())
    return Cells(Kind.FLOAT, len(texts), texts, values, point=point, powers=powers)


def _leading_zeros(places: NDArray[np.int64], raw: NDArray[np.uint8]) -> bool:
    """Whether a number begins with a zero before another digit, as 0012.5 does."""
    starts, stops = places[:-1], places[1:]
    if not len(raw):
        return False
    last = len(raw) - 1
    first = raw.take(starts, mode="clip")
    signed = first == 45
    if signed.any():
        starts = starts + signed
        first = raw.take(starts, mode="clip")
    after = raw.take(np.minimum(starts + 1, last))
    # Unsigned bytes: what is no digit is beyond 9.
    doubtful = (first == 48) & ((after - np.uint8(48)) <= 9)
    return bool(doubtful.any() and (stops - starts > 1)[doubtful].any())


def _not_exact(text: str) -> bool:
    """Whether a text is a whole number that no double is."""
    digits = text.lstrip("+-")
    return digits.isdecimal() and (len(digits) > 400 or int(float(digits)) != int(digits))


def _too_many_digits(text: str) -> bool:
    """Whether a number has more digits than the double nearest to it has been printed with."""
    mantissa = re.split("[eE]", text.lstrip("+-"))[0].replace(".", "").lstrip("0").rstrip("0")
    if len(mantissa) <= 17:
        return False
    printed = f"{abs(float(text)):.{len(mantissa) - 1}e}".split("e")[0].replace(".", "")
    return printed != mantissa


# --- parsing


class RowsError(ValueError):
    """Rows that do not fit the header: the message says which."""


def parse_block(
    data: bytes | memoryview, names: Sequence[str], delimiter: str, only: Sequence[int] | None, first_row: int
) -> Any:
    """Return the rows in `data` (UTF-8, whole lines) as a table of texts (pyarrow large_string), null where empty.

    Parameters
    ----------
    names
        Of all fields of a row, unique.
    delimiter
        One character, " " for any number of blanks.
    only
        Numbers of the fields that are wanted, None for all.
    first_row
        Number of the first row, for messages.

    Raises
    ------
    RowsError
        A row has more fields than there are names.
    InputError
        A quoted field does not end.
    UnicodeDecodeError
        The text is not UTF-8.
    """
    import pyarrow

    if delimiter == " ":
        if b'"' in bytes(data):
            return _table(_blank_separated(bytes(data).decode()), names, only, first_row)
        data = re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", bytes(data)))
        delimiter = "\t"
    try:
        return _parsed(data, names, delimiter, only)
    except pyarrow.ArrowInvalid:
        text = bytes(data).decode()
    old_limit = csv.field_size_limit(1 << 30)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise RowsError(str(error)) from error
    finally:
        csv.field_size_limit(old_limit)
    return _table(rows, names, only, first_row)


def _parsed(
    data: bytes | memoryview, names: Sequence[str], delimiter: str, only: Sequence[int] | None
) -> Any:
    import pyarrow
    from pyarrow import csv as parser

    types = dict.fromkeys(names, pyarrow.large_string())
    return parser.read_csv(
        pyarrow.py_buffer(data),
        parser.ReadOptions(column_names=list(names), use_threads=False, block_size=max(len(data) + 1, 64)),
        parser.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        parser.ConvertOptions(
            column_types=types,
            include_columns=None if only is None else [names[at] for at in only],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    ).combine_chunks()


def _blank_separated(text: str) -> list[list[str]]:
    return [[part.strip('"') for part in re.findall(r'"[^"]*"|\S+', line)] for line in text.splitlines()]


def _table(rows: list[list[str]], names: Sequence[str], only: Sequence[int] | None, first_row: int) -> Any:
    """Rows of several lengths: shorter ones end with gaps, lines of blanks are none, longer ones are refused."""
    import pyarrow

    width, kept = len(names), []
    for number, row in enumerate(rows):
        if not row or (len(row) == 1 < width and not row[0].strip()):
            continue
        if len(row) > width:
            if any(cell.strip() for cell in row[width:]):
                raise RowsError(
                    f"expected {width} fields, but row {first_row + number + 1} below the header has {len(row)}"
                )
            row = row[:width]
        kept.append(row + [""] * (width - len(row)))
    wanted = range(width) if only is None else only
    columns = [pyarrow.array([row[at] or None for row in kept], pyarrow.large_string()) for at in wanted]
    return pyarrow.table(columns, names=[names[at] for at in wanted])


def never_closed(data: bytes, table: Any, path: Any) -> None:
    """Refuse rows in which a quoted field goes on until the end of the file.

    Raises
    ------
    InputError
        That is so.
    """
    if not table.num_columns or not table.num_rows or data.count(b'"') % 2 == 0:
        return
    for column in table.columns:
        last = column[len(column) - 1].as_py()
        if last is not None and "\n" in last:
            raise InputError(
                "not a proper table: a quoted field never ends", path=path, expected='a second " at its end',
                hint=f"it begins with {last[:30]!r}",
            )  # fmt: skip
