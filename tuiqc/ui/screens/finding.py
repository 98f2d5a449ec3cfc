"""Finding and going to: which row is the current one; and the line to type on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from textual import on

from tuiqc.errors import TuiqcError
from tuiqc.review.listing import Listing
from tuiqc.review.objects import ObjectRows
from tuiqc.tables.find import Found, Query, find_column, find_label, find_row, find_text, make_query
from tuiqc.ui.screens.walking import Walking
from tuiqc.ui.widgets.ask_line import AskLine, Complete
from tuiqc.ui.widgets.line_table import LineTable

FIND, GO_TO = "find", "go to"
_TIME = re.compile(r"([tzTZ])\s*(\d{1,9})")
_DIGITS = 19
"""Numbers with fewer digits fit into 64 bits."""


class Finding(Walking):
    """Actions that look for a row, and what all actions share that ask for a line."""

    _query: Query | None = None
    _query_text = ""

    @property
    def table(self) -> LineTable:
        """The table that is judged."""
        return self.table_of(self.session.level)

    # --- the line

    def ask(self, purpose: str, text: str = "", *, hint: str = "", complete: Complete | None = None) -> None:
        """Open the line to type on, in the place of the keys: nothing else moves."""
        self.key_line.display = False
        self.ask_line.ask(purpose, text, hint=hint, complete=complete)

    def action_find(self) -> None:
        """Type what to look for."""
        self.ask(FIND, self._query_text, hint="text in any cell, else in the name of a column; f3 goes on")

    def action_go_to(self) -> None:
        """Type a row, a label or an image."""
        self.ask(
            GO_TO,
            hint="12: row 12 · #7: label 7 · t5, z3: time, slice · anything else: the image of that key",
        )

    @on(AskLine.Closed)
    def line_closed(self, event: AskLine.Closed) -> None:
        """The keys come back in its place."""
        self.key_line.display = True

    @on(AskLine.Answered)
    def line_answered(self, event: AskLine.Answered) -> None:
        """Enter or escape."""
        if event.text is None:
            self.focus_judged()
            return
        answer = self.answers().get(event.purpose)
        if answer is None:
            self.other_answer(event.purpose, event.text)
        elif answer(event.text):
            self.ask_line.close()
            self.focus_judged()

    def other_answer(self, purpose: str, text: str) -> None:
        """An answer to a question that another part of the screen asked."""

    def answers(self) -> Mapping[str, Callable[[str], bool]]:
        """Who takes the answer to which question; True closes the line."""
        return {FIND: self._find_typed, GO_TO: self._go_to_typed}

    # --- finding

    def _find_typed(self, typed: str) -> bool:
        if not typed:
            return True
        try:
            self._query, self._query_text = make_query(typed), typed
        except TuiqcError as error:
            self.ask_line.comment(str(error), wrong=True)
            return False
        self._find(1)
        return True

    def action_find_next(self) -> None:
        """The next cell that has it."""
        self._find(1)

    def action_find_previous(self) -> None:
        """The one before."""
        self._find(-1)

    def _find(self, step: int) -> None:
        rows, table, query = self.session.rows, self.table, self._query
        if query is None:
            self.action_find()
            return
        listing = table.content
        if rows is None or not isinstance(listing, Listing):
            return
        names, order = listing.names, rows.view.order
        start = (table.row, names[table.column] if names else None)

        def done(found: Found | None) -> None:
            if rows is not self.session.rows or rows.view.order is not order:
                self._find(step)  # the rows stand otherwise now
            else:
                self._found(table, listing, found, step)

        self.background.run(
            "find",
            rows.total * len(names),
            lambda void: find_text(rows.view, query, start, step=step, columns=names, stop=void),
            done,
            lambda error: self.say(str(error)),
        )

    def _found(self, table: LineTable, listing: Listing, found: Found | None, step: int) -> None:
        if found is None:
            self._find_name(table, listing, step)
            return
        table.go(found.row, listing.number_of(found.column))
        self._go_row(found.row)
        self.say(f"{self._query_text!r} in {found.column}")

    def _find_name(self, table: LineTable, listing: Listing, step: int) -> None:
        """No cell has it: go to a column whose name has it."""
        names, query = listing.names, self._query
        here = names[table.column] if table.column < len(names) else None
        column = None if query is None else find_column(names, query, here, step)
        if column is None:
            self.say(f"{self._query_text!r} is in no cell and in no column's name")
            return
        table.go(table.row, listing.number_of(column))
        self.say(f"{self._query_text!r} is in no cell; it is in the name of column {column}")

    def _go_row(self, row: int) -> None:
        if self.session.level == "image":
            self.session.go_image(row)
            self._after_image_changed()
        else:
            self.session.go_object(row)
            self._follow_object()
        self.place_changed()

    # --- going to

    def _go_to_typed(self, typed: str) -> bool:
        wanted, rows = typed.strip(), self.session.rows
        if rows is None or not wanted:
            return True
        if place := _TIME.fullmatch(wanted):
            return self._go_to_time(place[1].lower(), int(place[2]))
        row: int | None = None
        label = wanted[1:] if wanted.startswith("#") else ""
        if label.isdecimal() and len(label) < _DIGITS and isinstance(rows, ObjectRows):
            among = rows.images == self.session.image
            row = find_label(rows.view, rows.labels, int(label), among=among)
            if row is None:
                row = find_label(rows.view, rows.labels, int(label), start=self.table.row)
        elif wanted.isdecimal() and len(wanted) < _DIGITS and int(wanted) <= len(rows):
            row = find_row(rows.view, int(wanted))
        else:
            return self._go_to_image(wanted)
        if row is None:
            self.ask_line.comment("there is none that is shown", wrong=True)
            return False
        self._go_row(row)
        return True

    def _go_to_time(self, axis: str, number: int) -> bool:
        session = self.session
        count = session.extent.t if axis == "t" else session.extent.z
        if number >= count:
            self.ask_line.comment(f"{axis} goes from 0 to {count - 1}", wrong=True)
            return False
        if axis == "t":
            session.go_time(number)
        else:
            session.go_slice(number)
        self.place_changed()
        return True

    def _go_to_image(self, key: str) -> bool:
        session = self.session
        record = next((record for record in session.batch.images if record.key == key), None)
        if record is None:
            self.ask_line.comment(f"no image has the key {key}", wrong=True)
            return False
        row = session.images.view.index_of(record.index)
        if row is None:
            self.ask_line.comment(f"image {key} is hidden by a filter", wrong=True)
            return False
        session.go_image(row)
        self.focus_judged()
        self._after_image_changed()
        self.place_changed()
        return True
