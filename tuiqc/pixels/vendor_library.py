"""The libraries of microscope makers' formats, which are an extra: what is said without them, and around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError

CONVERT = (
    ".oir",
    ".oib",
    ".oif",
    ".vsi",
    ".ims",
    ".dv",
    ".r3d",
    ".stk",
    ".zvi",
    ".mrxs",
    ".vms",
    ".flex",
    ".mvd2",
)
"""Endings of formats that only Bio-Formats reads."""


def conversion(path: Path) -> str:
    """The way to open a file that tuiqc does not read itself."""
    return f"convert it: bioformats2raw {path.name} {path.stem}.zarr, and open that"


def library(name: str, path: Path, kind: str) -> Any:
    """Return the module that reads a file.

    Raises
    ------
    InputError
        It is not installed: says how it is, and the way without.
    """
    if find_spec(name.partition(".")[0]) is None:
        raise InputError(
            f"is {kind}",
            path=path,
            hint=f'install what reads it: pip install "tuiqc[vendor]"; or {conversion(path)}',
        )
    return import_module(name)


@contextmanager
def refused_as(path: Path, kind: str) -> Iterator[None]:
    """Make an error of the file of whatever the library raises.

    Raises
    ------
    InputError
        In place of any other error.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"not {kind} that can be read ({type(error).__name__}: {error})", path=path,
            hint=f"the file is damaged or of a kind that the library does not know; {conversion(path)}",
        ) from None  # fmt: skip


def part_of(names: list[str], number: int, path: Path) -> int:
    """The image of a file that is read.

    Raises
    ------
    InputError
        There is none of this number.
    """
    if not 0 <= number < max(1, len(names)):
        raise InputError(f"has no image {number + 1}", path=path, expected=f"1 to {len(names)}")
    return number
