"""What was measured of one image: its objects plane by plane, and the image as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tuiqc.measure.candidates import Candidate, by_score, candidates_of
from tuiqc.measure.image_evidence import image_evidence
from tuiqc.measure.image_quality import image_quality
from tuiqc.measure.object_evidence import Evidence, complete
from tuiqc.measured.batch_planes import PlaneKey

if TYPE_CHECKING:
    from tuiqc.dataset.model import ImageRecord
    from tuiqc.measure.plane import Plane
    from tuiqc.measured.batch_planes import BatchPlanes
    from tuiqc.measured.settings import Settings

QUALITY = "ImageQuality_"
WHOLE = "image"
"""Role under which it is said that an image as a whole could not be measured."""


@dataclass(frozen=True)
class PlaneEvidence:
    """What was measured of one plane: its objects, and the places where one may have been missed."""

    evidence: Evidence
    candidates: tuple[Candidate, ...]


class MeasuredPlane(NamedTuple):
    """A plane of an image with what was measured of it."""

    t: int
    z: int
    found: PlaneEvidence


@dataclass(frozen=True)
class ImageMeasurement:
    """What was measured of one image; either of its two sides may be missing.

    Attributes
    ----------
    key
        Its key in the batch.
    digest
        Text that changes with all that it was measured from.
    planes
        Its planes, ascending; none where the mask can't be read.
    measures
        Of the image as a whole, by name: those of `image_evidence`, and `ImageQuality_<measure>_<channel>`.
    problems
        Why something could not be read, by its role: `mask nuclei`, `channel DNA`, `image`.
    """

    key: str
    digest: str
    planes: tuple[MeasuredPlane, ...] = ()
    measures: dict[str, float] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """All problems in one line, "" where there are none."""
        return "; ".join(f"{role}: {text}" for role, text in self.problems.items())

    @property
    def objects(self) -> int:
        """How many objects its planes have."""
        return sum(len(plane.found.evidence.labels) for plane in self.planes)


def roles_of(image: ImageRecord, settings: Settings) -> dict[Path, str]:
    """What each file of an image is that evidence is measured of."""
    files = {f"mask {settings.layer}": image.masks.get(settings.layer)}
    if settings.other:
        files[f"mask {settings.other}"] = image.masks.get(settings.other)
    files |= {f"channel {name}": image.channels.get(name) for name in settings.channels}
    out: dict[Path, str] = {}
    for role, path in files.items():
        if path is not None:
            out.setdefault(path, role)
    return out


def problems_of(planes: BatchPlanes, image: ImageRecord, settings: Settings) -> dict[str, str]:
    """What could not be read of an image, by role, without the places of files: they may be elsewhere tomorrow."""
    roles = roles_of(image, settings)
    return {role: planes.problems[path] for path, role in roles.items() if path in planes.problems}


def plane_evidence(plane: Plane, typical: float) -> PlaneEvidence:
    """Measure the objects of a plane, with the numbers as they are kept."""
    evidence, candidates = [], []
    for part in plane.parts(typical):
        evidence.append(part.evidence)
        candidates += candidates_of(part)
    found = complete(evidence)
    # Rounded as what is kept: who reads it gets the same as who measured it.
    values = found.values.astype(np.float32).astype(np.float64)
    rounded = Evidence(found.labels, found.areas, found.names, values, found.partner, found.centres)
    return PlaneEvidence(rounded, tuple(by_score(candidates)))


def image_measures(planes: BatchPlanes, key: PlaneKey, plane: Plane | None) -> dict[str, float]:
    """Measure an image as a whole by one of its planes; of channels too whose mask can't be read."""
    image = planes.batch.images[key.image]
    out = {} if plane is None else image_evidence(plane.labels, plane.channels)
    for name in planes.channels:
        pixels = planes.channel(image, name, key)
        if pixels is not None:
            out |= {f"{QUALITY}{what}_{name}": value for what, value in image_quality(pixels).items()}
    return out


def middle(keys: list[PlaneKey]) -> PlaneKey:
    """The plane that stands for a movie or a stack."""
    return keys[len(keys) // 2]


def measured_plane(key: PlaneKey, plane: Plane | None, typical: float) -> list[MeasuredPlane]:
    """Measure the objects of one plane; nothing where its mask can't be read."""
    return [] if plane is None else [MeasuredPlane(key.t, key.z, plane_evidence(plane, typical))]


def measure_image(
    planes: BatchPlanes, number: int, settings: Settings, digest: str, tick: Callable[[], None]
) -> ImageMeasurement:
    """Measure the objects of an image, and the image as a whole; whatever goes wrong is said of that image.

    Parameters
    ----------
    number
        Of the image in the batch.
    tick
        Called after each plane.
    """
    image = planes.batch.images[number]
    try:
        return _measured(planes, number, settings, digest, tick)
    except Exception as error:  # one image of 100,000 is no reason to lose the others
        return broken(image.key, digest, f"{type(error).__name__}: {error}")


def _measured(
    planes: BatchPlanes, number: int, settings: Settings, digest: str, tick: Callable[[], None]
) -> ImageMeasurement:
    image = planes.batch.images[number]
    keys = planes.keys([number])
    chosen = middle(keys) if keys else PlaneKey(number, 0, 0)
    found: list[MeasuredPlane] = []
    measures: dict[str, float] = {} if keys else image_measures(planes, chosen, None)
    for key in keys:
        plane = planes.plane(key)
        found += measured_plane(key, plane, settings.typical)
        if key == chosen:
            measures = image_measures(planes, key, plane)
        tick()
    return ImageMeasurement(image.key, digest, tuple(found), measures, problems_of(planes, image, settings))


def recall_problems(
    planes: BatchPlanes, image: ImageRecord, settings: Settings, problems: Mapping[str, str]
) -> None:
    """Say of the files of an image what was said of them when they were measured."""
    roles = {role: path for path, role in roles_of(image, settings).items()}
    for role, text in problems.items():
        path = roles.get(role) or image.masks.get(settings.layer)
        if path is not None:
            planes.problems.setdefault(path, text)


def broken(key: str, digest: str, why: str) -> ImageMeasurement:
    """An image that can't be measured at all."""
    return ImageMeasurement(key, digest, problems={WHOLE: " ".join(why.split())[:500]})
