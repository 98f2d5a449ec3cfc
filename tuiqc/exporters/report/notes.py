"""All notes that were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuiqc.names import natural_key
from tuiqc.qc.record import Annotation, Subject

MOST_NOTES = 1000


@dataclass(frozen=True)
class Note:
    """A note and what it is about; `thing` is "" for an image as a whole."""

    image: str
    thing: str
    verdict: str
    reason: str
    text: str
    annotator: str
    day: str


def notes(by_annotator: Mapping[str, Mapping[Subject, Annotation]]) -> list[Note]:
    """Return all notes of all annotators by image, layer and label."""
    found = [
        (subject, annotation)
        for said in by_annotator.values()
        for subject, annotation in said.items()
        if annotation.note.strip()
    ]
    found.sort(key=lambda pair: (natural_key(pair[0].image), pair[0][2:], pair[1].time))
    return [
        Note(
            subject.image,
            thing(subject),
            annotation.verdict,
            annotation.reason,
            annotation.note,
            annotation.annotator,
            annotation.time[:10],
        )
        for subject, annotation in found
    ]


def thing(subject: Subject) -> str:
    """Return the layer and label of an object or a track, "" for an image."""
    if subject.level == "image":
        return ""
    if subject.level == "track":
        return f"{subject.layer} track {subject.label}"
    return f"{subject.layer} {subject.label}" + (f" at t {subject.t}" if subject.t else "")
