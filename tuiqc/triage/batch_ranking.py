"""Ranks the objects of one layer of a batch, from its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import Evidence
from tuiqc.measure.working_plane import typical_radius
from tuiqc.triage.batch_planes import BatchPlanes, PlaneKey, ReadPlane
from tuiqc.triage.candidates import Candidate, find_candidates
from tuiqc.triage.explanation import explain
from tuiqc.triage.kinds import Suspect
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import shipped_prior
from tuiqc.triage.suspicion import FEW, Ranker, judged_rows
from tuiqc.triage.training import TrainingSet, training_set
from tuiqc.triage.verdicts import Verdicts

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch

Report = Callable[[int, int], None]
_PROBES = 6
"""Planes on which it is tried which channel shows the objects best."""


@dataclass
class BatchRanking:
    """A layer of a batch in the order in which its objects should be looked at.

    Attributes
    ----------
    keys
        The planes; `population.images` are places in this list.
    typical
        Radius of a typical object in pixels.
    ranker
        The order, and what it was made from.
    """

    batch: Batch
    planes: BatchPlanes
    keys: list[PlaneKey]
    typical: float
    ranker: Ranker
    problems: dict[Path, str] = field(default_factory=dict)

    @property
    def population(self) -> Population:
        """All objects."""
        return self.ranker.population

    def learn(self, verdicts: Verdicts) -> None:
        """Take these verdicts in place of all earlier ones into account."""
        names = [self.batch.images[key.image].key for key in self.keys]
        by_row: dict[tuple[int, int], tuple[bool, Suspect | None]] = {}
        population = self.population
        for at, label in zip(population.images.tolist(), population.labels.tolist(), strict=True):
            said = verdicts.get((names[at], label, self.keys[at].t))
            if said is not None:
                by_row[at, label] = said
        self.ranker = self.ranker.learned(judged_rows(population, by_row))

    @property
    def learned(self) -> int:
        """How many verdicts are about objects that are there."""
        judged = self.ranker.judged
        return 0 if judged is None else len(judged.rows)

    def why(self, rows: NDArray[np.int64]) -> list[str]:
        """Words for these rows of the population."""
        return explain(self.ranker, rows, other=self.planes.other or "the other layer")

    @cached_property
    def several_times(self) -> bool:
        """Whether there is more than one time point."""
        return any(key.t for key in self.keys)

    def frame(self) -> pd.DataFrame:
        """One row per object, worst first.

        Columns: `image` (key), `label`, `t` where there are several time points, `rank` (from 1), `score`, `suspicion`
        (100 to 0), `suspect`, `why`, `y`, `x` (centre in pixels).
        """
        import pandas as pd

        ranker, population = self.ranker, self.population
        order = ranker.order
        images = [self.keys[at] for at in population.images[order].tolist()]
        columns = {
            "image": [self.batch.images[key.image].key for key in images],
            "label": population.labels[order],
        }
        if self.several_times:
            columns["t"] = np.array([key.t for key in images], np.int64)
        columns |= {
            "rank": np.arange(1, len(order) + 1),
            "score": np.round(ranker.score[order], 4),
            "suspicion": np.round(ranker.suspicion[order], 1),
            "suspect": ranker.suspects[order],
            "why": self.why(order),
            "y": np.round(population.centres[order, 0], 1),
            "x": np.round(population.centres[order, 1], 1),
        }
        return pd.DataFrame(columns)

    def candidates(self, report: Report = lambda done, total: None) -> list[tuple[PlaneKey, Candidate]]:
        """Places where objects may have been missed, the likeliest first; in a stack each in its best slice."""
        found = []
        for at, key in enumerate(self.keys):
            plane = self.planes.plane(key)
            if plane is not None:
                found += [(key, one) for one in find_candidates(plane, self.typical)]
            report(at + 1, len(self.keys))
        found.sort(key=lambda one: (-one[1].score, one[0].image, one[0].t, one[0].z))
        if not any(key.z for key in self.keys):
            return found
        kept: list[tuple[PlaneKey, Candidate]] = []
        for key, one in found:
            near = (
                hypot(one.y - other.y, one.x - other.x) < self.typical
                for there, other in kept
                if (there.image, there.t) == (key.image, key.t)
            )
            if not any(near):
                kept.append((key, one))
        return kept


def rank_batch(
    batch: Batch,
    layer: str,
    read: ReadPlane,
    *,
    other: str = "",
    seed: int = 0,
    report: Report = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> BatchRanking:
    """Measure the objects of a layer, plant errors, learn, and rank.

    Movies are ranked frame by frame; of a stack each object counts in the slice where it is largest. With fewer than
    `suspicion.FEW` objects nothing is learned: the shipped prior and the rule of specks stand alone.

    Parameters
    ----------
    read
        `pixels.read_plane`, or a cache's method with the same parameters.
    other
        Another object layer whose objects are evidence too; "" for none.
    seed
        Of what is planted: the same seed gives the same order.
    report
        Called with (done, total) steps.
    cancelled
        Asked between planes; what was measured until then is ranked.
    """
    planes = BatchPlanes(batch, layer, other, tuple(batch.channels), read)
    keys = planes.keys()
    planes.channels = _best_channel_first(planes, keys)
    total = 3 * len(keys)
    typical = typical_radius(_areas(planes, keys, lambda done: report(done, total), cancelled))
    evidence: list[Evidence] = []
    numbers: list[int] = []
    for at, key in enumerate(keys):
        if cancelled():
            break
        plane = planes.plane(key)
        if plane is not None:
            evidence.append(plane.evidence(typical))
            numbers.append(at)
        report(len(keys) + at + 1, total)
    population = _widest(Population.of(evidence, numbers), keys)
    ranker = _ranker(planes, keys, population, typical, seed, cancelled)
    report(total, total)
    return BatchRanking(batch, planes, keys, typical, ranker, planes.problems)


def _areas(
    planes: BatchPlanes, keys: list[PlaneKey], report: Callable[[int], None], cancelled: Callable[[], bool]
) -> list[NDArray[np.int64]]:
    out = []
    for at, key in enumerate(keys):
        if cancelled():
            break
        labels = planes.mask(planes.batch.images[key.image], planes.layer, key)
        if labels is not None and labels.size:
            _, counts = np.unique(labels[labels > 0], return_counts=True)
            out.append(counts)
        report(at + 1)
    return out


def _best_channel_first(planes: BatchPlanes, keys: list[PlaneKey]) -> tuple[str, ...]:
    """The channels, the one first in which objects end most clearly where their outlines are."""
    names = planes.channels
    if len(names) < 2 or not keys:
        return names
    step = max(1, len(keys) // _PROBES)
    found: dict[str, list[float]] = {name: [] for name in names}
    for key in keys[::step][:_PROBES]:
        plane = planes.plane(key)
        if plane is None or not plane.labels.any():
            continue
        typical = typical_radius([np.unique(plane.labels[plane.labels > 0], return_counts=True)[1]])
        evidence = plane.evidence(typical)
        for name in names:
            found[name].append(
                float(np.median(evidence[f"{name} edge"] * np.sign(evidence[f"{name} contrast"])))
            )
    edges = {name: float(np.mean(values)) if values else 0.0 for name, values in found.items()}
    return tuple(sorted(names, key=lambda name: (-edges[name], names.index(name))))


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


def _ranker(
    planes: BatchPlanes,
    keys: list[PlaneKey],
    population: Population,
    typical: float,
    seed: int,
    cancelled: Callable[[], bool],
) -> Ranker:
    objects = ~population.specks
    width = len(population.names)
    base = population.values[objects] if objects.any() else np.zeros((1, width))
    images = population.images[objects] if objects.any() else np.zeros(1, np.int64)
    norms = Norms(images, base)
    training: TrainingSet | None = None
    if objects.sum() >= FEW and not cancelled():
        specks: dict[int, NDArray[np.int64]] = {}
        for at, label in zip(population.images[~objects], population.labels[~objects], strict=True):
            specks[int(at)] = np.append(specks.get(int(at), np.zeros(0, np.int64)), label)
        usable = np.unique(population.images[objects]).tolist()
        training = training_set(
            lambda at: planes.plane(keys[at]), usable, specks, norms, typical, seed=seed, cancelled=cancelled
        )
    return Ranker(population, norms, training, shipped_prior())
