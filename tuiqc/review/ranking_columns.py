"""The columns that an order worst first, and evidence, give to tables; prepared in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.review.object_rows import ObjectRows, rows_in
from tuiqc.review.rows import ColumnGroup, free_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.review.image_rows import ImageRows
    from tuiqc.tables.store import Prepared
    from tuiqc.triage.image_suspicion import ImageSuspicion
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.population import Population
    from tuiqc.triage.segmenter_scores import ScoreColumns

SUSPICION, SUSPECT, WHY, TURN = "suspicion", "suspect", "why", "rank"
"""Columns of the object table; `rank` is the turn at which an object is looked at, 1 first."""


@dataclass(frozen=True)
class TakenOrder:
    """An order as it was taken: it stays as it is whatever is learned afterwards.

    Attributes
    ----------
    ranking
        What it was made from.
    turns
        (n,) turn of each object of the ranking, from 1.
    arms
        (n,) why it has that turn: "worst", "uncertain" or "random".
    """

    ranking: Ranking
    turns: NDArray[np.int64]
    arms: NDArray[np.str_]


@dataclass(frozen=True)
class OrderColumns:
    """The columns of an order for a table that has not got them yet, and their names there."""

    names: dict[str, str]
    made: Prepared

    def put(self, rows: ObjectRows) -> bool:
        """Give the rows the columns; False if their table is another one meanwhile."""
        if not rows.view.take_prepared(self.made):
            return False
        names = rows.ranked = self.names
        rows.order_words[names[TURN]] = "worst first"
        rows.leading = {names[SUSPICION]: "susp", names[SUSPECT]: SUSPECT, names[WHY]: WHY}
        return True


@dataclass(frozen=True)
class MeasuredEvidence:
    """Evidence as columns of a table that has not got them yet.

    Attributes
    ----------
    population
        The objects that it is of.
    group
        Their heading, and what each is.
    made
        The table with them.
    """

    population: Population
    group: ColumnGroup
    made: Prepared

    def put(self, rows: ObjectRows) -> bool:
        """Give the rows the columns; False if their table is another one meanwhile."""
        if not rows.view.take_prepared(self.made):
            return False
        rows.evidence = self.population
        rows.groups["evidence"] = self.group
        return True


def order_columns(order: TakenOrder, rows: ObjectRows, *, blind: bool) -> OrderColumns:
    """The columns of an order for rows; `blind` hides what is suspected of objects without a verdict."""
    ranking = order.ranking
    found = rows_in(ranking, rows)
    there = found >= 0
    at = found[there]
    suspicion = np.full(rows.total, np.nan)
    suspicion[there] = np.round(ranking.suspicion[at])
    turn = np.full(rows.total, np.nan)
    turn[there] = order.turns[at]
    suspect, why = np.full(rows.total, "", dtype=object), np.full(rows.total, "", dtype=object)
    wrong = np.flatnonzero(there)[ranking.looks_wrong[at]]
    if len(wrong):
        suspect[wrong] = [f"{one}?" for one in ranking.suspects[found[wrong]].tolist()]
        why[wrong] = ranking.why(found[wrong])
    if blind:
        hidden = rows.codes == 0
        suspicion[hidden], suspect[hidden], why[hidden] = np.nan, "", ""
    columns = {SUSPICION: suspicion, SUSPECT: suspect, WHY: why, TURN: turn}
    names = {name: column_name(rows, name) for name in columns}
    return OrderColumns(names, rows.view.prepared({names[name]: columns[name] for name in names}))


def put_image_columns(rows: ImageRows, found: Sequence[ImageSuspicion]) -> None:
    """Give the image rows what is suspected of them."""
    at = np.array([one.image for one in found], np.int64)
    suspicion, why = np.full(rows.total, np.nan), np.full(rows.total, "", dtype=object)
    suspicion[at] = np.round([one.suspicion for one in found])
    why[at] = [one.why if one.looks_wrong else "" for one in found]
    names = {name: free_column(name, rows.view.given) for name in (SUSPICION, WHY)}
    rows.view.put_columns({names[SUSPICION]: suspicion, names[WHY]: why})
    rows.ranked = names
    rows.leading = {names[SUSPICION]: "susp", names[WHY]: WHY}
    rows.order_words[names[SUSPICION]] = "worst first"


def measured_evidence(ranking: Ranking, rows: ObjectRows, *, off: bool) -> MeasuredEvidence:
    """The evidence of a ranking as columns for rows, `off` if they are not shown until chosen; for a thread.

    A column of the table that has such a name stays what it is: then ours has another one.
    """
    from tuiqc.triage.evidence_columns import about_columns, evidence_columns

    known = rows.groups.get("evidence")
    given = set(rows.view.given) - set(known.about if known is not None else ())
    names = {name: free_column(name, given) for name in evidence_columns(ranking)}
    found = rows_in(ranking, rows)
    columns = {
        names[name]: np.append(values.astype(np.float32), np.float32(np.nan))[found]
        for name, values in evidence_columns(ranking).items()
    }
    about = {names[name]: said for name, said in about_columns(ranking.population.names).items()}
    heading = "Evidence: what the order worst first looks at"
    return MeasuredEvidence(ranking.population, ColumnGroup(heading, about, off), rows.view.prepared(columns))


def column_name(rows: ObjectRows, name: str) -> str:
    """The name that one of these columns has beside those that a table brings."""
    return rows.ranked.get(name) or free_column(name, rows.view.given)


def scores_said(rows: ObjectRows) -> ScoreColumns | None:
    """What the segmenter said of its objects in a column of their table, None if there is none; for a thread."""
    from tuiqc.triage.segmenter_scores import ScoreColumns, score_column

    name = score_column(rows.view.given)
    numbers = None if name is None else rows.view.numbers(name)
    if numbers is None:
        return None
    times = np.zeros(rows.total, np.int64) if rows.times is None else rows.times
    return ScoreColumns(rows.images, rows.labels, times, numbers.floats())
