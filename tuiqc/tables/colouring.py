"""Colours of cells by their value: a background from a colour map, and text that can be read on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.values import Codes, Numbers
from tuiqc.tables.view import TableView

Rgb = tuple[int, int, int]
Floats = NDArray[np.float64]


class LegendEntry(NamedTuple):
    """One line of a legend: a value, its colour, and how many rows have it (None: not counted)."""

    text: str
    rgb: Rgb
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnColours:
    """Colours of one column by position.

    Attributes
    ----------
    places
        int32 (n,): row of `colours`, -1 for no colour (missing values, and zero if it is transparent).
    colours
        uint8 (m, 3).
    legend
        Values and their colours: the limits and the middle, or the categories, the most frequent first.
    """

    places: NDArray[np.int32]
    colours: NDArray[np.uint8]
    legend: tuple[LegendEntry, ...] = ()

    def background(self, position: int) -> Rgb | None:
        """Return the colour of a cell, None for none."""
        place = int(self.places[position])
        return None if place < 0 else _rgb(self.colours[place])

    def at(self, positions: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.uint8]:
        """Return the colours at some positions as RGBA, uint8 (k, 4); alpha is 0 where there is none, else 255."""
        table = np.zeros((len(self.colours) + 1, 4), np.uint8)
        table[:-1, :3], table[:-1, 3] = self.colours, 255
        return table[self.places[positions]]


def limits_of(values: Floats, how: Literal["data", "robust"] = "robust") -> tuple[float, float]:
    """Return limits for a colour map: least and greatest finite value, or the 1st and 99th percentile.

    (0, 1) where there are none. Robust limits that are the same give way to those of the data.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    if how == "robust":
        low, high = np.quantile(finite, [0.01, 0.99]).tolist()
        if low < high:
            return low, high
    return float(finite.min()), float(finite.max())


def numeric_colours(
    values: Floats, colour_map: NDArray[np.uint8], limits: tuple[float, float], zero_transparent: bool = False
) -> ColumnColours:
    """Return colours of numbers (n,), NaN for missing, by a colour map of uint8 (m, 3).

    What is at or below the first limit has the first colour, at or above the second the last; limits the
    other way round turn the map round. With equal limits all have the middle colour.
    """
    low, high = limits
    steps = len(colour_map)
    with np.errstate(invalid="ignore", over="ignore"):
        share = (values / 2 - low / 2) / (high / 2 - low / 2) if low != high else values * 0.0 + 0.5
        share = np.where(np.isinf(values), (values > 0) == (high >= low), share)
    none = np.isnan(values)
    if zero_transparent:
        none |= values == 0
    places = np.clip(np.where(none, 0.0, share) * steps, 0, steps - 1).astype(np.int32)
    places[none] = -1
    ends = [(low, 0), (low / 2 + high / 2, steps // 2), (high, steps - 1)]
    legend = tuple(LegendEntry(f"{value:.4g}", _rgb(colour_map[place])) for value, place in ends)
    return ColumnColours(places, colour_map, legend)


def category_colours(
    view: TableView, name: str, palette: NDArray[np.uint8], zero_transparent: bool = False
) -> ColumnColours:
    """Return colours by the different values of a column; `palette` is uint8 (m, 3) and starts again at its end.

    Values have their colours in natural order (numbers by size), so they stay the same when the table is
    sorted or filtered. With `zero_transparent` the number 0 has none (objects in no track).

    Raises
    ------
    KeyError
        If there is no such column.
    """
    numbers = view.numbers(name)
    if numbers is None:
        ranks, texts = _text_categories(view.codes(name))
    else:
        ranks, texts = _number_categories(numbers, zero_transparent)
    counts = np.bincount(ranks[ranks >= 0], minlength=len(texts))
    places = np.where(ranks < 0, -1, ranks % len(palette)).astype(np.int32)
    frequent = np.argsort(-counts, kind="stable")
    legend = tuple(
        LegendEntry(texts[at], _rgb(palette[at % len(palette)]), int(counts[at])) for at in frequent[:256]
    )
    return ColumnColours(places, palette, legend)


def _text_categories(codes: Codes) -> tuple[NDArray[np.int64], list[str]]:
    # Equal texts may have several codes; their ranks are equal, and the key of "A" is that of "a".
    ranks = np.where(codes.codes < 0, -1, codes.ranks())
    present = np.flatnonzero(ranks >= 0)
    found, first, inverse = np.unique(ranks[present], return_index=True, return_inverse=True)
    ranks[present] = inverse
    return ranks, [codes.text(int(present[at])) for at in first[: len(found)]]


def _number_categories(numbers: Numbers, zero_transparent: bool) -> tuple[NDArray[np.int64], list[str]]:
    absent = numbers.absent()
    if zero_transparent:
        absent = absent | (numbers.values == 0)
    ranks = np.full(len(absent), -1, dtype=np.int64)
    found, ranks[~absent] = np.unique(numbers.values[~absent], return_inverse=True)
    if found.dtype == bool:
        return ranks, ["yes" if value else "no" for value in found.tolist()]
    return ranks, [f"{value:.10g}" if isinstance(value, float) else str(value) for value in found.tolist()]


def readable_on(background: Rgb) -> Rgb:
    """Return black or white, whichever has more contrast on a background.

    By the relative luminance of WCAG 2.1: black wins above 0.179, where both have the same contrast.
    """
    linear = [
        (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in (v / 255 for v in background)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (0, 0, 0) if luminance > 0.179 else (255, 255, 255)


def _rgb(colour: NDArray[np.uint8]) -> Rgb:
    red, green, blue = colour.tolist()
    return red, green, blue
