"""The text of a table cut into its records, byte for byte: what is written again is what was there, and more columns.

Quotes hold a record together that goes over several lines, as RFC 4180 has it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuiqc.dataset.tables.layout import Layout, layout
from tuiqc.dataset.tables.text_file import NotUtf8Error, TextFile, read_bytes
from tuiqc.errors import InputError

_ENDS = ("\r\n", "\n", "\r")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF8: "utf-8"}
_WIDE = {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"}


@dataclass(frozen=True)
class RecordLines:
    """The lines of a table in text.

    Attributes
    ----------
    file, shape
        The file, and how its text is to be read.
    mark, encoding
        The byte order mark that it begins with, and what its text is encoded as behind that.
    head, body
        Lines up to the first row, and from there on, each with its line end.
    """

    file: TextFile
    shape: Layout
    mark: bytes
    encoding: str
    head: list[str]
    body: list[str]

    @classmethod
    def read(cls, path: Path) -> RecordLines:
        """Read a whole table.

        Raises
        ------
        InputError
            As `tuiqc.dataset.tables.reader.load_table`; also a quoted field that does not end.
        """
        file = TextFile.of(path)
        for _ in range(3):
            try:
                b"".join(file.pieces()).decode()
                break
            except (NotUtf8Error, UnicodeDecodeError):
                file = file.otherwise()
        data = read_bytes(path)
        marks = {**_WIDE, **_MARKS}
        mark = next((one for one in marks if data.startswith(one)), b"")
        encoding = marks.get(mark) or file.encoding
        text = data[len(mark) :].decode(encoding)
        shape = layout(file.head(), path)
        # The head was read with the same line ends, but where the file has none but carriage returns.
        head, body = text[: shape.start], text[shape.start :]
        return cls(file, shape, mark, encoding, list(_records(head, path)), list(_records(body, path)))

    def fields(self, line: str) -> list[str]:
        """The fields of a line."""
        text = _split_end(line)[0]
        if self.shape.delimiter == " ":
            return text.split()
        return next(csv.reader([text], delimiter=self.shape.delimiter), [])

    @property
    def rows(self) -> list[int]:
        """Which lines of the body are rows: not blank, and not the header again."""
        return [at for at, line in enumerate(self.body) if line.strip() and not self.repeats_header(line)]

    def repeats_header(self, line: str) -> bool:
        """Whether a line of the body says the names of the columns again, as where files were put together."""
        names = list(self.shape.columns)
        if len(names) < 2 or not line.lstrip(' "').startswith(names[0]):
            return False
        return self.fields(line)[: len(names)] == names

    @property
    def header(self) -> int:
        """Which line of the head has the names of the columns; -1 for none."""
        names = [name.strip() for name in self.shape.columns if name != " "]
        best = -1
        for at, line in enumerate(self.head):
            found = [field.strip() for field in self.fields(line.lstrip("#% "))]
            if found[-len(names) :] == names:
                return at
            if len(found) == len(names):
                best = at if best < 0 else best
        return best

    def extended(self, line: str, cells: Sequence[str]) -> str:
        """Return a line with further fields; missing fields of a short one before them are empty."""
        text, end = _split_end(line)
        delimiter = self.shape.delimiter
        if delimiter == " ":
            return " ".join([text.rstrip(), *(f'"{cell}"'.replace("\n", " ") for cell in cells)]) + end
        if self.shape.trailing and text.endswith(delimiter):
            text = text[: -len(delimiter)]
        return delimiter.join([text, *(_quoted(cell, delimiter) for cell in cells)]) + end

    def filled(self, line: str) -> str:
        """Return a line of the body with as many fields as the header has."""
        if self.shape.delimiter == " ":
            return line
        text, end = _split_end(line)
        lacking = len(self.shape.columns) - len(self.fields(line))
        return text + self.shape.delimiter * max(lacking, 0) + end

    def write(self, path: Path, lines: Sequence[str]) -> None:
        """Write lines in the encoding of the table, packed if it is; signs that it has not as `\\u2026`."""
        data = self.mark + "".join(lines).encode(self.encoding, "backslashreplace")
        path.write_bytes(gzip.compress(data, mtime=0) if self.file.packed else data)


def _records(text: str, path: Path) -> Iterator[str]:
    """Lines with their ends; those within quotes together."""
    waiting = ""
    for line in io.StringIO(text, newline="\n" if "\n" in text else "\r"):
        waiting += line
        if waiting.count('"') % 2 == 0:
            yield waiting
            waiting = ""
    if waiting:
        raise InputError("a quoted field does not end", path=path)


def _split_end(line: str) -> tuple[str, str]:
    end = next((one for one in _ENDS if line.endswith(one)), "")
    return line[: len(line) - len(end)], end


def _quoted(cell: str, delimiter: str) -> str:
    if any(sign in cell for sign in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
