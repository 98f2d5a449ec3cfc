"""What the lists over the review have in them: menus, reasons, names, columns, filters, stale verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.text import Text

from tuiqc.qc.stale import Finding
from tuiqc.review.changes import Changes
from tuiqc.review.rows import ColumnGroup
from tuiqc.review.stale_verdicts import StaleVerdicts
from tuiqc.tables.filters.stack import FilterStack
from tuiqc.text import printable
from tuiqc.ui.keys import COLUMNS, COLUMNS_LINE, FILTERS, PICKER, REASONS, STALE
from tuiqc.ui.panels.list_panel import Entry, ListContent, ListPanel

_MOST = 500
"""Names that are listed at most; typing finds the others."""


class Menu(ListContent):
    """Entries are (result, key, text); the key or enter chooses."""

    keys = "a key or enter choose · esc close"
    height = 18

    def __init__(self, heading: str, entries: Sequence[tuple[str, str, str]]) -> None:
        self.heading, self._entries = heading, entries

    def entries(self, typed: str) -> list[Entry]:
        """The key, then the text."""
        return [
            Entry(Text.assemble((f" {key} ", "bold"), printable(text)), result, key)
            for result, key, text in self._entries
        ]


class Reasons(ListContent):
    """Reasons with number keys, and a line for one of the person's own."""

    keys = "1-9 or enter choose · tab own words · esc leave as it was"
    key_places = (REASONS,)
    height, line, placeholder = 12, "below", "own words"

    def __init__(self, what: str, reasons: Sequence[str], now: str) -> None:
        self.heading = f"Why did {what} fail?"
        self._reasons, self._now = list(reasons), now
        self.start = self._reasons.index(now) if now in self._reasons else None

    def entries(self, typed: str) -> list[Entry]:
        """The number, the reason, and whether it is the present one."""
        entries = []
        for number, reason in enumerate(self._reasons):
            text = Text(f" {number + 1} " if number < 9 else "   ", style="bold")
            text.append(printable(reason))
            if reason == self._now:
                text.append("  (now)", style="dim")
            entries.append(Entry(text, reason))
        return entries


class Names(ListContent):
    """Names, each with a remark, and a line to narrow them; `now` is the one that is in force."""

    keys = "type to narrow · ↑ ↓ · enter choose · esc"
    line_places = (PICKER,)
    line, placeholder = "above", "part of a name"

    def __init__(self, heading: str, names: Sequence[tuple[str, str]], now: str = "") -> None:
        self.heading, self._names = heading, names
        listed = [name for name, _ in names[:_MOST]]
        self.start = listed.index(now) if now in listed else 0

    def entries(self, typed: str) -> list[Entry]:
        """The names that hold what was typed."""
        wanted = typed.casefold()
        found = [(name, remark) for name, remark in self._names if wanted in name.casefold()]
        return [
            Entry(Text.assemble(printable(name), (f"  {remark}", "italic") if remark else ""), name)
            for name, remark in found[:_MOST]
        ]


class ColumnNames(ListContent):
    """Columns of a table, shown or hidden; enter goes to a column. Groups of them stand under headings."""

    heading = "Columns"
    keys = "type to narrow · ↓ list · enter go there · esc"
    key_places, line_places = (COLUMNS,), (COLUMNS_LINE,)
    line, placeholder = "above", "part of a name"

    def __init__(
        self,
        names: Sequence[str],
        groups: Sequence[ColumnGroup],
        hidden: Callable[[str], bool],
        toggle: Callable[[str], None],
    ) -> None:
        self._names, self._groups, self._hidden, self.toggle = names, groups, hidden, toggle

    def entries(self, typed: str) -> list[Entry]:
        """The columns whose names hold what was typed, or what is said of them; last those of groups."""
        wanted = typed.casefold()
        entries = [self._entry(name) for name in self._names if wanted in name.casefold()][:_MOST]
        for group in self._groups:
            found = [
                self._entry(name, about)
                for name, about in group.about.items()
                if wanted in name.casefold() or wanted in about.casefold()
            ]
            if found:
                heading = Text(f"{printable(group.heading)} ({len(found)})", style="bold underline")
                entries += [Entry(heading, disabled=True), *found[:_MOST]]
        return entries

    def _entry(self, name: str, about: str = "") -> Entry:
        text = Text("[ ] " if self._hidden(name) else "[x] ")
        return Entry(text.append(printable(name)).append(f"  {printable(about)}" * bool(about), "dim"), name)


class Filters(ListContent):
    """Filters of a table; every change shows at once. Those with a name are remembered."""

    heading = "Filters"
    keys = "esc close · a new one: / name: filter"
    key_places = (FILTERS,)
    place, width = "corner", 78

    def __init__(self, stack: FilterStack, changed: Callable[[], None]) -> None:
        self._stack, self._changed = stack, changed

    def entries(self, typed: str) -> list[Entry]:
        """Whether it is on, its name, what it says, and how many rows it lets through."""
        if not self._stack.filters:
            return [Entry(Text("no filters yet: / makes one"), disabled=True)]
        entries = []
        for (name, count), one in zip(self._stack.chips(), self._stack.filters, strict=True):
            text = Text("[x] " if one.on else "[ ] ")
            text.append(printable(name), style="bold")
            if one.expression.text != name:
                text.append(f"  {printable(one.expression.text)}")
            if one.on:
                text.append(f"  {count:,} rows" if count is not None else "  counting …", style="dim")
            entries.append(Entry(text, one.name))
        return entries

    def enter(self, panel: ListPanel[Any], entry: Entry) -> None:
        """Enter switches it."""
        self.do(panel, self._stack.toggle)

    def do(self, panel: ListPanel[Any], what: Callable[[str], object]) -> None:
        """Do something to the filter under the cursor."""
        if panel.at is not None and self._stack.filters:
            what(self._stack.filters[panel.at].name)
            self._changed()
            panel.refill()

    def toggle(self, panel: ListPanel[Any]) -> None:
        """The filter under the cursor, on or off."""
        self.do(panel, self._stack.toggle)

    def remove(self, panel: ListPanel[Any]) -> None:
        """The filter under the cursor goes."""
        self.do(panel, self._stack.remove)

    def follow(self, changes: Changes) -> bool:
        """The rows may have been counted."""
        return Changes.FILTERS in changes


Act = Callable[[str, Sequence[Finding]], StaleVerdicts | None]


class StaleList(ListContent):
    """`act(what, findings)` does "accept", "decline" or "discard" and returns what is stale then."""

    keys = "enter go there · esc"
    key_places = (STALE,)
    width, start = 100, 0

    def __init__(self, stale: StaleVerdicts, act: Act, go: Callable[[Finding], None]) -> None:
        self._stale, self._act, self._go = stale, act, go
        self.heading = f"{len(stale.findings)} of {stale.checked} verdicts may belong to other objects now"

    def entries(self, typed: str) -> list[Entry]:
        """A line for each."""
        return [Entry(Text(self._stale.line(one)), one) for one in self._stale.findings]

    def enter(self, panel: ListPanel[Any], entry: Entry) -> None:
        """Enter goes to the object."""
        self._go(entry.result)
        panel.dismiss(None)

    def settle(self, panel: ListPanel[Any], what: str, *, every: bool = False) -> None:
        """Accept, decline or discard what is under the cursor, or all."""
        findings = list(self._stale.findings)
        chosen = findings if every else [] if panel.at is None else [findings[panel.at]]
        now = self._act(what, chosen)
        if now is None or not now.findings:
            panel.dismiss(None)
            return
        self._stale = now
        panel.refill()
