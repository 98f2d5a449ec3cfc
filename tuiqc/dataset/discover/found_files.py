"""Lists the files of a folder and tells images, masks and tables apart by their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from shlex import quote

from tuiqc.dataset.picture_mark import is_marked
from tuiqc.dataset.tables.text_file import SUFFIXES as TABLE_FILES
from tuiqc.dataset.words import (
    CELLPOSE_PICTURES,
    LAYER_SUFFIXES,
    MAP_SUFFIXES,
    MASK_PREFIXES,
    MASK_SUFFIXES,
    POLYGON_SUFFIXES,
    TABLE_SUFFIXES,
)
from tuiqc.errors import InputError
from tuiqc.names import name_key
from tuiqc.pixels.polygons import polygon_file
from tuiqc.pixels.vendor_library import CONVERT, conversion

SEPARATOR = re.compile(
    r"[_\-. ]+|(?=%20)"
)  # a blank of a web address stays with its word, as another spelling
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TOOL = r"deepcell|mesmer|cellpose|omnipose|stardist|instanseg|ilastik"
_MASK_FOLDER = re.compile(
    r"(?:(?P<before>.+?)[_\- ])?(?:masks?|labels?|segmentations?|seg|label[_\- ]?images?|gt|objects)"
    rf"|(?:masks?|labels?|segmentations?)[_\- ](?P<after>.+)|(?:{_TOOL})(?:[_\- ](?:outputs?|results?))?",
    re.IGNORECASE,
)
_IMAGE_FOLDER = re.compile(
    r"images?(?:[_\- ]data)?|raw|img|imgs|intensit(y|ies)|channels?|registration|tifs?", re.IGNORECASE
)
_TABLE_FOLDER = re.compile(r"tables?|measurements?|quantification|results?|features?|csvs?", re.IGNORECASE)
TIME_FOLDER = re.compile(r"TimePoint_(\d+)", re.IGNORECASE)
_OURS = re.compile(r"qc_annotations.*|readme.*|truth\.csv", re.IGNORECASE)
_OF_THE_SYSTEM = re.compile(
    r"thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|__macosx|@eadir|#recycle|#snapshot", re.I
)
_MOST_LOOKED_INTO = 1000  # PNG files of a folder that are opened for tuiqc's mark: no more, on a slow disk


class Endings:
    """Endings of names, in words without case; of several that fit the first counts.

    They are looked up by their last word: nearly every name of thousands ends with none of them.
    """

    __slots__ = ("_by_last",)

    def __init__(self, suffixes: Iterable[tuple[str, ...]]) -> None:
        self._by_last: dict[str, list[tuple[str, ...]]] = {}
        for suffix in suffixes:
            self._by_last.setdefault(suffix[-1], []).append(suffix)

    def cut(self, words: tuple[str, ...]) -> tuple[str, ...] | None:
        """The words without their ending, or None if there is none."""
        found = self._by_last.get(words[-1].casefold(), ()) if words else ()
        for suffix in found:
            if casefolded(words[-len(suffix) :]) == suffix:
                return words[: -len(suffix)]
        return None


MASK_ENDINGS, MAP_ENDINGS, TABLE_ENDINGS = map(Endings, (MASK_SUFFIXES, MAP_SUFFIXES, TABLE_SUFFIXES))
_POLYGON_ENDINGS = Endings(POLYGON_SUFFIXES)
_MAYBE_POLYGONS = (
    ".geojson.gz", ".geojson", ".json.gz", ".json", ".geoparquet", ".parquet", ".csv.gz", ".csv", ".roi", ".zip",
)  # fmt: skip
_MASKS_OR_LAYERS = Endings((*MASK_SUFFIXES, *LAYER_SUFFIXES))
_FIRST_OF_MASKS = frozenset(prefix[0] for prefix in MASK_PREFIXES)
_BESIDE_CELLPOSE = tuple(f" {what}" for what in CELLPOSE_PICTURES)
_ARRAYS = (".npy", ".npz")
"""Files of NumPy's may be anything; only what is called a mask is taken for one."""
_OF_CELLPOSE = (" cp output", *(f" {what} cp masks" for what in CELLPOSE_PICTURES))
_LAST_OF_CELLPOSE = frozenset(ending.rpartition(" ")[2] for ending in (*_OF_CELLPOSE, "cp outlines"))


