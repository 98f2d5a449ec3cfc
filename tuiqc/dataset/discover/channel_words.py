"""Which word of the names of image files is a channel."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from tuiqc.dataset.discover.found_files import FoundFile, casefolded
from tuiqc.dataset.words import NUMBERED_CHANNEL, STAIN, WELL

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
