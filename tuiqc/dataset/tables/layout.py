"""Where the rows of a table begin, what stands between its fields, and what its columns are called.

Accepted: tab, comma, semicolon, bar or blanks between fields; a first line `sep=;` as spreadsheets write it; a header
behind `#` or `%` (`numpy.savetxt`); lines before the header; two header rows of CellProfiler (object, feature), four of
TrackMate, a line of units. A header that has not as many names as the rows have fields is refused, unless it is clear
how it came about (names of rows without a title, a comma within brackets): columns must not move.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuiqc.errors import InputError

MAX_COLUMNS = 50_000
_LINES = 200  # looked at before the header must have come
_DELIMITERS = "\t,;|"
_NUMBER = re.compile(r"\s*[+-]?(\d[\d.,'\s]*([eE][+-]?\d+)?|\.\d+|nan|inf(inity)?)\s*", re.IGNORECASE)
_UNITS = re.compile(
    r"[(\[]?\s*(px|pixels?|voxels?|[µμumnc]?m([\^*]?[23²³])?|micron(s|\^?[23])?|a\.?u\.?|s|sec|min|h|frames?|deg(rees?)?|rad|°|%"
    r"|counts?|int(ensity)?|id|none|-|quality)\s*[)\]]?",
    re.IGNORECASE,
)
_TRACK_FILES = ("man_track.txt", "res_track.txt")


class EmptyTableError(InputError):
    """There is nothing in the file of a table: a program that found no objects may write it so."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text of a table is to be read.

    Attributes
    ----------
    delimiter
        One character; " " means any number of blanks.
    columns
        Unique names: as they came, repeated ones with " (2)", " (3)" added; `Object_Feature` for two header
        rows; " " for a column of row names without a header.
    start
        Where in the text the first data row starts.
    duplicates
        The names that came more than once.
    trailing
        Whether data rows end with a delimiter that the header has not.
    header_rows
        1, or 2 for CellProfiler's tables of several objects, 4 for TrackMate's, 0 for a table of tracks of the Cell
        Tracking Challenge.
    notes
        What was decided that the user should know (sentences).
    """

    delimiter: str
    columns: tuple[str, ...]
    start: int
    duplicates: tuple[str, ...] = ()
    trailing: bool = False
    header_rows: int = 1
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> int:
        """How many fields a row has."""
        return len(self.columns) + self.trailing


@dataclass(frozen=True, slots=True)
class _Row:
    """Fields of one row, the text that they were, where it starts, and where the next row does."""

    fields: list[str]
    text: str
    start: int
    end: int

    @property
    def plain(self) -> list[str]:
        return self.fields[:-1] if len(self.fields) > 1 and not self.fields[-1].strip() else self.fields

    @property
    def is_data(self) -> bool:
        """Whether it has numbers, as a row of names has not."""
        return any(_NUMBER.fullmatch(field) for field in self.fields)

    @property
    def comment(self) -> bool:
        return self.text.lstrip()[:1] in ("#", "%") and not self.text.lstrip().startswith("#N/A")


def layout(text: str, path: Path) -> Layout:
    """Find delimiter and header in the first lines of a table.

    Raises
    ------
    EmptyTableError
        There is nothing in it.
    InputError
        No name in its header, the header does not fit the rows, or there are too many columns.
    """
    start = _skip(text, 0)
    forced = re.match(r"sep=(.)\r?\n", text[start : start + 8])
    if forced:
        start = _skip(text, start + forced.end())
    if start >= len(text):
        raise EmptyTableError("the table is empty", path=path, expected="a header row and one row per object")
    delimiter = forced[1] if forced else _delimiter(text, start)
    rows = list(_rows(text, start, delimiter))
    if not rows:
        raise InputError("has no header row", path=path, expected="column names in the first line")
    first = rows[0]
    if (
        path.name.casefold().endswith(_TRACK_FILES)
        and len(first.fields) == 4
        and all(map(_whole, first.fields))
    ):
        return Layout(delimiter, ("L", "B", "E", "P"), start, header_rows=0)
    at, names, notes = _header(rows, delimiter, path)
    if not any(name.strip() for name in names):
        raise InputError("has no header row", path=path, expected="column names in the first line")
    if len(names) > MAX_COLUMNS:
        raise InputError(
            f"has {len(names):,} columns", path=path, expected=f"at most {MAX_COLUMNS:,}",
            hint="is it the right delimiter, and one row per object?",
        )  # fmt: skip
    return _below(rows, at, names, notes, delimiter, path)


def _below(
    rows: Sequence[_Row], at: int, names: list[str], notes: list[str], delimiter: str, path: Path
) -> Layout:
    """The layout, once further rows of the header and fields without a name have been looked at."""
    header_rows, after = 1, at + 1
    second = rows[after].fields if after < len(rows) else []
    if len(second) == len(names) and names[0] == "Image" and second[0] == "ImageNumber":
        names = [f"{kind}_{feature}" for kind, feature in zip(names, second, strict=True)]
        header_rows, after = 2, after + 1
    elif {"TRACK_ID", "POSITION_X"} <= set(names):
        after += _trackmate_rows(rows[after : after + 3], len(names), names.index("TRACK_ID"))
        header_rows = after - at
    elif _is_units(rows[after : after + 2], len(names)):
        notes = [*notes, f"a line of units below the header was left out ({delimiter.join(second)})"]
        after += 1
    end = rows[after - 1].end
    trailing = False
    data = [row for row in rows[after:] if row.text.strip()]
    if data and len(names) > 1:
        counts = {len(row.fields) for row in data}
        if counts == {len(names) + 1}:
            trailing = data[0].fields[-1] == ""
            names = names if trailing else [" ", *names]  # R writes row names without a header
        elif max(counts) < len(names) and len(data) > 1:
            raise _mismatch(names, len(data[0].fields), path)
    columns, duplicates = unique(names)
    return Layout(delimiter, columns, end, duplicates, trailing, header_rows, tuple(notes))


def _mismatch(names: Sequence[str], fields: int, path: Path) -> InputError:
    shown = ", ".join(names[:8]) + " …" * (len(names) > 8)
    return InputError(
        f"the header has {len(names)} names, the rows have {fields} fields ({shown})", path=path,
        expected="as many names as fields, so that no column is shifted", hint="put names with a comma in quotes",
    )  # fmt: skip


def _trackmate_rows(rows: Sequence[_Row], width: int, at: int) -> int:
    """How many rows of TrackMate's header come below the names: long names, short names and units."""
    count = 0
    for row in rows:
        second = row.fields
        if len(second) != width or _whole(second[at]) or (second[at] == "" and "(" not in "".join(second)):
            break
        if second[at] == "None":
            break
        count += 1
    return count


