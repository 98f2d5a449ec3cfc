"""Ranks of texts the way people count ("well 2" before "well 10")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.names import natural_key
from tuiqc.tables.alike_names import alike_ranks
from tuiqc.tables.arrow_texts import ArrowTexts
from tuiqc.tables.order import stable_order

_BLOCK = 1 << 15
_LONGEST = 127 - 48  # digits of a number whose length still fits into one byte of UTF-8


class _Keys(NamedTuple):
    """Keys of many texts, one after the other: bytes (uint8), where each begins, how long it is (int64)."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


def natural_ranks(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the rank of each text (from 0) in the order of `tuiqc.names.natural_key`; equal keys have equal ranks.

    Names that are built alike are compared as numbers. Of others the keys are made as UTF-8, whose bytes order like
    the characters, and compared eight bytes at a time; only what is still alike is compared further.
    """
    size = len(texts)
    ascii_texts = _ascii(texts)
    alike = None if ascii_texts is None else alike_ranks(*ascii_texts)
    if alike is not None:
        return alike
    keys = _all_keys(texts)
    order = np.arange(size)  # in the end: the texts in order
    first = np.zeros(size, dtype=bool)  # whether a text is greater than the one before it in the order
    first[:1] = True
    at, offset = order.copy(), 0  # places in the order that are not decided yet
    groups = np.zeros(size, dtype=np.int64)  # of those places: alike so far
    while len(at):
        which = order[at]
        words = _words(keys, which, offset)
        offset += 8
        if words.min() != words.max():
            moved = stable_order(words)
            if groups[-1] > 0:
                moved = moved[stable_order(groups[moved])]
            order[at] = which = which[moved]
            words = words[moved]
            begins = np.ones(len(at), dtype=bool)
            begins[1:] = (words[1:] != words[:-1]) | (groups[1:] != groups[:-1])
            first[at] |= begins
            groups = np.cumsum(begins) - 1
        undecided = _undecided(groups, keys.lengths[which] > offset)
        at = at[undecided]
        groups = groups[undecided]
        groups = np.cumsum(np.diff(groups, prepend=groups[:1]) != 0)
    ranks = np.empty(size, dtype=np.int64)
    ranks[order] = np.cumsum(first) - 1
    return ranks


def _ascii(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]] | None:
    """The bytes of texts and how many each has; None if there is more than ASCII among them."""
    if isinstance(texts, ArrowTexts):
        return texts.ascii()
    joined = "".join(texts)
    if not joined.isascii():
        return None
    return np.frombuffer(joined.encode(), np.uint8), np.fromiter(map(len, texts), np.int64, len(texts))


def _undecided(groups: NDArray[np.int64], longer: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where the group has several texts, one of which goes on. `groups` ascend from 0 without gaps."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    sizes = np.diff(starts, append=len(groups))
    goes_on = np.logical_or.reduceat(longer, starts)
    return np.repeat((sizes > 1) & goes_on, sizes)


def _words(keys: _Keys, which: NDArray[np.int64], offset: int) -> NDArray[np.uint64]:
    """Return bytes `offset` to `offset + 8` of some keys as numbers; what is beyond the end is 0."""
    left = np.clip(keys.lengths[which] - offset, 0, 8)
    starts = np.where(left > 0, keys.starts[which] + offset, 0)
    # An array of the eight bytes that begin at every byte, without copying any.
    everywhere: NDArray[np.uint64] = np.ndarray(
        (len(keys.data) - 7,), dtype=">u8", buffer=keys.data, strides=(1,)
    )
    words: NDArray[np.uint64] = everywhere[starts].astype(np.uint64)
    blank = ((8 - left) * 8).astype(np.uint64)
    half = blank // np.uint64(2)  # in two steps, since shifting by all 64 bits is not defined
    rest = blank - half
    words >>= half
    words >>= rest
    words <<= half
    words <<= rest
    return words


def _all_keys(texts: Sequence[str]) -> _Keys:
    parts, lengths = [], []
    for start in range(0, len(texts), _BLOCK):
        data, length = _block_keys(texts[start : start + _BLOCK])
        parts.append(data)
        lengths.append(length)
    every = np.concatenate(lengths) if lengths else np.zeros(0, np.int64)
    # One more than each byte, so that 0 is less than any of them; none is above 0xF4 in UTF-8.
    data = np.concatenate([*parts, np.zeros(8, np.uint8)]) + np.uint8(1)
    return _Keys(data, np.cumsum(every) - every, every)


def _block_keys(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the keys of some texts and their lengths in bytes."""
    joined = "".join(texts)
    if joined.isascii():
        raw, lengths = joined.encode(), np.fromiter(map(len, texts), np.int64, len(texts))
    else:
        folded = [
            (text if text.isascii() else text.casefold()).encode("utf-8", "surrogatepass") for text in texts
        ]
        raw, lengths = b"".join(folded), np.fromiter(map(len, folded), np.int64, len(texts))
    made = _with_lengths(np.frombuffer(raw, np.uint8), lengths)
    if made is None:
        keys = [natural_key(text).encode("utf-8", "surrogatepass") for text in texts]
        return np.frombuffer(b"".join(keys), np.uint8), np.fromiter(map(len, keys), np.int64, len(keys))
    return made


def _with_lengths(
    raw: NDArray[np.uint8], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]] | None:
    """Put its length before each number and drop its leading zeros; None where a number is too long."""
    raw = raw + ((raw >= 65) & (raw <= 90)).astype(np.uint8) * np.uint8(32)
    digit = np.zeros(len(raw) + 2, dtype=bool)
    digit[1:-1] = (raw >= 48) & (raw <= 57)
    ends = np.cumsum(lengths)
    new = np.zeros(len(raw) + 1, dtype=bool)  # whether a text begins at a byte
    new[ends - lengths] = True
    begin = np.flatnonzero(digit[1:-1] & (~digit[:-2] | new[:-1]))
    end = np.flatnonzero(digit[1:-1] & (~digit[2:] | new[1:])) + 1
    first = _without_zeros(raw, begin, end)
    if len(begin) and (end - first).max() > _LONGEST:
        return None
    keep = np.ones(len(raw), dtype=bool)
    if (first > begin).any():
        edge = np.zeros(len(raw) + 1, dtype=np.int64)
        edge[begin] += 1
        np.subtract.at(edge, first, 1)
        keep = np.cumsum(edge)[:-1] == 0
    room = keep.astype(np.int64)
    room[begin] += 1
    upto = np.concatenate([[0], np.cumsum(room)])
    made = np.empty(upto[-1], np.uint8)
    made[(upto[1:] - 1)[keep]] = raw[keep]
    made[upto[begin]] = 48 + (end - first)
    return made, upto[ends] - upto[ends - lengths]


def _without_zeros(
    raw: NDArray[np.uint8], begin: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return where each number has its first digit that is not a leading zero, its end if all are zeros."""
    first = begin.copy()
    at = np.flatnonzero(raw[begin] == 48)
    if len(at):
        other = np.append(np.flatnonzero(raw != 48), len(raw))
        first[at] = np.minimum(other[np.searchsorted(other, begin[at])], end[at])
    return first
