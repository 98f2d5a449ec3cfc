"""Finds files that a table names by paths of another computer."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

from tuiqc.names import name_key

_MAX_FOLDERS = 2000  # of the search below the data root: a wrong root must not cost minutes
_TIFF = {".tif": ".tiff", ".tiff": ".tif"}


class FileFinder:
    """Looks for files below `roots`, listing every folder at most once.

    For `/data/plate1/A01.tif` and a root it tries `root/data/plate1/A01.tif`, `root/plate1/A01.tif`,
    `root/A01.tif`: the longest part of the path that exists. `\\` is a separator too, `.tif` and `.tiff`
    stand for each other; where the exact name is not there, case, how accents are composed and the escapes of web
    addresses (`%20`) do not matter. Only then the folders below the roots are searched.

    Names in `ambiguous` (casefolded) stand for different files in different folders: for those the last
    folder has to be the same too, since the file of another image is worse than none.
    """

    def __init__(self, roots: Sequence[Path], ambiguous: Collection[str] = ()) -> None:
        self._ambiguous = frozenset(ambiguous)
        self._roots = list(dict.fromkeys(roots))
        self._listings: dict[Path, tuple[set[str], dict[str, list[str]]]] = {}
        self._index: dict[str, list[Path]] | None = None

    def find(self, folder: str, name: str) -> Path | None:
        """Return the file `name` (maybe with folders) that was in `folder` on the other computer, or None."""
        if not _parts(name):
            return None  # such as "/"
        parts = _parts(folder) + _parts(name)
        needed = min(2 if parts[-1].casefold() in self._ambiguous else 1, len(parts))
        for root in self._roots:
            for start in range(len(parts) - needed + 1):
                if (found := self._at(root, parts[start:])) is not None:
                    return found
        written = Path(folder) / name
        if written.is_absolute() and (found := self._at(Path("/"), list(written.parts[1:]))) is not None:
            return found
        return self._search(parts, needed)

    def _at(self, root: Path, parts: Sequence[str]) -> Path | None:
        for part in parts[:-1]:
            if part == "..":
                root = root.parent
                continue
            actual = self._named(root, part)
            if actual is None:
                return None
            root /= actual
        actual = self._named(root, parts[-1])
        return root / actual if actual is not None else None

    def _named(self, folder: Path, name: str) -> str | None:
        exact, folded = self._listing(folder)
        for candidate in _spellings(name):
            found = [candidate] if candidate in exact else folded.get(_folded(candidate), [])
            if len(found) == 1:
                return found[0]
        return None

    def _listing(self, folder: Path) -> tuple[set[str], dict[str, list[str]]]:
        """Names in a folder, and those that mean the same by what they have in common."""
        known = self._listings.get(folder)
        if known is None:
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths
            except OSError:
                names = []
            folded: dict[str, list[str]] = {}
            for name in names:
                folded.setdefault(_folded(name), []).append(name)
            known = set(names), folded
            self._listings[folder] = known
        return known

    def _search(self, parts: Sequence[str], needed: int) -> Path | None:
        """The file of this name below a root that shares most of the path; None if several share as much."""
        if self._index is None:
            self._index = {}
            for root in self._roots:
                for number, (folder, folders, names) in enumerate(os.walk(root)):
                    if number > _MAX_FOLDERS:
                        break
                    folders[:] = sorted(name for name in folders if not name.startswith("."))
                    for name in names:
                        self._index.setdefault(_folded(name), []).append(Path(folder) / name)
        for spelling in _spellings(parts[-1]):
            found = list(dict.fromkeys(self._index.get(_folded(spelling), ())))
            found = [path for path in found if path.name == spelling] or found
            if found:
                shared = [_shared_end(path.parts, parts) for path in found]
                best = max(shared)
                unique = shared.count(best) == 1 and best >= needed
                return found[shared.index(best)] if unique else None
        return None


def _parts(text: str) -> list[str]:
    """Parts of a path of any system; a drive letter and empty parts are left out."""
    if text.startswith("file:"):
        text = text[5:]
    return [
        part
        for part in re.split(r"[\\/]+", text)
        if part not in ("", ".") and not re.fullmatch(r"[A-Za-z]:", part)
    ]


def _spellings(name: str) -> list[str]:
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name of another system
    other = _TIFF.get(suffix.casefold())
    return [name] if other is None else [name, stem + other]


@lru_cache(1 << 14)
def _folded(name: str) -> str:
    """What spellings of a file's name have in common; a number in it is not the same as one with more zeros."""
    return name_key(name, zeros=True)


def _shared_end(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two paths share at their ends; the file names are known to be the same."""
    count = 1
    for left, right in zip(reversed(one[:-1]), reversed(other[:-1]), strict=False):
        if _folded(left) != _folded(right):
            break
        count += 1
    return count
