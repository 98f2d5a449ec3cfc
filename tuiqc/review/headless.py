"""All rows of a batch at once, with their verdicts, for the command line; a session reads them piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tuiqc.dataset.mask_comparison import compare_with_masks
from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.errors import UsageError
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.label_checks import of_unknown_objects
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.object_tracks import moments_of_objects
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import Aggregate

if TYPE_CHECKING:
    from tuiqc.triage.object_ranking import Ranking

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


def rank_objects(
    batch: Batch, objects: ObjectRows, items: Items, progress: Progress | None = None
) -> Ranking:
    """Rank the objects, and put columns of what is suspected and measured behind those of their table.

    A column of the table that has such a name stays as it is.

    Raises
    ------
    UsageError
        The layer has no masks.
    """
    from tuiqc.pixels import read_plane
    from tuiqc.triage.batch_ranking import rank_batch
    from tuiqc.triage.evidence_cache import evidence_cache
    from tuiqc.triage.evidence_columns import joined
    from tuiqc.triage.segmenter_scores import segmenter_scores
    from tuiqc.triage.verdicts import verdicts_of

    layer = objects.layer
    masked = batch.layers_with_masks
    if layer not in masked:
        raise UsageError(f"{layer} has no masks: evidence is measured of outlines (name masks with --labels)")
    ranking = rank_batch(
        batch,
        layer,
        read_plane,
        other=next((one for one in masked if one != layer), ""),
        verdicts=verdicts_of(items, layer),
        report=progress or (lambda done, total: None),
        cache=evidence_cache(batch),
        segmenter=segmenter_scores(batch, layer),
        moments=moments_of_objects(batch, objects),
    )
    columns = joined(ranking, objects.images, objects.labels, objects.times)
    given = set(objects.view.given)
    objects.view.put_columns({name: values for name, values in columns.items() if name not in given})
    return ranking


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
