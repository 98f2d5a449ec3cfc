"""The power of the rings of an image, as the whole transform has it."""

from __future__ import annotations

import numpy as np
import pytest

from tuiqc.measure.image_quality import power_log_log_slope


def plain_slope(values: np.ndarray) -> float:
    centred = values - values.mean()
    power = np.abs(np.fft.fft2(centred / np.median(np.abs(centred)))) ** 2
    rows, columns = (np.minimum(np.arange(side), np.arange(side)[::-1]) for side in values.shape)
    ring = np.floor(np.hypot(rows[:, None], columns)).astype(np.int64) + 1
    total = np.bincount(ring.ravel(), power.ravel())
    radius = np.arange(2, max(min(values.shape) // 8, 2))
    return float(np.polyfit(np.log(radius), np.log(total[radius]), 1)[0]) if len(radius) > 1 else 0.0


@pytest.mark.parametrize("shape", [(64, 64), (65, 64), (40, 97), (33, 200), (31, 31), (15, 40), (7, 9)])
def test_low_rings_are_those_of_the_whole_transform(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(sum(shape)).random(shape) ** 3
    assert power_log_log_slope(values) == pytest.approx(plain_slope(values), abs=1e-9)
