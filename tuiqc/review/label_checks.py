"""Labels of masks compared with the rows of tables, image by image as they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuiqc.dataset.join_report import LabelCheck
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.text import plural, some


class LabelChecks:
    """What the comparisons found so far."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], LabelCheck] = {}

    def __contains__(self, place: tuple[str, int]) -> bool:
        return place in self._found

    def add(self, layer: str, image: int, found: LabelCheck) -> None:
        """Keep the outcome for an image (row number) of a layer."""
        self._found[layer, image] = found

    def lines(self, layer: str, images: Sequence[ImageRecord]) -> list[str]:
        """The outcomes of a layer for the join report; no line while nothing was compared."""
        checks = sorted((image, found) for (of, image), found in self._found.items() if of == layer)
        if not checks:
            return []
        looked_at = "1 image" if len(checks) == 1 else f"{len(checks):,} images"
        lines = [f"labels of {layer} compared with the masks of {looked_at} looked at so far:"]
        for image, found in checks:
            lines += [f"  image {images[image].key}: {text}" for text in label_texts(found)]
        return lines if len(lines) > 1 else [lines[0].removesuffix(":") + ": all agree"]


def label_texts(found: LabelCheck) -> list[str]:
    """What a comparison of labels found, a sentence each; none if mask and table agree."""
    texts = []
    for labels, what in (
        (found.labels_without_row, "in the mask without a row in the table"),
        (found.rows_without_label, "in the table but not in the mask"),
    ):
        if labels:
            some = ", ".join(map(str, labels[:8])) + (", …" if len(labels) > 8 else "")
            texts.append(f"{len(labels)} label{'s' if len(labels) > 1 else ''} {what}: {some}")
    return texts


Items = Iterable[tuple[Subject, Annotation]]


def of_unknown_images(batch: Batch, items: Items) -> list[str]:
    """Say which verdicts are about images or layers that the batch has not; no sentence if there are none."""
    keys = set(batch.keys)
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
            f"({some(list(images), 3)}); it has {some(batch.keys, 3)}"
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
    index = batch.index_by_key
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
