"""Names of things in file and column names: which are masks, which mean the same kind of object, which are
wells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# What segmentation programs put at the end of a mask's name, longest first, as tokens (`_`, `-`, `.`, blank
# are equal).
MASK_SUFFIXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(text.split())
    for text in (
        "object identities",
        "tracking oids",
        "tracking result",
        "label image",
        "label images",
        "cp masks",
        "stardist",
        "labels",
        "label",
        "masks",
        "mask",
        "segmentations",
        "segmentation",
        "segmented",
        "seg",
        "objects",
        "oids",
        "roi",
        "gt",
    )
)
# What ilastik adds to the name of an image for a map of classes: a further channel of that image.
MAP_SUFFIXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(text.split())
    for text in (
        "object probabilities",
        "object predictions",
        "simple segmentation",
        "probabilities",
        "predictions",
    )
)
TABLE_SUFFIXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(text.split())
    for text in (
        "tracking table",
        "csv table",
        "object table",
        "table",
        "measurements",
        "quantification",
        "features",
        "regionprops",
        "props",
        "results",
        "stats",
    )
)
# Placeholder names for the word or letter that stands before a varying part.
KNOWN_PARTS = {
    "well": "well",
    "w": "well",
    "site": "site",
    "s": "site",
    "field": "field",
    "f": "field",
    "fov": "fov",
    "pos": "position",
    "position": "position",
    "p": "position",
    "xy": "position",
    "plate": "plate",
    "t": "t",
    "time": "t",
    "z": "z",
    "sample": "sample",
    "slide": "slide",
    "tile": "tile",
    "scene": "scene",
    "series": "series",
    "movie": "movie",
    "row": "row",
    "r": "row",
    "col": "column",
    "column": "column",
    "img": "number",
    "image": "number",
    "im": "number",
}
WELL = re.compile(r"[A-Pa-p]\d{1,2}")
NUMBERED_CHANNEL = re.compile(r"(?:c|ch|channel|w|wv|ex|cy)0*\d{1,2}|ch\d.*", re.IGNORECASE)
STAIN = re.compile(
    r"dapi|hoechst|dna|gfp|[em]?rfp|y?fp|[ec]?yfp|mcherry|cherry|cy[357]|fitc|tritc|texasred|alexa\w*|a?(405|488|546|555|"
    r"561|568|594|633|640|647)|er|rna|agp|mito|tubulin|actin|bf|brightfield|phase|dic|raw|pla|membrane|nuclear|cyto\w*",
    re.IGNORECASE,
)
MASK_WORD = re.compile(r"label|mask|seg|objects|oids|identities", re.IGNORECASE)

_PLURALS = {"nuclei": "nucleus", "mitochondria": "mitochondrion", "cytoplasm": "cytoplasm", "foci": "focus"}
_FILLER = {
    *("label", "labels", "mask", "masks", "seg", "segmentation", "object", "objects", "image", "images"),
    *("file", "filename", "all", "my", "expt", "myexpt", "table", "measurements", "features", "wells", "the"),
}


def tokens(text: str) -> list[str]:
    """Words of a name: split at separators and between a small and a capital letter (`CellLabels` -> Cell,
    Labels)."""
    return [part for part in re.split(r"[_\-. ]+|(?<=[a-z0-9])(?=[A-Z])", text) if part]


def _singular(word: str) -> str:
    word = word.casefold()
    if word in _PLURALS:
        return _PLURALS[word]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(4096)
def kind_words(text: str) -> frozenset[str]:
    """The words of a name that tell which kind of object it is about, in the singular."""
    return frozenset(map(_singular, tokens(text))).difference(map(_singular, _FILLER))


def same_thing(one: str, other: str) -> bool:
    """Whether two names are about the same kind of object: `cells` and `CellLabels` are."""
    words = kind_words(one)
    return one.casefold() == other.casefold() or (bool(words) and words == kind_words(other))


def best_layer(text: str, layers: Iterable[str]) -> str | None:
    """Return the layer that a name speaks of (`All_Wells_cells` -> `CellLabels`), or None if none or several
    do."""
    said = kind_words(text)
    fitting = [layer for layer in layers if (words := kind_words(layer)) and words <= said]
    exact = [layer for layer in fitting if kind_words(layer) == said]
    fitting = exact or fitting
    return fitting[0] if len(fitting) == 1 else None
