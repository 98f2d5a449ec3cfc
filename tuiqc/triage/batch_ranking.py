"""The objects of one layer of a batch in the order in which to look at them, made from the batch's files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.evidence_places import Place, evidence_place
from tuiqc.triage.batch_evidence import BatchEvidence
from tuiqc.triage.batch_planes import BatchPlanes, PlaneKey, ReadPlane
from tuiqc.triage.candidates import Candidate
from tuiqc.triage.evidence_cache import EvidenceCache
from tuiqc.triage.explanation import explain, headline
from tuiqc.triage.kinds import SUSPECTS
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import shipped_prior
from tuiqc.triage.saved_model import SavedModel
from tuiqc.triage.segmenter_scores import Scores
from tuiqc.triage.suspicion import FEW, Basis, Judged, Ranker, judged_rows, together
from tuiqc.triage.training import TrainingSet
from tuiqc.triage.verdicts import Verdicts

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch

Report = Callable[[int, int], None]

_EARLY = 300
"""Objects from which it is worth while to rank some before the others are measured."""

UNSURE = "the segmenter was unsure"

_GROWTH = 4
"""While a batch is measured a new ranking is made when there are so many times as many objects as in the last one."""


def _never() -> bool:
    return False


def _no_verdicts() -> Verdicts:
    return {}


class NumberedCandidate(NamedTuple):
    """A place where an object may have been missed: `missed 1`, `missed 2` … the likeliest first."""

    number: int
    key: PlaneKey
    candidate: Candidate


@dataclass(frozen=True)
class Ranking:
    """The objects of a layer, as far as they are measured, with what is suspected of each. It never changes.

    Arrays are (n,), one entry per object: a *row* is a place in them.

    Attributes
    ----------
    keys
        All planes of the layer; `population.images` are places in this list.
    typical
        Radius of a typical object in pixels.
    measured
        How many of the planes are measured.
    ranker
        The order, and what it was made from.
    """

    batch: Batch
    planes: BatchPlanes
    keys: tuple[PlaneKey, ...]
    typical: float
    measured: int
    ranker: Ranker
    found: tuple[NumberedCandidate, ...] = ()

    @property
    def segmenter(self) -> NDArray[np.float64] | None:
        """How sure the segmenter itself was of each object, NaN where it did not say; None if it says nothing."""
        return self.ranker.basis.segmenter

    @property
    def layer(self) -> str:
        """The object layer."""
        return self.planes.layer

    @property
    def other(self) -> str:
        """Another object layer that was evidence, "" for none."""
        return self.planes.other

    @property
    def complete(self) -> bool:
        """Whether all planes are measured."""
        return self.measured == len(self.keys)

    @property
    def problems(self) -> dict[Path, str]:
        """What could not be read, with why."""
        return self.planes.problems

    @property
    def population(self) -> Population:
        """All objects with their evidence."""
        return self.ranker.population

    def __len__(self) -> int:
        return len(self.population)

    @cached_property
    def images(self) -> NDArray[np.int64]:
        """Number of the image of each object in the batch."""
        return self._of_key(0)

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """Its time point."""
        return self._of_key(1)

    @cached_property
    def slices(self) -> NDArray[np.int64]:
        """The slice of a stack in which it was looked at: where it is largest."""
        return self._of_key(2)

    def _of_key(self, at: int) -> NDArray[np.int64]:
        table = np.array([(key.image, key.t, key.z) for key in self.keys], np.int64).reshape(-1, 3)
        return np.asarray(table[self.population.images, at])

    @property
    def labels(self) -> NDArray[np.int64]:
        """Its label."""
        return self.population.labels

    @property
    def score(self) -> NDArray[np.float64]:
        """The higher, the earlier it should be looked at; no probability."""
        return self.ranker.score

    @property
    def suspicion(self) -> NDArray[np.float64]:
        """100 for the worst down to 0: a rank within the batch, no probability."""
        return self.ranker.suspicion

    @property
    def suspects(self) -> NDArray[np.str_]:
        """The likeliest kind of error."""
        return self.ranker.suspects

    @property
    def looks_wrong(self) -> NDArray[np.bool_]:
        """Whether it is worth a look."""
        return self.ranker.looks_wrong

    @property
    def order(self) -> NDArray[np.int64]:
        """Rows, the worst first."""
        return self.ranker.order

    @property
    def ranks(self) -> NDArray[np.int64]:
        """1 for the worst."""
        return self.ranker.ranks

    @property
    def learned(self) -> int:
        """How many verdicts on these objects the order was learned from."""
        judged = self.ranker.judged
        return 0 if judged is None else len(judged.rows)

    @cached_property
    def several_times(self) -> bool:
        """Whether there is more than one time point."""
        return any(key.t for key in self.keys)

    @cached_property
    def _rows(self) -> dict[tuple[int, int, int], int]:
        keys = zip(self.images.tolist(), self.labels.tolist(), self.times.tolist(), strict=True)
        return {key: row for row, key in enumerate(keys)}

    def row_of(self, image: int, label: int, t: int = 0) -> int | None:
        """The row of an object; None if it is not measured (yet)."""
        return self._rows.get((image, label, t))

    def rows_of(self, subjects: Iterable[tuple[str, int, int]]) -> NDArray[np.int64]:
        """Rows of those of the (image key, label, time point) that are measured."""
        numbers = {image.key: image.index for image in self.batch.images}
        rows = (self.row_of(numbers.get(key, -1), label, t) for key, label, t in subjects)
        return np.array([row for row in rows if row is not None], np.int64)

    def why(self, rows: NDArray[np.int64]) -> list[str]:
        """Words for these rows."""
        said = explain(self.ranker, rows, other=self.other or "the other layer")
        unsure = self.ranker.basis.unsure[rows] > 1
        return [
            ", ".join(filter(None, (words, UNSURE))) if doubt else words
            for words, doubt in zip(said, unsure.tolist(), strict=True)
        ]

    def headline(self, row: int) -> str:
        """`split? straight border with 12`."""
        return headline(str(self.suspects[row]), self.why(np.array([row]))[0])

    def place(self, row: int) -> Place | None:
        """Where on the object the evidence is; reads its mask and channel, so not for every key press on the loop.

        None if the object is not in the mask any more, or the mask can't be read.
        """
        key = self.keys[int(self.population.images[row])]
        plane = self.planes.plane(key)
        if plane is None:
            return None
        return evidence_place(
            plane.labels,
            int(self.labels[row]),
            str(self.suspects[row]),
            partner=int(self.population.partner[row]),
            channel=next(iter(plane.channels.values()), None),
            typical=self.typical,
        )

    def refit(self, verdicts: Verdicts) -> Ranking:
        """The same objects in the order that follows from these verdicts, in place of all earlier ones."""
        return replace(
            self, ranker=self.ranker.learned(_judged(self.batch, self.keys, self.ranker.basis, verdicts))
        )

    def suspect_counts(self) -> dict[str, int]:
        """How many objects look wrong, of each kind."""
        wrong = self.looks_wrong
        return {kind: int((wrong & (self.suspects == kind)).sum()) for kind in SUSPECTS}

    def summary_line(self) -> str:
        """`312 of 9,881 nuclei look wrong: 140 split, 90 merged …`."""
        counts = sorted(self.suspect_counts().items(), key=lambda one: -one[1])
        words = ", ".join(f"{count:,} {kind}" for kind, count in counts if count)
        head = f"{int(self.looks_wrong.sum()):,} of {len(self):,} {self.layer} look wrong"
        return f"{head}: {words}" if words else head

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
    """
    evidence = BatchEvidence.of(batch, layer, read, other=other, cache=cache, cancelled=cancelled)
    learned = _Learned(seed, segmenter or {}, models)
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
) -> Ranking:
    """Rank all objects of a layer at once; see `rank_steps`. What was measured until it was cancelled is ranked."""
    evidence = BatchEvidence.of(batch, layer, read, other=other, cache=cache, cancelled=cancelled)
    for done in evidence.steps((), cancelled):
        report(done, len(evidence.keys))
    return _ranking(evidence, _Learned(seed, segmenter or {}, models), verdicts or {}, cancelled)


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
    basis = Basis(population, Norms(images, base), training, shipped_prior(), said)
    more = together([model.examples(population.names) for model in learned.models])
    ranker = Ranker(basis, _judged(planes.batch, keys, basis, verdicts), more)
    return Ranking(
        planes.batch, planes, keys, evidence.typical, evidence.done, ranker, _numbered_candidates(evidence)
    )


class _Learned(NamedTuple):
    """What a ranking is made from besides its objects and the verdicts on them."""

    seed: int
    segmenter: Scores
    models: Sequence[SavedModel]


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


def _judged(batch: Batch, keys: Sequence[PlaneKey], basis: Basis, verdicts: Verdicts) -> Judged | None:
    """The objects of verdicts."""
    if not verdicts:
        return None
    planes: dict[tuple[str, int], list[int]] = {}
    for at, key in enumerate(keys):
        planes.setdefault((batch.images[key.image].key, key.t), []).append(at)
    by_row = {
        (at, label): said
        for (image, label, t), said in verdicts.items()
        for at in planes.get((image, t), ())
        if (at, label) in basis.rows
    }
    return judged_rows(basis, by_row)


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
