"""How a review goes on: what was learned, how often the worst were wrong, what the random ones say of the batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuiqc.qc.rates import finite_interval
from tuiqc.triage.review_order import Arm

RECENT = 50
"""Of how many worst-first objects the hit rate is said."""

_LOOKED_BACK = 40
_STEP, _MOST_POINTS = 10, 12
"""Objects between two points of a learning curve; of a long one so many more that there are at most so many points."""
_FEW_FAILED = 1
"""At most so many failures among the last `_LOOKED_BACK` worst-first ones: going on finds little."""


@dataclass(frozen=True, slots=True)
class Walked:
    """An object that was shown for a reason and then judged."""

    arm: Arm
    failed: bool


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What came of the first `judged` objects that were judged worst first.

    Attributes
    ----------
    judged
        How many they are.
    worst, worst_failed
        Of the last ten (or fewer) of them those that were shown as the worst or as uncertain, and how many failed.
    drawn, drawn_failed
        The same of those drawn at random.
    failed
        How many of all `judged` failed.
    """

    judged: int
    worst: int
    worst_failed: int
    drawn: int
    drawn_failed: int
    failed: int


@dataclass(frozen=True, slots=True)
class LearningSummary:
    """What can be said after so many verdicts.

    Attributes
    ----------
    learned
        Verdicts that the order was learned from.
    recent, recent_failed
        How many of the last worst-first ones there are (at most 50), and how many of them failed.
    drawn, drawn_failed
        The same of the objects drawn at random among those without a verdict, and of no others: only these say how
        good what was not looked at is.
    low, high
        95 % interval of the failure rate of the batch: what failed, and what the random ones let expect among the
        objects without a verdict (Wilson, for a finite batch); 0 and 1 if none was drawn.
    left, left_low, left_high
        Failures expected among the objects without a verdict, from the random ones only; None if none was drawn.
    advice
        A sentence, "" as long as there is nothing to say.
    curve
        See `learning_curve`.
    """

    learned: int
    recent: int
    recent_failed: int
    drawn: int
    drawn_failed: int
    low: float
    high: float
    left: int | None
    left_low: int | None
    left_high: int | None
    advice: str
    curve: tuple[CurvePoint, ...] = ()

    def lines(self) -> list[str]:
        """One sentence per fact."""
        out = [f"learned from {self.learned:,} verdict{'s' * (self.learned != 1)}"]
        if self.recent:
            out.append(f"of the last {self.recent} worst first, {self.recent_failed} failed")
        if self.drawn:
            out.append(f"of {self.drawn} drawn at random, {self.drawn_failed} failed")
            out.append(f"about {self.left:,} failures left ({self.left_low:,} to {self.left_high:,})")
            out.append(f"{self.low:.1%} to {self.high:.1%} of the batch fail")
        return out + ([self.advice] if self.advice else [])


def learning_summary(
    walked: Sequence[Walked], learned: int, objects: int, judged: int, failed: int
) -> LearningSummary:
    """Sum up what was judged, in the order in which it was.

    Parameters
    ----------
    walked
        The objects judged in the order of `review_order.next_order`.
    learned
        Verdicts that the ranking was learned from (`Ranking.learned`).
    objects, judged, failed
        How many objects there are, how many of them have a verdict, and how many of those failed, however they came
        by it.
    """
    step = _STEP * max(1, -(-len(walked) // (_STEP * _MOST_POINTS)))
    worst = [one.failed for one in walked if one.arm == "worst"]
    recent = worst[-RECENT:]
    drawn = [one.failed for one in walked if one.arm == "random"]
    low, high = 0.0, 1.0
    left: tuple[int | None, int | None, int | None] = (None, None, None)
    if drawn:
        unseen = max(0, objects - judged)
        rate = sum(drawn) / len(drawn)
        least, most = finite_interval(sum(drawn), len(drawn), unseen + len(drawn))
        left = (round(rate * unseen), math.floor(least * unseen), math.ceil(most * unseen))
        low, high = ((failed + one * unseen) / max(1, objects) for one in (least, most))
    shares = (len(recent), sum(recent), len(drawn), sum(drawn), low, high)
    return LearningSummary(learned, *shares, *left, _advice(worst), tuple(learning_curve(walked, step)))


def learning_curve(walked: Sequence[Walked], step: int = _STEP) -> list[CurvePoint]:
    """How often the next ten failed, ten by ten in the order in which they were judged: where it falls, stop."""
    out: list[CurvePoint] = []
    for start in range(0, len(walked), step):
        part = walked[start : start + step]
        drawn = [one.failed for one in part if one.arm == "random"]
        worst = [one.failed for one in part if one.arm != "random"]
        before = out[-1].failed if out else 0
        failed = before + sum(drawn) + sum(worst)
        out.append(CurvePoint(start + len(part), len(worst), sum(worst), len(drawn), sum(drawn), failed))
    return out


def curve_lines(points: Sequence[CurvePoint], width: int = 20) -> list[str]:
    """A bar for each point: of those shown as the worst or as uncertain the share that failed; and the random ones.

    `  11-20  █████████ 8 of 10    at random 0 of 2`
    """
    first = [1, *(point.judged + 1 for point in points)]
    ranges = [f"{start:,}-{point.judged:,}" for start, point in zip(first, points, strict=False)]
    wide = max(map(len, ranges), default=0)
    lines = []
    for name, point in zip(ranges, points, strict=True):
        share = point.worst_failed / point.worst if point.worst else 0.0
        bar = "█" * round(share * width)
        drawn = f"   at random {point.drawn_failed} of {point.drawn}" if point.drawn else ""
        lines.append(f"{name:>{wide}}  {bar:<{width}} {point.worst_failed} of {point.worst} failed{drawn}")
    return lines


def _advice(worst: Sequence[bool]) -> str:
    last = worst[-_LOOKED_BACK:]
    if len(last) < _LOOKED_BACK or sum(last) > _FEW_FAILED:
        return ""
    return f"of the last {len(last)}, {sum(last)} failed: going on worst first finds little"
