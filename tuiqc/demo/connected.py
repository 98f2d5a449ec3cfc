"""Keeping objects in one piece."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

_Label = TypeVar("_Label", bound=np.integer)
_Index = npt.NDArray[np.intp]


def largest_pieces(mask: npt.NDArray[_Label]) -> npt.NDArray[_Label]:
    """Return a (y, x) label mask in which each label keeps only its largest 4-connected piece.

    Works on runs of equal pixels along rows, of which there are some thousands in an image of 512 x 512;
    runs that touch are joined by passing the least run number on along the contacts.
    """
    starts = np.ones(mask.shape, bool)
    np.not_equal(mask[:, 1:], mask[:, :-1], out=starts[:, 1:])
    run_of = (np.cumsum(starts.ravel()) - 1).reshape(mask.shape)
    begins = np.flatnonzero(starts)
    values, lengths = mask.ravel()[begins], np.diff(begins, append=mask.size)
    piece = _join(len(begins), *_contacts(mask, starts, run_of))
    areas = np.bincount(piece, weights=lengths, minlength=len(begins))
    # Of each label the piece with the most pixels, the first of them where two are equal.
    roots = np.flatnonzero(piece == np.arange(len(piece)))
    roots = roots[np.lexsort((roots, -areas[roots], values[roots]))]
    chosen = roots[np.diff(values[roots].astype(np.int64), prepend=-1) != 0]
    keep = np.zeros(len(begins), bool)
    keep[chosen] = True
    return np.where(keep[piece][run_of], mask, mask.dtype.type(0))


def _contacts(
    mask: npt.NDArray[_Label], starts: npt.NDArray[np.bool_], run_of: _Index
) -> tuple[_Index, _Index]:
    """Pairs of runs, one below the other, with the same label: each pair at the first column of contact."""
    same = (mask[1:] == mask[:-1]) & (mask[1:] > 0) & (starts[1:] | starts[:-1])
    return run_of[:-1][same], run_of[1:][same]


def _join(count: int, above: _Index, below: _Index) -> _Index:
    """Number of the least run that each of `count` runs hangs together with."""
    piece = np.arange(count)
    while True:
        first, second = piece[above], piece[below]
        if np.array_equal(first, second):
            return piece
        np.minimum.at(piece, first, second)
        np.minimum.at(piece, second, first)
        while not np.array_equal(piece, shorter := piece[piece]):
            piece = shorter
