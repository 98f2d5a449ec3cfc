"""What the order worst first has learned: sentences, and a key that keeps it as a model for later batches."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from tuiqc.text import printable
from tuiqc.ui.keys import LEARNED
from tuiqc.ui.screens.dialogs import Dialog


class LearnedPanel(Dialog[bool]):
    """Sentences; it ends with whether what was learned is to be kept."""

    heading = "Worst first"
    key_places = (LEARNED,)

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.lines = lines

    def compose_body(self) -> ComposeResult:
        """The sentences."""
        yield Static(Text("\n".join(map(printable, self.lines))))
