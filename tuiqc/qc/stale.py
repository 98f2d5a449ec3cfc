"""Verdicts after the segmentation was run again: do they still stick to the objects they were given to?

Each annotation of an object knows where its object was (centre, pixels) and how large (area, pixels). Held
against the objects as they are now, its label is the same object, one that moved, one that changed in size, or is
not there. What is not the same is stale; for it the object that lies where the old one was, and is as large, is
proposed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_SHIFT = 2.0
"""A centre within this many pixels has not moved, however small the object."""
SHIFT_OF_RADIUS = 0.5
"""Nor has one within this share of the radius of a disc of the old area."""
AREA_RATIO = 1.25
"""An area between 1/1.25 and 1.25 times the old one has not changed."""
MIN_SCORE = 0.3
"""Objects that overlap less than this are not proposed."""


class State(StrEnum):
    """What became of an annotated object. UNKNOWN: the record does not say where it was."""

    SAME = "same"
    MOVED = "moved"
    CHANGED = "changed"
    VANISHED = "vanished"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of one layer in one image as they are now: arrays of one length.

    `labels` int64; `centre_x`, `centre_y` and `area` float64 in pixels, NaN where unknown; `t` int64 or None
    where there is no time. `mask` is the label plane (y, x) if it is at hand (of t = 0 only).
    """

    labels: NDArray[Any]
    centre_x: NDArray[Any]
    centre_y: NDArray[Any]
    area: NDArray[Any]
    t: NDArray[Any] | None = None
    mask: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of the object of one annotation; `shift` in pixels and `ratio` (area now : then), or None."""

    annotation: Annotation
    state: State
    shift: float | None = None
    ratio: float | None = None

    @property
    def stale(self) -> bool:
        """Whether the verdict may stick to another object than it was given to."""
        return self.state in (State.MOVED, State.CHANGED, State.VANISHED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which object a stale annotation probably belongs to now.

    `score` (0 to 1) is the overlap; `to` is the annotation as it would be: of the new label, with the place and
    size of now.
    """

    finding: Finding
    to: Annotation
    score: float


def compare(annotations: Iterable[Annotation], objects: Objects) -> list[Finding]:
    """Say for each annotation of an object of this image and layer what became of it."""
    place = _places(objects)
    return [_finding(annotation, objects, place) for annotation in annotations]


def _places(objects: Objects) -> dict[tuple[int, int], int]:
    times = [0] * len(objects.labels) if objects.t is None else objects.t.tolist()
    return {key: i for i, key in enumerate(zip(objects.labels.tolist(), times, strict=True))}


def _finding(annotation: Annotation, objects: Objects, place: Mapping[tuple[int, int], int]) -> Finding:
    index = place.get((annotation.subject.label, annotation.subject.t))
    if index is None:
        return Finding(annotation, State.VANISHED)
    shift = ratio = None
    x, y, area = (float(values[index]) for values in (objects.centre_x, objects.centre_y, objects.area))
    if annotation.centre_x is not None and annotation.centre_y is not None and math.isfinite(x + y):
        shift = math.hypot(x - annotation.centre_x, y - annotation.centre_y)
    if annotation.area and math.isfinite(area):
        ratio = area / annotation.area
    if shift is None and ratio is None:
        return Finding(annotation, State.UNKNOWN)
    if shift is not None and shift > max(MIN_SHIFT, SHIFT_OF_RADIUS * _radius(annotation.area or 0.0)):
        return Finding(annotation, State.MOVED, shift, ratio)
    if ratio is not None and not 1 / AREA_RATIO <= ratio <= AREA_RATIO:
        return Finding(annotation, State.CHANGED, shift, ratio)
    return Finding(annotation, State.SAME, shift, ratio)


def _radius(area: float) -> float:
    return math.sqrt(max(0.0, area) / math.pi)


def disc_overlap(distance: float, one: float, other: float) -> float:
    """Return intersection over union of two discs with areas `one` and `other`, their centres `distance` apart.

    The lens of two circles: r²·acos((d² + r² - s²)/2dr) + s²·acos((d² + s² - r²)/2ds) less the kite between.
    """
    r, s = _radius(one), _radius(other)
    if r <= 0 or s <= 0 or distance >= r + s:
        return 0.0
    if distance <= abs(r - s):
        common = math.pi * min(r, s) ** 2
    else:
        d2, r2, s2 = distance * distance, r * r, s * s
        alpha = math.acos(max(-1.0, min(1.0, (d2 + r2 - s2) / (2 * distance * r))))
        beta = math.acos(max(-1.0, min(1.0, (d2 + s2 - r2) / (2 * distance * s))))
        kite = (r + s - distance) * (distance + r - s) * (distance - r + s) * (distance + r + s)
        common = r2 * alpha + s2 * beta - 0.5 * math.sqrt(max(0.0, kite))
    return common / (one + other - common)


