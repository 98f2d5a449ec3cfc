"""How good is what was reviewed? Failure rates with their intervals, and how much has to be reviewed.

Names of the methods as in statsmodels (`wilson`, `beta`) and scipy (`wilson`, `exact`); the field has both. Wilson's
interval is written out, since it is shown with every verdict (statsmodels takes 0.6 s to import, `scipy.stats` a
second) and is needed for numbers that are not whole; the tests hold it against both.

The beta, binomial, hypergeometric and t distributions, as far as intervals and plans need them, are from
`scipy.special`, which takes 0.15 s to import where `scipy.stats` takes a second; both are imported when a
function is called. Only the hypergeometric sum is written out, since `scipy.special` has none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


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


Z_95 = 1.959963984540054
Method = Literal["wilson", "exact"]


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
    _check(failed, judged)
    if judged == 0:
        return 0.0, 1.0
    return _wilson(failed / judged, judged, z)


def _wilson(p: float, n: float, z: float) -> tuple[float, float]:
    """The Wilson interval for a rate `p` seen in `n` (which may be an effective number, so no whole one)."""
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # The ends are exact at 0 and n of n, where rounding would leave a trace such as 1e-17.
    low = 0.0 if p == 0 else max(0.0, centre - half)
    high = 1.0 if p == 1 else min(1.0, centre + half)
    return low, high


def exact_interval(failed: int, judged: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval: conservative, it covers at least with `confidence`.

    C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404-413: Beta(a/2; k, n-k+1) to Beta(1-a/2; k+1, n-k)
    with a = 1 - confidence; 0 below if nothing failed, 1 above if all did. Raises as `wilson_interval`.
    """
    _check(failed, judged)
    tail = (1 - confidence) / 2
    low = 0.0 if failed == 0 else beta_quantile(tail, failed, judged - failed + 1)
    high = 1.0 if failed == judged else beta_quantile(1 - tail, failed + 1, judged - failed)
    return low, high


def finite_interval(
    failed: int, judged: int, population: int | None, method: Method = "wilson", z: float = Z_95
) -> tuple[float, float]:
    """Return the interval for the rate of a batch of `population` things of which `judged` were drawn.

    The distance of each end from the rate is multiplied by sqrt((N - n)/(N - 1)), the finite population
    correction (W. G. Cochran, Sampling Techniques, 3rd ed., 1977, section 2.6); with everything judged the
    rate is known and both ends are it. The corrected interval always leaves room for what is known: at least
    `failed` and at most `failed` + unseen of the batch fail. None: an endless population.

    Raises
    ------
    ValueError
        Unless 0 <= failed <= judged <= population.
    """
    _check(failed, judged)
    if population is not None and judged > population:
        raise ValueError(f"{judged} judged of {population}")
    low, high = wilson_interval(failed, judged, z) if method == "wilson" else exact_interval(failed, judged)
    if population is None or judged == 0:
        return low, high
    p = failed / judged
    if judged == population:
        return p, p
    factor = math.sqrt((population - judged) / (population - 1))
    known_low, known_high = failed / population, (failed + population - judged) / population
    return max(known_low, p - (p - low) * factor), min(known_high, p + (high - p) * factor)


def failure_rate(
    counts: Mapping[str, int], population: int | None = None, method: Method = "wilson"
) -> FailureRate:
    """Return the failure rate of verdict counts such as `AnnotationStore.counts` gives.

    With `population`, the number of things in the batch, the interval is that of `finite_interval`.
    """
    failed = counts.get("fail", 0)
    judged = failed + counts.get("pass", 0)
    low, high = finite_interval(failed, judged, population, method)
    return FailureRate(
        failed, judged, counts.get("unsure", 0), failed / judged if judged else None, low, high
    )


class Stratum(NamedTuple):
    """One part of the batch: how many things it has, how many of them were judged and failed."""

    population: int
    judged: int
    failed: int


@dataclass(frozen=True, slots=True)
class StratifiedRate:
    """A rate over strata: `low` to `high` is 95 %; `judged` and `population` of all strata together.

    `missing` is how many strata have nothing judged: they are left out, and the rate is that of the others.
    """

    rate: float | None
    low: float
    high: float
    judged: int
    population: int
    missing: int


def stratified_rate(strata: Sequence[Stratum], z: float = Z_95) -> StratifiedRate:
    """Return the failure rate of a batch from the rates of its strata, each weighted with its size.

    p = sum(W_h p_h), var = sum(W_h² p_h(1 - p_h)/n_h · (N_h - n_h)/(N_h - 1)) (Cochran 1977, section 5.9).
    The interval is Wilson's with the number that a simple sample of the same variance would have (E. L. Korn,
    B. I. Graubard, Survey Methodology 24 (1998) 193-201 do so with the exact interval); near 0 and 1, where the
    variance says nothing, with the number judged.
    """
    for stratum in strata:
        _check(stratum.failed, stratum.judged)
        if stratum.judged > stratum.population:
            raise ValueError(f"{stratum.judged} judged of {stratum.population}")
    seen = [stratum for stratum in strata if stratum.judged]
    judged, all_of = sum(s.judged for s in seen), sum(s.population for s in strata)
    missing = sum(1 for s in strata if s.population and not s.judged)
    if not seen:
        return StratifiedRate(None, 0.0, 1.0, 0, all_of, missing)
    whole = sum(s.population for s in seen)
    rate = variance = 0.0
    for s in seen:
        weight, p = s.population / whole, s.failed / s.judged
        rate += weight * p
        left = (s.population - s.judged) / max(1, s.population - 1)
        variance += weight * weight * p * (1 - p) / s.judged * left
    rate = min(1.0, rate)
    if judged == whole and not missing:
        return StratifiedRate(rate, rate, rate, judged, all_of, missing)
    spread = rate * (1 - rate)
    # A sample can't be worth more than an endless one; one that saw both sides at least what it has.
    worth = spread / variance if variance > 0 and spread > 0 else float(judged)
    low, high = _wilson(rate, worth, z)
    return StratifiedRate(rate, low, high, judged, all_of, missing)


def zero_failure_bound(judged: int, confidence: float = 0.95) -> float:
    """Return the rate that is excluded at one-sided `confidence` when none of `judged` failed.

    1 - (1 - confidence)^(1/n), about 3/n (J. A. Hanley, A. Lippman-Hand, JAMA 249 (1983) 1743-1745).
    """
    return 1.0 if judged <= 0 else -math.expm1(math.log1p(-confidence) / judged)


def zero_failure_size(rate: float, confidence: float = 0.95) -> int:
    """Return how many must be judged, none failing, to claim a failure rate below `rate` at `confidence`.

    Raises
    ------
    ValueError
        Unless 0 < rate < 1 and 0 < confidence < 1.
    """
    _fraction(rate, "rate")
    _fraction(confidence, "confidence")
    # A result a rounding error above a whole number is that number.
    return max(1, math.ceil(math.log1p(-confidence) / math.log1p(-rate) - 1e-9))


def _check(failed: int, judged: int) -> None:
    if not 0 <= failed <= judged:
        raise ValueError(f"{failed} failures among {judged}")


def _fraction(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} {value} is not between 0 and 1")


def total(strata: Iterable[Stratum]) -> Stratum:
    """Return the strata as one."""
    parts = list(strata)
    return Stratum(
        sum(s.population for s in parts), sum(s.judged for s in parts), sum(s.failed for s in parts)
    )
