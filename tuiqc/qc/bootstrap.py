"""Objects of one image are alike: failure rates of objects with images as clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


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
    interval is the percentile bootstrap of the ratio (A. C. Davison, D. V. Hinkley, Bootstrap Methods and their
    Application, 1997, sections 3.8 and 5.3), widened by sqrt(m/(m - 1)) for m images and with the t
    quantile in place of the normal one, since with few images it is too narrow otherwise (T. C. Hesterberg, The
    American Statistician 69 (2015) 371-386). Same seed, same interval.

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
    rate = float(k.sum() / n.sum())
    if images == 1:
        return ClusteredRate(rate, 0.0, 1.0, 1, objects, None, False)
    random = np.random.default_rng(seed)
    rates = np.empty(draws)
    chunk = max(1, 2_000_000 // images)
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        drawn = random.integers(0, images, (size, images))
        rates[start : start + size] = k[drawn].sum(axis=1) / n[drawn].sum(axis=1)
    tail = (1 - confidence) / 2 if images < 2 else _widened_tail((1 - confidence) / 2, images)
    low, high = (float(value) for value in np.quantile(rates, [tail, 1 - tail]))
    simple = rate * (1 - rate) / objects
    effect = float(rates.var(ddof=1)) / simple * images / (images - 1) if simple > 0 else None
    if not k.any() or (k == n).all():
        # No draw can show what was not seen: as if each image were one thing, Wilson's bound.
        from tuiqc.qc.rates import wilson_interval

        low, high = wilson_interval(0 if not k.any() else images, images)
    return ClusteredRate(rate, low, high, images, objects, effect, bool(images >= 10 and effect is not None))


def _widened_tail(tail: float, images: int) -> float:
    """Tail of the bootstrap distribution to use so that the interval has the width of a t interval.

    Hesterberg 2015, section 5.3.2: alpha' / 2 = Phi(-sqrt(m/(m - 1)) t_(m-1)).
    """
    from statistics import NormalDist

    return NormalDist().cdf(-math.sqrt(images / (images - 1)) * t_quantile(1 - tail, images - 1))


def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile (probability >= 1/2) of Student's t, by that of the beta distribution.

    t² = d(1 - x)/x with x the 2(1 - p) quantile of Beta(d/2, 1/2) (DLMF 8.17).
    """
    from tuiqc.qc.beta import beta_quantile

    x = beta_quantile(2 * (1 - probability), degrees / 2, 0.5)
    return math.sqrt(degrees * (1 - x) / x)


def design_effect(cluster_size: float, correlation: float) -> float:
    """Return 1 + (m - 1)·ICC, the design effect of clusters of m alike by the intraclass correlation."""
    return 1 + (cluster_size - 1) * correlation
