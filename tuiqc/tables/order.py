"""A stable order of numbers, with what is missing last."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]

_SIGN = np.uint64(1 << 63)


def stable_order(
    keys: NDArray[Any], missing: NDArray[np.bool_] | None = None, descending: bool = False
) -> Positions:
    """Return the positions of `keys` in order (int64); equal ones stay as they are, descending too.

    `keys` are booleans, whole numbers or floats, shape (n,). What is NaN, or True in `missing` (n,), comes
    last in both directions, in the order it has.

    The keys become 64-bit whole numbers of the same order. Above the position they give one word to sort, which
    is faster than sorting positions by what they point to (NumPy sorts plain words with vector instructions).
    Low bits that find no room are compared afterwards, only where they decide.
    """
    if keys.dtype.kind == "f":
        none = np.isnan(keys)
        missing = none if missing is None else missing | none
    if missing is not None and missing.any():
        valid = np.flatnonzero(~missing)
        return np.concatenate(
            [valid[_packed(_packed_words(keys[valid]), descending)], np.flatnonzero(missing)]
        )
    return _packed(_packed_words(keys), descending)


def _packed_words(keys: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a new array of unsigned words that compare as `keys` do; no NaN."""
    if keys.dtype.kind == "f":
        # Adding zero makes +0.0 of -0.0. The bits of a float order like those of an integer with a sign, but
        # backwards below zero.
        bits = (keys.astype(np.float64) + 0.0).view(np.int64)
        bits ^= (bits >> 63) & np.int64(2**63 - 1)
    elif keys.dtype == np.uint64:
        return keys.copy()
    else:
        bits = keys.astype(np.int64)
    words = bits.view(np.uint64)
    words ^= _SIGN
    return words


def _packed(words: NDArray[np.uint64], descending: bool) -> Positions:
    """Sort; `words` is overwritten."""
    size = len(words)
    if size < 2:
        return np.arange(size, dtype=np.int64)
    low, high = words.min(), words.max()
    if descending:
        np.subtract(high, words, out=words)
    else:
        words -= low
    below = (size - 1).bit_length()
    lost = max(0, int(high - low).bit_length() + below - 64)
    packed = (words >> np.uint64(lost)) if lost else words.copy()
    packed <<= np.uint64(below)
    packed |= np.arange(size, dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << below) - 1)
    order = packed.view(np.int64)
    if lost:
        _repair(order, words, np.uint64(lost))
    return order


def _repair(order: Positions, words: NDArray[np.uint64], lost: np.uint64) -> None:
    """Sort what is alike but for its `lost` low bits; `order` is changed in place."""
    placed = words[order]
    if not (placed[1:] < placed[:-1]).any():
        return
    kept = placed >> lost
    alike = kept[1:] == kept[:-1]
    unsure = np.zeros(len(order), dtype=bool)
    unsure[1:] |= alike
    unsure[:-1] |= alike
    at = np.flatnonzero(unsure)
    # Groups of alike ones stay in their places: they differ in the bits that were compared already.
    order[at] = order[at][np.argsort(placed[at], kind="stable")]
