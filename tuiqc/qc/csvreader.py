"""Reading the annotation CSV, also after a spreadsheet has had it.

The columns may come in any order, with commas, semicolons (then also with decimal commas) or tabs, a byte
order mark, any line ends, Excel's "sep=" line; in UTF-8, else UTF-16 (by its mark), else Windows-1252. Labels
such as "7.0" and verdicts such as "Fail" are understood. Columns and rows that are not ours are kept as they
are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from operator import itemgetter
from pathlib import Path

from tuiqc.budget import small_text
from tuiqc.errors import InputError
from tuiqc.names import unique_name
from tuiqc.qc.csvfile import COLUMNS, REQUIRED, SCHEMA, Row, category_columns, from_cell, placeholder_columns
from tuiqc.qc.record import LEVELS, Annotation, Subject
from tuiqc.qc.verdict import VERDICTS


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


MAX_BYTES = 4 << 30
_HEADER_CHARS = 100_000
_NOTHING: Mapping[str, str] = {}
_VERDICT_CELLS = ("", *VERDICTS)


@dataclass
class Contents:
    """What an annotation CSV holds: rows in the order of the file, names of foreign columns, what to tell."""

    rows: list[Row] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


def read_csv(path: Path, placeholders: Sequence[str], categories: Sequence[str] = ()) -> Contents:
    """Read the CSV at `path`; a missing or empty file has no rows.

    Columns named in `placeholders` and `categories` are ours; what is in no such column is foreign.

    Raises
    ------
    InputError
        If the file can't be read or is not an annotation CSV; names the columns found and those expected.
    """
    if not path.exists():
        return Contents()
    data = small_text(path, "an annotation CSV", MAX_BYTES)
    contents = Contents()
    text = _decoded(data, contents.messages)
    if not text.strip("\x00\r\n\t ,;"):
        return contents
    # A note may be longer than what the csv module takes for a mistake.
    limit = csv.field_size_limit()
    csv.field_size_limit(max(limit, len(text)))
    try:
        _Reader(text, path, placeholders, categories, contents).read()
    except csv.Error as error:
        raise InputError(f"not a CSV ({error})", path=path) from error
    finally:
        csv.field_size_limit(limit)
    return contents


def _decoded(data: bytes, messages: list[str]) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        messages.append("The annotations were in UTF-16; they will be written in UTF-8.")
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        messages.append("The annotations were read as Windows-1252; they will be written in UTF-8.")
        return data.decode("cp1252", errors="replace")


def _records(text: str) -> tuple[str, list[str], Iterator[list[str]]]:
    """Return delimiter, header and the records after it; the delimiter that finds most columns wins."""
    told = re.match(r"sep=([,;\t])\r?\n", text, re.IGNORECASE)
    if told:
        text = text[told.end() :]

    def known(delimiter: str) -> int:
        header = next(csv.reader(StringIO(text[:_HEADER_CHARS], newline=""), delimiter=delimiter), [])
        return len({name.strip() for name in header} & set(COLUMNS))

    delimiter = told[1] if told else max(",;\t", key=known)
    records = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    return delimiter, next(records, []), records


class _Texts(dict[str, str]):
    """Cell -> text; most texts of a file (image, layer, annotator) come again and again."""

    def __missing__(self, cell: str) -> str:
        text = self[cell] = from_cell(cell)
        return text


class _Extras(dict[tuple[str, ...], Mapping[str, str]]):
    """Cells of the placeholder columns -> placeholder values; the objects of an image share theirs."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, cells: tuple[str, ...]) -> Mapping[str, str]:
        texts = (from_cell(cell) for cell in cells)
        extra = self[cells] = dict(zip(self.names, texts, strict=False))
        return extra


