"""All rows of a batch at once, with their verdicts, for the command line; a session reads them piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuiqc.dataset.mask_comparison import compare_with_masks
from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.errors import UsageError
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.label_checks import of_unknown_objects
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import Aggregate

Items = Iterable[tuple[Subject, Annotation]]


def layer_of(batch: Batch, asked: str | None) -> str:
    """Return the object layer that was asked for, else the first, "" if there is none.

    Raises
    ------
    UsageError
        If there is no such layer.
    """
    if asked and asked not in batch.layers:
        raise UsageError(f"no object layer {asked!r}; there are: {', '.join(batch.layers) or 'none'}")
    return asked or next(iter(batch.layers), "")


def whole_objects(batch: Batch, layer: str, items: Items, progress: Progress | None = None) -> ObjectRows:
    """Read all objects of a layer (from the masks where it has no table) with what was decided.

    What does not agree between table and masks, and verdicts about objects that are not there, is among the problems.
    """
    parts: list[ObjectPart] = []

    def take(part: ObjectPart) -> None:
        parts.append(part)
        if progress is not None:
            progress(sum(len(one.images) for one in parts), len(batch.images))

    ObjectLoader(batch).load_layer(layer, take)
    rows = ObjectRows(batch, layer, parts)
    items = list(items)
    rows.decide_all(items, batch)
    rows.problems += [*compare_with_masks(batch, layer, parts), *of_unknown_objects(batch, rows, items)]
    return rows


def whole_images(
    batch: Batch, objects: ObjectRows | None, items: Items, wanted: Sequence[Aggregate] = ()
) -> ImageRows:
    """Return the images with the counts of their objects and what was decided."""
    rows = ImageRows(batch, objects, wanted)
    rows.decide_all(items, batch)
    return rows


def filter_rows(rows: Rows, expressions: Sequence[str]) -> None:
    """Let only those rows through for which all expressions hold.

    Raises FilterError if an expression can't be understood or names a column that is not there.
    """
    for text in expressions:
        rows.stack.add(text)
    rows.take_filter(rows.filter_mask())
