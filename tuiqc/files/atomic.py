"""Writing so that a crash at any moment leaves the old file or the new one, whole.

Every call that changes what verdicts hang on goes through the small functions at the top, so that tests can make
the disk refuse.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from tuiqc.errors import InputError
from tuiqc.files.exclusion import exclusive
from tuiqc.files.identity import Signature, signature_of
from tuiqc.files.safe import UnsafeFileError, kind_of, open_safely
from tuiqc.names import unique_name

# A save takes seconds at most: a temporary file older than this was left by a process that was killed.
_STALE_SECONDS = 600.0

# The umask can only be read by setting it, which is no thing to do while other threads create files.
_UMASK = os.umask(0o077)
os.umask(_UMASK)

Fault = Callable[[str, Path, int], int]
"""Called with the operation, the path and the number of bytes; raises OSError or returns how many may pass."""

_faults: list[Fault] = []


def set_fault(fault: Fault | None) -> None:
    """Ask `fault` before each operation from now on (for tests); None ends it."""
    _faults[:] = [] if fault is None else [fault]


def passes(operation: str, path: Path, size: int = 0) -> int:
    """Ask the fault, if one is set, whether the operation goes through; returns the bytes that may pass."""
    return _faults[0](operation, path, size) if _faults else size


def open_to_append(path: Path) -> int:
    """Return a descriptor of the file at `path`, made if missing, that is appended to and can be read.

    Raises
    ------
    OSError
        As `tuiqc.files.safe.open_safely`: also if it is a link or somebody else's.
    """
    passes("open", path)
    return open_safely(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)


def write(handle: int, data: bytes | memoryview, path: Path) -> int:
    """Write what the system takes of `data`; returns how many bytes that was."""
    allowed = passes("write", path, len(data))
    return os.write(handle, data[:allowed] if allowed < len(data) else data)


def write_all(handle: int, data: bytes, path: Path) -> None:
    """Write all of `data`."""
    rest = memoryview(data)
    while rest:
        rest = rest[write(handle, rest, path) :]


def fsync(handle: int, path: Path) -> None:
    """Put what was written on the disk."""
    passes("fsync", path)
    os.fsync(handle)


def truncate(handle: int, size: int, path: Path) -> None:
    """Cut the file to `size` bytes."""
    passes("truncate", path)
    os.ftruncate(handle, size)


def rename(source: Path, target: Path) -> None:
    """Rename, replacing what is at `target`."""
    passes("rename", target)
    source.replace(target)


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
        fsync(handle, folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make `folder` (the user's alone) and those above it, and make their names durable."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


class _Raw(io.RawIOBase):
    """A descriptor as a stream that writes through `write`."""

    def __init__(self, handle: int, path: Path) -> None:
        self._handle, self._path = handle, path

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return write(self._handle, memoryview(data), self._path)  # type: ignore[arg-type]


def replace_text(
    path: Path,
    write_into: Callable[[TextIO], None],
    check: Callable[[], None] | None = None,
    *,
    sync: bool = True,
) -> Signature:
    """Replace the file at `path` by what `write_into` puts into a UTF-8 text stream (no newline translation).

    Written to a temporary file in the same folder, synced, renamed over `path`, and the folder synced.
    An existing file keeps its permissions and, where allowed, its group; a new one gets those of the umask.
    `check` is called right before the rename and may raise to prevent it. Without `sync` a power cut may
    leave the old file; for what can be lost. Returns the signature of what was written, which is known before
    anybody else can change it.

    Raises
    ------
    OSError
        If anything fails; then `path` is as it was and no temporary file is left.
    """
    passes("open", path)
    with _temporary(path, ".tmp") as (handle, temporary):
        raw = io.BufferedWriter(_Raw(handle, path), 1 << 20)
        stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        try:
            write_into(stream)
            stream.flush()
        finally:
            # A stream that is only dropped would try to write its rest again, to a closed descriptor.
            with contextlib.suppress(OSError, ValueError):
                stream.detach().detach()
        if sync:
            fsync(handle, path)
        made = signature_of(os.fstat(handle))
        # Between what `check` sees and the rename nobody else may do the same.
        with exclusive(path.parent) if check is not None else contextlib.nullcontext():
            if check is not None:
                check()
            rename(temporary, path)
    if sync:
        sync_folder(path.parent)
    return made


def replace_bytes(path: Path, data: bytes, *, sync: bool = True) -> Signature:
    """Replace the file at `path` by `data`; as `replace_text`."""

    def write_into(stream: TextIO) -> None:
        stream.buffer.write(data)

    return replace_text(path, write_into, sync=sync)


@contextlib.contextmanager
def replacing(path: Path, *, folders: bool = False, sync: bool = True) -> Iterator[Path]:
    """Give the name of a temporary file beside `path` that takes its place once all went well.

    It ends as `path` does, for writers that look at that. Missing folders are made if `folders` is set.
    Permissions as `replace_text`; so is `sync`.

    Raises
    ------
    InputError
        If it can't be written; then `path` is as it was and no temporary file is left.
    """
    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path, path.suffix) as (_, temporary):
            yield temporary
            if sync:
                # Who wrote it may have put another file at its name.
                with temporary.open("rb") as stream:
                    os.fsync(stream.fileno())
            temporary.replace(path)
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror or error})", path=path) from error


@contextlib.contextmanager
def _temporary(path: Path, suffix: str) -> Iterator[tuple[int, Path]]:
    """Give an open new file beside `path`, with the access that the one at `path` has; removed if it is left there."""
    _check_replaceable(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=suffix)
    try:
        try:
            _copy_access(path, handle)
            yield handle, Path(name)
        finally:
            os.close(handle)
    finally:  # after an interrupt too
        with contextlib.suppress(OSError):
            Path(name).unlink()


def _check_replaceable(path: Path) -> None:
    """A folder, a device or a pipe is never replaced by a file. A link is: what it leads to stays as it is."""
    try:
        found = path.lstat()
    except OSError:
        return
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
        raise UnsafeFileError(path, kind_of(found.st_mode))


def remove_stale_temporaries(path: Path) -> None:
    """Remove what a killed `replace_text(path, …)` left in the folder; failing to do so is no error."""
    with contextlib.suppress(OSError):
        for left in path.parent.glob(f".{_literal(path.name)}.*.tmp"):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()


def free_name(path: Path) -> Path:
    """Return `path`, or with "-2", "-3" … before its suffix the first that does not exist."""
    if not os.path.lexists(path):
        return path
    taken = {entry.name for entry in path.parent.iterdir()}
    return path.with_name(unique_name(path.name, taken, lambda number: f"{path.stem}-{number}{path.suffix}"))


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _copy_access(path: Path, handle: int) -> None:
    old: os.stat_result | None = None
    with contextlib.suppress(FileNotFoundError):
        old = path.lstat()
    if old is None or not stat.S_ISREG(old.st_mode):
        os.fchmod(handle, 0o666 & ~_UMASK)
        return
    with contextlib.suppress(OSError):
        os.fchown(handle, -1, old.st_gid)
    with contextlib.suppress(OSError):
        os.fchmod(handle, old.st_mode & 0o777)
