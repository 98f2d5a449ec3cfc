"""Places of missed objects among the objects: what the object table shows in the order worst first."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.review.candidate_rows import MISSED, CandidateRows
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows


class MixedRows:
    """Objects as they are sorted by their turn, and candidates where it is theirs (`CandidateRows.turns`).

    Where objects are grouped by what is suspected of them before, candidates are a group of their own.

    A row counts all that is shown; a position is one in the frame of the rows that a thing is of. Where the objects of
    one image are shown, so are its candidates alone.
    """

    def __init__(self, objects: ObjectRows, candidates: CandidateRows) -> None:
        self._objects, self._candidates = objects, candidates
        self._order, self._image = objects.view.order, objects.image_filter
        shown = np.ones(candidates.total, bool) if self._image is None else candidates.images == self._image
        self._positions = np.flatnonzero(shown)
        keys = objects.view.sort_keys
        firsts = objects.view.column(keys[0][0])[self._order]
        self._before: NDArray[np.int64]
        if len(keys) > 1:
            ahead = np.array([bool(one) and one < MISSED for one in firsts.tolist()], bool)
            self._before = np.full(len(self._positions), int(np.count_nonzero(ahead)))
        else:
            ranked = firsts[np.isfinite(firsts)]  # what is not measured stands at the end
            self._before = np.searchsorted(ranked, candidates.turns[shown])
        self._rows = self._before + np.arange(len(self._positions))
        self._sorted_rows: list[int] = self._rows.tolist()  # asked of for each cell

    def holds(self, objects: ObjectRows, candidates: CandidateRows) -> bool:
        """Whether nothing has changed of what is shown, and of its order."""
        same = objects is self._objects and candidates is self._candidates
        return same and objects.view.order is self._order and objects.image_filter == self._image

    def __len__(self) -> int:
        return len(self._order) + len(self._rows)

    def with_candidates(self, values: NDArray[Any], said: str) -> NDArray[Any]:
        """Values of the objects in their order, with `said` for each candidate where it stands."""
        every: NDArray[Any] = np.insert(values.astype(object), self._before, said)
        return every

    @property
    def candidates(self) -> int:
        """How many candidates are shown."""
        return len(self._positions)

    def at(self, row: int) -> tuple[Rows, int]:
        """Of what a row is, and its position there."""
        number = bisect_left(self._sorted_rows, row)
        if number < len(self._sorted_rows) and self._sorted_rows[number] == row:
            return self._candidates, int(self._positions[number])
        return self._objects, int(self._order[row - number])

    def row_of(self, rows: Rows | None, position: int | None) -> int | None:
        """The row of what is at a position of some rows; None if it is not shown."""
        if position is None:
            return None
        if rows is self._candidates:
            number = int(np.searchsorted(self._positions, position))
            there = number < len(self._positions) and self._positions[number] == position
            return int(self._rows[number]) if there else None
        row = self._objects.view.index_of(position) if rows is self._objects else None
        return None if row is None else row + int(np.searchsorted(self._before, row, side="right"))

    def object_before(self, row: int) -> int | None:
        """Position of the object at a row, or of the last one above it; the first one where there is none."""
        number = int(np.searchsorted(self._rows, row))
        at = max(0, row - number - (number < len(self._rows) and self._rows[number] == row))
        return int(self._order[at]) if len(self._order) else None

    def next_open(self, row: int, step: int, skip: str, by_category: bool) -> tuple[Rows, int] | None:
        """The next one that is not left out, as `Rows.next_open` has it; None if there is none."""
        objects, candidates = self._objects, self._candidates
        of_objects = objects.open_mask(skip, by_category)[self._order]
        wanted = np.insert(of_objects, self._before, candidates.open_mask(skip, by_category)[self._positions])
        found = np.flatnonzero(wanted)
        ahead = found[found > row] if step > 0 else found[found < row][::-1]
        if not len(ahead) and skip != "nothing":
            ahead = found if step > 0 else found[::-1]
        return self.at(int(ahead[0])) if len(ahead) else None


class MixedWorst(NamedTuple):
    """The worst of objects and candidates, by what is suspected of them.

    Attributes
    ----------
    positions
        Of objects in their frame; of candidates in theirs, behind the last object's.
    candidates
        The rows of those, None where there are none.
    """

    positions: NDArray[np.int64]
    candidates: CandidateRows | None


def worst_of(objects: ObjectRows, candidates: CandidateRows | None, count: int) -> MixedWorst:
    """The first `count` in the order worst first, those of a kind together, the worst of each kind first.

    Objects are those that are shown, with the columns `suspicion` and `suspect`; only those that were taken stay.
    """
    suspicion = np.nan_to_num(objects.view.column("suspicion").astype(np.float64), nan=-1.0)
    shown = objects.view.order
    ordered = shown[np.argsort(-suspicion[shown], kind="stable")]
    of_candidates = np.zeros(0) if candidates is None else candidates.turns - 0.5
    turns = np.concatenate([np.arange(1.0, len(ordered) + 1), of_candidates])
    every = np.concatenate([ordered, objects.total + np.arange(len(of_candidates))])
    worst = every[np.argsort(turns, kind="stable")][:count]
    kinds = objects.view.column("suspect")
    named = [str(kinds[at] or "") if at < objects.total else MISSED[:-1] for at in worst.tolist()]
    by_kind = sorted(range(len(worst)), key=lambda at: (not named[at], named[at]))
    mask = np.zeros(objects.total, bool)
    mask[worst[worst < objects.total]] = True
    objects.view.filter(mask)
    objects.view.sort_by_keys([("suspect", False), ("suspicion", True)])
    return MixedWorst(worst[by_kind], candidates)
