"""All keys on one screen, made from the registry of commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tuiqc.ui.keys import Command, Keymap, registry, shown_key
from tuiqc.ui.screens.dialogs import Dialog


class HelpScreen(Dialog[None]):
    """Keys by group, with the user's own keys where there are some.

    Parameters
    ----------
    keys
        The keys in force of each action.
    heading
        What the view is called that is open, "" for none.
    places
        Where that view has its keys (`Command.place`): they stand first.
    """

    DEFAULT_CSS = """
    HelpScreen > Vertical { width: 100; }
    HelpScreen VerticalScroll { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q,f1", "cancel", "Close", show=False),
        Binding("j,down", "scroll('down')", "Down", show=False),
        Binding("k,up", "scroll('up')", "Up", show=False),
        Binding("pagedown,space", "scroll('page_down')", "Page down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
    ]
    heading = "Keys"
    keys = "↑ ↓ page up, page down: scroll · esc close"

    def __init__(self, keys: Keymap, heading: str = "", places: Sequence[str] = ()) -> None:
        super().__init__()
        self.in_force = keys
        self.view, self.places = heading, places

    def compose_body(self) -> ComposeResult:
        """The table of keys."""
        with VerticalScroll(id="help-scroll"):
            yield Static(self._table())

    def action_scroll(self, where: str) -> None:
        """Scroll the list: up, down, page_up, page_down."""
        box = self.part(VerticalScroll, "#help-scroll")
        {
            "up": box.scroll_up,
            "down": box.scroll_down,
            "page_up": box.scroll_page_up,
            "page_down": box.scroll_page_down,
        }[where](animate=False)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        own = [action for place in self.places for action in registry.of(place)]
        if own:
            table.add_row(Text(self.view, style="bold underline"), "")
            for action in own:
                self._add(table, action, action.help)
            table.add_row("", "")
        for group in registry.groups:
            table.add_row(Text(group, style="bold underline"), "")
            for action in registry:
                if action.group == group and action not in own:
                    self._add(table, action, action.help + action.where)
            table.add_row("", "")
        return table

    def _add(self, table: Table, action: Command, text: str) -> None:
        if action.listed:
            table.add_row(Text(" ".join(map(shown_key, self.in_force[action.name]))), Text(text))
