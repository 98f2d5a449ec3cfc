"""Somebody else has the annotation file: asking in the terminal what to do, before the program starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap

from tuiqc.errors import UsageError
from tuiqc.qc.lock import LockedError
from tuiqc.text import printable


def ask_what_to_do(error: LockedError, annotator: str, ask: Callable[[str], str] = input) -> tuple[str, Path]:
    """Return ("read-only", "own" or "steal") and the file to open then.

    A session that surely runs on this host can't be robbed; of one elsewhere nobody can tell, so the person must say
    that it is gone.

    Raises
    ------
    UsageError
        If the person wants none of it, or can't be asked.
    """
    path, holder = error.path, error.holder
    own = own_file(path, annotator)
    _say(f"{path} is open in a session of {holder.describe()}.")
    _say("open it for reading only", "  r  ")
    _say(f"keep verdicts in a file of your own, {own.name} (tuiqc merge joins them)", "  o  ")
    gone = holder.alive is not True
    if gone:
        _say(
            "take it over: that session is gone (what it still decides then goes to its emergency file)",
            "  t  ",
        )
    _say("quit", "  q  ")
    choices = {"r": ("read-only", path), "o": ("own", own)} | ({"t": ("steal", path)} if gone else {})
    while True:
        try:
            answer = ask("which? ").strip().lower()[:1]
        except (EOFError, KeyboardInterrupt):
            answer = "q"
        if answer in choices:
            return choices[answer]
        if answer == "q":
            raise UsageError(f"{error} The options: --read-only, --annotations FILE, --take-lock") from error
        _say(f"{', '.join(choices)} or q")


def _say(text: str, start: str = "") -> None:
    """Print a sentence in lines that fit."""
    room = max(40, get_terminal_size((80, 24)).columns - 1)
    lines = wrap(printable(text), room - len(start), break_long_words=False, break_on_hyphens=False)
    print("\n".join((start if number == 0 else " " * len(start)) + line for number, line in enumerate(lines)))


def own_file(path: Path, annotator: str) -> Path:
    """Return where somebody keeps verdicts of their own beside a file that is taken: "qc_annotations.ada.csv"."""
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in annotator) or "mine"
    return path.with_name(f"{path.stem}.{name}{path.suffix}")
