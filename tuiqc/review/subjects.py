"""Subjects of annotations in words: their names, and what stands under their small pictures."""

from __future__ import annotations

from collections.abc import Sequence

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Subject
from tuiqc.qc.verdict import FAIL
from tuiqc.review.object_rows import ObjectRows
from tuiqc.tables.number_format import format_value


def subject_name(subject: Subject) -> str:
    """Return "nuclei 7 of image 5", or "image 5"; with the frame where there is time."""
    if not subject.layer:
        return f"image {subject.image}"
    when = f" at t {subject.t}" if subject.t else ""
    of = {"track": "track of ", "candidate": "missed "}.get(subject.level, "")
    return f"{of}{subject.layer} {subject.label} of image {subject.image}{when}"


def subjects_name(subjects: Sequence[Subject]) -> str:
    """Return the name of a single one, of several how many they are of what: "12 nuclei of image 5, 1 image"."""
    if len(subjects) == 1:
        return subject_name(subjects[0])
    kinds: dict[tuple[str, str], list[Subject]] = {}
    for one in subjects:
        kinds.setdefault((one.level, one.layer), []).append(one)
    return ", ".join(_many(level, layer, those) for (level, layer), those in kinds.items())


def _many(level: str, layer: str, subjects: Sequence[Subject]) -> str:
    count, images = len(subjects), {one.image for one in subjects}
    if level == "image":
        return f"{count:,} image{'s' * (count != 1)}"
    what = {"track": f"tracks of {layer}", "candidate": f"missed {layer}"}.get(level, layer)
    where = f"image {next(iter(images))}" if len(images) == 1 else f"{len(images):,} images"
    return f"{count:,} {what} of {where}"


_VALUE_WIDTH = 9


def image_caption(batch: Batch, objects: ObjectRows | None, image: int) -> str:
    """Key, objects, failed objects: `5 · 18 · ✗ 4`; the numbers as far as they are known."""
    parts = [batch.key(image)]
    if objects is not None and image in objects.loaded:
        span = objects.span(image)
        parts.append(f"{span.stop - span.start:,}")
        failed = int((objects.codes[span] == FAIL.code).sum())
        parts += [f"✗ {failed:,}"] if failed else []
    return " · ".join(parts)


def object_caption(batch: Batch, objects: ObjectRows, position: int, but: str = "") -> str:
    """Image, label, and the value of the first column that the table is sorted by `but` for one: `5 #7 · 5321`."""
    image = batch.key(int(objects.images[position]))
    parts = [f"{image} #{int(objects.labels[position])}"]
    name = next((name for name, _ in objects.view.sort_keys if name != but), "")
    if name and name in objects.view.given:
        value = objects.view.frame[name].iat[position]
        parts.append(format_value(value, objects.view.kind(name), _VALUE_WIDTH).strip())
    return " · ".join(parts)
