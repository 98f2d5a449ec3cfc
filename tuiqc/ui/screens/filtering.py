"""Filtering: which rows are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from textual import on

from tuiqc.errors import TuiqcError
from tuiqc.review.rows import Rows
from tuiqc.review.session import Level
from tuiqc.review.state_files import load_filters, save_filters
from tuiqc.tables.filters.errors import FilterError
from tuiqc.ui.screens.finding import Finding
from tuiqc.ui.widgets.ask_line import AskLine

FILTER = "filter"
_VALUES = 200


class Filtering(Finding):
    """Actions that choose rows."""

    # --- the line

    def action_filter(self) -> None:
        """Type a filter."""
        rows = self.session.rows
        if rows is None:
            self.say("there are no rows to filter")
            return
        self.ask(
            FILTER,
            hint="AreaShape_Area > 3000 and verdict is missing    (tab completes, `name: …` names it)",
            complete=lambda text, cursor: self._completed(rows, text, cursor),
        )

    @staticmethod
    def _completed(rows: Rows, text: str, cursor: int) -> list[str]:
        from tuiqc.tables.filters.completion import complete, completion_start

        start = completion_start(text, cursor)
        found = complete(text, cursor, rows.view.columns, lambda column: _texts(rows, column))
        return [text[:start] + word + text[cursor:] for word in found]

    @on(AskLine.Changed)
    def line_changed(self, event: AskLine.Changed) -> None:
        """Count while the person types."""
        if event.purpose != FILTER or not event.text.strip():
            self.ask_line.comment("")
            return
        rows = self.session.rows
        if rows is None:
            return
        _, text = named(event.text)

        def count(void: object) -> int:
            mask = rows.mask_of(text)
            others = rows.filtered
            return int((mask if others is None else mask & others).sum())

        def tell(said: str, wrong: bool = False) -> None:
            if self._typed_still(event.text):
                self.ask_line.comment(said, wrong=wrong)

        self.background.run(
            "count",
            rows.total,
            count,
            lambda number: tell(f"{number:,} of {rows.total:,}"),
            lambda error: tell(error.message if isinstance(error, FilterError) else str(error), True),
        )

    def answers(self) -> Mapping[str, Callable[[str], bool]]:
        """A filter may have been typed too."""
        return {**super().answers(), FILTER: self._filter_typed}

    # --- filters

    def _filter_typed(self, typed: str) -> bool:
        """Try the filter, off the event loop where that takes long; the line closes when it is in force."""
        rows = self.session.rows
        if rows is None or not typed.strip():
            return True
        name, text = named(typed)

        def work(void: object) -> None:
            rows.mask_of(text)

        def done(_: None) -> None:
            if self._typed_still(typed):
                self._filter_made(name, text)

        def failed(error: TuiqcError) -> None:
            if self._typed_still(typed):
                self._filter_refused(error, len(typed.rstrip()) - len(text))

        self.background.run("count", rows.total, work, done, failed)  # it takes the place of the live count
        return False

    def _typed_still(self, typed: str) -> bool:
        """Whether the person has waited for the answer to what they typed."""
        line = self.ask_line
        return line.is_open and line.purpose == FILTER and line.input.value == typed

    def _filter_made(self, name: str, text: str) -> None:
        rows = self.session.rows
        if rows is None:
            return
        if name:
            self._recall_filters(rows)  # they are kept together: the new one must not push the others out
        rows.stack.add(text, name)
        if name:
            save_filters(self.filter_kind, rows.stack)
        self.ask_line.close()
        self.focus_judged()
        self.apply_filters()

    def _filter_refused(self, error: TuiqcError, start: int) -> None:
        """Say what is wrong and go there; `start` is where the filter begins on the line."""
        if not isinstance(error, FilterError):
            self.ask_line.comment(str(error), wrong=True)
            return
        place = f"at character {start + error.position + 1}: " if error.text else ""
        self.ask_line.comment(place + error.message, wrong=True)
        if error.text:
            self.ask_line.input.cursor_position = start + error.position

    @property
    def filter_kind(self) -> str:
        """Tables of one kind share their saved filters."""
        return "images" if self.session.level == "image" else self.column_kind

    def apply_filters(self) -> None:
        """Show what the filters of the present table let through."""
        self._apply_filters(self.session.level)

    def _apply_filters(self, level: Level) -> None:
        rows = self._rows_of(level)
        if rows is None:
            return

        def done(mask: Any) -> None:
            if rows is not self._rows_of(level):
                self._apply_filters(level)  # more rows have come meanwhile
                return
            rows.take_filter(mask)
            self._filter_taken(rows, level)

        self.background.run(
            f"filter {level}", rows.total, lambda void: rows.filter_mask(), done, self._filter_wrong
        )

    def _filter_wrong(self, error: TuiqcError) -> None:
        self.say(error.message if isinstance(error, FilterError) else str(error))

    def _filter_taken(self, rows: Rows, level: Level) -> None:
        from tuiqc.ui.screens.filter_panel import FilterPanel

        session = self.session
        if isinstance(self.app.screen, FilterPanel):
            self.app.screen.counted()
        if any(one.filtered for one in session.aggregates) and level == "object":
            self.rebuild_images()
        self.table_of(level).content_changed()
        if session.row is None and len(rows) and session.level == level:
            if level == "image":
                session.go_image(0)
            elif level == "track":
                session.go_track_row(0)
            else:
                session.go_object(0)
        self.tell_chips()
        self.place_changed()

    def action_clear_filter(self) -> None:
        """Take filters away; those with a name are switched off, and stay in the list of filters."""
        rows = self.session.rows
        if rows is None or not rows.stack.filters:
            self.say("there is no filter")
            return
        kept = {entry["name"] for entry in load_filters(self.filter_kind)}
        for one in list(rows.stack.filters):
            if one.name in kept:
                if one.on:
                    rows.stack.toggle(one.name)
            else:
                rows.stack.remove(one.name)
        self.apply_filters()

    def action_filters(self) -> None:
        """The list of filters."""
        from tuiqc.ui.screens.filter_panel import FilterPanel

        rows = self.session.rows
        if rows is None:
            return
        self._recall_filters(rows)
        self.app.push_screen(FilterPanel(rows.stack, self._filters_changed))

    def _recall_filters(self, rows: Rows) -> None:
        """Put the filters that were kept for such tables into the list, off."""
        known = {one.name for one in rows.stack.filters}
        for entry in load_filters(self.filter_kind):
            if entry["name"] not in known:
                try:
                    rows.stack.add(str(entry["filter"]), str(entry["name"]))
                    rows.stack.toggle(str(entry["name"]))
                except FilterError:
                    continue  # kept by another version, or by hand: it can be typed again

    def _filters_changed(self) -> None:
        rows = self.session.rows
        if rows is not None:
            save_filters(self.filter_kind, rows.stack)
            self.apply_filters()

    def chips_changed(self) -> None:
        """Show those of the table that is judged now."""
        self.tell_chips()

    def tell_chips(self) -> None:
        """The filters and the selection of the present table."""
        rows = self.session.rows
        if rows is None:
            self.chip_line.tell((), "")
            return
        chips = [chip for chip, one in zip(rows.stack.chips(), rows.stack.filters, strict=True) if one.on]
        parts = [f"{len(rows):,} of {rows.total:,} shown"] if chips else []
        if rows.selection.count:
            parts.append(f"{rows.selection.count:,} selected")
        self.chip_line.tell(chips, " · ".join(parts))


def named(typed: str) -> tuple[str, str]:
    """`name: filter` in its parts; a filter has no colon outside of quotes, and a name no quotes."""
    name, colon, text = typed.partition(":")
    if colon and not set(name) & set("'\"`<>=()"):
        return name.strip(), text.strip()
    return "", typed.strip()


def _texts(rows: Rows, column: str) -> list[str]:
    """Values of a column to choose from: those of columns of text with few different ones."""
    if column in rows.view.columns and rows.view.kind(column) == "text":
        texts = sorted(set(rows.view.codes(column).texts))
        return texts if len(texts) <= _VALUES else []
    return []
