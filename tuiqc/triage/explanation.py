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

_USUAL = 0.5
"""Spreads from the middle of the batch within which nothing is said of a value."""

SPEAKS: dict[Suspect, dict[str, str]] = {
    "merged": {
        **dict.fromkeys(
            (
                "necks",
                "second_core",
                "waist",
                "cavity",
                "big_cavity",
                "big_waist",
                "two_peaks",
                "size",
                "other_count",
            ),
            "high",
        ),
        **dict.fromkeys(("solidity", "convexity", "inscribed"), "low"),
    },
    "split": {
        **dict.fromkeys(
            (
                "pair_score",
                "pair_solidity",
                "pair_gain",
                "pair_contact",
                "pair_straightness",
                "pair_roundness",
                "unsplit",
                "contact",
                "contact_gain",
                "other_cut",
            ),
            "high",
        ),
        **dict.fromkeys(("valley", "difference", "size", "other_count"), "low"),
    },
    "false": {
        "free": "high",
        **dict.fromkeys(
            (
                "size",
                "contrast",
                "brightness",
                "edge",
                "rim",
                "weakest_edge",
                "half_level_iou",
                "other_cover",
            ),
            "low",
        ),
    },
    "outline": {
        **dict.fromkeys(
            (
                "brightest_ring",
                "ring",
                "dark_inside",
                "bright_outside",
                "other_offset",
                "other_rim_spread",
                "other_cut",
            ),
            "high",
        ),
        **dict.fromkeys(
            (
                "edge",
                "weakest_edge",
                "darkest_rim",
                "half_level_iou",
                "rim",
                "solidity",
                "aspect",
                "other_iou",
            ),
            "low",
        ),
    },
}
"""Which side of which evidence is worth saying of which kind of error: other evidence may weigh as much, but its words
would not help anybody to see it."""

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
    of_batch = ranker.basis.deviations[1][rows]
    out = []
    for at, row in enumerate(rows.tolist()):
        if population.specks[row]:
            out.append(SPECK_WORDS)
            continue
        suspect = str(ranker.suspects[row])
        partner = int(population.partner[row])
        out.append(_words(population, suspect, weights[at], of_batch[at], partner, other))
    return out


def strongest(ranker: Ranker, row: int) -> tuple[str, ...]:
    """Names of the evidence that weighed most for the suspect of a row, the heaviest first: what a picture can mark."""
    weights = _weights(ranker, np.array([row]))[0]
    order = np.argsort(-weights)[:_MOST]
    return tuple(ranker.population.names[at] for at in order.tolist() if weights[at] > 0)


def _weights(ranker: Ranker, rows: NDArray[np.int64]) -> Floats:
    """(rows, p) how much each kind of evidence adds to the log odds of the suspect of each row."""
    of_image, of_batch = (one[rows] for one in ranker.basis.deviations)
    terms = expanded(of_image, of_batch)[:, 1:]
    models = ranker.models or KindModels(ranker.basis.prior.coefficients(ranker.population.names))
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


def _words(
    population: Population, suspect: str, weights: Floats, of_batch: Floats, partner: int, other: str
) -> str:
    """The heaviest evidence that speaks of this kind of error; any evidence where none does."""
    order = [at for at in np.argsort(-weights).tolist() if weights[at] > 0]
    speaking = [at for at in order if _speaks(suspect, population.names[at], float(of_batch[at]))]
    said: list[str] = []
    for at in speaking or order:
        if said and weights[at] < _LEAST * weights[(speaking or order)[0]]:
            break
        words = _of_term(population.names[at], float(of_batch[at]), partner, other)
        if words and words not in said:
            said.append(words)
        if len(said) == _MOST:
            break
    return ", ".join(said)


def _speaks(suspect: str, name: str, deviation: float) -> bool:
    side = SPEAKS[suspect].get(name.rsplit(" ", 1)[-1])  # type: ignore[index]
    return side == ("high" if deviation > 0 else "low") and abs(deviation) > _USUAL


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
