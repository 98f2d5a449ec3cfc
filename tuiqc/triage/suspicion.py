"""Which objects of a batch are likely to be wrong: the order in which to look at them.

Errors are planted into copies of the batch's own images, and one model per kind of error learns to tell them from what
was not touched; a prior weighs beside them that was fitted to errors of real segmenters. Verdicts are learned
from as further examples. The result is a rank within the batch, no probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tuiqc.triage.kind_models import KindModels, any_kind, expanded
from tuiqc.triage.kinds import SUSPECTS, Suspect
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import Prior
from tuiqc.triage.track_moments import WEIGHT, ObjectMoments
from tuiqc.triage.training import TrainingSet

Floats = NDArray[np.float64]
Deviations = NDArray[np.float32]

VERDICT_WEIGHT = 10.0
"""What a judged object weighs beside a planted one."""

PRIOR_WEIGHT = 0.25
"""What the log odds of the prior weigh beside those of the models learned from planted errors.

With a prior that was fitted without the images in question, real errors in the first 10 / 20 %, as a share of the best
possible: 0.77 / 0.78 without it, 0.81 / 0.83 with 0.2, 0.82 / 0.83 with 0.25, 0.82 / 0.84 with a third and with a half.
Planted ones in the first tenth of other kinds of image (cells with nuclei in them): 0.90, 0.85, 0.80, 0.80, 0.67.
"""

SEGMENTER_WEIGHT = 0.5
"""What a spread by which the segmenter was less sure than usual adds to the score (chosen, not fitted: planted errors
have no such score)."""

_MOST_UNSURE = 4.0

FEW = 30
"""With fewer objects the batch says too little of itself: the prior and the rule of specks stand alone."""

_SPECK = 100.0

_USUAL_SPREAD = 3.5
"""Largest distance of the 84 % quantile from the median of the prior's log odds on the sets that it was fitted to."""

LOOKS_WRONG = 2.0
"""Score from which an object is said to look wrong. Of real segmentations with 7 to 18 % errors, with a prior fitted to
other images, these are 3 to 13 % of the objects; 75 to 98 % of them are wrong, 13 to 72 % of the errors among them."""


@dataclass(frozen=True)
class Judged:
    """Objects whose verdict is known.

    Attributes
    ----------
    rows
        (m,) their rows in the population.
    failed
        (m,) whether they failed.
    suspects
        (m,) the kind that the stated reason speaks of, "" where none was stated.
    """

    rows: NDArray[np.int64]
    failed: NDArray[np.bool_]
    suspects: NDArray[np.str_]


@dataclass(frozen=True)
class Examples:
    """Judged objects to learn from, of this batch or of another.

    Attributes
    ----------
    terms
        (m, 1 + 4 p) as `kind_models.expanded` makes them.
    failed
        (m,) whether each failed.
    suspects
        (m,) the kind of error that the stated reason speaks of, "" where none was stated.
    """

    terms: Floats
    failed: NDArray[np.bool_]
    suspects: NDArray[np.str_]


def together(examples: Sequence[Examples]) -> Examples | None:
    """Examples of several batches as one; None if there are none."""
    if not examples:
        return None
    return Examples(
        np.concatenate([one.terms for one in examples]),
        np.concatenate([one.failed for one in examples]),
        np.concatenate([one.suspects for one in examples]),
    )


@dataclass(frozen=True)
class Basis:
    """What does not change with a verdict: the objects, where they stand, what was planted, the prior."""

    population: Population
    norms: Norms
    training: TrainingSet | None
    prior: Prior
    segmenter: Floats | None = None
    moments: ObjectMoments | None = None

    @cached_property
    def unsure(self) -> Floats:
        """(n,) by how many spreads the segmenter was less sure of an object than of most, 0 where it said nothing."""
        values = self.segmenter
        known = np.zeros(len(self.population), bool) if values is None else np.isfinite(values)
        out = np.zeros(len(self.population))
        if values is None or known.sum() < FEW:
            return out
        low, middle, high = np.quantile(values[known], [0.05, 0.5, 0.75])
        spread = max(float(high - middle) / 0.675, float(middle - low) / 4, 1e-9)
        out[known] = np.clip((middle - values[known]) / spread - 1, 0, _MOST_UNSURE)
        return out

    @cached_property
    def deviations(self) -> tuple[Deviations, Deviations]:
        """(n, p) deviations of all objects within their image and within the batch; float32 is enough, and quicker."""
        of_image, of_batch = self.norms.within(self.population.images, self.population.values)
        return of_image.astype(np.float32), of_batch.astype(np.float32)

    @cached_property
    def training_terms(self) -> Floats:
        """(m, 1 + 4 p) terms of what was planted."""
        training = self.training
        assert training is not None
        return expanded(*self.norms.within(training.images, training.values))

    @cached_property
    def models(self) -> KindModels | None:
        """Learned from planted errors alone; None for small batches."""
        if self.training is None or not len(self.training.suspects) or len(self.population) < FEW:
            return None
        return KindModels.fit(self.training_terms, self.training.suspects, np.ones(len(self.training_terms)))

    @cached_property
    def prior_score(self) -> Floats:
        """(n,) what the prior says of each object, weighed."""
        score = self.prior.score(self.population.names, *self.deviations)
        return PRIOR_WEIGHT * _within_reach(score, score[~self.population.specks])

    @cached_property
    def rows(self) -> dict[tuple[int, int], int]:
        """Row of each object, by number of the plane and label."""
        keys = zip(self.population.images.tolist(), self.population.labels.tolist(), strict=True)
        return {key: row for row, key in enumerate(keys)}


