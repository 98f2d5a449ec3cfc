"""Sorting: positions of the values in order, missing ones last, text the way people count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Positions = NDArray[np.int64]

_DIGITS = re.compile("[0-9]+")


def natural_key(text: str) -> str:
    """Return a sort key by which "well 2" comes before "well 10", whatever the case of letters.

    Before each run of the digits 0-9, without its leading zeros, goes a character that tells its length: so
    numbers compare by size, and digits come before letters.
    """
    return _DIGITS.sub(_by_length, text.casefold())


def _by_length(match: re.Match[str]) -> str:
    number = match[0].lstrip("0")
    return chr(min(48 + len(number), 0xFFFF)) + number


def sorted_positions(series: pd.Series[Any], descending: bool = False) -> Positions:
    """Return the positions of `series` in order (int64).

    Equal values stay in the order they have, descending too; missing values come last in both directions.
    """
    keys, missing = sort_keys(series)
    if missing is None:
        return _ordered(keys, descending)
    valid = np.flatnonzero(~missing)
    order = valid[_ordered(keys[valid], descending)]
    return np.concatenate([order, np.flatnonzero(missing)])


def sort_keys(series: pd.Series[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return numbers that sort as the values of `series` do, and where there is none (None: nowhere).

    Numbers and booleans are their own keys; text gets the rank of its natural key.
    """
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        values = series.to_numpy()
        missing = np.isnan(values) if dtype.kind == "f" else None
        return values, missing if missing is not None and missing.any() else None
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return series.to_numpy().view(np.int64), series.isna().to_numpy()
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan), series.isna().to_numpy()
    if pd.api.types.is_object_dtype(dtype) and pd.api.types.infer_dtype(series, skipna=True) in (
        "integer",
        "floating",
        "mixed-integer-float",
        "boolean",
    ):
        return pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan), series.isna().to_numpy()
    return _text_ranks(series)


def _text_ranks(series: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    import pandas as pd

    codes, uniques = pd.factorize(series, use_na_sentinel=True)
    keys = [natural_key(str(value)) for value in uniques]
    rank_of = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    ranks = np.fromiter((rank_of[key] for key in keys), np.int64, len(keys))
    missing = codes < 0
    return (ranks[codes] if len(ranks) else np.zeros(len(codes), np.int64)), missing


def _ordered(keys: NDArray[Any], descending: bool) -> Positions:
    if not descending:
        return np.argsort(keys, kind="stable").astype(np.int64, copy=False)
    # Sorted backwards and read backwards: equal keys keep their order, and no key has to be negated.
    order = np.argsort(keys[::-1], kind="stable")[::-1]
    return (len(keys) - 1 - order).astype(np.int64, copy=False)
