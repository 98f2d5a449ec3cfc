"""Where the nuclei of one image lie and what each of them is like (numbers only, no pixels)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, hypot, pi, sin, sqrt

import numpy as np

from tuiqc.demo.plan import AREA_PER_NUCLEUS

# Share of each kind among nuclei; the rest is in interphase.
_RARE = (("prophase", 0.02), ("metaphase", 0.03), ("apoptotic", 0.035))
_TOUCHING_PAIRS, _TELOPHASE_PAIRS = 0.05, 0.012


@dataclass(slots=True)
class Nucleus:
    """One nucleus (or a piece of debris) and the cell around it; lengths in pixels, angles in radians.

    `kind` is interphase, prophase, metaphase, telophase, apoptotic or debris. The outline is an ellipse of
    semi-axes `major` and `minor`, bent and changed by harmonics of the angle (`ripple`: cos 2, sin 2, cos 3,
    sin 3 terms). `balls` (rows of dy, dx, radius) replaces the ellipse where the nucleus is in fragments.
    """

    y: float
    x: float
    major: float
    minor: float
    angle: float
    kind: str = "interphase"
    bend: float = 0.0
    ripple: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    brightness: float = 1.0
    cell_radius: float = 30.0
    cell_stretch: float = 1.0
    cell_angle: float = 0.0
    cell_brightness: float = 1.0
    spot_rate: float = 1.0
    balls: tuple[tuple[float, float, float], ...] = field(default=())

    @property
    def radius(self) -> float:
        """Radius of the circle of the same area."""
        return sqrt(self.major * self.minor)

    def reach(self, direction: float) -> float:
        """Distance from the centre to the ellipse in a direction (radians from x to y)."""
        turn = direction - self.angle
        return 1.0 / hypot(cos(turn) / self.major, sin(turn) / self.minor)


def lay_out(size: int, errors: Sequence[str], rng: np.random.Generator) -> list[Nucleus]:
    """Scatter nuclei over a field of `size` x `size` pixels, some of them over its border.

    There are enough touching pairs for the errors `merged` among `errors`, and one piece of debris for
    every `debris`.
    """
    wanted = max(2, round(size * size / AREA_PER_NUCLEUS * rng.uniform(0.85, 1.15)))
    field_of_view = _Field(size, rng)
    merged = sum(error == "merged" for error in errors)
    pairs = merged + int(rng.binomial(wanted, _TOUCHING_PAIRS))
    for number in range(pairs):
        # Those to be merged lie inside, since a pair cut by the border would not show the error.
        field_of_view.add_pair(telophase=False, inside=number < merged)
    for _ in range(int(rng.binomial(wanted, _TELOPHASE_PAIRS))):
        field_of_view.add_pair(telophase=True, inside=True)
    while len(field_of_view.nuclei) < wanted and field_of_view.add_one():
        pass
    for _ in range(sum(error == "debris" for error in errors)):
        field_of_view.add_debris()
    return field_of_view.nuclei


class _Field:
    """The field of view while it fills."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.nuclei: list[Nucleus] = []
        self.centres = np.empty((0, 3))  # y, x, reach of what has been placed
        clusters = max(1, round(size * size / 90_000))
        self.clusters = rng.uniform(0.1, 0.9, (clusters, 2)) * size
        self.typical = rng.uniform(14.0, 17.5)  # cells of one field resemble each other
        self.level = rng.uniform(0.8, 1.15)

    def add_one(self) -> bool:
        nucleus = self._nucleus()
        for _ in range(60):
            y, x = self._place(-0.4 * nucleus.major)
            if self._clearance(y, x) > nucleus.major + 5.0:
                self._put(nucleus, y, x)
                return True
        return False

    def add_pair(self, *, telophase: bool, inside: bool) -> None:
        first, second = self._nucleus("interphase"), self._nucleus("interphase")
        direction = self.rng.uniform(0, 2 * pi)
        if telophase:
            self._make_telophase(first, second, direction)
            distance = self.rng.uniform(17, 24)
        else:
            distance = 0.86 * (first.reach(direction) + second.reach(direction + pi))
        dy, dx = sin(direction) * distance / 2, cos(direction) * distance / 2
        reach = distance / 2 + max(first.major, second.major)
        for _ in range(80):
            y, x = self._place(reach + 3 if inside else 0.0)
            if self._clearance(y, x) > reach + 4.0:
                self._put(first, y - dy, x - dx)
                self._put(second, y + dy, x + dx)
                return

    def add_debris(self) -> None:
        """Put a speck of dust or a dead fragment where there is most room out of some tries."""
        tries = [self._place(14.0) for _ in range(40)]
        y, x = max(tries, key=lambda place: self._clearance(*place))
        rng = self.rng
        radius = rng.uniform(3.2, 5.5)
        stretch = rng.uniform(1.0, 2.2)
        ripple = tuple(rng.uniform(-0.22, 0.22, 4).tolist())
        speck = Nucleus(y, x, radius * stretch**0.5, radius / stretch**0.5, rng.uniform(0, pi), "debris")
        speck.ripple = ripple
        speck.brightness = rng.uniform(2.0, 3.4)
        speck.cell_radius = 2.0 * radius
        self._put(speck, y, x)

    def _place(self, margin: float) -> tuple[float, float]:
        """Draw a random position at least `margin` from the border: in a cluster, or anywhere."""
        low, high = margin, self.size - 1 - margin
        if low >= high:
            low = high = (self.size - 1) / 2
        if self.rng.random() < 0.65:
            centre = self.clusters[self.rng.integers(len(self.clusters))]
            y, x = self.rng.normal(centre, 85.0)
            if low <= y <= high and low <= x <= high:
                return float(y), float(x)
        y, x = self.rng.uniform(low, high, 2)
        return float(y), float(x)

    def _clearance(self, y: float, x: float) -> float:
        """Distance from a point to the nearest outline."""
        if not self.nuclei:
            return float("inf")
        gaps = np.hypot(self.centres[:, 0] - y, self.centres[:, 1] - x) - self.centres[:, 2]
        return float(gaps.min())

    def _put(self, nucleus: Nucleus, y: float, x: float) -> None:
        nucleus.y, nucleus.x = y, x
        self.nuclei.append(nucleus)
        self.centres = np.vstack([self.centres, (y, x, nucleus.major)])

    def _nucleus(self, kind: str = "") -> Nucleus:
        rng = self.rng
        radius = self.typical * float(np.exp(rng.normal(0.0, 0.13)))
        stretch = 1.0 + float(rng.gamma(2.0, 0.16))
        nucleus = Nucleus(0.0, 0.0, radius * stretch**0.5, radius / stretch**0.5, rng.uniform(0, pi))
        nucleus.bend = float(rng.normal(0.0, 0.10))
        nucleus.ripple = tuple(rng.normal(0.0, (0.03, 0.03, 0.035, 0.035)).tolist())
        # DNA content: most cells in G1, some on their way to twice that.
        nucleus.brightness = (
            self.level * float(np.exp(rng.normal(0.0, 0.2))) * (1.35 if rng.random() < 0.2 else 1)
        )
        nucleus.cell_radius = radius * rng.uniform(1.9, 2.75)
        nucleus.cell_stretch = 1.0 + float(rng.gamma(2.0, 0.2))
        nucleus.cell_angle = nucleus.angle + rng.normal(0.0, 0.4)
        nucleus.cell_brightness = float(np.exp(rng.normal(0.0, 0.32)))
        nucleus.spot_rate = float(rng.gamma(2.2, 0.5))
        if not kind:
            kind = self._draw_kind()
        nucleus.kind = kind
        _SHAPERS.get(kind, _leave)(nucleus, rng)
        return nucleus

    def _draw_kind(self) -> str:
        draw = self.rng.random()
        for kind, share in _RARE:
            if draw < share:
                return kind
            draw -= share
        return "interphase"

    def _make_telophase(self, first: Nucleus, second: Nucleus, direction: float) -> None:
        """Turn two nuclei into sister plates that face each other, in two halves of a rounded cell."""
        for nucleus in (first, second):
            nucleus.kind = "telophase"
            nucleus.angle = direction + pi / 2 + self.rng.normal(0.0, 0.08)
            nucleus.major, nucleus.minor = self.rng.uniform(9.5, 11.5), self.rng.uniform(4.0, 5.0)
            nucleus.bend = 0.0
            nucleus.brightness = 2.1 * self.level
            nucleus.cell_radius, nucleus.cell_stretch = 20.0, 1.0
            nucleus.cell_brightness = 1.5


