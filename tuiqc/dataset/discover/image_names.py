"""The names of a folder's images: how they are built, which words are channels, and which other name goes with one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tuiqc.dataset.discover.found_files import FoundFile, casefolded, spelling_key
from tuiqc.dataset.words import NUMBERED_CHANNEL, STAIN, WELL

Words = tuple[str, ...]


class ImageNames:
    """Names of images in words.

    Spellings of one name are one image (`a01_DNA`, `A01_PLA`), unless two files of one channel have them: those exist
    both, and are two images.

    Parameters
    ----------
    files
        Each file with the words that name its image, and its channel.
    side
        Where in a file's name the channel stands, "last" or "first"; else the whole name is that of the image.
    """

    def __init__(self, files: Sequence[tuple[FoundFile, Words, str]], side: str) -> None:
        spellings: dict[Words, dict[Words, set[str]]] = {}
        for _, words, channel in files:
            spellings.setdefault(spelling_key(words), {}).setdefault(words, set()).add(channel.casefold())
        self._of: dict[Words, Words] = {}  # each spelling -> that of its image
        self._loose: dict[Words, Words | None] = {}
        for key, several in spellings.items():
            first = next(iter(several))
            channels = [channel for of in several.values() for channel in of]
            one = len(several) == 1 or (len(channels) == len(set(channels)) and any(channels))
            self._loose[key] = first if one else None
            for words in several:
                self._of[words] = first if one else words
        self._raw: dict[Words, str] = {}
        for file, words, _ in files:
            self._raw.setdefault(self._of[words], _raw(file, words, side))

    def __iter__(self) -> Iterator[Words]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def of(self, words: Words) -> Words:
        """Return the image that some of the files' words name."""
        return self._of[words]

    def raw(self, image: Words) -> str:
        """Return the name as the first file has it, with its separators."""
        return self._raw[image]

    def split(self, words: Words) -> tuple[Words, Words, bool] | None:
        """Return the image that a name starts, ends or else goes on with, the rest, and whether it is spelled the same.

        The longest one counts, and of equally long ones that which it starts with.
        """
        key = spelling_key(words)
        size = len(words)
        for length in range(size, 0, -1):
            for start in dict.fromkeys((0, size - length)):
                if (found := self._at(words, key, start, length)) is not None:
                    return found[0], words[:start] + words[start + length :], found[1]
        for length in range(size - 2, 0, -1):
            for start in range(1, size - length):
                if (found := self._at(words, key, start, length)) is not None:
                    return found[0], words[start + length :], found[1]
        return None

    def _at(self, words: Words, key: Words, start: int, length: int) -> tuple[Words, bool] | None:
        own = words[start : start + length]
        if own in self._of:
            return self._of[own], True
        image = self._loose.get(key[start : start + length])
        return None if image is None else (image, False)


def _raw(file: FoundFile, base: Words, side: str) -> str:
    """The part of a stem that holds the words of `base`, its last ones or else its first, with its own separators."""
    if not base:
        return file.stem
    at, ends = 0, list[tuple[int, int]]()
    for word in file.words:
        at = file.stem.index(word, at)
        ends.append((at, at + len(word)))
        at += len(word)
    ends = ends[-len(base) :] if side == "first" else ends[: len(base)]
    return file.stem[ends[0][0] : ends[-1][1]]


_POSITION = re.compile(r"[a-z]{1,5}\d+|\d.*", re.IGNORECASE)
_MOST_OF_ONE_IMAGE = 8  # C01 … C12 with nothing else varying are wells


def channels_by(
    side: str, files: Sequence[FoundFile], mask_heads: Collection[tuple[str, ...]]
) -> tuple[list[FoundFile], list[tuple[Path, str]]]:
    """Return the files whose last (or first) word is a channel, and the others with the reason.

    A channel is called as a stain or numbered (`C0`, `ch1`), or it is a last word that comes with several images.
    Without files of which most (or those with the masks) agree on such a word, or with an empty `side` (no word is a
    channel: all files are taken), the second list is empty.

    Parameters
    ----------
    mask_heads
        Casefolded words of the masks' names without their endings: images that have a mask each by their whole name.
    """
    if not side:
        return list(files), []
    at, rest = (-1, slice(None, -1)) if side == "last" else (0, slice(1, None))
    images: dict[str, set[tuple[str, ...]]] = {}
    for file in files:
        if len(file.words) > 1 and not is_position(file.words[at]):
            images.setdefault(file.words[at].casefold(), set()).add(casefolded(file.words[rest]))
    sure = {word for word in images if STAIN.fullmatch(word) or NUMBERED_CHANNEL.fullmatch(word)}
    words = sure | {word for word, of in images.items() if side == "last" and len(of) > 1}
    kept = [file for file in files if len(file.words) > 1 and file.words[at].casefold() in words]
    every = set().union(*(images[word] for word in words)) if words else set()
    few = 2 * len(kept) <= len(files) and not _have_masks(every, mask_heads)
    if few or (len(every) == 1 and len(words) > _MOST_OF_ONE_IMAGE):
        return [], []
    whole = sum(casefolded(file.words) in mask_heads for file in kept)
    if words != sure and (2 * whole > len(kept) or len(every) < 2 or 2 * len(words) > len(kept)):
        return [], []
    taken = {file.path for file in kept}
    why = (
        "its name ends with no channel of the other images"
        if side == "last"
        else "its name begins with no channel"
    )
    return kept, [(file.path, why) for file in files if file.path not in taken]