class _Reader:
    def __init__(
        self,
        text: str,
        path: Path,
        placeholders: Sequence[str],
        categories: Sequence[str],
        contents: Contents,
    ) -> None:
        self.contents = contents
        self.texts = _Texts()
        self.problems: list[str] = []
        self.cleared: list[str] = []
        self.schemas: set[str] = set()
        delimiter, header, self.records = _records(text)
        self.decimal_comma = delimiter == ";"
        if delimiter != ",":
            name = "semicolons" if delimiter == ";" else "tabs"
            contents.messages.append(
                f"The annotations were separated by {name}; they will be written with commas."
            )
        self.names = unique_names(header)
        missing = [name for name in REQUIRED if name not in self.names]
        if missing:
            raise _not_ours(header, path)
        # Every record is brought to this width; the one cell more stands for the columns that are not there.
        self.width = len(self.names)
        place = {name: index for index, name in enumerate(self.names)}
        self.own: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(
            *(place.get(name, self.width) for name in COLUMNS)
        )
        columns = placeholder_columns(placeholders)
        extra = [(name, place[column]) for name, column in columns.items() if column in place]
        self.extras = _Extras([name for name, _ in extra])
        # Two cells more than there may be, so that it is a tuple always.
        self.extra_cells: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(
            *(index for _, index in extra), self.width, self.width
        )
        named = category_columns(categories, [*COLUMNS, *columns.values()])
        self.categories = [(name, place[column]) for name, column in named.items() if column in place]
        own = {*COLUMNS, *(self.names[index] for _, index in [*extra, *self.categories])}
        self.foreign = [(name, index) for name, index in place.items() if name not in own]

    def read(self) -> None:
        rows = self.contents.rows
        used: set[str] = set()
        for number, record in enumerate(self.records, start=2):
            if not any(record):
                continue
            surplus = self._fit(record) if len(record) != self.width else None
            record.append("")
            parsed = self._annotation(record, number)
            kept = _NOTHING
            if self.foreign or surplus or parsed is None:
                kept = self._kept(record, surplus, parsed is None)
                used.update(kept)
            rows.append((parsed, kept))
        # Spreadsheets leave columns without name and content behind; those go.
        names = [name for name, _ in self.foreign]
        surplus_names = sorted(
            (name for name in used if name not in self.names), key=lambda name: (len(name), name)
        )
        self.contents.foreign = [name for name in names if not nameless(name) or name in used] + surplus_names
        self._report()

    def _fit(self, record: list[str]) -> dict[str, str]:
        """Bring `record` to the width of the header; return the filled cells beyond it."""
        beyond = enumerate(record[self.width :], start=self.width + 1)
        surplus = {f"column {number}": cell for number, cell in beyond if cell}
        del record[self.width :]
        record.extend([""] * (self.width - len(record)))
        return surplus

    def _kept(self, record: list[str], surplus: dict[str, str] | None, whole: bool) -> Mapping[str, str]:
        columns = zip(self.names, range(self.width), strict=True) if whole else self.foreign
        kept = {name: record[index] for name, index in columns if record[index]}
        return {**kept, **(surplus or {})} or _NOTHING

    def _annotation(self, record: list[str], number: int) -> Annotation | None:
        """Return the annotation in `record`, or None after noting why it is none."""
        texts = self.texts
        (level, image, layer, label, t, verdict, reason, note, annotator, time, table, x, y, area, schema) = (
            self.own(record)
        )
        if schema != SCHEMA and schema:
            self.schemas.add(schema)
        try:
            subject = Subject(
                level if level in LEVELS else word_of(level, LEVELS),
                texts[image],
                texts[layer],
                int(label) if label.isdecimal() else whole(label),
                int(t) if t.isdecimal() else whole(t),
            )
            if verdict not in _VERDICT_CELLS:
                verdict = word_of(verdict, _VERDICT_CELLS)
        except ValueError as error:
            self.problems.append(f"row {number} ({error})")
            return None
        return Annotation(
            subject,
            verdict,
            texts[reason],
            from_cell(note),
            texts[annotator],
            from_cell(time),
            texts[table],
            self._number(x, number) if x else None,
            self._number(y, number) if y else None,
            self._number(area, number) if area else None,
            self.extras[self.extra_cells(record)],
            self._categories(record) if self.categories else _NOTHING,
        )

    def _categories(self, record: list[str]) -> Mapping[str, str]:
        return {name: self.texts[record[index]] for name, index in self.categories if record[index]}

    def _number(self, cell: str, row: int) -> float | None:
        try:
            number = float(cell.replace(",", ".") if self.decimal_comma else cell)
        except ValueError:
            self.cleared.append(f"row {row} ('{cell}')")
            return None
        return None if number != number else number

    def _report(self) -> None:
        if any(whole_or_zero(schema) > int(SCHEMA) for schema in self.schemas):
            self.contents.messages.append(
                "The annotations were written by a later version of tuiqc; what this one does not know is kept "
                "as foreign columns."
            )
        if self.problems:
            self.contents.messages.append(
                f"{count_of(self.problems, 'row')} of the annotations can't be understood and stay as they "
                f"are: {listed(self.problems)}."
            )
        if self.cleared:
            self.contents.messages.append(
                f"{count_of(self.cleared, 'centre or area', 'centres or areas')} in the annotations can't be "
                f"read as numbers and are left out: {listed(self.cleared)}."
            )


def _not_ours(header: Sequence[str], path: Path) -> InputError:
    shown = ", ".join(header[:12]) + (f" and {len(header) - 12} more" if len(header) > 12 else "")
    return InputError(
        f"not an annotation file of tuiqc: its columns are {shown[:400]}",
        path=path,
        expected=f"at least {', '.join(REQUIRED)}",
        hint="give another file with --annotations; this one was left as it is",
    )
