"""All evidence about the objects of one plane, as one array."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.filters import smoothed
from tuiqc.measure.layer_evidence import layer_evidence
from tuiqc.measure.neighbour_evidence import neighbour_evidence
from tuiqc.measure.outline_evidence import ChannelScale, channel_scale, outline_evidence, texture
from tuiqc.measure.shape_evidence import Outlines, shape_evidence
from tuiqc.measure.surroundings import Surroundings
from tuiqc.measure.working_plane import WORKING_RADIUS, Floats, WorkingPlane, reduced_labels

TEXTURE = "texture"
"""Stands in the place of a channel's name for the texture of the first channel."""


@dataclass(frozen=True)
class Evidence:
    """What was measured of the objects of one plane.

    Attributes
    ----------
    labels
        (n,) labels of the mask, ascending.
    areas
        (n,) in pixels of the mask.
    names
        Of the p kinds of evidence; those of an image begin with the channel's name and a space.
    values
        (n, p) float64, all finite.
    partner
        (n,) label of the neighbour with which each most looks like one object that was cut, 0 for none.
    centres
        (n, 2) y, x in pixels of the mask.
    """

    labels: NDArray[np.int64]
    areas: Floats
    names: tuple[str, ...]
    values: Floats
    partner: NDArray[np.int64]
    centres: Floats

    def __getitem__(self, name: str) -> Floats:
        return self.values[:, self.names.index(name)]


def measure_evidence(
    labels: NDArray[Any],
    channels: Mapping[str, NDArray[Any]],
    typical: float,
    *,
    other: NDArray[Any] | None = None,
    radius: float = WORKING_RADIUS,
) -> Evidence:
    """Measure every object of a plane.

    Parameters
    ----------
    labels
        (y, x) integers, 0 is background.
    channels
        (y, x) planes of the same shape by name; texture is measured of the first.
        None at all: shape and neighbours only.
    typical
        Radius in pixels of a typical object of the batch (`working_plane.typical_radius`).
    other
        (y, x) labels of another object layer of the same image.
    radius
        Radius in pixels to which a typical object is reduced.

    Raises
    ------
    ValueError
        Planes of different shapes.
    """
    return measure_plane(labels, channels, typical, other=other, radius=radius)[0]


def measure_plane(
    labels: NDArray[Any],
    channels: Mapping[str, NDArray[Any]],
    typical: float,
    *,
    other: NDArray[Any] | None = None,
    radius: float = WORKING_RADIUS,
) -> tuple[Evidence, Surroundings, list[ChannelScale]]:
    """As `measure_evidence`; also what it was measured from: the surroundings, and the scale of each channel."""
    plane = WorkingPlane.of(labels, list(channels.values()), typical, radius=radius)
    outlines = Outlines(plane)
    around = Surroundings(outlines)
    columns = shape_evidence(outlines)
    scales = []
    for name, channel in zip(channels, plane.channels, strict=True):
        scales.append(channel_scale(name, smoothed(channel), around))
    if plane.channels:
        spread = float(plane.channels[0].std())
        scales.append(channel_scale(TEXTURE, texture(plane.channels[0], plane, spread), around))
    for scale in scales:
        columns |= outline_evidence(scale, around, peaks=scale.name != TEXTURE)
    of_neighbours, partner = neighbour_evidence(around, scales)
    columns |= of_neighbours
    if other is not None:
        if other.shape != labels.shape:
            raise ValueError(f"another layer of shape {other.shape} beside a mask of {labels.shape}")
        reduced = reduced_labels(other, plane.factor)
        columns |= layer_evidence(outlines, reduced if other.size else np.zeros((1, 1), np.uint8))
    values = np.column_stack([one[1:] for one in columns.values()])
    values[~np.isfinite(values)] = 0
    ids = np.r_[0, plane.ids]
    centres = (
        np.column_stack([outlines.ellipse.y[1:], outlines.ellipse.x[1:]]) * plane.factor + plane.factor // 2
    )
    evidence = Evidence(plane.ids, plane.areas, tuple(columns), values, ids[partner[1:]], centres)
    return evidence, around, scales
