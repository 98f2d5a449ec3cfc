"""The list of exporters over the review, with what each would write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.text import Text

from tuiqc.exporters.hand_over_counts import HandOver
from tuiqc.exporters.registry import EXPORTERS
from tuiqc.text import printable
from tuiqc.ui.panels.list_panel import Entry, ListContent, ListPanel

_REVIEWED = "reviewed"


class HandOvers(ListContent):
    """Exporters; choosing one ends the panel with its name."""

    keys = "enter choose · r reviewed only or all · esc close"
    width, height = 76, 18

    def __init__(self, layer: str, count: Callable[[bool], Sequence[HandOver]]) -> None:
        self.heading = f"Hand over · {layer}" if layer else "Hand over"
        self._count, self.reviewed_only = count, False
        self.start = 2

    def entries(self, typed: str) -> list[Entry]:
        """A switch, then a line for each exporter."""
        mark = "x" if self.reviewed_only else " "
        switch = Text.assemble(f"[{mark}] leave out what nobody reviewed", ("  (r)", "dim"))
        listed = [Entry(_line(one), one.name) for one in self._count(self.reviewed_only)]
        return [Entry(switch, _REVIEWED, "r"), Entry(Text(_HEAD, "dim"), disabled=True), *listed]

    def enter(self, panel: ListPanel[Any], entry: Entry) -> None:
        """The switch, or the end."""
        if entry.result == _REVIEWED:
            self.reviewed_only = not self.reviewed_only
            panel.refill()
        else:
            panel.dismiss((entry.result, self.reviewed_only))

    def below(self, entry: Entry | None) -> Text:
        """What the exporter writes."""
        _, about = EXPORTERS.get(entry.result if entry is not None else "", ("", ""))
        return Text(printable(about), style="italic")


_HEAD = f"{'':<17}{'kept':>9}{'failed':>8}{'unreviewed':>12}"
"""As wide as there is room for beside the picture."""


def _line(one: HandOver) -> Text:
    text = Text.assemble((f"{one.name:<17}", "bold"), f"{one.kept:>9,}")
    return text.append(f"{one.failed:>8,}{one.unreviewed:>12,}", "dim").append(
        "  images" * (one.unit == "images")
    )
