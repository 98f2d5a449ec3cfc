"""What is known of one column of a table: its statistics, its histogram, and where the current row stands."""

from __future__ import annotations

import math
from collections.abc import Callable

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from tuiqc.tables.column_statistics import ColumnStatistics
from tuiqc.tables.histograms import block_histogram, marker_cell
from tuiqc.tables.number_format import format_value
from tuiqc.text import printable, shorten
from tuiqc.ui.keys import COLUMN
from tuiqc.ui.screens.dialogs import Dialog

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
