"""The list of rules with names, and below it the threshold of the one under the cursor in its histogram."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.text import Text

from tuiqc.review.changes import Changes
from tuiqc.review.rule_book import BookedRule, RuleBook
from tuiqc.tables.histograms import block_histogram
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.keys import RULES
from tuiqc.ui.panels.list_panel import Entry, ListContent, ListPanel

_WIDTH = 70
_NAME = 26
_CELLS = 60
_HIGH = 3


class RuleList(ListContent):
    """Each rule with the share that it flags. What keys do to one is done by `act(what, rule)`, which tells the list.

    Parameters
    ----------
    filtering, shown
        Whether only what a rule flags is shown; whether its column is.
    """

    heading = "Rules"
    keys = "esc close"
    key_places = (RULES,)
    place, width, height = "right", _WIDTH + 6, 9
    start = 1

    def __init__(
        self,
        book: RuleBook,
        filtering: Callable[[BookedRule], bool],
        shown: Callable[[BookedRule], bool],
        act: Callable[[str, BookedRule], None],
    ) -> None:
        self.book, self._filtering, self._shown, self._act = book, filtering, shown, act
        count = len(book.view.frame)
        whole = "" if book.ranking.complete else ", as far as they are measured"
        self.heading = f"Rules on {count:,} {book.ranking.layer}{whole}"

    def entries(self, typed: str) -> list[Entry]:
        """The sets with their rules."""
        entries: list[Entry] = []
        for rules in self.book.sets:
            heading = Text(shorten(printable(f"{rules.name}: {rules.about}"), _WIDTH), style="bold")
            entries.append(Entry(heading, disabled=True))
            entries += [self._entry(self.book.rules[column]) for column in rules.columns()]
        for name, why in self.book.broken.items():
            entries.append(Entry(Text(printable(f"{name}: {why}"), style="bold"), disabled=True))
        return entries

    def _entry(self, booked: BookedRule) -> Entry:
        text = Text("[x]" if self._filtering(booked) else "[ ]", no_wrap=True)
        text.append("c " if self._shown(booked) else "  ")
        mark = "*" if booked.rule != booked.written else ""
        name = shorten(booked.rule.name, _NAME - 1) + mark
        text.append(name + " " * (_NAME - display_width(name)))
        total = max(1, len(self.book.view.frame))
        share = f"{booked.count:>7,} {booked.count / total:6.1%} "
        text.append(" " * len(share) if booked.trouble else share, style="bold")
        text.append(shorten(printable(booked.trouble or booked.rule.about), _WIDTH - text.cell_len), "dim")
        return Entry(text, booked)

    def enter(self, panel: ListPanel[Any], entry: Entry) -> None:
        """Enter switches the filter."""
        self.do(panel, "filter")

    def do(self, panel: ListPanel[Any], what: str) -> None:
        """Do something to the rule under the cursor."""
        if panel.at is not None and isinstance(booked := panel.shown[panel.at].result, BookedRule):
            self._act(what, booked)
            panel.refill()

    def follow(self, changes: Changes) -> bool:
        """Filters may have been changed, or what a rule flags was found."""
        return bool(changes & (Changes.FILTERS | Changes.COLUMNS | Changes.RANKING))

    # --- the threshold

    def below(self, entry: Entry | None) -> Text | None:
        """What the rule says, and its threshold in the histogram of the measure."""
        booked = entry.result if entry is not None else None
        if not isinstance(booked, BookedRule):
            return Text("\n" * (_HIGH + 3))
        text = Text(shorten(printable(booked.rule.where), _WIDTH), style="bold", no_wrap=True)
        return text.append("\n").append_text(self._threshold(booked))

    def _threshold(self, booked: BookedRule) -> Text:
        if booked.threshold is not None and booked.scale is None:
            self._act("measure", booked)
        threshold, scale = booked.threshold, booked.scale
        if threshold is not None and scale is None and not booked.trouble:
            return Text("measuring …" + "\n" * (_HIGH + 2), style="italic")
        if booked.trouble or threshold is None or scale is None:
            why = booked.trouble or "it has no threshold that could be moved"
            return Text(printable(why) + "\n" * (_HIGH + 2), style="italic")
        at = scale.cell(threshold.value)
        which = f"threshold {booked.chosen + 1} of {len(booked.thresholds)}: " * (len(booked.thresholds) > 1)
        words = f"{which}flags what is {threshold.flags} {threshold.value:.6g} in {threshold.words}"
        text = Text(shorten(printable(words), _WIDTH) + "\n", style="")
        for line in block_histogram(scale.counts, _CELLS, _HIGH):
            for cell, block in enumerate(line):
                flagged = cell < at if threshold.flags == "below" else cell > at
                text.append(block, style="bold yellow" if flagged or cell == at else "cyan")
            text.append("\n")
        arrow = "◄" if threshold.flags == "below" else "►"
        mark = (" " * (at - 1) + f"{arrow}▲" if at else "▲") if arrow == "◄" else " " * at + "▲►"
        text.append(mark + "\n", style="bold yellow")
        low, high = (f"{one:.4g}" for one in (scale.low, scale.high))
        return text.append(low + " " * max(1, _CELLS - len(low) - len(high)) + high, style="dim")
