"""Sorting: positions of the values in order, missing ones last, text the way people count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.ranks import Positions, stable_order
from tuiqc.tables.values import codes_of, numbers_of

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Positions", "SortKey", "order_by", "sort_key"]


class SortKey(NamedTuple):
    """Numbers that sort as the values of a column do, and where there is none (None: where it is NaN)."""

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None


def sort_key(series: pd.Series[Any]) -> SortKey:
    """Return what a column is sorted by.

    Numbers and booleans are their own keys, dates their number; text gets the rank of its natural key. Empty
    text is missing.
    """
    numbers = numbers_of(series)
    if numbers is not None:
        return SortKey(numbers.values, numbers.missing)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "mM":
        return SortKey(series.to_numpy().view(np.int64), series.isna().to_numpy())
    codes = codes_of(series)
    return SortKey(codes.ranks(), codes.codes < 0)


def order_by(keys: Sequence[tuple[SortKey, bool]], size: int) -> Positions:
    """Return the positions 0 to `size` - 1 in order of (key, descending) pairs, the first counts most.

    Stable: what is equal in all keys stays in order. Missing values are last in each key, in both directions.
    """
    order: Positions | None = None
    for key, descending in reversed(keys):
        if order is None:
            order = stable_order(key.values, key.missing, descending)
        else:
            missing = None if key.missing is None else key.missing[order]
            order = order[stable_order(key.values[order], missing, descending)]
    return np.arange(size, dtype=np.int64) if order is None else order