def _is_units(rows: Sequence[_Row], width: int) -> bool:
    """Whether the first of two rows says units: nothing but units and gaps where the second has numbers."""
    if len(rows) < 2 or any(len(row.fields) != width for row in rows):
        return False
    units, data = rows[0].fields, rows[1].fields
    numbers = [unit.strip() for unit, cell in zip(units, data, strict=True) if _NUMBER.fullmatch(cell)]
    return (
        any(numbers)
        and all(not unit or _UNITS.fullmatch(unit) for unit in numbers)
        and not any(_NUMBER.fullmatch(unit) for unit in units)
    )


def _header(rows: Sequence[_Row], delimiter: str, path: Path) -> tuple[int, list[str], list[str]]:
    """Which row is the header, its names, and what was decided.

    The rows of a table have as many fields as most lines have; the header is the line above the first of them, if that
    one has numbers, else it is the first of them itself.
    """
    width = _width(rows)
    first = next((at for at, row in enumerate(rows) if len(row.fields) == width), 0)
    while first + 1 < len(rows) and rows[first].comment and rows[first + 1].comment:
        first += 1
    row = rows[first]
    if row.comment and not (first + 1 < len(rows) and _is_names(rows[first + 1], width)):
        return first, _uncommented(row, delimiter), _said(rows[:first])
    if row.comment:
        return first + 1, rows[first + 1].fields, _said(rows[: first + 1])
    if first and row.is_data and not _repeats(rows[first - 1], width):
        return _above(rows, first, delimiter, path)
    return first, row.fields, _said(rows[:first])


def _is_names(row: _Row, width: int) -> bool:
    return not row.is_data and len(row.fields) in (width, width - 1)


def _repeats(row: _Row, width: int) -> bool:
    """Whether a line can't be the header of rows of this width: one word, or no word at all."""
    return len(row.fields) == 1 and width > 2 and not row.comment


def _above(rows: Sequence[_Row], first: int, delimiter: str, path: Path) -> tuple[int, list[str], list[str]]:
    """The header above the first row of data: it has another number of fields than the rows."""
    at, width = first - 1, len(rows[first].fields)
    header = rows[at]
    names = _uncommented(header, delimiter) if header.comment else header.fields
    said = _said(rows[:at])
    if len(names) in (width, width - 1):
        return at, names, said
    for split in (_outside_brackets(header.text, delimiter), re.split(r"\s{2,}|\t", header.text.strip())):
        better = [name.strip(" #%") if at_ == 0 else name.strip() for at_, name in enumerate(split)]
        if len(better) == width:
            odd = next((name for name in better if delimiter in name), better[0])
            return at, better, [*said, f"the header has names with {delimiter!r} in them; read as {odd!r}"]
    if width == len(names) + 1 or all(len(row.fields) in (width, len(names)) for row in rows[first:]):
        fits = sum(len(row.fields) == len(names) for row in rows[first:])
        if fits:
            return at, names, said
    raise _mismatch(names, width, path)


