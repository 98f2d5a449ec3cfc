"""How many failed, by group of images and by reason, with intervals where there is a random sample for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tuiqc.names import natural_key
from tuiqc.qc.rates import Method, finite_interval
from tuiqc.qc.reasons import parse_reasons
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.sampling import Sample, count_sample

NO_REASON = "(no reason given)"


class Estimate(NamedTuple):
    """A rate from the random sample: `failed` of `judged`, and its 95 % interval `low` to `high`."""

    failed: int
    judged: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupRow:
    """A group of images, or of the objects in them.

    Attributes
    ----------
    total
        How many things it has.
    passed, failed, unsure
        How many were reviewed with which verdict, however they were chosen.
    estimate
        From the random sample; None where none of the group is in it and judged.
    """

    name: str
    total: int
    passed: int
    failed: int
    unsure: int
    estimate: Estimate | None

    @property
    def judged(self) -> int:
        """How many passed or failed."""
        return self.passed + self.failed

    @property
    def reviewed(self) -> int:
        """How many have a verdict."""
        return self.judged + self.unsure

    @property
    def share(self) -> float | None:
        """Failed of those judged, None if none was."""
        return self.failed / self.judged if self.judged else None


@dataclass(frozen=True)
class ReasonRow:
    """A reason: how many failed for it, and how many are unsure, of all that was reviewed; and in the sample."""

    name: str
    failed: int
    unsure: int
    estimate: Estimate | None


Annotations = Mapping[Subject, Annotation]


class Drawn:
    """The part of a random sample that counts: reviewed in order, before the first that is open.

    Parameters
    ----------
    sample, annotations
        The sample, and everything that was decided.
    """

    def __init__(self, sample: Sample, annotations: Annotations) -> None:
        def verdict(subject: Subject) -> str:
            annotation = annotations.get(subject)
            return annotation.verdict if annotation else ""

        self.level, self.layer = sample.level, sample.layer
        self.whole = sum(sample.population.values())
        reviewed = count_sample(sample, verdict).reviewed
        self.annotations = {subject: annotations[subject] for subject in sample.subjects[:reviewed]}

    def estimate(
        self, failed: int, within: Iterable[Annotation], population: int, method: Method
    ) -> Estimate | None:
        """Return `failed` of those judged `within` a part of the sample; None if none of it is judged.

        Things left undecided are neither in the rate nor in what it is about.
        """
        verdicts = Counter(annotation.verdict for annotation in within)
        judged = verdicts["pass"] + verdicts["fail"]
        if not judged:
            return None
        left = max(judged, population - verdicts["unsure"])
        return Estimate(failed, judged, failed / judged, *finite_interval(failed, judged, left, method))


def group_rows(
    annotations: Annotations,
    totals: Mapping[str, int],
    groups: Mapping[str, str],
    drawn: Drawn | None,
    method: Method = "wilson",
) -> list[GroupRow]:
    """Return the groups in natural order.

    Parameters
    ----------
    annotations
        Those about things of one kind (images, or the objects of one layer).
    totals
        Image key -> number of such things.
    groups
        Image key -> its group.
    drawn
        The random sample, if it is of this kind.
    """
    sizes: Counter[str] = Counter()
    for key, number in totals.items():
        sizes[groups[key]] += number
    verdicts: dict[str, Counter[str]] = {name: Counter() for name in sizes}
    for subject, annotation in annotations.items():
        verdicts[groups[subject.image]][annotation.verdict] += 1
    inside: dict[str, list[Annotation]] = {}
    for subject, annotation in drawn.annotations.items() if drawn else ():
        if subject.image in groups:
            inside.setdefault(groups[subject.image], []).append(annotation)
    rows = []
    for name in sorted(sizes, key=natural_key):
        found, chosen = verdicts[name], inside.get(name, [])
        failed = sum(annotation.verdict == "fail" for annotation in chosen)
        estimate = drawn.estimate(failed, chosen, sizes[name], method) if drawn else None
        rows.append(GroupRow(name, sizes[name], found["pass"], found["fail"], found["unsure"], estimate))
    return rows


def reason_rows(annotations: Annotations, drawn: Drawn | None, method: Method = "wilson") -> list[ReasonRow]:
    """Return the reasons, the most frequent first; a thing with several reasons counts for each of them."""
    counts = {verdict: _reasons(annotations.values(), verdict) for verdict in ("fail", "unsure")}
    names = sorted(
        {*counts["fail"], *counts["unsure"]},
        key=lambda name: (name == NO_REASON, -counts["fail"][name], -counts["unsure"][name], name),
    )
    inside = list(drawn.annotations.values()) if drawn else []
    in_sample = _reasons(inside, "fail")
    return [
        ReasonRow(
            name,
            counts["fail"][name],
            counts["unsure"][name],
            drawn.estimate(in_sample[name], inside, drawn.whole, method) if drawn else None,
        )
        for name in names
    ]


def _reasons(annotations: Iterable[Annotation], verdict: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for annotation in annotations:
        if annotation.verdict == verdict:
            found.update(parse_reasons(annotation.reason) or (NO_REASON,))
    return found
