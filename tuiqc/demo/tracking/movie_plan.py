"""Where every cell of the movie is at every time point, and what the tracking says of it.

Each cell wanders about in a square territory of its own, so that nothing touches for long but where it is planted;
some come in or go out over the border. Cells differ in pace and grow, and their outlines are not drawn quite alike in
every time point. Ids are as ilastik gives them: tracks and lineages count from 2, -1 is an object that was not tracked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TERRITORY = 48
"""Rows and columns per cell, pixels."""
RADIUS = 9.0
UNTRACKED = -1


class Planted(NamedTuple):
    """One planted event: `event` is swap, merge, false division, division, birth, death, gap, enter or leave.

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

    Arrays are for the whole movie. `xy` is (frames, 2) float64, the others (frames,). `radius` (that of a circle of
    the same area), `stretch` (long over short axis), `angle` (radians) and `glow` (brightness over the cell's own)
    are float64; so is `outline`, where the segmentation drew it (1: right). `seen` (bool) says whether the
    segmentation found it. `track`, `lineage` and `parent` (0: none) are int64, for a wrong tracking may change them
    on the way. `merger` is the number of the merged object (0: none).
    """

    first: int
    last: int
    xy: NDArray[np.float64]
    radius: NDArray[np.float64]
    stretch: NDArray[np.float64]
    angle: NDArray[np.float64]
    glow: NDArray[np.float64]
    outline: NDArray[np.float64]
    seen: NDArray[np.bool_]
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


class Ids:
    """Free numbers of tracks and lineages, from 2."""

    def __init__(self) -> None:
        self._track = self._lineage = 1

    def track(self) -> int:
        """A free number of a track."""
        self._track += 1
        return self._track

    def lineage(self) -> int:
        """A free number of a lineage."""
        self._lineage += 1
        return self._lineage


REACH = 12.0
"""Pixels from the middle of its territory that a cell goes at most."""
_PERSISTENCE = 0.85  # of the velocity, from one time point to the next
_SHIVER = 0.3  # pixels, of the centre from one time point to the next
_SLIP = 0.012  # of the outlines are badly drawn


def walk(frames: int, rng: np.random.Generator, fastest: float) -> NDArray[np.float64]:
    """A persistent random walk about the origin with Brownian motion on top, (frames, 2), pixels.

    The velocity is an Ornstein-Uhlenbeck process; its spread is that of the cell, log-normal about 0.6 pixels per
    time point and `fastest` at most.
    """
    pace = min(fastest, float(rng.lognormal(np.log(0.6), 0.5)))
    kick = pace * np.sqrt(1 - _PERSISTENCE**2) * rng.normal(0, 1, (frames, 2))
    position, velocity = rng.normal(0, 3.0, 2), pace * rng.normal(0, 1, 2)
    path = np.empty((frames, 2))
    for t in range(frames):
        path[t] = position
        # A weak spring: cells stay in their part of the field.
        velocity = _PERSISTENCE * velocity + kick[t] - 0.02 * position
        position = position + velocity
    return np.asarray(REACH * np.tanh(path / REACH) + rng.normal(0, _SHIVER, (frames, 2)))


def turning(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The angle of the long axis over time, radians, (frames,)."""
    return np.asarray(rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.05, frames)))


