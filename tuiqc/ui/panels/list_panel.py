"""A list over the review, perhaps with a line to type on: what it lists is said by its content."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.review.changes import Changes
from tuiqc.text import printable
from tuiqc.ui.screens.dialogs import Dialog, relist


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list; a character of its own chooses it, where it has one."""

    text: Text
    result: Any = None
    key: str = ""
    disabled: bool = False


class ListContent(ABC):
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
    place: Literal["middle", "corner", "right"] = "middle"
    width: int = 72
    height: int = 16
    line: Literal["", "above", "below"] = ""
    placeholder: str = ""
    start: int | None = None

    @abstractmethod
    def entries(self, typed: str) -> Sequence[Entry]:
        """The entries; `typed` is what stands in the line."""

    def narrows(self) -> bool:
        """Whether what is typed chooses among the entries."""
        return self.line == "above"

    def enter(self, panel: ListPanel[Any], entry: Entry) -> None:
        """Enter on an entry."""
        panel.dismiss(entry.result)

    def below(self, entry: Entry | None) -> Text | None:
        """What stands below the list about the entry under the cursor; None for a list with nothing below it."""
        return None

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
        if (below := self.content.below(None)) is not None:
            yield Static(below, id="below")
        if line is not None and self.content.line == "below":
            yield line

    def on_mount(self) -> None:
        """The cursor where it begins."""
        if self.place != "beside":
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

    @property
    def _first(self) -> int | None:
        """Number of the first entry that is no heading."""
        return next((number for number, one in enumerate(self.shown) if not one.disabled), None)

    def refill(self) -> None:
        """Show the entries as they are now; the cursor stays where it is."""
        self.shown = list(self.content.entries(self._typed))
        relist(self.part(OptionList), self._options())
        self.tell_below()

    def tell_below(self) -> None:
        """Bring what stands below the list up to date."""
        at = self.at
        below = self.content.below(None if at is None else self.shown[at])
        if below is not None:
            self.part(Static, "#below").update(below)

    def follow(self, changes: Changes) -> None:
        """The entries may be others now."""
        if self.query(OptionList) and self.content.follow(changes):
            self.refill()

    def to_list(self) -> None:
        """From the line to the list."""
        listing = self.part(OptionList)
        listing.focus()
        listing.highlighted = self._first

    def move(self, where: str) -> None:
        """Another line of the list while one types: "cursor_up", "cursor_down", "page_up", "page_down"."""
        getattr(self.part(OptionList), f"action_{where}")()

    def choose(self, number: int) -> None:
        """Enter on the entry of that number, from 0."""
        if 0 <= number < len(self.shown) and not self.shown[number].disabled:
            self.content.enter(self, self.shown[number])

    def on_key(self, event: events.Key) -> None:
        """The character of an entry, which the list itself does not take."""
        found = {one.key: one for one in self.shown if one.key.strip()}.get(event.character or "")
        if found is not None and not isinstance(self.focused, Input):
            event.stop()
            self.content.enter(self, found)

    @on(OptionList.OptionHighlighted)
    def highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another entry is under the cursor."""
        self.tell_below()

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
            self.part(OptionList).highlighted = self._first

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter in the line: the entry under the cursor, else the first one; or what was typed, if anything."""
        if self.content.narrows():
            at = self._first if self.at is None else self.at
            if at is not None:
                self.choose(at)
        else:
            self.dismiss(event.value.strip() or None)
