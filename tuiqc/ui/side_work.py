"""What goes on beside the keys, each with its own state: it reads, measures, saves, watches, and plays."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from tuiqc.config import Config
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.ui.attach import Attach, Drawn
from tuiqc.ui.autosave import Autosave
from tuiqc.ui.crosshair import Crosshair
from tuiqc.ui.evidence_marks import EvidenceMarks
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.label_watch import LabelWatch
from tuiqc.ui.object_reader import ObjectReader
from tuiqc.ui.output import Output
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.player import Player
from tuiqc.ui.ranking_work import RankingWork
from tuiqc.ui.sample_status import SampleStatus
from tuiqc.ui.status import Status
from tuiqc.ui.table_panes import TablePanes


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
        self.ranking = RankingWork(session, tables, status, jobs, changed, config.measure_ahead)
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
        self.autosave.keep_place()
