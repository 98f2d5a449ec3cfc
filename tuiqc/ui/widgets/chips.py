"""The filters and the selection that are in force, on one line; hidden while there are none."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from tuiqc.text import printable, shorten

Chip = tuple[str, int | None]


class ChipLine(Widget):
    """Each filter as a chip with the number of rows that it lets through by itself."""

    DEFAULT_CSS = """
    ChipLine { height: 1; display: none; }
    ChipLine.-shown { display: block; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chips: Sequence[Chip] = ()
        self.tail = ""

    def tell(self, chips: Sequence[Chip], tail: str) -> None:
        """Show the chips of the filters that are on and a remark behind them."""
        if (list(chips), tail) == (list(self.chips), self.tail):
            return
        self.chips, self.tail = chips, tail
        self.set_class(bool(chips or tail), "-shown")
        self.refresh()

    def render(self) -> Text:
        """The line; long filters are shortened so that all have a place."""
        width = self.size.width
        room = max(12, (width - len(self.tail) - 4) // max(1, len(self.chips)) - 10)
        line = Text(" ", no_wrap=True)
        for name, count in self.chips:
            shown = "…" if count is None else f"{count:,}"
            line.append(
                f" {shorten(printable(name), room)} ", style="reverse" if count is not None else "dim reverse"
            )
            line.append(f" {shown}  ", style="bold" if count is not None else "dim")
        line.append(printable(self.tail), style="italic")
        line.truncate(width)
        return line
