"""The annotation CSV: its columns, and writing it.

Written as RFC 4180 says: commas, CRLF, quotes where needed, one header line; UTF-8 without a byte order mark.
The columns are `COLUMNS`, then the placeholders of the batch (one named like one of `COLUMNS` gets the suffix
"_placeholder"), then the annotators' own categories, then the columns that somebody else added, in their
order. `schema`, the last of `COLUMNS`, is `SCHEMA` in every row: a column and not a comment line, so that every
reader opens the file; files without it are older and hold the same. `label` and `t` are written as 0 for
images, so that both are whole numbers in every row. One row per thing and annotator.
`tuiqc.qc.csvreader` reads it back.

The text of a cell is harmless in a spreadsheet, and reversible. Two things are changed on writing and undone on
reading, so that every text comes back exactly:

- A cell that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@``, tab,
  carriage return or line feed) gets an apostrophe before it. Plain numbers such as ``-1`` stay, so that they
  still join. A text that begins with apostrophes followed by such a thing gets one more, which tells the
  two apart.
- Lone surrogates (undecodable bytes of file names) can't be written in UTF-8: they are written as
  ``\\udcff``, and a text that has such a sequence of its own gets its backslash written as ``\\u005c``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from tuiqc.files.atomic import replace_text
from tuiqc.files.identity import Signature
from tuiqc.names import extended_name
from tuiqc.qc.record import Annotation
from tuiqc.text import escaped

# OWASP "CSV Injection" lists the first characters that spreadsheets act on, the full-width ones included.
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z"
_FORMULA = re.compile(rf"'*(?!{_NUMBER})[=+\-@\t\r\n＝＋－＠]", re.ASCII)
_ESCAPE = re.compile(r"\\u(d[89a-f][0-9a-f]{2}|005c)")


def to_cell(text: str) -> str:
    """Return `text` as it is written into the CSV."""
    if not text:
        return text
    if "\\u" in text:
        text = _ESCAPE.sub(lambda match: "\\u005c" + match[0][1:], text)
    text = escaped(text)
    return "'" + text if _FORMULA.match(text) else text


def harmless(text: str) -> str:
    """Return `text` as it is written into a table that is not read back by us: no formula, no lone surrogate.

    Unlike `to_cell` it leaves a backslash as it is, so that names which were escaped before stay the same.
    """
    text = escaped(text)
    return "'" + text if text and _FORMULA.match(text) else text


def from_cell(cell: str) -> str:
    """Return the text that `to_cell` wrote as `cell`; a cell that needs no change comes back as it is."""
    if not cell:
        return cell
    if cell[0] == "'" and _FORMULA.match(cell):
        cell = cell[1:]
    if "\\u" in cell:
        cell = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), cell)
    return cell


COLUMNS = (
    "level", "image", "layer", "label", "t", "verdict", "reason", "note", "annotator", "time",
    "source_table", "centre_x", "centre_y", "area", "schema",
)  # fmt: skip

SCHEMA = "1"
"""What the column `schema` says: the version of the format."""

REQUIRED = ("level", "image", "layer", "label", "verdict")
"""A file without one of these columns is taken for somebody else's."""

Row = tuple[Annotation | None, Mapping[str, str]]
"""An annotation with its foreign cells, or None with all cells of a row that is no annotation."""


def placeholder_columns(placeholders: Iterable[str]) -> dict[str, str]:
    """Return placeholder name -> header cell; a name that is taken gets "_placeholder" until it is free."""
    columns: dict[str, str] = {}
    taken = set(COLUMNS)
    for name in placeholders:
        column = extended_name(to_cell(name), "_placeholder", taken)
        taken.add(column)
        columns[name] = column
    return columns


def category_columns(categories: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return category column -> header cell; a name that is taken gets "_category" until it is free."""
    used = set(taken)
    columns: dict[str, str] = {}
    for name in categories:
        column = extended_name(to_cell(name), "_category", used)
        used.add(column)
        columns[name] = column
    return columns


def write_csv(
    path: Path,
    placeholders: Sequence[str],
    foreign: Sequence[str],
    rows: Iterable[Row],
    categories: Sequence[str] = (),
    check: Callable[[], None] | None = None,
) -> Signature:
    """Replace the CSV at `path`; `check` is called right before and may raise to leave it alone.

    Returns the signature (`tuiqc.files.identity`) of the file that was written.

    Raises
    ------
    OSError
        If it can't be written; the old file is as it was then.
    """
    extra = placeholder_columns(placeholders)
    own_categories = category_columns(categories, [*COLUMNS, *extra.values()])
    own = {*COLUMNS, *extra.values(), *own_categories.values()}
    others = [name for name in foreign if name not in own]
    header = [*COLUMNS, *extra.values(), *own_categories.values(), *others]

    def cells(annotation: Annotation | None, kept: Mapping[str, str]) -> list[str]:
        if annotation is None:
            return [kept.get(name, "") for name in header]
        row = _own_cells(annotation)
        values = annotation.extra
        for name, column in extra.items():
            row.append(to_cell(values[name]) if name in values else kept.get(column, ""))
        if own_categories:
            row.extend(to_cell(annotation.categories.get(name, "")) for name in own_categories)
        for name in others:
            row.append(kept.get(name, ""))
        return row

    def write(stream: TextIO) -> None:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(cells(annotation, kept) for annotation, kept in rows)

    return replace_text(path, write, check)


def _own_cells(annotation: Annotation) -> list[str]:
    level, image, layer, label, t = annotation.subject
    return [
        level,
        to_cell(image),
        to_cell(layer),
        str(label),
        str(t),
        annotation.verdict,
        to_cell(annotation.reason),
        to_cell(annotation.note),
        to_cell(annotation.annotator),
        to_cell(annotation.time),
        to_cell(annotation.source_table),
        _number_cell(annotation.centre_x),
        _number_cell(annotation.centre_y),
        _number_cell(annotation.area),
        SCHEMA,
    ]


def _number_cell(number: float | None) -> str:
    if number is None:
        return ""
    return repr(number).removesuffix(".0")
