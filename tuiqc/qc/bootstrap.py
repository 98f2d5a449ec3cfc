"""Objects of one image are alike: failure rates of objects with images as clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuiqc.qc.rates import beta_quantile, t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """A rate of objects with the interval of a cluster bootstrap.

    `design_effect` is how many times larger the variance is than that of as many independent objects; None
    where it can't be told (no failure, or one image). With fewer than 10 images, or none or only failures, the
    interval says little: `reliable` is False then.
    """

    rate: float | None
    low: float
    high: float
    images: int
    objects: int
    design_effect: float | None
    reliable: bool


def cluster_bootstrap(
    failed: Sequence[int],
    judged: Sequence[int],
    *,
    seed: int = 1,
    draws: int = 2000,
    confidence: float = 0.95,
) -> ClusteredRate:
    """Return the failure rate of objects; whole images are drawn again, with replacement.

    `failed[i]` of `judged[i]` objects failed in image i; images without a judged object don't count. The
    bootstrap gives the variance of the ratio (A. C. Davison, D. V. Hinkley, Bootstrap Methods and their
    Application, 1997, section 3.8), and with it how many independent objects the clustered ones are worth. The
    interval is the exact one with that number, corrected for the images - 1 degrees of freedom (E. L. Korn,
    B. I. Graubard, Survey Methodology 24 (1998) 193-201). The percentiles of the draws themselves cover too seldom
    where there are few images or failures; `tests/benchmarks/coverage.py` shows both. Same seed, same interval.

    Raises
    ------
    ValueError
        If the sequences differ in length or more failed than were judged.
    """
    import numpy as np

    k, n = np.asarray(failed, np.int64), np.asarray(judged, np.int64)
    if k.shape != n.shape or (k < 0).any() or (k > n).any():
        raise ValueError("failures and judged objects don't fit together")
    k, n = k[n > 0], n[n > 0]
    images, objects = len(n), int(n.sum())
    if not images:
        return ClusteredRate(None, 0.0, 1.0, 0, 0, None, False)
    rate = float(k.sum() / objects)
    if images == 1:
        return ClusteredRate(rate, 0.0, 1.0, 1, objects, None, False)
    # A variance of the draws is that of images - 1 in `images`.
    variance = float(_drawn_rates(k, n, seed, draws).var(ddof=1)) * images / (images - 1)
    simple = rate * (1 - rate) / objects
    if simple == 0 or variance == 0:
        # No draw can show what was not seen: as if each image were one thing, Wilson's bound.
        from tuiqc.qc.rates import wilson_interval

        low, high = wilson_interval(round(rate * images), images)
        return ClusteredRate(rate, low, high, images, objects, None, False)
    low, high = korn_graubard(rate, rate * (1 - rate) / variance, objects, images - 1, confidence)
    return ClusteredRate(rate, low, high, images, objects, variance / simple, images >= 10)


def _drawn_rates(k: NDArray[Any], n: NDArray[Any], seed: int, draws: int) -> NDArray[Any]:
    """Rates of `draws` batches of as many images, drawn from these with replacement."""
    import numpy as np

    random = np.random.default_rng(seed)
    images = len(n)
    rates = np.empty(draws)
    chunk = max(1, 2_000_000 // images)
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        drawn = random.integers(0, images, (size, images))
        rates[start : start + size] = k[drawn].sum(axis=1) / n[drawn].sum(axis=1)
    return rates


def korn_graubard(
    rate: float, worth: float, judged: int, degrees: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the exact interval of a rate seen in a sample that is worth `worth` independent things.

    Clopper and Pearson's with n = worth · (t_(judged-1) / t_degrees)² and k = rate · n, neither of which need be
    whole (Korn and Graubard 1998; `degrees` is the number of clusters less one).
    """
    tail = (1 - confidence) / 2
    ratio = t_quantile(1 - tail, max(1, judged - 1)) / t_quantile(1 - tail, degrees)
    n = worth * ratio**2
    k = rate * n
    low = 0.0 if k <= 0 else beta_quantile(tail, k, n - k + 1)
    high = 1.0 if k >= n else beta_quantile(1 - tail, k + 1, n - k)
    return low, high
