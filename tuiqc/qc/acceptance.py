"""Acceptance sampling: how many to look at, how many may fail, and when the sampling can stop.

Single sampling by attributes (E. G. Schilling, D. V. Neubauer, Acceptance Sampling in Quality Control; the
tables of ISO 2859-1 rest on the same binomial operating characteristic). A plan is (n, c): look at n, accept if
at most c fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuiqc.qc.rates import binomial_cdf, hypergeometric_cdf, zero_failure_bound, zero_failure_size

MAX_PLAN = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Look at `n`; accept the batch if at most `c` of them fail."""

    n: int
    c: int


def plan(aql: float, ltpd: float, producer_risk: float = 0.05, consumer_risk: float = 0.10) -> Plan:
    """Return the smallest plan that accepts good batches and refuses bad ones.

    Parameters
    ----------
    aql
        Failure rate that is good enough: accepted with probability of at least 1 - `producer_risk`.
    ltpd
        Failure rate that is too high: accepted with probability of at most `consumer_risk`.

    Raises
    ------
    ValueError
        Unless 0 < aql < ltpd < 1, or if more than MAX_PLAN would have to be looked at.
    """
    if not 0 < aql < ltpd < 1:
        raise ValueError(f"0 < {aql} < {ltpd} < 1 is not so")
    n, c = 1, 0
    while n <= MAX_PLAN:
        while n <= MAX_PLAN and binomial_cdf(c, n, ltpd) > consumer_risk:
            n += 1
        if binomial_cdf(c, n, aql) >= 1 - producer_risk:
            return Plan(n, c)
        c += 1
    raise ValueError(f"rates {aql} and {ltpd} are too close: more than {MAX_PLAN} would have to be looked at")


def plan_for(rate: float, c: int = 0, confidence: float = 0.95) -> Plan:
    """Return the smallest plan whose acceptance shows a failure rate below `rate` at `confidence`.

    With c = 0 that is n = 149 for 2 % at 95 %.
    """
    if c == 0:
        return Plan(zero_failure_size(rate, confidence), 0)
    low, high = c, MAX_PLAN
    while low < high:
        middle = (low + high) // 2
        if binomial_cdf(c, middle, rate) <= 1 - confidence:
            high = middle
        else:
            low = middle + 1
    return Plan(low, c)


@dataclass(frozen=True, slots=True)
class Stop:
    """Whether the sampling can stop: `state` "accept", "refuse" or "go on", and the sentence about it.

    `left` is how many more have to be judged if none of them fails (0 once it can stop).
    """

    state: Literal["accept", "refuse", "go on"]
    left: int
    text: str


def when_to_stop(
    failed: int, judged: int, rate: float, population: int | None = None, confidence: float = 0.95
) -> Stop:
    """Say if a random sample shows that the failure rate is below `rate`, or that it is not.

    The sample shows it when so few failures would come with a probability of at most 1 - `confidence` were the
    rate `rate`; it shows the contrary when so many would. Looked at after every verdict, as here, the risk of
    stopping by chance is higher than for a plan fixed beforehand: the text names the fixed plan.

    Raises
    ------
    ValueError
        Unless 0 <= failed <= judged and 0 < rate < 1.
    """
    if not 0 <= failed <= judged:
        raise ValueError(f"{failed} failures among {judged}")
    risk = 1 - confidence
    fixed = plan_for(rate, failed, confidence)
    if population is not None and judged >= population:
        good = failed / max(1, population) < rate
        return Stop("accept" if good else "refuse", 0, f"all {population} judged: {failed} failed")
    if _at_most(failed, judged, rate, population) <= risk:
        extra = f" (excluded at {confidence:.0%}: {zero_failure_bound(judged, confidence):.2%} or more)"
        text = f"{failed} of {judged} failed: below {rate:.2%} at {confidence:.0%}" + (
            extra if not failed else ""
        )
        return Stop("accept", 0, text)
    if 1 - _at_most(failed - 1, judged, rate, population) <= risk:
        return Stop("refuse", 0, f"{failed} of {judged} failed: above {rate:.2%} at {confidence:.0%}")
    left = _missing(failed, judged, rate, population, risk, fixed.n)
    return Stop(
        "go on",
        left,
        f"{left} more without a failure would show below {rate:.2%} at {confidence:.0%} "
        f"(plan: {fixed.n} with at most {failed} failing)",
    )


def _at_most(k: int, n: int, rate: float, population: int | None) -> float:
    if population is None:
        return binomial_cdf(k, n, rate)
    return hypergeometric_cdf(k, population, min(population, -int(-rate * population // 1)), n)


def _missing(failed: int, judged: int, rate: float, population: int | None, risk: float, upper: int) -> int:
    low, high = judged, max(judged, upper if population is None else population)
    while low < high:
        middle = (low + high) // 2
        if _at_most(failed, middle, rate, population) <= risk:
            high = middle
        else:
            low = middle + 1
    return low - judged
