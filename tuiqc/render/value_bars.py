"""How the values of a channel lie, and what is drawn for each: the bars and the ramp of the display panel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.render.contrast import to_unit
from tuiqc.render.style import ChannelStyle

_MOST = 16_384
"""Values that are looked at: enough for some forty bars, and few enough to be counted at each key."""
_ENDS = (0.1, 99.9)
"""Percentiles that the bars reach to at least: a hot pixel must not push all the others into one bar."""
_MARGIN = 0.04
_BINS = 256


def thin_out(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Some 16,000 of the finite values of pixels of any shape and numeric type, as float64 (n,)."""
    flat = pixels.reshape(-1)
    values = flat[:: max(len(flat) // _MOST, 1)].astype(np.float64)
    return values[np.isfinite(values)]


def value_span(values: NDArray[np.float64], limits: tuple[float, float]) -> tuple[float, float]:
    """The values at the two ends of the bars: both limits lie between them, and nearly all pixels."""
    low, high = limits
    if len(values):
        ends = np.percentile(values, _ENDS)
        low, high = min(low, float(ends[0])), max(high, float(ends[1]))
    margin = (high - low) * _MARGIN
    return low - margin, high + margin


def value_counts(values: NDArray[np.float64], span: tuple[float, float]) -> NDArray[np.float64]:
    """How many values there are in each of 256 equal parts of `span`, as logarithms (0 where there is none).

    The background of a micrograph has so many pixels that the objects would not be seen beside it otherwise.
    """
    counts = np.histogram(values, bins=_BINS, range=span)[0]
    return np.asarray(np.log1p(counts), dtype=np.float64)


def value_ramp(
    style: ChannelStyle, limits: tuple[float, float], span: tuple[float, float], cells: int
) -> NDArray[np.uint8]:
    """The colour (cells, 3) uint8 that values evenly from end to end of `span` are drawn in."""
    at = np.linspace(span[0], span[1], cells, dtype=np.float64)
    unit = to_unit(at, limits, style.gamma, style.invert)
    return np.round(unit[:, None] * np.array(style.colour, np.float32)).astype(np.uint8)