def propose(findings: Sequence[Finding], objects: Objects) -> list[Proposal]:
    """Propose an object for each stale annotation, each object for one thing only; the best overlap first.

    The score is the overlap of discs with the old and the new centre and area; with a mask, half of it is
    whether the new label is what lies under the old centre. Objects whose annotation is still true are taken.
    Several annotators' rows of one thing go together. A stale one without a proposal has no object any more.
    """
    taken = {(f.annotation.subject.label, f.annotation.subject.t) for f in findings if not f.stale}
    stale: dict[Subject, Finding] = {}
    for finding in findings:
        if finding.stale and finding.annotation.subject not in stale:
            stale[finding.annotation.subject] = finding
    scored = []
    for finding in stale.values():
        for index, score in _scores(finding.annotation, objects):
            key = (int(objects.labels[index]), 0 if objects.t is None else int(objects.t[index]))
            if key not in taken and score >= MIN_SCORE:
                scored.append((-score, finding.annotation.subject, key, index))
    chosen: dict[Subject, tuple[int, float]] = {}
    for negative, subject, key, index in sorted(scored):
        if subject not in chosen and key not in taken:
            taken.add(key)
            chosen[subject] = (index, -negative)
    return [
        Proposal(finding, _moved(finding.annotation, objects, chosen[finding.annotation.subject][0]), score)
        for finding in findings
        if finding.stale and finding.annotation.subject in chosen
        for score in [chosen[finding.annotation.subject][1]]
    ]


def _scores(annotation: Annotation, objects: Objects) -> list[tuple[int, float]]:
    """(row, score) of the objects near the old place."""
    import numpy as np

    if annotation.centre_x is None or annotation.centre_y is None or not len(objects.labels):
        return []
    x, y = annotation.centre_x, annotation.centre_y
    distance = np.hypot(objects.centre_x - x, objects.centre_y - y)
    old = annotation.area
    reach = np.sqrt(np.maximum(np.nan_to_num(objects.area), 0) / np.pi) + _radius(old or 0.0)
    near = distance <= np.maximum(reach, MIN_SHIFT)
    if objects.t is not None:
        near &= objects.t == annotation.subject.t
    under = _label_under(objects.mask, x, y) if annotation.subject.t == 0 else None
    scores = []
    for index in np.flatnonzero(near).tolist():
        area = float(objects.area[index])
        # Where a size is not known, place alone decides.
        area = area if math.isfinite(area) else (old or math.pi * MIN_SHIFT**2)
        score = disc_overlap(float(distance[index]), old or area, area)
        if under is not None:
            score = (score + (under == int(objects.labels[index]))) / 2
        scores.append((index, score))
    return scores


def _label_under(mask: NDArray[Any] | None, x: float, y: float) -> int | None:
    if mask is None:
        return None
    row, column = round(y), round(x)
    inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
    return int(mask[row, column]) if inside else None


def _moved(annotation: Annotation, objects: Objects, index: int) -> Annotation:
    label = int(objects.labels[index])
    t = annotation.subject.t if objects.t is None else int(objects.t[index])
    return replace(
        annotation,
        subject=annotation.subject._replace(label=label, t=t),
        centre_x=float(objects.centre_x[index]),
        centre_y=float(objects.centre_y[index]),
        area=float(objects.area[index]),
    )


def accept(store: AnnotationStore, proposals: Sequence[Proposal]) -> tuple[Subject, ...]:
    """Re-attach the annotations of these proposals, as one step that can be undone.

    Verdict, reason, note, annotator and time stay; label, centre and area are those of now. Returns the
    subjects whose own stale annotation had to make room and was not re-attached itself (it is in the history
    and comes back with undo).

    Raises
    ------
    AnnotationWriteError
        As `AnnotationStore.record`.
    """
    leaving = {(p.finding.annotation.subject, p.finding.annotation.annotator) for p in proposals}
    rows = store.by_annotator()
    displaced = {
        proposal.to.subject: None
        for proposal in proposals
        for who, subjects in rows.items()
        if proposal.to.subject in subjects and (proposal.to.subject, who) not in leaving
    }
    gone = [rows[who][subject] for subject in displaced for who in rows if subject in rows[who]]
    store.replace_rows(
        [*gone, *(proposal.finding.annotation for proposal in proposals)],
        [proposal.to for proposal in proposals],
    )
    return tuple(displaced)


def decline(store: AnnotationStore, findings: Sequence[Finding], objects: Objects) -> None:
    """Keep these annotations on their labels: place and size of now go into the record, as one step.

    They are not stale any more then. One whose label is not there keeps what it has. Raises as `accept`.
    """
    place = _places(objects)
    keep = [
        _moved(finding.annotation, objects, place[key])
        for finding in findings
        if (key := (finding.annotation.subject.label, finding.annotation.subject.t)) in place
    ]
    store.replace_rows([], keep)


def discard(store: AnnotationStore, findings: Sequence[Finding]) -> None:
    """Take these annotations away, as one step that can be undone. Raises as `accept`."""
    store.replace_rows([finding.annotation for finding in findings], [])
