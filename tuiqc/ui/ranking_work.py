"""Makes the ranking while the person goes on: measured and trained in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from textual.timer import Timer

from tuiqc.errors import TuiqcError
from tuiqc.review.changes import Changes
from tuiqc.review.object_tracks import moments_of_objects
from tuiqc.review.ranking import SessionRanking
from tuiqc.review.ranking_columns import SUSPECT, TURN, column_name, scores_said
from tuiqc.review.session import Session
from tuiqc.review.state_files import remember, remembered
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.learning_work import LearningWork
from tuiqc.ui.order_work import OrderWork, summary_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuiqc.triage.batch_ranking import Step
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
    uncovered
        Whether no dialog lies over the screen: what is typed into one is about what was current when it opened.

    Attributes
    ----------
    order, learning
        Takes an order from what is known; learns from verdicts.
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
        uncovered: Callable[[], bool],
    ) -> None:
        self._session, self._tables, self._status, self._jobs = session, tables, status, jobs
        self._changed, self._ahead, self._uncovered = changed, ahead, uncovered
        self._layer = ""
        self._timer: Timer | None = None
        self._running: StepSource | None = None
        self._told = 0.0
        self._ticket = 0
        self._asked = self._order_wanted = False
        self.order = OrderWork(session, tables, status, jobs, changed)
        self.learning = LearningWork(session, status, jobs, changed)

    @property
    def _ranking(self) -> SessionRanking:
        return self._session.ranking

    @property
    def awaited(self) -> bool:
        """Whether the person has asked for an order that is still being made."""
        return self._order_wanted or (self._asked and self._ranking.making)

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
        if Changes.VERDICTS in changes:
            self.learning.follow()

    @property
    def _can_rank(self) -> bool:
        """Whether the layer has masks: outlines are what is looked at."""
        return self._session.batch.has_files("masks", self._layer)

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
                    {} if objects is None else moments_of_objects(batch, objects),
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
        self.learning.summarise()
        if first or ranking.complete:
            self.order.put_evidence()
        if self._order_wanted or (first and self._was_in_order()):
            # Who went to the images meanwhile judges images: keys must not go to objects all at once.
            go = self._order_wanted and self._session.cursor.level == "object" and self._uncovered()
            if self._order_wanted and not go:
                self._status.say(summary_words(ranking))
            self._order_wanted = False
            self.order.take(go=go)
        elif first:
            self._announce(ranking)
        models = self._ranking.lessons.of(ranking.layer).models
        if first and models:
            from tuiqc.triage.saved_model import shared_words

            for words in shared_words(models, ranking.population.names):
                self._status.say(words)

    def _was_in_order(self) -> bool:
        """Whether the last session stopped in this order: it goes on in it."""
        rows = self._session.tables.objects
        return rows is not None and column_name(rows, TURN) in [name for name, _ in rows.lost_keys]

    def _announce(self, ranking: Ranking) -> None:
        key = str(self._session.store.path.absolute()).encode("utf-8", "replace") + self._layer.encode()
        if remembered("ranked", key) is None:
            remember("ranked", key, True)
            self._status.say(f"R: {summary_words(ranking)}")

    # --- the order

    def take_order(self, *, grouped: bool = False) -> str:
        """Order objects (and images) worst first, as it is known now; the first that was not judged becomes current.

        Returns the name of the column by which they are grouped, "" for none.
        """
        ranking, rows = self._ranking, self._session.tables.objects
        self.order.grouped = grouped
        column = column_name(rows, SUSPECT) if grouped and rows is not None else ""
        if not self._can_rank:
            self._status.say(
                "there are no masks here, and objects are ranked by their outlines: tuiqc open … --labels NAME=PATTERN"
            )
            return column
        unfinished = ranking.newest is None or not ranking.newest.complete
        if unfinished and not (ranking.making and self._asked):
            self._ask_for_all()
        if ranking.newest is None:
            self._order_wanted = True
            if self._session.cursor.level == "image":
                self._session.cursor.go_objects()  # what is typed from now on is about objects
            self._status.say("measuring: the worst come first as soon as something is known")
        else:
            self.order.take(go=True)
        return column

    def _ask_for_all(self) -> None:
        """Measure all of the batch, not only its beginning."""
        if self._ranking.making:
            self.stop()
        self._asked = True
        self._begin()


def _other(batch: Any, layer: str) -> str:
    """Another layer whose objects are evidence too: the first that has masks."""
    others = (one for one in batch.layers if one != layer)
    return next((one for one in others if batch.has_files("masks", one)), "")
