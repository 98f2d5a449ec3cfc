"""Verdicts in the picture: a colour for each object, and a mark so that the colour is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuiqc.picture.spec import Colouring
from tuiqc.qc.verdict import FAIL, PASS, SCREEN_COLOURS, UNSURE
from tuiqc.render.highlight import Mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
