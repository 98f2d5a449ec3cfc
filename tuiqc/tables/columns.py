"""What kind of values a column holds, and how its name fits into a header."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc.text import display_width, printable, shorten

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["integer", "float", "text", "bool", "path"]

_SAMPLE = 200


def column_kind(series: pd.Series[Any]) -> Kind:
    """Return what `series` holds.

    "integer" for whole numbers, also where missing values made pandas keep them as floats; "float" for other
    numbers; "bool"; "path" for paths and for text that has a path separator in each of its first 200 values;
    "text" for everything else, mixtures included.
    """
    import pandas as pd

    dtype = series.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(dtype):
        return "integer"
    if pd.api.types.is_float_dtype(dtype):
        return kind_of_numbers(series.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_numeric_dtype(dtype):
        return "text"  # complex numbers have no order
    found = series.dropna()
    kinds = {
        "bool": "boolean",
        "integer": "integer",
        "floating": "floating",
        "mixed-integer-float": "floating",
        "decimal": "text",
    }
    # `infer_dtype` stops at the first text, so that a long column of text costs nothing.
    kind = (
        kinds.get(pd.api.types.infer_dtype(found, skipna=True))
        if pd.api.types.is_object_dtype(dtype)
        else None
    )
    return _object_kind(found, kind)


def _object_kind(found: pd.Series[Any], inferred: str | None) -> Kind:
    if len(found) == 0:
        return "text"
    if inferred == "boolean":
        return "bool"
    if inferred == "integer":
        return "integer"
    if inferred == "floating":
        return kind_of_numbers(found.to_numpy(dtype=np.float64))
    return kind_of_values(found.iloc[:_SAMPLE].tolist())


def kind_of_numbers(values: NDArray[Any]) -> Kind:
    """Return what an array of numbers or booleans holds, as `column_kind` says it."""
    if values.dtype.kind == "b":
        return "bool"
    return "integer" if values.dtype.kind in "iu" or _whole(values) else "float"


def kind_of_values(found: Sequence[object]) -> Kind:
    """Return what values that are no numbers and not missing are: all of the first 200 are paths, or text."""
    head = found[:_SAMPLE]
    return "path" if head and all(_is_path(value) for value in head) else "text"


def _is_path(value: object) -> bool:
    return isinstance(value, PathLike) or (isinstance(value, str) and ("/" in value or "\\" in value))


def _whole(values: NDArray[Any]) -> bool:
    """True when all finite values are whole and there is one; looks at the first ones first."""
    for part in (values[:1000], values):
        finite = part[np.isfinite(part)]
        if not np.array_equal(finite, np.floor(finite)):
            return False
    return bool(finite.size)


_CATEGORY = re.compile(
    r"(\w+ )?(?:AreaShape|Intensity|Texture|Location|Neighbors|RadialDistribution|Granularity|Children)_(.+)"
)
"""A measurement as CellProfiler names it, perhaps with an aggregate in front: category, then what was measured."""


def short_titles(names: Iterable[str]) -> dict[str, str]:
    """Titles of columns without CellProfiler's category, where no two columns would have the same one then.

    "AreaShape_Area" is "Area" and "mean AreaShape_Area" is "mean Area"; names that stay as they are are left out.
    """
    names = list(names)
    short = {name: (match[1] or "") + match[2] for name in names if (match := _CATEGORY.fullmatch(name))}
    taken = Counter([*short.values(), *(name for name in names if name not in short)])
    return {name: title for name, title in short.items() if taken[title] == 1}


_TELLING = (
    r"(.*: )?(area|volume)( ?[µuμ]m.*)?|size( ?in ?pixels)?|npixels",
    r"solidity|convexity",
    r"eccentricity|roundness",
    r"form ?factor|(.*: )?circ(ularity)?",
    r"mean ?intensity.*|intensity ?mean.*|mean(?! ?(area|radius|diameter|distance|frequency|angle)).*|.* ?mean",
)
"""What tells most of an object by its column, first things first; names in small letters, blanks for `_`, `-`, `.`."""
_WHERE = re.compile(
    r"(location|bounding ?box|bbox|bounds?|cent(er|re|roid)|position|weighted ?cent|max ?pos).*"
    r"|.*(cent(er|re|roid)|bbox|bounding box).*|(min|max)? ?[xyz]|[xyz] ?(min|max|start|width|height)?"
    r"|orientation|angle|(delta ?)?t|frame|left|top|width|height|b[xyz]"
)
_MEANS, _OTHERS, _PLACES = len(_TELLING) - 1, len(_TELLING), len(_TELLING) + 1


def telling(name: str) -> int:
    """Return how early a measurement stands among others: area, shape, mean intensities; then others, places last."""
    category = _CATEGORY.fullmatch(name)
    title = category[2] if category else name
    plain = _spaced(title).lower()
    for rank, pattern in enumerate(_TELLING):
        if re.fullmatch(pattern, plain):
            return rank
    if name.startswith("Location_") or _WHERE.fullmatch(plain):
        return _PLACES
    return _OTHERS


def _spaced(name: str) -> str:
    """The words of a name with blanks between them."""
    return re.sub(r"[_\-. ]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip()


_CHANNEL = re.compile(r"(?:mean ?intensity|intensity ?mean|mean) ?(.*)|(.*?) ?mean", re.IGNORECASE)


def short_head(name: str, width: int) -> str:
    """Return what stands over a measurement in a column of `width` cells where its title is longer.

    Mean intensities are an m and their channel: "Intensity_MeanIntensity_DNA" in 5 is "mDNA". Others begin as their
    first word and have the first letters of what follows: "AreaShape_FormFactor" is "FormF".
    """
    category = _CATEGORY.fullmatch(name)
    title = _spaced(printable(category[2] if category else name))
    channel = _CHANNEL.fullmatch(title) if telling(name) == _MEANS else None
    if channel is not None and (named := channel[1] or channel[2]):
        return shorten(f"m{named}".replace(" ", ""), width)
    first, *others = title.split() or [""]
    initials = "".join(word[0] for word in others)[: max(0, width - 2)]
    return _begun(first, width - display_width(initials)) + initials


def _begun(text: str, width: int) -> str:
    while display_width(text) > width:
        text = text[:-1]
    return text


def meant_column(text: str, known: Iterable[str]) -> str | None:
    """Return the column that `text` names: its name, the short one that headers show, or either in other case.

    None where there is none, or where it could be one of several.
    """
    names = list(known)
    if text in names:
        return text
    short = short_titles(names)
    for same in (str, str.casefold):
        found = [name for name in names if same(text) in (same(name), same(short.get(name, name)))]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def unknown_column(text: str, known: Iterable[str]) -> str:
    """Return a sentence that says that there is no such column, and which are like it."""
    names = list(known)
    by_title = {name.casefold(): name for name in names}
    by_title |= {title.casefold(): name for name, title in short_titles(names).items()}
    like = [by_title[title] for title in get_close_matches(text.casefold(), by_title, 3, 0.6)]
    shown = list(dict.fromkeys(like)) or names[:8]
    return f"no column {text!r}; there are {', '.join(shown)}{' …' * (len(names) > len(shown))}"


def header_text(name: str, width: int) -> str:
    """Return `name` for a header of `width` cells, with `…` in the middle where it is longer.

    The two ends of a measurement's name say most: "AreaShape_BoundingBoxArea" in 12 is "AreaSh…xArea".
    """
    name = printable(name)
    if display_width(name) <= width:
        return name
    if width < 5:
        return shorten(name, width)
    tail_width = (width - 1) // 2
    tail = name
    while display_width(tail) > tail_width:
        tail = tail[1:]
    return shorten(name, width - display_width(tail)) + tail
