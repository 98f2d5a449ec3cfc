"""The tracks that failed, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuiqc.dataset.model import Batch
from tuiqc.names import natural_key
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.track_rows import TrackRows

MOST_TRACKS = 1000


@dataclass(frozen=True)
class FailedTrack:
    """A track that failed.

    `first` and `last` are its time points, None for one that is not there any more; `suspicious` is what the program
    found strange about it, "" for nothing.
    """

    image: str
    track: int
    first: int | None
    last: int | None
    reason: str
    note: str
    suspicious: str
    annotator: str
    day: str


def failed_tracks(
    batch: Batch, objects: ObjectRows | None, annotations: Mapping[Subject, Annotation]
) -> list[FailedTrack]:
    """Return the failed tracks of the layer by image and number."""
    layer = "" if objects is None else objects.layer
    failed = [
        (subject, annotation)
        for subject, annotation in annotations.items()
        if subject.level == "track" and subject.layer == layer and annotation.verdict == "fail"
    ]
    if objects is None or not failed:
        return []
    rows, index = TrackRows(batch, objects), {record.key: record.index for record in batch.images}
    frame = rows.view.frame
    found = []
    for subject, said in sorted(failed, key=lambda pair: (natural_key(pair[0].image), pair[0].label)):
        at = rows.position(index[subject.image], subject.label) if subject.image in index else None
        first, last, why = (
            (None, None, "")
            if at is None
            else (int(frame["first_t"].iloc[at]), int(frame["last_t"].iloc[at]), str(frame["why"].iloc[at]))
        )
        found.append(
            FailedTrack(
                subject.image,
                subject.label,
                first,
                last,
                said.reason,
                said.note,
                why,
                said.annotator,
                said.time[:10],
            )
        )
    return found