def outline_of(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Where the segmentation draws the outline, in radii, (frames,): near 1, now and then far too small or large."""
    drawn = np.exp(rng.normal(0, 0.02, frames))
    slips = rng.random(frames) < _SLIP
    drawn[slips] *= np.where(rng.random(int(slips.sum())) < 0.5, 0.78, 1.26)
    return np.asarray(drawn)


def plan_movie(frames: int, size: int, seed: int) -> MoviePlan:
    """Return a plan with one merge, one identity swap, one false division and some true divisions."""
    rng = np.random.default_rng(seed)
    plan = MoviePlan(frames, size, seed)
    ids = Ids()
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
    for place in order[:dividing]:
        _division(plan, rng, ids, place)
    rest = order[dividing:]
    rest = _at_the_border(plan, rng, ids, rest, across)
    specials = [_birth, _death, _untracked, _gap]
    for number, place in enumerate(rest):
        cell = _cell(plan, rng, ids, place)
        if number < len(specials):
            specials[number](plan, rng, cell)
        elif number % 8 == 7:
            _gap(plan, rng, cell)
    return plan


def _event(plan: MoviePlan, event: str, t: int, cell: Cell, other: int) -> Planted:
    x, y = (round(float(value), 1) for value in cell.xy[t])
    return Planted(event, t, int(cell.track[t]), other, x, y)


def _middle(place: tuple[int, int]) -> NDArray[np.float64]:
    return np.array([(place[1] + 0.5) * TERRITORY, (place[0] + 0.5) * TERRITORY])


def _cell(
    plan: MoviePlan, rng: np.random.Generator, ids: Ids, place: tuple[int, int], fastest: float = 2.0
) -> Cell:
    frames = plan.frames
    t = np.arange(frames)
    # A cell doubles its area in about 100 time points.
    grown = np.sqrt(1 + (t + rng.uniform(0, 30)) / 100)
    stretch = rng.uniform(1.05, 1.5) * np.exp(0.06 * np.sin(t / rng.uniform(5, 12) + rng.uniform(0, 6)))
    cell = Cell(
        0,
        frames - 1,
        _middle(place) + walk(frames, rng, fastest),
        RADIUS * rng.uniform(0.8, 1.08) * grown,
        stretch,
        turning(frames, rng),
        np.ones(frames),
        outline_of(frames, rng),
        np.ones(frames, bool),
        np.full(frames, ids.track(), np.int64),
        np.full(frames, ids.lineage(), np.int64),
        np.zeros(frames, np.int64),
        np.zeros(frames, np.int64),
        float(rng.uniform(0.6, 1.2)),
    )
    plan.cells.append(cell)
    return cell


def _birth(plan: MoviePlan, rng: np.random.Generator, cell: Cell) -> None:
    """It comes into focus."""
    cell.first = plan.frames // 4
    cell.glow = np.clip((np.arange(plan.frames) - cell.first + 2) / 5, 0.2, 1)
    plan.planted.append(_event(plan, "birth", cell.first, cell, -1))


def _death(plan: MoviePlan, rng: np.random.Generator, cell: Cell) -> None:
    """It shrinks and brightens to its end."""
    cell.last = plan.frames * 3 // 4
    left = np.clip((cell.last - np.arange(plan.frames)) / 5, 0, 1)
    cell.radius = cell.radius * (0.7 + 0.3 * left)
    cell.glow = 1.5 - 0.5 * left
    plan.planted.append(_event(plan, "death", cell.last, cell, -1))


def _untracked(plan: MoviePlan, rng: np.random.Generator, cell: Cell) -> None:
    cell.track[:], cell.lineage[:] = UNTRACKED, UNTRACKED
    cell.radius = cell.radius * 0.65
    cell.brightness = 0.6


def _gap(plan: MoviePlan, rng: np.random.Generator, cell: Cell) -> None:
    """The segmentation loses it for one or two time points."""
    at = int(rng.integers(plan.frames // 4, plan.frames * 3 // 4))
    cell.seen[at : at + int(rng.integers(1, 3))] = False
    plan.planted.append(_event(plan, "gap", at, cell, -1))


def _at_the_border(
    plan: MoviePlan, rng: np.random.Generator, ids: Ids, order: list[tuple[int, int]], across: int
) -> list[tuple[int, int]]:
    """Let every sixth cell come in or go out over the border, one at least each; returns the places left."""
    edge = [place for place in order if {0, across - 1} & set(place)]
    chosen = edge[: max(2, len(order) // 6)]
    t = np.arange(plan.frames)
    for number, place in enumerate(chosen):
        cell = _cell(plan, rng, ids, place)
        row, column = place
        outwards = np.array([(column == across - 1) - (column == 0), (row == across - 1) - (row == 0)], float)
        at, pace = int(rng.integers(plan.frames // 4, plan.frames // 2)), rng.uniform(1.2, 2.2)
        # Quick enough to be outside at the beginning, or at the end.
        pace = max(pace, 1.6 * TERRITORY / 2 / (at + 6 if number % 2 == 0 else max(4, plan.frames - at - 7)))
        # From outside to its place, or the other way round.
        away = np.clip(at + 6 - t, 0, None) if number % 2 == 0 else np.clip(t - at - 6, 0, None)
        cell.xy = cell.xy + outwards * (pace * away)[:, None]
        inside = ((cell.xy >= 0) & (cell.xy < plan.size)).all(axis=1)
        if inside.all() or not inside.any():
            continue  # a short movie, and a slow cell
        there = np.flatnonzero(inside)
        if number % 2 == 0:
            plan.planted.append(_event(plan, "enter", int(there[0]), cell, -1))
        else:
            plan.planted.append(_event(plan, "leave", int(there[-1]), cell, -1))
    return [place for place in order if place not in chosen]


def _division(plan: MoviePlan, rng: np.random.Generator, ids: Ids, place: tuple[int, int]) -> None:
    parent = _cell(plan, rng, ids, place, fastest=1.0)
    at = int(rng.integers(plan.frames // 3, max(plan.frames // 3 + 1, plan.frames * 2 // 3)))
    parent.last = at - 1
    t = np.arange(plan.frames)
    size = float(parent.radius[at - 1])
    # It rounds up and condenses, and the plate lies across the way that the daughters go.
    near = np.clip(1 - (at - 1 - t) / 3, 0, 1)
    angle = float(rng.uniform(0, np.pi))
    parent.radius = parent.radius * (1 - 0.1 * near)
    parent.stretch = parent.stretch * (1 - near) + 1.35 * near
    parent.angle = parent.angle - parent.angle[at - 1] + angle + np.pi / 2
    parent.glow = 1 + 0.5 * near
    parent.outline[at - 3 : at + 1] = 1.0
    apart = np.array([np.cos(angle), np.sin(angle)])
    since = np.clip(t - at, 0, None)
    distance = (0.85 * size + 4.0 * (1 - np.exp(-since / 6.0)))[:, None]
    share = float(rng.uniform(0.94, 1.06))
    for sign in (-1, 1):
        daughter = _cell(plan, rng, ids, place)
        own = walk(plan.frames, rng, 0.5)
        daughter.xy = parent.xy + sign * distance * apart + 0.4 * (own - own[at])
        daughter.radius = size * share**sign / np.sqrt(2.1) * np.sqrt(1 + since / 60)
        daughter.stretch = 1.1 + (1.4 - 1.1) * np.exp(-since / 3.0)
        daughter.angle = np.full(plan.frames, angle + np.pi / 2) + 0.02 * since
        daughter.outline[at : at + 3] = 1.0
        daughter.first = at
        daughter.lineage[:] = parent.lineage[0]
        daughter.parent[:] = parent.track[0]
        daughter.brightness = parent.brightness
        daughter.glow = 1 + 0.4 * np.exp(-since / 2.0)
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
    plan: MoviePlan, rng: np.random.Generator, ids: Ids, a: tuple[int, int], b: tuple[int, int]
) -> None:
    one, other = _cell(plan, rng, ids, a, 0.9), _cell(plan, rng, ids, b, 0.9)
    at = plan.frames // 2
    _approach(plan, one, other, at, 0.9 * RADIUS)
    together = np.hypot(*(one.xy - other.xy).T) < one.radius + other.radius + 1
    frames = np.flatnonzero(together)
    for cell in (one, other):
        cell.merger[frames] = 1
    plan.planted.append(_event(plan, "merge", int(frames[0]), one, int(other.track[0])))


def _swap(
    plan: MoviePlan, rng: np.random.Generator, ids: Ids, a: tuple[int, int], b: tuple[int, int]
) -> None:
    one, other = _cell(plan, rng, ids, a, 0.9), _cell(plan, rng, ids, b, 0.9)
    at = plan.frames * 3 // 5
    _approach(plan, one, other, at, one.radius.max() + other.radius.max() + 3)
    for ids_of in ("track", "lineage"):
        mine, theirs = getattr(one, ids_of), getattr(other, ids_of)
        mine[at:], theirs[at:] = theirs[0], mine[0]
    plan.planted.append(_event(plan, "swap", at, one, int(other.track[at])))


def _false_division(
    plan: MoviePlan, rng: np.random.Generator, ids: Ids, a: tuple[int, int], b: tuple[int, int]
) -> None:
    """A cell comes into view, and the tracking takes it for the daughter of its neighbour."""
    one, other = _cell(plan, rng, ids, a, 0.9), _cell(plan, rng, ids, b, 0.9)
    at = plan.frames * 2 // 5
    parent = int(one.track[0])
    one.track[at:] = ids.track()
    other.first = at
    other.lineage[:] = one.lineage[0]
    one.parent[at:], other.parent[:] = parent, parent
    other_track = int(other.track[at])
    x, y = (round(float(value), 1) for value in one.xy[at])
    plan.planted.append(Planted("false division", at, parent, other_track, x, y))
