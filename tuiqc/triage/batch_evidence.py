"""The evidence of one object layer of a batch, measured plane by plane, and kept between sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.candidates import by_score, candidates_of
from tuiqc.measure.object_evidence import complete
from tuiqc.measure.working_plane import Floats, numbered, typical_radius
from tuiqc.measured.batch_planes import BatchPlanes, PlaneKey, ReadPlane
from tuiqc.triage.evidence_cache import NOTHING_KEPT, EvidenceCache, PlaneEvidence, name_of
from tuiqc.triage.population import Population
from tuiqc.triage.training import LEAST_WANTED, MOST_WANTED, TrainingSet, training_set

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch

_PROBES = 6
"""Planes on which it is tried which channel shows the objects best."""

_SAMPLED = 64
"""Planes, spread evenly, whose objects say how large a typical one is: whatever is read first, it is the same."""


def _never() -> bool:
    return False


@dataclass
class BatchEvidence:
    """What was measured of the objects of a layer so far.

    Attributes
    ----------
    planes
        Reads the planes.
    keys
        All planes of the layer; numbers of planes are places in this list.
    typical
        Radius of a typical object in pixels.
    measured
        By number of the plane.
    """

    planes: BatchPlanes
    keys: list[PlaneKey]
    typical: float
    cache: EvidenceCache = NOTHING_KEPT
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
        """Look at a few planes: how large is a typical object, and which channel shows objects best?"""
        planes = BatchPlanes(batch, layer, other, tuple(batch.channels), read)
        keys = planes.keys()
        cache = cache or NOTHING_KEPT
        planes.channels = _best_channel_first(planes, keys, cache)
        typical = _typical(planes, keys, cancelled)
        return cls(planes, keys, typical, cache)

    def steps(self, first: Sequence[int] = (), cancelled: Callable[[], bool] = _never) -> Iterator[int]:
        """Measure what is not measured yet, the images of these numbers first; yields how many planes are done."""
        place = {image: at for at, image in enumerate(first)}
        order = sorted(range(len(self.keys)), key=lambda at: place.get(self.keys[at].image, len(place)))
        for at in order:
            if at in self.measured:
                continue
            if cancelled():
                return
            found = self._measure(at)
            if found is not None:
                self.measured[at] = found
            self.done += 1
            yield self.done

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

    def _measure(self, at: int) -> PlaneEvidence | None:
        key = self.keys[at]

        def measure() -> PlaneEvidence:
            plane = self.planes.plane(key)
            if plane is None:
                raise _UnreadableError
            evidence, candidates = [], []
            for part in plane.parts(self.typical):
                evidence.append(part.evidence)
                candidates += candidates_of(part)
            return PlaneEvidence(complete(evidence), tuple(by_score(candidates)))

        try:
            return self.cache.plane(
                name_of("plane", self.typical, self.planes.files(key)),
                measure,
                lambda: not self.planes.has_problem(key),
            )
        except _UnreadableError:
            return None


class _UnreadableError(Exception):
    """The mask can't be read: `BatchPlanes.problems` says why."""


def _typical(planes: BatchPlanes, keys: list[PlaneKey], cancelled: Callable[[], bool]) -> float:
    """Radius of a typical object, to three figures: a file that is added hardly ever changes it."""
    spread = {round(at) for at in np.linspace(0, len(keys) - 1, _SAMPLED)} if keys else set()
    others = (at for at in range(len(keys)) if at not in spread)
    areas: list[Floats] = []
    for number, at in enumerate(chain(sorted(spread), others)):
        if cancelled() or (number >= len(spread) and any(map(len, areas))):
            break
        labels = planes.mask(planes.batch.images[keys[at].image], planes.layer, keys[at])
        if labels is not None and labels.size:
            areas.append(numbered(labels)[2])
    return float(f"{typical_radius(areas):.3g}")


def _best_channel_first(planes: BatchPlanes, keys: list[PlaneKey], cache: EvidenceCache) -> tuple[str, ...]:
    """The channels, the one first in which objects end most clearly where their outlines are."""
    names = planes.channels
    if len(names) < 2 or not keys:
        return names
    step = max(1, len(keys) // _PROBES)
    edges = dict.fromkeys(names, 0.0)
    for key in keys[::step][:_PROBES]:
        found = cache.numbers(
            name_of("channels", planes.files(key)),
            partial(_edges, planes, key),
            lambda: not planes.problems,
        )
        for name, edge in found.items():
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
