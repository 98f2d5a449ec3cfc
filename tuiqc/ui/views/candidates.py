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
from tuiqc.ui.textual_private import set_titles
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.line_table import LineTable

if TYPE_CHECKING:
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
        return "" if session.ranking.newest is not None else "nothing has been measured yet: R measures"

    def opened(self) -> None:
        """Judge candidates from now on."""
        self.session.cursor.level = "candidate"
        self._make_rows()
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

    def _make_rows(self) -> None:
        """The candidates as they are known now; those that come while one looks wait until it is opened again."""
        from tuiqc.review.candidate_rows import CandidateRows

        session, ranking = self.session, self.session.ranking.newest
        if ranking is None or self._made_of is ranking:
            return
        self._made_of = ranking
        judged = [said for subject, said in session.store.items() if subject.level == "candidate"]
        rows = CandidateRows(session.batch, ranking, judged)
        session.tables.set_candidates(rows)
        self.table.content = Listing(rows, load_columns(f"candidates/{ranking.layer}"))
        self.table.empty = _NONE
        self.table.content_changed()

    def _go_first(self) -> None:
        """To the first one without a verdict, unless one is current."""
        rows, cursor = self.session.tables.candidates, self.session.cursor
        if rows is not None and cursor.candidate_position is None and len(rows):
            row = rows.next_unreviewed(-1)
            cursor.go_candidate(row if row is not None else 0)

    @on(LineTable.Moved, "#candidate_table")
    def candidate_moved(self, event: LineTable.Moved) -> None:
        """The cursor went to another one."""
        event.stop()
        self.session.cursor.go_candidate(self.table.row)
        self.context.pictures.viewport.follow_object()

    # --- what is shown

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Another candidate or verdict."""
        rows, cursor = self.session.tables.candidates, self.session.cursor
        cursor.level = "candidate"
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
