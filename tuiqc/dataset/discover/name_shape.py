"""How the names of a batch's images are built, and which names are built otherwise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tuiqc.dataset.words import WELL

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
