"""A folder of parts: which are there, reading and writing them, and which of them are superseded."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tuiqc.files.atomic import make_folder, replace_bytes
from tuiqc.measured.part_file import KINDS, SUFFIX, Kind, part_about, part_bytes, read_part

if TYPE_CHECKING:
    from tuiqc.measured.image_measurement import ImageMeasurement
    from tuiqc.measured.settings import Settings

_BEGINNING = "part-"
_END = b"PAR1"
_STALE_SECONDS = 600.0


def part_name(digests: Iterable[str]) -> str:
    """Name of the part of the images with these digests: it changes with whatever they were measured from."""
    return _BEGINNING + hashlib.sha256("\0".join(digests).encode()).hexdigest()[:24]


def layer_folder(folder: Path, layer: str) -> Path:
    """Where the parts of an object layer are in a folder of measurements."""
    return folder / (quote(layer, safe=" ") or "_")


class PartFolder:
    """The parts of one kind of one object layer, `<folder>/<layer>/<kind>/part-….parquet`.

    A part that is there under its name is done: it was written beside itself, synced and renamed. What is cut short
    by a disk that failed later is as good as not there.
    """

    def __init__(self, folder: Path, layer: str, kind: Kind) -> None:
        self.kind: Kind = kind
        self.folder = layer_folder(folder, layer) / kind

    def path(self, name: str) -> Path:
        """Where the part of this name is, or would be."""
        return self.folder / f"{name}{SUFFIX}"

    def has(self, name: str) -> bool:
        """Whether the part is there, whole by its ends."""
        try:
            with self.path(name).open("rb") as file:
                if file.read(4) != _END:
                    return False
                file.seek(-4, os.SEEK_END)
                return file.read(4) == _END
        except OSError:
            return False

    def names(self) -> set[str]:
        """Names of all parts that are there."""
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            return {
                entry.name.removesuffix(SUFFIX)
                for entry in entries
                if entry.name.startswith(_BEGINNING) and entry.name.endswith(SUFFIX)
            }
        return set()

    def read(self, name: str) -> list[ImageMeasurement] | None:
        """The measurements of a part; None if it is not there, or damaged."""
        return self.read_at(self.path(name))

    def read_at(self, path: Path) -> list[ImageMeasurement] | None:
        """The same of a file."""
        try:
            return read_part(path, self.kind)
        except (
            Exception
        ):  # whatever parsers of damaged bytes raise: the images are there, and are measured again
            return None

    def write(self, name: str, images: Sequence[ImageMeasurement], settings: Settings) -> int:
        """Write a part; returns its bytes.

        Raises
        ------
        OSError
            It can't be written; then nothing is there.
        """
        data = part_bytes(self.kind, images, settings)
        make_folder(self.folder)
        replace_bytes(self.path(name), data)
        return len(data)

    def remove(self, names: Iterable[str]) -> None:
        """Take parts away, so far as that can be done."""
        for name in names:
            with contextlib.suppress(OSError):
                self.path(name).unlink()

    def digests_elsewhere(self, planned: Collection[str]) -> dict[str, Path]:
        """Images by their digests in parts that are not planned: of one image, or of a batch that had others."""
        found: dict[str, Path] = {}
        for name in sorted(self.names().difference(planned)):
            path = self.path(name)
            with contextlib.suppress(Exception):  # damaged
                found |= {str(entry[0]): path for entry in part_about(path)["images"]}
        return found

    def superseded(self, planned: Collection[str], keys: Collection[str]) -> set[str]:
        """Parts beside the planned ones all of whose images the batch has: it was measured anew since."""
        out = set()
        for name in self.names().difference(planned):
            try:
                entries = part_about(self.path(name))["images"]
            except Exception:  # damaged: nobody can read it
                out.add(name)
                continue
            if all(entry[1] in keys for entry in entries):
                out.add(name)
        return out

    def remove_left_over(self) -> None:
        """Remove what killed processes left half-written; failing to do so is no error."""
        with contextlib.suppress(OSError):
            for left in self.folder.glob(f".{_BEGINNING}*.tmp"):
                if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                    left.unlink()


def part_folders(folder: Path, layer: str) -> dict[Kind, PartFolder]:
    """The folders of objects and of images."""
    return {kind: PartFolder(folder, layer, kind) for kind in KINDS}
