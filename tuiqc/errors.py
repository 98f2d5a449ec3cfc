"""Errors that a user can cause; each is shown as one message and ends the program with status 2."""

from __future__ import annotations

from os import PathLike, fspath

from tuiqc.text import escaped, printable, shown_path

_LONGEST = 1_000
"""Characters of what was found: a library may quote all of a damaged file."""


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def why(error: OSError) -> str:
    """Return the reason of an operating system error without its number and file names."""
    return error.strerror or str(error)


class TuiqcError(Exception):
    """Base of all errors that are shown to the user as a message, never as a traceback."""

    exit_status = 2


class UsageError(TuiqcError):
    """The command line asks for something that can't be done."""


class InputError(TuiqcError):
    """A file can't be used: names the file, what was found, what was expected and what to do.

    Parameters
    ----------
    found
        What is there, as a phrase ("3 columns", "no such file").
    path
        The file that it is about.
    expected
        What should have been there.
    hint
        What the user can do.
    """

    def __init__(
        self,
        found: str,
        *,
        path: str | PathLike[str] | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        found = _bounded(found)
        self.found, self.expected, self.hint = found, expected, hint
        self.path = None if path is None else shown_path(fspath(path))
        text = found if self.path is None else f"{self.path}: {found}"
        if expected:
            text += f"; expected {expected}"
        if hint:
            text += f". {hint[:1].upper()}{hint[1:]}"
        super().__init__(printable(escaped(text)))