@dataclass(frozen=True)
class Ranker:
    """Orders a population by suspicion; made anew with `learned` after verdicts."""

    basis: Basis
    judged: Judged | None = None
    more: Examples | None = None

    @property
    def population(self) -> Population:
        """All objects."""
        return self.basis.population

    def learned(self, judged: Judged | None) -> Ranker:
        """The same with these verdicts in place of others."""
        return replace(self, judged=judged)

    @cached_property
    def models(self) -> KindModels | None:
        """Learned from planted errors and from verdicts, on these objects and on earlier ones."""
        before, training = self.basis.models, self.basis.training
        examples = [one for one in (self._judged_examples, self.more) if one is not None]
        if before is None or training is None or not examples:
            return before
        terms = np.vstack([self.basis.training_terms, *(one.terms for one in examples)])
        suspects = [np.where(one.failed, self._kind_of(one), "") for one in examples]
        weights = np.full(len(terms), VERDICT_WEIGHT)
        weights[: len(training.suspects)] = 1
        return KindModels.fit(terms, np.concatenate([training.suspects, *suspects]), weights, before)

    @property
    def _judged_examples(self) -> Examples | None:
        """Verdicts on what is no speck, with the evidence of the objects."""
        judged = self.judged
        if judged is None:
            return None
        use = ~self.population.specks[judged.rows]
        if not use.any():
            return None
        of_image, of_batch = (one[judged.rows[use]] for one in self.basis.deviations)
        return Examples(expanded(of_image, of_batch), judged.failed[use], judged.suspects[use])

    def _kind_of(self, examples: Examples) -> NDArray[np.str_]:
        """The stated kind of error, else the one that was suspected before anything was learned from verdicts."""
        before = self.basis.models
        assert before is not None
        guessed = np.array(SUSPECTS)[before.of_terms(examples.terms).argmax(axis=1)]
        return np.where(examples.suspects != "", examples.suspects, guessed)

    @cached_property
    def kind_scores(self) -> Floats:
        """(n, 4) log odds of each kind of error; those of the prior where nothing could be learned."""
        if self.models is None:
            return self.basis.prior.kind_scores(self.population.names, *self.basis.deviations)
        return self.models.scores(*self.basis.deviations)

    @cached_property
    def score(self) -> Floats:
        """(n,) the higher, the earlier an object should be looked at; specks are first."""
        out = self.basis.prior_score + SEGMENTER_WEIGHT * self.basis.unsure
        if self.basis.moments is not None:
            out = out + WEIGHT * self.basis.moments.sizes
        if self.models is not None:
            out = out + any_kind(self.kind_scores)
        return out + np.where(self.population.specks, _SPECK, 0.0)

    @cached_property
    def suspects(self) -> NDArray[np.str_]:
        """(n,) the likeliest kind of error of each object."""
        kinds = (
            np.array(SUSPECTS)[self.kind_scores.argmax(axis=1)]
            if len(self.population)
            else np.zeros(0, np.str_)
        )
        return np.where(self.population.specks, "false", kinds)

    @cached_property
    def looks_wrong(self) -> NDArray[np.bool_]:
        """(n,) which objects are worth a look; how many there are says how much there is to do, not how many failed."""
        return np.asarray(self.score >= LOOKS_WRONG)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(n,) rows of the population, worst first; equal ones in the order of images and labels."""
        return np.lexsort((self.population.labels, self.population.images, -self.score)).astype(np.int64)

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """(n,) 1 for the worst."""
        out = np.empty(len(self.order), np.int64)
        out[self.order] = np.arange(1, len(self.order) + 1)
        return out

    @cached_property
    def suspicion(self) -> Floats:
        """(n,) 100 for the worst down to 0: a rank within the batch, no probability."""
        count = len(self.ranks)
        return 100.0 * (count - self.ranks) / max(count - 1, 1) if count > 1 else np.full(count, 100.0)


def _within_reach(score: Floats, base: Floats) -> Floats:
    """Log odds of the prior, made smaller where they spread further than on any image that it was fitted to.

    There it speaks of what it has not seen (other tissues, other ways to light them), and must not drown what was
    learned from the images themselves.
    """
    if not len(base):
        return score
    middle, high = np.quantile(base, [0.5, 0.84])
    shrink = min(1.0, _USUAL_SPREAD / max(float(high - middle), 1e-9))
    return np.asarray((score - middle) * shrink + min(float(middle), 0.0))


def judged_rows(
    basis: Basis, verdicts: Mapping[tuple[int, int], tuple[bool, Suspect | None]]
) -> Judged | None:
    """Find the objects of verdicts by (plane, label); None if there are none of them.

    The value says whether it failed, and the kind of error that the reason speaks of.
    """
    found = [(basis.rows[key], *said) for key, said in verdicts.items() if key in basis.rows]
    if not found:
        return None
    found.sort(key=lambda one: one[0])  # the order of the verdicts must not matter
    return Judged(
        np.array([row for row, _, _ in found], np.int64),
        np.array([failed for _, failed, _ in found], bool),
        np.array([suspect or "" for _, _, suspect in found], np.str_),
    )
