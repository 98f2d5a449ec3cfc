"""What one file may take of bytes, seconds and counts: asked before it is taken, in one place for every reader.

A few kilobytes may claim a hundred million planes, be a loop, or never end. Readers refuse what is not a regular file
before they open it (`regular_file`), compare what a header claims with what is plausible (`check_count`), and draw on
an `Allowance` while a library walks through a file. What a library does in its own loops, or what may crash it, is
tried in a process of its own that can be ended (`in_child`): only where a cheap look says that it is needed, since
that takes half a second.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from tuiqc.errors import InputError

SECONDS = 20.0
"""Longest that the header of one file is parsed; a movie of 100,000 pages takes 10 s on a slow machine."""

CHILD_SECONDS = 5.0
CHILD_BYTES = 2 << 30
"""What a file may take that is tried in a process of its own; the libraries' code counts as memory too."""

PLANES = 10_000_000
"""Planes (t x z x c) that one image file may claim."""

CHANNELS = 1_024
"""Channels of one image file; hyperspectral cameras have some hundred."""

GROUPS = 10_000
"""Groups and data sets of one HDF5 file that are looked through."""

DEPTH = 64
"""Levels that groups, tables or lists may lie in each other."""

KEY_PARTS = 32
"""Parts of one key of TOML, with dots between them."""

TEXT_BYTES = 64 << 20
"""Largest file of JSON that is read."""

TOML_BYTES = 8 << 20
"""Largest file of settings: a parser takes a second for 1 or 2 MB, and 100,000 names of files are 7 MB."""


class BudgetError(InputError):
    """A file asks for more than one file may take."""


def regular_file(path: Path, expected: str = "a file") -> os.stat_result:
    """Return the status of a file; a pipe or a device, which would block or never end, is refused unopened.

    Raises
    ------
    InputError
        Nothing there, not a regular file, or its status can't be had.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"can't be read ({getattr(error, 'strerror', None) or error})", path=path) from None
    if not stat.S_ISREG(status.st_mode):
        found = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise InputError(found, path=path, expected=expected)
    return status


def check_count(path: Path, found: int, noun: str, most: int) -> None:
    """Refuse a number that a file claims, before anything is made for it.

    Raises
    ------
    BudgetError
        `found` is more than `most`; `noun` (in the plural) says of what.
    """
    if found > most:
        raise BudgetError(
            f"claims {found:,} {noun}",
            path=path,
            expected=f"at most {most:,}",
            hint="the file is damaged, or not what its name says",
        )


def small_text(path: Path, expected: str, most: int = TEXT_BYTES) -> bytes:
    """Read a file of settings or the like as a whole.

    Raises
    ------
    InputError
        As `regular_file`; or larger than `most` bytes.
    """
    status = regular_file(path, expected)
    check_count(path, status.st_size, "bytes", most)
    try:
        with path.open("rb") as file:
            data = file.read(status.st_size + 1)
            if len(data) > status.st_size:  # it has grown
                data += file.read(most + 1)
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror or error})", path=path) from None
    check_count(path, len(data), "bytes", most)
    return data


def check_depth(path: Path, text: str, most: int = DEPTH) -> None:
    """Refuse brackets that lie deeper in each other than parsers recurse well; what stands in quotes may count.

    Raises
    ------
    BudgetError
        More than `most` levels.
    """
    if text.count("[") + text.count("{") <= most:
        return
    depth = 0
    for sign in _BRACKETS.findall(text):
        if sign in "[{":
            depth += 1
            if depth > most:
                check_count(path, depth, "levels of brackets", most)
        elif depth:
            depth -= 1


_BRACKETS = re.compile(r"[\[\]{}]")


def check_toml(path: Path, text: str) -> None:
    """Refuse TOML that nests deeper than `check_depth` allows, or has a key of many parts: `a.a.a.a` is four tables.

    Parsers take time by the square of the parts of a key. Words with dots between them in a text count too.

    Raises
    ------
    BudgetError
        More than `DEPTH` levels or `KEY_PARTS` parts.
    """
    check_depth(path, text)
    for key in _DOTTED.finditer(text):
        if key[0].count(".") >= KEY_PARTS:
            check_count(path, key[0].count(".") + 1, "parts in one key", KEY_PARTS)


# Each word is looked at once, and nothing is given back: the time is that of the text's length.
_DOTTED = re.compile(r"""(?<![\w-])(?>(?>[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){8,}+""")


class Allowance:
    """What is left to one file of seconds, steps and bytes while it is looked through.

    Parameters
    ----------
    path
        The file, for the message.
    seconds, steps, nbytes
        Bounds; None for none.
    """

    def __init__(
        self,
        path: Path,
        *,
        seconds: float | None = SECONDS,
        steps: int | None = None,
        nbytes: int | None = None,
    ) -> None:
        self._path = path
        self._end = None if seconds is None else monotonic() + seconds
        self._seconds, self._steps, self._nbytes = seconds, steps, nbytes
        self._taken, self._read = 0, 0

    def take(self, steps: int = 1, nbytes: int = 0) -> None:
        """Draw on it.

        Raises
        ------
        BudgetError
            Nothing is left.
        """
        self._taken += steps
        self._read += nbytes
        if self._steps is not None:
            check_count(self._path, self._taken, "parts to look at", self._steps)
        if self._nbytes is not None:
            check_count(self._path, self._read, "bytes", self._nbytes)
        if self._end is not None and monotonic() > self._end:
            raise BudgetError(
                f"looking through it did not end within {self._seconds:g} s",
                path=self._path,
                hint="the file is damaged, or has very many parts",
            )


def in_child(work: str, path: Path, *, seconds: float = CHILD_SECONDS, nbytes: int = CHILD_BYTES) -> Any:
    """Call a function on a file in a process of its own, which is ended when it takes too long.

    Parameters
    ----------
    work
        "module:function"; the function takes the path and returns what JSON can hold.
    seconds, nbytes
        Bounds of its time and of the memory that it may ask for.

    Raises
    ------
    InputError
        What the function raised; or it did not end in time, or crashed.
    """
    command = [sys.executable, "-m", "tuiqc.budget", work, os.fspath(path), str(nbytes)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise BudgetError(
            f"reading it did not end within {seconds:g} s",
            path=path,
            hint="it is damaged, or points to what can't be read",
        ) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise BudgetError(
            f"the library that reads it crashed (status {done.returncode})",
            path=path,
            hint="it is damaged, or refers to itself",
        ) from None
    if "found" in answer:
        raise InputError(
            answer["found"], path=answer["path"], expected=answer["expected"], hint=answer["hint"]
        )
    return answer["result"]


def _child(work: str, path: str, nbytes: str) -> None:
    """What `in_child` starts."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (int(nbytes), int(nbytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, _, name = work.partition(":")
    try:
        answer = {"result": getattr(import_module(module), name)(Path(path))}
    except InputError as error:
        answer = {name: getattr(error, name) for name in ("found", "path", "expected", "hint")}
    except Exception as error:
        answer = {"found": f"can't be read ({error})", "path": path, "expected": None, "hint": None}
    print(json.dumps(answer))


if __name__ == "__main__":
    _child(*sys.argv[1:])
