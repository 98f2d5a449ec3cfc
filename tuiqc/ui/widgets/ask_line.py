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
from textual.widgets import Input, Static

from tuiqc.text import printable

Complete = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Question:
    """Something to be typed.

    Attributes
    ----------
    purpose
        The word in front of the line.
    then
        Takes the answer; True closes the line, with False whoever asked closes it, or comments.
    text
        What stands there at first.
    hint
        What stands there while there is nothing.
    complete
        Gives the text with each proposal for the word before the cursor.
    typed
        Called with the text whenever it is another one.
    """

    purpose: str
    then: Callable[[str], bool]
    text: str = ""
    hint: str = ""
    complete: Complete | None = None
    typed: Callable[[str], None] = lambda text: None


class AskLine(Horizontal):
    """An input with a name in front and a comment behind it; hidden until a question is asked."""

    DEFAULT_CSS = """
    AskLine { height: 1; display: none; background: $panel; }
    AskLine.-open { display: block; }
    AskLine Static { width: auto; padding: 0 1; }
    AskLine Input, AskLine Input:focus { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    AskLine #comment { max-width: 60%; color: $text-muted; }
    AskLine.-wrong #comment { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._question: Question | None = None
        self._told_closed: Callable[[bool], None] = lambda answered: None
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

    def ask(self, question: Question, closed: Callable[[bool], None]) -> None:
        """Open it; `closed` is told when it is hidden again, and whether by an answer or by escape."""
        self._question, self._told_closed, self._proposals = question, closed, []
        self.query_one("#purpose", Static).update(question.purpose)
        self.input.placeholder = question.hint
        self.input.value = question.text
        self.input.cursor_position = len(question.text)
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

    def has_typed(self, purpose: str, text: str) -> bool:
        """Whether the person waits for the answer to what they typed."""
        question = self._question
        return (
            self.is_open and question is not None and question.purpose == purpose and self.input.value == text
        )

    def close(self, *, answered: bool = False) -> None:
        """Hide it."""
        if self.is_open:
            self.remove_class("-open")
            self._told_closed(answered)

    def on_descendant_blur(self) -> None:
        """The person went elsewhere, with the mouse."""
        if self.is_open and self.screen.is_current:
            self.close()

    def action_leave(self) -> None:
        """Escape."""
        self.close(answered=True)

    def action_complete(self, step: int) -> None:
        """Put the next proposal in place of the word before the cursor."""
        complete = self._question.complete if self._question is not None else None
        if complete is None:
            return
        line = self.input
        if line.value != self._completed or not self._proposals:
            self._proposals = complete(line.value, line.cursor_position)
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
        """Tell who asked."""
        event.stop()
        if self._question is not None and self.is_open:
            self._question.typed(event.value)

    @on(Input.Submitted)
    def text_submitted(self, event: Input.Submitted) -> None:
        """Who asked decides whether to close."""
        event.stop()
        question = self._question
        if question is not None and question.then(event.value) and self._question is question:
            self.close(answered=True)
