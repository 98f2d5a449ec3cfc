"""Makes the ranking while the person goes on: measured and trained in a process of its own, fitted anew in a thread."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from textual.timer import Timer

from tuiqc.errors import TuiqcError
from tuiqc.review.changes import Changes
from tuiqc.review.ranking import SUSPECT, TURN, SessionRanking, column_name, scores_said
from tuiqc.review.session import Session
from tuiqc.review.state_files import remember, remembered
from tuiqc.tables.filters.tree import columns_used
from tuiqc.ui.jobs import LONG, Cancelled, Jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuiqc.review.object_rows import ObjectRows
    from tuiqc.review.ranking import MeasuredEvidence, OrderColumns, TakenOrder
    from tuiqc.triage.batch_ranking import Step
    from tuiqc.triage.learning_summary import LearningSummary
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.ranking_process import ImagesFound, RankingRequest
    from tuiqc.ui.status import Status
    from tuiqc.ui.table_panes import TablePanes

_SOON = 1.5
"""Seconds after the last object was read: the keys of the first seconds have the processor for themselves."""


_PAUSE = 0.3
"""Seconds between two words of how far the measuring is."""


class StepSource(Protocol):
    """What ranks in steps."""

    def steps(self) -> Iterator[Step | ImagesFound]:
        """Yield what comes."""

    def stop(self) -> None:
        """End early."""


def _process(request: RankingRequest) -> StepSource:
    from tuiqc.triage.ranking_process import RankingProcess

    return RankingProcess(request)


class RankingWork:
    """Begins when the objects have been read, ends with the session; what is newer takes the place of what is older.

    Parameters
    ----------
    ahead
        Planes that are measured before anybody asks: the batch may be a plate of terabytes.

    Attributes
    ----------
    source
        Makes what ranks; to be replaced where no process is wanted.
    delay
        Seconds between the last object read and the beginning.
    """

    source: Callable[[RankingRequest], StepSource] = staticmethod(_process)
    delay = _SOON

    def __init__(
        self,
        session: Session,
        tables: TablePanes,
        status: Status,
        jobs: Jobs,
        changed: Callable[[Changes], None],
        ahead: int,
    ) -> None:
        self._session, self._tables, self._status, self._jobs = session, tables, status, jobs
        self._changed, self._ahead = changed, ahead
        self._layer = ""
        self._timer: Timer | None = None
        self._running: StepSource | None = None
        self._told = 0.0
        self._ticket = 0
        self._asked = self._order_wanted = self._group = False

    @property
    def _ranking(self) -> SessionRanking:
        return self._session.ranking

    @property
    def text(self) -> str:
        """How far the measuring is, "" while nothing is measured."""
        ranking = self._ranking
        return f"ranking {ranking.done:,} of {ranking.total:,}" if ranking.making and ranking.total else ""

    # --- beginning and end

    def follow(self, changes: Changes, reading: str) -> None:
        """See whether there is something to begin: the objects were read, or enough was decided."""
        cursor, objects = self._session.cursor, self._session.tables.objects
        if cursor.layer != self._layer:
            self.stop()
            self._layer = cursor.layer
            self._asked = self._order_wanted = False
            self._ranking.begin()
        wanted = self._ahead > 0 and self._timer is None and objects is not None and not reading
        if wanted and self._can_rank:
            self._timer = self._jobs.after(self.delay, self._begin)
        if Changes.VERDICTS in changes and self._ranking.fit_due:
            self._fit()

    @property
    def _can_rank(self) -> bool:
        """Whether the layer has masks: outlines are what is looked at."""
        return any(image.masks.get(self._layer) for image in self._session.batch.images)

    def stop(self) -> None:
        """Measure no more."""
        self._ticket += 1
        self._ranking.making = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _begin(self) -> None:
        """Measure, the images in sight first."""
        from tuiqc.triage.ranking_process import ImagesFound, RankingRequest

        session, ranking = self._session, self._ranking
        if ranking.making or self._jobs.stopped:
            return
        self._ticket += 1
        ticket, asked = self._ticket, self._asked
        batch, layer, first = session.batch, self._layer, self._in_sight()
        objects = session.tables.objects
        ranking.making, ranking.trouble = True, ""

        def work() -> str:
            try:
                request = RankingRequest(
                    batch,
                    layer,
                    _other(batch, layer),
                    first,
                    ranking.all_verdicts(layer),
                    ranking.lessons.of(layer).models,
                    None if objects is None else scores_said(objects),
                )
                source = self.source(request)
                self._running = source
                for step in source.steps():
                    if ticket != self._ticket or self._jobs.stopped:
                        source.stop()
                        return ""
                    self._tell(ticket, step)
                    if isinstance(step, ImagesFound):
                        continue
                    if not asked and step.ranking is not None and step.ranking.measured >= self._ahead:
                        source.stop()
                        return ""
            except TuiqcError as error:
                return str(error)
            except Exception as error:  # the session goes on without
                return f"{type(error).__name__}: {error}"
            return ""

        self._jobs.once(f"ranking {ticket}", work, lambda trouble: self._ended(ticket, trouble))

    def _tell(self, ticket: int, step: Step | ImagesFound) -> None:
        """Hand a step over to the loop; of those that only say how far it is, a few a second."""
        from tuiqc.triage.ranking_process import ImagesFound

        def take() -> None:
            if ticket != self._ticket:
                return
            if isinstance(step, ImagesFound):
                self._ranking.take_in_images(step.images)
                return
            self._ranking.progress(step.done, step.total)
            if step.ranking is not None:
                self._newer(step.ranking)

        if isinstance(step, ImagesFound):
            self._jobs.deliver("ranking images", take)
        elif step.ranking is not None:
            self._jobs.deliver("ranking", take)
        elif monotonic() - self._told >= _PAUSE:
            self._told = monotonic()
            self._jobs.deliver("ranking progress", take)

    def _ended(self, ticket: int, trouble: str) -> None:
        if ticket != self._ticket:
            return
        self._running = None
        self._ranking.making, self._ranking.trouble = False, trouble
        if trouble and self._asked:
            self._status.say(f"no order: {trouble}")
        self._changed(Changes.RANKING)

    def _in_sight(self) -> tuple[int, ...]:
        """Images in the order in which they are measured: the current one, then as the image table has them."""
        images, current = self._session.tables.images.view, self._session.cursor.image
        row = images.index_of(current) or 0
        near = images.order[row : row + 8].tolist()
        return tuple(dict.fromkeys([current, *near]))

    # --- a newer ranking

    def _newer(self, ranking: Ranking) -> None:
        """The order stays; it is said that there is one, once for each batch."""
        first = self._ranking.newest is None
        self._ranking.take_in(ranking)
        self._summarise()
        if first or ranking.complete:
            self._put_evidence()
        if self._order_wanted or (first and self._was_in_order()):
            self._take(go=self._order_wanted)
        elif first:
            self._announce(ranking)

    def _put_evidence(self) -> None:
        """Give the object table the columns of evidence, prepared in a thread; its order stays."""
        rows, ranking = self._session.tables.objects, self._ranking
        if rows is None:
            return

        def done(found: MeasuredEvidence | None) -> None:
            if self._session.tables.objects is not rows or (found is not None and not found.put(rows)):
                self._put_evidence()  # the table is another one meanwhile
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

    def _was_in_order(self) -> bool:
        """Whether the last session stopped in this order: it goes on in it."""
        rows = self._session.tables.objects
        return rows is not None and column_name(rows, TURN) in [name for name, _ in rows.lost_keys]

    def _announce(self, ranking: Ranking) -> None:
        key = str(self._session.store.path.absolute()).encode("utf-8", "replace") + self._layer.encode()
        if remembered("ranked", key) is None:
            remember("ranked", key, True)
            self._status.say(f"R: {self._summary(ranking)}")

    # --- the order

    def take_order(self, *, grouped: bool = False) -> str:
        """Order objects (and images) worst first, as it is known now; the first that was not judged becomes current.

        Returns the name of the column by which they are grouped, "" for none.
        """
        ranking, rows = self._ranking, self._session.tables.objects
        self._group = grouped
        column = column_name(rows, SUSPECT) if grouped and rows is not None else ""
        if not self._can_rank:
            self._status.say("there are no masks here: objects are ranked by their outlines")
            return column
        unfinished = ranking.newest is None or not ranking.newest.complete
        if unfinished and not (ranking.making and self._asked):
            self._ask_for_all()
        if ranking.newest is None:
            self._order_wanted = True
            self._status.say("measuring: the worst come first as soon as something is known")
        else:
            self._take(go=True)
        return column

    def _ask_for_all(self) -> None:
        """Measure all of the batch, not only its beginning."""
        if self._ranking.making:
            self.stop()
        self._asked = True
        self._begin()

    def _take(self, *, go: bool) -> None:
        """Work out the order and its columns in a thread, then show them."""
        self._order_wanted = False
        session, ranking = self._session, self._ranking
        newest, rows = ranking.newest, session.tables.objects
        if newest is None or rows is None or rows.layer != newest.layer:
            return

        def work(cancelled: Cancelled) -> tuple[TakenOrder, OrderColumns]:
            order = ranking.next_order(newest, ranking.verdicts(newest.layer))
            return order, ranking.columns(order, rows)

        def done(found: tuple[TakenOrder, OrderColumns]) -> None:
            order, columns = found
            if session.tables.objects is not rows or not columns.put(rows):
                self._take(go=go)  # more rows or columns have come meanwhile
                return
            ranking.take(order)
            if rows.evidence is not newest.population:
                self._put_evidence()
            ranking.put_images(session.tables.images, sort=go)
            self._changed(Changes.COLUMNS)
            self._sort(rows, go)

        self._jobs.latest("rank order", LONG, work, done, lambda error: self._status.say(str(error)))

    def _sort(self, rows: ObjectRows, go: bool) -> None:
        keys = [(column_name(rows, TURN), False)]
        if self._group:
            keys = [(column_name(rows, SUSPECT), False), *keys]
        if not go:
            rows.restore_sort(keys)
            self._changed(Changes.ROWS)
            return
        self._session.cursor.set_level("object")
        self._tables.sort(keys, "object", self._to_first_open)

    def _to_first_open(self) -> None:
        """Go to the worst one that has no verdict, and say what there is."""
        rows, cursor, ranking = self._session.tables.objects, self._session.cursor, self._ranking.newest
        if rows is None or ranking is None:
            return
        row = rows.next_unreviewed(-1)
        if row is not None:
            cursor.go_object(row)
        self._status.say(self._summary(ranking))

    @staticmethod
    def _summary(ranking: Ranking) -> str:
        """What looks wrong, and how many places may be missed objects, which are a table of their own."""
        found = len(ranking.found)
        missed = f" · U: {found:,} place{'s' * (found != 1)} of missed ones?" if found else ""
        return ranking.summary_line() + missed

    # --- learning

    def _fit(self) -> None:
        """Learn from what was decided, in a thread; the order stays."""
        ranking = self._ranking
        newest = ranking.newest
        if newest is None:
            return

        def work(cancelled: Cancelled) -> Ranking:
            return newest.refit(ranking.all_verdicts(newest.layer))

        def done(fitted: Ranking) -> None:
            if ranking.newest is newest:
                ranking.take_in(fitted)
                self._summarise()

        self._jobs.latest("fit", LONG, work, done, lambda error: self._status.say(str(error)))

    def _summarise(self) -> None:
        """Work out what the verdicts say of the order and of the batch."""
        ranking = self._ranking
        newest = ranking.newest
        if newest is None:
            return
        objects = self._session.tables.objects
        counts = {} if objects is None else objects.counts()
        judged = sum(count for verdict, count in counts.items() if verdict)
        failed = counts.get("fail", 0)

        def work(cancelled: Cancelled) -> LearningSummary:
            from tuiqc.triage.learning_summary import learning_summary

            walked = ranking.walked(newest.layer)
            return learning_summary(walked, newest.learned, len(newest.labels), judged, failed)

        def done(found: LearningSummary) -> None:
            ranking.learning = found
            self._changed(Changes.RANKING)

        self._jobs.latest("learning", LONG, work, done, lambda error: self._status.say(str(error)))


def _other(batch: Any, layer: str) -> str:
    """Another layer whose objects are evidence too: the first that has masks."""
    others = (one for one in batch.layers if one != layer)
    return next((one for one in others if any(image.masks.get(one) for image in batch.images)), "")
