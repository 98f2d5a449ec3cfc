"""What looks wrong among the objects of a layer: the newest ranking, and the order that was taken from it.

The order changes only when it is taken: while more is measured, or learned from verdicts, nothing moves under the
cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from tuiqc.qc.record import Subject
from tuiqc.review.changes import Changes
from tuiqc.review.object_rows import ObjectRows, rows_in
from tuiqc.review.rows import ColumnGroup, free_column
from tuiqc.review.session_tables import Changed, SessionTables, unheard
from tuiqc.review.walked import load_walked, save_walked
from tuiqc.triage.lessons import Lessons

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.review.image_rows import ImageRows
    from tuiqc.review.rule_book import RuleBook
    from tuiqc.tables.store import Prepared
    from tuiqc.triage.image_suspicion import ImageSuspicion
    from tuiqc.triage.learning_summary import LearningSummary, Walked
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.population import Population
    from tuiqc.triage.review_order import Arm
    from tuiqc.triage.segmenter_scores import ScoreColumns
    from tuiqc.triage.verdicts import Verdicts

SUSPICION, SUSPECT, WHY, TURN = "suspicion", "suspect", "why", "rank"
"""Columns of the object table; `rank` is the turn at which an object is looked at, 1 first."""

Points = tuple[tuple[float, float], ...]

_REFIT_AFTER = 5
"""Verdicts after which the models are fitted anew."""


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


class SessionRanking:
    """The ranking of the active layer; made elsewhere, taken by the person.

    Attributes
    ----------
    newest
        What was made last, None before that.
    taken
        The order that the table has a column of, None before the first was taken.
    done, total
        Planes that have been measured, of how many.
    making
        Whether it is being made.
    blind
        Whether what is suspected is hidden until the verdict is given.
    marking
        Whether the picture shows the place of the evidence.
    images, images_taken
        What is suspected of the images, and what of that the image table has; None before it is known.
    places
        Points (x, y) of that place in image pixels, of the objects for which it was looked for.
    learning
        What is said of the verdicts that it has learned from, None before any.
    trouble
        Why there is no ranking, "" if nothing went wrong.
    rules
        The rules with names on the objects that were measured, None before anybody asked for them.
    unkept
        Whether something was walked that is not on disk.
    lessons
        What was learned before: verdicts of others, models of earlier batches.
    """

    def __init__(self, tables: SessionTables, changed: Changed = unheard) -> None:
        self._tables, self.changed = tables, changed
        self.newest: Ranking | None = None
        self.taken: TakenOrder | None = None
        self.done = self.total = 0
        self.making = self.marking = False
        self.blind = tables.store.blind
        self.learning: LearningSummary | None = None
        self.trouble = ""
        self.images: tuple[ImageSuspicion, ...] | None = None
        self.images_taken: tuple[ImageSuspicion, ...] | None = None
        self.places: dict[Subject, Points] = {}
        self.lessons = Lessons()
        self.rules: RuleBook | None = None
        self._walked: dict[Subject, str] = {}
        self.unkept = False
        self._since_fit = 0

    # --- what comes

    def begin(self) -> None:
        """Another layer, or everything anew: nothing is known, and what was walked is read again."""
        self.newest, self.taken, self.learning, self.trouble = None, None, None, ""
        self.images = self.images_taken = self.rules = None
        self.places.clear()
        self.done = self.total = self._since_fit = 0
        self._walked = load_walked(self._tables.store.path)
        self.changed(Changes.RANKING)

    def progress(self, done: int, total: int) -> None:
        """So much has been measured."""
        self.done, self.total = done, total
        self.changed(Changes.RANKING)

    def take_in(self, ranking: Ranking) -> None:
        """A newer ranking; the table keeps its order."""
        self.newest, self._since_fit = ranking, 0
        self.changed(Changes.RANKING)

    def take_in_images(self, images: tuple[ImageSuspicion, ...]) -> None:
        """What is suspected of the images is known; their table gets it with the next order."""
        self.images = images
        self.changed(Changes.RANKING)

    # --- the order

    def verdicts(self, layer: str) -> Verdicts:
        """What was said of the objects of a layer, by others too where it may be seen; for a thread."""
        from tuiqc.triage.verdicts import verdicts_of

        return verdicts_of(self._tables.store.items(), layer)

    def all_verdicts(self, layer: str) -> Verdicts:
        """These, and what others said in files that were given to learn from; for a thread."""
        return {**self.lessons.of(layer).verdicts, **self.verdicts(layer)}

    def next_order(self, ranking: Ranking, verdicts: Verdicts) -> TakenOrder:
        """The order in which the objects are looked at from now on; for a thread.

        What is to be looked at next stands in front: the worst ones, or by turns an uncertain and a random one.
        """
        from tuiqc.triage.review_order import next_order

        found = next_order(ranking, verdicts, len(self._walked))
        first = np.asarray(found.rows, np.int64)
        arms = np.full(len(ranking.labels), "worst", dtype="<U9")
        arms[first] = np.asarray(found.arms, dtype="<U9")
        rest = ranking.order[~np.isin(ranking.order, first)]
        turns = np.empty(len(ranking.labels), np.int64)
        turns[np.concatenate([first, rest])] = np.arange(1, len(turns) + 1)
        return TakenOrder(ranking, turns, arms)

    def columns(self, order: TakenOrder, rows: ObjectRows) -> OrderColumns:
        """The columns of an order for rows; for a thread."""
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
        if self.blind:
            hidden = rows.codes == 0
            suspicion[hidden], suspect[hidden], why[hidden] = np.nan, "", ""
        columns = {SUSPICION: suspicion, SUSPECT: suspect, WHY: why, TURN: turn}
        names = {name: column_name(rows, name) for name in columns}
        return OrderColumns(names, rows.view.prepared({names[name]: columns[name] for name in names}))

    def take(self, order: TakenOrder) -> None:
        """Have this order from now on; its columns are put into the rows by `put`."""
        self.taken, self.images_taken = order, self.images
        self.changed(Changes.RANKING)

    def put(self, rows: ObjectRows) -> None:
        """Give rows the columns of the order that was taken, if one was, and of evidence; unless they have them."""
        if (evidence := self.prepare_evidence(rows)) is not None:
            evidence.put(rows)
        if self.rules is not None and self.rules.ranking.layer == rows.layer and "rules" not in rows.groups:
            self.rules.put(rows)
        if self.taken is None or self.taken.ranking.layer != rows.layer:
            return
        if not rows.ranked:
            self.columns(self.taken, rows).put(rows)

    def prepare_evidence(self, rows: ObjectRows) -> MeasuredEvidence | None:
        """The newest evidence as columns for rows, None if they have it already; for a thread."""
        newest = self.newest
        if newest is None or newest.layer != rows.layer or rows.evidence is newest.population:
            return None
        return measured_evidence(newest, rows, off=self._tables.batch.has_table(rows.layer))

    def put_images(self, rows: ImageRows, *, sort: bool = True) -> None:
        """Give the image rows what is suspected of them, and order them by it; nothing if that was not taken."""
        found = self.images_taken
        if found is None:
            return
        if not rows.ranked:
            self._put_image_columns(rows, found)
        if sort:
            rows.restore_sort([(rows.ranked[SUSPICION], True)])

    def _put_image_columns(self, rows: ImageRows, found: Sequence[ImageSuspicion]) -> None:
        at = np.array([one.image for one in found], np.int64)
        suspicion, why = np.full(rows.total, np.nan), np.full(rows.total, "", dtype=object)
        suspicion[at] = np.round([one.suspicion for one in found])
        why[at] = [one.why if one.looks_wrong else "" for one in found]
        names = {name: free_column(name, rows.view.given) for name in (SUSPICION, WHY)}
        rows.view.put_columns({names[SUSPICION]: suspicion, names[WHY]: why})
        rows.ranked = names
        rows.leading = {names[SUSPICION]: "susp", names[WHY]: WHY}
        rows.order_words[names[SUSPICION]] = "worst first"

    def reveal(self, subjects: Sequence[Subject]) -> None:
        """Show what was suspected of what has a verdict now, and hide it again after an undo; only if it is hidden."""
        rows, order = self._tables.objects, self.taken
        if not self.blind or rows is None or order is None or not rows.ranked:
            return
        ranking = order.ranking
        columns = {name: rows.view.column(rows.ranked[name]).copy() for name in (SUSPICION, SUSPECT, WHY)}
        for subject in subjects:
            place, at = self._tables.place_of(subject), self.row_of(subject)
            if place is None or place[0] is not rows or at is None:
                continue
            said = bool(self._tables.verdict(subject))
            wrong = said and bool(ranking.looks_wrong[at])
            columns[SUSPICION][place[1]] = round(float(ranking.suspicion[at])) if said else np.nan
            columns[SUSPECT][place[1]] = f"{ranking.suspects[at]}?" if wrong else ""
            columns[WHY][place[1]] = ranking.why(np.array([at]))[0] if wrong else ""
        rows.view.put_columns({rows.ranked[name]: values for name, values in columns.items()})

    # --- one object

    def row_of(self, subject: Subject | None) -> int | None:
        """Row of an object in the ranking that was taken (else the newest), None if it is not of it."""
        ranking = self.shown
        image = None if subject is None else self._tables.index_of_image(subject.image)
        if ranking is None or subject is None or image is None:
            return None
        if subject.level != "object" or subject.layer != ranking.layer:
            return None
        return ranking.row_of(image, subject.label, subject.t)

    @property
    def shown(self) -> Ranking | None:
        """The ranking that the screen speaks of: the one whose order was taken, else the newest."""
        return self.taken.ranking if self.taken is not None else self.newest

    @property
    def newer(self) -> bool:
        """Whether more is known than when the order was taken."""
        if self.taken is None:
            return False
        return self.newest is not self.taken.ranking or self.images is not self.images_taken

    @property
    def not_known(self) -> str:
        """Why nothing can be said yet."""
        if self.making:
            return (
                f"it is being measured ({self.done:,} of {self.total:,}): once more when something is known"
            )
        return "nothing has been measured yet: R measures"

    def hides(self, subject: Subject) -> bool:
        """Whether what is suspected of it is not to be seen yet."""
        return self.blind and not self._tables.verdict(subject)

    # --- learning

    def decided(self, subjects: Sequence[Subject]) -> None:
        """Something was decided: what was walked in the order that was taken is counted by why it was shown."""
        order = self.taken
        if order is None:
            return
        new = False
        for subject in subjects:
            at = self.row_of(subject)
            if at is None or not self._tables.verdict(subject):
                continue
            self._since_fit += 1
            if subject not in self._walked:
                self._walked[subject] = str(order.arms[at])
                new = True
        self.reveal(subjects)
        self.unkept = self.unkept or (new and not self._tables.store.read_only)

    def keep_walked(self) -> None:
        """Write down what was walked, if something of it is not on disk; for a thread."""
        if self.unkept:
            self.unkept = False
            save_walked(self._tables.store.path, dict(self._walked))

    @property
    def fit_due(self) -> bool:
        """Whether so much was decided that the models should be fitted anew."""
        return self.newest is not None and self._since_fit >= _REFIT_AFTER

    def walked(self, layer: str) -> list[Walked]:
        """What was walked and has a verdict, in the order in which it was; for a thread."""
        from tuiqc.triage.learning_summary import Walked

        verdicts = (
            (arm, self._tables.verdict(one)) for one, arm in list(self._walked.items()) if one.layer == layer
        )
        return [
            Walked(cast("Arm", arm), verdict == "fail")
            for arm, verdict in verdicts
            if verdict in ("pass", "fail")
        ]


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


# --- kept beside the place of the session
