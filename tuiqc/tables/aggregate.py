"""One number per image from a column of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

How = Literal["count", "mean", "median", "min", "max", "sum"]

AGGREGATES: tuple[How, ...] = get_args(How)


def aggregate(frame: pd.DataFrame, column: str, how: How, images: int) -> NDArray[np.float64]:
    """Return the aggregate of `column` for each of `images` images, as `aggregate_values` does.

    `frame` is an object table: its column "image" has the row number of the image of each object. "count"
    works on any column and counts what is not missing.

    Raises
    ------
    KeyError
        If there is no such column.
    ValueError
        If the column has text and `how` needs numbers.
    """
    import pandas as pd

    series = frame[column]
    if how == "count":
        values = np.where(series.isna().to_numpy(), np.nan, 1.0)
    elif pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        try:
            values = pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{column} has text; only its values can be counted") from error
    return aggregate_values(values, frame["image"].to_numpy(), images, how)


def aggregate_values(
    values: NDArray[np.float64], image: NDArray[Any], images: int, how: How
) -> NDArray[np.float64]:
    """Return one number per image, float64 of shape (images,).

    `values` (float64) and `image` (whole numbers, 0 to images - 1; others are left out) have one entry per
    object. Missing values (NaN) are left out. An image without values has count 0 and sum 0; its mean,
    median, min and max are missing (NaN).

    Raises
    ------
    ValueError
        If `how` is not one of `AGGREGATES`.
    """
    if how not in AGGREGATES:
        raise ValueError(f"{how!r} is not one of {', '.join(AGGREGATES)}")
    used = ~np.isnan(values) & (image >= 0) & (image < images)
    values, image = values[used], image[used].astype(np.int64)
    counts = np.bincount(image, minlength=images)
    if how == "count":
        return counts.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        if how in ("sum", "mean"):
            sums = np.bincount(image, weights=values, minlength=images).astype(np.float64)
            return sums if how == "sum" else sums / counts
        return _of_sorted(values, image, counts, how)


def _of_sorted(
    values: NDArray[np.float64], image: NDArray[np.int64], counts: NDArray[np.int64], how: How
) -> NDArray[np.float64]:
    """Median, minimum, maximum: the values of each image sorted, one image after the other."""
    ordered = values[np.lexsort((values, image))]
    ends = np.cumsum(counts)
    starts, some = ends - counts, counts > 0
    result = np.full(len(counts), np.nan)
    if how == "min":
        result[some] = ordered[starts[some]]
    elif how == "max":
        result[some] = ordered[ends[some] - 1]
    else:
        lower = ordered[(starts + (counts - 1) // 2)[some]]
        upper = ordered[(starts + counts // 2)[some]]
        # Half of each, since the sum of two large numbers may not be one; equal ones (also infinite) stay.
        result[some] = np.where(lower == upper, lower, lower / 2 + upper / 2)
    return result
