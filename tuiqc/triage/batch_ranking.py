"""Rankings made from the files of a batch: measured, learned and ordered piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.candidates import Candidate
from tuiqc.measured.batch_planes import PlaneKey, ReadPlane
from tuiqc.triage.batch_evidence import BatchEvidence
from tuiqc.triage.evidence_cache import EvidenceCache
from tuiqc.triage.object_ranking import NumberedCandidate, Ranking, judged_objects
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import shipped_prior
from tuiqc.triage.saved_model import SavedModel
from tuiqc.triage.segmenter_scores import Scores
from tuiqc.triage.suspicion import FEW, Basis, Ranker, together
from tuiqc.triage.track_moments import Moments, ObjectMoments
from tuiqc.triage.training import TrainingSet
from tuiqc.triage.verdicts import Verdicts

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch

Report = Callable[[int, int], None]

_EARLY = 300
"""Objects from which it is worth while to rank some before the others are measured."""

_GROWTH = 4
"""While a batch is measured a new ranking is made when there are so many times as many objects as in the last one."""


def _never() -> bool:
    return False


def _no_verdicts() -> Verdicts:
    return {}


@dataclass(frozen=True, slots=True)
class Step:
    """How far the measuring is, and the newest ranking if there is a new one.

    Attributes
    ----------
    done, total
        Planes.
    ranking
        None if there is no new one.
    """

    done: int
    total: int
    ranking: Ranking | None = None


def rank_steps(
    batch: Batch,
    layer: str,
    read: ReadPlane,
    *,
    other: str = "",
    seed: int = 0,
    first: Sequence[int] = (),
    verdicts: Callable[[], Verdicts] = _no_verdicts,
    cancelled: Callable[[], bool] = _never,
    cache: EvidenceCache | None = None,
    segmenter: Scores | None = None,
    models: Sequence[SavedModel] = (),
    moments: Moments | None = None,
) -> Iterator[Step]:
    """Measure the objects of a layer, plant errors, learn, and rank: piece by piece, for a thread in the background.

    A ranking comes when the images of `first` and some hundred objects are measured, each time that there are four
    times as many objects, and at the end; the last one is the same whatever was first and whatever was in the cache.
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
    first
        Numbers of the images that are in sight.
    verdicts
        Asked for whenever a ranking is made.
    cancelled
        Asked between planes; then nothing more comes.
    cache
        Where measurements are kept between sessions; None keeps none.
    segmenter
        What the segmenter said of its objects (`segmenter_scores`).
    models
        What was learned from verdicts on earlier batches.
    moments
        What the tracks of movies say of their objects.
    """
    evidence = BatchEvidence.of(batch, layer, read, other=other, cache=cache, cancelled=cancelled)
    learned = _Learned(seed, segmenter or {}, models, moments or {})
    total = len(evidence.keys)
    in_sight = sum(key.image in set(first) for key in evidence.keys)
    wanted = max(_EARLY, FEW)
    for done in evidence.steps(first, cancelled):
        objects = sum(len(one.evidence.labels) for one in evidence.measured.values())
        early: Ranking | None = None
        if done < total and done >= in_sight and objects >= wanted:
            wanted = _GROWTH * objects
            early = _ranking(evidence, learned, verdicts(), cancelled)
        if cancelled():
            return
        yield Step(done, total, early)
    last = None if cancelled() else _ranking(evidence, learned, verdicts(), cancelled)
    if last is not None and not cancelled():
        yield Step(total, total, last)


def rank_batch(
    batch: Batch,
    layer: str,
    read: ReadPlane,
    *,
    other: str = "",
    seed: int = 0,
    verdicts: Verdicts | None = None,
    report: Report = lambda done, total: None,
    cancelled: Callable[[], bool] = _never,
    cache: EvidenceCache | None = None,
    segmenter: Scores | None = None,
    models: Sequence[SavedModel] = (),
    moments: Moments | None = None,
) -> Ranking:
    """Rank all objects of a layer at once; see `rank_steps`. What was measured until it was cancelled is ranked."""
    evidence = BatchEvidence.of(batch, layer, read, other=other, cache=cache, cancelled=cancelled)
    for done in evidence.steps((), cancelled):
        report(done, len(evidence.keys))
    return _ranking(
        evidence, _Learned(seed, segmenter or {}, models, moments or {}), verdicts or {}, cancelled
    )


def _ranking(
    evidence: BatchEvidence, learned: _Learned, verdicts: Verdicts, cancelled: Callable[[], bool]
) -> Ranking:
    """Rank what is measured so far."""
    population = evidence.population()
    objects = ~population.specks
    width = len(population.names)
    base = population.values[objects] if objects.any() else np.zeros((1, width))
    images = population.images[objects] if objects.any() else np.zeros(1, np.int64)
    training: TrainingSet | None = None
    if objects.sum() >= FEW and not cancelled():
        training = evidence.planted(population, learned.seed, cancelled)
    planes, keys = evidence.planes, tuple(evidence.keys)
    said = _said_by_segmenter(population, keys, learned.segmenter)
    seen = ObjectMoments.of(population, keys, learned.moments)
    basis = Basis(population, Norms(images, base), training, shipped_prior(), said, seen)
    more = together(
        [model.examples(population.names) for model in learned.models if model.shared(population.names)]
    )
    ranker = Ranker(basis, judged_objects(planes.batch, keys, basis, verdicts), more)
    return Ranking(
        planes.batch, planes, keys, evidence.typical, evidence.done, ranker, _numbered_candidates(evidence)
    )


class _Learned(NamedTuple):
    """What a ranking is made from besides its objects and the verdicts on them."""

    seed: int
    segmenter: Scores
    models: Sequence[SavedModel]
    moments: Moments


def _said_by_segmenter(
    population: Population, keys: Sequence[PlaneKey], scores: Scores
) -> NDArray[np.float64] | None:
    if not scores:
        return None
    at = ((keys[number].image, keys[number].t) for number in population.images.tolist())
    labels = population.labels.tolist()
    return np.array(
        [scores.get((image, label, t), np.nan) for (image, t), label in zip(at, labels, strict=True)],
        np.float64,
    )


def _numbered_candidates(evidence: BatchEvidence) -> tuple[NumberedCandidate, ...]:
    """Places where objects may have been missed, the likeliest first; in a stack each in its best slice."""
    keys = evidence.keys
    found = [(keys[at], one) for at, measured in evidence.measured.items() for one in measured.candidates]
    found.sort(key=lambda one: (-one[1].score, one[0].image, one[0].t, one[0].z))
    kept: list[tuple[PlaneKey, Candidate]] = []
    in_stacks = any(key.z for key in keys)
    for key, one in found:
        near = in_stacks and any(
            hypot(one.y - other.y, one.x - other.x) < evidence.typical
            for there, other in kept
            if (there.image, there.t) == (key.image, key.t)
        )
        if not near:
            kept.append((key, one))
    return tuple(NumberedCandidate(number, *one) for number, one in enumerate(kept, 1))
