"""Why an object is suspected, in a few words, each from the evidence that weighed most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import TEXTURE
from tuiqc.measure.terms import term_of
from tuiqc.triage.kind_models import TERMS, KindModels, expanded
from tuiqc.triage.kinds import SUSPECTS, Suspect
from tuiqc.triage.population import Population
from tuiqc.triage.suspicion import Ranker

Floats = NDArray[np.float64]

_MOST = 2
_LEAST = 0.15
"""Share of the largest contribution under which nothing more is said."""

SPECK_WORDS = "a speck, far smaller than an object"


def explain(ranker: Ranker, rows: NDArray[np.int64], *, other: str = "the other layer") -> list[str]:
    """Say why each of these rows of the population is suspected of what it is.

    Parameters
    ----------
    other
        What the objects of the other layer are called ("nuclei").

    Returns
    -------
    list of str
        Such as "straight border with 12, no seam towards 12"; "" where nothing speaks against an object.
    """
    population = ranker.population
    weights = _weights(ranker, rows)
    of_batch = ranker.deviations[1][rows]
    out = []
    for at, row in enumerate(rows.tolist()):
        if population.specks[row]:
            out.append(SPECK_WORDS)
            continue
        out.append(_words(population, weights[at], of_batch[at], int(population.partner[row]), other))
    return out


def strongest(ranker: Ranker, row: int) -> tuple[str, ...]:
    """Names of the evidence that weighed most for the suspect of a row, the heaviest first: what a picture can mark."""
    weights = _weights(ranker, np.array([row]))[0]
    order = np.argsort(-weights)[:_MOST]
    return tuple(ranker.population.names[at] for at in order.tolist() if weights[at] > 0)


def _weights(ranker: Ranker, rows: NDArray[np.int64]) -> Floats:
    """(rows, p) how much each kind of evidence adds to the log odds of the suspect of each row."""
    of_image, of_batch = (one[rows] for one in ranker.deviations)
    terms = expanded(of_image, of_batch)[:, 1:]
    models = ranker.models or KindModels(ranker.prior.coefficients(ranker.population.names))
    suspects = ranker.suspects[rows]
    out = np.zeros((len(rows), len(ranker.population.names)))
    for kind in SUSPECTS:
        of_kind = suspects == kind
        coefficients = models.coefficients.get(kind)
        if coefficients is None or not of_kind.any():
            continue
        parts = terms[of_kind] * coefficients[1:]
        out[of_kind] = parts.reshape(of_kind.sum(), TERMS, -1).sum(axis=1)
    return out


def _words(population: Population, weights: Floats, of_batch: Floats, partner: int, other: str) -> str:
    said: list[str] = []
    order = np.argsort(-weights)
    largest = float(weights[order[0]]) if len(order) else 0.0
    for at in order.tolist():
        if weights[at] <= _LEAST * largest or weights[at] <= 0 or len(said) >= _MOST:
            break
        words = _of_term(population.names[at], float(of_batch[at]), partner, other)
        if words and words not in said:
            said.append(words)
    return ", ".join(said)


def _of_term(name: str, deviation: float, partner: int, other: str) -> str:
    """Words for one kind of evidence; "" where they would speak of a neighbour that there is not."""
    term = term_of(name)
    words = term.high if deviation > 0 else term.low
    if "{partner}" in words and not partner:
        return ""
    text = words.replace("{partner}", str(partner)).replace("{other}", other)
    return f"texture: {text}" if name.startswith(f"{TEXTURE} ") else text


def headline(suspect: Suspect | str, why: str) -> str:
    """`split? straight border with 12`: the suspect with a question mark, then the words."""
    return f"{suspect}? {why}" if why else f"{suspect}?"
