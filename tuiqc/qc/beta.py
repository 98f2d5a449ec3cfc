"""The beta and binomial distributions, as far as intervals of proportions need them; to about 1e-12.

scipy has both (`scipy.stats.beta`, `scipy.stats.binom`); tuiqc does without a dependency of its size for two
functions. The tests hold them against scipy where it is installed.
"""

from __future__ import annotations

import math

_TINY = 1e-300
_MAX_TERMS = 10_000


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for a, b > 0.

    The continued fraction of DLMF 8.17.22, evaluated by the modified Lentz method (W. J. Lentz, Appl. Opt. 15
    (1976) 668-671); on the side of the mean where it converges fast, I_x(a, b) = 1 - I_1-x(b, a) on the other.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1 - x, b, a)
    log_front = (
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * math.log1p(-x)
        - math.log(a)
    )
    return min(1.0, math.exp(log_front) * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    value = ratio = 1.0
    inverse = 0.0
    for term in range(_MAX_TERMS):
        m = term // 2
        if term == 0:
            d = 1.0
        elif term % 2 == 0:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        inverse = 1 / _not_zero(1 + d * inverse)
        ratio = _not_zero(1 + d / ratio)
        step = ratio * inverse
        value *= step
        if term and abs(step - 1) < 1e-15:
            break
    # The first term counts the fraction's leading one once more.
    return value - 1.0


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return x with I_x(a, b) = `probability`, by bisection.

    Raises
    ------
    ValueError
        Unless 0 <= probability <= 1 and a, b > 0.
    """
    if not (0 <= probability <= 1 and a > 0 and b > 0):
        raise ValueError(f"no quantile {probability} of Beta({a}, {b})")
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Return the probability of at most `k` of `n` with probability `p` each: I_1-p(n - k, k + 1)."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    return beta_cdf(1 - p, n - k, k + 1)


def hypergeometric_cdf(k: int, population: int, failing: int, drawn: int) -> float:
    """Return the probability of at most `k` failing among `drawn` of a `population` with `failing` in it."""
    low, high = max(0, drawn - (population - failing)), min(drawn, failing)
    if k < low:
        return 0.0
    if k >= high:
        return 1.0

    def log_choose(n: int, r: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(r + 1) - math.lgamma(n - r + 1)

    whole = log_choose(population, drawn)
    terms = (
        math.exp(log_choose(failing, i) + log_choose(population - failing, drawn - i) - whole)
        for i in range(low, k + 1)
    )
    return min(1.0, math.fsum(terms))
