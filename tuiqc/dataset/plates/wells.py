"""Names of wells, and the plates that they fit on.

Rows are letters (A to Z, then AA to AF on 1536 wells), columns numbers from 1, as in ANSI SLAS 4-2004 (R2012).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

FORMATS: dict[int, tuple[int, int]] = {
    6: (2, 3),
    12: (3, 4),
    24: (4, 6),
    48: (6, 8),
    96: (8, 12),
    384: (16, 24),
    1536: (32, 48),
}
"""Wells of a plate -> its rows and columns."""

_LETTERS = re.compile(r"([A-Za-z]|[Aa][A-Fa-f])\s*[-_/]?\s*(\d{1,2})")
_ROW_COLUMN = re.compile(r"r(?:ow)?[_\- ]?(\d{1,3})[_\- ]?c(?:ol(?:umn)?)?[_\- ]?(\d{1,3})", re.IGNORECASE)


class Well(NamedTuple):
    """A place on a plate: `row` and `column` count from 0."""

    row: int
    column: int

    @property
    def name(self) -> str:
        """Its usual name with two digits: `A01`, `AF48`."""
        return f"{row_name(self.row)}{self.column + 1:02d}"


def row_name(row: int) -> str:
    """Letters of a row that counts from 0: A to Z, then AA, AB …"""
    return chr(65 + row) if row < 26 else row_name(row // 26 - 1) + row_name(row % 26)


def parse_well(text: str) -> Well | None:
    """Return the well that a text names (`A01`, `a1`, `AB12`, `A - 01`, `r01c01`, `row 1 col 2`), else None.

    Nothing beyond row 32 and column 48, the largest plate, is a well.
    """
    text = text.strip()
    if match := _LETTERS.fullmatch(text):
        row = 0
        for letter in match[1].upper():
            row = row * 26 + ord(letter) - 64
        found = Well(row - 1, int(match[2]) - 1)
    elif match := _ROW_COLUMN.fullmatch(text):
        found = Well(int(match[1]) - 1, int(match[2]) - 1)
    else:
        return None
    rows, columns = FORMATS[1536]
    return found if 0 <= found.row < rows and 0 <= found.column < columns else None


def numbered_well(number: int, wells: int) -> Well:
    """Return the well with a number from 1, counted row by row on a plate of `wells` wells.

    Raises
    ------
    ValueError
        If there is no such plate, or the plate has no such well.
    """
    _, columns = _shape(wells)
    if not 1 <= number <= wells:
        raise ValueError(f"no well {number} on a plate of {wells}")
    return Well(*divmod(number - 1, columns))


def format_for(wells: Iterable[Well]) -> int:
    """Return the smallest usual plate that has all these wells."""
    seen = list(wells)
    rows = max((well.row for well in seen), default=0) + 1
    columns = max((well.column for well in seen), default=0) + 1
    return next(size for size, (r, c) in FORMATS.items() if rows <= r and columns <= c)


def format_of_number(number: int) -> int | None:
    """Return the smallest usual plate with at least `number` wells, None beyond 1536."""
    return next((size for size in FORMATS if number <= size), None)


def _shape(wells: int) -> tuple[int, int]:
    if wells not in FORMATS:
        raise ValueError(f"no plate of {wells} wells; there are {', '.join(map(str, FORMATS))}")
    return FORMATS[wells]
