"""Natural order of names that are built alike: "plate1/well_12_0034.tif" beside "plate2/well_3_0107.tif".

Names that a program wrote have the same number of runs of digits, and between them the same number of other
characters. The runs then are numbers, whatever their zeros in front; what lies between is compared byte by byte; and
both together fit into one or two words for each name, which sort in a tenth of the time of texts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.order import stable_order

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_MOST_DIGITS = 18
"""Numbers of so many fit into 63 bits."""
_MOST_WORDS = 4
_ZERO, _NINE = ord("0"), ord("9")


class _Build(NamedTuple):
    """Where the numbers of names lie (n, runs), and where each name begins and ends (n,)."""

    starts: Ints
    begin: Ints
    end: Ints
    ends: Ints


def alike_ranks(raw: Bytes, lengths: Ints) -> Ints | None:
    """Return the rank (n,) of names in natural order, equal ones alike, or None if they are not built alike.

    Parameters
    ----------
    raw
        The names one after the other, ASCII.
    lengths
        Bytes of each (n,). Empty ones come first.
    """
    named = lengths > 0
    if not named.all():
        found = alike_ranks(raw, lengths[named])
        if found is None:
            return None
        ranks = np.zeros(len(lengths), np.int64)
        ranks[named] = found + 1
        return ranks
    if not len(lengths):
        return np.zeros(0, np.int64)
    build = _build(raw, lengths)
    words = None if build is None else _words(raw, build)
    return None if words is None else _ranks(words, len(lengths))


def _build(raw: Bytes, lengths: Ints) -> _Build | None:
    ends = np.cumsum(lengths)
    starts = ends - lengths
    digit = np.zeros(len(raw) + 2, np.bool_)
    np.less_equal(raw - np.uint8(_ZERO), _NINE - _ZERO, out=digit[1:-1])
    edges = np.flatnonzero(digit[1:] != digit[:-1])
    if not len(edges):
        none = np.zeros((len(lengths), 0), np.int64)
        return _checked(_Build(starts, none, none, ends))
    # A run that ends where a name begins and the next one goes on with a digit is two.
    joined = starts[1:][digit[starts[1:]] & digit[starts[1:] + 1]]
    if len(joined):
        edges = np.sort(np.concatenate([edges, joined, joined]))
    runs, left = divmod(len(edges) // 2, len(lengths))
    if left:
        return None
    begin, end = edges[0::2].reshape(-1, runs), edges[1::2].reshape(-1, runs)
    if (begin[:, 0] < starts).any() or (end[:, -1] > ends).any():
        return None
    return _checked(_Build(starts, begin, end, ends))


def _checked(build: _Build) -> _Build | None:
    """The same if all names have as much before, between and behind their numbers."""
    before = np.concatenate([build.starts[:, None], build.end], axis=1)
    after = np.concatenate([build.begin, build.ends[:, None]], axis=1)
    between = after - before
    return build if (between == between[0]).all() else None


def _words(raw: Bytes, build: _Build) -> list[Words] | None:
    """What the names are compared by, most important first; None if it is too long."""
    eights = _Eights(raw)
    packed = _Packed()
    runs = build.begin.shape[1]
    for number in range(runs + 1):
        at = build.end[:, number - 1] if number else build.starts
        size = int((build.begin[0, number] if number < runs else build.ends[0]) - at[0])
        for offset in range(0, size, 8):
            packed.add_bytes(eights.at(at + offset), min(8, size - offset))
        if number < runs:
            begin, end = build.begin[:, number], build.end[:, number]
            if (end - begin).max() > _MOST_DIGITS:
                return None
            packed.add(eights.numbers(begin, end))
        if len(packed.words) > _MOST_WORDS:
            return None
    return packed.words


class _Eights:
    """Eight bytes at a time, small letters for capitals; beyond both ends are zeros."""

    def __init__(self, raw: Bytes) -> None:
        data = b"".join([bytes(8), raw.tobytes().lower(), bytes(8)])
        self._all: Words = np.ndarray((len(data) - 7,), "<u8", buffer=data, strides=(1,))

    def at(self, places: Ints) -> Words:
        """The eight that begin at each place, the first lowest."""
        found: Words = self._all[places + 8]
        return found

    def numbers(self, begin: Ints, end: Ints) -> Words:
        """The numbers of digits from `begin` to `end` (not included)."""
        width = int((end - begin).max())
        found = np.zeros(len(begin), np.uint64)
        for back in range(0, width, 8):
            few = np.clip(8 - (end - begin - back), 0, 8).astype(np.uint64)  # bytes that are no digits
            half = few * np.uint64(4)  # in two steps, since shifting by all 64 bits is not defined
            eight = self.at(np.maximum(end - back - 8, -8))
            eight = (eight >> half >> half) << half << half
            found += _value(eight) * np.uint64(10**back)
        return found


def _value(eight: Words) -> Words:
    """The number that eight digits are (zero bytes count as 0): pairs, then fours, then all are put together."""
    eight = eight & np.uint64(0x0F0F0F0F0F0F0F0F)
    eight = (eight * np.uint64(10 * 2**8 + 1) >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    eight = (eight * np.uint64(100 * 2**16 + 1) >> np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF)
    value: Words = eight * np.uint64(10_000 * 2**32 + 1) >> np.uint64(32)
    return value


class _Packed:
    """Values put side by side in words, in as few bits as they need."""

    def __init__(self) -> None:
        self.words: list[Words] = []
        self._room = 0

    def add(self, values: Words) -> None:
        """Take values (n,) that count less than all before them."""
        low, high = int(values.min()), int(values.max())
        bits = (high - low).bit_length()
        if not bits:
            return
        values = values - np.uint64(low)
        if bits > self._room:
            self.words.append(values)
            self._room = 64 - bits
        else:
            self.words[-1] = (self.words[-1] << np.uint64(bits)) | values
            self._room -= bits

    def add_bytes(self, eight: Words, count: int) -> None:
        """Take the lowest `count` bytes (n,) of words, the lowest counting most."""
        eight = eight & np.uint64((1 << 8 * count) - 1)
        for _ in range(count):
            if eight[0] == eight.min() == eight.max():
                return
            self.add(eight & np.uint64(255))
            eight = eight >> np.uint64(8)


def _ranks(words: list[Words], size: int) -> Ints:
    if not words:
        return np.zeros(size, np.int64)
    order = stable_order(words[-1])
    for word in words[-2::-1]:
        order = order[stable_order(word[order])]
    greater = np.zeros(size, np.bool_)
    for word in words:
        sorted_ = word[order]
        greater[1:] |= sorted_[1:] != sorted_[:-1]
    ranks = np.empty(size, np.int64)
    ranks[order] = np.cumsum(greater)
    return ranks
