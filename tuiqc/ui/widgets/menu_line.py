"""The lines at the foot of the screen that say which keys may follow: those of a menu, or letters of places.

They stand where the other lines at the foot were, and take as many rows: tables and pictures stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.theme import tone

MOST_ROWS = 3
"""Rows that it may take: those of keys, reasons and counts."""
_LEAST = 36
"""Cells of an entry's words below which it says too little."""
_APART = 3
_ESC = ("esc", "leave")


@dataclass(frozen=True)
class Menu:
    """What may follow.

    Attributes
    ----------
    heading
        What is chosen.
    entries
        Result, key and text of each.
    then
        Gets the result of the entry that is chosen.
    typed
        Takes a character that is the key of no entry, and returns what the heading says then, None to close.
    """

    heading: str
    entries: Sequence[tuple[str, str, str]] = ()
    then: Callable[[str], object] = lambda result: None
    typed: Callable[[str], str | None] | None = None
    closed: Callable[[], object] = field(default=lambda: None)


def fits(heading: str, entries: Sequence[tuple[str, str, str]], width: int) -> bool:
    """Whether all entries can be told in the rows that there are, with enough words."""
    return len(_laid_out(heading, entries, width, _LEAST)) <= MOST_ROWS


class MenuLine(Widget, can_focus=True):
    """Hidden until something is to be chosen; a key chooses, or the arrows and enter, or a click."""

    DEFAULT_CSS = """
    MenuLine { height: auto; max-height: 3; display: none; background: $panel; }
    MenuLine.-open { display: block; }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter", "choose", show=False),
        Binding("down,right,tab", "step(1)", show=False),
        Binding("up,left,shift+tab", "step(-1)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.menu = Menu("")
        self.heading, self.at = "", 0
        self._before: Widget | None = None
        self._rows: list[list[_Placed]] = []

    @property
    def is_open(self) -> bool:
        """Whether something is being chosen."""
        return self.has_class("-open")

    def open(self, menu: Menu) -> None:
        """Take the keys; the lines that it stands for are hidden (`-menu-1` to `-menu-3` of the screen)."""
        if not self.is_open:
            self._before = self.screen.focused
        self.menu, self.heading, self.at = menu, printable(menu.heading), 0
        self.add_class("-open")
        self._lay_out()
        self.focus()

    def close(self) -> None:
        """Give the keys back to what had them."""
        if not self.is_open:
            return
        self.remove_class("-open")
        for count in range(1, MOST_ROWS + 1):
            self.screen.remove_class(f"-menu-{count}")
        if self.has_focus and self._before is not None and self._before.is_attached:
            self.screen.set_focus(self._before, scroll_visible=False)
        self._before = None
        self.menu.closed()

    def _lay_out(self) -> None:
        width = self.screen.size.width
        self._rows = _laid_out(self.heading, self.menu.entries, width, _LEAST)[:MOST_ROWS]
        for count in range(1, MOST_ROWS + 1):
            self.screen.set_class(count == len(self._rows), f"-menu-{count}")
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """Another width: perhaps another number of rows."""
        if self.is_open:
            self._lay_out()

    def on_blur(self) -> None:
        """The person went elsewhere, with the mouse."""
        if self.is_open and self.screen.is_current:
            self.close()

    def render(self) -> Text:
        """The heading, then key and words of each entry."""
        lines = []
        for row, placed in enumerate(self._rows):
            line = Text(" ", no_wrap=True)
            if row == 0:
                line.append(self.heading, style="bold")
            for one in placed:
                line.append(" " * (one.x - line.cell_len))
                line.append(
                    one.key,
                    style="bold reverse" if one.number == self.at else f"bold {tone(self, 'accent-ink')}",
                )
                line.append(f" {one.text}", style="bold" if one.number == self.at else "")
            lines.append(line)
        return Text("\n", no_wrap=True).join(lines)

    # --- keys and mouse

    def on_key(self, event: events.Key) -> None:
        """A character is for nobody else: what it does not choose does nothing."""
        if not event.is_printable or not event.character:
            return
        event.stop()
        event.prevent_default()
        self._take(event.character)

    def _take(self, character: str) -> None:
        found = next((one[0] for one in self.menu.entries if one[1] == character), None)
        if found is not None:
            self._choose(found)
        elif self.menu.typed is not None:
            heading = self.menu.typed(character)
            if heading is None:
                self.close()
            else:
                self.heading = printable(heading)
                self._lay_out()

    def _choose(self, result: str) -> None:
        then = self.menu.then
        self.close()
        then(result)

    def action_leave(self) -> None:
        """Escape."""
        self.close()

    def action_choose(self) -> None:
        """Enter."""
        if self.menu.entries:
            self._choose(self.menu.entries[self.at][0])

    def action_step(self, step: int) -> None:
        """Another entry is under the cursor."""
        if self.menu.entries:
            self.at = (self.at + step) % len(self.menu.entries)
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click on an entry."""
        offset = event.get_content_offset(self)
        row = self._rows[offset.y] if offset is not None and offset.y < len(self._rows) else []
        for one in row:
            if offset is not None and one.x <= offset.x < one.x + one.width:
                if one.number < 0:
                    self.close()
                else:
                    self._choose(self.menu.entries[one.number][0])
                return


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry on a row: its number (-1 for the way out), first cell, key and words."""

    number: int
    x: int
    key: str
    text: str

    @property
    def width(self) -> int:
        return display_width(self.key) + 1 + display_width(self.text)


def _laid_out(
    heading: str, entries: Sequence[tuple[str, str, str]], width: int, least: int
) -> list[list[_Placed]]:
    """Rows of entries behind the heading; the longest are shortened until all fit, but none below `least` cells."""
    told = [(key, printable(text)) for _, key, text in entries] + [_ESC]
    longest = max(display_width(text) for _, text in told)
    while True:
        rows = _flow(printable(heading), told, width, longest)
        if len(rows) <= MOST_ROWS or longest <= least:
            return rows
        longest -= 1


def _flow(heading: str, told: Sequence[tuple[str, str]], width: int, longest: int) -> list[list[_Placed]]:
    rows: list[list[_Placed]] = [[]]
    x = 1 + (display_width(heading) + _APART if heading else 0)
    for number, (key, text) in enumerate(told):
        one = _Placed(number if number < len(told) - 1 else -1, x, key, shorten(text, longest))
        if x + one.width > width and x > 1:
            rows.append([])
            one = _Placed(one.number, 1, one.key, one.text)
        rows[-1].append(one)
        x = one.x + one.width + _APART
    return rows
