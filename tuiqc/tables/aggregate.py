"""One number per image from a column of its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables import distribution
from tuiqc.tables.distribution import Groups
from tuiqc.tables.table_view import TableView
from tuiqc.tables.values import Codes, Numbers

if TYPE_CHECKING:
    pass

How = Literal["count", "mean", "median", "sd", "min", "max", "sum", "fraction of outliers"]
Mask = NDArray[np.bool_]

AGGREGATES: tuple[How, ...] = get_args(How)
FRACTION_FAILED = "fraction failed"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What is wanted of the objects of each image.

    Attributes
    ----------
    column
        Column of the objects; "" for "fraction failed", and for "count" where it is to count objects.
    how
        One of `AGGREGATES` or "fraction failed".
    filtered
        Only of the objects that the filter lets through.
    """

    column: str
    how: How | Literal["fraction failed"]
    filtered: bool = False

    @property
    def label(self) -> str:
        """Name for the column of the image table: `mean AreaShape_Area`, `… (filtered)`."""
        return f"{self.how} {self.column}".strip() + (" (filtered)" if self.filtered else "")


def aggregates(
    view: TableView,
    wanted: Iterable[Aggregate],
    image: NDArray[Any],
    images: int,
    *,
    failed: Mask | None = None,
    mask: Mask | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Return every wanted aggregate under its label, each float64 of shape (images,).

    Parameters
    ----------
    image
        Image (row number in the image table) of each object, by position.
    failed
        Which objects have the verdict fail, by position; needed for "fraction failed".
    mask
        Which objects the filter lets through, by position, for those that are `filtered`; None for all.

    Raises
    ------
    KeyError
        If there is no such column.
    ValueError
        If a column has text where numbers are needed, or "fraction failed" is wanted without `failed`.
    """
    result = {}
    for one in wanted:
        if one.how == FRACTION_FAILED:
            if failed is None:
                raise ValueError("fraction failed needs the verdicts")
            values, how = failed.astype(np.float64), "mean"
        elif one.how == "count" and not one.column:
            values, how = np.ones(len(image)), "count"
        else:
            values, how = _of_view(view, one.column, one.how), one.how
        if one.filtered and mask is not None:
            values = np.where(mask, values, np.nan)
        result[one.label] = aggregate_values(values, image, images, how)  # type: ignore[arg-type]
    return result


def _of_view(view: TableView, column: str, how: str) -> NDArray[np.float64]:
    return _values(column, how, lambda: view.numbers(column), lambda: view.codes(column))


def _values(
    column: str, how: str, numbers: Callable[[], Numbers | None], codes: Callable[[], Codes]
) -> NDArray[np.float64]:
    """Return what is aggregated: for "count" 1, else the numbers, also those that are kept as text."""
    found = numbers()
    if how == "count":
        return np.where(codes().codes < 0 if found is None else found.absent(), np.nan, 1.0)
    if found is not None:
        return found.floats()
    texts = codes()
    values = texts.numbers()
    if (np.isnan(values) & (texts.codes >= 0)).any():
        raise ValueError(f"{column} has text; only its values can be counted")
    return values


def aggregate_values(
    values: NDArray[np.float64], image: NDArray[Any], images: int, how: How
) -> NDArray[np.float64]:
    """Return one number per image, float64 of shape (images,).

    `values` (float64) and `image` (whole numbers, 0 to images - 1; others are left out) have one entry per
    object. Missing values (NaN) are left out. An image without values has count 0 and sum 0; everything else
    is missing (NaN). "sd" is that of a sample, missing for a single value. "fraction of outliers" is the
    share of an image's values beyond Tukey's fences (`distribution.outlier`) of the values of all images.

    Raises
    ------
    ValueError
        If `how` is not one of `AGGREGATES`.
    """
    if how not in AGGREGATES:
        raise ValueError(f"{how!r} is not one of {', '.join(AGGREGATES)}")
    used = ~np.isnan(values) & (image >= 0) & (image < images)
    values, groups = values[used], Groups(image[used].astype(np.int64), images)
    counts = np.bincount(groups.codes, minlength=images)
    if how == "count":
        return counts.astype(np.float64)
    if how == "fraction of outliers":
        values, how = distribution.outlier(values, None).astype(np.float64), "mean"
    if how in ("sum", "mean"):
        with np.errstate(invalid="ignore", divide="ignore"):
            sums = np.bincount(groups.codes, weights=values, minlength=images).astype(np.float64)
            return sums if how == "sum" else sums / counts
    if how == "sd":
        return distribution.moments(values, groups)[1]
    share = {"min": 0.0, "median": 0.5, "max": 1.0}[how]
    return distribution.quantiles(values, groups, share)[0]
