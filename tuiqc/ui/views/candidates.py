"""Places where an object may have been missed: a table of them, and the picture beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from tuiqc.picture.painter import ViewportSpec
from tuiqc.review.changes import Changes
from tuiqc.review.column_choice import load_columns
from tuiqc.review.listing import Listing
from tuiqc.text import printable
from tuiqc.ui.jobs import LONG
from tuiqc.ui.textual_private import set_titles
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from tuiqc.review.candidate_rows import CandidateRows
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.ui.context import ReviewContext

_NONE = "no place looks like a missed object"


class CandidatesView(View):
    """What the keys do is done to the candidate under the cursor; its verdicts are of the level `candidate`."""

    HEADING = "Missed objects"
    PICTURE = "always"
    HAS_TABLE = True
    FOOTER = (
        "verdict_pass",
        "verdict_fail",
        "verdict_unsure",
        "enter",
        "note",
        "undo",
        "zoom_in",
        "zoom_out",
    )
    DEFAULT_CSS = """
    CandidatesView #candidate_table { border: round $panel-lighten-2; border-title-color: $foreground; }
    CandidatesView #candidate_table:focus { border: round $accent; border-title-style: bold; }
    """

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self._made_of: object = None
        """The candidates of the ranking that the rows were made of."""

    @property
    def table(self) -> LineTable:
        """The table of candidates."""
        return self.context.tables.candidates

    def compose(self) -> ComposeResult:
        """The table; the picture of the home screen stands beside it."""
        yield self.table

    # --- opening and leaving

    def refusal(self) -> str:
        """Without a ranking nothing is known of them."""
        session = self.session
        if not session.cursor.layer:
            return "there is no object layer"
        return "" if session.ranking.newest is not None else session.ranking.not_known

    def opened(self) -> None:
        """Judge candidates from now on."""
        self.session.cursor.level = "candidate"
        ranking = self.session.ranking.newest
        if ranking is not None and self._made_of is not ranking.found:
            self._made_of = ranking.found
            self._take(self._rows_of(ranking), ranking.layer)
        self._go_first()
        self.context.pictures.viewport.spec = ViewportSpec("object")
        self.table.focus()

    def left(self) -> None:
        """Objects are judged again."""
        if self.session.cursor.level == "candidate":
            self.session.cursor.level = "object"

    def on_focus(self) -> None:
        """Keys are for the table."""
        self.table.focus()

    def enter(self) -> None:
        """Home, at the image of the candidate."""
        self.session.cursor.level = "image"
        self.context.views.go_home(stay=False)

    # --- the rows

    def _rows_of(self, ranking: Ranking) -> CandidateRows:
        """The candidates of a ranking, those judged before with the numbers that they had."""
        from tuiqc.review.candidate_rows import CandidateRows

        judged = [said for subject, said in self.session.store.items() if subject.level == "candidate"]
        return CandidateRows(self.session.batch, ranking, judged)

    def _take(self, rows: CandidateRows, layer: str) -> None:
        """Show these; the one that was current stays it, though it may stand elsewhere."""
        session, before, at = (
            self.session,
            self.session.tables.candidates,
            self.session.cursor.position_in(self.session.tables.candidates),
        )
        near = None if before is None or at is None else rows.near(before, at)
        session.tables.set_candidates(rows)
        self.table.content = Listing(rows, load_columns(f"candidates/{layer}"))
        self.table.empty = _NONE
        self.table.content_changed()
        row = None if near is None else rows.view.index_of(near)
        if row is not None:
            session.cursor.go_row(row, "candidate")

    def _make_again(self) -> None:
        """More has been measured while one looks: the rows are made anew, in a thread."""
        ranking = self.session.ranking.newest
        if ranking is None or ranking.found is self._made_of or ranking.layer != self.session.cursor.layer:
            return
        self._made_of = ranking.found

        def done(rows: CandidateRows) -> None:
            if self.is_attached and ranking.found is self._made_of:
                self._take(rows, ranking.layer)
                self._go_first()

        say = self.context.say
        self.context.jobs.latest(
            "candidates", LONG, lambda cancelled: self._rows_of(ranking), done, lambda error: say(str(error))
        )

    def _go_first(self) -> None:
        """To the first one without a verdict, unless one is current."""
        rows, cursor = self.session.tables.candidates, self.session.cursor
        if rows is not None and cursor.position_in(rows) is None and len(rows):
            row = rows.next_unreviewed(-1)
            cursor.go_row(row if row is not None else 0, "candidate")

    @on(LineTable.Moved, "#candidate_table")
    def candidate_moved(self, event: LineTable.Moved) -> None:
        """The cursor went to another one."""
        event.stop()
        self.session.cursor.go_row(self.table.row, "candidate")
        self.context.pictures.viewport.follow_object()

    # --- what is shown

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Another candidate or verdict."""
        rows, cursor = self.session.tables.candidates, self.session.cursor
        cursor.level = "candidate"
        if Changes.RANKING in changes:
            self._make_again()
        if rows is None:
            return
        at = cursor.row
        if at is not None:
            self.table.go(at)
        self.table.refresh()
        title = f"Missed {cursor.layer}? · {len(rows):,}"
        set_titles(
            self.table, Text(printable(title)), Text("fail: an object was missed here · pass: there is none")
        )
