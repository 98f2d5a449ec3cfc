"""A question with yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tuiqc.text import printable
from tuiqc.ui.screens.dialog import Dialog


class Confirm(Dialog[bool]):
    """Asks before something that touches many things at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "yes", "Yes", show=False),
        Binding("n", "cancel", "No", show=False),
    ]
    keys = "enter or y yes · esc or n no"

    def __init__(self, heading: str, lines: Sequence[str]) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.lines = lines

    def compose_body(self) -> ComposeResult:
        """What it is about."""
        yield Static(Text("\n".join(printable(line) for line in self.lines)))

    def action_yes(self) -> None:
        """Yes."""
        self.dismiss(True)
