"""The bytes of a table as UTF-8 text: packing and encoding. Neither pandas nor pyarrow is needed for this.

Accepted: plain or gzip; UTF-8 with or without a byte order mark; UTF-16 and UTF-32, with a mark or told by their
zero bytes; else Windows-1252, or Latin-1 where that has no such character. Files are read piece by piece: no more
memory is asked for than there is text, and a packed file may not unpack to many times of what tables do.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tuiqc.budget import regular_file
from tuiqc.errors import InputError

ANNDATA = (".h5ad", ".adata")
"""Endings of files that `anndata` reads."""
SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet", *ANNDATA)
MAX_BYTES = 8 << 30
"""Of text, unpacked."""
MAX_PACKING = 200
"""How many times of its size a packed table may unpack to, beyond `FREE_BYTES`: tables come to 3 to 50 times."""
FREE_BYTES = 64 << 20
HEAD_BYTES = 1 << 18
_PIECE = 1 << 20
_GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"),
)  # fmt: skip


class NotUtf8Error(Exception):
    """A file that began as UTF-8 does not go on so."""


def is_table(path: Path | str, suffixes: Sequence[str] = SUFFIXES) -> bool:
    """Whether the name looks like that of a table."""
    return str(path).casefold().endswith(tuple(suffixes))


@dataclass(frozen=True, slots=True)
class TextFile:
    """The text of one file.

    Attributes
    ----------
    path, packed, size
        The file, whether it is packed with gzip, and its bytes as they are on the disk.
    encoding
        Name of the encoding for Python.
    """

    path: Path
    packed: bool
    size: int
    encoding: str

    @classmethod
    def of(cls, path: Path) -> TextFile:
        """Look at the beginning of a file.

        Raises
        ------
        InputError
            The file is missing, can't be read, is a broken gzip file, or is no text.
        """
        size = regular_file(path, "a table").st_size
        try:
            with path.open("rb") as file:
                packed = file.read(2) == _GZIP
                if packed and size > 18:
                    file.seek(-4, 2)  # what it says of itself, before any of it is unpacked
                    most = _most_unpacked(size)
                    if int.from_bytes(file.read(4), "little") > most:
                        raise _too_large(path, most, packed)
        except OSError as error:
            raise InputError(error.strerror or "can't be read", path=path) from error
        return cls(path, packed, size, encoding_of(read_bytes(path, HEAD_BYTES), path))

    def otherwise(self) -> TextFile:
        """Return the same file, not as UTF-8."""
        return replace(self, encoding="cp1252" if self.encoding.startswith("utf-8") else "latin-1")

    def head(self) -> str:
        """Return the first lines, about 256 kB, with line feeds.

        Raises
        ------
        InputError
            The file can't be read.
        """
        data = read_bytes(self.path, HEAD_BYTES)
        text = codecs.getincrementaldecoder(self.encoding)("replace").decode(data)
        text = text if "\n" in text else text.replace("\r", "\n")
        return text[: text.rindex("\n") + 1] if len(data) == HEAD_BYTES and "\n" in text else text

    def pieces(self, done: list[int] | None = None, size: int = _PIECE) -> Iterator[bytes]:
        """Yield the text as UTF-8 without a byte order mark, in pieces of about
        `size` bytes; `done[0]` is set to the bytes read.

        Raises
        ------
        InputError
            The file can't be read, is a broken gzip file, or is too large.
        NotUtf8Error
            The text is in another encoding (checked here only where it has to be changed).
        """
        plain = self.encoding in ("utf-8", "utf-8-sig")
        decoder: Any = None if plain else codecs.getincrementaldecoder(self.encoding)()
        try:
            for number, data in enumerate(raw_pieces(self.path, done, size)):
                if plain:
                    yield data.removeprefix(codecs.BOM_UTF8) if not number else data
                else:
                    yield decoder.decode(data).encode("utf-8", "surrogatepass")
            if decoder is not None:
                yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise NotUtf8Error from error


def raw_pieces(path: Path, done: list[int] | None = None, piece: int = _PIECE) -> Iterator[bytes]:
    """Yield the unpacked bytes of a file; `done[0]` is set to the bytes of the file that were read.

    Raises
    ------
    InputError
        As `TextFile.pieces`.
    """
    size = regular_file(path, "a table").st_size
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            stream: Any = gzip.GzipFile(fileobj=file) if packed else file
            count = 0
            most = _most_unpacked(size) if packed else MAX_BYTES
            while data := stream.read(piece):
                count += len(data)
                if count > most:
                    raise _too_large(path, most, packed)
                if done is not None:
                    done[0] = min(size, file.tell())
                yield data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"broken gzip file ({error})", path=path) from error
    except OSError as error:
        raise InputError(error.strerror or "can't be read", path=path) from error


def _most_unpacked(size: int) -> int:
    return min(MAX_BYTES, max(FREE_BYTES, size * MAX_PACKING))


def _too_large(path: Path, most: int, packed: bool) -> InputError:
    said = f"{most / 2**30:.0f} GiB" if most >= 1 << 30 else f"{most / 2**20:.0f} MiB"
    unpacked = " when it is unpacked" if packed else ""
    return InputError(
        f"is larger than {said}{unpacked}", path=path, hint="unpack it, split it, or convert it to Parquet"
    )


def read_bytes(path: Path, limit: int | None = None) -> bytes:
    """Return the (unpacked) bytes of a table, at most `limit` where it is given.

    Raises
    ------
    InputError
        As `TextFile.pieces`.
    """
    found, count = [], 0
    for data in raw_pieces(path):
        found.append(data if limit is None else data[: limit - count])
        count += len(found[-1])
        if limit is not None and count >= limit:
            break
    return b"".join(found)


def encoding_of(head: bytes, path: Path) -> str:
    """Return the encoding of a text by its first bytes.

    Raises
    ------
    InputError
        The bytes are not text.
    """
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked
    if b"\0" in head[:4096]:
        return _by_zeros(head[:4096], path)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        try:
            head.decode("cp1252")
        except UnicodeDecodeError:
            return "latin-1"
        return "cp1252"
    return "utf-8"


def _by_zeros(head: bytes, path: Path) -> str:
    """UTF-16 and UTF-32 without a mark: of mostly plain letters all bytes but one in two or four are zero."""
    for name, width, letter in (
        ("utf-32-le", 4, 0),
        ("utf-32-be", 4, 3),
        ("utf-16-le", 2, 0),
        ("utf-16-be", 2, 1),
    ):
        others = [head[at::width] for at in range(width) if at != letter]
        zeros = sum(part.count(0) for part in others)
        if zeros > 0.8 * sum(map(len, others)) and head[letter::width].count(0) < 0.05 * len(head) / width:
            return name
    raise InputError("is not a text file", path=path, expected="a table as CSV, TSV or Parquet")
