"""Opening what is written beside data: only a plain file of our own, with one name, and no link to it is followed.

Folders with data are shared. Whoever may write there could put a link with the name of a file that we are about to
write, and have us cut or change what it leads to; or a pipe, and have us wait for ever.

TOML files of settings and options are read so.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import tempfile
from math import isfinite
from pathlib import Path
from typing import Any

from tuiqc.budget import TOML_BYTES, check_toml, small_text
from tuiqc.errors import InputError

_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not be waited for

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a symbolic link",
}


class UnsafeFileError(OSError):
    """There is something that is not written to or read from; `strerror` says what and what to do."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EPERM, f"{path.name} there is {what}: move it away", os.fspath(path))


def kind_of(mode: int) -> str:
    """Return what a file of this mode is: "a plain file", "a symbolic link", "a pipe" …"""
    return _KINDS.get(stat.S_IFMT(mode), "a plain file" if stat.S_ISREG(mode) else "no plain file")


def open_safely(path: Path, flags: int, mode: int = 0o666) -> int:
    """Open a file to write, as `os.open`, if it is plain, ours, and has no other name; returns the descriptor.

    `flags` without O_TRUNC: nothing is changed before it is known what it is. A file that this call makes
    (with O_CREAT) is ours, whatever owner a network folder gives it.

    Raises
    ------
    UnsafeFileError
        If it is a link, no plain file, somebody else's or one with further names.
    OSError
        As `os.open`.
    """
    assert not flags & os.O_TRUNC
    if flags & os.O_CREAT:
        try:
            return os.open(path, flags | _SAFE | os.O_EXCL, mode)
        except FileExistsError:
            if flags & os.O_EXCL:
                raise
    handle = _open(path, flags & ~os.O_CREAT)
    try:
        _check(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    os.set_blocking(handle, True)
    return handle


def read_safely(path: Path, most: int | None = None) -> bytes:
    """Return the bytes of a plain file at `path`, not through a link; of at most `most` bytes.

    Raises
    ------
    UnsafeFileError
        If it is a link, no plain file, or larger.
    OSError
        If it is not there or can't be read.
    """
    handle = _open(path, os.O_RDONLY)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise UnsafeFileError(path, kind_of(found.st_mode))
        if most is not None and found.st_size > most:
            raise UnsafeFileError(path, f"a file of {found.st_size:,} bytes, at most {most:,} are expected")
        os.set_blocking(handle, True)
        with open(handle, "rb", buffering=0, closefd=False) as stream:
            return stream.readall()
    finally:
        os.close(handle)


def read_json(path: Path, most: int = 64 << 20) -> Any:
    """Return what a file of our own holds as JSON; it may have been damaged or changed by somebody.

    Raises
    ------
    OSError
        As `read_safely`.
    ValueError
        It is not JSON, lies too deep in brackets, or has a number that is none.
    """
    try:
        return json.loads(read_safely(path, most), parse_float=_finite, parse_constant=_finite)
    except RecursionError as error:
        raise ValueError("too many brackets in each other") from error


def _finite(text: str) -> float:
    """No number that is written anywhere is infinite, and none that is read may become a whole one by surprise."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no number here")
    return number


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | _SAFE)
    except OSError as error:
        # ELOOP of a link; ENXIO of a pipe or socket that nobody has open; EISDIR of a folder to be written.
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EISDIR):
            raise UnsafeFileError(path, _found_at(path)) from error
        raise


def _found_at(path: Path) -> str:
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return f"a symbolic link to {path.readlink()}"
    except OSError:
        return "no plain file"
    return kind_of(found.st_mode)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnsafeFileError(path, kind_of(found.st_mode))
    if found.st_nlink > 1:
        raise UnsafeFileError(path, "a file that has another name too (a hard link)")
    if found.st_uid != os.geteuid() and found.st_uid != _owner_here(path.parent):
        raise UnsafeFileError(path, f"a file of another user ({_user(found.st_uid)})")


def _owner_here(folder: Path) -> int:
    """Whom the files that we make here belong to: network folders may give them to somebody else."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            return os.fstat(probe.fileno()).st_uid
    except OSError:
        return os.geteuid()


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"number {number}"


def read_toml(path: Path, *, optional: bool = False, errors: str = "strict") -> dict[str, Any]:
    """Read a TOML file, with or without a byte order mark; an `optional` one that is not there is empty.

    Parameters
    ----------
    errors
        What to do with bytes that are no UTF-8, as in `bytes.decode`: names of files may hold some.

    Raises
    ------
    InputError
        If it can't be read, is not a plain file of bounded size and depth, or is not TOML.
    """
    if optional and not path.exists():
        return {}
    import tomllib

    data = small_text(path, "settings as TOML", TOML_BYTES)
    try:
        text = data.decode("utf-8-sig", errors).replace("\r\n", "\n")
        check_toml(path, text)
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not TOML ({error})", path=path) from error
