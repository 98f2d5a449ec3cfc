"""The beta, binomial, hypergeometric and t distributions, as far as intervals and plans need them.

From `scipy.special`, which takes 0.15 s to import where `scipy.stats` takes a second; both are imported when a
function is called. Only the hypergeometric sum is written out, since `scipy.special` has none.
"""

from __future__ import annotations

import math


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return x with I_x(a, b) = `probability`.

    Raises
    ------
    ValueError
        Unless 0 <= probability <= 1 and a, b > 0.
    """
    if not (0 <= probability <= 1 and a > 0 and b > 0):
        raise ValueError(f"no quantile {probability} of Beta({a}, {b})")
    from scipy.special import betaincinv

    return float(betaincinv(a, b, probability))


def t_quantile(probability: float, degrees: float) -> float:
    """Return the quantile of Student's t with so many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Return the probability of at most `k` of `n` with probability `p` each."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    from scipy.special import bdtr

    return float(bdtr(k, n, p))


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
