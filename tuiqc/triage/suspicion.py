"""Which objects of a batch are likely to be wrong: the order in which to look at them.

Errors are planted into copies of the batch's own images, and one model per kind of error learns to tell them from what
was not touched; a prior weighs beside them that was fitted to errors of real segmenters. Verdicts are learned
from as further examples. The result is a rank within the batch, no probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tuiqc.triage.kind_models import KindModels, any_kind, expanded
from tuiqc.triage.kinds import SUSPECTS, Suspect
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import Prior
from tuiqc.triage.training import TrainingSet

Floats = NDArray[np.float64]

VERDICT_WEIGHT = 10.0
"""What a judged object weighs beside a planted one."""

PRIOR_WEIGHT = 1 / 3
"""What the log odds of the prior weigh beside those of the models learned from planted errors.

On real errors, with a prior of other images: share of the best possible in the first 10 / 20 % 0.82 / 0.84 where half
and half of standardised scores gives 0.78 / 0.82; planted errors are found as soon.
"""

FEW = 30
"""With fewer objects the batch says too little of itself: the prior and the rule of specks stand alone."""

_SPECK = 100.0

_USUAL_SPREAD = 3.5
"""Largest distance of the 84 % quantile from the median of the prior's log odds on the sets that it was fitted to."""

LOOKS_WRONG = 2.0
"""Score from which an object is said to look wrong: 3 to 12 % of the objects of real segmentations, of which 7 to 18 %
were wrong."""


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
class Ranker:
    """Orders a population by suspicion; made anew with `learned` after verdicts."""

    population: Population
    norms: Norms
    training: TrainingSet | None
    prior: Prior
    judged: Judged | None = None

    def learned(self, judged: Judged | None) -> Ranker:
        """The same with these verdicts in place of others."""
        return replace(self, judged=judged)

    @cached_property
    def deviations(self) -> tuple[Floats, Floats]:
        """(n, p) deviations of all objects within their image and within the batch."""
        return self.norms.within(self.population.images, self.population.values)

    @cached_property
    def unjudged_models(self) -> KindModels | None:
        """Learned from planted errors alone."""
        if self.training is None or len(self.population) < FEW:
            return None
        terms = expanded(self.training.of_image, self.training.of_batch)
        return KindModels.fit(terms, self.training.suspects, np.ones(len(terms)))

    @cached_property
    def models(self) -> KindModels | None:
        """Learned from planted errors and from verdicts."""
        before, training, judged = self.unjudged_models, self.training, self._judged_objects
        if before is None or training is None or judged is None:
            return before
        of_image, of_batch = (one[judged.rows] for one in self.deviations)
        guessed = np.array(SUSPECTS)[before.scores(of_image, of_batch).argmax(axis=1)]
        known = np.where(judged.suspects != "", judged.suspects, guessed)
        suspects = np.where(judged.failed, known, "")
        terms = expanded(np.vstack([training.of_image, of_image]), np.vstack([training.of_batch, of_batch]))
        weights = np.r_[np.ones(len(training.suspects)), np.full(len(suspects), VERDICT_WEIGHT)]
        return KindModels.fit(terms, np.concatenate([training.suspects, suspects]), weights, before)

    @cached_property
    def _judged_objects(self) -> Judged | None:
        """Verdicts on what is no speck."""
        judged = self.judged
        if judged is None:
            return None
        use = ~self.population.specks[judged.rows]
        return Judged(judged.rows[use], judged.failed[use], judged.suspects[use]) if use.any() else None

    @cached_property
    def kind_scores(self) -> Floats:
        """(n, 4) log odds of each kind of error; those of the prior where nothing could be learned."""
        if self.models is None:
            return self.prior.kind_scores(self.population.names, *self.deviations)
        return self.models.scores(*self.deviations)

    @cached_property
    def score(self) -> Floats:
        """(n,) the higher, the earlier an object should be looked at; specks are first."""
        specks = self.population.specks
        by_prior = self.prior.score(self.population.names, *self.deviations)
        out = PRIOR_WEIGHT * _within_reach(by_prior, by_prior[~specks])
        if self.models is not None:
            out = out + any_kind(self.kind_scores)
        return out + np.where(specks, _SPECK, 0.0)

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
    population: Population, verdicts: Mapping[tuple[int, int], tuple[bool, Suspect | None]]
) -> Judged | None:
    """Find the objects of verdicts by (image, label); None if there are none of them.

    The value says whether it failed, and the kind of error that the reason speaks of.
    """
    rows, failed, suspects = [], [], []
    for row, key in enumerate(zip(population.images.tolist(), population.labels.tolist(), strict=True)):
        if key in verdicts:
            fail, suspect = verdicts[key]
            rows.append(row)
            failed.append(fail)
            suspects.append(suspect or "")
    if not rows:
        return None
    return Judged(np.array(rows, np.int64), np.array(failed, bool), np.array(suspects, np.str_))
