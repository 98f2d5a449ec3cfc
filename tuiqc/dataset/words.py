"""Names of things in file and column names: which are masks, which mean the same kind of object, which are wells."""

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
        "segm",
        "seg",
        "lbls",
        "lbl",
        "objects",
        "oids",
        "roi",
        "gt",
    )
)
# What programs put at the end of the name of a file of polygons.
POLYGON_SUFFIXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(text.split())
    for text in (
        "segmentation polygons 2d",
        "segmentation polygons",
        "polygons 2d",
        "polygons",
        "boundaries",
        "outlines",
        "rois",
        "roiset",
        "micron space",
        *("masks", "mask", "labels", "segmentation", "seg", "objects"),
    )
)
# Ends of mask names that name the object layer too (Mesmer's compartments, InstanSeg): they are kept in its name.
LAYER_SUFFIXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(text.split())
    for text in (
        "whole cell",
        "instanseg prediction",
        *(
            f"{tool} filtered"
            for tool in ("cellpose", "mesmer", "stardist", "ilastik", "instanseg", "deepcell")
        ),
        *(f"{word} filtered" for word in ("mask", "masks", "labels")),
    )
)
# Words that some programs put before the name of the image, in place of an ending.
MASK_PREFIXES: tuple[tuple[str, ...], ...] = tuple(
    tuple(text.split())
    for text in ("label image", "label images", "labels", "label", "masks", "mask", "lbl", "seg")
)
# What Cellpose writes beside its masks: pictures of flows and outlines, which look like masks by their names.
CELLPOSE_PICTURES = ("flows", "dp", "outlines", "cp output")
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
        "acdc output",
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
_LARGE_WELL = re.compile(
    r"([A-Za-z]|[Aa][A-Fa-f])(?:0?[1-9]|[1-3]\d|4[0-8])"
)  # of 1536: A to Z, then AA to AF
_IMAGE_TABLE = re.compile(r"(.*?)(?:Per_)?Image\.[A-Za-z.]+", re.IGNORECASE)
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


def are_wells(words: Iterable[str]) -> bool:
    """Whether the words are the wells of one plate; `s1` and `s2`, or `t1` to `t9`, are sites or times."""
    words = list(words)
    if all(map(WELL.fullmatch, words)):
        return bool(words)
    found = [_LARGE_WELL.fullmatch(word) for word in words]
    rows = {match[1].upper() for match in found if match is not None}
    return None not in found and len(rows) > 1


def image_table_prefix(name: str) -> str | None:
    """Return what stands before `Image.csv` in the name of CellProfiler's table of images, None for another name."""
    match = _IMAGE_TABLE.fullmatch(name)
    return None if match is None or match[1][-1:].isalnum() else match[1]


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
