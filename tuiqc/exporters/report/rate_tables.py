"""How many failed, by group of images and by reason, with intervals where there is a random sample for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tuiqc.dataset.model import Batch
from tuiqc.errors import UsageError
from tuiqc.names import natural_key
from tuiqc.qc.rates import Method, finite_interval
from tuiqc.qc.reasons import parse_reasons
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.sample import Sample, count_sample
from tuiqc.review.image_rows import ImageRows

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


MOST_GROUPS = 400
_FEW_GROUPS = 60


@dataclass(frozen=True)
class Kind:
    """Images ("images"), the objects of a layer (its name), or its tracks.

    Attributes
    ----------
    counts
        Those of `exporters.statistics`: total, reviewed, pass, fail, unsure, rate.
    groups, reasons
        Rows of the tables; no groups where there is nothing to group by.
    sampled
        Whether the random sample is of this kind, so that there are intervals.
    complete
        Whether all of them passed or failed: the rate is then known and needs no interval.
    """

    name: str
    what: str
    counts: Mapping[str, Any]
    groups: tuple[GroupRow, ...]
    reasons: tuple[ReasonRow, ...]
    sampled: bool
    complete: bool

    @property
    def top(self) -> float:
        """Upper end of the scale that intervals are drawn on, a round number up to 1."""
        estimates = [row.estimate for row in self.groups] + [row.estimate for row in self.reasons]
        ends = [estimate.high for estimate in estimates if estimate is not None]
        ends += [row.share for row in self.groups if row.share is not None]
        highest = max(ends, default=1.0)
        return next((end for end in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if highest <= end), 1.0)


def kind(
    name: str,
    counts: Mapping[str, Any],
    annotations: Annotations,
    totals: Mapping[str, int],
    groups: Mapping[str, str] | None,
    drawn: Drawn | None,
    method: Method,
) -> Kind:
    """Return what is to be said of a kind; `drawn` is the random sample, of whatever kind it is."""
    level, layer = counts["level"], counts["layer"]
    own = drawn if drawn is not None and (drawn.level, drawn.layer) == (level, layer) else None
    about: dict[Subject, Annotation] = {
        subject: annotation
        for subject, annotation in annotations.items()
        if (subject.level, subject.layer) == (level, layer) and subject.image in totals
    }
    # A table of single images would say what their pictures say.
    alone = groups is not None and level == "image" and len(set(groups.values())) == len(groups)
    return Kind(
        name,
        tracks_of(layer) if level == "track" else objects_of(layer),
        counts,
        tuple(group_rows(about, totals, groups, own, method)) if groups is not None and not alone else (),
        tuple(reason_rows(about, own, method)),
        own is not None,
        bool(counts["total"]) and counts["pass"] + counts["fail"] == counts["total"],
    )


def objects_of(layer: str) -> str:
    """Return how the things of a layer are called; "" are images."""
    return f"objects of {layer}" if layer not in ("", "objects") else layer or "images"


def tracks_of(layer: str) -> str:
    """Return how the tracks of a layer are called."""
    return "tracks" if layer == "objects" else f"tracks of {layer}"


def groups_of(batch: Batch, images: ImageRows, by: str | None) -> tuple[str, dict[str, str] | None]:
    """Return the column that makes the groups and the group of each image key; "" and None for no groups.

    Raises
    ------
    UsageError
        If there is no such column, or it makes more than `MOST_GROUPS` groups.
    """
    if by == "":
        return "", None
    if by is None:
        by = next((name for name in batch.placeholders if 1 < _number(batch, name) <= _FEW_GROUPS), "")
        if not by:
            return "", None
    if by in batch.placeholders:
        values = batch.values(by)
    elif images.view.has(by):
        values = [_text(value) for value in images.view.column(by).tolist()]
    else:
        there = ", ".join(batch.placeholders) or "none that the file names have"
        raise UsageError(f"no column {by!r} in the image table to group by; there are: {there}")
    found = len(set(values))
    if found > MOST_GROUPS:
        raise UsageError(f"--by {by} makes {found} groups, more than a report can show ({MOST_GROUPS})")
    return by, {record.key: value for record, value in zip(batch.images, values, strict=True)}


def _number(batch: Batch, name: str) -> int:
    return len(Counter(record.placeholders.get(name, "") for record in batch.images))


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
