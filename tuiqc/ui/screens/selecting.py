"""Selecting many rows, to judge them in one step."""

from __future__ import annotations

from typing import Literal, cast

from tuiqc.qc.record import Subject
from tuiqc.review.listing import Listing
from tuiqc.ui.screens.filtering import Filtering


class Selecting(Filtering):
    """Actions on the selection of the table that is judged."""

    _anchor: Subject | None = None

    def action_select(self) -> None:
        """Select the current row or no longer, and go to the next."""
        rows, row = self.session.rows, self.session.row
        if rows is None or row is None:
            self.say_nothing_chosen()
            return
        self._anchor = self.session.subject
        rows.selection.toggle(rows.view.row(row))
        self.table.row_changed(row)
        self.tell_chips()
        self.action_row_down()

    def action_selection(self) -> None:
        """The menu of selections."""
        from tuiqc.ui.screens.menu import Menu

        rows, row = self.session.rows, self.session.row
        listing = self.table.content
        if rows is None or row is None or not isinstance(listing, Listing):
            self.say_nothing_chosen()
            return
        column = listing.columns()[self.table.column]
        value = listing.cell(row, self.table.column).strip() or "missing"
        heading = f"Select · {rows.selection.count:,} selected, {len(rows):,} shown"
        entries = [
            ("all", "a", "all that are shown"),
            ("none", "n", "none"),
            ("invert", "i", "invert those that are shown"),
            ("range", "r", "from the row selected last to this one"),
            ("equal", "=", f"{column.name} equal to {value}"),
            ("less", "<", f"{column.name} less than {value}"),
            ("greater", ">", f"{column.name} greater than {value}"),
        ]
        self.app.push_screen(Menu(heading, entries), self._selection_chosen)

    def _selection_chosen(self, what: str | None) -> None:
        rows, row = self.session.rows, self.session.row
        listing = self.table.content
        if what is None or rows is None or row is None or not isinstance(listing, Listing):
            return
        selection, view = rows.selection, rows.view
        if what == "all":
            selection.all(view)
        elif what == "none":
            selection.none()
        elif what == "invert":
            selection.invert(view)
        elif what == "range":
            position = self.session.position_of(self._anchor) if self._anchor is not None else None
            anchor = view.index_of(position) if position is not None else None
            selection.range(view, row if anchor is None else anchor, row)
        else:
            relation = cast(Literal["equal", "less", "greater"], what)
            selection.related(view, listing.names[self.table.column], view.row(row), relation)
        self.table.refresh()
        self.tell_chips()
        self.say(f"{selection.count:,} selected" if selection.count else "nothing is selected")
