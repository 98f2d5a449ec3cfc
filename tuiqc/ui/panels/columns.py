"""Columns of a table: which are shown, what is known of one, and the choice of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.tables.column_statistics import ColumnStatistics
from tuiqc.tables.histograms import block_histogram, marker_cell
from tuiqc.tables.number_format import format_value
from tuiqc.text import printable, shorten
from tuiqc.ui.keys import COLUMN, COLUMNS, COLUMNS_LINE, PICKER
from tuiqc.ui.screens.dialogs import Dialog

_MOST = 500


class ColumnChooser(Dialog[str | None]):
    """Columns of a table, shown or hidden; enter goes to a column, space switches it."""

    heading = "Columns"
    keys = "type to narrow · ↓ list · enter go there · esc"
    key_places, line_places = (COLUMNS,), (COLUMNS_LINE,)

    def __init__(
        self, names: Sequence[str], hidden: Callable[[str], bool], toggle: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.names, self.hidden, self.toggle = list(names), hidden, toggle
        self.listed = self.names[:_MOST]

    def compose_body(self) -> ComposeResult:
        """A line and the list."""
        yield Input(placeholder="part of a name", id="part")
        yield OptionList(*self._options())

    def _options(self) -> list[Option]:
        return [
            Option(Text.assemble("[ ] " if self.hidden(name) else "[x] ", printable(name)))
            for name in self.listed
        ]

    def _show(self) -> None:
        listing = self.part(OptionList)
        at = listing.highlighted
        listing.clear_options()
        listing.add_options(self._options())
        listing.highlighted = at if at is not None and at < len(self.listed) else 0 if self.listed else None

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Only names that hold what was typed."""
        wanted = event.value.casefold()
        self.listed = [name for name in self.names if wanted in name.casefold()][:_MOST]
        self._show()

    @on(Input.Submitted)
    def into_list(self, event: Input.Submitted) -> None:
        """Enter in the line goes to the first."""
        if self.listed:
            self.dismiss(self.listed[0])

    def to_list(self) -> None:
        """From the line to the list."""
        listing = self.part(OptionList)
        listing.focus()
        listing.highlighted = 0 if self.listed else None

    def toggle_here(self) -> None:
        """The column under the cursor, shown or hidden."""
        at = self.part(OptionList).highlighted
        if at is not None:
            self.toggle(self.listed[at])
            self._show()

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter in the list."""
        self.dismiss(self.listed[event.option_index])


_BINS = 60


class ColumnPanel(Dialog[str | None]):
    """Statistics and a histogram with the place of the current row; a key acts on the column and closes or stays.

    `act(what)` does "hide", "pin", "wider", "narrower", "left" or "right"; it returns whether the panel stays.
    The panel ends with what needs the whole screen: "aggregate", "colour", "sort".
    """

    DEFAULT_CSS = "ColumnPanel > Vertical { width: 76; }"
    keys = "esc"
    key_places = (COLUMN,)

    def __init__(self, statistics: ColumnStatistics, current: object, act: Callable[[str], bool]) -> None:
        super().__init__()
        self.statistics, self.current, self.act = statistics, current, act
        self.heading = printable(statistics.name)

    def compose_body(self) -> ComposeResult:
        """The text."""
        yield Static(self._text())

    def do(self, what: str) -> None:
        """What a key does to the column."""
        if not self.act(what):
            self.dismiss(None)

    def _text(self) -> Text:
        found = self.statistics
        kind = found.kind
        text = Text()
        text.append(f"{found.count:,} values, {found.missing:,} missing, {found.distinct:,} different")
        if found.infinite:
            text.append(f", {found.infinite:,} infinite")
        text.append("\n")
        if not found.is_number:
            for value, count in found.frequent[:12]:
                share = count / max(1, found.count)
                text.append(f"{count:>9,}  {'█' * round(share * 24):<24}  {shorten(printable(value), 36)}\n")
            return text
        for name, number in (
            ("minimum", found.minimum),
            ("first quartile", found.first_quartile),
            ("median", found.median),
            ("third quartile", found.third_quartile),
            ("maximum", found.maximum),
            ("mean", found.mean),
            ("standard deviation", found.sd),
        ):
            shown = format_value(number, kind if number.is_integer() else "float")
            text.append(f"{name:>19}  ")
            text.append(f"{shown}\n", style="bold")
        text.append("\n")
        text.append_text(self._histogram())
        rank = found.rank_of(self.current)
        if rank is not None:
            shown = format_value(self.current, kind)
            text.append(f"\nthe current one: {shown}, above {rank:.1%} of the values", style="bold")
        return text

    def _histogram(self) -> Text:
        counts, edges = self.statistics.histogram(_BINS)
        low, high = float(edges[0]), float(edges[-1])
        at = marker_cell(self._number(), low, high, _BINS) if self.statistics.count else None
        text = Text()
        for line in block_histogram(counts, _BINS, 4):
            for number, block in enumerate(line):
                text.append(block, style="bold yellow" if number == at else "cyan")
            text.append("\n")
        shown = [format_value(edge, "float") for edge in (low, high)]
        text.append(shown[0] + " " * max(1, _BINS - len(shown[0]) - len(shown[1])) + shown[1], style="dim")
        if at is not None:
            mark = "▲ current" if at < _BINS - 9 else "current ▲"
            text.append("\n" + " " * (at if mark[0] == "▲" else at - 8) + mark, style="bold")
        return text

    def _number(self) -> float:
        try:
            return float(self.current)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return math.nan


class ColumnPicker(Dialog[str | None]):
    """Entries (name, remark) with a line to narrow them; the result is the name.

    Parameters
    ----------
    now
        The entry that is in force: it is under the cursor, so that enter chooses it again.
    """

    keys = "type to narrow · ↑ ↓ · enter choose · esc"
    line_places = (PICKER,)

    def __init__(self, heading: str, entries: Sequence[tuple[str, str]], now: str = "") -> None:
        super().__init__()
        self.heading = printable(heading)
        self.entries, self.now = list(entries), now
        self.listed = self.entries[:_MOST]

    def compose_body(self) -> ComposeResult:
        """A line and the list."""
        yield Input(placeholder="part of a name", id="part")
        yield OptionList(*self._options())

    def on_mount(self) -> None:
        """Begin at the entry that is in force."""
        names = [name for name, _ in self.listed]
        self.part(OptionList).highlighted = names.index(self.now) if self.now in names else 0

    def _options(self) -> list[Option]:
        return [
            Option(Text.assemble(printable(name), (f"  {remark}", "italic") if remark else ""))
            for name, remark in self.listed
        ]

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Only names that hold what was typed."""
        wanted = event.value.casefold()
        if not wanted and self.listed == self.entries[:_MOST]:
            return
        self.listed = [entry for entry in self.entries if wanted in entry[0].casefold()][:_MOST]
        listing = self.part(OptionList)
        listing.clear_options()
        listing.add_options(self._options())
        listing.highlighted = 0 if self.listed else None

    def move(self, where: str) -> None:
        """Another line of the list: "cursor_up", "cursor_down", "page_up", "page_down"."""
        getattr(self.part(OptionList), f"action_{where}")()

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter takes the entry under the cursor."""
        at = self.part(OptionList).highlighted
        if at is not None and at < len(self.listed):
            self.dismiss(self.listed[at][0])

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click in the list."""
        self.dismiss(self.listed[event.option_index][0])
