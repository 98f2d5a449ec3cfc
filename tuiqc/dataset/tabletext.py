"""The text of a table: packing, encoding, delimiter and header. Pandas is not needed for this.

Accepted: plain or gzip; UTF-8 with or without a byte order mark, UTF-16 with one, else Latin-1; tab, comma,
semicolon or blanks between fields; a first line `sep=;` as spreadsheets write it; two header rows of
CellProfiler (object, feature).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuiqc.errors import InputError
from tuiqc.names import unique_name

SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")
MAX_BYTES = 8 << 30  # of text, unpacked: a small gzip file must not fill the memory
_HEAD_BYTES = 1 << 18
_GZIP = b"\x1f\x8b"


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
    """

    delimiter: str
    columns: tuple[str, ...]
    start: int
    duplicates: tuple[str, ...] = ()
    trailing: bool = False
    header_rows: int = 1


def read_bytes(path: Path, limit: int | None = None) -> bytes:
    """Return the (unpacked) bytes of a table, at most `limit` where it is given.

    Raises
    ------
    InputError
        The file is missing, can't be read, is a broken gzip file, or unpacks to more than 8 GiB.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            stream: io.BufferedIOBase | gzip.GzipFile = gzip.GzipFile(fileobj=file) if packed else file
            data = stream.read(MAX_BYTES + 1 if limit is None else limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"broken gzip file ({error})", path=path) from error
    except OSError as error:
        raise InputError(error.strerror or "can't be read", path=path) from error
    if len(data) > MAX_BYTES:
        raise InputError(
            f"is larger than {MAX_BYTES >> 30} GiB", path=path, hint="split it, or convert it to parquet"
        )
    return data


def decode(data: bytes, path: Path, cut: bool = False) -> tuple[str, str]:
    """Return the text and its encoding; `cut` says that `data` may end within a character.

    Raises
    ------
    InputError
        The bytes are not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        if b"\0" in data[:4096]:
            raise InputError("is not a text file", path=path, expected="a table as CSV, TSV or parquet")
        encoding = "utf-8-sig"
    for name in (encoding, "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError as error:
            if cut and error.start >= len(data) - 4:
                return data[: error.start].decode(name), name
        else:
            # Line ends of old Macintosh programs.
            return (text if "\n" in text else text.replace("\r", "\n")), name
    raise InputError("is not text in any known encoding", path=path)


def layout(text: str, path: Path) -> Layout:
    """Find delimiter and header.

    Raises
    ------
    InputError
        There is nothing in it, or no name in its header.
    """
    start = _skip(text, 0)
    forced = re.match(r"sep=(.)\r?\n", text[start : start + 8])
    if forced:
        start = _skip(text, start + forced.end())
    if start >= len(text):
        raise InputError("the table is empty", path=path, expected="a header row and one row per object")
    delimiter = forced[1] if forced else _delimiter(_first_lines(text, start))
    rows = _rows(text, start, delimiter)
    header, end = next(rows, ([], start))
    if path.name.casefold().endswith(_TRACK_FILES) and len(header) == 4 and all(map(_whole, header)):
        return Layout(delimiter, ("L", "B", "E", "P"), start, header_rows=0)
    if not any(name.strip() for name in header):
        raise InputError("has no header row", path=path, expected="column names in the first line")
    second, second_end = next(rows, ([], end))
    header_rows = 1
    if len(second) == len(header) and header[0] == "Image" and second[0] == "ImageNumber":
        header = [f"{kind}_{feature}" for kind, feature in zip(header, second, strict=True)]
        header_rows, end = 2, second_end
        second, _ = next(rows, ([], end))
    if {"TRACK_ID", "POSITION_X"} <= set(header):
        # TrackMate: long names, short names and units below the names; the data start where the id is a number.
        at = header.index("TRACK_ID")
        for _ in range(3):
            if (
                len(second) != len(header)
                or _whole(second[at])
                or (second[at] == "" and "(" not in "".join(second))
            ):
                break
            header_rows, end = header_rows + 1, second_end
            second, second_end = next(rows, ([], end))
    trailing = False
    if len(second) == len(header) + 1:
        trailing = second[-1] == ""
        header = header if trailing else [" ", *header]  # R writes row names without a header
    columns, duplicates = unique(header)
    return Layout(delimiter, columns, end, duplicates, trailing, header_rows)


_TRACK_FILES = ("man_track.txt", "res_track.txt")


def _whole(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()


def read_header(path: Path) -> Layout:
    """Return the layout of a table after reading no more than its beginning.

    Raises
    ------
    InputError
        Missing, unreadable or empty. (Parquet files are for `tables_io.read_columns`.)
    """
    data = read_bytes(path, _HEAD_BYTES)
    text, _ = decode(data, path, cut=True)
    if len(data) == _HEAD_BYTES and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return layout(text, path)


def unique(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names with " (2)" … added to repeated ones, and which ones were repeated."""
    taken, out, repeated, seen = set(names), list[str](), list[str](), set[str]()
    for name in names:
        again = name in seen
        if again:
            repeated.append(name)
        free = unique_name(name, taken) if again else name
        taken.add(free)
        seen.add(free)
        out.append(free)
    return tuple(out), tuple(dict.fromkeys(repeated))


def _split(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    if delimiter == " ":
        return iter([line.split() for line in lines])
    return csv.reader(lines, delimiter=delimiter)


def _skip(text: str, start: int) -> int:
    """Position of the first line that is not empty."""
    match = re.compile(r"(?:[ ]*\r?\n)*").match(text, start)
    return match.end() if match else start


def _first_lines(text: str, start: int) -> list[str]:
    return [line for line in text[start : start + _HEAD_BYTES].splitlines()[:12] if line.strip()]


def _delimiter(lines: list[str]) -> str:
    """The delimiter that gives the most fields, and the same number in the header and in the next line."""
    best, best_rank = ",", (False, 1)
    for candidate in "\t,; ":
        if candidate == " " and best_rank[1] > 1:
            break
        rows = []
        try:
            rows = list(_split(lines, candidate))
        except csv.Error:
            continue
        if not rows:
            continue
        count = len(rows[0])
        agrees = len(rows) < 2 or len(rows[1]) - count in (0, 1)
        if count > 1 and (agrees, count) > best_rank:
            best, best_rank = candidate, (agrees, count)
    return best


def _rows(text: str, start: int, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """The first rows that are not empty, each with the position at which the next one starts."""
    position = start

    def lines() -> Iterator[str]:
        nonlocal position
        while position < len(text):
            end = text.find("\n", position) + 1 or len(text)
            line, position = text[position:end], end
            yield line

    if delimiter == " ":
        for line in lines():
            if line.strip():
                yield [part.strip('"') for part in line.split()], position
        return
    old_limit = csv.field_size_limit(1 << 30)
    try:
        for row in csv.reader(lines(), delimiter=delimiter):
            if row:
                yield row, position
    except csv.Error:
        return
    finally:
        csv.field_size_limit(old_limit)
