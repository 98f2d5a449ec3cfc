"""What has to be read before one goes on, such as where the verdicts go: never cut, and there until it is read."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from tuiqc.text import printable


class Notice(Static):
    """Sentences in as many lines as they need; hidden while there are none."""

    DEFAULT_CSS = """
    Notice { height: auto; max-height: 8; display: none; background: $warning 30%; color: $text; padding: 0 1; }
    Notice.-shown { display: block; }
    """
    ALLOW_SELECT = False

    def tell(self, sentences: Sequence[str]) -> None:
        """Show these until `read` is called."""
        lines = [printable(one) for one in sentences]
        if lines:
            lines[-1] += "   (esc: read)"
        self.update(Text("\n".join(lines)))
        self.set_class(bool(lines), "-shown")

    def read(self) -> bool:
        """The person has read it; whether there was something."""
        shown = self.has_class("-shown")
        self.remove_class("-shown")
        return shown