def _uncommented(row: _Row, delimiter: str) -> list[str]:
    text = row.text.strip().lstrip("#%").strip(" ")
    names = (
        text.split()
        if delimiter == " "
        else next(csv.reader([text], delimiter=delimiter, skipinitialspace=True))
    )
    return [name.strip() for name in names]


def _outside_brackets(text: str, delimiter: str) -> list[str]:
    """Split a line at delimiters that are not within brackets."""
    found, depth = [""], 0
    for letter in text.strip():
        depth += (letter in "([{") - (letter in ")]}")
        if letter == delimiter and depth <= 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _said(rows: Sequence[_Row]) -> list[str]:
    if not rows:
        return []
    count = len(rows)
    shown = rows[0].text.strip()[:40]
    return [
        f"{count} line{'s' * (count > 1)} before the header {'were' if count > 1 else 'was'} left out ({shown})"
    ]


def _width(rows: Sequence[_Row]) -> int:
    """How many fields the rows have: what most of the later lines have, and more than one where that can be."""
    counts = Counter(len(row.fields) for row in rows if not row.comment)
    if not counts:
        return len(rows[0].fields)
    many = {count: number for count, number in counts.items() if count > 1}
    if not many:
        return 1
    first = len(rows[0].fields)
    best = max(many, key=lambda count: (many[count], count))
    # Where some rows end early, the first line and the whole rows say how many there are.
    whole = first in many and (len(rows) <= 2 or (many[first] > 1 and best <= first))
    return first if whole and not rows[0].comment else best


def _whole(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()


def unique(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names with " (2)" … added to repeated ones, and which ones were repeated."""
    taken, out, repeated = set(names), list[str](), list[str]()
    seen, counts = set[str](), Counter[str]()
    for name in names:
        number, candidate = 1, name
        if name in seen:
            number = max(1, counts[name])
        while candidate in seen or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name} ({number})"
        counts[name] = number
        if number > 1:
            repeated.append(name)
        seen.add(candidate)
        out.append(candidate)
    return tuple(out), tuple(dict.fromkeys(repeated))


def _skip(text: str, start: int) -> int:
    """Position of the first line that is not empty."""
    match = re.compile(r"(?:[ ]*\r?\n)*").match(text, start)
    return match.end() if match else start


def _delimiter(text: str, start: int) -> str:
    """The delimiter that cuts most of the first lines into the same number of fields, the more the better."""
    lines = [line for line in text[start : start + (1 << 16)].splitlines()[:40] if line.strip()]
    if (
        len(lines) > 1
        and "\n" not in text[start + (1 << 16) - 1 : start + (1 << 16)]
        and len(text) > start + (1 << 16)
    ):
        lines = lines[:-1] or lines
    data = [line for line in lines if line.lstrip()[:1] not in ("#", "%")] or lines
    best, best_rank = ",", (0.0, 1)
    if not data:
        return best
    for candidate in _DELIMITERS:
        rank = _rank(data, candidate)
        if rank > best_rank and rank[1] > 1:
            best, best_rank = candidate, rank
    if best_rank[1] > 1:
        return best
    blank = [len(line.split()) for line in data]
    counts = Counter(blank[1:] or blank)
    return " " if counts.most_common(1)[0][0] > 1 else best


def _rank(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """Share of the lines that agree on a number of fields above one (in fifths), and that number."""
    try:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return 0.0, 1
    many = {count: number for count, number in counts.items() if count > 1}
    if not many:
        return 0.0, 1
    count = max(many, key=lambda one: (many[one], one))
    near = sum(number for one, number in many.items() if abs(one - count) <= 1)
    return float(5 * near // sum(counts.values())), count


def _rows(text: str, start: int, delimiter: str) -> Iterator[_Row]:
    """The first rows that are not empty."""
    position, begin, count = start, start, 0

    def lines() -> Iterator[str]:
        nonlocal position
        while position < len(text):
            end = text.find("\n", position) + 1 or len(text)
            line, position = text[position:end], end
            yield line

    if delimiter == " ":
        for line in lines():
            if line.strip() and count < _LINES:
                count += 1
                fields = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', line)]
                yield _Row(fields, line.rstrip("\r\n"), begin, position)
            begin = position
        return
    old_limit = csv.field_size_limit(1 << 30)
    try:
        for row in csv.reader(lines(), delimiter=delimiter):
            if any(row) or len(row) > 1:
                count += 1
                yield _Row(row, text[begin:position].rstrip("\r\n"), begin, position)
                if count >= _LINES:
                    return
            begin = position
    except csv.Error:
        return
    finally:
        csv.field_size_limit(old_limit)