def _have_masks(images: Collection[tuple[str, ...]], mask_heads: Collection[tuple[str, ...]]) -> bool:
    """Whether the names of masks begin with those of most images: then other pictures are no part of the batch."""
    begun = sum(any(head[: len(image)] == image for head in mask_heads) for image in images if image)
    return 2 * begun > len(images)


def is_position(word: str) -> bool:
    """Whether a word is where an image was taken, such as `A01`, `s1` or `003`, rather than a channel."""
    return bool(WELL.fullmatch(word) or _POSITION.fullmatch(word)) and not NUMBERED_CHANNEL.fullmatch(word)


_PARTS = re.compile(r"([_\-. /]+)")
_PREFIXED = re.compile(r"([A-Za-z]+)\d+")
_MOST = 0.75  # share of names that agree on what counts as usual
Image = TypeVar("Image")


@dataclass(frozen=True)
class NameShape:
    """The separators that names have in common, and what stands between them.

    `kinds` has one entry per part: "#" (a number), "s#" (a number after a word), "A1" (a well), "" for anything;
    `words` the word in small letters that stands there in most names, "" for none.
    """

    separators: tuple[str, ...]
    kinds: tuple[str, ...]
    words: tuple[str, ...]

    def fits(self, name: str, usual_file: bool) -> bool:
        """Whether a name is built like this; a file of the usual type may have other words."""
        parts = _PARTS.split(name)
        if tuple(parts[1::2]) != self.separators:
            return False
        found = list(zip(self.kinds, self.words, parts[::2], strict=True))
        return all(kind in ("", _kind(part)) for kind, _, part in found) and (
            usual_file or all(word in ("", part.casefold()) for _, word, part in found)
        )


def shape_of(names: Sequence[str]) -> NameShape | None:
    """Return how most of the names are built; None where they have too little in common to tell."""
    split = [_PARTS.split(name) for name in names]
    separators, count = Counter(tuple(parts[1::2]) for parts in split).most_common(1)[0]
    if count < _MOST * len(names):
        return None
    columns = list(zip(*(parts[::2] for parts in split if tuple(parts[1::2]) == separators), strict=True))
    kinds = tuple(_usual([_kind(word) for word in column]) for column in columns)
    words = tuple(_usual([word.casefold() for word in column]) for column in columns)
    return NameShape(separators, kinds, words) if any((*kinds, *words)) else None


def _usual(texts: Sequence[str]) -> str:
    text, count = Counter(texts).most_common(1)[0]
    return text if count >= _MOST * len(texts) else ""


def _kind(word: str) -> str:
    if WELL.fullmatch(word):
        return "A1"
    if word.isdecimal():
        return "#"
    match = _PREFIXED.fullmatch(word)
    return f"{match[1].casefold()}#" if match is not None else ""


def misfits(names: Mapping[Image, tuple[str, str]], mated: Collection[Image]) -> set[Image]:
    """Return the images without a mask or table whose names are not built as those of the others.

    Those with one say how names are built if they are half of all, else all do. Where that says nothing, or the
    misfits are built alike themselves and so are a part of the batch, there is none.

    Parameters
    ----------
    names
        Name and suffix of each image.
    mated
        The images that have a mask or a table.
    """
    if len(mated) == len(names) or len(names) < 3:
        return set()
    usual = [names[image] for image in names if image in mated] if 2 * len(mated) >= len(names) else []
    usual = usual or list(names.values())
    shape, suffix = shape_of([name for name, _ in usual]), _usual([suffix for _, suffix in usual])
    if shape is None:
        return set()
    odd = {i for i, (name, own) in names.items() if i not in mated and not shape.fits(name, own == suffix)}
    if len(odd) > 2 and shape_of([names[image][0] for image in odd]) is not None:
        return set()
    return odd
