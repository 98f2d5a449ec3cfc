"""What all images of a batch are measured with, found out by looking at some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.measure.object_evidence import measure_evidence
from tuiqc.measure.working_plane import Floats, numbered, typical_radius

if TYPE_CHECKING:
    from tuiqc.measured.batch_planes import BatchPlanes, PlaneKey

_PROBES = 6
"""Planes on which it is tried which channel shows the objects best."""

SAMPLED = 64
"""Planes, spread evenly, whose objects say how large a typical one is: whatever is read first, it is the same."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Settings:
    """What evidence depends on beside the image itself.

    Attributes
    ----------
    layer, other
        The object layer, and another one that is evidence too ("" for none).
    channels
        Names of the channels, the one that shows the objects best first.
    typical
        Radius of a typical object in pixels.
    pixels
        Pixels of a typical image, all planes of its mask together.
    """

    layer: str
    other: str
    channels: tuple[str, ...]
    typical: float
    pixels: int = 0

    def evidence_names(self) -> tuple[str, ...]:
        """Names of all kinds of evidence that come of these channels and layers."""
        nothing = np.zeros((8, 8), np.int32)
        planes = dict.fromkeys(self.channels, np.zeros((8, 8), np.uint8))
        other = nothing if self.other else None
        return measure_evidence(nothing, planes, max(self.typical, 1.0), other=other).names


def sampled_images(count: int) -> list[int]:
    """Places of the images that are looked at, of so many that have a mask: a pure function of their number."""
    return sorted({round(at) for at in np.linspace(0, count - 1, SAMPLED)}) if count else []


def find_settings(
    planes: BatchPlanes, images: Sequence[int], cancelled: Callable[[], bool] = _never
) -> Settings:
    """Look at a few planes: how large is a typical object, and which channel shows objects best?

    Parameters
    ----------
    images
        Numbers of the images that have a mask. `planes.channels` are put into the order that is found.
    """
    sample = [images[at] for at in sampled_images(len(images))]
    keys = planes.keys(sample)
    planes.channels = _best_channel_first(planes, keys)
    rest = (key for image in images if image not in set(sample) for key in planes.keys([image]))
    typical, pixels = _typical(planes, keys, rest, cancelled)
    per_image = pixels * len(keys) / max(len({key.image for key in keys}), 1)
    return Settings(planes.layer, planes.other, planes.channels, typical, int(per_image))


def _typical(
    planes: BatchPlanes, keys: list[PlaneKey], rest: Iterable[PlaneKey], cancelled: Callable[[], bool]
) -> tuple[float, float]:
    """Radius of a typical object, to three figures: a file that is added hardly ever changes it; pixels of a plane."""
    spread = [keys[at] for at in sampled_images(len(keys))]
    left = (key for key in keys if key not in set(spread))
    areas: list[Floats] = []
    sizes: list[int] = []
    for number, key in enumerate(chain(spread, left, rest)):
        if cancelled() or (number >= len(spread) and any(map(len, areas))):
            break
        labels = planes.mask(planes.batch.images[key.image], planes.layer, key)
        if labels is not None and labels.size:
            areas.append(numbered(labels)[2])
            sizes.append(labels.size)
    return float(f"{typical_radius(areas):.3g}"), float(np.median(sizes)) if sizes else 0.0


def _best_channel_first(planes: BatchPlanes, keys: list[PlaneKey]) -> tuple[str, ...]:
    """The channels, the one first in which objects end most clearly where their outlines are."""
    names = planes.channels
    if len(names) < 2 or not keys:
        return names
    step = max(1, len(keys) // _PROBES)
    edges = dict.fromkeys(names, 0.0)
    for key in keys[::step][:_PROBES]:
        for name, edge in _edges(planes, key).items():
            edges[name] += edge
    return tuple(sorted(names, key=lambda name: (-edges[name], names.index(name))))


def _edges(planes: BatchPlanes, key: PlaneKey) -> dict[str, float]:
    """How clearly objects end where their outlines are, by channel; nothing where there are none."""
    plane = planes.plane(key)
    if plane is None or not plane.labels.any():
        return {}
    evidence = plane.evidence(typical_radius([numbered(plane.labels)[2]]))
    signs = {name: np.sign(evidence[f"{name} contrast"]) for name in planes.channels}
    return {name: float(np.median(evidence[f"{name} edge"] * sign)) for name, sign in signs.items()}
