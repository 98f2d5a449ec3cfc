"""A disk that refuses, for tests and benchmarks: errors and half-done writes at random or on demand.

Nothing of the program imports this; a test installs it under `tuiqc.files.atomic`:

>>> from tuiqc.qc.faults import Faults
>>> faults = Faults(seed=1, rate=0.2, operations=("write", "fsync"))
>>> with faults:
...     pass  # record verdicts
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tuiqc.files.atomic import set_fault

OPERATIONS = ("open", "write", "fsync", "truncate", "rename", "link")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.ESTALE)


class Faults:
    """Makes operations below a folder fail while the context lasts.

    Parameters
    ----------
    seed, rate
        Each matching operation fails with probability `rate`, drawn from `seed`.
    operations, errors
        What fails, and the error numbers to choose from.
    folder
        Only paths below this folder fail; None for all (the emergency folder too).

    Attributes
    ----------
    refused
        How many operations were made to fail or to write a part only.
    """

    def __init__(
        self,
        seed: int = 0,
        rate: float = 1.0,
        operations: Iterable[str] = OPERATIONS,
        errors: Iterable[int] = ERRORS,
        folder: Path | None = None,
    ) -> None:
        self._draw = random.Random(seed)
        self.rate = rate
        self.operations, self.errors = frozenset(operations), tuple(errors)
        self.folder = folder
        self.refused = 0

    def __call__(self, operation: str, path: Path, size: int) -> int:
        """Raise an OSError, or return how many of `size` bytes may be written."""
        if operation not in self.operations or self._draw.random() >= self.rate:
            return size
        if self.folder is not None and not path.is_relative_to(self.folder):
            return size
        self.refused += 1
        if operation == "write" and size > 1 and self._draw.random() < 0.5:
            # A full disk takes a part first; the next call fails.
            return self._draw.randrange(1, size)
        number = self._draw.choice(self.errors)
        raise OSError(number, os.strerror(number), str(path))

    def __enter__(self) -> Self:
        set_fault(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        set_fault(None)
