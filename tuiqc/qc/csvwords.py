"""What the cells of an annotation CSV mean, and words for messages about them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tuiqc.names import unique_name
from tuiqc.qc.csvfile import COLUMNS


def word_of(cell: str, words: Sequence[str]) -> str:
    """Return the word that a cell means, whatever its case and blanks. Raises ValueError."""
    word = cell.strip().lower()
    if word not in words:
        raise ValueError(f"'{cell}' is not {' or '.join(word or 'empty' for word in words)}")
    return word


def whole(cell: str) -> int:
    """Return the whole number in a cell (also "7.0" and "7,0"; 0 for an empty one). Raises ValueError."""
    try:
        return int(cell) if cell else 0
    except ValueError:
        pass
    try:
        number = float(cell.replace(",", "."))
        if number == int(number):
            return int(number)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"'{cell}' is not a whole number")


def whole_or_zero(cell: str) -> int:
    """Return the whole number in a cell, 0 if there is none."""
    try:
        return whole(cell)
    except ValueError:
        return 0


def unique_names(header: Sequence[str]) -> list[str]:
    """Return the header with our names stripped of blanks and repeated or missing names made unique."""
    names: dict[str, None] = {}
    for number, cell in enumerate(header, start=1):
        name = cell.strip() if cell.strip() in COLUMNS else cell or f"column {number}"
        names[unique_name(name, names)] = None
    return list(names)


def nameless(name: str) -> bool:
    """Whether a column name is one that we made."""
    return re.fullmatch(r"column \d+", name) is not None


def count_of(things: Sequence[str], one: str, many: str | None = None) -> str:
    """Return "1 row", "2 rows"."""
    return f"{len(things)} {one if len(things) == 1 else many or one + 's'}"


def listed(things: Sequence[str]) -> str:
    """Return the first five, joined by commas."""
    return ", ".join(things[:5]) + (" …" if len(things) > 5 else "")
