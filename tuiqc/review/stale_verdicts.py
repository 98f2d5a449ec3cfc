"""Verdicts held against the masks as they are now: which may stick to another object than they were given to?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.qc import stale
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.stale import Finding, Objects, Proposal, State
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import STALE, free_column
from tuiqc.review.subjects import subject_name
from tuiqc.text import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray


Masks = Callable[[ImageRecord, str], "NDArray[Any] | None"]
"""Gives the label plane (y, x) of an image's layer, or None where it can't be had or is too large."""


@dataclass
class StaleVerdicts:
    """What became of the annotated objects of one layer.

    Attributes
    ----------
    findings
        The annotations that are stale, by image.
    proposals
        Annotation -> the object that it probably belongs to now.
    objects
        Image key -> its objects as they are now, of the images that have stale annotations.
    """

    layer: str
    checked: int = 0
    findings: list[Finding] = field(default_factory=list)
    proposals: dict[tuple[Subject, str], Proposal] = field(default_factory=dict)
    objects: dict[str, Objects] = field(default_factory=dict)

    def state(self, subject: Subject) -> str:
        """Return "moved", "changed" or "vanished", "" for what is not stale."""
        return next((one.state.value for one in self.findings if one.annotation.subject == subject), "")

    def proposal(self, finding: Finding) -> Proposal | None:
        """Return the object that is proposed for a stale annotation."""
        return self.proposals.get((finding.annotation.subject, finding.annotation.annotator))

    def put(self, rows: ObjectRows, batch: Batch) -> None:
        """Add (or take the words out of) the column `stale` of rows of the layer."""
        name = free_column(STALE, rows.view.given)
        if not self.findings and not rows.view.has(name):
            return
        values = np.full(rows.total, "", dtype=object)
        index = batch.index_by_key
        for one in self.findings:
            subject = one.annotation.subject
            at = (
                rows.position(index[subject.image], subject.label, subject.t)
                if subject.image in index
                else None
            )
            if at is not None:
                values[at] = one.state.value
        rows.view.add_column(name, values)

    # --- what the person decides

    def accept(self, store: AnnotationStore, findings: Sequence[Finding]) -> int:
        """Give the annotations to the proposed objects; returns how many had one. Raises AnnotationWriteError."""
        proposals = [one for one in map(self.proposal, findings) if one is not None]
        if proposals:
            stale.accept(store, proposals)
        self._settled([one.finding for one in proposals])
        return len(proposals)

    def decline(self, store: AnnotationStore, findings: Sequence[Finding]) -> None:
        """Keep the annotations on their labels. Raises AnnotationWriteError."""
        for key in {one.annotation.subject.image for one in findings}:
            of_image = [one for one in findings if one.annotation.subject.image == key]
            stale.decline(store, of_image, self.objects[key])
        self._settled([one for one in findings if one.state is not State.VANISHED])

    def discard(self, store: AnnotationStore, findings: Sequence[Finding]) -> None:
        """Take the annotations away. Raises AnnotationWriteError."""
        stale.discard(store, findings)
        self._settled(findings)

    def _settled(self, findings: Sequence[Finding]) -> None:
        gone = {id(one) for one in findings}
        self.findings = [one for one in self.findings if id(one) not in gone]

    def line(self, finding: Finding) -> str:
        """Return "nuclei 7 of image 5, fail merged: moved 12 px; nuclei 9 overlaps 83 %"."""
        row, proposal = finding.annotation, self.proposal(finding)
        how = finding.state.value
        if how == "moved" and finding.shift is not None:
            how += f" {finding.shift:.0f} px"
        elif how == "changed" and finding.ratio is not None:
            how += f" to {finding.ratio:.0%} of its size"
        to = (
            f"proposed: {proposal.to.subject.label} ({proposal.score:.0%})"
            if proposal
            else "nothing is there now"
        )
        said = " ".join(filter(None, [row.verdict, row.reason]))
        return printable(f"{subject_name(row.subject)}, {said or 'note'}: {how} · {to}")


def check(
    batch: Batch,
    store: AnnotationStore,
    rows: ObjectRows,
    masks: Masks,
    cancelled: Callable[[], bool] = lambda: False,
) -> StaleVerdicts:
    """Compare all annotated objects of a layer with the masks as they are now; for a thread.

    Where there is time, or no mask, the table says where the objects are.
    """
    found = StaleVerdicts(rows.layer)
    said: dict[str, list[Annotation]] = {}
    for everything in store.by_annotator().values():
        for subject, row in everything.items():
            if subject.level == "object" and subject.layer == rows.layer:
                said.setdefault(subject.image, []).append(row)
    for record in batch.images:
        annotations = said.get(record.key)
        if not annotations or record.index not in rows.loaded or cancelled():
            continue
        mask = masks(record, rows.layer) if rows.times is None else None
        objects = of_mask(mask) if mask is not None else of_rows(rows, record.index)
        findings = stale.compare(annotations, objects)
        found.checked += len(findings)
        bad = [one for one in findings if one.stale]
        if bad:
            found.findings += bad
            found.objects[record.key] = objects
            for proposal in stale.propose(findings, objects):
                row = proposal.finding.annotation
                found.proposals[row.subject, row.annotator] = proposal
    return found


def of_mask(mask: NDArray[Any]) -> Objects:
    """Measure the objects of a label plane (y, x): centre and area in pixels."""
    flat = mask.ravel()
    labels, inverse = np.unique(flat[flat > 0], return_inverse=True)
    y, x = np.nonzero(mask > 0)
    area = np.bincount(inverse, minlength=len(labels)).astype(np.float64)
    centre_x = np.bincount(inverse, x, len(labels)) / np.maximum(area, 1)
    centre_y = np.bincount(inverse, y, len(labels)) / np.maximum(area, 1)
    return Objects(labels.astype(np.int64), centre_x, centre_y, area, None, mask)


def of_rows(rows: ObjectRows, image: int) -> Objects:
    """Return the objects of an image as its table has them."""
    span, geometry = rows.span(image), rows.geometry
    return Objects(
        rows.labels[span],
        geometry.centre_x[span],
        geometry.centre_y[span],
        geometry.area[span],
        None if rows.times is None else rows.times[span],
    )
