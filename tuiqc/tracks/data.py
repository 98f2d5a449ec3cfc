"""The tracks of one image: which rows are one track, who comes from whom, and what happens when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNTRACKED = -1
"""Track and lineage of an object that belongs to none."""

EventKind = Literal["birth", "division", "merge", "death"]


class Event(NamedTuple):
    """Something that happens to a track: its kind, the time point at which it first shows, and the other tracks."""

    kind: EventKind
    t: int
    others: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class TrackData:
    """The objects of one image; all arrays are (objects,) and parallel.

    Attributes
    ----------
    t, track
        int64; `UNTRACKED` (or any negative number) for objects without a track.
    x, y, area
        float64 in pixels, NaN where unknown.
    lineage, parent, merger
        int64 or None where the table does not say. `parent` is the track that a track comes from (0 or less for
        none), `merger` the number of the merged object that it was part of (0 or less for none).
    """

    t: NDArray[np.int64]
    track: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: NDArray[np.float64]
    lineage: NDArray[np.int64] | None = None
    parent: NDArray[np.int64] | None = None
    merger: NDArray[np.int64] | None = None


class Tracks:
    """Looks things up in `TrackData`; rows are positions in its arrays.

    Attributes
    ----------
    ids
        All tracks, ascending.
    """

    def __init__(self, data: TrackData) -> None:
        self.data = data
        tracked = np.flatnonzero(data.track >= 0)
        order = tracked[np.lexsort((data.t[tracked], data.track[tracked]))]
        self.order: NDArray[np.int64] = order
        """Rows of tracked objects by track, then by time."""
        tracks = data.track[order]
        starts = np.flatnonzero(np.r_[True, tracks[1:] != tracks[:-1]][: len(order)])
        self.starts: NDArray[np.int64] = starts
        self.stops: NDArray[np.int64] = np.r_[starts, len(order)][1:] if len(order) else starts
        self.ids: NDArray[np.int64] = tracks[starts]

    def __len__(self) -> int:
        return len(self.ids)

    def index(self, track: int) -> int | None:
        """Place of a track in `ids`, None if there is none of that number."""
        at = int(np.searchsorted(self.ids, track))
        return at if at < len(self.ids) and self.ids[at] == track else None

    def rows(self, track: int) -> NDArray[np.int64]:
        """Rows of a track by time; empty if there is none."""
        at = self.index(track)
        return self.order[:0] if at is None else self.order[self.starts[at] : self.stops[at]]

    def row_at(self, track: int, t: int) -> int | None:
        """Row of a track at a time point, None where it is not there. Of several the first."""
        rows = self.rows(track)
        times = self.data.t[rows]
        at = int(np.searchsorted(times, t))
        return int(rows[at]) if at < len(rows) and times[at] == t else None

    def span(self, track: int) -> tuple[int, int]:
        """First and last time point of a track.

        Raises
        ------
        KeyError
            There is none of that number.
        """
        rows = self.rows(track)
        if not len(rows):
            raise KeyError(track)
        return int(self.data.t[rows[0]]), int(self.data.t[rows[-1]])

    @cached_property
    def parents(self) -> dict[int, int]:
        """The track that each track comes from; only tracks that are there, and never itself."""
        if self.data.parent is None:
            return {}
        first = self.data.parent[self.order[self.starts]] if len(self.ids) else self.ids
        known = set(self.ids.tolist())
        return {
            child: parent
            for child, parent in zip(self.ids.tolist(), first.tolist(), strict=True)
            if parent > 0 and parent in known and parent != child
        }

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """The tracks that come from each track, ascending."""
        found: dict[int, list[int]] = {}
        for child, parent in self.parents.items():
            found.setdefault(parent, []).append(child)
        return {parent: tuple(sorted(tracks)) for parent, tracks in found.items()}

    def root(self, track: int) -> int:
        """The oldest ancestor of a track; a ring of parents (a broken table) ends where it closes."""
        seen = {track}
        while (parent := self.parents.get(track)) is not None and parent not in seen:
            track = parent
            seen.add(track)
        return track

    def lineage(self, track: int) -> int:
        """Lineage of a track as the table has it, else the number of its oldest ancestor."""
        rows = self.rows(track)
        if self.data.lineage is not None and len(rows) and self.data.lineage[rows[0]] >= 0:
            return int(self.data.lineage[rows[0]])
        return self.root(track)

    def family(self, track: int) -> list[int]:
        """All tracks of the same tree, oldest first."""
        waiting, found = [self.root(track)], []
        seen: set[int] = set()
        while waiting:
            one = waiting.pop(0)
            if one in seen:
                continue
            seen.add(one)
            found.append(one)
            waiting += self.children.get(one, ())
        return found

    def merged(self, track: int) -> NDArray[np.int64]:
        """Time points at which a track was part of a merged object."""
        rows = self.rows(track)
        if self.data.merger is None or not len(rows):
            return np.zeros(0, np.int64)
        return self.data.t[rows[self.data.merger[rows] > 0]]

    def partners(self, track: int, t: int) -> tuple[int, ...]:
        """The other tracks in the merged object of a track at a time point."""
        row = self.row_at(track, t)
        merger = self.data.merger
        if row is None or merger is None or merger[row] <= 0:
            return ()
        same = (self.data.t == t) & (merger == merger[row]) & (self.data.track >= 0)
        return tuple(one for one in sorted(set(self.data.track[same].tolist())) if one != track)

    def events(self, track: int) -> list[Event]:
        """Birth, mergers, division and death of a track in order of time.

        A division shows at the first time point of the daughters; a death is the last time point of a track
        without children.
        """
        rows = self.rows(track)
        if not len(rows):
            return []
        first, last = self.span(track)
        parent = self.parents.get(track)
        events = [Event("birth", first, () if parent is None else (parent,))]
        merged = self.merged(track)
        begins = merged[np.r_[True, np.diff(merged) > 1]] if len(merged) else merged
        events += [Event("merge", int(t), self.partners(track, int(t))) for t in begins]
        children = self.children.get(track, ())
        if children:
            events.append(Event("division", min(self.span(child)[0] for child in children), children))
        else:
            events.append(Event("death", last))
        return sorted(events, key=lambda event: event.t)
