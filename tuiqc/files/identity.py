"""Which file is it? By what the system says of it, so that hard links, symbolic links, case and `..` don't matter."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

Signature = tuple[int, int, int]
"""Inode, size and time of change (ns) of a file."""

Key = tuple[int, int] | tuple[int, int, str] | str
"""Of a file that is there: device and inode. Of one that is not: those of its folder, and its name."""


def signature(path: Path) -> Signature | None:
    """Return what changes when a file is replaced or written (inode, size, mtime in ns); None if missing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return signature_of(found)


def signature_of(found: os.stat_result) -> Signature:
    """Return the signature of a file whose status is known."""
    return found.st_ino, found.st_size, found.st_mtime_ns


def file_key(path: Path) -> Key:
    """Return what two paths have in common when they name one file, be it there or still to be made.

    Links are followed. Where the file system takes two spellings for one name the system finds one file, so a file
    that is there is known by any of them.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return _place(path)
    return found.st_dev, found.st_ino


def _place(path: Path) -> Key:
    target = Path(os.path.realpath(path))
    try:
        folder = target.parent.stat()
    except (OSError, ValueError):
        return os.fspath(target)
    return folder.st_dev, folder.st_ino, target.name


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths name one file, be it there or still to be made."""
    return file_key(one) == file_key(other)


def is_at(handle: int, path: Path) -> bool:
    """Whether the open file still is the one at `path` (a link there is not it)."""
    try:
        there, ours = os.lstat(path), os.fstat(handle)
    except OSError:
        return False
    return (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev)


class KnownFiles:
    """A set of files, asked by path: which of them is this one?"""

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._known: dict[Key, Path] = {}
        for path in paths:
            self.add(path)

    def add(self, path: Path) -> None:
        """Know one more."""
        self._known.setdefault(file_key(path), path)

    def find(self, path: Path) -> Path | None:
        """Return the path under which the file that `path` names is known, None if it is not."""
        return self._known.get(file_key(path))

    def __contains__(self, path: Path) -> bool:
        return self.find(path) is not None

    def __len__(self) -> int:
        return len(self._known)


def digest(path: Path | str) -> str:
    """Return a short text that stands for a path in the names of files."""
    return digests([path])[0].hex()


def digests(paths: Iterable[Path | str]) -> list[bytes]:
    """The eight bytes of each path that `digest` shows, in the same order: there may be 10^5."""
    from hashlib import sha256  # its library takes 4 ms, which `look` does without

    return [sha256(os.fsencode(path)).digest()[:8] for path in paths]
