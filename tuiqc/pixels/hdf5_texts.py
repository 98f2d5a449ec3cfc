"""What an HDF5 file claims of texts, looked at before the library reads them.

A text of variable length is a reference to a heap: its length, and where it is. The library takes as much memory as the
length says and looks afterwards whether there is such a text, so that one wrong byte costs gigabytes; and it walks
through a damaged heap for ever. The chapters are those of the HDF5 file format specification, version 3.0.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from tuiqc.budget import check_count
from tuiqc.errors import InputError

SCANNED = 16 << 20
"""Larger files are not looked through for heaps: it would take as long as reading them."""

FREE = 1 << 20
"""Bytes of texts that any file may have; more than that, as many as it has itself."""

_PACKED = 1_000
"""How many times smaller than its values a chunk may be: zeros are packed well."""

_BEGIN = b"GCOL\x01\0\0\0"
_OBJECT = struct.Struct("<HH4xQ")
_REFERENCE = np.dtype([("length", "<u4"), ("address", "<u8"), ("index", "<u4")])
_VARIABLE = 9
_SEQUENCE, _TEXT = 0, 1
_KIND, _ATTRIBUTE, _CONTINUATION = 0x03, 0x0C, 0x10
_BLOCKS, _BLOCK_BYTES = 10_000, 1 << 24
"""Pieces of the header of one object, and the bytes of one."""


def check_heaps(path: Path) -> None:
    """Go through the collections of the global heap (III.E) as the library does.

    A free space of no bytes is what it takes step after step and never ends.

    Raises
    ------
    InputError
        A collection is damaged.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if not 0 < size <= SCANNED:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start = data.find(_BEGIN)
            while start >= 0:
                _check_collection(path, data, start, size)
                start = data.find(_BEGIN, start + 8)


def _check_collection(path: Path, data: mmap.mmap, start: int, size: int) -> None:
    end = start + int.from_bytes(data[start + 8 : start + 16], "little")
    check_count(path, end, "bytes up to the end of its texts", size)
    at = start + 16
    while at + _OBJECT.size <= end:
        number, _, length = _OBJECT.unpack_from(data, at)
        step = length if number == 0 else _OBJECT.size + (length + 7) // 8 * 8
        if step < _OBJECT.size or at + step > end:
            raise InputError("is damaged: its texts overlap", path=path, hint="copy or make it again")
        at += step


def check_values(path: Path, item: h5py.Dataset) -> None:
    """Refuse a dataset whose texts are longer together than a file of this size can have.

    Raises
    ------
    InputError
        They are.
    """
    kind = h5py.check_string_dtype(item.dtype)
    if kind is not None and kind.length is None and item.size:
        together = int(np.prod(item.chunks or (), dtype=np.float64))
        check_count(path, 16 * together, "bytes in one chunk", max(_PACKED * path.stat().st_size, 16 * FREE))
        for references in _references(path, item):
            _check_lengths(path, references.view(_REFERENCE)["length"])


def check_attributes(path: Path, item: h5py.Group | h5py.Dataset, *, texts: bool = True) -> None:
    """The same of the attributes of a group or dataset that lie in its header, and of the kind of its values.

    Parameters
    ----------
    texts
        Whether values of variable length can only be texts, as where nothing else is read.

    Raises
    ------
    InputError
        They claim more than can be, or are of a kind on which the library crashes.
    """
    if item.file.filename != str(path):
        path = Path(item.file.filename)  # a link led here
    start, base = h5py.h5o.get_info(item.id).addr, item.file.userblock_size
    with path.open("rb") as file:
        for kind, message in _messages(file, start + base, base):
            if kind == _ATTRIBUTE:
                _check_attribute(path, message, texts)
            else:
                _check_kind(path, message, texts)


def _check_kind(path: Path, kind: bytes, texts: bool) -> bool:
    """Whether values of a type (IV.A.2.d) have variable lengths; of a kind that there is not they crash the library."""
    if len(kind) < 16 or kind[0] & 0x0F != _VARIABLE:
        return False
    if kind[1] & 0x0F not in ((_TEXT,) if texts else (_SEQUENCE, _TEXT)):
        raise InputError(
            "has values of variable length that are no texts", path=path, hint="it may be damaged"
        )
    return True


