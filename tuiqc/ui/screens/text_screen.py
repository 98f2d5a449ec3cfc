"""A longer plain text to read, such as the join report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tuiqc.text import printable
from tuiqc.ui.screens.dialog import Dialog


class TextScreen(Dialog[None]):
    """Lines of text in a box that scrolls."""

    DEFAULT_CSS = """
    TextScreen > Vertical { width: 110; }
    TextScreen VerticalScroll { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter,J", "cancel", "Close", show=False)]
    keys = "↑ ↓ page up, page down: scroll · esc close"

    def __init__(self, heading: str, lines: Sequence[str]) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.lines = lines

    def compose_body(self) -> ComposeResult:
        """The text."""
        with VerticalScroll():
            yield Static(Text("\n".join(printable(line) for line in self.lines)))
