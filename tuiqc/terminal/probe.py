"""Asks the terminal what it can show: once, before anything else reads from it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TextIO

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import Capabilities, Replies, TmuxFacts, plausible_cell
from tuiqc.terminal.emulators import perhaps_sixel
from tuiqc.terminal.protocol_choice import choose, multiplexer_of

_KITTY_QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"

QUESTIONS_IN_TMUX = b"".join(
    (
        b"\x1b[16t",  # cell size in pixels
        b"\x1b[14t",  # text area in pixels
        b"\x1b[?1;1;0S",  # sixel colour registers
        b"\x1b[?2;1;0S",  # largest sixel picture
        b"\x1b[?2026$p",  # synchronized output?
        b"\x1b[>q",  # name and version
        b"\x1b[c",  # device attributes: every terminal answers, and it answers in order
    )
)
"""tmux and GNU screen take what the kitty query is put in (APC) for the pane's title, and would keep it as that."""

QUESTIONS = _KITTY_QUESTION + QUESTIONS_IN_TMUX
"""All in one write. Once the last is answered, the others have been or never will be."""

_KITTY = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_VERSION = re.compile(rb"\x1bP>\|([^\x1b\x07\x9c]{0,200})(?:\x1b\\|\x07|\x9c)")
_CELL = re.compile(rb"\x1b\[6;(\d{1,5});(\d{1,5})t")
_AREA = re.compile(rb"\x1b\[4;(\d{1,5});(\d{1,5})t")
_REGISTERS = re.compile(rb"\x1b\[\?1;0;(\d{1,7})S")
_SIXEL_MAX = re.compile(rb"\x1b\[\?2;0;(\d{1,6});(\d{1,6})S")
_MODE = re.compile(rb"\x1b\[\?2026;([0-4])\$y")
_ATTRIBUTES = re.compile(rb"\x1b\[\?(\d{1,5}(?:;\d{0,5}){0,40})c")  # kitty: "?62;c"


def is_complete(received: bytes) -> bool:
    """Whether the answer to the last question is there."""
    return _ATTRIBUTES.search(received) is not None


def parse(received: bytes, known: Replies | None = None) -> Replies:
    """Read whatever answers are in `received`, in any order and with anything else between them.

    `known` gives the fields that do not come from answers. Answers that say "not supported" count as none.
    """
    version = _VERSION.search(received)
    kitty = _KITTY.search(received)
    mode = _MODE.search(received)
    registers = _number(_REGISTERS, received)
    attributes = _ATTRIBUTES.search(received)
    return replace(
        known or Replies(),
        attributes=tuple(int(part) for part in attributes[1].split(b";") if part) if attributes else None,
        kitty_ok=kitty is not None and kitty[1].strip() == b"OK",
        version=version[1].decode("utf-8", "replace").strip() if version else "",
        cell=_size(_CELL, received, height_first=True),
        text_area=_size(_AREA, received, height_first=True),
        registers=registers if registers and registers >= 2 else None,
        sixel_max=_size(_SIXEL_MAX, received, height_first=False),
        synchronized=mode is not None and mode[1] in b"123",
    )


def _number(pattern: re.Pattern[bytes], received: bytes) -> int | None:
    found = pattern.search(received)
    return int(found[1]) if found else None


def _size(pattern: re.Pattern[bytes], received: bytes, *, height_first: bool) -> tuple[int, int] | None:
    """(width, height) if both are above zero."""
    found = pattern.search(received)
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    if not first or not second:
        return None
    return (second, first) if height_first else (first, second)


TIMEOUT = 2.0
"""Seconds to wait for the last answer. Every terminal answers, so only a mute one costs them."""
TIMEOUT_SSH = 5.0
_LOCAL = 0.2
"""Seconds that a terminal may take to answer beyond the way there and back."""
_DRAIN_QUIET = 0.1
_DRAIN_LONGEST = 1.0
_MOST_BYTES = 65_536
_UNASKABLE = ("dumb", "linux")


