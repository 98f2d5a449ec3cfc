"""`tuiqc` alone in a terminal: the batches that were opened before, one of which is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.review.batch_progress import BatchProgress
from tuiqc.text import printable
from tuiqc.ui import theme

HOW_TO_BEGIN = (
    ("tuiqc demo", "a batch with planted errors; tuiqc demo --tour teaches ten keys on it"),
    ("tuiqc open FOLDER", "images, masks and tables in one folder"),
    ("tuiqc open TABLE", "an object table that names its images"),
    ("tuiqc help", "the documents; tuiqc --help all commands"),
)
"""Commands and what they open."""


class StartPage(App["int | None"]):
    """Ends with the number of the batch that was chosen, or None."""

    TITLE = "tuiqc"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #top { background: $panel; text-style: bold; padding: 0 1; }
    #batches { height: 1fr; border: round $accent; padding: 0 1; background: $surface; }
    #none { height: 1fr; padding: 1 2; }
    #batches > .option-list--option-highlighted, #batches:focus > .option-list--option-highlighted {
        background: $accent 40%; color: $foreground; text-style: bold;
    }
    #begin { padding: 0 1; color: $text-muted; height: auto; }
    #keys { background: $panel; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape,ctrl+c", "leave", "quit", priority=True),
    ]

    def __init__(self, batches: Sequence[BatchProgress], wanted_theme: str = "") -> None:
        super().__init__()
        self._batches = list(batches)
        if wanted_theme:
            self.theme = theme.chosen(wanted_theme)

    def compose(self) -> ComposeResult:
        """A heading, the list or what to do where there is none, how else to begin, the keys."""
        yield Static("tuiqc · batches opened before" if self._batches else "tuiqc", id="top", markup=False)
        if self._batches:
            yield OptionList(*(Option(_described(one)) for one in self._batches), id="batches")
        else:
            yield Static("No batch was opened yet: quit, then try one of these.", id="none", markup=False)
        begin = Text("\n").join(
            Text.assemble((f"{command:<20}", "bold"), about) for command, about in HOW_TO_BEGIN
        )
        yield Static(begin, id="begin")
        keys = "↑ ↓ and enter, 1-9 or a click open one · q quit" if self._batches else "q quit"
        yield Static(keys, id="keys", markup=False)

    def on_mount(self) -> None:
        """The newest one is under the cursor."""
        if self._batches:
            listing = self.query_one(OptionList)
            listing.highlighted = 0
            listing.focus()

    def on_key(self, event: events.Key) -> None:
        """The number of a batch; letters for the arrows."""
        character = event.character or ""
        if character.isdecimal() and 1 <= int(character) <= len(self._batches):
            self.exit(int(character) - 1)
        elif character in ("j", "k") and self._batches:
            listing = self.query_one(OptionList)
            (listing.action_cursor_down if character == "j" else listing.action_cursor_up)()

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        self.exit(event.option_index)

    def action_leave(self) -> None:
        """None of them."""
        self.exit(None)


def _described(one: BatchProgress) -> Text:
    first, *others = one.lines()
    name = printable(one.batch.name)
    text = Text.assemble((name, "bold"), first[len(name) :])
    for line in others:
        text.append(f"\n  {line}", "bold red" if one.missing and "NOT THERE" in line else "dim")
    return text
