"""Quality of one channel of an image, as CellProfiler's MeasureImageQuality computes it (source read in 2026-04).

The names are CellProfiler's, so what is computed under them is what it computes: intensities from 0 to 1 (an integer
divided by the largest value of its type), whole images, population variances. What CellProfiler has not is under
`tuiqc_` names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SCALE = 20
"""Scale in pixels of local focus and correlation that CellProfiler offers first."""


def image_quality(plane: NDArray[Any], *, scale: int = SCALE) -> dict[str, float]:
    """Measure a (y, x) plane.

    Parameters
    ----------
    plane
        Integers, which are divided by the largest value of their type, or floats from 0 to 1 as they are. What is not
        finite counts as 0.
    scale
        Of `LocalFocusScore_<scale>` and `Correlation_<scale>`, pixels.

    Returns
    -------
    dict
        `FocusScore`, `LocalFocusScore_<scale>`, `Correlation_<scale>`, `PowerLogLogSlope`, `PercentMaximal`,
        `PercentMinimal`, `TotalArea`, `TotalIntensity`, `MeanIntensity`, `MedianIntensity`, `StdIntensity`,
        `MADIntensity`, `MinIntensity`, `MaxIntensity`, and `tuiqc_PercentSaturated`: the share at the largest value of
        an integer type (0 for floats).
    """
    values = scaled(plane)
    if not values.size:
        return dict.fromkeys(_names(scale), 0.0)
    middle = float(np.median(values))
    low, high = float(values.min()), float(values.max())
    full = np.iinfo(plane.dtype).max if plane.dtype.kind in "ui" else None
    found = (
        focus_score(values),
        local_focus_score(values, scale),
        correlation(values, scale),
        power_log_log_slope(values),
        100.0 * float((values == high).mean()),
        100.0 * float((values == low).mean()),
        float(values.size),
        float(values.sum()),
        float(values.mean()),
        middle,
        float(values.std()),
        float(np.median(np.abs(values - middle))),
        low,
        high,
        0.0 if full is None else 100.0 * float((plane == full).mean()),
    )
    return dict(zip(_names(scale), found, strict=True))


def _names(scale: int) -> tuple[str, ...]:
    return (
        "FocusScore",
        f"LocalFocusScore_{scale}",
        f"Correlation_{scale}",
        "PowerLogLogSlope",
        "PercentMaximal",
        "PercentMinimal",
        "TotalArea",
        "TotalIntensity",
        "MeanIntensity",
        "MedianIntensity",
        "StdIntensity",
        "MADIntensity",
        "MinIntensity",
        "MaxIntensity",
        "tuiqc_PercentSaturated",
    )


def scaled(plane: NDArray[Any]) -> Floats:
    """A plane as CellProfiler has it: integers divided by the largest value of their type."""
    values = np.asarray(plane, np.float64)
    if plane.dtype.kind in "ui":
        return values / np.iinfo(plane.dtype).max
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def focus_score(values: Floats) -> float:
    """Variance over mean; 0 where the mean is not positive."""
    mean = float(values.mean())
    return float(values.var() / mean) if mean > 0 else 0.0


def local_focus_score(values: Floats, scale: int) -> float:
    """Variance over median of the focus scores of a grid of ceil(height / scale) x ceil(width / scale) tiles.

    Tiles with a mean of 0 are dropped. CellProfiler's manual says "mean"; this is what its code does.
    """
    counts = [int(np.ceil(side / scale)) for side in values.shape]
    rows, columns = (
        (np.arange(side) * count // side).astype(np.int64)
        for side, count in zip(values.shape, counts, strict=True)
    )
    tile = (rows[:, None] * counts[1] + columns).ravel()
    number = np.bincount(tile)
    flat = values.ravel()
    mean = np.bincount(tile, flat) / number
    variance = np.maximum(np.bincount(tile, flat * flat) / number - mean**2, 0)
    scores = variance[mean != 0] / mean[mean != 0]
    middle = float(np.median(scores)) if len(scores) else 0.0
    return float(scores.var() / middle) if middle and np.isfinite(middle) else 0.0


_LEVELS = 8


def correlation(values: Floats, scale: int) -> float:
    """Haralick's correlation (H3) of grey levels `scale` pixels apart in a row, 8 levels from lowest to highest."""
    if values.shape[1] <= scale:
        return 0.0
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return 0.0
    levels = np.minimum(((values - low) / (high - low) * _LEVELS).astype(np.int64), _LEVELS - 1)
    pairs = np.bincount((levels[:, :-scale] * _LEVELS + levels[:, scale:]).ravel(), minlength=_LEVELS**2)
    share = pairs.reshape(_LEVELS, _LEVELS) / pairs.sum()
    at = np.arange(_LEVELS)
    first, second = share.sum(1), share.sum(0)
    mean_1, mean_2 = first @ at, second @ at
    spread = np.sqrt((first @ (at - mean_1) ** 2) * (second @ (at - mean_2) ** 2))
    covariance = (at - mean_1) @ share @ (at - mean_2)
    found = covariance / spread if spread > 0 else 0.0
    return float(found) if np.isfinite(found) else 0.0


def power_log_log_slope(values: Floats) -> float:
    """Slope of ln(power) over ln(radius): the more negative, the blurrier; white noise has about +1.

    The image is divided by its median absolute deviation from the mean; power is summed over rings of
    floor(radius) + 1, from ring 2 to below an eighth of the shorter side. 0 where the image is
    flat or there are fewer than two rings.
    """
    centred = values - values.mean()
    deviation = float(np.median(np.abs(centred)))
    if deviation == 0:
        return 0.0
    top = min(values.shape) // 8
    total = _ring_power(centred / deviation, top)
    radius = np.arange(2, max(top, 2))
    radius = radius[radius < len(total)]
    radius = radius[total[radius] > 0]
    if len(radius) < 2:
        return 0.0
    return float(np.polyfit(np.log(radius), np.log(total[radius]), 1)[0])


def _ring_power(values: Floats, top: int) -> Floats:
    """Power by ring of floor(radius) + 1; complete below `top`, at most an eighth of the shorter side.

    Only low frequencies are transformed along columns, and those of negative ones are conjugates of the others.
    """
    from scipy import fft

    if not top:
        return np.zeros(0)
    height = len(values)
    power = np.abs(fft.fft(fft.rfft(values, axis=1)[:, : top + 1], axis=0)) ** 2
    # Mirrored, not wrapped: the last row counts as frequency 0, as in CellProfiler, though it is that of -1.
    rows = np.concatenate([np.arange(top), np.arange(height - top, height)])
    mirrored = np.minimum(rows, height - 1 - rows)
    columns = np.arange(top)
    ring = np.floor(np.hypot(mirrored[:, None], columns)).astype(np.int64).ravel() + 1
    left = power[(-rows) % height][:, columns + 1]  # column width - 1 - c is frequency -(c + 1)
    total: Floats = np.bincount(ring, (power[rows][:, :top] + left).ravel()).astype(np.float64, copy=False)
    return total
