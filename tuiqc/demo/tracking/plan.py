"""Where every cell of the movie is at every time point, and what the tracking says of it.

Each cell lives in a square territory of its own, so that nothing touches but where it is planted. Ids are as
ilastik gives them: tracks and lineages count from 2, -1 is an object that was not tracked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TERRITORY = 48
"""Rows and columns per cell, pixels."""
RADIUS = 9.0
UNTRACKED = -1


class Planted(NamedTuple):
    """One planted event: `event` is swap, merge, false division, division, birth or death.

    `t` is the first time point at which it shows; `track` and `other` are the tracks that it is about (-1 for
    none); `x`, `y` the place in pixels.
    """

    event: str
    t: int
    track: int
    other: int
    x: float
    y: float


PLANTED_COLUMNS = Planted._fields


@dataclass(slots=True)
class Cell:
    """One cell from its first to its last time point (inclusive).

    `xy` is (frames, 2) float64 and `radius` (frames,) float64, both for the whole movie; `track`, `lineage` and
    `parent` (0: none) are (frames,) int64, for a wrong tracking may change them on the way. `merger` is the
    number of the merged object (0: none) per frame.
    """

    first: int
    last: int
    xy: NDArray[np.float64]
    radius: NDArray[np.float64]
    track: NDArray[np.int64]
    lineage: NDArray[np.int64]
    parent: NDArray[np.int64]
    merger: NDArray[np.int64]
    brightness: float = 1.0


@dataclass(slots=True)
class MoviePlan:
    """All cells, and what was planted."""

    frames: int
    size: int
    seed: int
    cells: list[Cell] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)


class _Ids:
    """Free numbers of tracks and lineages, from 2."""

    def __init__(self) -> None:
        self._track = self._lineage = 1

    def track(self) -> int:
        self._track += 1
        return self._track

    def lineage(self) -> int:
        self._lineage += 1
        return self._lineage


def plan_movie(frames: int, size: int, seed: int) -> MoviePlan:
    """Return a plan with one merge, one identity swap, one false division and some true divisions."""
    rng = np.random.default_rng(seed)
    plan = MoviePlan(frames, size, seed)
    ids = _Ids()
    across = size // TERRITORY
    places = [(row, column) for row in range(across) for column in range(across)]
    half = across // 2 * 2
    pairs = [((row, column), (row, column + 1)) for row in range(across) for column in range(0, half, 2)]
    chosen = [pairs[int(i)] for i in rng.permutation(len(pairs))[:3]]
    _merge(plan, rng, ids, *chosen[0])
    _swap(plan, rng, ids, *chosen[1])
    _false_division(plan, rng, ids, *chosen[2])
    taken = {place for pair in chosen for place in pair}
    rest = [place for place in places if place not in taken]
    order = [rest[int(i)] for i in rng.permutation(len(rest))]
    dividing = max(2, len(order) // 5)
    for number, place in enumerate(order):
        if number < dividing:
            _division(plan, rng, ids, place)
        elif number == dividing:
            cell = _cell(plan, rng, ids, place)
            cell.first = frames // 4
            plan.planted.append(_event(plan, "birth", cell.first, cell, -1))
        elif number == dividing + 1:
            cell = _cell(plan, rng, ids, place)
            cell.last = frames * 3 // 4
            plan.planted.append(_event(plan, "death", cell.last, cell, -1))
        elif number == dividing + 2:
            cell = _cell(plan, rng, ids, place)
            cell.track[:], cell.lineage[:] = UNTRACKED, UNTRACKED
            cell.radius *= 0.5
            cell.brightness = 0.6
        else:
            _cell(plan, rng, ids, place)
    return plan


def _event(plan: MoviePlan, event: str, t: int, cell: Cell, other: int) -> Planted:
    x, y = (round(float(value), 1) for value in cell.xy[t])
    return Planted(event, t, int(cell.track[t]), other, x, y)


def _middle(place: tuple[int, int]) -> NDArray[np.float64]:
    return np.array([(place[1] + 0.5) * TERRITORY, (place[0] + 0.5) * TERRITORY])


def _walk(plan: MoviePlan, rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth walk about the origin that stays within 5 pixels, about 0.6 pixels per frame."""
    t = np.arange(plan.frames)[:, None]
    period = rng.uniform(24, 44, 2)
    phase = rng.uniform(0, 2 * np.pi, 2)
    return 3.6 * np.sin(2 * np.pi * t / period + phase) + rng.normal(0, 0.15, (plan.frames, 2))