class _FileSuffixes:
    """Suffixes of file names; they are looked up by their last part, for a folder may have 100,000 names."""

    __slots__ = ("_by_last",)

    def __init__(self, suffixes: Iterable[str]) -> None:
        self._by_last: dict[str, list[str]] = {}
        for suffix in sorted(suffixes, key=len, reverse=True):
            self._by_last.setdefault(suffix[suffix.rindex(".") :], []).append(suffix)

    def of(self, low: str) -> str:
        """The longest suffix that a name without case ends with, "" if none."""
        dot = low.rfind(".")
        found = self._by_last.get(low[dot:], ()) if dot >= 0 else ()
        for suffix in found:
            if low.endswith(suffix):
                return suffix
        return ""


@dataclass(slots=True)
class FoundFile:
    """A file by its name: an image, a mask or a table (`kind`), with the words of its name without the suffix.

    `layer` is the object layer that its folder names, if any; `place` the words of the folder of its own that a
    mask lies in. Of `kind` "other" are files that are none of these, with the reason in `why`. Masks that are
    `polygons` stand behind those of pixels.
    """

    path: Path
    stem: str
    words: tuple[str, ...]
    kind: str
    layer: str = ""
    place: tuple[str, ...] = ()
    why: str = ""
    polygons: bool = False


def listed(folder: Path) -> list[FoundFile]:
    """Files of the folder, of its folders of masks, images and tables, or (without images here) of all its folders.

    Where these have none either, they may be plates: then those of the folders in them that are called so.

    Raises
    ------
    InputError
        The folder can't be listed.
    """
    top, folders = _entries(folder)
    files = list(classified((path, "") for path in top))
    has_images = any(file.kind in ("image", "mask") for file in files)
    roles = [(path, kind, layer) for path in folders for kind, layer in [_folder_role(path.name)] if kind]
    if roles and (has_images or any(kind == "image" for _, kind, _ in roles) or len(roles) == len(folders)):
        for path, role, layer in roles:
            files += _of_role(path, role, layer)
        unseen = set(folders) - {path for path, _, _ in roles}
    elif not has_images:
        unseen = set()
        for path in folders:
            files += classified((item, path.name + "/") for item in _entries(path)[0])
        if all(file.kind in ("table", "other") for file in files):
            files += (file for path in folders for file in _of_plate(path))
    else:
        unseen = set(folders)
    files += (_other(path, "a pipe, socket or device and no file") for path in _no_files(folder))
    files += (
        _other(path, "folders are looked into by their names, such as images or masks")
        for path in sorted(unseen)
    )
    return told_apart(files)


def _no_files(folder: Path) -> Iterator[Path]:
    """What is neither file nor folder; `_entries` has looked at the folder before."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not (entry.is_dir() or is_openable(entry) or _is_hidden(entry.name)):
                yield folder / entry.name


def _of_role(folder: Path, role: str, layer: str) -> Iterator[FoundFile]:
    """Files of a folder called as one of images, masks or tables, and of the folders below where it has none."""
    inside, below = _entries(folder)
    found = list(classified((item, "") for item in inside))
    for deeper in below if not inside and role != "table" else ():
        for file in classified((item, "") for item in _entries(deeper)[0]):
            place = tuple(word for word in SEPARATOR.split(deeper.name) if word)
            if role == "image":  # a folder of channels for each image
                file = replace(file, stem=f"{deeper.name}/{file.stem}", words=(*place, *file.words))
            found.append(replace(file, place=place if role == "mask" else ()))
    for file in found:
        if role == "mask" and file.kind == "image":
            file.kind = "mask"
        file.layer = layer if file.kind == "mask" else ""
        yield file


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
    """The files and the folders in a folder, by name; what is hidden or the system's own is left out."""
    try:
        entries = [entry for entry in os.scandir(folder) if not _is_hidden(entry.name)]
    except OSError as error:
        raise InputError(error.strerror or "can't be listed", path=folder) from error
    entries.sort(key=lambda entry: entry.name)
    folders = [folder / entry.name for entry in entries if entry.is_dir() and not is_openable(entry)]
    folders = [path for path in folders if not _is_measured(path)]
    names = {path.name for path in folders}
    return [
        folder / entry.name for entry in entries if entry.name not in names and is_openable(entry)
    ], folders


