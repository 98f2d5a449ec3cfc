"""Places where an object may have been missed: a table of them, and the picture beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from tuiqc.picture.painter import ViewportSpec
from tuiqc.review.candidate_rows import CandidateRows, candidate_rows
from tuiqc.review.changes import Changes
from tuiqc.review.column_choice import load_columns
from tuiqc.review.listing import Listing
from tuiqc.text import printable
from tuiqc.ui.jobs import LONG
from tuiqc.ui.textual_private import set_titles
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

_NONE = "no place looks like a missed object: esc goes back; what you see missing yourself is a reason of its image (3)"


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
        self._asked: object = None
        """The candidates of the ranking of which rows were asked for last."""
        self._shown: CandidateRows | None = None

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

    def _bring_up_to_date(self) -> None:
        """The rows of what is known now: where they are others they are made in a thread, more may be measured."""
        session, ranking = self.session, self.session.ranking.newest
        rows = session.tables.candidates
        if rows is not None and rows.layer == session.cursor.layer and rows is not self._shown:
            self._show(rows)
        if ranking is None or ranking.layer != session.cursor.layer or ranking.found is self._asked:
            return
        self._asked = ranking.found
        if rows is not None and rows.found is ranking.found:
            return
        say = self.context.say
        self.context.jobs.latest(
            "candidates",
            LONG,
            lambda cancelled: candidate_rows(session.batch, ranking, session.store.items()),
            self._take,
            lambda error: say(str(error)),
        )

    def _take(self, rows: CandidateRows) -> None:
        """Have these; the one that was current stays it, though it may stand elsewhere."""
        session, before = self.session, self.session.tables.candidates
        at = session.cursor.position_in(before)
        near = None if before is None or at is None else rows.near(before, at)
        session.tables.set_candidates(rows)
        row = None if near is None else rows.view.index_of(near)
        if row is not None:
            session.cursor.go_row(row, "candidate")
        if self.is_attached:
            self._show(rows)

    def _show(self, rows: CandidateRows) -> None:
        self._shown = rows
        self.table.content = Listing(rows, load_columns(f"candidates/{rows.layer}"))
        self.table.empty = _NONE
        self.table.content_changed()
        self._go_first()

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
        cursor = self.session.cursor
        cursor.level = "candidate"
        self._bring_up_to_date()
        rows = self.session.tables.candidates
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
