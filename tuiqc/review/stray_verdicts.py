"""Verdicts that are about nothing in the batch: their image or object is not there (any more)."""

from __future__ import annotations

from collections.abc import Iterable

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.text import plural, some

Items = Iterable[tuple[Subject, Annotation]]


def of_unknown_images(batch: Batch, items: Items) -> list[str]:
    """Say which verdicts are about images or layers that the batch has not; no sentence if there are none."""
    keys = {record.key for record in batch.images}
    images: dict[str, int] = {}
    layers: dict[str, int] = {}
    for subject, annotation in items:
        if not annotation.verdict:
            continue
        if subject.image not in keys:
            images[subject.image] = images.get(subject.image, 0) + 1
        elif subject.level != "image" and subject.layer not in batch.layers:
            layers[subject.layer] = layers.get(subject.layer, 0) + 1
    lines = []
    if images:
        count, those = sum(images.values()), "an image that is" if len(images) == 1 else "images that are"
        lines.append(
            f"{plural(count, 'verdict')} {'is' if count == 1 else 'are'} about {those} not in this batch "
            f"({some(list(images), 3)}); it has {some([record.key for record in batch.images], 3)}"
        )
    if layers:
        count = sum(layers.values())
        lines.append(
            f"{plural(count, 'verdict')} {'is' if count == 1 else 'are'} about an object layer that is not in this "
            f"batch ({some(list(layers), 3)}); it has {some(batch.layers, 5) or 'none'}"
        )
    return lines


def of_unknown_objects(batch: Batch, rows: ObjectRows, items: Items) -> list[str]:
    """Say which verdicts are about objects of a layer that its images have not."""
    index = {record.key: record.index for record in batch.images}
    found = [
        f"{subject.image}: {subject.label}"
        for subject, annotation in items
        if annotation.verdict
        and (subject.level, subject.layer) == ("object", rows.layer)
        and index.get(subject.image) in rows.loaded
        and not (rows.lost and not _any(rows, index[subject.image]))  # it could not be read
        and rows.position_of(subject, index[subject.image]) is None
    ]
    if not found:
        return []
    verb = "is about an object that is" if len(found) == 1 else "are about objects that are"
    return [f"{plural(len(found), 'verdict')} {verb} not in {rows.layer} ({some(found, 3)})"]


def _any(rows: ObjectRows, image: int) -> bool:
    span = rows.span(image)
    return bool(span.stop > span.start)
