"""From pixel values to brightness: limits that survive hot pixels, and the unit scale between them.

The bars and the ramp of the display panel show how the values of a channel lie, and what is drawn for each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.pixels.bands import sample_step
from tuiqc.render.style import ChannelStyle

_TABLE_KINDS = {np.dtype(t) for t in ("bool", "u1", "i1", "u2", "i2")}


def auto_limits(plane: NDArray[Any], low: float = 0.5, high: float = 99.8) -> tuple[float, float]:
    """Return the pixel values to draw as black and as white.

    Parameters
    ----------
    plane
        (y, x) or (y, x, 3), any numeric type or bool; NaN and infinities are left out.
    low, high
        Percentiles; those of a regular grid of about 65,000 pixels are taken.

    Returns
    -------
    tuple of float
        Finite, the first below the second. Where the percentiles are one value (sparse spots on an even
        background, a mask) the range of the pixels looked at, then of all pixels, is taken; for a constant
        plane the value and the value + 1; (0, 1) where there is no finite pixel.
    """
    step = sample_step(plane.shape) if plane.ndim >= 2 else 1
    for pixels in (plane[::step, ::step], plane):
        if (found := sampled_limits(pixels, low, high)) is not None:
            return found
    values = _finite(plane)
    if values.size == 0:
        return 0.0, 1.0
    only = float(values.flat[0])
    return only, max(only + 1, float(np.nextafter(only, np.inf)))


def sampled_limits(pixels: NDArray[Any], low: float, high: float) -> tuple[float, float] | None:
    """As `auto_limits` of a plane of which these pixels are every so many; None where all of it has to be looked at."""
    values = _finite(pixels)
    if values.size == 0:
        return None
    black, white = percentile(values, low), percentile(values, high)
    if black >= white:
        black, white = float(values.min()), float(values.max())
    return (black, white) if black < white else None


def percentile(values: NDArray[Any], percent: float) -> float:
    """Return a percentile of finite values (at least one), interpolated linearly as `np.percentile` does by default.

    NumPy's function imports masked arrays when it is first called, which takes 30 ms from the first picture.
    """
    place = (len(values) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(values) - 1)
    if (
        values.dtype.kind == "u" and values.dtype.itemsize <= 2
    ):  # few possible values: to count is five times faster
        up_to = np.bincount(values).cumsum()
        low, high = (float(v) for v in np.searchsorted(up_to, (below, above), side="right"))
    else:
        ordered = np.partition(values, (below, above))
        low, high = float(ordered[below]), float(ordered[above])
    return low + (high - low) * (place - below)


def evenness(plane: NDArray[Any]) -> str:
    """Say, as a phrase, that all pixels of a plane (y, x) have one value, or that none is a number; "" otherwise."""
    if plane.ndim != 2 or plane.size < 2:
        return ""
    some = plane[:: max(plane.shape[0] // 64, 1), :: max(plane.shape[1] // 64, 1)]
    if plane.dtype.kind == "f" and not np.isfinite(some).any():
        return "" if np.isfinite(plane).any() else "no pixel is a finite number"
    first = some[0, 0]
    if bool((some != first).any()) or bool((plane != first).any()):
        return ""
    return f"every pixel is {first:g}" if plane.dtype.kind == "f" else f"every pixel is {first}"


def _finite(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.dtype == bool:
        return pixels.astype(np.uint8).reshape(-1)
    if pixels.dtype.kind == "f":
        # float16 has no room for the sums of an interpolated percentile
        wide = pixels.astype(np.float64, copy=False)
        return wide[np.isfinite(wide)]
    return pixels.reshape(-1)


def to_unit(
    plane: NDArray[Any], limits: tuple[float, float], gamma: float = 1.0, invert: bool = False
) -> NDArray[np.float32]:
    """Scale pixel values to 0..1.

    Parameters
    ----------
    plane
        Any shape, any numeric type or bool. NaN becomes 0 (1 when inverted), infinities the ends.
    limits
        Values that become 0 and 1; what is beyond is cut.
    gamma
        Exponent applied after the cut.
    invert
        Return 1 minus that.

    Returns
    -------
    numpy.ndarray
        float32, the shape of `plane`.
    """
    if _worth_a_table(plane):
        table, first = _value_table(plane.dtype, limits, gamma, invert)
        return _look_up(table, plane, first)
    return _scaled(plane, limits, gamma, invert)


def to_byte(
    plane: NDArray[Any], limits: tuple[float, float], gamma: float = 1.0, invert: bool = False
) -> NDArray[np.uint8]:
    """Scale pixel values to 0..255, rounded: `to_unit` for display, by one table look-up where it can be."""
    if _worth_a_table(plane):
        table, first = _value_table(plane.dtype, limits, gamma, invert)
        return _look_up((table * 255 + 0.5).astype(np.uint8), plane, first)
    return (_scaled(plane, limits, gamma, invert) * 255 + 0.5).astype(np.uint8)


def _worth_a_table(plane: NDArray[Any]) -> bool:
    """Whether its pixels are more than its possible values, nearly: a small version of 16 bits has fewer."""
    return plane.dtype in _TABLE_KINDS and plane.size > max(4096, 1 << 8 * plane.dtype.itemsize)


@lru_cache(maxsize=32)
def _value_table(
    dtype: np.dtype[Any], limits: tuple[float, float], gamma: float, invert: bool
) -> tuple[NDArray[np.float32], int]:
    """Return the unit value of every value that `dtype` can hold, and the first of those values."""
    if dtype.kind == "b":
        return _scaled(np.array([0, 1]), limits, gamma, invert), 0
    bounds = np.iinfo(dtype)
    return _scaled(np.arange(bounds.min, bounds.max + 1), limits, gamma, invert), int(bounds.min)


def _look_up(table: NDArray[Any], plane: NDArray[Any], first: int) -> NDArray[Any]:
    if plane.dtype == bool:
        plane = plane.view(np.uint8) if plane.flags.c_contiguous else plane.astype(np.uint8)
    # np.take is several times faster than indexing; "wrap" makes negative values count from the end
    return np.take(np.roll(table, first) if first else table, plane, mode="wrap" if first else "raise")


def _scaled(
    plane: NDArray[Any], limits: tuple[float, float], gamma: float, invert: bool
) -> NDArray[np.float32]:
    low, high = limits
    # 64-bit values and wide ranges lose their differences in float32 before the limit is taken off
    wide = plane.dtype.itemsize > 2 or plane.dtype.kind == "f"
    unit: NDArray[Any] = plane.astype(np.float64 if wide else np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        unit -= low
        unit /= max(high - low, np.finfo(np.float32).tiny)
    if plane.dtype.kind == "f":
        np.nan_to_num(unit, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    np.clip(unit, 0, 1, out=unit)
    if gamma != 1.0:
        np.power(unit, gamma, out=unit)
    if invert:
        np.subtract(1, unit, out=unit)
    return unit.astype(np.float32, copy=False)


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
