"""How good is the batch: a panel that is filled by a thread and asked again with a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tuiqc.qc.rates import Method
from tuiqc.text import printable
from tuiqc.ui.keys import GROUPED, STATUS
from tuiqc.ui.screens.dialogs import Dialog

Ask = Callable[["StatusPanel"], None]


class StatusPanel(Dialog[None]):
    """Counts and rates; `ask(panel)` computes them off the event loop and calls `tell` when they are there.

    Parameters
    ----------
    groups
        Placeholders by which the counts can be told apart.
    """

    DEFAULT_CSS = """
    StatusPanel > Vertical { width: 112; }
    StatusPanel VerticalScroll { height: auto; max-height: 100%; }
    """
    heading = "How good is the batch"
    keys = "↑ ↓ scroll · esc close"
    key_places: tuple[str, ...] = (STATUS,)

    def __init__(self, groups: Sequence[str], ask: Ask) -> None:
        super().__init__()
        self._groups = ["", *groups]
        self._ask = ask
        if groups:
            self.key_places = (STATUS, GROUPED)
        self.method: Method = "wilson"
        self.by = ""
        self._body = Static(Text("counting …"), id="status")

    def compose_body(self) -> ComposeResult:
        """The text."""
        with VerticalScroll():
            yield self._body

    def on_mount(self) -> None:
        """Ask at once."""
        self._ask(self)

    def tell(self, lines: Sequence[str]) -> None:
        """Show what was found; nothing happens when the panel was closed meanwhile."""
        self._body.update(Text("\n".join(printable(line) for line in lines)))

    def other_interval(self) -> None:
        """Wilson's interval, or the exact one."""
        self.method = "exact" if self.method == "wilson" else "wilson"
        self._ask(self)

    def next_group(self) -> None:
        """Counts by the next group, where there is one."""
        if len(self._groups) > 1:
            self.by = self._groups[(self._groups.index(self.by) + 1) % len(self._groups)]
            self._ask(self)