def _leave(nucleus: Nucleus, rng: np.random.Generator) -> None:
    """Interphase needs no change."""


def _prophase(nucleus: Nucleus, rng: np.random.Generator) -> None:
    nucleus.brightness *= 1.6
    nucleus.minor = max(nucleus.minor, 0.85 * nucleus.major)
    nucleus.cell_radius *= 0.85


def _metaphase(nucleus: Nucleus, rng: np.random.Generator) -> None:
    nucleus.major, nucleus.minor = rng.uniform(12.0, 15.0), rng.uniform(4.2, 5.6)
    nucleus.bend *= 0.6
    nucleus.brightness = rng.uniform(2.2, 2.9)
    # A mitotic cell rounds up: smaller outline, thicker, brighter.
    nucleus.cell_radius, nucleus.cell_stretch, nucleus.cell_brightness = rng.uniform(25, 29), 1.0, 1.8


def _apoptotic(nucleus: Nucleus, rng: np.random.Generator) -> None:
    count = int(rng.integers(4, 8))
    turns = rng.uniform(0, 2 * pi) + np.arange(count) * 2 * pi / count + rng.normal(0, 0.25, count)
    away = rng.uniform(3.0, 6.5, count)
    radii = rng.uniform(2.4, 4.8, count)
    balls = [(0.0, 0.0, float(rng.uniform(3.5, 5.0)))]
    balls += [
        (float(a * sin(t)), float(a * cos(t)), float(r)) for a, t, r in zip(away, turns, radii, strict=True)
    ]
    nucleus.balls = tuple(balls)
    nucleus.major = nucleus.minor = float((away + radii).max())
    nucleus.brightness = rng.uniform(2.3, 3.2)
    nucleus.cell_radius, nucleus.cell_stretch = rng.uniform(15, 19), 1.1
    nucleus.cell_brightness = 1.5


_SHAPERS = {"prophase": _prophase, "metaphase": _metaphase, "apoptotic": _apoptotic}
