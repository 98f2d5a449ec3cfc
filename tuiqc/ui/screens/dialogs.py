"""Dialogs over the review: what all have in common, a question, a text to read, a line to type, all keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, Literal, TypeVar

from rich.table import Table
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.review.changes import Changes
from tuiqc.text import printable
from tuiqc.ui.keys import Command, Keymap, key_line, registry, shown_key
from tuiqc.ui.textual_private import LinesBelow

R = TypeVar("R")
W = TypeVar("W", bound=Widget)


BESIDE = 46
"""Columns of a panel that leaves the picture alone; a window of 80 has room for a square image beside it."""


RIGHT = 70
"""Columns of the keys of a panel at the right, in a window of 80."""


class Dialog(ModalScreen[R], Generic[R]):
    """A modal box with a title and a line of keys at its foot.

    The background is left untinted: a tint would change the colours that carry the identity of a kitty picture.

    Attributes
    ----------
    place
        Where it lies: in the middle; in the lower left corner, so that the picture stays in sight and its changes show
        at once; at the right, so that the tables do; or beside the picture, so narrow that it lies over the tables only
        and the picture stays one of pixels (`ReviewContext.push` makes the room).
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > Vertical {
        width: 72; max-width: 96%; height: auto; max-height: 92%;
        border: round $accent; background: $surface; padding: 0 1;
    }
    Dialog .keys { color: $text-muted; height: 1; }
    Dialog OptionList { height: auto; max-height: 16; padding: 0; }
    Dialog OptionList, Dialog OptionList:focus { border: none; background: $surface; }
    Dialog Input, Dialog Input:focus { border: none; height: 1; padding: 0 1; }
    Dialog.-corner, Dialog.-beside { align: left bottom; }
    Dialog.-corner > Vertical { margin: 0 0 2 1; }
    Dialog.-right { align: right bottom; }
    Dialog.-right > Vertical { margin: 0 0 2 0; }
    Dialog.-beside > Vertical { width: BESIDE; max-width: 100%; }
    Dialog.-beside .keys, Dialog.-right .keys { height: 2; }
    """.replace("BESIDE", str(BESIDE))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Close", show=False)]

    heading: str = ""
    keys: str = "esc close"
    key_places: tuple[str, ...] = ()
    """Where its keys are in the registry, the nearest first."""
    line_places: tuple[str, ...] = ()
    """The same while one types in its line."""
    keymap: Keymap | None = None
    """The keys in force, as `ReviewContext.push` gives them."""
    place: Literal["middle", "corner", "right", "beside"] = "middle"
    room = BESIDE
    """Columns that it has beside the picture."""
    foot = 3
    """Rows at the foot of the window that stay in sight."""
    _ended = False

    def __init__(self) -> None:
        super().__init__()
        self._parts: dict[tuple[type[Widget], str], Widget] = {}
        self._lines_below = LinesBelow()

    def compose(self) -> ComposeResult:
        """The box with what `compose_body` yields."""
        self.add_class(f"-{self.place}")
        with Vertical() as box:
            if self.place == "beside":
                box.styles.margin = (0, 0, self.foot, 0)
                if self.room != BESIDE:
                    box.styles.width = self.room
            box.border_title = Text(self.heading)  # a string would be read as markup
            yield from self.compose_body()
            yield Static(self.key_line(), classes="keys", markup=False)

    def compose_body(self) -> ComposeResult:
        """The widgets between the title and the line of keys."""
        yield from ()

    @property
    def _below(self) -> Screen[Any] | None:
        stack = self.app.screen_stack
        return stack[stack.index(self) - 1] if self in stack[1:] else None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of what lies below: the box is painted over them."""
        below = self._below
        if below is None or below.size != self.size:
            return super().render_lines(crop)
        lines = self._lines_below.of(self, below)[crop.y : crop.bottom]
        return (
            lines
            if crop.column_span == (0, self.size.width)
            else [line.crop(*crop.column_span) for line in lines]
        )

    def key_line(self, end: str = "") -> str:
        """The keys of its commands, and those of every list and line; as wide as a panel beside the picture."""
        own = key_line(self.keymap or Keymap(), self.key_places) if self.key_places else []
        parts = [*own, *(end or self.keys).split(" · ")]
        room = {"beside": self.room - 4, "right": RIGHT}.get(self.place)
        if room is None:
            return " · ".join(parts)
        lines = [""]
        for part in parts:
            longer = f"{lines[-1]} · {part}" if lines[-1] else part
            if len(longer) > room:
                lines.append(part)
            else:
                lines[-1] = longer
        return "\n".join(lines)

    def on_key(self, event: events.Key) -> None:
        """What its line and its list left: a key of a command."""
        places = self.line_places if isinstance(self.focused, Input) else self.key_places
        command = (self.keymap or Keymap()).find(event.key, places) if places else None
        if command is not None:
            event.stop()
            command.run(self)

    def follow(self, changes: Changes) -> None:
        """Something has changed that it may show."""

    def on_mount(self) -> None:
        """Remember what keys and results are about; a dialog may have an `on_mount` of its own beside this one."""
        for kind in (OptionList, Input):
            if self.query(kind):
                self.part(kind)

    def part(self, kind: type[W], selector: str = "") -> W:
        """One of its widgets. It is remembered: what comes late would find none in a dialog that is going."""
        key = (kind, selector)
        if key not in self._parts:
            self._parts[key] = self.query_one(selector, kind) if selector else self.query_one(kind)
        found = self._parts[key]
        assert isinstance(found, kind)
        return found

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """End, once: the second of two quick keys would take the screen below away."""
        if self._ended or not self.is_active:
            return AwaitComplete()
        self._ended = True
        return super().dismiss(result)

    def action_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)


