"""Leaving a terminal as it was found: answers that are still on their way must not be typed into the shell."""

from __future__ import annotations

import contextlib
import os
import select
import termios
from collections.abc import Iterator
from time import monotonic

from tuiqc.terminal.emulators import parse_version

CLEAR = "\x1b[m\x1b[H\x1b[2J"
"""Usual colours, the cursor at the top left, and nothing on the screen (SGR, CUP, ED; ECMA-48)."""


def below_all(terminal: str, before: tuple[int, int], after: tuple[int, int]) -> str:
    """Codes that put the cursor below the shell's lines, where the terminal would put it onto them; "" where not.

    kitty wraps the shell's lines anew when it is resized, but gives the cursor back in the row it had before.

    Parameters
    ----------
    terminal
        Name and version, as `Capabilities.terminal`.
    before, after
        Columns and rows when the program took the screen and when it gave it back.
    """
    return "\x1b[999;1H\n" if before != after and parse_version(terminal)[0] == "kitty" else ""


def screen_size() -> tuple[int, int]:
    """Columns and rows of the terminal at standard output; (0, 0) where there is none."""
    try:
        columns, rows = os.get_terminal_size(1)
    except (OSError, ValueError):
        return 0, 0
    return columns, rows


def drain(fd: int, longest: float, quiet: float = 0.1, answers: int = 1) -> bytes:
    """Read and drop what arrives, without echo, until nothing has come for `quiet` seconds, for `longest` at most.

    So many `answers` (cursor position reports) are waited for, however long it is quiet before them.
    Returns what was dropped. Does nothing where `fd` is no terminal; its settings are as before then.
    """
    dropped = b""
    with contextlib.suppress(OSError, termios.error):
        before = termios.tcgetattr(fd)
        silent = termios.tcgetattr(fd)
        silent[3] &= ~(termios.ECHO | termios.ICANON)
        silent[6][termios.VMIN], silent[6][termios.VTIME] = 1, 0
        try:
            termios.tcsetattr(fd, termios.TCSANOW, silent)
            end = monotonic() + longest
            wait = longest
            while (left := end - monotonic()) > 0 and select.select([fd], [], [], min(left, wait))[0]:
                piece = os.read(fd, 4096)
                if not piece:
                    break
                dropped += piece
                if dropped.count(b"R") >= answers:
                    wait = quiet  # they may take their time, the rest follows at once
        finally:
            termios.tcsetattr(fd, termios.TCSANOW, before)
    return dropped


@contextlib.contextmanager
def without_echo(fd: int) -> Iterator[None]:
    """What arrives is not shown, from before the program takes the terminal until all its answers are drained.

    A full-screen program puts back the settings that it found, so an answer that comes late would be echoed before
    anybody could read it. Does nothing where `fd` is no terminal.
    """
    try:
        before = termios.tcgetattr(fd)
        silent = termios.tcgetattr(fd)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(fd, termios.TCSANOW, silent)
    except (OSError, termios.error):
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(fd, termios.TCSANOW, before)
