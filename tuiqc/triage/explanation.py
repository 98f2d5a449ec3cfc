"""Why an object is suspected, in a few words, each from the evidence that weighed most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import TEXTURE
from tuiqc.measure.terms import term_of
from tuiqc.triage.kind_models import TERMS, KindModels, expanded
from tuiqc.triage.kinds import SUSPECTS, Suspect
from tuiqc.triage.suspicion import Ranker

Floats = NDArray[np.float64]

_MOST = 2
_TRIED = 6
"""Kinds of evidence that are looked at for words: several may say the same."""

_CHUNK = 1 << 13

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
    out: list[str] = []
    for start in range(0, len(rows), _CHUNK):
        out += _explained(ranker, rows[start : start + _CHUNK], other)
    return out


def _explained(ranker: Ranker, rows: NDArray[np.int64], other: str) -> list[str]:
    population = ranker.population
    weights = _weights(ranker, rows)
    deviations = ranker.basis.deviations[1][rows]
    speaking = np.where(_speaks(population.names, ranker.suspects[rows], deviations), weights, 0)
    silent = speaking.max(axis=1, initial=0) <= 0
    speaking[silent] = np.maximum(weights[silent], 0)  # any evidence where none speaks of this kind of error
    heaviest = np.argsort(-speaking, axis=1, kind="stable")[:, :_TRIED]
    values = np.take_along_axis(speaking, heaviest, axis=1)
    enough = (values > 0) & (values >= _LEAST * values[:, :1])
    words = _Words(population.names, other)
    high = np.take_along_axis(deviations, heaviest, axis=1) > 0
    columns = (heaviest, high, enough, population.partner[rows], population.specks[rows])
    return [
        SPECK_WORDS if speck else words.of(zip(at, up, use, strict=True), partner)
        for at, up, use, partner, speck in zip(*(one.tolist() for one in columns), strict=True)
    ]


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


def _speaks(
    names: Sequence[str], suspects: NDArray[np.str_], deviations: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """(rows, p) whether a value lies on the side that is worth saying of the suspect of its row."""
    sides = np.zeros((len(suspects), len(names)))
    for kind, said in SPEAKS.items():
        side = [{"high": 1.0, "low": -1.0}.get(said.get(name.rsplit(" ", 1)[-1], ""), 0.0) for name in names]
        sides[suspects == kind] = side
    return np.asarray(sides * deviations > _USUAL)


class _Words:
    """The words of each kind of evidence, made once for many objects."""

    def __init__(self, names: Sequence[str], other: str) -> None:
        self._texts = [tuple(_text(name, side, other) for side in (False, True)) for name in names]

    def of(self, terms: Iterable[tuple[int, bool, bool]], partner: int) -> str:
        """Words of the heaviest of these terms (number, whether it is high, whether it weighs enough)."""
        said: list[str] = []
        for at, high, enough in terms:
            text = self._texts[at][high]
            if not enough:
                break
            if "{partner}" in text:
                if not partner:
                    continue  # it would speak of a neighbour that there is not
                text = text.replace("{partner}", str(partner))
            if text not in said:
                said.append(text)
            if len(said) == _MOST:
                break
        return ", ".join(said)


def _text(name: str, high: bool, other: str) -> str:
    term = term_of(name)
    text = (term.high if high else term.low).replace("{other}", other)
    return f"texture: {text}" if name.startswith(f"{TEXTURE} ") else text


def headline(suspect: Suspect | str, why: str) -> str:
    """`split? straight border with 12`: the suspect with a question mark, then the words."""
    return f"{suspect}? {why}" if why else f"{suspect}?"
