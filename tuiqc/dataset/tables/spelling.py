"""Numbers as people write them: decimal commas, marks between thousands. A column is read so only as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
