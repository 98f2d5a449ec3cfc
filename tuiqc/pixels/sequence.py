"""One movie or stack in many files: a path with `{t}` and `{z}` in its file name stands for all of them.

`scan_{t}.tif` is every `scan_0.tif`, `scan_001.tif` …; the numbers may have leading zeros and begin anywhere, the
lowest is time point 0. A file that is missing in between is told when its plane is asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MARK = re.compile(r"\{([tz])\}")
_OPEN = 8
"""Files that are kept open: neighbours in time are asked for again."""


def is_sequence(path: Path) -> bool:
    """Whether a path stands for many files."""
    return "{" in path.name and _MARK.search(path.name) is not None


def files_of(path: Path) -> dict[tuple[int, int], Path]:
    """Return the files by their numbers (t, z); 0 for what the name does not have.

    Raises
    ------
    InputError
        The folder can't be listed, or has no such file, or two for the same numbers.
    """
    pieces = _MARK.split(path.name)
    seen: set[str] = set()
    text = ""
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            text += re.escape(piece)
        else:
            text += f"(?P={piece})" if piece in seen else rf"(?P<{piece}>\d+)"
            seen.add(piece)
    match = re.compile(text).fullmatch
    found: dict[tuple[int, int], Path] = {}
    try:
        names = sorted(entry.name for entry in os.scandir(path.parent))
    except OSError as error:
        raise InputError(error.strerror or "can't be listed", path=path.parent) from error
    for name in names:
        if (hit := match(name)) is None:
            continue
        groups = hit.groupdict()
        key = int(groups.get("t", 0)), int(groups.get("z", 0))
        if key in found:
            raise InputError(f"{name} and {found[key].name} have the same numbers", path=path)
        found[key] = path.parent / name
    if not found:
        raise InputError(
            "no such files", path=path, expected="files that differ in a number where {t} or {z} is"
        )
    return found


class SequenceImage(ImageFile):
    """Reads the planes of many files as those of one; every file has the size and type of the first."""

    def __init__(self, path: Path, open_one: Callable[[Path], ImageFile]) -> None:
        self._path, self._open_one = path, open_one
        self._files = files_of(path)
        self._first = tuple(min(key[axis] for key in self._files) for axis in (0, 1))
        self._open: dict[Path, ImageFile] = {}
        self._lock = Lock()
        one = self._file(next(iter(self._files.values()))).info
        sizes = dict(one.sizes)
        marks = set(_MARK.findall(path.name))
        for at, axis in enumerate("tz"):
            if axis not in marks:
                continue
            if sizes[axis] > 1:
                raise InputError(f"each of its files has {sizes[axis]} {axis} of its own", path=path)
            sizes[axis] = max(key[at] for key in self._files) - self._first[at] + 1
        axes = "".join(axis for axis in "tz" if axis in marks) + "".join(
            a for a in one.axes if a not in marks
        )
        self.info = ImageInfo(
            path=path,
            axes=axes,
            sizes=sizes,
            dtype=one.dtype,
            pixel_size_um=one.pixel_size_um,
            partial=one.partial,
            format=f"{len(self._files)} files, {one.format}",
            reduced=one.reduced,
            block=one.block,
        )
        self._marks = marks

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`; opens the one file that has the plane."""
        self.region(t, z, c, window, level)
        key = (
            t + self._first[0] if "t" in self._marks else 0,
            z + self._first[1] if "z" in self._marks else 0,
        )
        path = self._files.get(key)
        if path is None:
            missing = " ".join(f"{axis} {key[at]}" for at, axis in enumerate("tz") if axis in self._marks)
            raise InputError(f"has no file for {missing}", path=self._path)
        file = self._file(path)
        if file.levels != self.levels:
            raise InputError("has another size than the files beside it", path=path)
        inner = {"t": 0 if "t" in self._marks else t, "z": 0 if "z" in self._marks else z}
        return file.read(**inner, c=c, window=window, level=level).astype(self.info.dtype, copy=False)

    def _file(self, path: Path) -> ImageFile:
        with self._lock:
            file = self._open.get(path)
            if file is None:
                while len(self._open) >= _OPEN:
                    self._open.pop(next(iter(self._open))).close()
                file = self._open[path] = self._open_one(path)
            return file

    def close(self) -> None:
        """See `ImageFile.close`."""
        with self._lock:
            for file in self._open.values():
                file.close()
            self._open.clear()