def _is_measured(folder: Path) -> bool:
    """Whether `tuiqc measure` wrote the folder."""
    return folder.name == "measured" and any(folder.glob("*/objects/part-*.parquet"))


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "$")) or _OF_THE_SYSTEM.fullmatch(name) is not None


def is_openable(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a folder that is an image (OME-Zarr).

    A link that leads nowhere is a file that is missing. Pipes, sockets and devices are none.
    """
    if (
        entry.is_file(follow_symlinks=False)
        or entry.is_file()
        or (entry.name.casefold().endswith(".zarr") and entry.is_dir())
    ):
        return True
    return entry.is_symlink() and not os.path.exists(entry.path)  # noqa: PTH110 - of each file


def _folder_role(name: str) -> tuple[str, str]:
    if match := _MASK_FOLDER.fullmatch(name):
        return "mask", match["before"] or match["after"] or ""
    if _IMAGE_FOLDER.fullmatch(name):
        return "image", ""
    return ("table", "") if _TABLE_FOLDER.fullmatch(name) else ("", "")


def _other(path: Path, why: str) -> FoundFile:
    return FoundFile(path, path.name, (), "other", why=why)


def classified(paths: Iterable[tuple[Path, str]]) -> Iterator[FoundFile]:
    """Yield what each of the paths is by its name; each comes with a prefix for it. Our own files are left out."""
    from tuiqc.pixels import SUFFIXES

    images, tables = _FileSuffixes(SUFFIXES), _FileSuffixes(TABLE_FILES)
    for path, prefix in paths:
        file_name = path.name
        low = file_name.casefold()
        if _OURS.fullmatch(low):
            continue
        if low.endswith(_MAYBE_POLYGONS) and polygon_file.is_polygons(path):
            yield _of_polygons(path, prefix)
            continue
        image_ending = images.of(low)
        ending = image_ending or tables.of(low)
        if not ending:
            yield _other(path, _why_not(path))
            continue
        kind = "image" if image_ending else "table"
        stem = file_name[: -len(ending)]
        stem = prefix + (stem[:-4] if stem.casefold().endswith(".ome") else stem)
        words = tuple(filter(None, SEPARATOR.split(stem)))
        if kind == "image" and (ended := _mask_words(words)) is not None:
            kind, words = "mask", ended
        if kind == "image" and ending in _ARRAYS:
            yield _other(path, "an array whose name does not end like that of a mask")
        elif _is_cellposes(words, kind):
            yield _other(path, "a by-product of Cellpose (flows, outlines) and no mask")
        else:
            yield FoundFile(path, stem, words, kind)


def _of_polygons(path: Path, prefix: str) -> FoundFile:
    """A mask, without the ending of its name that says what it is."""
    low = path.name.casefold()
    ending = next(one for one in _MAYBE_POLYGONS if low.endswith(one))
    stem = prefix + path.name[: -len(ending)]
    words = tuple(word for word in SEPARATOR.split(stem) if word)
    cut = _POLYGON_ENDINGS.cut(words)
    return FoundFile(path, stem, words if cut is None else cut, "mask", polygons=True)


def _why_not(path: Path) -> str:
    """Why a file is neither image nor table."""
    ending = path.suffix.casefold()
    if ending in (".db", ".sqlite", ".sqlite3", ".db3", ".properties"):
        return f"a database (or what names one) is opened by itself: tuiqc open {quote(path.name)}"
    if ending == ".xlsx":
        return f"a spreadsheet: save it as CSV; a collection table of MoBIE by itself: tuiqc open {quote(path.name)}"
    if ending in CONVERT:
        return f"raw data of a microscope that tuiqc does not read: {conversion(path)}"
    return f"tuiqc reads no {ending} files" if ending else "its name has no ending"


def _mask_words(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The words of a mask's name, `NucleiMask` in two; None for a name that does not end like a mask's."""
    if _MASKS_OR_LAYERS.cut(words) is not None:
        return words
    parts = tuple(_CAMEL.split(words[-1])) if words else ()
    if len(parts) > 1 and MASK_ENDINGS.cut(parts) is not None:
        return (*words[:-1], *parts)
    return None


def _is_cellposes(words: tuple[str, ...], kind: str) -> bool:
    if not words or words[-1].casefold() not in _LAST_OF_CELLPOSE:
        return False
    low = " ".join(words).casefold()
    if kind == "table":
        return low.endswith("cp outlines")
    return low.endswith(_OF_CELLPOSE)


def told_apart(files: Sequence[FoundFile]) -> list[FoundFile]:
    """Return the files with what they tell together: pictures of tuiqc and Cellpose, masks by a word before."""
    has_cellpose = any(file.kind == "mask" and file.stem.casefold().endswith("cp_masks") for file in files)
    images = _without_raw_data(files)
    unsure = [file for file in images if _may_be_mask(file)]
    whole = {casefolded(file.words) for file in images if unsure}
    heads = {words[:size] for words in whole for size in range(1, len(words) + 1)}
    looked = 0
    for file in images:
        if has_cellpose and " ".join(file.words).casefold().endswith(_BESIDE_CELLPOSE):
            file.kind, file.why = "other", "a by-product of Cellpose (flows, outlines) and no mask"
            continue
        if file.path.suffix.casefold() == ".png" and looked < _MOST_LOOKED_INTO:
            looked += 1
            if is_marked(file.path):
                file.kind, file.why = "other", "a picture that tuiqc made"
                continue
    for file in unsure:
        if file.kind == "image":
            _find_mask(file, heads, whole)
    return list(files)


def _without_raw_data(files: Sequence[FoundFile]) -> list[FoundFile]:
    """The images; files of microscopes (CZI, ND2, LIF) are what these were made of where there are others."""
    from tuiqc.pixels.formats import RAW

    images = [file for file in files if file.kind == "image"]
    raw = [file for file in images if file.path.suffix.casefold() in RAW]
    if not raw or len(raw) == len(images):
        return images
    for file in raw:
        file.kind = "other"
        file.why = (
            f"raw data of a microscope beside other images; by itself: tuiqc open {quote(file.path.name)}"
        )
    return [file for file in images if file.kind == "image"]


def _may_be_mask(file: FoundFile) -> bool:
    """A first look, since the names of thousands of images do not begin or end so."""
    return bool(file.words) and (
        file.words[0].casefold() in _FIRST_OF_MASKS or file.words[-1].casefold() == "filtered"
    )


def _find_mask(file: FoundFile, heads: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> None:
    """Make a mask of `labels_A01` and `A01_filtered` beside an image A01, the word being put last."""
    folded = casefolded(file.words)
    for prefix in MASK_PREFIXES:
        rest = folded[len(prefix) :]
        if folded[: len(prefix)] == prefix and rest and rest in heads:
            file.kind, file.words = "mask", (*file.words[len(prefix) :], *file.words[: len(prefix)])
            return
    if len(folded) > 1 and folded[-1] == "filtered" and folded[:-1] in whole:
        file.kind = "mask"


def casefolded(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words without their case, to be compared."""
    return tuple(map(str.casefold, words))


@lru_cache(1 << 16)
def word_key(word: str) -> str:
    """Return `name_key` of a word; the words of many names are the same."""
    return name_key(word)


def spelling_key(words: Sequence[str]) -> tuple[str, ...]:
    """Return what names in words that mean the same have in common, see `tuiqc.names.name_key`."""
    return tuple(map(word_key, words))
