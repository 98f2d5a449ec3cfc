"""What an image as a whole says for or against its segmentation: quality of its channels, how the mask lies on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.image_quality import power_log_log_slope, scaled
from tuiqc.measure.working_plane import block_means, reduced_labels

_SIDE = 256
"""Longest side, in pixels, of the plane on which it is looked at how the mask lies."""

_TILES = 6
_FURTHEST = 0.25
"""Share of a side by which a mask is moved at most."""


def image_evidence(labels: NDArray[Any], channels: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    """Measure one plane.

    Parameters
    ----------
    labels
        (y, x) integers, 0 is background.
    channels
        (y, x) planes of the same shape by name; that of the objects first.

    Returns
    -------
    dict
        `count` (labels), `coverage` (labelled share of the pixels); of each channel `<name> focus` (CellProfiler's
        `PowerLogLogSlope`: the more negative, the blurrier), `<name> saturated` (share at the largest value of the
        type), `<name> brightness` (median, 0 to 1), `<name> unevenness` (standard deviation of the 10 % quantiles of
        6 x 6 tiles over the range of 90 % of all pixels); where there is a channel and an object `fit` (correlation of
        the edges of the first channel with those of the mask as it lies), `shift_y`, `shift_x` (pixels by which the
        mask would have to be moved to fit best), `shift_gain` (by how much it would fit better then, in standard
        deviations of the fit over all moves).
    """
    present = np.unique(labels)
    out = {
        "count": float((present > 0).sum()),
        "coverage": float((labels > 0).mean()) if labels.size else 0.0,
    }
    for name, channel in channels.items():
        out |= {f"{name} {what}": value for what, value in _quality(channel).items()}
    if channels and out["count"]:
        out |= mask_fit(labels, next(iter(channels.values())))
    return out


def _quality(channel: NDArray[Any]) -> dict[str, float]:
    values = scaled(channel)
    if not values.size:
        return dict.fromkeys(("focus", "saturated", "brightness", "unevenness"), 0.0)
    full = np.iinfo(channel.dtype).max if channel.dtype.kind in "ui" else None
    low, high = np.quantile(values[:: max(1, values.shape[0] // 512)], [0.05, 0.95])
    tiles = [
        float(np.quantile(tile, 0.1))
        for rows in np.array_split(values, min(_TILES, values.shape[0]), axis=0)
        for tile in np.array_split(rows, min(_TILES, values.shape[1]), axis=1)
    ]
    return {
        "focus": power_log_log_slope(values),
        "saturated": 0.0 if full is None else float((channel == full).mean()),
        "brightness": float(np.median(values)),
        "unevenness": float(np.std(tiles) / (high - low)) if high > low else 0.0,
    }


def mask_fit(labels: NDArray[Any], channel: NDArray[Any]) -> dict[str, float]:
    """How well a mask fits an image as it lies, and how it would have to be moved to fit best.

    The edges of both (length of the gradient; pixels beside another label) are correlated at all moves of up to a
    quarter of a side. Moves are pixels of the mask, down and to the right.
    """
    from scipy import fft
    from scipy import ndimage as ndi

    factor = max(1, -(-max(labels.shape) // _SIDE))
    small = reduced_labels(labels, factor)
    plane = ndi.gaussian_filter(block_means(channel, factor, small.shape), 1.0)
    image = np.hypot(ndi.sobel(plane, 0), ndi.sobel(plane, 1))
    image = np.minimum(image, np.quantile(image, 0.99))  # a speck of dust is no edge of an object
    padded = np.pad(small, 1, mode="edge")
    beside = (padded[:-2, 1:-1] != small) | (padded[2:, 1:-1] != small)
    mask = (beside | (padded[1:-1, :-2] != small) | (padded[1:-1, 2:] != small)).astype(np.float32)
    image, mask = (one - one.mean() for one in (image, mask))
    size = float(np.sqrt((image**2).sum() * (mask**2).sum()))
    if not size:
        return {"fit": 0.0, "shift_y": 0.0, "shift_x": 0.0, "shift_gain": 0.0}
    shape = [fft.next_fast_len(side + round(side * _FURTHEST), real=True) for side in image.shape]
    product = fft.rfft2(image, shape) * np.conj(fft.rfft2(mask, shape))
    fit = fft.irfft2(product, shape) / size
    reach = [max(1, round(side * _FURTHEST)) for side in image.shape]
    near = np.roll(fit, reach, (0, 1))[: 2 * reach[0] + 1, : 2 * reach[1] + 1]
    y, x = (int(at) for at in np.unravel_index(near.argmax(), near.shape))
    gain = (near[y, x] - fit[0, 0]) / max(float(near.std()), 1e-9)
    return {
        "fit": float(fit[0, 0]),
        "shift_y": float((y - reach[0]) * factor),
        "shift_x": float((x - reach[1]) * factor),
        "shift_gain": float(gain),
    }
