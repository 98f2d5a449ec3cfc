"""Which columns are shown: the whole list, with a line to narrow it."""

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


class ColumnChooser(Dialog[str | None]):
    """Columns of a table, shown or hidden; enter goes to a column, space switches it."""

    heading = "Columns"
    keys = "type to narrow · ↓ list · space show/hide · enter go there · esc"

    def __init__(
        self, names: Sequence[str], hidden: Callable[[str], bool], toggle: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.names, self.hidden, self.toggle = list(names), hidden, toggle
        self.listed = self.names[:_MOST]

    def compose_body(self) -> ComposeResult:
        """A line and the list."""
        yield Input(placeholder="part of a name", id="part")
        yield OptionList(*self._options())

    def _options(self) -> list[Option]:
        return [
            Option(Text.assemble("[ ] " if self.hidden(name) else "[x] ", printable(name)))
            for name in self.listed
        ]

    def _show(self) -> None:
        listing = self.part(OptionList)
        at = listing.highlighted
        listing.clear_options()
        listing.add_options(self._options())
        listing.highlighted = at if at is not None and at < len(self.listed) else 0 if self.listed else None

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Only names that hold what was typed."""
        wanted = event.value.casefold()
        self.listed = [name for name in self.names if wanted in name.casefold()][:_MOST]
        self._show()

    @on(Input.Submitted)
    def into_list(self, event: Input.Submitted) -> None:
        """Enter in the line goes to the first."""
        if self.listed:
            self.dismiss(self.listed[0])

    def on_key(self, event: events.Key) -> None:
        """Down leaves the line; space in the list switches a column."""
        listing = self.part(OptionList)
        if event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            listing.focus()
            listing.highlighted = 0 if self.listed else None
        elif event.key == "space" and self.focused is listing and listing.highlighted is not None:
            event.stop()
            self.toggle(self.listed[listing.highlighted])
            self._show()

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter in the list."""
        self.dismiss(self.listed[event.option_index])