def _check_attribute(path: Path, message: bytes, texts: bool) -> None:
    """One message (IV.A.2.m): sizes of name, type and space; then these, each filled up to 8 bytes in version 1."""
    version, shared, *sizes = struct.unpack_from("<BBHHH", message)
    if shared or version not in (1, 2, 3):
        return
    unit = 8 if version == 1 else 1
    name, kind, space = (-(-size // unit) * unit for size in sizes)
    start = 8 + (version == 3) + name
    if not _check_kind(path, message[start:], texts):
        return
    width = int.from_bytes(message[start + 12 : start + 16], "little")  # of an element: 1 for texts
    data = message[start + kind + space :]
    _check_lengths(
        path, np.frombuffer(data, _REFERENCE, len(data) // 16)["length"], max(1, min(width, 1 << 16))
    )


def _check_lengths(path: Path, lengths: NDArray[np.uint32], width: int = 1) -> None:
    claimed = int(lengths.sum(dtype=np.uint64)) * width
    check_count(path, claimed, "bytes of text", max(path.stat().st_size, FREE))


def _messages(file: BinaryIO, start: int, base: int = 0) -> Iterator[tuple[int, bytes]]:
    """Type and attributes in the header of an object (IV.A.1), in blocks whose places are counted from `base`."""
    file.seek(start)
    head = file.read(16)
    if head[:4] == b"OHDR":
        yield from _messages_of_version_2(file, start, base)
        return
    blocks = [(start + 16, int.from_bytes(head[8:12], "little"))]
    for at, size in blocks:
        data = _block(file, at, size)
        at = 0
        while at + 8 <= len(data):
            kind, length = struct.unpack_from("<HH", data, at)
            body = data[at + 8 : at + 8 + length]
            if kind in (_KIND, _ATTRIBUTE) and len(body) > 8:
                yield kind, body
            elif kind == _CONTINUATION and len(body) >= 16 and len(blocks) < _BLOCKS:
                place, size = struct.unpack_from("<QQ", body)
                blocks.append((place + base, size))
            at += 8 + length


def _messages_of_version_2(file: BinaryIO, start: int, base: int) -> Iterator[tuple[int, bytes]]:
    """The same (IV.A.1.b): blocks begin with a signature and end with a sum."""
    file.seek(start)
    flags = file.read(6)[5:] or b"\0"
    flag = flags[0]
    skipped = 6 + (16 if flag & 0x20 else 0) + (4 if flag & 0x10 else 0)
    width = 1 << (flag & 3)
    file.seek(start + skipped)
    size = int.from_bytes(file.read(width), "little")
    head = 6 if flag & 4 else 4
    blocks = [(start + skipped + width, size)]
    for at, size in blocks:
        data = _block(file, at, size)
        at = 0
        while at + head <= len(data):
            kind, length = struct.unpack_from("<BH", data, at)
            body = data[at + head : at + head + length]
            if kind in (_KIND, _ATTRIBUTE) and len(body) > 8:
                yield kind, body
            elif kind == _CONTINUATION and len(body) >= 16 and len(blocks) < _BLOCKS:
                offset, whole = struct.unpack_from("<QQ", body)
                blocks.append((offset + base + 4, max(whole - 8, 0)))
            at += head + length


def _block(file: BinaryIO, at: int, size: int) -> bytes:
    if at >= 1 << 62:
        return b""
    file.seek(at)
    return file.read(min(size, _BLOCK_BYTES))


def _references(path: Path, item: h5py.Dataset) -> Iterator[NDArray[Any]]:
    """The references to texts of a dataset as they are on the disk, 16 bytes each.

    Chunks are unpacked by the library's own filters: as chunks of another file, in memory, whose values are no texts.
    """
    if item.chunks is None:
        if (offset := item.id.get_offset()) is not None:
            with path.open("rb") as file:
                file.seek(offset)
                data = file.read(16 * item.size)
            yield np.frombuffer(data, np.uint8, len(data) // 16 * 16)
        return
    with h5py.File("texts", "w", driver="core", backing_store=False) as memory:
        for at in range(item.id.get_num_chunks()):
            left_out, packed = item.id.read_direct_chunk(item.id.get_chunk_info(at).chunk_offset)
            plain = _plain_chunk(memory, item, left_out)
            plain.id.write_direct_chunk((0,), packed)
            yield plain[()].view(np.uint8)


def _plain_chunk(memory: h5py.File, item: h5py.Dataset, left_out: int) -> h5py.Dataset:
    """A dataset of one chunk, packed by the filters of `item` but those that are left out, by the bits of a number.

    The library leaves out those that make no sense of references, as the one that shuffles bytes.
    """
    name = f"chunk{left_out}"
    if name in memory:
        return memory[name]
    plan, layout = item.id.get_create_plist(), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    shape = (int(np.prod(item.chunks)),)
    layout.set_chunk(shape)
    for at in range(plan.get_nfilters()):
        if not left_out >> at & 1:
            layout.set_filter(*plan.get_filter(at)[:3])
    kind, space = h5py.h5t.py_create(np.dtype("V16")), h5py.h5s.create_simple(shape)
    return h5py.Dataset(h5py.h5d.create(memory.id, name.encode(), kind, space, dcpl=layout))
