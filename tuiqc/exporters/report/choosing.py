"""Which failed and which passed things a report shows: all of them, or as many as asked for by lot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.qc.verdict import CODES
from tuiqc.review.rows import Rows


@dataclass(frozen=True)
class Choice:
    """Positions of rows in the frame, in the order in which they are shown, out of `whole` with that verdict."""

    verdict: str
    positions: NDArray[np.int64]
    whole: int


def choose(rows: Rows, verdict: str, most: int, seed: int) -> Choice:
    """Return at most `most` rows with a verdict, drawn without replacement; the same seed draws the same.

    They come in the order of the table; failed ones by reason first, those without a reason last.
    """
    found = np.flatnonzero(rows.codes == CODES[verdict])
    positions = found
    if len(found) > most:
        random = np.random.Generator(np.random.PCG64([seed, CODES[verdict]]))
        positions = np.sort(random.choice(found, most, replace=False))
    if verdict == "fail":
        reasons = [str(text) for text in rows.view.column(rows.own["reason"])[positions]]
        order = sorted(range(len(positions)), key=lambda at: (not reasons[at], reasons[at].casefold(), at))
        positions = positions[np.array(order, np.int64)]
    return Choice(verdict, positions.astype(np.int64), len(found))
