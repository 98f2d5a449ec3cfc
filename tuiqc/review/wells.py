"""Filters that show the images of one well."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.plates.wells import Well
from tuiqc.review.image_rows import ImageRows
from tuiqc.tables.filters.tokens import column_name, quoted_text

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
