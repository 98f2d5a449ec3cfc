"""What `tuiqc plot` was asked for, computed and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.plates.mapping import plate_map
from tuiqc.dataset.plates.wells import FORMATS
from tuiqc.errors import UsageError
from tuiqc.exporters import figures
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.exporters.request import Written
from tuiqc.names import natural_key
from tuiqc.plots.quantities import heat_of, numbers_of_column, parse_quantity
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.headless import filter_rows, layer_of, rank_objects, whole_images, whole_objects
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.tables.histograms import beyond, bins_for, boxes, histogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_BINS = 200
_MOST_BOXES = 400


@dataclass(frozen=True)
class Asked:
    """One of `histogram` (column), `scatter` (two columns), `box` (column) and `plate` (quantity), and how.

    With `evidence` the objects have columns of suspicion and evidence too (`headless.rank_objects`).
    """

    histogram: str = ""
    scatter: tuple[str, ...] = ()
    box: str = ""
    plate: str = ""
    colour_by: str = ""
    by: str = ""
    of: str = "objects"
    layer: str | None = None
    where: tuple[str, ...] = ()
    bins: int | None = None
    wells: int | None = None
    evidence: bool = False

    def check(self) -> None:
        """Refuse what makes no sense, before anything is read. Raises UsageError."""
        if self.colour_by and not self.scatter:
            raise UsageError("--colour-by goes with --scatter")
        if self.by and not self.box:
            raise UsageError("--by goes with --box")
        if self.bins is not None and not 1 <= self.bins <= 10_000:
            raise UsageError(f"--bins {self.bins} is not between 1 and 10000")
        if self.wells is not None and self.wells not in FORMATS:
            raise UsageError(f"--wells {self.wells}: there are plates of {', '.join(map(str, FORMATS))}")
        if self.plate:
            parse_quantity(self.plate)


def plot(
    batch: Batch,
    items: Sequence[tuple[Subject, Annotation]],
    asked: Asked,
    output: Path,
    progress: Progress | None = None,
    annotations: Path | None = None,
) -> Written:
    """Draw into `output`; returns what was drawn, in words, and what could not be read.

    Raises
    ------
    UsageError
        If there is no such layer or column, no plate, or a filter can't be understood.
    InputError
        If the file can't be written.
    """
    target = Output(output, Inputs.of_batch(batch, [annotations]), figures.SUFFIXES).checked()
    rows = _rows(batch, items, asked, progress)
    filter_rows(rows, asked.where)
    shown = int(rows.filtered.sum()) if rows.filtered is not None else rows.total
    noun = asked.of if asked.of == "images" else f"objects of {layer_of(batch, asked.layer)}"
    title = f"{batch.name}: {shown:,} {noun}" + (f" where {' and '.join(asked.where)}" if asked.where else "")
    figures.save(_figure(batch, rows, asked, title), target)
    text = f"{shown:,} {noun}"
    if not isinstance(rows, ObjectRows):
        return Written([text])
    return Written([text], [line for line in rows.problems if line not in rows.lost], rows.lost)


def _rows(
    batch: Batch, items: Sequence[tuple[Subject, Annotation]], asked: Asked, progress: Progress | None
) -> Rows:
    layer = layer_of(batch, asked.layer)
    if not layer and asked.of == "objects":
        raise UsageError("there is no object layer in this batch; --of images plots the images")
    objects = whole_objects(batch, layer, items, progress) if layer else None
    if asked.evidence:
        if objects is None:
            raise UsageError("there is no object layer in this batch: evidence is measured of objects")
        problems = rank_objects(batch, objects, items, progress).problems
        objects.lost += [f"{path}: {text}" for path, text in problems.items()]
    if asked.of == "objects":
        assert objects is not None
        return objects
    return whole_images(batch, objects, items)


def _figure(batch: Batch, rows: Rows, asked: Asked, title: str) -> Figure:
    if asked.plate:
        plates = plate_map(batch, asked.wells)
        if plates is None:
            raise UsageError(
                "nothing says which wells the images are of: name that part of the file names {well} in --images"
            )
        return figures.plate_figure(
            heat_of(rows, plates, parse_quantity(asked.plate)), plates, f"{title}\n{plates.said}"
        )
    kept = slice(None) if rows.filtered is None else rows.filtered
    codes = rows.codes[kept]
    if asked.histogram:
        values = numbers_of_column(rows, asked.histogram)[kept]
        bins = asked.bins or bins_for(values, _MOST_BINS)
        return figures.histogram_figure(histogram(values, codes, 4, bins), asked.histogram, title, asked.of)
    if asked.scatter:
        x, y = (numbers_of_column(rows, name)[kept] for name in asked.scatter)
        by = (asked.colour_by, _colours(rows, asked.colour_by)[kept]) if asked.colour_by else None
        return figures.scatter_figure(x, y, codes, (asked.scatter[0], asked.scatter[1]), title, by)
    values = numbers_of_column(rows, asked.box)[kept]
    groups, names, by_name = _groups(batch, rows, asked.by)
    found = boxes(values, groups[kept], len(names))
    outside = beyond(values, groups[kept], found)
    return figures.boxes_figure(found, names, (asked.box, by_name), title, outside)


def _colours(rows: Rows, column: str) -> Any:
    if not rows.view.has(column):
        numbers_of_column(rows, column)  # which says so
    numbers = rows.view.numbers(column)
    return numbers.floats() if numbers is not None else np.asarray(rows.view.column(column), dtype=object)


def _groups(batch: Batch, rows: Rows, by: str) -> tuple[Any, list[str], str]:
    """Group of each row, the names of the groups in natural order, and what they are."""
    names = [by] if by else [name for name in rows.view.identity if name != "label"]
    for name in names:
        if not rows.view.has(name):
            numbers_of_column(rows, name)
    columns = [np.asarray(rows.view.column(name), dtype=object) for name in names]
    texts = ["/".join(str(value) for value in values) for values in zip(*columns, strict=True)]
    found, codes = np.unique(np.array(texts, dtype=object).astype(str), return_inverse=True)
    if len(found) > _MOST_BOXES:
        raise UsageError(f"{len(found)} boxes are too many to see; group them with --by, such as --by well")
    order = sorted(range(len(found)), key=lambda at: natural_key(str(found[at])))
    rank = np.argsort(order)
    return rank[codes.ravel()], [str(found[at]) for at in order], "/".join(names)
