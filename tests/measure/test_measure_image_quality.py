"""Image quality is what CellProfiler computes under the same names."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage as ndi

from tuiqc.measure.image_quality import focus_score, image_quality, local_focus_score, power_log_log_slope

NOISE = np.random.default_rng(0).random((512, 512))


@pytest.mark.parametrize(("sigma", "slope"), [(0, 1.081), (1, 0.898), (2, 0.351), (4, -1.543)])
def test_slopes_of_blurred_noise(sigma: float, slope: float) -> None:
    """Vectors computed with CellProfiler's formula."""
    assert power_log_log_slope(ndi.gaussian_filter(NOISE, sigma)) == pytest.approx(slope, abs=0.002)


def test_an_eight_bit_image_is_measured_from_0_to_1() -> None:
    plane = np.zeros((40, 60), np.uint8)
    plane[:10] = 255
    found = image_quality(plane)
    assert found["MeanIntensity"] == pytest.approx(0.25)
    assert found["FocusScore"] == pytest.approx(0.25 * 0.75 / 0.25)
    assert found["PercentMaximal"] == pytest.approx(25)
    assert found["PercentMinimal"] == pytest.approx(75)
    assert found["tuiqc_PercentSaturated"] == pytest.approx(25)
    assert found["TotalArea"] == 2400
    assert found["TotalIntensity"] == pytest.approx(600)
    assert found["MADIntensity"] == 0
    assert found["Correlation_20"] == pytest.approx(1)


def test_local_focus_is_variance_over_median_of_tiles() -> None:
    tiles = np.array([[0.2, 0.4], [0.6, 0.0]])
    values = np.kron(tiles, np.ones((20, 20))) * (1 + 0.5 * (np.indices((40, 40)).sum(0) % 2))
    scores = [focus_score(values[:20, :20]), focus_score(values[:20, 20:]), focus_score(values[20:, :20])]
    assert local_focus_score(values, 20) == pytest.approx(np.var(scores) / np.median(scores))


@pytest.mark.parametrize(
    "plane", [np.zeros((0, 0)), np.zeros((3, 3)), np.full((64, 64), 7, np.uint16), np.full((20, 20), np.nan)]
)
def test_flat_and_odd_planes_have_finite_quality(plane: np.ndarray) -> None:
    found = image_quality(plane)
    assert all(np.isfinite(value) for value in found.values())
    assert found["PowerLogLogSlope"] == 0
