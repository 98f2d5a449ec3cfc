"""Lists the files of a folder and tells images, masks and tables apart by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuiqc.dataset.tables.text import SUFFIXES as TABLE_FILES
from tuiqc.dataset.words import MASK_SUFFIXES
from tuiqc.errors import InputError

SEPARATOR = re.compile(r"[_\-. ]+")
_MASK_FOLDER = re.compile(
    r"(?:(.+?)[_\- ])?(masks?|labels?|segmentations?|seg|label[_\- ]?images?|gt|objects)", re.I
)
_IMAGE_FOLDER = re.compile(
    r"images?|raw|img|imgs|intensit(y|ies)|channels?|registration|tifs?", re.IGNORECASE
)
_TABLE_FOLDER = re.compile(r"tables?|measurements?|quantification|results?|features?|csvs?", re.IGNORECASE)
TIME_FOLDER = re.compile(r"TimePoint_(\d+)", re.IGNORECASE)
_OURS = re.compile(r"qc_annotations.*|readme.*|truth\.csv", re.IGNORECASE)


@dataclass(slots=True)
class FoundFile:
    """A file that is an image, a mask or a table (`kind`), with the words of its name without the suffix.

    `layer` is the object layer that its folder names, if any.
    """

    path: Path
    stem: str
    words: tuple[str, ...]
    kind: str
    layer: str = ""


def listed(folder: Path) -> Iterator[FoundFile]:
    """Files of the folder, of its folders of masks, images and tables, or (without images here) of all its folders.

    Where these have none either, they may be plates: then those of the folders in them that are called so.
    """
    top, folders = _entries(folder)
    files = list(classified((path, "") for path in top))
    has_images = any(file.kind != "table" for file in files)
    roles = [(path, kind, layer) for path in folders for kind, layer in [_folder_role(path.name)] if kind]
    if roles and (has_images or any(kind == "image" for _, kind, _ in roles) or len(roles) == len(folders)):
        for path, role, layer in roles:
            inside, below = _entries(path)
            for deeper in below:
                inside += _entries(deeper)[0] if role == "mask" and not inside else []
            for file in classified((item, "") for item in inside):
                if role == "mask" and file.kind == "image":
                    file.kind = "mask"
                file.layer = layer if file.kind == "mask" else ""
                files.append(file)
    elif not has_images:
        for path in folders:
            files += classified((item, path.name + "/") for item in _entries(path)[0])
        if all(file.kind == "table" for file in files):
            files += (file for path in folders for file in _of_plate(path))
    yield from files


def _of_plate(folder: Path) -> Iterator[FoundFile]:
    """Files in the folders that microscopes and pipelines make in that of a plate: Images, TimePoint_1, masks …"""
    for inner in _entries(folder)[1]:
        role, layer = _folder_role(inner.name)
        time = TIME_FOLDER.fullmatch(inner.name)
        if not role and not time:
            continue
        prefix = f"{folder.name}/{inner.name}/" if time else f"{folder.name}/"
        for file in classified((item, prefix) for item in _entries(inner)[0]):
            if role == "mask" and file.kind == "image":
                file.kind, file.layer = "mask", layer
            yield file


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise InputError(error.strerror or "can't be listed", path=folder) from error
    entries.sort(key=lambda entry: entry.name)
    folders = [Path(entry.path) for entry in entries if entry.is_dir()]
    names = {path.name for path in folders}
    return [Path(entry.path) for entry in entries if entry.name not in names], folders


def _folder_role(name: str) -> tuple[str, str]:
    if match := _MASK_FOLDER.fullmatch(name):
        return "mask", match[1] or ""
    if _IMAGE_FOLDER.fullmatch(name):
        return "image", ""
    return ("table", "") if _TABLE_FOLDER.fullmatch(name) else ("", "")


def classified(paths: Iterable[tuple[Path, str]]) -> Iterator[FoundFile]:
    """Yield those of the paths that are images, masks or tables by their names; each comes with a prefix for it."""
    from tuiqc.pixels import SUFFIXES

    images = sorted(SUFFIXES, key=len, reverse=True)
    tables = sorted(TABLE_FILES, key=len, reverse=True)
    for path, prefix in paths:
        low = path.name.casefold()
        if _OURS.fullmatch(low):
            continue
        image_ending = next((suffix for suffix in images if low.endswith(suffix)), "")
        ending = image_ending or next((suffix for suffix in tables if low.endswith(suffix)), "")
        if not ending:
            continue
        kind = "image" if image_ending else "table"
        stem = path.name[: -len(ending)]
        stem = prefix + (stem[:-4] if stem.casefold().endswith(".ome") else stem)
        words = tuple(word for word in SEPARATOR.split(stem) if word)
        if kind == "image" and without_ending(words, MASK_SUFFIXES) is not None:
            kind = "mask"
        yield FoundFile(path, stem, words, kind)


def without_ending(words: tuple[str, ...], suffixes: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The words without a known ending, or None if there is none."""
    low = tuple(word.casefold() for word in words)
    return next((words[: -len(suffix)] for suffix in suffixes if low[-len(suffix) :] == suffix), None)


def casefolded(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words without their case, to be compared."""
    return tuple(word.casefold() for word in words)
