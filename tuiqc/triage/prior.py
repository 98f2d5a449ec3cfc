"""What errors of real segmenters look like: coefficients that were fitted once and are shipped.

Planting alone finds real errors no better than solidity does; so this model weighs beside it. It was fitted by
`tests/benchmarks/fit_prior.py` to the errors of four classical segmenters against annotations of the 2018 Data Science
Bowl (stage 1, CC0), and belongs to exactly the formulas of `tuiqc.measure`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from tuiqc.triage.kind_models import TERMS, KindModels, Reals
from tuiqc.triage.kinds import SUSPECTS, Suspect

Floats = NDArray[np.float64]

CHANNEL = "channel"
"""Stands for the name of the first channel in the names of the evidence."""


@dataclass(frozen=True)
class Prior:
    """Coefficients by name of evidence.

    Attributes
    ----------
    intercept
        Of the model of any error.
    any_error
        (4,) coefficients of the terms of each kind of evidence, in the order of `kind_models.expanded`.
    by_kind
        The same, with the intercept first, for each kind of error.
    """

    intercept: float
    any_error: dict[str, list[float]]
    by_kind: dict[Suspect, tuple[float, dict[str, list[float]]]]

    def score(self, names: Sequence[str], of_image: Reals, of_batch: Reals) -> Floats:
        """(n,) log odds of an error of objects whose evidence has these names; deviations are (n, p)."""
        coefficients = _in_order(names, self.intercept, self.any_error)
        return KindModels({"merged": coefficients}).scores(of_image, of_batch)[:, 0]

    def kind_scores(self, names: Sequence[str], of_image: Reals, of_batch: Reals) -> Floats:
        """(n, 4) log odds of each kind of error."""
        return KindModels(self.coefficients(names)).scores(of_image, of_batch)

    def coefficients(self, names: Sequence[str]) -> dict[Suspect, Floats]:
        """Coefficients of the kinds of error for evidence of these names, as `KindModels` has them."""
        return {kind: _in_order(names, intercept, terms) for kind, (intercept, terms) in self.by_kind.items()}


def _in_order(names: Sequence[str], intercept: float, terms: dict[str, list[float]]) -> Floats:
    """Coefficients in the order of `expanded`; 0 for what the prior does not know."""
    out = np.zeros((TERMS, len(names)))
    for at, name in enumerate(generic_names(names)):
        if name in terms:
            out[:, at] = terms[name]
    return np.concatenate([[intercept], out.ravel()])


def generic_names(names: Sequence[str]) -> list[str]:
    """Names of evidence with `channel` in the place of the first channel's name."""
    first = next((name.rsplit(" ", 1)[0] for name in names if " " in name), None)
    out = []
    for name in names:
        channel, _, what = name.rpartition(" ")
        out.append(f"{CHANNEL} {what}" if channel and channel == first else name)
    return out


def read_prior(text: str) -> Prior:
    """The prior of the text of such a file."""
    content = json.loads(text)
    kinds: dict[Suspect, tuple[float, dict[str, list[float]]]] = {}
    for kind in SUSPECTS:
        if kind in content["kinds"]:
            kinds[kind] = (content["kinds"][kind]["intercept"], content["kinds"][kind]["terms"])
    return Prior(content["intercept"], content["terms"], kinds)


@cache
def shipped_prior() -> Prior:
    """The prior that comes with the program."""
    return read_prior(files("tuiqc.triage").joinpath("prior.json").read_text("utf-8"))
