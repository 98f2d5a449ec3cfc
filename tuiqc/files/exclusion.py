"""One process at a time, for a moment, in a folder; and taking a file away without taking somebody else's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PATIENCE = 10.0
_STEP = 0.002

_inside = threading.local()


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Let no other process, and no other thread, be where this one is while the context lasts; for moments.

    By flock(2) of the folder itself, which leaves nothing behind. Where that does not exist (some network folders), or
    the other one does not go on for ten seconds (a stopped process), it is entered all the same: what hangs on
    it must then be found out in another way. May be entered again by who is inside.
    """
    folders: set[Path] = _inside.__dict__.setdefault("folders", set())
    if folder in folders:
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        _wait(handle)
        folders.add(folder)
        yield
    finally:
        folders.discard(folder)
        os.close(handle)  # gives it back


def _wait(handle: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                return
            time.sleep(_STEP)
        except OSError:
            return


def take_away(path: Path, is_it: Callable[[Path], bool], aside: Path | None = None) -> None:
    """Remove the file at `path` if `is_it` says of it, under another name, that it is the one that is meant.

    It is renamed first and looked at then, so that a file that somebody put there in the meantime is seen, and put
    back. Nothing happens if there is none. `aside` is that other name, where it matters.

    Raises
    ------
    OSError
        If it can't be renamed, looked at or put back.
    """
    import secrets

    aside = aside or path.with_name(f".{path.name}.{secrets.token_hex(8)}.gone")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    if is_it(aside):
        aside.unlink(missing_ok=True)
        return
    put_back(aside, path)


def put_back(aside: Path, path: Path) -> None:
    """Give a file that was renamed its name again; where another one is there by now, it goes: its owner sees that."""
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    except OSError:
        aside.rename(path)  # no hard links here
        return
    aside.unlink(missing_ok=True)
