"""What the number keys give: reasons, or the categories of the annotators' own column."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.text import Text
from textual.widget import Widget

from tuiqc.text import display_width, printable, shorten

Entry = tuple[int, str]


class ReasonLine(Widget):
    """Keys and names on one line; what the current thing has is reversed. Names get shorter where room is scarce."""

    DEFAULT_CSS = "ReasonLine { height: 1; background: $panel; }"
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.heading = ""
        self.entries: list[Entry] = []
        self.given: frozenset[str] = frozenset()
        self.suspected = ""

    def tell(
        self, heading: str, entries: Sequence[Entry], given: Collection[str], suspected: str = ""
    ) -> None:
        """Show (key, name) pairs; `given` are the names that the current thing has, `suspected` stands first."""
        listed = [(key, printable(name)) for key, name in entries if key]
        listed.sort(key=lambda entry: entry[1] != printable(suspected))
        now = (printable(heading), listed, frozenset(given), printable(suspected))
        if now != (self.heading, self.entries, self.given, self.suspected):
            self.heading, self.entries, self.given, self.suspected = now
            self.refresh()

    def render(self) -> Text:
        """The line."""
        width = self.size.width
        line = Text(f" {self.heading}: " if self.heading else " ", no_wrap=True)
        wanted = [name + "?" * (name == self.suspected) for _, name in self.entries]
        names = fitted(wanted, width - line.cell_len - 4 * len(self.entries))
        for (key, name), shown in zip(self.entries, names, strict=True):
            line.append(str(key), style="bold cyan")
            line.append(" ")
            style = "reverse" if name in self.given else "bold underline" if name == self.suspected else ""
            line.append(shown, style=style)
            line.append("  ")
        return line


def fitted(names: Sequence[str], room: int) -> list[str]:
    """Cut the longest names until all together fit into `room` cells, but none to less than three."""
    longest = max((display_width(name) for name in names), default=0)
    while longest > 3 and sum(min(longest, display_width(name)) for name in names) > room:
        longest -= 1
    return [shorten(name, longest) for name in names]
