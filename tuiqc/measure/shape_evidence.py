"""What the shape of an object says for or against its outline.

Whole-plane operations without a loop over objects: sums with `bincount`, maxima over runs of pixels sorted by object.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.distances import depths
from tuiqc.measure.moments import Ellipse, Moments
from tuiqc.measure.peaks import second_peaks
from tuiqc.measure.working_plane import Floats, WorkingPlane

DIRECTIONS = 24
"""Directions in which the extent of an object is taken: its convex hull is the polygon of these tangents."""

SECTORS = 12
"""Angular sectors of an outline, seen from the object's centre."""

_ANGLES = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
COS, SIN = np.cos(_ANGLES), np.sin(_ANGLES)
_HALF_PIXEL = 0.5 * (np.abs(COS) + np.abs(SIN))

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
        return Moments(
            plane.pixels,
            plane.total(x),
            plane.total(y),
            plane.total(x * x),
            plane.total(y * y),
            plane.total(x * y),
        )

    @cached_property
    def ellipse(self) -> Ellipse:
        """Centre and axes of each object."""
        return self.moments.ellipse()

    @cached_property
    def equivalent_radius(self) -> Floats:
        """Radius of the disk of the same area, in pixels."""
        return np.sqrt(self.plane.pixels / np.pi)

    @cached_property
    def cracks(self) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """For the steps right and down: the two labels (0 among them) of every pair of pixels where they differ."""
        labels = self.plane.labels
        out = []
        for first, second in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
            differ = first != second
            out.append((first[differ], second[differ]))
        return out

    @cached_property
    def perimeter(self) -> Floats:
        """Length of the outline by Crofton's formula in 4 directions: pi/8 (N_h + N_v + (N_d1 + N_d2)/sqrt 2)."""
        labels, bins = self.plane.labels, self.plane.bins
        total = np.zeros(bins)
        for first, second in self.cracks:
            total += np.bincount(first, None, bins) + np.bincount(second, None, bins)
        for first, second in ((labels[:-1, :-1], labels[1:, 1:]), (labels[:-1, 1:], labels[1:, :-1])):
            differ = first != second
            both = np.bincount(first[differ], None, bins) + np.bincount(second[differ], None, bins)
            total += both / np.sqrt(2)
        return total * (np.pi / 8)

    @cached_property
    def _rims(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Pixels with another label beside them; and pixels of an object without (edges of the plane do not count)."""
        labels = self.plane.labels
        padded = np.pad(labels, 1, mode="edge")
        same = np.ones(labels.shape, bool)
        for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
            same &= padded[dy : dy + labels.shape[0], dx : dx + labels.shape[1]] == labels
        labelled = labels > 0
        return labelled & ~same, labelled & same

    @property
    def inner(self) -> NDArray[np.bool_]:
        """(y, x) pixels of objects whose four neighbours are of the same object."""
        return self._rims[1]

    @cached_property
    def boundary(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Flat indices of the pixels along outlines (edges of the plane too), sorted by object, and their objects."""
        edge = self._rims[0].copy()
        labelled = self.plane.labels > 0
        edge[0] |= labelled[0]
        edge[-1] |= labelled[-1]
        edge[:, 0] |= labelled[:, 0]
        edge[:, -1] |= labelled[:, -1]
        where = np.flatnonzero(edge)
        owner = self.plane.labels.ravel()[where]
        order = np.argsort(owner, kind="stable")
        return where[order], owner[order]

    @cached_property
    def projections(self) -> NDArray[np.float32]:
        """(directions, boundary pixels) how far each lies in each direction, from the object's centre."""
        where, owner = self.boundary
        y, x = np.divmod(where, self.plane.labels.shape[1])
        dy = (y - self.ellipse.y[owner]).astype(np.float32)
        dx = (x - self.ellipse.x[owner]).astype(np.float32)
        return COS.astype(np.float32)[:, None] * dx + SIN.astype(np.float32)[:, None] * dy

    @cached_property
    def supports(self) -> Floats:
        """(bins, directions) extent of each object in each direction from its centre, with its outer pixels' halves."""
        _, owner = self.boundary
        out = np.zeros((self.plane.bins, DIRECTIONS))
        if len(owner):
            starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
            out[owner[starts]] = np.maximum.reduceat(self.projections, starts, axis=1).T + _HALF_PIXEL
        return out

    @cached_property
    def hull(self) -> tuple[Floats, Floats]:
        """Area and perimeter of the convex hull of each object."""
        return hull_of(self.supports)

    @cached_property
    def hull_depths(self) -> Floats:
        """(boundary pixels,) how far each lies inside of the hull of its object, pixels."""
        _, owner = self.boundary
        gaps = self.supports.T.astype(np.float32)[:, owner] - self.projections
        return np.asarray(gaps.min(axis=0), np.float64) - 0.5

    @cached_property
    def boundary_sectors(self) -> NDArray[np.int64]:
        """(boundary pixels,) the angular sector of each."""
        where, owner = self.boundary
        y, x = np.divmod(where, self.plane.labels.shape[1])
        return self.sectors(y, x, owner)

    def sectors(self, y: NDArray[Any], x: NDArray[Any], owner: NDArray[Any]) -> NDArray[np.int64]:
        """Angular sector, 0 to SECTORS - 1, of pixels as seen from the centres of the objects they are counted to."""
        angle = np.arctan2(y - self.ellipse.y[owner], x - self.ellipse.x[owner])
        sector: NDArray[np.int64] = ((angle + np.pi) / (2 * np.pi) * SECTORS).astype(np.int64) % SECTORS
        return sector

    @cached_property
    def depth(self) -> NDArray[np.float32]:
        """(y, x) distance of pixels of objects to their own outline."""
        disk = float(self.equivalent_radius.max())  # no disk inside an object is larger than it
        return depths(self.inner, int(min(np.ceil(disk) + 1, 6 * self.plane.radius + 4)))

    @cached_property
    def pixel_depth(self) -> NDArray[np.float32]:
        """(m,) the same of the labelled pixels, half a pixel at the outline."""
        return self.depth.ravel()[self.plane.where] + np.float32(0.5)

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
    owner = plane.owner
    dx, dy = x - ellipse.x[owner], y - ellipse.y[owner]
    det = np.maximum(ellipse.var_x * ellipse.var_y - ellipse.cov**2, 1e-9)
    square = (ellipse.var_y / det)[owner] * dx * dx + (ellipse.var_x / det)[owner] * dy * dy
    square -= (2 * ellipse.cov / det)[owner] * dx * dy
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
    from scipy import ndimage as ndi

    plane = outlines.plane
    labels, inner = plane.labels[plane.sparse], outlines.inner[plane.sparse]
    smooth = ndi.gaussian_filter(outlines.depth[plane.sparse], 1.0 / plane.stride)
    highest = largest_by(labels[inner], smooth[inner], plane.bins)
    relative = np.where(inner, smooth / np.maximum(highest, 1e-6).astype(np.float32)[labels], np.float32(0))
    return second_peaks(relative, labels, inner, DEPTH_LEVELS, plane.bins)


def _fragments(plane: WorkingPlane) -> Floats:
    """1 - largest connected piece over area, of each object."""
    from scipy import ndimage as ndi

    labels = plane.labels
    apart = labels > 0
    # A cut between touching objects: pieces of two labels never count as one.
    apart[:, :-1] &= ~((labels[:, 1:] > 0) & (labels[:, 1:] != labels[:, :-1]))
    apart[:-1] &= ~((labels[1:] > 0) & (labels[1:] != labels[:-1]))
    pieces, count = ndi.label(apart)
    flat = pieces.ravel()
    sizes = np.bincount(flat, minlength=count + 1).astype(np.float64)
    owner = np.zeros(count + 1, np.int64)
    owner[flat[plane.where]] = plane.owner
    owner[0] = 0
    largest = largest_by(owner[1:], sizes[1:], plane.bins)
    total = np.bincount(owner[1:], sizes[1:], plane.bins)
    return np.where(total > 0, 1 - largest / np.maximum(total, 1), 0.0)
