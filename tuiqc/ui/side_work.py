"""What goes on beside the keys, each with its own state: it reads, measures, saves, watches, and plays."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual.screen import Screen
from textual.timer import Timer

from tuiqc.config import Config
from tuiqc.dataset.join_report import LabelCheck, compare_labels
from tuiqc.qc.record import Subject
from tuiqc.review.changes import Changes
from tuiqc.review.label_checks import label_texts
from tuiqc.review.session import Session
from tuiqc.ui.attach import Attach, Drawn
from tuiqc.ui.autosave import Autosave
from tuiqc.ui.crosshair import Crosshair
from tuiqc.ui.jobs import LONG, Cancelled, Jobs
from tuiqc.ui.object_reader import ObjectReader
from tuiqc.ui.output import Output
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.ranking_work import RankingWork
from tuiqc.ui.status import Status
from tuiqc.ui.table_panes import TablePanes
from tuiqc.ui.widgets.slider import Slider

if TYPE_CHECKING:
    from tuiqc.measure.evidence_places import EvidencePlace

RATES = (1, 2, 4, 8, 12, 16, 24)
"""Time points per second that playing can go at."""


class Player:
    """Shows one time point after the other; those in between are left out if pictures do not come as fast.

    Parameters
    ----------
    free
        Whether the last picture has been shown, and nothing lies over it.
    """

    def __init__(self, session: Session, jobs: Jobs, slider: Slider, free: Callable[[], bool]) -> None:
        self._session, self._jobs, self._slider, self._free = session, jobs, slider, free
        self._timer: Timer | None = None
        self._rate = 3
        self._from = (0.0, 0)
        self.step = 0
        """1 while playing forwards, -1 backwards, 0 while nothing is played."""

    @property
    def rate(self) -> int:
        """Time points per second."""
        return RATES[self._rate]

    def play(self, step: int) -> None:
        """Play forwards (1) or backwards (-1)."""
        self.stop()
        self.step = step
        self._from = (monotonic(), self._session.cursor.t)
        self._timer = self._jobs.every(1 / self.rate, self._next)
        self._slider.playing = "▶ " if step > 0 else "◀ "
        self._slider.refresh()

    def faster(self, step: int) -> None:
        """Go on at the next rate, or with -1 at the one before."""
        self._rate = min(max(self._rate + step, 0), len(RATES) - 1)
        self.play(self.step)

    def stop(self) -> None:
        """Stay where one is."""
        if self._timer is not None:
            self._timer.stop()
        self._timer, self.step, self._slider.playing = None, 0, ""
        self._slider.refresh()

    def _next(self) -> None:
        if not self._free():
            return
        start, t = self._from
        passed = int((monotonic() - start) * self.rate)
        cursor = self._session.cursor
        cursor.go_time((t + self.step * passed) % cursor.extent.t)


_KEPT = 500

WORDS = {
    "concavity": "the dents",
    "border": "the border with its neighbour",
    "stretch": "the stretch of the outline",
    "whole": "all of the outline",
}
"""What is marked, by the kind of the place."""


class EvidenceMarks:
    """Finds places in a thread, one after another; the newest wins."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        say: Callable[[str], None],
        changed: Callable[[Changes], None],
    ) -> None:
        self._session, self._jobs = session, jobs
        self._say, self._changed = say, changed
        self._asked: Subject | None = None

    def toggle(self) -> None:
        """Mark the place of the evidence, or no longer."""
        ranking = self._session.ranking
        ranking.marking = not ranking.marking
        self._asked = None
        if not ranking.marking:
            self._say("the place of the evidence is not marked any more")
        elif ranking.newest is None:
            self._say(ranking.not_known)
        self._changed(Changes.DISPLAY)
        self.follow()

    def follow(self) -> None:
        """Look for the place of the object that is current, unless it is known."""
        ranking, subject = self._session.ranking, self._session.cursor.subject
        known, at = ranking.shown, ranking.row_of(subject)
        if not ranking.marking or known is None or at is None or subject is None:
            return
        if subject in ranking.places or subject == self._asked or ranking.hides(subject):
            return
        self._asked = subject
        self._jobs.latest(
            "place",
            LONG,
            lambda cancelled: known.place(at),
            lambda place: self._found(subject, place),
            lambda error: self._say(str(error)),
        )

    def _found(self, subject: Subject, place: EvidencePlace | None) -> None:
        ranking = self._session.ranking
        if len(ranking.places) >= _KEPT:
            ranking.places.clear()
        points = () if place is None else tuple((float(x), float(y)) for y, x in place.points)
        ranking.places[subject] = points
        if subject == self._session.cursor.subject:
            self._say("its place can't be found" if place is None else f"marked: {WORDS[place.kind]}")
        self._changed(Changes.DISPLAY)


_STAYS = 0.25
"""Seconds at an image after which it is looked at."""


