"""How good is what was reviewed? Failure rate with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class FailureRate:
    """Failures among what got a clear verdict, with the 95 % Wilson interval.

    `judged` counts pass and fail; `unsure` is neither and is left out of the rate. `rate` is None, and the
    interval 0 to 1, as long as nothing is judged. The interval holds for things reviewed in random order;
    a review that begins with the worst gives a rate that is too high.
    """

    failed: int
    judged: int
    unsure: int
    rate: float | None
    low: float
    high: float


def wilson_interval(failed: int, judged: int, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion as (low, high), fractions in 0..1.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212. With p = k/n: centre (p + z²/2n)/(1 + z²/n),
    half-width z/(1 + z²/n)·sqrt(p(1 - p)/n + z²/4n²). Nothing judged gives (0, 1).

    Raises
    ------
    ValueError
        Unless 0 <= failed <= judged.
    """
    if not 0 <= failed <= judged:
        raise ValueError(f"{failed} failures among {judged}")
    if judged == 0:
        return 0.0, 1.0
    p, scale = failed / judged, 1 + z * z / judged
    centre = (p + z * z / (2 * judged)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / judged + z * z / (4 * judged * judged))
    # The ends are exact at 0 and n of n, where rounding would leave a trace such as 1e-17.
    low = 0.0 if failed == 0 else max(0.0, centre - half)
    high = 1.0 if failed == judged else min(1.0, centre + half)
    return low, high


def failure_rate(counts: Mapping[str, int]) -> FailureRate:
    """Return the failure rate of verdict counts such as `AnnotationStore.counts` gives."""
    failed = counts.get("fail", 0)
    judged = failed + counts.get("pass", 0)
    low, high = wilson_interval(failed, judged)
    return FailureRate(
        failed, judged, counts.get("unsure", 0), failed / judged if judged else None, low, high
    )
