"""Panels of text: how good the batch is, what is known of a column, what was learned.

The first is filled by a thread, and asked again with a key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tuiqc.qc.rates import Method
from tuiqc.tables.column_statistics import ColumnStatistics
from tuiqc.tables.histograms import block_histogram, marker_cell
from tuiqc.tables.number_format import format_value
from tuiqc.text import printable, shorten
from tuiqc.ui.keys import COLUMN, GROUPED, LEARNED, STATUS
from tuiqc.ui.screens.dialogs import Dialog

Ask = Callable[["StatusPanel"], None]


class StatusPanel(Dialog[None]):
    """Counts and rates; `ask(panel)` computes them off the event loop and calls `tell` when they are there.

    Parameters
    ----------
    groups
        Placeholders by which the counts can be told apart.
    """

    DEFAULT_CSS = """
    StatusPanel > Vertical { width: 112; }
    StatusPanel VerticalScroll { height: auto; max-height: 100%; }
    """
    heading = "How good is the batch"
    keys = "↑ ↓ scroll · esc close"
    key_places: tuple[str, ...] = (STATUS,)

    def __init__(self, groups: Sequence[str], ask: Ask) -> None:
        super().__init__()
        self._groups = ["", *groups]
        self._ask = ask
        if groups:
            self.key_places = (STATUS, GROUPED)
        self.method: Method = "wilson"
        self.by = ""
        self._body = Static(Text("counting …"), id="status")

    def compose_body(self) -> ComposeResult:
        """The text."""
        with VerticalScroll():
            yield self._body

    def on_mount(self) -> None:
        """Ask at once."""
        self._ask(self)

    def tell(self, lines: Sequence[str]) -> None:
        """Show what was found; nothing happens when the panel was closed meanwhile."""
        self._body.update(Text("\n".join(printable(line) for line in lines)))

    def other_interval(self) -> None:
        """Wilson's interval, or the exact one."""
        self.method = "exact" if self.method == "wilson" else "wilson"
        self._ask(self)

    def next_group(self) -> None:
        """Counts by the next group, where there is one."""
        if len(self._groups) > 1:
            self.by = self._groups[(self._groups.index(self.by) + 1) % len(self._groups)]
            self._ask(self)


class ComparisonPanel(Dialog[None]):
    """Two layers compared; filled when it is known, and may be closed before."""

    DEFAULT_CSS = """
    ComparisonPanel > Vertical { width: 78; }
    """
    heading = "Two layers compared"
    keys = "esc close"

    def __init__(self) -> None:
        super().__init__()
        self._body = Static(Text("comparing …"), id="comparison")

    def compose_body(self) -> ComposeResult:
        """The text."""
        yield self._body

    def tell(self, lines: Sequence[str]) -> None:
        """Show what was found."""
        self._body.update(Text("\n".join(printable(line) for line in lines)))


class LearnedPanel(Dialog[bool]):
    """Sentences; it ends with whether what was learned is to be kept."""

    heading = "Worst first"
    key_places = (LEARNED,)

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.lines = lines

    def compose_body(self) -> ComposeResult:
        """The sentences."""
        yield Static(Text("\n".join(map(printable, self.lines))))


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
