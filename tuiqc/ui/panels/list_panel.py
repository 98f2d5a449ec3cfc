"""A short menu: one key for each entry."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tuiqc.text import printable
from tuiqc.ui.screens.dialogs import Dialog

Entry = tuple[str, str, str]


class Menu(Dialog[str | None]):
    """Entries are (result, key, text); the key or enter chooses."""

    DEFAULT_CSS = "Menu OptionList { max-height: 18; }"
    keys = "a key or enter choose · esc close"

    def __init__(self, heading: str, entries: Sequence[Entry]) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.entries = list(entries)

    def compose_body(self) -> ComposeResult:
        """The list."""
        yield OptionList(
            *(Option(Text.assemble((f" {key} ", "bold"), printable(text))) for _, key, text in self.entries)
        )

    def on_key(self, event: events.Key) -> None:
        """A key of an entry, which the list itself does not take."""
        chosen = {key: result for result, key, _ in self.entries}.get(event.character or "")
        if chosen is not None:
            event.stop()
            self.dismiss(chosen)

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter."""
        self.dismiss(self.entries[event.option_index][0])