def _cell(plan: MoviePlan, rng: np.random.Generator, ids: _Ids, place: tuple[int, int]) -> Cell:
    frames = plan.frames
    radius = RADIUS * rng.uniform(0.88, 1.12) * (1 + rng.normal(0, 0.008, frames))
    cell = Cell(
        0,
        frames - 1,
        _middle(place) + _walk(plan, rng),
        radius,
        np.full(frames, ids.track(), np.int64),
        np.full(frames, ids.lineage(), np.int64),
        np.zeros(frames, np.int64),
        np.zeros(frames, np.int64),
        float(rng.uniform(0.75, 1.15)),
    )
    plan.cells.append(cell)
    return cell


def _division(plan: MoviePlan, rng: np.random.Generator, ids: _Ids, place: tuple[int, int]) -> None:
    parent = _cell(plan, rng, ids, place)
    at = int(rng.integers(plan.frames // 3, max(plan.frames // 3 + 1, plan.frames * 2 // 3)))
    parent.last = at - 1
    angle = rng.uniform(0, np.pi)
    apart = np.array([np.cos(angle), np.sin(angle)])
    since = np.clip(np.arange(plan.frames) - at, 0, None)
    distance = (8.5 + 3.5 * (1 - np.exp(-since / 6.0)))[:, None]
    for sign in (-1, 1):
        daughter = _cell(plan, rng, ids, place)
        daughter.xy = parent.xy + sign * distance * apart
        daughter.radius = parent.radius / np.sqrt(2.1) * (1 + 0.04 * (1 - np.exp(-since / 10.0)))
        daughter.first = at
        daughter.lineage[:] = parent.lineage[0]
        daughter.parent[:] = parent.track[0]
        daughter.brightness = parent.brightness
    plan.planted.append(_event(plan, "division", at, parent, int(plan.cells[-1].track[0])))


def _approach(plan: MoviePlan, one: Cell, other: Cell, at: int, near: float) -> None:
    """Bring two cells to a distance of `near` pixels around time point `at`, smoothly there and back."""
    t = np.arange(plan.frames)
    share = np.exp(-(((t - at) / max(2.0, plan.frames / 8)) ** 2))[:, None]
    middle = (one.xy[at] + other.xy[at]) / 2
    apart = other.xy[at] - one.xy[at]
    apart = apart / np.hypot(*apart)
    for cell, sign in ((one, -1.0), (other, 1.0)):
        cell.xy = cell.xy * (1 - share) + (middle + sign * near / 2 * apart) * share


def _merge(
    plan: MoviePlan, rng: np.random.Generator, ids: _Ids, a: tuple[int, int], b: tuple[int, int]
) -> None:
    one, other = _cell(plan, rng, ids, a), _cell(plan, rng, ids, b)
    at = plan.frames // 2
    _approach(plan, one, other, at, 0.9 * RADIUS)
    together = np.hypot(*(one.xy - other.xy).T) < one.radius + other.radius + 1
    frames = np.flatnonzero(together)
    for cell in (one, other):
        cell.merger[frames] = 1
    plan.planted.append(_event(plan, "merge", int(frames[0]), one, int(other.track[0])))


def _swap(
    plan: MoviePlan, rng: np.random.Generator, ids: _Ids, a: tuple[int, int], b: tuple[int, int]
) -> None:
    one, other = _cell(plan, rng, ids, a), _cell(plan, rng, ids, b)
    at = plan.frames * 3 // 5
    _approach(plan, one, other, at, one.radius.max() + other.radius.max() + 3)
    for ids_of in ("track", "lineage"):
        mine, theirs = getattr(one, ids_of), getattr(other, ids_of)
        mine[at:], theirs[at:] = theirs[0], mine[0]
    plan.planted.append(_event(plan, "swap", at, one, int(other.track[at])))


def _false_division(
    plan: MoviePlan, rng: np.random.Generator, ids: _Ids, a: tuple[int, int], b: tuple[int, int]
) -> None:
    """A cell comes into view, and the tracking takes it for the daughter of its neighbour."""
    one, other = _cell(plan, rng, ids, a), _cell(plan, rng, ids, b)
    at = plan.frames * 2 // 5
    parent = int(one.track[0])
    one.track[at:] = ids.track()
    other.first = at
    other.lineage[:] = one.lineage[0]
    one.parent[at:], other.parent[:] = parent, parent
    other_track = int(other.track[at])
    x, y = (round(float(value), 1) for value in one.xy[at])
    plan.planted.append(Planted("false division", at, parent, other_track, x, y))
