"""What is wrong with a filter, and where."""

from __future__ import annotations

from tuiqc.errors import TuiqcError
from tuiqc.text import display_width, printable


class FilterError(TuiqcError):
    """A filter can't be understood, or not be applied to this table.

    As text it has three lines: the message, the filter, and carets under the place.

    Attributes
    ----------
    message
        What is wrong and what to do, in a sentence.
    position, length
        The place in `text`, in characters; `position` is at most its length, and `length` at least 1.
    text
        The filter as it was typed, "" if it is not known.
    """

    def __init__(self, message: str, position: int, length: int = 1, text: str = "") -> None:
        self.message, self.text = printable(message), text
        self.position = max(0, min(position, len(text)) if text else position)
        self.length = max(1, length)
        super().__init__(f"{self.message}\n{self.caret()}" if text else self.message)

    def caret(self) -> str:
        """Return the filter and, in a line below, carets under the place."""
        before = printable(self.text[: self.position])
        place = printable(self.text[self.position : self.position + self.length])
        return f"{printable(self.text)}\n{' ' * display_width(before)}{'^' * max(1, display_width(place))}"