def probe(
    forced: str = "auto",
    timeout: float | None = None,
    *,
    input_fd: int | None = None,
    output_fd: int | None = None,
    environ: Mapping[str, str] | None = None,
    setting: str = "auto",
) -> Capabilities:
    """Ask the terminal and choose how to draw on it.

    Nothing is asked unless both ends are terminals and this process is in the foreground. The settings of the
    terminal are restored in every case. A terminal that is too slow is listened to a little longer and what
    it says then is dropped, so that it does not arrive as typed keys.

    Parameters
    ----------
    forced
        One of `capabilities.CHOICES`; `TUIQC_GRAPHICS` counts where this is "auto".
    timeout
        Seconds to wait for the last answer; by default 2, over SSH 5.
    input_fd, output_fd, environ
        Instead of standard input and output and the environment of the process.
    setting
        As `forced`, of the settings file: it counts where nothing else asks for something.

    Raises
    ------
    UsageError
        `forced` or `TUIQC_GRAPHICS` is no known choice. Nothing else is raised for any terminal.
    """
    environ = os.environ if environ is None else environ
    choose(Replies(), environ, forced, setting)  # a wrong wish is told before the terminal is touched
    source = _fd(sys.__stdin__) if input_fd is None else input_fd
    target = _fd(sys.__stdout__) if output_fd is None else output_fd
    known = Replies(screen=_screen(target))
    if not _can_be_asked(source, target, environ):
        return choose(known, environ, forced, setting)
    if timeout is None:
        timeout = TIMEOUT_SSH if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY") else TIMEOUT
    replies = Replies(asked=True, screen=known.screen)
    with contextlib.suppress(OSError, termios.error), _raw(source):
        received, elapsed = _ask(source, target, _questions(environ), timeout)
        replies = replace(parse(received, replies), round_trip_ms=elapsed)
        if elapsed is not None and multiplexer_of(replies, environ) == "tmux":
            facts, wait = tmux.ask_server(environ), 2 * elapsed / 1e3 + _LOCAL
            if facts is None:
                facts = _ask_through(source, target, wait)
            elif facts.passthrough and perhaps_sixel(facts.client):
                outside = _ask_through(source, target, wait)
                facts = replace(facts, outer_sixel=outside.sixel if outside is not None else None)
            replies = replace(replies, tmux=facts)
    return choose(replies, environ, forced, setting)


def cell_size(fd: int) -> tuple[int, int] | None:
    """Cell (width, height) in pixels as the kernel knows it now, for resizes; None if it knows no pixels."""
    screen = _screen(fd)
    if screen is None or not screen[0] or not screen[1]:
        return None
    size = (screen[2] // screen[0], screen[3] // screen[1])
    return size if plausible_cell(size) else None


def _fd(stream: TextIO | None) -> int:
    try:
        return stream.fileno() if stream is not None else -1
    except (OSError, ValueError):
        return -1


def _screen(fd: int) -> tuple[int, int, int, int] | None:
    """(columns, rows, width, height) of a terminal, pixels 0 where nobody told the kernel."""
    try:
        packed = fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", packed)
    return columns, rows, width, height


def _can_be_asked(source: int, target: int, environ: Mapping[str, str]) -> bool:
    if environ.get("TERM", "") in _UNASKABLE or source < 0 or target < 0:
        return False
    try:
        if not (os.isatty(source) and os.isatty(target)):
            return False
        return os.tcgetpgrp(source) == os.getpgrp()
    except OSError:
        # Not the controlling terminal of this process: nobody can stop us for reading it.
        return os.isatty(source) and os.isatty(target)


@contextlib.contextmanager
def _raw(fd: int) -> Iterator[None]:
    """No echo, no line buffering; ctrl+c still interrupts. Keys typed meanwhile are not thrown away."""
    before = termios.tcgetattr(fd)
    during = termios.tcgetattr(fd)
    during[3] &= ~(termios.ECHO | termios.ICANON)
    during[6][termios.VMIN], during[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, during)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _questions(environ: Mapping[str, str]) -> bytes:
    inside = (
        environ.get("TMUX") or environ.get("STY") or environ.get("TERM", "").startswith(("tmux", "screen"))
    )
    return QUESTIONS_IN_TMUX if inside else QUESTIONS


def _ask_through(source: int, target: int, timeout: float) -> TmuxFacts | None:
    """Ask the terminal outside of a tmux that is elsewhere."""
    return tmux.facts_through(parse(_ask(source, target, tmux.OUTSIDE_QUESTIONS, timeout)[0]))


def _ask(source: int, target: int, questions: bytes, timeout: float) -> tuple[bytes, float | None]:
    """Write the questions, read until the last answer; (what came in time, its milliseconds or None)."""
    started = time.monotonic()
    _write(target, questions)
    received, elapsed = b"", None
    while (left := started + timeout - time.monotonic()) > 0 and len(received) < _MOST_BYTES:
        if not select.select([source], [], [], left)[0]:
            break
        piece = os.read(source, 4096)
        if not piece:
            break
        received += piece
        if is_complete(received):
            elapsed = (time.monotonic() - started) * 1e3
            break
    if elapsed is None:
        _drain(source)
    _write(target, b"\r\x1b[K")  # a terminal that does not know APC strings has printed one
    return received, elapsed


def _drain(fd: int) -> None:
    """Read and drop until nothing has come for 100 ms, for a second at most."""
    end = time.monotonic() + _DRAIN_LONGEST
    while time.monotonic() < end and select.select([fd], [], [], _DRAIN_QUIET)[0]:
        if not os.read(fd, 4096):
            return


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
