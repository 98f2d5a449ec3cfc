"""Dialogs that ask for one thing: a note, or a reason."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tuiqc.text import printable
from tuiqc.ui.screens.dialog import Dialog


class NoteDialog(Dialog[str | None]):
    """One line of free text; enter keeps it, escape leaves the old one."""

    DEFAULT_CSS = """
    NoteDialog Input { margin: 1 0; }
    """
    keys = "enter keep · esc leave as it was"

    def __init__(self, what: str, note: str) -> None:
        super().__init__()
        self.heading = f"Note on {printable(what)}"
        self.note = note

    def compose_body(self) -> ComposeResult:
        """The line to write on."""
        yield Input(printable(self.note), placeholder="free text", id="note")

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Enter."""
        unchanged = event.value == printable(self.note)
        self.dismiss(None if unchanged else event.value.strip())


class ReasonDialog(Dialog[str | None]):
    """A list of reasons with number keys, and a line for one of the person's own."""

    DEFAULT_CSS = """
    ReasonDialog OptionList { max-height: 12; }
    ReasonDialog Input { margin: 1 0; }
    """
    keys = "1-9 or enter choose · tab own words · esc leave as it was"

    def __init__(self, what: str, reasons: Sequence[str], now: str) -> None:
        super().__init__()
        self.heading = f"Why did {printable(what)} fail?"
        self.reasons = list(reasons)
        self.now = now

    def compose_body(self) -> ComposeResult:
        """The list, then the line."""
        options = []
        for number, reason in enumerate(self.reasons):
            text = Text(f" {number + 1} " if number < 9 else "   ", style="bold")
            text.append(printable(reason))
            if reason == self.now:
                text.append("  (now)", style="dim")
            options.append(Option(text))
        yield OptionList(*options, id="reasons")
        yield Input(placeholder="own words", id="own")

    def on_mount(self) -> None:
        """Start on the present reason."""
        if self.now in self.reasons:
            self.part(OptionList).highlighted = self.reasons.index(self.now)

    def on_key(self, event: events.Key) -> None:
        """Number keys choose at once, unless the person is writing."""
        if isinstance(self.focused, Input) or not (event.character or "").isdigit():
            return
        number = int(event.character or 0) - 1
        if 0 <= number < min(9, len(self.reasons)):
            event.stop()
            self.dismiss(self.reasons[number])

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Enter on the list."""
        self.dismiss(self.reasons[event.option_index])

    @on(Input.Submitted)
    def own_words(self, event: Input.Submitted) -> None:
        """Enter on the line; an empty one changes nothing."""
        self.dismiss(event.value.strip() or None)


class WordDialog(Dialog[str | None]):
    """One line for a word, such as a name; enter takes it."""

    keys = "enter take it · esc close"

    def __init__(self, heading: str, word: str) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.word = word

    def compose_body(self) -> ComposeResult:
        """The line to write on."""
        yield Input(printable(self.word), id="word")

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Enter; an empty line changes nothing."""
        self.dismiss(event.value.strip() or None)