class LabelWatch:
    """Says what does not fit, once for each image and layer."""

    def __init__(self, session: Session, pictures: Pictures, jobs: Jobs, say: Callable[[str], None]) -> None:
        self._session, self._pictures, self._jobs, self._say = session, pictures, jobs, say
        self._timer: Timer | None = None

    def follow(self) -> None:
        """The place is another one."""
        if self._timer is not None:
            self._timer.stop()
        if self._session.tables.labels_to_check(self._session.cursor.image) is not None:
            self._timer = self._jobs.after(_STAYS, self._check)

    def _check(self) -> None:
        session, cursor, painter = self._session, self._session.cursor, self._pictures.painter
        rows, record, layer = session.tables.labels_to_check(cursor.image), cursor.record, cursor.layer
        if rows is None:
            return

        def compare(cancelled: Cancelled) -> LabelCheck | None:
            in_mask = painter.labels_in_mask(record, layer)
            return None if in_mask is None else compare_labels(in_mask, rows)

        def done(found: LabelCheck | None) -> None:
            if found is None:
                return
            session.tables.label_checks.add(layer, record.index, found)
            texts = label_texts(found)
            if texts and record.index == cursor.record.index and layer == cursor.layer:
                self._say(f"{texts[0]} (J: join report)")

        self._jobs.latest("labels", LONG, compare, done, lambda error: None)


class SampleStatus:
    """Tells the failure rate with its interval, and whether the sampling can stop."""

    def __init__(
        self, session: Session, status: Status, jobs: Jobs, changed: Callable[[Changes], None]
    ) -> None:
        self._session, self._status, self._jobs, self._changed = session, status, jobs, changed
        self._stop_told = ""

    def follow(self) -> None:
        """Compute what the sample says, in a thread, and show it behind the counts."""
        queue, store = self._session.queue.active, self._session.store
        sample = queue.sample if queue is not None else None
        if queue is None or sample is None:
            return

        def compute(cancelled: Cancelled) -> dict[str, Any]:
            from tuiqc.exporters.verdict_statistics import sample_statistics

            return sample_statistics(sample, store, accept=queue.accept or None)

        self._jobs.latest("sampling", LONG, compute, self._known, lambda error: None)

    def _known(self, found: dict[str, Any]) -> None:
        simple, stop = found["simple"], found["accept"]
        text = ""
        if simple["rate"] is not None:
            text = f"failed {simple['rate']:.1%} ({simple['low']:.1%}-{simple['high']:.1%})"
        if stop is not None:
            text += f" · {stop['left']} more" if stop["state"] == "go on" else f" · {stop['state']}"
            if stop["state"] != "go on" and stop["state"] != self._stop_told:
                self._status.say(f"the sampling can stop, {stop['state']}: {stop['text']}")
            self._stop_told = stop["state"]
        self._status.sampled = text
        self._changed(Changes.PLACE)


class SideWork:
    """Few commands know each of these; none knows another, but by what it was given.

    Attributes
    ----------
    loading
        Reads the objects of the active layer.
    autosave
        Writes the annotations now and then.
    sampling
        What the random sample says, after each verdict.
    ranking, evidence
        Measures what looks wrong; the place of that in the picture.
    labels
        Holds the labels of the mask against those of the table.
    crosshair, player
        What moves in the picture.
    attach
        A terminal that comes and goes.
    """

    def __init__(
        self,
        host: Screen[None],
        session: Session,
        pictures: Pictures,
        tables: TablePanes,
        status: Status,
        jobs: Jobs,
        output: Output,
        view: Callable[[], Drawn | None],
        changed: Callable[[Changes], None],
        config: Config,
    ) -> None:
        def in_sight() -> bool:
            """Whether no other screen lies above the review."""
            return host.app.screen is host

        def picture_free() -> bool:
            return not pictures.pending and not output.busy and in_sight()

        say = status.say
        self.loading = ObjectReader(session, pictures, tables, jobs, say, changed)
        self.autosave = Autosave(session, jobs, say)
        self.sampling = SampleStatus(session, status, jobs, changed)
        self.ranking = RankingWork(session, tables, status, jobs, changed, config.measure_ahead, in_sight)
        self.evidence = EvidenceMarks(session, jobs, say, changed)
        self.labels = LabelWatch(session, pictures, jobs, say)
        self.crosshair = Crosshair(session, pictures, jobs, say, changed)
        self.player = Player(session, jobs, status.slider, picture_free)
        self.attach = Attach(lambda: host.app, output, pictures, jobs, say, view, in_sight)

    @property
    def text(self) -> str:
        """What is being read or measured, and how far, for the line of progress."""
        return self.loading.text or self.ranking.text

    def stop(self) -> None:
        """End what runs; keep the place."""
        self.loading.stop()
        self.ranking.stop()
        self.ranking.learning.stop()
        self.autosave.keep_place()
