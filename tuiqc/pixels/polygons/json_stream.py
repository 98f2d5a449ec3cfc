"""The items of one long list in a JSON file, one at a time: a file of gigabytes is never in memory as a whole."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuiqc.budget import BudgetError, regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.polygons.polygon_set import Report

_PIECE = 1 << 20
_PACKING, _FREE_BYTES = 200, 64 << 20
"""A packed file may unpack to so many times of its size, or to so many bytes."""
_MOST_ITEM = 256 << 20
"""Characters of one item."""
_BLANK = re.compile(r"[\s,]*")
_NOTHING: Any = object()


class JsonItems:
    """Walks through a file: either a list, or an object with lists under some of its keys.

    Parameters
    ----------
    path
        Plain or packed with gzip.
    lists
        Keys whose lists are walked through; all else is in `facts`, as far as it stands before the list's end.
    report
        Told (done, total) bytes.
    """

    def __init__(self, path: Path, lists: tuple[str, ...], report: Report | None = None) -> None:
        self._path, self._lists, self._report = path, lists, report
        self._decoder = json.JSONDecoder()
        self._text, self._at, self._ended = "", 0, False
        self._pieces = self._read()
        self.facts: dict[str, Any] = {}
        self.listed: str | None = None
        """Key of the list that is or was walked through, "" for a bare one; None as long as there was none."""

    def items(self) -> Iterator[Any]:
        """Yield the items.

        Raises
        ------
        InputError
            The file can't be read, is no JSON, is cut off, or an item is too large.
        """
        sign = self._sign()
        if sign == "[":
            self._at += 1
            yield from self._of_list("")
        elif sign == "{":
            self._at += 1
            yield from self._of_object()
        else:
            raise InputError("is no JSON", path=self._path, expected="GeoJSON")

    def _of_object(self) -> Iterator[Any]:
        while (sign := self._sign()) != "}":
            if sign != '"':
                raise self._broken()
            key = self._value()
            if self._sign() != ":":
                raise self._broken()
            self._at += 1
            if key in self._lists and self._sign() == "[":
                self._at += 1
                yield from self._of_list(key)
            else:
                self._sign()
                self.facts[str(key)] = self._value()

    def _of_list(self, key: str) -> Iterator[Any]:
        self.listed = key
        while self._sign() != "]":
            yield self._value()
        self._at += 1

    def _sign(self) -> str:
        """The next character that is no blank or comma, without taking it."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                raise self._broken()
            self._more()

    def _value(self) -> Any:
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                value = _NOTHING
            except RecursionError:
                raise BudgetError("has lists in lists in lists without end", path=self._path) from None
            # A number may go on in the next piece.
            if value is not _NOTHING and (end < len(self._text) or self._ended):
                self._at = end
                return value
            if self._ended or len(self._text) - self._at > _MOST_ITEM:
                raise self._broken()
            self._more()

    def _more(self) -> None:
        """Read on: as much again as is there, so that a long item is not tried too often."""
        rest = [self._text[self._at :]]
        wanted = max(_PIECE, len(rest[0]))
        while wanted > 0 and not self._ended:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            rest.append(piece)
            wanted -= len(piece)
        self._text, self._at = "".join(rest), 0

    def _broken(self) -> InputError:
        return InputError(
            "ends in the middle" if self._ended and self._at >= len(self._text) - 1 else "is no whole JSON",
            path=self._path,
            expected="GeoJSON",
            hint="the file is damaged, or was not written or copied to its end",
        )

    def _read(self) -> Iterator[str]:
        size = regular_file(self._path, "GeoJSON").st_size
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        count = 0
        try:
            with self._path.open("rb") as file:
                packed = file.read(2) == b"\x1f\x8b"
                file.seek(0)
                stream: Any = gzip.GzipFile(fileobj=file) if packed else file
                while data := stream.read(_PIECE):
                    count += len(data)
                    if packed and count > max(size * _PACKING, _FREE_BYTES):
                        raise BudgetError(
                            f"unpacks to more than {_PACKING} times of its size", path=self._path
                        )
                    if self._report is not None:
                        self._report(min(file.tell(), size), size)
                    yield decoder.decode(data)
                yield decoder.decode(b"", True)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"broken gzip file ({error})", path=self._path) from None
        except UnicodeDecodeError:
            raise InputError("is no text in UTF-8", path=self._path, expected="GeoJSON") from None
        except OSError as error:
            raise InputError(error.strerror or "can't be read", path=self._path) from None
