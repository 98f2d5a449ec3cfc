"""Standard input, output and error: there whatever the shell did with them, and in signs that the terminal has.

Long steps show a bar on standard error; short ones show none.

A subcommand ends by a status: all of it done, a part, or nothing.
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import os
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from tuiqc.text import escaped, printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PLAIN = {
    "µ": "u",
    "μ": "u",
    "×": "x",
    "…": "~",
    "–": "-",
    "—": "-",
    "›": ">",
    "·": "-",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "✓": "+",
    "✗": "x",
    "\N{NO-BREAK SPACE}": " ",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}


def open_standard_streams() -> None:
    """Put something in the place of streams that the shell closed (`>&-`).

    Else the next file that is opened gets their number, and Python prints nowhere without a word. What can be written
    nowhere is told: standard output then is a file that takes nothing.
    """
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            handle = os.open(os.devnull, flags)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        _use_signs(stream, os.environ)


def _use_signs(stream: IO[str], environ: Mapping[str, str]) -> None:
    """A sign that can't be written is written in another way: it is no reason to end, nor for mojibake."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    with contextlib.suppress(ValueError, OSError):
        if stream.isatty() and has_c_locale(environ):
            codecs.register_error("tuiqc.plain", plain_signs)
            reconfigure(encoding="ascii", errors="tuiqc.plain")
        else:
            reconfigure(errors="backslashreplace")


def has_c_locale(environ: Mapping[str, str]) -> bool:
    """Whether the locale says that the terminal shows ASCII only. Python itself takes such a locale for UTF-8.

    Where none is set, as in many containers, nothing is known of the terminal, and nearly all show UTF-8.
    """
    named = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    return named in ("C", "POSIX")


def plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Handler of encoding errors: what stands for signs that ASCII has not."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(map(_plain, text)), error.end


def _plain(sign: str) -> str:
    """One character for each sign that has the width of one: frames and columns stay in their places."""
    if sign in _PLAIN:
        return _PLAIN[sign]
    if "\u2500" <= sign <= "\u257f":  # frames
        return "-" if sign in "─━┄┅┈┉╌╍═╴╶╸╺" else "|" if sign in "│┃┆┇┊┋╎╏║╵╷╹╻" else "+"
    if "\u2580" <= sign <= "\u259f":  # blocks
        return "|" if sign in "▌▐▏▎▍▕" else "#"
    if "\u2100" <= sign <= "\u2bff" or "\u2800" <= sign <= "\u28ff":  # arrows, marks and shapes
        return "*"
    return sign.encode("ascii", "backslashreplace").decode()


def drop_output() -> None:
    """What Python would flush at exit has nowhere to go."""
    with contextlib.suppress(OSError, ValueError):
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)


_KEPT = "last_fault.txt"


def keep_traceback(error: BaseException) -> Path | None:
    """Write the traceback into the state folder; returns the file, None where it can't be written."""
    from tuiqc.files import replacing
    from tuiqc.paths import state_dir

    path = state_dir() / _KEPT
    try:
        with replacing(path, folders=True) as temporary:
            temporary.write_text("".join(traceback.format_exception(error)), "utf-8", "backslashreplace")
    except Exception:  # keeping it must not be the next fault
        return None
    return path


_PATIENCE = 0.4
"""Seconds that a step may take before a bar appears."""


class Progress:
    """A bar that appears when a step takes longer than a moment: call it with (done, total).

    Used as a context manager, so that the bar is gone and the cursor is back however the step ends. Without a
    terminal on standard error it shows nothing.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._start = monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` steps are made."""
        if self._bar is None:
            if monotonic() - self._start < _PATIENCE or not sys.stderr.isatty():
                return
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.add_task(self.what, total=total)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done, total=total)


DONE, GATE, FAILED, PARTIAL, UNFORESEEN, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Everything was done; a gate of `check` failed (and nothing else ever); nothing useful was done; a part was; a fault
of the program (EX_SOFTWARE); ctrl+c (128 + SIGINT)."""


def add_strict_option(parser: argparse.ArgumentParser, otherwise: int = PARTIAL) -> None:
    """Add `--strict`, which `ending` reads; `otherwise` is the exit status without it."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help=f"exit status {FAILED}, not {otherwise}, where a part of the input could not be read or written",
    )


def tell(lines: Iterable[str]) -> None:
    """Say something on standard error, each line safe for a terminal."""
    for line in lines:
        print(f"tuiqc: {printable(escaped(line))}", file=sys.stderr)


def ending(missing: Iterable[str], arguments: argparse.Namespace) -> int:
    """Say what is missing; returns the exit status."""
    lines = list(missing)
    tell(lines)
    if not lines:
        return DONE
    return FAILED if getattr(arguments, "strict", False) else PARTIAL
