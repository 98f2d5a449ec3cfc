"""What looks wrong among the objects of a layer: the newest ranking, and the order that was taken from it.

The order changes only when it is taken: while more is measured, or learned from verdicts, nothing moves under the
cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from tuiqc.qc.record import Subject
from tuiqc.review.changes import Changes
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.ranking_columns import (
    SUSPECT,
    SUSPICION,
    WHY,
    MeasuredEvidence,
    OrderColumns,
    TakenOrder,
    measured_evidence,
    order_columns,
    put_image_columns,
)
from tuiqc.review.session_tables import Changed, SessionTables, unheard
from tuiqc.review.walked import load_walked, save_walked
from tuiqc.triage.lessons import Lessons

if TYPE_CHECKING:
    from tuiqc.review.image_rows import ImageRows
    from tuiqc.review.rule_book import RuleBook
    from tuiqc.triage.image_suspicion import ImageSuspicion
    from tuiqc.triage.learning_summary import LearningSummary, Walked
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.review_order import Arm
    from tuiqc.triage.verdicts import Verdicts

Points = tuple[tuple[float, float], ...]

_REFIT_AFTER = 5
"""Verdicts after which the models are fitted anew."""


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
        return order_columns(order, rows, blind=self.blind)

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
            put_image_columns(rows, found)
        if sort:
            rows.restore_sort([(rows.ranked[SUSPICION], True)])

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
