"""Names of files that are made from names of layers, images and inputs: safe, and no two the same."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# What a path, a shell or another operating system would act on; other signs stay, letters of any script too.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_LONGEST = 200
"""Bytes: file systems take 255, and a temporary file needs some beside it."""


def safe_name(text: str) -> str:
    """Return `text` as one part of a path that leads nowhere else: no separators, not hidden, not empty."""
    name = _UNSAFE.sub("_", text).strip(" ").lstrip(".").rstrip(". ")
    while len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        stem, dot, suffix = name.rpartition(".")
        name = stem[:-1] + dot + suffix if dot and len(suffix) < 10 and stem else name[:-1]
    return name or "_"


class OutputNames:
    """Gives each file that is written a name below the output that no other one has, whatever the case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, *candidates: str) -> str:
        """Return the first of some relative paths that is free, else the last with "-2", "-3" … before its suffix.

        Each part is made safe; "." and ".." are no parts.
        """
        paths = [
            PurePosixPath(*(safe_name(part) for part in text.split("/") if part not in ("", ".", "..")))
            for text in candidates
        ]
        number = 1
        while True:
            for path in paths if number == 1 else paths[-1:]:
                named = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
                if str(named).casefold() not in self._taken:
                    self._taken.add(str(named).casefold())
                    return str(named)
            number += 1
