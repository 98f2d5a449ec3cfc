"""Who reviewed, how much and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tuiqc.qc.record import Annotation, Subject


@dataclass(frozen=True)
class Person:
    """An annotator: what they decided, and the first and last day (UTC, "2026-11-22") on which they did."""

    name: str
    images: int
    objects: int
    tracks: int
    passed: int
    failed: int
    unsure: int
    first: str
    last: str
    days: int


@dataclass(frozen=True)
class Overlap:
    """Things that several annotators gave a verdict on, and how many of those got the same from all."""

    things: int
    same: int


def people(by_annotator: Mapping[str, Mapping[Subject, Annotation]]) -> list[Person]:
    """Return the annotators by name; `by_annotator` is what `AnnotationStore.by_annotator` gives."""
    found = []
    for name in sorted(by_annotator, key=str.casefold):
        said = {subject: one for subject, one in by_annotator[name].items() if one.verdict}
        if not said:
            continue
        verdicts = Counter(annotation.verdict for annotation in said.values())
        levels = Counter(subject.level for subject in said)
        days = sorted({annotation.time[:10] for annotation in said.values() if annotation.time})
        found.append(
            Person(
                name,
                levels["image"],
                levels["object"],
                levels["track"],
                verdicts["pass"],
                verdicts["fail"],
                verdicts["unsure"],
                days[0] if days else "",
                days[-1] if days else "",
                len(days),
            )
        )
    return found


def overlap(by_annotator: Mapping[str, Mapping[Subject, Annotation]]) -> Overlap:
    """Return how much of what several annotators judged they judged alike."""
    verdicts: dict[Subject, list[str]] = {}
    for said in by_annotator.values():
        for subject, annotation in said.items():
            if annotation.verdict:
                verdicts.setdefault(subject, []).append(annotation.verdict)
    several = [words for words in verdicts.values() if len(words) > 1]
    return Overlap(len(several), sum(len(set(words)) == 1 for words in several))
