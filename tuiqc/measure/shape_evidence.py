"""What the shape of an object says for or against its outline.

Whole-plane operations without a loop over objects: sums with `bincount`, maxima over runs of pixels sorted by object.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.distances import depths_within
from tuiqc.measure.object_pixels import Ellipse, Moments
from tuiqc.measure.peaks import Insides
from tuiqc.measure.plane_filters import smoothed
from tuiqc.measure.working_plane import Floats, WorkingPlane

DIRECTIONS = 24
"""Directions in which the extent of an object is taken: its convex hull is the polygon of these tangents."""

SECTORS = 12
"""Angular sectors of an outline, seen from the object's centre."""

_ANGLES = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
COS, SIN = np.cos(_ANGLES), np.sin(_ANGLES)
_HALF_PIXEL = 0.5 * (np.abs(COS) + np.abs(SIN))

_SIDES = ((0, -1), (0, 1), (-1, 0), (1, 0))
_CORNERS = ((-1, -1), (1, 1), (-1, 1), (1, -1))

DEPTH_LEVELS = (0.3, 0.45, 0.6, 0.72, 0.84)
"""Shares of an object's largest depth at which it is looked at whether it falls apart."""


@dataclass(frozen=True)
class Outlines:
    """Geometry of all objects of a plane that several kinds of evidence need.

    Every array with one entry per object is `(bins,)`, the background's first (`WorkingPlane.bins`).
    """

    plane: WorkingPlane

    @cached_property
    def moments(self) -> Moments:
        """Sums over the pixels of each object."""
        plane = self.plane
        y, x = plane.yx
        return Moments(plane.pixels, *(plane.total(one) for one in (x, y, x * x, y * y, x * y)))

    @cached_property
    def ellipse(self) -> Ellipse:
        """Centre and axes of each object."""
        return self.moments.ellipse()

    @cached_property
    def equivalent_radius(self) -> Floats:
        """Radius of the disk of the same area, in pixels."""
        return np.sqrt(self.plane.pixels / np.pi)

    @cached_property
    def _differ(self) -> dict[tuple[int, int], NDArray[np.bool_]]:
        """(m,) whether each of the eight pixels beside a labelled one is another's; edges of the plane do not count."""
        owner = self.plane.owner.astype(np.int32)  # of the same type: half of the time
        return {step: (label != owner) & (label >= 0) for step, label in self.plane.around.items()}

    @cached_property
    def cracks(self) -> Floats:
        """(bins,) sides of pixels along each outline: where a pixel above, below or beside is another's."""
        sides = [self._differ[step].view(np.int8) for step in _SIDES]
        return self.plane.total(sides[0] + sides[1] + sides[2] + sides[3])

    @cached_property
    def perimeter(self) -> Floats:
        """Length of the outline by Crofton's formula in 4 directions: pi/8 (N_h + N_v + (N_d1 + N_d2)/sqrt 2)."""
        corners = [self._differ[step].view(np.int8) for step in _CORNERS]
        oblique = self.plane.total(corners[0] + corners[1] + corners[2] + corners[3])
        return np.asarray((self.cracks + oblique / np.sqrt(2)) * (np.pi / 8))

    @cached_property
    def _along(self) -> NDArray[np.bool_]:
        """(m,) labelled pixels with another's pixel above, below or beside."""
        first, second, third, fourth = (self._differ[step] for step in _SIDES)
        return first | second | third | fourth

    @cached_property
    def inner(self) -> NDArray[np.bool_]:
        """(y, x) pixels of objects whose four neighbours are of the same object (edges of the plane do not count)."""
        out = np.zeros(self.plane.labels.size, bool)
        out[self.plane.where[~self._along]] = True
        return out.reshape(self.plane.labels.shape)

    @cached_property
    def insides(self) -> Insides:
        """Blocks (`WorkingPlane.blocks`) of inner pixels."""
        inner = self.plane.in_blocks(self.inner)
        return Insides.of(np.where(inner, self.plane.blocks, 0), self.plane.bins)

    @cached_property
    def on_boundary(self) -> NDArray[np.bool_]:
        """(m,) labelled pixels along outlines, and at the edges of the plane."""
        out = self._along.copy()
        for step in _SIDES:
            out |= self.plane.around[step] < 0
        return out

    @cached_property
    def boundary(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Flat indices of these pixels, sorted by object, and their objects."""
        return self.plane.where[self.on_boundary], self.plane.owner[self.on_boundary]

    @cached_property
    def projections(self) -> NDArray[np.float32]:
        """(directions / 2, boundary pixels) how far each lies in each direction of a half turn from the centre."""
        y, x = (one[self.on_boundary] for one in self.plane.yx)
        _, owner = self.boundary
        dy = (y - self.ellipse.y[owner]).astype(np.float32)
        dx = (x - self.ellipse.x[owner]).astype(np.float32)
        half = np.s_[: DIRECTIONS // 2, None]
        return COS.astype(np.float32)[half] * dx + SIN.astype(np.float32)[half] * dy

    @cached_property
    def supports(self) -> Floats:
        """(bins, directions) extent of each object in each direction from its centre, with its outer pixels' halves."""
        _, owner = self.boundary
        out = np.zeros((self.plane.bins, DIRECTIONS))
        if len(owner):
            starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
            ahead = np.maximum.reduceat(self.projections, starts, axis=1)
            behind = np.minimum.reduceat(self.projections, starts, axis=1)
            out[owner[starts]] = np.concatenate([ahead, -behind]).T + _HALF_PIXEL
        return out

    @cached_property
    def hull(self) -> tuple[Floats, Floats]:
        """Area and perimeter of the convex hull of each object."""
        return hull_of(self.supports)

    @cached_property
    def hull_depths(self) -> Floats:
        """(boundary pixels,) how far each lies inside of the hull of its object, pixels."""
        _, owner = self.boundary
        half = DIRECTIONS // 2
        extents = self.supports.T.astype(np.float32)
        count = np.bincount(owner, minlength=self.plane.bins)
        least = np.full(len(owner), np.inf, np.float32)
        for number, along in enumerate(self.projections):
            np.minimum(least, np.repeat(extents[number], count) - along, out=least)
            np.minimum(least, np.repeat(extents[half + number], count) + along, out=least)
        return np.asarray(least, np.float64) - 0.5

    @cached_property
    def rim(self) -> NDArray[np.int64]:
        """Places in `WorkingPlane.where` of the labelled pixels not deeper than a rim, the boundary among them."""
        return np.flatnonzero((self.pixel_depth <= self.plane.rim) | self.on_boundary)

    @cached_property
    def rim_sectors(self) -> NDArray[np.int64]:
        """The angular sector of each of them."""
        y, x = (one[self.rim] for one in self.plane.yx)
        return self.sectors(y, x, self.plane.owner[self.rim])

    @cached_property
    def boundary_sectors(self) -> NDArray[np.int64]:
        """(boundary pixels,) the angular sector of each."""
        return self.rim_sectors[self.on_boundary[self.rim]]

    def sectors(self, y: NDArray[Any], x: NDArray[Any], owner: NDArray[Any]) -> NDArray[np.int64]:
        """Angular sector, 0 to SECTORS - 1, of pixels as seen from the centres of the objects they are counted to."""
        return sector_of(y - self.ellipse.y[owner], x - self.ellipse.x[owner])

    @cached_property
    def _depths(self) -> NDArray[np.float32]:
        """(m,) distance of the labelled pixels to the outline of their object, 0 at the outline."""
        plane = self.plane
        disk = float(self.equivalent_radius.max())  # no disk inside an object is larger than it
        limit = int(min(np.ceil(disk) + 1, 6 * plane.radius + 4))
        return depths_within(plane.where, plane.starts, ~self._along, plane.labels.shape, limit)

    @cached_property
    def depth(self) -> NDArray[np.float32]:
        """(y, x) the same as a plane."""
        out = np.zeros(self.plane.labels.shape, np.float32)
        out.ravel()[self.plane.where] = self._depths
        return out

    @cached_property
    def pixel_depth(self) -> NDArray[np.float32]:
        """(m,) distance of the labelled pixels to their own outline, half a pixel at the outline."""
        return self._depths + np.float32(0.5)

    @cached_property
    def deep(self) -> NDArray[np.bool_]:
        """(m,) labelled pixels deeper than a rim, or than half of the largest depth where that is less."""
        least = np.minimum(self.plane.rim, 0.5 * self.largest_depth)
        return np.asarray(self.pixel_depth > self.plane.at_pixels(least))

    @cached_property
    def deep_count(self) -> Floats:
        """(bins,) how many of them each object has."""
        return self.plane.total(self.deep)

    @cached_property
    def largest_depth(self) -> Floats:
        """(bins,) radius of the largest disk in each object, pixels."""
        return self.plane.highest(self.pixel_depth)

    @cached_property
    def cavities(self) -> Floats:
        """(bins, sectors) deepest place under the hull in each sector, pixels."""
        _, owner = self.boundary
        deepest = np.zeros(self.plane.bins * SECTORS)
        np.maximum.at(deepest, owner * SECTORS + self.boundary_sectors, np.maximum(self.hull_depths, 0))
        return deepest.reshape(-1, SECTORS)


def sector_of(dy: NDArray[Any], dx: NDArray[Any]) -> NDArray[np.int64]:
    """Of twelve equal sectors, the first from -180 to -150 degrees, that in which arctan2(dy, dx) lies.

    Told by quadrants and slopes, in a quarter of the time of the function.
    """
    ahead, level = dx >= 0, dy == 0
    first_half = (dy < 0) | (level & ~ahead)
    odd = np.where(first_half, ahead, (dx <= 0) & ~level)
    wide, high = np.abs(dx), np.abs(dy)
    sector = (~first_half).view(np.int8) * np.int8(SECTORS // 2) + odd.view(np.int8) * np.int8(SECTORS // 4)
    for edge in range(1, SECTORS // 4):
        # Between its axes a quadrant is cut by the slopes of two angles, of an odd one from the other axis.
        slope = np.tan(2 * np.pi / SECTORS * edge)
        sector += np.where(odd, wide >= high * slope, (high >= wide * slope) & ~level).view(np.int8)
    wide_enough: NDArray[np.int64] = sector.astype(np.int64)
    return wide_enough


def hull_of(supports: Floats) -> tuple[Floats, Floats]:
    """Area and perimeter of the polygons with these support functions, (n, DIRECTIONS) each from any point inside.

    Side k has the length (h[k-1] + h[k+1] - 2 h[k] cos d) / sin d with d the angle between directions; the area is half
    the sum of h times length.
    """
    step = 2 * np.pi / DIRECTIONS
    around = np.roll(supports, 1, -1) + np.roll(supports, -1, -1)
    sides = (around - 2 * supports * np.cos(step)) / np.sin(step)
    return 0.5 * (supports * sides).sum(-1), sides.sum(-1)


def largest_by(owner: NDArray[Any], values: NDArray[Any], bins: int) -> Floats:
    """(bins,) the largest of `values` per owner, 0 where there is none (values are not negative)."""
    out = np.zeros(bins)
    np.maximum.at(out, owner, values)
    return out


def shape_evidence(outlines: Outlines) -> dict[str, Floats]:
    """Evidence from shape alone; each (bins,). The meaning of the names is in `terms.TERMS`."""
    plane, ellipse = outlines.plane, outlines.ellipse
    pixels, perimeter, radius = plane.pixels, outlines.perimeter, outlines.equivalent_radius
    hull_area, hull_perimeter = outlines.hull
    cavities = outlines.cavities
    half = SECTORS // 2
    opposite = np.max([np.roll(cavities, half + turn, 1) for turn in (-1, 0, 1)], axis=0)
    size = np.log(np.maximum(np.r_[1.0, plane.areas], 1) / (np.pi * plane.typical**2))
    out = {
        "size": size,
        "aspect": ellipse.aspect,
        "spread": pixels / (4 * np.pi * np.sqrt(ellipse.major * ellipse.minor)),
        "outside_ellipse": _outside_ellipse(outlines),
        "form_factor": np.minimum(4 * np.pi * pixels / np.maximum(perimeter, 1) ** 2, 1.3),
        "solidity": np.minimum(pixels / np.maximum(hull_area, 1), 1.05),
        "convexity": np.minimum(hull_perimeter / np.maximum(perimeter, 1), 1.2),
        "cavity": cavities.max(1) / radius,
        "waist": np.minimum(cavities, opposite).max(1) / radius,
        "border": _touches_border(plane),
        "inscribed": np.pi * outlines.largest_depth**2 / pixels,
        "fragments": _fragments(plane),
    }
    out["necks"], out["second_core"] = _cores(outlines)
    big = np.maximum(size, -1)
    out["big_cavity"], out["big_waist"] = big * out["cavity"], big * out["waist"]
    return out


def _outside_ellipse(outlines: Outlines) -> Floats:
    """Share of the pixels beyond a Mahalanobis distance squared of 4.6 (1.07 of an ellipse's own axes)."""
    plane, ellipse = outlines.plane, outlines.ellipse
    y, x = plane.yx
    det = np.maximum(ellipse.var_x * ellipse.var_y - ellipse.cov**2, 1e-9)
    dx, dy = x - plane.at_pixels(ellipse.x), y - plane.at_pixels(ellipse.y)
    of_x, of_y = plane.at_pixels(ellipse.var_y / det), plane.at_pixels(ellipse.var_x / det)
    of_both = plane.at_pixels(2 * ellipse.cov / det)
    square = of_x * dx * dx + of_y * dy * dy - of_both * dx * dy
    return plane.total(square > 4.6) / plane.pixels


def _touches_border(plane: WorkingPlane) -> Floats:
    labels = plane.labels
    out = np.zeros(plane.bins)
    if labels.size:
        for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
            out[line] = 1
    out[0] = 0
    return out


def _cores(outlines: Outlines) -> tuple[Floats, Floats]:
    """By how much the second core of an object stands out, and how deep it is, relative to the deepest place."""
    plane, insides = outlines.plane, outlines.insides
    smooth = smoothed(plane.block_means(outlines.depth), 1.0 / plane.stride).ravel()[insides.where]
    highest = np.maximum(insides.highest(smooth), 1e-6).astype(np.float32)
    return insides.second_peaks(smooth / highest[insides.owner], DEPTH_LEVELS)


def _fragments(plane: WorkingPlane) -> Floats:
    """1 - largest connected piece over area, of each object; pieces hang together by sides of pixels.

    The pixels of an object in one row without a gap are a run; runs of rows that follow hang together where they meet.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    where, owner, width = plane.where, plane.owner, plane.labels.shape[1]
    if not len(where):
        return np.zeros(plane.bins)
    left, above = (plane.around[step] == owner for step in ((0, -1), (-1, 0)))
    run = np.cumsum(~left) - 1
    # From any run one comes up to one with nothing above it: where there is one such run all hang together.
    hanging = np.zeros(int(run[-1]) + 1, bool)
    hanging[run[above]] = True
    tops = np.bincount(owner[~left][~hanging], minlength=plane.bins)
    several = (tops > 1)[owner]
    if not several.any():
        return np.zeros(plane.bins)
    where, owner, left, above = (one[several] for one in (where, owner, left, above))
    run = np.cumsum(~left) - 1
    numbers = np.empty(plane.labels.size, np.int32)
    numbers[where] = run
    # Two runs meet first where one of them begins.
    begins = np.ones(plane.labels.size, bool)
    begins[where[left]] = False
    meet = above & (~left | begins[where - width])
    one, other = run[meet], numbers[where[meet] - width]
    count = int(run[-1]) + 1
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    pieces, piece = connected_components(graph, directed=False)
    sizes = np.bincount(piece[run], minlength=pieces).astype(np.float64)
    owners = np.zeros(pieces, np.int64)
    owners[piece[run]] = owner
    largest = largest_by(owners, sizes, plane.bins)
    return np.where(largest > 0, 1 - largest / plane.pixels, 0.0)
