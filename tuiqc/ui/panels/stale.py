"""Stale verdicts: a list with proposals, accepted or declined one by one or all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tuiqc.qc.stale import Finding
from tuiqc.review.stale_verdicts import StaleVerdicts
from tuiqc.ui.keys import STALE
from tuiqc.ui.screens.dialogs import Dialog, relist

Act = Callable[[str, Sequence[Finding]], StaleVerdicts | None]


class StalePanel(Dialog[None]):
    """`act(what, findings)` does "accept", "decline" or "discard" and returns what is stale then."""

    DEFAULT_CSS = "StalePanel > Vertical { width: 100; }"
    keys = "enter go there · esc"
    key_places = (STALE,)

    def __init__(self, stale: StaleVerdicts, act: Act, go: Callable[[Finding], None]) -> None:
        super().__init__()
        self.stale, self._act, self._go = stale, act, go
        self.heading = f"{len(stale.findings)} of {stale.checked} verdicts may belong to other objects now"
        self._list = OptionList()

    def compose_body(self) -> ComposeResult:
        """The list."""
        yield self._list

    def on_mount(self) -> None:
        """Fill it."""
        self._fill()
        self._list.highlighted = 0
        self._list.focus()

    def _fill(self) -> None:
        relist(self._list, [Option(Text(self.stale.line(one))) for one in self.stale.findings])

    def settle(self, what: str, *, every: bool = False) -> None:
        """Accept, decline or discard what is under the cursor, or all."""
        at, findings = self._list.highlighted, self.stale.findings
        chosen = findings if every else findings[at : at + 1] if at is not None else []
        now = self._act(what, list(chosen))
        if now is None or not now.findings:
            self.dismiss(None)
            return
        self.stale = now
        self._fill()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: go to the object."""
        self._go(self.stale.findings[event.option_index])
        self.dismiss(None)
