"""The lines about what is shown: filters, counts, reasons, notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tuiqc.qc.reasons import Reason
from tuiqc.qc.verdict import ALL
from tuiqc.review.session import Session
from tuiqc.text import display_width, printable, shorten
from tuiqc.ui.keys import HOME, VIEW, Command, Keymap, shown_key
from tuiqc.ui.theme import tone, verdict_tone

if TYPE_CHECKING:
    from tuiqc.triage.learning_summary import LearningSummary

Chip = tuple[str, int | None]


@dataclass
class Asked(Message):
    """A word on a line was clicked that stands for the command of this name."""

    name: str


class Spots:
    """Where on a line the words are that stand for commands."""

    def __init__(self) -> None:
        self._found: list[tuple[int, int, str]] = []

    def begin(self) -> None:
        """The line is made anew."""
        self._found.clear()

    def add(self, start: int, end: int, name: str) -> None:
        """Cells from `start` up to `end` stand for a command."""
        self._found.append((start, end, name))

    def click(self, widget: Widget, event: events.Click) -> None:
        """Ask for the command whose words were clicked."""
        offset = event.get_content_offset(widget)
        name = next((name for start, end, name in self._found if offset and start <= offset.x < end), None)
        if name is not None:
            event.stop()
            widget.post_message(Asked(name))


class ChipLine(Widget):
    """Each filter as a chip with the number of rows that it lets through by itself; a click opens their list."""

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

    def on_click(self, event: events.Click) -> None:
        """Open the list of filters."""
        event.stop()
        self.post_message(Asked("filters"))

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


class TourLine(Static):
    """What a tour asks for next, on as many rows all the time; hidden without one."""

    DEFAULT_CSS = """
    TourLine { height: 3; display: none; background: $accent 30%; color: $text; padding: 0 1; }
    TourLine.-shown { display: block; }
    """
    ALLOW_SELECT = False

    def tell(self, count: str, words: str) -> None:
        """Show a step: how far one is, and what to press."""
        self.update(Text.assemble((count, "bold reverse"), " ", words))
        self.add_class("-shown")


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
        self._spots = Spots()

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
        self._spots.begin()
        accent = f"bold {tone(self, 'accent-ink')}"
        for (key, name), shown in zip(self.entries, names, strict=True):
            start = line.cell_len
            self._spots.add(start, start + len(str(key)) + 1 + display_width(shown), f"reason_{key}")
            line.append(str(key), style=accent)
            line.append(" ")
            style = "reverse" if name in self.given else "bold underline" if name == self.suspected else ""
            line.append(shown, style=style)
            line.append("  ")
        return line

    def on_click(self, event: events.Click) -> None:
        """A reason is given."""
        self._spots.click(self, event)


def fitted(names: Sequence[str], room: int) -> list[str]:
    """Cut the longest names until all together fit into `room` cells, but none to less than three."""
    longest = max((display_width(name) for name in names), default=0)
    while longest > 3 and sum(min(longest, display_width(name)) for name in names) > room:
        longest -= 1
    return [shorten(name, longest) for name in names]


_BLOCKS = " ▏▎▍▌▋▊▉█"


class TopLine(Widget):
    """Name of the batch, its size, and how the last picture came."""

    DEFAULT_CSS = "TopLine { height: 1; background: $panel; color: $foreground; }"
    ALLOW_SELECT = False

    def __init__(self, name: str, *, read_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.batch_name = printable(name)
        self.read_only = read_only
        self.size_text = ""
        self.picture_text = ""

    def tell(self, *, size: str | None = None, picture: str | None = None) -> None:
        """Change what it says."""
        before = (self.size_text, self.picture_text)
        self.size_text = self.size_text if size is None else printable(size)
        self.picture_text = self.picture_text if picture is None else picture
        if (self.size_text, self.picture_text) != before:
            self.refresh()

    def render(self) -> Text:
        """Left, middle and right, what doesn't fit is left out from the middle."""
        width = self.size.width
        left = Text.assemble((" tuiqc ", "bold reverse"), " ", (self.batch_name, "bold"))
        if self.read_only:
            left.append(" ").append(" read only ", "bold reverse")
        right = Text(f"{self.picture_text} ")
        middle = Text(self.size_text)
        room = width - left.cell_len - right.cell_len
        if middle.cell_len + 4 > room:
            middle = Text(shorten(self.size_text.replace(" objects", ""), max(0, room - 3)))
        gap = max(1, room - middle.cell_len)
        before = min(gap // 2, 24)
        line = Text.assemble(left, " " * before, middle, " " * (gap - before), right, no_wrap=True)
        line.truncate(width)
        return line


class ProgressLine(Widget):
    """How many are reviewed and with which verdicts, and one message."""

    DEFAULT_CSS = """
    ProgressLine { height: 1; }
    ProgressLine.-trouble { background: $error; color: $text; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.counts: Mapping[str, int] = {}
        self.what = ""
        self.detail = ""
        self.message = ""

    def tell(self, counts: Mapping[str, int], what: str, detail: str = "") -> None:
        """Show the counts (pass, fail, unsure, "") of what is being reviewed."""
        if (self.counts, self.what, self.detail) != (counts, what, detail):
            self.counts, self.what, self.detail = counts, what, detail
            self.refresh()

    def say(self, message: str, *, trouble: bool = False) -> None:
        """Show a sentence to the right of the counts; trouble gets the whole line, until the next sentence."""
        if (printable(message), trouble) != (self.message, self.has_class("-trouble")):
            self.message = printable(message)
            self.set_class(trouble, "-trouble")
            self.refresh()

    def render(self) -> Text:
        """The line."""
        width = self.size.width
        if self.has_class("-trouble"):
            return Text(shorten(f" ! {self.message}", width), style="bold", no_wrap=True)
        line = self._counted(width, brief=False)
        if display_width(self.message) > width - line.cell_len - 2:
            line = self._counted(width, brief=True)
        room = width - line.cell_len - 2
        if self.message and room > 3:
            text = shorten(self.message, room)
            line.append(" " * (room - display_width(text) + 1))
            line.append(text, style="italic")
        return line

    def _counted(self, width: int, *, brief: bool) -> Text:
        """The counts; in brief without bar and words, so that a long sentence has room beside them."""
        done = sum(count for verdict, count in self.counts.items() if verdict)
        total = sum(self.counts.values())
        line = Text.assemble((f" {done:,}", "bold"), f" of {total:,} {self.what} ", no_wrap=True)
        if not brief:
            bar = 20 if width >= 100 else 10
            line.append(
                progress_bar(done / total if total else 0.0, bar),
                style=f"{tone(self, 'accent-ink')} on {tone(self, 'trough')}",
            )
        for verdict in ALL[1:]:
            sign = verdict.sign
            line.append(
                f" {sign} " if brief else f"  {sign} {verdict.name} ", style=verdict_tone(self, verdict.name)
            )
            line.append(f"{self.counts.get(verdict.name, 0):,}", style="bold")
        if self.detail and width >= 100 and not brief:
            line.append(f"   {self.detail}")
        return line


def progress_bar(share: float, width: int) -> str:
    """A bar of block characters, `width` cells wide, filled for a `share` between 0 and 1."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    bar = "█" * full + (_BLOCKS[rest] if rest else "")
    return bar + " " * (width - len(bar))


class KeyLine(Widget):
    """The most useful keys that fit, from the registry of commands."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $panel; }"
    ALLOW_SELECT = False

    def __init__(self, commands: Iterable[Command], keys: Keymap, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.keys = keys
        self.entries: list[tuple[str, str, str]] = []
        self._spots = Spots()
        self.show(commands)

    def show(self, commands: Iterable[Command], *, in_order: bool = False) -> None:
        """Show these commands, by their rank or in the order in which they stand."""
        if not in_order:
            commands = sorted(
                (one for one in commands if one.footer and one.place in HOME),
                key=lambda command: command.footer,
            )
        self.entries = [
            (shown_key(self.keys[one.name][0]), one.label, one.name)
            for one in commands
            if self.keys[one.name] and (in_order or one.place != VIEW)
        ]
        self.refresh()

    def render(self) -> Text:
        """As many as fit; the help and quit keys always."""
        width = self.size.width
        fixed = [entry for entry in self.entries if entry[1] in ("home", "keys", "quit")]
        used = 1 + sum(len(key) + len(label) + 3 for key, label, _ in fixed)
        shown = []
        for entry in self.entries:
            if entry in fixed:
                continue
            used += len(entry[0]) + len(entry[1]) + 3
            if used > width:
                break
            shown.append(entry)
        line, accent = Text(" ", no_wrap=True), f"bold {tone(self, 'accent-ink')}"
        self._spots.begin()
        for key, label, name in [*shown, *fixed]:
            self._spots.add(line.cell_len, line.cell_len + len(key) + 1 + len(label), name)
            line.append(key, style=accent)
            line.append(f" {label}  ")
        return line

    def on_click(self, event: events.Click) -> None:
        """A key is pressed with the mouse."""
        self._spots.click(self, event)


_APART = 2
_LEAST = 30
"""Cells of words that are worth more than what was learned."""


class WhyLine(Widget):
    """Hidden until an order was taken, and where no objects are judged."""

    DEFAULT_CSS = """
    WhyLine { height: 1; display: none; background: $panel; }
    WhyLine.-shown { display: block; }
    """
    ALLOW_SELECT = False

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._session = session
        self.suspect = self.why = self.learned = ""
        self._said: tuple[object, int, str] = (None, -1, "")

    def follow(self, suspected: Reason | None) -> None:
        """Say why; `suspected` is the reason that says it, which has a key."""
        ranking = self._session.ranking
        shown = ranking.taken is not None and self._session.cursor.level in ("object", "candidate")
        self.set_class(shown, "-shown")
        if not shown:
            return
        suspect, why = self._words()
        key = f"{suspected.key} {suspected.name}" if suspected is not None else ""
        now = (printable(suspect), printable(" · ".join(filter(None, [why, key]))), self._learned())
        if now != (self.suspect, self.why, self.learned):
            self.suspect, self.why, self.learned = now
            self.refresh()

    def _words(self) -> tuple[str, str]:
        """The suspect with a question mark, and the words for it."""
        ranking, subject = self._session.ranking, self._session.cursor.subject
        at, known = ranking.row_of(subject), ranking.shown
        candidates = self._session.tables.candidates
        if subject is not None and subject.level == "candidate" and candidates is not None:
            position = self._session.cursor.position_in(candidates)
            why = "" if position is None else candidates.why(position)
            return "missed?", f"{why} · fail: an object was missed here · pass: there is none"
        if subject is None or known is None:
            return "", ""
        if at is None:
            return "", "not measured (yet): R takes the newest order"
        if ranking.hides(subject):
            return "", "what is suspected is hidden until the verdict (--blind)"
        if not known.looks_wrong[at]:
            return "", f"looks right · suspicion {known.suspicion[at]:.0f}"
        if self._said[0] is not known or self._said[1] != at:
            self._said = (known, at, known.headline(at))
        suspect, _, why = self._said[2].partition(" ")
        return suspect, f"{why} · suspicion {known.suspicion[at]:.0f}"

    def _learned(self) -> str:
        learning = self._session.ranking.learning
        return learning_words(learning) if learning is not None else ""

    def render(self) -> Text:
        """The words, and at the right what was learned where there is room for both."""
        width = self.size.width
        line = Text(" ", no_wrap=True)
        if self.suspect:
            line.append(self.suspect, style="bold")
            line.append(" ")
        room = width - line.cell_len - 1
        learned = self.learned if room - display_width(self.learned) > _LEAST else ""
        said = shorten(self.why, max(1, room - (display_width(learned) + _APART if learned else 0)))
        line.append(said)
        if learned:
            line.append(" " * (width - line.cell_len - display_width(learned) - 1))
            line.append(learned, style="italic")
        return line


_ENOUGH = 10
"""Objects drawn at random from which on the line says how many failures may be left."""


def learning_words(learning: LearningSummary) -> str:
    """`learned 40, 2 of the last 20 failed, about 35 left`, "" before any verdict."""
    if not learning.learned:
        return ""
    hits = f", {learning.recent_failed} of the last {learning.recent} failed" if learning.recent else ""
    left = (
        f", about {learning.left:,} left" if learning.drawn >= _ENOUGH and learning.left is not None else ""
    )
    return f"learned {learning.learned:,}{hits}{left}"