def relist(listing: OptionList, options: Iterable[Option]) -> None:
    """Put other options into a list; the cursor stays where it was, as far as there is such a line."""
    at = listing.highlighted
    listing.clear_options()
    listing.add_options(options)
    last = listing.option_count - 1
    listing.highlighted = None if at is None or last < 0 else min(at, last)


class Confirm(Dialog[bool]):
    """Asks before something that touches many things at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "yes", "Yes", show=False),
        Binding("n", "cancel", "No", show=False),
    ]
    keys = "enter or y yes · esc or n no"

    def __init__(self, heading: str, lines: Sequence[str]) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.lines = lines

    def compose_body(self) -> ComposeResult:
        """What it is about."""
        yield Static(Text("\n".join(printable(line) for line in self.lines)))

    def action_yes(self) -> None:
        """Yes."""
        self.dismiss(True)


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


class NoteDialog(Dialog[str | None]):
    """One line of free text; enter keeps it, escape leaves the old one."""

    DEFAULT_CSS = """
    NoteDialog Input { margin: 1 0; }
    """
    keys = "enter keep · esc leave as it was"

    def __init__(self, what: str, note: str) -> None:
        super().__init__()
        self.heading = f"Note on {printable(what)}"
        self.note = note

    def compose_body(self) -> ComposeResult:
        """The line to write on."""
        yield Input(printable(self.note), placeholder="free text", id="note")

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Enter."""
        unchanged = event.value == printable(self.note)
        self.dismiss(None if unchanged else event.value.strip())


class WordDialog(Dialog[str | None]):
    """One line for a word, such as a name; enter takes it."""

    keys = "enter take it · esc close"

    def __init__(self, heading: str, word: str) -> None:
        super().__init__()
        self.heading = printable(heading)
        self.word = word

    def compose_body(self) -> ComposeResult:
        """The line to write on."""
        yield Input(printable(self.word), id="word")

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Enter; an empty line changes nothing."""
        self.dismiss(event.value.strip() or None)


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
    HelpScreen Input { dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", show=False),
        Binding("question_mark,q,f1", "cancel", "Close", show=False),
        Binding("j,down", "scroll('down')", "Down", show=False),
        Binding("k,up", "scroll('up')", "Up", show=False),
        Binding("pagedown,space", "scroll('page_down')", "Page down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
    ]
    heading = "Keys"
    keys = "/ search · ↑ ↓ page up, page down: scroll · esc close"

    def __init__(self, keys: Keymap, heading: str = "", places: Sequence[str] = ()) -> None:
        super().__init__()
        self.in_force = keys
        self.view, self.places = heading, places

    def compose_body(self) -> ComposeResult:
        """The table of keys."""
        with VerticalScroll(id="help-scroll"):
            yield Static(self._table(""), id="help-keys")
        yield Input(placeholder="/ a key, or a word of what it does", id="help-search")

    def action_search(self) -> None:
        """Type what is looked for; it narrows the list."""
        self.part(Input, "#help-search").focus()

    @on(Input.Changed)
    def searched(self, event: Input.Changed) -> None:
        """Show the keys that have it in their name, their keys or what they do."""
        self.part(Static, "#help-keys").update(self._table(event.value))

    def action_scroll(self, where: str) -> None:
        """Scroll the list: up, down, page_up, page_down."""
        box = self.part(VerticalScroll, "#help-scroll")
        {
            "up": box.scroll_up,
            "down": box.scroll_down,
            "page_up": box.scroll_page_up,
            "page_down": box.scroll_page_down,
        }[where](animate=False)

    def _table(self, wanted: str) -> Table:
        """The keys by group; with something that is looked for those that have all of its words."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        words = wanted.casefold().split()
        there = [action for action in registry if self._has(action, words)]
        own = [action for place in self.places for action in registry.of(place) if action in there]
        if own:
            table.add_row(Text(self.view, style="bold underline"), "")
            for action in own:
                self._add(table, action, action.help)
            table.add_row("", "")
        for group in registry.groups:
            others = [action for action in there if action.group == group and action not in own]
            if not others:
                continue
            table.add_row(Text(group, style="bold underline"), "")
            for action in others:
                self._add(table, action, action.help + action.where)
            table.add_row("", "")
        if not there:
            table.add_row("", "no key has this: ctrl+p finds columns, images and objects too")
        return table

    def _has(self, action: Command, words: Sequence[str]) -> bool:
        """Whether a command is listed and has all words; a single sign means the key."""
        shown = [shown_key(key) for key in self.in_force[action.name]]
        if len(words) == 1 and any(key.casefold() == words[0] for key in shown):
            return action.listed
        text = f"{action.name} {action.label} {action.help} {action.group}".replace("_", " ").casefold()
        return action.listed and all(word in text for word in words)

    def _add(self, table: Table, action: Command, text: str) -> None:
        table.add_row(Text(" ".join(map(shown_key, self.in_force[action.name]))), Text(text))
