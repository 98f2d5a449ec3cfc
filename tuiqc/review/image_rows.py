"""The images of a batch as rows: their keys, and per image what is known of the objects."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.model import Batch
from tuiqc.dataset.plates.wells import Well
from tuiqc.qc.verdict import FAIL, NONE
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import FRACTION_FAILED as FRACTION
from tuiqc.tables.aggregate import Aggregate, aggregates
from tuiqc.tables.filters.tokens import column_name, quoted_text
from tuiqc.tables.plain import PlainTable

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ImageRows(Rows):
    """One row per image; the position of a row is the image's index in the batch.

    Parameters
    ----------
    objects
        The objects of the active layer as far as they are read, for the counts per image.
    wanted
        Aggregates of the objects per image that are shown too.
    """

    def __init__(
        self, batch: Batch, objects: ObjectRows | None = None, wanted: Sequence[Aggregate] = ()
    ) -> None:
        self.wanted = list(wanted)
        table = batch.image_columns()
        names = [name for name in batch.placeholders if name in table] or ["image"]
        values = list(table)[len(table) - len(batch.image_values) :]
        files = [name for name in table if name not in (*names, *values) and name != "image"]
        counts = object_columns(batch, objects, wanted)
        names_of = {name: name if name not in (*names, *values) else f"{name} (objects)" for name in counts}
        self._counts = {name: names_of[name] for name in ("failed", "reviewed", FRACTION) if name in names_of}
        columns: dict[str, Any] = {name: table[name] for name in (*names, *values)}
        columns |= {names_of[name]: values for name, values in counts.items()}
        columns |= {f"{name} file": table[name] for name in files}
        super().__init__(PlainTable(columns, len(batch.images)), names)

    def count_again(self, images: Iterable[int], objects: ObjectRows) -> None:
        """Bring what depends on verdicts of objects up to date for some images: failed, reviewed, share failed."""
        where = [image for image in images if image in objects.loaded]
        if not where:
            return
        codes = [objects.codes[objects.span(image)] for image in where]
        numbers: dict[str, list[float]] = {
            "failed": [int((one == FAIL.code).sum()) for one in codes],
            "reviewed": [int((one != NONE.code).sum()) for one in codes],
            FRACTION: [float((one == FAIL.code).mean()) if len(one) else np.nan for one in codes],
        }
        columns = {}
        for name, column in self._counts.items():
            columns[column] = self.view.column(column).copy()
            columns[column][where] = numbers[name]
        self.view.put_columns(columns)


def object_columns(
    batch: Batch, objects: ObjectRows | None, wanted: Sequence[Aggregate] = ()
) -> dict[str, NDArray[Any]]:
    """Per image: objects of the layer, failed and reviewed ones, and the wanted aggregates of the objects.

    Images whose objects have not been read yet have missing values; aggregates of columns that are not there, or
    that have text, are left out.
    """
    if objects is None:
        return {}
    count, inside = len(batch.images), objects.images
    read = np.isin(np.arange(count), list(objects.loaded))
    columns: dict[str, NDArray[Any]] = {objects.layer: np.bincount(inside, minlength=count)}
    columns["failed"] = np.bincount(inside[objects.codes == FAIL.code], minlength=count)
    for one in wanted:
        with contextlib.suppress(KeyError, ValueError):
            columns |= aggregates(
                objects.view, [one], inside, count, failed=objects.codes == FAIL.code, mask=objects.filtered
            )
    columns["reviewed"] = np.bincount(inside[objects.codes != NONE.code], minlength=count)
    return {
        name: values if read.all() else np.where(read, values, np.nan) for name, values in columns.items()
    }


NAME = "well "
"""What the names of such filters begin with: there is one at a time."""


def well_filter(rows: ImageRows, well: Well, images: NDArray[np.int64]) -> tuple[str, str]:
    """Return name and text of a filter that lets exactly `images` through.

    By one of the columns that name images if its values do, else by all of them for each image.
    """
    wanted = np.zeros(rows.total, bool)
    wanted[images] = True
    name = NAME + well.name
    columns = {column: np.asarray(rows.view.column(column), dtype=object) for column in rows.view.identity}
    for column, values in columns.items():
        own = set(values[wanted].tolist())
        if len(own) == 1 and not own & set(values[~wanted].tolist()):
            return name, f"{column_name(column)} = {_value(next(iter(own)))}"
    each = [
        " and ".join(f"{column_name(column)} = {_value(values[image])}" for column, values in columns.items())
        for image in images.tolist()
    ]
    return name, " or ".join(f"({text})" for text in each)


def _value(value: Any) -> str:
    return quoted_text(value) if isinstance(value, str) else repr(value)
