"""Where the annotations of a batch are kept."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tuiqc.errors import InputError, UsageError
from tuiqc.qc.journal import journal_path
from tuiqc.text import printable

DEFAULT_NAME = "qc_annotations.csv"


def annotations_path(asked: Path | None, data_dir: Path) -> tuple[Path, str | None]:
    """Return the CSV to write annotations to, and a sentence to tell the user when it is not the usual one.

    `asked` is what ``--annotations`` gave: a file, or a folder to put ``qc_annotations.csv`` into. Without it
    the file goes beside the data, or into the working directory if that can't be written. Whether it can is
    tried out (with a file that is removed at once), since permissions alone don't tell on network folders.

    Raises
    ------
    UsageError
        If `asked` can't be written to, or neither default place can.
    InputError
        If the folder of `asked` does not exist.
    """
    if asked is not None:
        path = asked.expanduser()
        path = path / DEFAULT_NAME if path.is_dir() else path
        if not path.parent.is_dir():
            raise InputError(
                "no such folder", path=path.parent, hint="make it, or name another --annotations file"
            )
        refusal = _refusal(path)
        if refusal:
            raise UsageError(
                printable(f"{path} can't be written ({refusal}). Name another --annotations file.")
            )
        return path, None
    usual, here = data_dir / DEFAULT_NAME, Path.cwd() / DEFAULT_NAME
    refusal = _refusal(usual)
    if refusal is None:
        return usual, None
    same = os.path.realpath(usual) == os.path.realpath(here)
    if same or _refusal(here) is not None:
        nor = "" if same else f", nor can {here}"
        raise UsageError(
            printable(f"{usual} can't be written ({refusal}){nor}. Name a file with --annotations.")
        )
    told = f"{usual} can't be written ({refusal}): the verdicts go to {here}."
    if usual.exists():
        told += f" Those in {usual} are not shown: copy it and name the copy with --annotations to go on."
    return here, printable(told)


def existing_annotations(asked: Path | None, data_dir: Path) -> Path | None:
    """Return the annotation CSV that is there to be read, or None; nothing is tried or written.

    A file counts when it or its journal exists: the one asked for, else the one beside the data, else the
    one in the working directory.

    Raises
    ------
    InputError
        If a file was asked for and is not there.
    """
    if asked is not None:
        path = asked.expanduser()
        path = path / DEFAULT_NAME if path.is_dir() else path
        if not _is_there(path):
            raise InputError("no such file", path=path, expected="an annotation CSV of tuiqc")
        return path
    places = (data_dir / DEFAULT_NAME, Path.cwd() / DEFAULT_NAME)
    return next((path for path in places if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    return path.is_file() or journal_path(path).is_file()


def _refusal(path: Path) -> str | None:
    """Return why the CSV at `path` can't be replaced, or None if it can."""
    target = Path(os.path.realpath(path))
    if target.exists() and not os.access(target, os.W_OK):
        return "the file is read-only"
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            return None
    except OSError as error:
        return error.strerror or "no permission"
