"""The colours of the objects of a layer in a picture: by label, or by the values of a column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.picture.spec import PictureSpec
from tuiqc.pixels.cache import ByteCache
from tuiqc.render.labels import (
    LabelColours,
    colours_by_category,
    colours_by_table,
    colours_by_value,
    label_colours,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
