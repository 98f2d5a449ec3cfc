"""Learns from verdicts while the person goes on: the order stays until it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.ui.jobs import LONG, Cancelled, Jobs

if TYPE_CHECKING:
    from tuiqc.triage.learning_summary import LearningSummary
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.ui.status import Status


class LearningWork:
    """All of it in threads: fitting the models, summing up, and keeping what was walked."""

    def __init__(
        self, session: Session, status: Status, jobs: Jobs, changed: Callable[[Changes], None]
    ) -> None:
        self._session, self._status, self._jobs, self._changed = session, status, jobs, changed
        self._advised = False

    def follow(self) -> None:
        """Something was decided."""
        if self._session.ranking.unkept:
            self._jobs.once("walked", self._session.ranking.keep_walked)
        if self._session.ranking.fit_due:
            self._fit()

    def stop(self) -> None:
        """The session ends: what was walked is on disk."""
        self._session.ranking.keep_walked()

    def _fit(self) -> None:
        ranking = self._session.ranking
        newest = ranking.newest
        if newest is None:
            return

        def work(cancelled: Cancelled) -> Ranking:
            fitted = newest.refit(ranking.all_verdicts(newest.layer))
            fitted.prepare()
            return fitted

        def done(fitted: Ranking) -> None:
            if ranking.newest is newest:
                ranking.take_in(fitted)
                self.summarise()

        self._jobs.latest("fit", LONG, work, done, lambda error: self._status.say(str(error)))

    def summarise(self) -> None:
        """Work out what the verdicts say of the order and of the batch."""
        ranking, objects = self._session.ranking, self._session.tables.objects
        newest = ranking.newest
        if newest is None:
            return
        counts = {} if objects is None else objects.counts()
        judged = sum(count for verdict, count in counts.items() if verdict)
        failed = counts.get("fail", 0)

        def work(cancelled: Cancelled) -> LearningSummary:
            from tuiqc.triage.learning_summary import learning_summary

            walked = ranking.walked(newest.layer)
            return learning_summary(walked, newest.learned, len(newest.labels), judged, failed)

        def done(found: LearningSummary) -> None:
            ranking.learning = found
            if found.advice and not self._advised:
                self._status.say(found.advice)
            self._advised = bool(found.advice)
            self._changed(Changes.RANKING)

        self._jobs.latest("learning", LONG, work, done, lambda error: self._status.say(str(error)))
