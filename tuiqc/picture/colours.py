"""Colours of objects, the same in the picture and in the tables' cells: by label, by column, by verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuiqc.picture.display import Display
from tuiqc.picture.spec import Colouring, PictureSpec
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.qc.verdict import FAIL, PASS, SCREEN_COLOURS, UNSURE
from tuiqc.render.colormaps import COLORMAPS, NEUTRAL, glasbey
from tuiqc.render.highlight import Mark
from tuiqc.render.labels import (
    LabelColours,
    colours_by_category,
    colours_by_table,
    colours_by_value,
    label_colours,
    robust_limits,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


Rgb = tuple[int, int, int]
CATEGORICAL = "glasbey"
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class ColourScale:
    """A column made ready for colouring: limits and categories are those of the whole batch, in every image.

    Attributes
    ----------
    numbers
        float64 values, or category codes (int64, negative for missing), parallel to the column.
    limits
        Values at the ends of the colour map; None for categories.
    colour_map
        Name of the colour map; categories have the colours of `glasbey`.
    seed
        Order of the colours of categories.
    zero
        Where the column is 0 and zero is to be transparent; None for nowhere.
    palette
        uint8 (n, 3), colours of the categories where somebody chose them; None for those of `glasbey`.
    """

    numbers: NDArray[Any]
    limits: tuple[float, float] | None
    colour_map: str = "blue-white-red"
    seed: int = 0
    zero: NDArray[np.bool_] | None = None
    palette: NDArray[Any] | None = None

    @classmethod
    def of(cls, column: pd.Series[Any], display: Display) -> ColourScale:
        """Text always has categories; numbers have them with the colour map `glasbey`."""
        import pandas as pd

        zero = None
        if display.zero_transparent and pd.api.types.is_numeric_dtype(column.dtype):
            zero = (column == 0).to_numpy(dtype=bool, na_value=False)
        if display.colour_map != CATEGORICAL and pd.api.types.is_numeric_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            if zero is not None:
                numbers = np.where(zero, np.nan, numbers)
            return cls(numbers, _limits(numbers, display.colour_limits), display.colour_map, zero=zero)
        codes = pd.factorize(column, sort=True)[0].astype(np.int64)
        if zero is not None:
            codes[zero] = -1
        return cls(codes, None, CATEGORICAL, display.seed, zero)

    @classmethod
    def of_categories(cls, values: NDArray[Any], colours: Mapping[str, Rgb]) -> ColourScale:
        """Return the scale of a column of text whose categories have colours of their own."""
        codes = {name: code for code, name in enumerate(colours)}
        numbers = np.fromiter((codes.get(value, -1) for value in values), np.int64, len(values))
        return cls(
            numbers, None, CATEGORICAL, palette=np.array(list(colours.values()), np.uint8).reshape(-1, 3)
        )

    def colouring(self, labels: NDArray[Any], rows: slice | NDArray[Any]) -> Colouring:
        """The colouring of some rows, the objects of one image; `labels` are those of all rows."""
        hidden = None if self.zero is None else labels[rows][self.zero[rows]]
        numbers = self.numbers[rows]
        rgb = None
        if self.palette is not None:
            rgb = np.full((len(numbers), 3), NEUTRAL, np.uint8)
            rgb[numbers >= 0] = self.palette[numbers[numbers >= 0]]
        return Colouring(labels[rows], numbers, self.limits, self.limits is None, hidden, rgb)

    def all_rgb(self) -> NDArray[np.uint8]:
        """Colours of all rows, uint8 (n, 3), neutral where there is no value; the same as `rgb` gives one by one."""
        if self.limits is None:
            colours = glasbey(256, self.seed)[self.numbers.astype(np.int64) % 256]
            return np.where((self.numbers < 0)[:, None], np.uint8(NEUTRAL[0]), colours).astype(np.uint8)
        low, high = self.limits
        with np.errstate(invalid="ignore", over="ignore"):
            unit = (self.numbers - low) / max(high - low, _TINY)
        known = ~np.isnan(unit)
        place = (np.clip(np.where(known, unit, 0), 0, 1) * 255 + 0.5).astype(np.int64)
        return np.where(known[:, None], COLORMAPS[self.colour_map][place], np.uint8(NEUTRAL[0])).astype(
            np.uint8
        )

    def rgb(self, number: float) -> Rgb | None:
        """Colour of a value (or a category's code), None for a missing one."""
        if self.limits is None:
            if self.palette is not None:
                return None if number < 0 else _rgb(self.palette[int(number)])
            return None if number < 0 else _rgb(glasbey(256, self.seed)[int(number) % 256])
        low, high = self.limits
        # As `colours_by_value` does it for the picture, so that a cell and its object never differ by a shade.
        unit = (float(number) - low) / max(high - low, _TINY)
        if np.isnan(unit):
            return None
        return _rgb(COLORMAPS[self.colour_map][int(min(1.0, max(0.0, unit)) * 255 + 0.5)])

    def legend(self, cells: int) -> list[Rgb]:
        """Colours of a bar that is `cells` wide, from the low to the high end; none for categories."""
        if self.limits is None:
            return []
        table = COLORMAPS[self.colour_map]
        return [_rgb(table[round(at * 255 / max(1, cells - 1))]) for at in range(cells)]


def _limits(
    numbers: NDArray[np.float64], how: Literal["robust", "data"] | tuple[float, float]
) -> tuple[float, float]:
    if isinstance(how, tuple):
        return how
    if how == "robust":
        return robust_limits(numbers)
    return robust_limits(numbers, 0.0, 100.0)


def _rgb(colour: NDArray[Any]) -> Rgb:
    red, green, blue = (int(part) for part in colour[:3])
    return red, green, blue


class LayerColours:
    """Makes the colours of layers, and keeps those by label; safe from several threads."""

    def __init__(self) -> None:
        self._by_seed: ByteCache[int, LabelColours] = ByteCache(32)

    def of(self, spec: PictureSpec, active: bool) -> LabelColours:
        """The colours of a layer; only the `active` one has those of the spec's colouring."""
        colouring = spec.colouring
        if not active or colouring is None:
            seed = spec.display.seed
            return self._by_seed.get_or_make(seed, lambda: label_colours(seed=seed), lambda _: 1)
        labels, values = colouring.labels, colouring.values
        if colouring.rgb is not None:
            return colours_by_table(labels, colouring.rgb)
        if colouring.categorical:
            colours = colours_by_category(labels, values, spec.display.seed)
        else:
            colours = colours_by_value(labels, values, spec.display.colour_map, colouring.limits)
        return colours if colouring.hidden is None else _without(colours, colouring.hidden)


def _without(colours: LabelColours, labels: NDArray[Any]) -> LabelColours:
    """The same colours, with some labels transparent."""
    if colours.ids is None:
        return colours
    gone = np.isin(colours.ids, labels)
    table = colours.table.copy()
    table[gone, 3] = 0
    dense = colours.dense
    if dense is not None:
        dense = dense.copy()
        dense[colours.ids[gone], 3] = 0
    return replace(colours, table=table, dense=dense)


_KINDS: dict[str, Literal["tick", "cross", "question"]] = {
    PASS.name: "tick",
    FAIL.name: "cross",
    UNSURE.name: "question",
}
_FINE, _COARSE = 6, 2


def colouring_by_verdict(labels: NDArray[Any], codes: NDArray[Any], names: tuple[str, ...]) -> Colouring:
    """The colouring of objects with these `labels`; `names[code]` is the verdict of each."""
    table = np.array([SCREEN_COLOURS[name] for name in names], np.uint8)
    return Colouring(labels, codes, None, True, rgb=table[codes])


def verdict_marks(
    x: NDArray[Any], y: NDArray[Any], codes: NDArray[Any], names: tuple[str, ...], coarse: bool = False
) -> tuple[Mark, ...]:
    """A mark at the centre (image pixels, NaN: not known) of every object that has a verdict.

    On a `coarse` display, with few pixels, they are small.
    """
    size = _COARSE if coarse else _FINE
    return tuple(
        Mark(float(x[at]), float(y[at]), _KINDS[names[codes[at]]], SCREEN_COLOURS[names[codes[at]]], size)
        for at in np.flatnonzero(codes)
        if not np.isnan(x[at] + y[at])
    )
