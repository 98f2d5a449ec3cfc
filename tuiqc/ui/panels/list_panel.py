"""A list over the review, perhaps with a line to type on; what is in it is said by its content.

Contents are menus, reasons, names, columns, filters and stale verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tuiqc.qc.stale import Finding
from tuiqc.review.changes import Changes
from tuiqc.review.stale_verdicts import StaleVerdicts
from tuiqc.tables.filters.stack import FilterStack
from tuiqc.text import printable
from tuiqc.ui.keys import COLUMNS, COLUMNS_LINE, FILTERS, PICKER, REASONS, STALE
from tuiqc.ui.screens.dialogs import Dialog, relist


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list; a character of its own chooses it, where it has one."""

    text: Text
    result: Any = None
    key: str = ""
    disabled: bool = False


class ListContent:
    """What a list has in it, and what is done with an entry.

    Attributes
    ----------
    heading, keys
        Title of the box; keys that every list has, for its foot.
    key_places, line_places
        Where its own keys are in the registry, and those that work while one types.
    place, width, height
        See `Dialog`; columns of the box, and rows of the list at most.
    line, placeholder
        Where the line to type on stands, "" for none, and what is said in it while it is empty.
    start
        Entry that is under the cursor at first, None for none.
    """

    heading: str = ""
    keys: str = "enter choose · esc close"
    key_places: tuple[str, ...] = ()
    line_places: tuple[str, ...] = ()
    place: Literal["middle", "corner"] = "middle"
    width: int = 72
    height: int = 16
    line: Literal["", "above", "below"] = ""
    placeholder: str = ""
    start: int | None = None

    def entries(self, typed: str) -> Sequence[Entry]:
        """The entries; `typed` is what stands in the line."""
        raise NotImplementedError

    def narrows(self) -> bool:
        """Whether what is typed chooses among the entries."""
        return self.line == "above"

    def enter(self, panel: ListPanel[Any], entry: Entry) -> None:
        """Enter on an entry."""
        panel.dismiss(entry.result)

    def follow(self, changes: Changes) -> bool:
        """Whether the entries are others after these changes of the review."""
        return False


C = TypeVar("C", bound=ListContent)


class ListPanel(Dialog[Any], Generic[C]):
    """Shows a content; it ends with the result of an entry, with what was typed, or with None."""

    DEFAULT_CSS = "ListPanel.-own-words Input { margin: 1 0; }"

    def __init__(self, content: C) -> None:
        super().__init__()
        self.content = content
        self.heading, self.keys, self.place = printable(content.heading), content.keys, content.place
        self.key_places, self.line_places = content.key_places, content.line_places
        self.set_class(content.line == "below", "-own-words")
        self.shown, self._typed = list(content.entries("")), ""

    def compose_body(self) -> ComposeResult:
        """The list, and the line above or below it."""
        listing = OptionList(*self._options())
        listing.styles.max_height = self.content.height
        line = Input(placeholder=self.content.placeholder) if self.content.line else None
        if line is not None and self.content.line == "above":
            yield line
        yield listing
        if line is not None and self.content.line == "below":
            yield line

    def on_mount(self) -> None:
        """The cursor where it begins."""
        self.part(Vertical).styles.width = self.content.width
        if self.content.start is not None:
            self.part(OptionList).highlighted = self.content.start

    def _options(self) -> list[Option]:
        return [Option(one.text, disabled=one.disabled) for one in self.shown]

    @property
    def at(self) -> int | None:
        """Number of the entry under the cursor, None if there is none."""
        at = self.part(OptionList).highlighted
        return at if at is not None and at < len(self.shown) else None

    def refill(self) -> None:
        """Show the entries as they are now; the cursor stays where it is."""
        self.shown = list(self.content.entries(self._typed))
        relist(self.part(OptionList), self._options())

    def follow(self, changes: Changes) -> None:
        """The entries may be others now."""
        if self.content.follow(changes):
            self.refill()

    def to_list(self) -> None:
        """From the line to the list."""
        listing = self.part(OptionList)
        listing.focus()
        listing.highlighted = 0 if self.shown else None

    def move(self, where: str) -> None:
        """Another line of the list while one types: "cursor_up", "cursor_down", "page_up", "page_down"."""
        getattr(self.part(OptionList), f"action_{where}")()

    def choose(self, number: int) -> None:
        """Enter on the entry of that number, from 0."""
        if 0 <= number < len(self.shown):
            self.content.enter(self, self.shown[number])

    def on_key(self, event: events.Key) -> None:
        """The character of an entry, which the list itself does not take."""
        found = {one.key: one for one in self.shown if one.key.strip()}.get(event.character or "")
        if found is not None and not isinstance(self.focused, Input):
            event.stop()
            self.content.enter(self, found)

    @on(OptionList.OptionSelected)
    def selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click in the list."""
        self.choose(event.option_index)

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Only entries that hold what was typed."""
        if self.content.narrows() and event.value != self._typed:
            self._typed = event.value
            self.refill()
            self.part(OptionList).highlighted = 0 if self.shown else None

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter in the line: the entry under the cursor, else the first one; or what was typed, if anything."""
        if self.content.narrows():
            self.choose(self.at or 0)
        else:
            self.dismiss(event.value.strip() or None)


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
    """Columns of a table, shown or hidden; enter goes to a column."""

    heading = "Columns"
    keys = "type to narrow · ↓ list · enter go there · esc"
    key_places, line_places = (COLUMNS,), (COLUMNS_LINE,)
    line, placeholder = "above", "part of a name"

    def __init__(
        self, names: Sequence[str], hidden: Callable[[str], bool], toggle: Callable[[str], None]
    ) -> None:
        self._names, self._hidden, self.toggle = names, hidden, toggle

    def entries(self, typed: str) -> list[Entry]:
        """The columns whose names hold what was typed."""
        wanted = typed.casefold()
        found = [name for name in self._names if wanted in name.casefold()][:_MOST]
        return [
            Entry(Text.assemble("[ ] " if self._hidden(name) else "[x] ", printable(name)), name)
            for name in found
        ]


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
