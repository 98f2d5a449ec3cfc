"""The evidence of one object layer of a batch, measured plane by plane, and kept between sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuiqc.measured.batch_planes import BatchPlanes, PlaneKey, ReadPlane
from tuiqc.measured.image_measurement import (
    ImageMeasurement,
    MeasuredPlane,
    PlaneEvidence,
    measured_plane,
    problems_of,
    recall_problems,
)
from tuiqc.measured.kept_parts import KeptParts
from tuiqc.measured.plan import Plan, plan_for
from tuiqc.triage.evidence_cache import NOTHING_KEPT, EvidenceCache, name_of
from tuiqc.triage.population import Population
from tuiqc.triage.training import LEAST_WANTED, MOST_WANTED, TrainingSet, training_set

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch


def _never() -> bool:
    return False


@dataclass
class BatchEvidence:
    """What was measured of the objects of a layer so far.

    Attributes
    ----------
    plan
        What is to be measured, and with what.
    planes
        Reads the planes.
    keys
        All planes of the layer; numbers of planes are places in this list.
    measured
        By number of the plane.
    done
        How many planes were looked at.
    """

    plan: Plan
    planes: BatchPlanes
    keys: list[PlaneKey]
    cache: EvidenceCache
    objects: KeptParts
    measured: dict[int, PlaneEvidence] = field(default_factory=dict)
    done: int = 0

    @classmethod
    def of(
        cls,
        batch: Batch,
        layer: str,
        read: ReadPlane,
        *,
        other: str = "",
        cache: EvidenceCache | None = None,
        cancelled: Callable[[], bool] = _never,
    ) -> BatchEvidence:
        """Find out what is to be measured; a few planes are looked at where that is not known."""
        cache = cache or NOTHING_KEPT
        plan, planes = plan_for(batch, layer, other, read, cache.measured, cancelled)
        objects = KeptParts(plan, cache.measured, "objects")
        keys: list[PlaneKey] = []
        for at in plan.images:
            kept = objects.get(at)
            if kept is not None and kept.planes:
                keys += [PlaneKey(at, plane.t, plane.z) for plane in kept.planes]
            else:
                keys += planes.keys([at])
        return cls(plan, planes, keys, cache, objects)

    @property
    def typical(self) -> float:
        """Radius of a typical object in pixels."""
        return self.plan.settings.typical

    def steps(self, first: Sequence[int] = (), cancelled: Callable[[], bool] = _never) -> Iterator[int]:
        """Measure what is not measured yet, the images of these numbers first; yields how many planes are done."""
        place = {image: at for at, image in enumerate(first)}
        numbers: dict[int, list[int]] = {}
        for at, key in enumerate(self.keys):
            numbers.setdefault(key.image, []).append(at)
        for image in sorted(numbers, key=lambda one: place.get(one, len(place))):
            for at, found in self._image(image, numbers[image]):
                if found is not None:
                    self.measured[at] = found
                self.done += 1
                yield self.done
                if cancelled():
                    return

    def _image(self, image: int, numbers: list[int]) -> Iterator[tuple[int, PlaneEvidence | None]]:
        """The planes of these numbers, all of one image: what is kept of them, else what is measured."""
        record, settings = self.planes.batch.images[image], self.plan.settings
        kept = self.objects.get(image)
        if kept is not None:
            recall_problems(self.planes, record, settings, kept.problems)
            there = {(plane.t, plane.z): plane.found for plane in kept.planes}
            yield from ((at, there.get((self.keys[at].t, self.keys[at].z))) for at in numbers)
            return
        found: list[MeasuredPlane] = []
        for at in numbers:
            key = self.keys[at]
            new = measured_plane(key, self.planes.plane(key), settings.typical)
            found += new
            if at == numbers[-1]:
                problems = problems_of(self.planes, record, settings)
                digest = self.plan.digests[image]
                self.objects.put(image, ImageMeasurement(record.key, digest, tuple(found), {}, problems))
            yield at, new[0].found if new else None

    def population(self) -> Population:
        """All objects that are measured, in the order of the planes."""
        numbers = sorted(self.measured)
        return _widest(Population.of([self.measured[at].evidence for at in numbers], numbers), self.keys)

    def planted(
        self, population: Population, seed: int, cancelled: Callable[[], bool] = _never
    ) -> TrainingSet:
        """Errors planted into the planes of this population."""
        objects = ~population.specks
        specks: dict[int, NDArray[np.int64]] = {}
        for at, label in zip(population.images[~objects], population.labels[~objects], strict=True):
            specks[int(at)] = np.append(specks.get(int(at), np.zeros(0, np.int64)), label)
        usable = np.unique(population.images[objects]).tolist()
        stopped = False

        def asked() -> bool:
            nonlocal stopped
            stopped = stopped or cancelled()
            return stopped

        def plant() -> TrainingSet:
            return training_set(
                lambda at: self.planes.plane(self.keys[at]),
                usable,
                specks,
                self.typical,
                seed=seed,
                wanted=int(np.clip(objects.sum() // 3, LEAST_WANTED, MOST_WANTED)),
                cancelled=asked,
            )

        name = name_of("planted", seed, self.typical, [self.planes.files(self.keys[at]) for at in usable])
        return self.cache.training(name, plant, lambda: not stopped)


def _widest(population: Population, keys: list[PlaneKey]) -> Population:
    """Of objects in several slices of a stack only the slice where each is largest."""
    if not any(key.z for key in keys) or not len(population):
        return population
    volume = {at: (key.image, key.t) for at, key in enumerate(keys)}
    best: dict[tuple[int, int, int], int] = {}
    for row, (at, label) in enumerate(
        zip(population.images.tolist(), population.labels.tolist(), strict=True)
    ):
        name = (*volume[at], label)
        if name not in best or population.areas[row] > population.areas[best[name]]:
            best[name] = row
    return population.only(np.array(sorted(best.values()), np.int64))
