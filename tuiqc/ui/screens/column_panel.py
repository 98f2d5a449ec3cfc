"""What is in the column under the cursor, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from tuiqc.tables.format import format_value
from tuiqc.tables.statistics import ColumnStatistics
from tuiqc.text import printable, shorten
from tuiqc.ui.screens.dialog import Dialog

_BINS = 60
_BLOCKS = " ▁▂▃▄▅▆▇█"


class ColumnPanel(Dialog[str | None]):
    """Statistics and a histogram with the place of the current row; a key acts on the column and closes or stays.

    `act(key)` is called for h, p, +, -, left, right; it returns the statistics to show then, or None to close.
    The panel ends with the key of an action that needs the whole screen: a, c, s.
    """

    DEFAULT_CSS = "ColumnPanel > Vertical { width: 76; }"
    keys = "s sort · c colour · a aggregate · h hide · p pin · + - width · ← → move · esc"

    def __init__(self, statistics: ColumnStatistics, current: object, act: Callable[[str], bool]) -> None:
        super().__init__()
        self.statistics, self.current, self.act = statistics, current, act
        self.heading = printable(statistics.name)

    def compose_body(self) -> ComposeResult:
        """The text."""
        yield Static(self._text())

    def on_key(self, event: events.Key) -> None:
        """A key of the panel."""
        key = event.character if event.character in tuple("hpsca+-") else event.key
        if key in ("s", "c", "a"):
            event.stop()
            self.dismiss(key)
        elif key in ("h", "p", "+", "-", "left", "right"):
            event.stop()
            if not self.act(key):
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
        top = max(1, int(counts.max()))
        text = Text()
        try:
            here = float(self.current)  # type: ignore[arg-type]
            at = min(_BINS - 1, max(0, int((here - edges[0]) / (edges[-1] - edges[0]) * _BINS)))
        except (TypeError, ValueError):
            at = -1
        for level in (3, 2, 1, 0):
            for number, count in enumerate(counts.tolist()):
                eighths = round(count / top * 32) - level * 8
                if level == 0 and count and eighths < 1:
                    eighths = 1
                text.append(
                    _BLOCKS[max(0, min(8, eighths))], style="reverse bold" if number == at else "cyan"
                )
            text.append("\n")
        low, high = (format_value(float(edge), "float") for edge in (edges[0], edges[-1]))
        text.append(low + " " * max(1, _BINS - len(low) - len(high)) + high, style="dim")
        if at >= 0:
            text.append("\n" + " " * at + "▲ current", style="bold")
        return text
