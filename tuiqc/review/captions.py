"""What stands under the small picture of an image or an object."""

from __future__ import annotations

from tuiqc.dataset.model import Batch
from tuiqc.qc.verdict import FAIL
from tuiqc.review.object_rows import ObjectRows
from tuiqc.tables.format import format_value

_VALUE_WIDTH = 9


def image_caption(batch: Batch, objects: ObjectRows | None, image: int) -> str:
    """Key, objects, failed objects: `5 · 18 · ✗ 4`; the numbers as far as they are known."""
    parts = [batch.images[image].key]
    if objects is not None and image in objects.loaded:
        span = objects.span(image)
        parts.append(f"{span.stop - span.start:,}")
        failed = int((objects.codes[span] == FAIL.code).sum())
        parts += [f"✗ {failed:,}"] if failed else []
    return " · ".join(parts)


def object_caption(batch: Batch, objects: ObjectRows, position: int, but: str = "") -> str:
    """Image, label, and the value of the first column that the table is sorted by `but` for one: `5 #7 · 5321`."""
    image = batch.images[int(objects.images[position])].key
    parts = [f"{image} #{int(objects.labels[position])}"]
    name = next((name for name, _ in objects.view.sort_keys if name != but), "")
    if name and name in objects.view.given:
        value = objects.view.frame[name].iat[position]
        parts.append(format_value(value, objects.view.kind(name), _VALUE_WIDTH).strip())
    return " · ".join(parts)
