"""Which objects a person should look at next: the worst first, then by turns what is uncertain and what is random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.verdicts import Verdicts

Arm = Literal["worst", "uncertain", "random"]
"""Why an object is shown: failures among the random ones alone say how good a batch is."""

ARMS: tuple[Arm, ...] = get_args(Arm)

WORST_FIRST = 20
"""Objects that are shown in the order of their suspicion before others are put among them."""

_MIXED = 20
"""Objects after these of which every other is uncertain and every other random; then again the worst come first."""

_UNCERTAIN = 0.85
"""Quantile of the score next to which objects are uncertain."""


@dataclass(frozen=True)
class NextOrder:
    """What to look at, the next first.

    Attributes
    ----------
    rows
        (m,) rows of the ranking that have no verdict.
    arms
        Why each is there.
    """

    rows: NDArray[np.int64]
    arms: tuple[Arm, ...]


def next_order(ranking: Ranking, verdicts: Verdicts, n_walked: int, *, seed: int = 0) -> NextOrder:
    """All objects without a verdict in the order in which to look at them.

    Parameters
    ----------
    verdicts
        What has been judged; these are left out.
    n_walked
        How many have been judged in this order already: up to 20 the worst come first; of the 20 after them every other
        one is next to the 85 % quantile of the score and every other one is drawn at random; then the worst again.
    seed
        Of the random ones. The draw does not depend on how far one has come.
    """
    open_rows = ranking.order[~_judged(ranking, verdicts)[ranking.order]]
    worst = max(0, WORST_FIRST - n_walked)
    mixed = _MIXED - max(0, min(_MIXED, n_walked - WORST_FIRST))
    head = open_rows[:worst]
    rest = open_rows[worst:]
    turns, arms = _by_turns(ranking, rest, mixed, n_walked + worst, seed)
    taken = np.zeros(len(ranking.order), bool)
    taken[turns] = True
    tail = rest[~taken[rest]]
    first: list[Arm] = ["worst"] * len(head)
    last: list[Arm] = ["worst"] * len(tail)
    return NextOrder(np.concatenate([head, turns, tail]).astype(np.int64), (*first, *arms, *last))


def _by_turns(
    ranking: Ranking, rows: NDArray[np.int64], count: int, walked: int, seed: int
) -> tuple[NDArray[np.int64], list[Arm]]:
    count = min(count, len(rows))
    if not count:
        return np.zeros(0, np.int64), []
    score = ranking.score[rows]
    uncertain = iter(rows[np.argsort(np.abs(score - np.quantile(score, _UNCERTAIN)), kind="stable")].tolist())
    lots = np.random.default_rng(seed).permutation(
        len(ranking.order)
    )  # each object has its lot, judged or not
    drawn = iter(rows[np.argsort(lots[rows], kind="stable")].tolist())
    chosen: dict[int, Arm] = {}
    for at in range(count):
        random = (walked + at - WORST_FIRST) % 2 == 1
        source = drawn if random else uncertain
        row = next(one for one in source if one not in chosen)
        chosen[row] = "random" if random else "uncertain"
    return np.array(list(chosen), np.int64), list(chosen.values())


def _judged(ranking: Ranking, verdicts: Mapping[tuple[str, int, int], object]) -> NDArray[np.bool_]:
    out = np.zeros(len(ranking.order), bool)
    out[ranking.rows_of(verdicts)] = True
    return out
