"""Takes the order worst first: worked out in a thread, shown with its columns and with candidates among the objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuiqc.review.changes import Changes
from tuiqc.review.ranking_columns import (
    SUSPECT,
    TURN,
    MeasuredEvidence,
    OrderColumns,
    TakenOrder,
    column_name,
)
from tuiqc.review.session import Session
from tuiqc.tables.filters.tree import columns_used
from tuiqc.ui.jobs import LONG, Cancelled, Jobs

if TYPE_CHECKING:
    from tuiqc.review.candidate_rows import CandidateRows
    from tuiqc.review.object_rows import ObjectRows
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.ui.status import Status
    from tuiqc.ui.table_panes import TablePanes


def summary_words(ranking: Ranking) -> str:
    """What looks wrong, and how many places may be missed objects."""
    found = len(ranking.found)
    missed = f" · {found:,} place{'s' * (found != 1)} of missed ones?" if found else ""
    return ranking.summary_line() + missed


@dataclass(frozen=True)
class _Made:
    """An order as it is to be shown: its columns, the rows of objects sorted by it, the candidates."""

    order: TakenOrder
    columns: OrderColumns
    candidates: CandidateRows


class OrderWork:
    """Nothing of what is shown changes until all of it is there.

    Attributes
    ----------
    grouped
        Whether objects are grouped by what they are suspected of.
    """

    def __init__(
        self,
        session: Session,
        tables: TablePanes,
        status: Status,
        jobs: Jobs,
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._tables, self._status, self._jobs = session, tables, status, jobs
        self._changed = changed
        self.grouped = False

    def take(self, *, go: bool) -> None:
        """Show objects and images in the newest order; with `go` the first that has no verdict becomes current."""
        session, ranking = self._session, self._session.ranking
        newest, rows = ranking.newest, session.tables.objects
        if newest is None or rows is None or rows.layer != newest.layer:
            return

        def work(cancelled: Cancelled) -> _Made:
            from tuiqc.review.candidate_rows import candidate_rows

            order = ranking.next_order(newest, ranking.verdicts(newest.layer))
            candidates = candidate_rows(session.batch, newest, session.store.items())
            return _Made(order, ranking.columns(order, rows), candidates)

        def done(made: _Made) -> None:
            if session.tables.objects is not rows or not made.columns.put(rows):
                self.take(go=go)  # more rows or columns have come meanwhile
                return
            ranking.take(made.order)
            session.tables.set_candidates(made.candidates)
            if rows.evidence is not newest.population:
                self.put_evidence()
            ranking.put_images(session.tables.images, sort=go)
            self._changed(Changes.COLUMNS)
            self._sort(rows, go)

        self._jobs.latest("rank order", LONG, work, done, lambda error: self._status.say(str(error)))

    def _sort(self, rows: ObjectRows, go: bool) -> None:
        keys = [(column_name(rows, TURN), False)]
        if self.grouped:
            keys = [(column_name(rows, SUSPECT), False), *keys]
        if go:
            self._session.cursor.set_level("object")
            self._tables.sort(keys, "object", self._to_first_open)
            return

        def done(order: Any) -> None:
            if self._session.tables.objects is not rows:
                return
            rows.take_order(keys, order)
            self._changed(Changes.ROWS)

        say = self._status.say
        self._jobs.latest(
            "sort",
            rows.total,
            lambda cancelled: rows.view.ordered(keys),
            done,
            lambda error: say(str(error)),
        )

    def _to_first_open(self) -> None:
        """Go to the worst one that has no verdict, and say what there is."""
        session, ranking = self._session, self._session.ranking.newest
        rows = session.tables.objects
        if rows is None or ranking is None:
            return
        row = rows.next_unreviewed(-1)
        if row is not None:
            session.cursor.go_object(row)
        self._status.say(summary_words(ranking))

    # --- evidence

    def put_evidence(self) -> None:
        """Give the object table the columns of evidence, prepared in a thread; its order stays."""
        rows, ranking = self._session.tables.objects, self._session.ranking
        if rows is None:
            return

        def done(found: MeasuredEvidence | None) -> None:
            if self._session.tables.objects is not rows or (found is not None and not found.put(rows)):
                self.put_evidence()  # the table is another one meanwhile
            elif found is not None:
                self._evidence_came(rows, found)

        self._jobs.latest(
            "evidence",
            LONG,
            lambda cancelled: ranking.prepare_evidence(rows),
            done,
            lambda error: self._status.say(str(error)),
        )

    def _evidence_came(self, rows: ObjectRows, found: MeasuredEvidence) -> None:
        """Sort and filter by it where the last session did, or the person does."""
        names = found.group.about
        if any(name in names for name, _ in rows.lost_keys):
            rows.restore_sort(rows.wanted_keys)
        self._changed(Changes.COLUMNS)
        if any(names.keys() & set(columns_used(one.expression)) for one in rows.stack.filters if one.on):
            self._tables.apply_filters("object")
