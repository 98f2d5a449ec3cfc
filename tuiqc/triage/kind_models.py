"""One small model per kind of error: logistic regressions of that kind against sound objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.triage.kinds import SUSPECTS, Suspect

Floats = NDArray[np.float64]
Reals = NDArray[np.float64] | NDArray[np.float32]

RIDGE = 100.0
"""Weight of the penalty on squared coefficients (none on the intercept)."""

_KNEE = 1.5
_STEPS = 25
_LONGEST = 3.0
_NEAR = 0.1
"""Steps shorter than this go on with the curvature of the last one."""

_CHUNK = 1 << 14
TERMS = 4
"""Terms that each kind of evidence has in a model, besides the intercept."""


def expanded(of_image: Reals, of_batch: Reals) -> Floats:
    """(n, 1 + 4 p) terms of a model: 1; z in the batch, |z| in the image, what exceeds 1.5 on either side, halved."""
    return np.hstack(
        [
            np.ones((len(of_image), 1)),
            of_batch / 2,
            np.abs(of_image) / 2,
            np.maximum(of_image - _KNEE, 0) / 2,
            np.maximum(-of_image - _KNEE, 0) / 2,
        ]
    )


def weighed(of_image: Reals, of_batch: Reals, matrix: Floats) -> Floats:
    """`expanded(of_image, of_batch) @ matrix`, term by term: the wide matrix is never made."""
    parts = (matrix[1:] / 2).reshape(TERMS, -1, matrix.shape[1]).astype(of_batch.dtype)
    out = of_batch @ parts[0]
    out += np.abs(of_image) @ parts[1]
    out += np.maximum(of_image - _KNEE, 0) @ parts[2]
    out += np.maximum(-_KNEE - of_image, 0) @ parts[3]
    return np.asarray(out + matrix[0])


def fit_logistic(
    terms: Floats,
    positive: NDArray[np.bool_],
    weights: Floats,
    ridge: float = RIDGE,
    start: Floats | None = None,
) -> Floats:
    """Coefficients of a ridge-penalised logistic regression by Newton's method with steps of at most 3.

    `terms` is (n, q) with ones in the first column, `positive` and `weights` are (n,). Returns (q,). From a `start`
    that is near, as after a few more verdicts, the curvature is taken once: a quarter of the time.
    """
    from scipy.linalg import cho_factor, cho_solve

    count = terms.shape[1]
    out = np.zeros(count) if start is None else start.copy()
    penalty = np.full(count, ridge)
    penalty[0] = 1e-3
    target = positive.astype(np.float64)
    factor, rough = None, start is None
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(terms @ out, -30, 30)))
        gradient = terms.T @ (weights * (chance - target)) + penalty * out
        if factor is None or rough:
            curvature = weights * chance * (1 - chance) + 1e-8 * weights
            scaled = terms * np.sqrt(curvature)[:, None]
            hessian = scaled.T @ scaled
            hessian[np.diag_indices(count)] += penalty
            factor = cho_factor(hessian)
        step = cho_solve(factor, gradient)
        longest = float(np.abs(step).max())
        out -= step * min(1.0, _LONGEST / max(longest, 1e-12))
        rough = rough and longest > _NEAR
        if longest < 1e-4:
            break
    return out


@dataclass(frozen=True)
class KindModels:
    """Coefficients (1 + 4 p,) of each kind of error that could be learned."""

    coefficients: dict[Suspect, Floats]

    @classmethod
    def fit(
        cls, terms: Floats, suspects: NDArray[np.str_], weights: Floats, start: KindModels | None = None
    ) -> KindModels:
        """Learn from objects whose kind of error is known ("" for sound ones); both classes weigh one half.

        `start` is what was learned before from nearly the same objects.
        """
        out: dict[Suspect, Floats] = {}
        sound = suspects == ""
        for kind in SUSPECTS:
            of_kind = suspects == kind
            if not of_kind.any() or not sound.any():
                continue
            rows = np.flatnonzero(sound | of_kind)
            positive = of_kind[rows]
            share = weights[rows] / np.where(positive, 2 * weights[of_kind].sum(), 2 * weights[sound].sum())
            before = None if start is None else start.coefficients.get(kind)
            out[kind] = fit_logistic(terms[rows], positive, share * len(rows), start=before)
        return cls(out)

    def scores(self, of_image: Reals, of_batch: Reals) -> Floats:
        """(n, 4) log odds of each kind, in the order of `SUSPECTS`; -30 for one that was not learned."""
        out = np.full((len(of_image), len(SUSPECTS)), -30.0)
        kinds = [SUSPECTS.index(kind) for kind in self.coefficients]
        if kinds:
            matrix = np.column_stack(list(self.coefficients.values()))
            for start in range(0, len(out), _CHUNK):
                rows = slice(start, start + _CHUNK)
                out[rows, kinds] = weighed(of_image[rows], of_batch[rows], matrix)
        return np.asarray(np.clip(out, -30, 30))

    def of_terms(self, terms: Floats) -> Floats:
        """As `scores`, from terms (n, 1 + 4 p) that were expanded already."""
        out = np.full((len(terms), len(SUSPECTS)), -30.0)
        for kind, coefficients in self.coefficients.items():
            out[:, SUSPECTS.index(kind)] = terms @ coefficients
        return np.asarray(np.clip(out, -30, 30))


def any_kind(scores: Floats) -> Floats:
    """(n,) sum over kinds of ln(1 + e^score): minus the logarithm of the chance that it is none of them (noisy-or)."""
    return np.asarray(np.logaddexp(0, scores).sum(axis=1))
