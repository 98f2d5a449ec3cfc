"""What the tests have done in a process of its own."""

from __future__ import annotations

import time
from pathlib import Path

from tuiqc.errors import InputError


def sleeps(path: Path) -> None:
    time.sleep(60)


def gives(path: Path) -> str:
    return path.name


def raises(path: Path) -> None:
    raise InputError("nothing to see", path=path, hint="look elsewhere")


def eats(path: Path) -> int:
    return len(bytearray(1 << 33))
