"""What was looked at: by whom, how much of it, and of which tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuiqc.dataset.model import Batch
from tuiqc.names import natural_key
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.track_rows import TrackRows

MOST_LINES = 200
"""Of one kind of trouble; more are counted."""


@dataclass(frozen=True)
class LayerFacts:
    """An object layer: its masks, where its objects come from, and what was decided about them."""

    name: str
    masks: int
    objects_from: str
    counts: Mapping[str, Any]


@dataclass(frozen=True)
class Trouble:
    """Things of one kind that were not as they should be; `left_out` more are not listed."""

    heading: str
    lines: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Facts:
    """The batch in words and numbers."""

    name: str
    root: str
    source: tuple[tuple[str, str], ...]
    images: int
    keys: tuple[str, ...]
    placeholders: tuple[str, ...]
    channels: tuple[tuple[str, int], ...]
    layers: tuple[LayerFacts, ...]
    assumptions: tuple[str, ...]


def facts(batch: Batch, kinds: Mapping[str, Any]) -> Facts:
    """Return what the batch is; `kinds` are the counts that `exporters.statistics` gives."""
    return Facts(
        batch.name,
        str(batch.root),
        tuple(_source(batch)),
        len(batch.images),
        tuple(record.key for record in batch.images[:MOST_LINES]),
        tuple(batch.placeholders),
        tuple((name, batch.count_files("channels", name)) for name in batch.channels),
        tuple(_layer(batch, name, kinds[name]) for name in batch.layers),
        tuple(batch.assumptions),
    )


def _source(batch: Batch) -> list[tuple[str, str]]:
    """What was named to open it, as (what, text)."""
    asked = batch.source
    said = [("source", text) for text in asked.sources]
    for what, pairs in (("images", asked.images), ("labels", asked.labels), ("table", asked.tables)):
        said += [(what, f"{name}={pattern}" if name else pattern) for name, pattern in pairs]
    said += [("more columns", f"{layer}={file}" if layer else file) for layer, file in asked.columns]
    if asked.data_root:
        said.append(("data root", str(asked.data_root)))
    return said


def _layer(batch: Batch, name: str, counts: Mapping[str, Any]) -> LayerFacts:
    masks = batch.count_files("masks", name)
    choice = batch.dialects.get(name)
    read_as = f", read as {choice.explanation}" if choice else ""
    if name in batch.shared_tables:
        said = f"one table of all images, {batch.shared_tables[name].name}{read_as}"
    elif batch.has_table(name):
        tables = {record.tables.get(name) for record in batch.images} - {None}
        said = f"{len(tables)} table{'s' * (len(tables) != 1)}{read_as}"
    else:
        said = "measured from the masks: there is no table"
    return LayerFacts(name, masks, said, counts)


def troubles(
    batch: Batch, read: Sequence[str], drawn: Sequence[str], elsewhere: int, messages: Sequence[str]
) -> list[Trouble]:
    """Return what was not as it should be.

    Parameters
    ----------
    read, drawn
        Problems with files while reading the objects, and while drawing pictures.
    elsewhere
        Number of annotations of things that the batch has not.
    messages
        What the annotations' own file says.
    """
    missing = [f"{entry.role} of image {entry.key}" for entry in batch.unmatched if entry.path is None]
    extra = [
        f"{entry.path} ({entry.role}: {entry.why})" for entry in batch.unmatched if entry.path is not None
    ]
    of_annotations = list(messages)
    if elsewhere:
        of_annotations.insert(
            0,
            f"{elsewhere} annotation{'s are' if elsewhere != 1 else ' is'} of things that this batch has not",
        )
    found = (
        ("Missing files", missing),
        ("Files left over", extra),
        (
            "Files that could not be read as they should",
            [*read, *(line for line in drawn if line not in read)],
        ),
        ("Annotations", of_annotations),
    )
    return [_trouble(heading, list(dict.fromkeys(lines))) for heading, lines in found if lines]


def _trouble(heading: str, lines: list[str]) -> Trouble:
    return Trouble(heading, tuple(lines[:MOST_LINES]), max(0, len(lines) - MOST_LINES))


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
    rows, index = TrackRows(batch, objects), batch.index_by_key
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
