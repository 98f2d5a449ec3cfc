"""One column out of many, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tuiqc.text import printable
from tuiqc.ui.screens.dialog import Dialog

_MOST = 500


class ColumnPicker(Dialog[str | None]):
    """Entries (name, remark) with a line to narrow them; the result is the name.

    Parameters
    ----------
    now
        The entry that is in force: it is under the cursor, so that enter chooses it again.
    """

    keys = "type to narrow · ↑ ↓ · enter choose · esc"

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

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while one types."""
        listing = self.part(OptionList)
        moves: dict[str, Callable[[], None]] = {
            "up": listing.action_cursor_up,
            "down": listing.action_cursor_down,
            "pageup": listing.action_page_up,
            "pagedown": listing.action_page_down,
        }
        move = moves.get(event.key)
        if move is not None and self.focused is not listing:
            event.stop()
            move()

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
