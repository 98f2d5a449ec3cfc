"""A line to type on at the foot of the screen: filters, text to find, numbers to go to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tuiqc.text import printable

Complete = Callable[[str, int], list[str]]


class AskLine(Horizontal):
    """An input with a name in front and a comment behind it; hidden until it is asked to open.

    `enter` sends `Answered`, `escape` sends `Answered` with None; every change sends `Changed`. `action_complete`
    completes the word before the cursor, and goes through the proposals when called again; the screen, which has the
    first word about `tab`, calls it.
    """

    DEFAULT_CSS = """
    AskLine { height: 1; display: none; background: $panel; }
    AskLine.-open { display: block; }
    AskLine Static { width: auto; padding: 0 1; }
    AskLine Input, AskLine Input:focus { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    AskLine #comment { max-width: 60%; color: $text-muted; }
    AskLine.-wrong #comment { color: $error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
    ]

    @dataclass
    class Changed(Message):
        """The text is another one."""

        line: AskLine
        purpose: str
        text: str

    @dataclass
    class Answered(Message):
        """The person is done; `text` is None if they changed their mind."""

        line: AskLine
        purpose: str
        text: str | None

    @dataclass
    class Closed(Message):
        """It is hidden again."""

        line: AskLine

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.purpose = ""
        self._complete: Complete | None = None
        self._proposals: list[str] = []
        self._at = -1
        self._completed = ""

    def compose(self) -> ComposeResult:
        """Name, input, comment."""
        yield Static("", id="purpose", markup=False)
        yield Input(id="line")
        yield Static("", id="comment", markup=False)

    @property
    def input(self) -> Input:
        """The input."""
        return self.query_one(Input)

    def ask(self, purpose: str, text: str = "", *, hint: str = "", complete: Complete | None = None) -> None:
        """Open it for a purpose, with a text to begin with."""
        self.purpose, self._complete, self._proposals = purpose, complete, []
        self.query_one("#purpose", Static).update(purpose)
        self.input.placeholder = hint
        self.input.value = text
        self.input.cursor_position = len(text)
        self.comment("")
        self.add_class("-open")
        self.input.focus()

    def comment(self, text: str, *, wrong: bool = False) -> None:
        """Say something about what stands there."""
        self.set_class(wrong, "-wrong")
        self.query_one("#comment", Static).update(Text(printable(text)))

    @property
    def is_open(self) -> bool:
        """Whether somebody is typing on it."""
        return self.has_class("-open")

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")
        self.post_message(self.Closed(self))

    def on_descendant_blur(self) -> None:
        """The person went elsewhere, with the mouse."""
        if self.is_open and self.screen.is_current:
            self.close()

    def action_leave(self) -> None:
        """Escape."""
        self.close()
        self.post_message(self.Answered(self, self.purpose, None))

    def action_complete(self, step: int) -> None:
        """Put the next proposal in place of the word before the cursor."""
        if self._complete is None:
            return
        line = self.input
        if line.value != self._completed or not self._proposals:
            self._proposals = self._complete(line.value, line.cursor_position)
            self._at = -1 if step > 0 else 0
        if not self._proposals:
            self.comment("nothing to complete")
            return
        self._at = (self._at + step) % len(self._proposals)
        self._completed = line.value = self._proposals[self._at]
        line.cursor_position = len(line.value)
        self.comment(f"{self._at + 1} of {len(self._proposals)}")

    @on(Input.Changed)
    def text_changed(self, event: Input.Changed) -> None:
        """Pass it on."""
        event.stop()
        self.post_message(self.Changed(self, self.purpose, event.value))

    @on(Input.Submitted)
    def text_submitted(self, event: Input.Submitted) -> None:
        """Pass it on; who asked decides whether to close."""
        event.stop()
        self.post_message(self.Answered(self, self.purpose, event.value))
