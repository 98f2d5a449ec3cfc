"""The list of filters: on, off, taken out."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tuiqc.review.changes import Changes
from tuiqc.tables.filters.stack import FilterStack
from tuiqc.text import printable
from tuiqc.ui.keys import FILTERS
from tuiqc.ui.screens.dialogs import Dialog, relist


class FilterPanel(Dialog[None]):
    """Filters of a table; every change shows at once. Those with a name are remembered."""

    DEFAULT_CSS = "FilterPanel > Vertical { width: 78; }"
    place = "corner"
    heading = "Filters"
    keys = "esc close · a new one: / name: filter"
    key_places = (FILTERS,)

    def __init__(self, stack: FilterStack, changed: Callable[[], None]) -> None:
        super().__init__()
        self.stack, self.changed = stack, changed

    def compose_body(self) -> ComposeResult:
        """The list."""
        yield OptionList(*self._options())

    def _options(self) -> list[Option]:
        if not self.stack.filters:
            return [Option(Text("no filters yet: / makes one"), disabled=True)]
        options = []
        for (name, count), one in zip(self.stack.chips(), self.stack.filters, strict=True):
            text = Text("[x] " if one.on else "[ ] ")
            text.append(printable(name), style="bold")
            if one.expression.text != name:
                text.append(f"  {printable(one.expression.text)}")
            if one.on:
                text.append(f"  {count:,} rows" if count is not None else "  counting …", style="dim")
            options.append(Option(text))
        return options

    def _show(self) -> None:
        self.changed()
        self.counted()

    def follow(self, changes: Changes) -> None:
        """The filters may have been counted."""
        if Changes.FILTERS in changes:
            self.counted()

    def counted(self) -> None:
        """The rows that the filters let through have been counted again, or are being counted."""
        relist(self.part(OptionList), self._options())

    def _here(self) -> str | None:
        at = self.part(OptionList).highlighted
        return self.stack.filters[at].name if at is not None and at < len(self.stack.filters) else None

    def toggle_here(self) -> None:
        """The filter under the cursor, on or off."""
        if (name := self._here()) is not None:
            self.stack.toggle(name)
            self._show()

    def remove_here(self) -> None:
        """The filter under the cursor goes."""
        if (name := self._here()) is not None:
            self.stack.remove(name)
            self._show()

    @on(OptionList.OptionSelected)
    def switch(self, event: OptionList.OptionSelected) -> None:
        """Enter."""
        if event.option_index < len(self.stack.filters):
            self.stack.toggle(self.stack.filters[event.option_index].name)
            self._show()
