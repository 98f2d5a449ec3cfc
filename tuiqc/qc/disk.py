"""Writing so that a crash at any moment leaves the old file or the new one, whole."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

# A save takes seconds at most: a temporary file older than this was left by a process that was killed.
_STALE_SECONDS = 600.0

# The umask can only be read by setting it, which is no thing to do while other threads create files.
_UMASK = os.umask(0o077)
os.umask(_UMASK)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable; file systems that can't sync a folder are left alone.

    Raises
    ------
    OSError
        If the file system reports that writing failed.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder one may write into but not list
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def replace_text(path: Path, write: Callable[[TextIO], None]) -> None:
    """Replace the file at `path` by what `write` puts into a UTF-8 text stream (no newline translation).

    Written to a temporary file in the same folder, synced, renamed over `path`, and the folder synced.
    An existing file keeps its permissions and, where allowed, its group; a new one gets those of the umask.

    Raises
    ------
    OSError
        If anything fails; then `path` is as it was and no temporary file is left.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            _copy_access(path, stream.fileno())
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:  # an interrupt too must not leave the temporary file
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def remove_stale_temporaries(path: Path) -> None:
    """Remove what a killed `replace_text(path, …)` left in the folder; failing to do so is no error."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f".{_literal(path.name)}.*.tmp"):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()


def signature(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is replaced or written (inode, size, mtime in ns); None if missing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def free_name(path: Path) -> Path:
    """Return `path`, or with "-2", "-3" … before its suffix the first that does not exist."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _copy_access(path: Path, handle: int) -> None:
    try:
        old = path.stat()
    except FileNotFoundError:
        os.fchmod(handle, 0o666 & ~_UMASK)
        return
    with contextlib.suppress(OSError):
        os.fchown(handle, -1, old.st_gid)
    with contextlib.suppress(OSError):
        os.fchmod(handle, old.st_mode & 0o777)
