"""A filter cut into its words and signs."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

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


RESERVED = frozenset({"and", "or", "not", "in", "is", "true", "false"})
"""Words that are never a column unless quoted."""

CONTEXTUAL = frozenset({"missing", "contains", "matches", "between", "by"})
"""Words that are a column where a value is expected."""

LONGEST = 10_000
"""Most characters a filter may have."""

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w)")
_NAME = re.compile(r"\w+(?:[.-]\w+)*")
_SIGN = re.compile(r"==|!=|<>|<=|>=|[=<>≤≥≠+\-*/(),]")
_SAME = {"=": "==", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!="}

Kind = Literal["name", "quoted", "text", "number", "sign", "end"]


class Token(NamedTuple):
    """A word or sign: its kind, what it means, and from where to where it goes in the text."""

    kind: Kind
    value: str
    start: int
    end: int
    closed: bool = True

    @property
    def word(self) -> str:
        """The keyword it is if it is one: lower case or all upper case; else ""."""
        word = self.value.lower()
        known = self.kind == "name" and word in RESERVED | CONTEXTUAL
        return word if known and self.value in (word, word.upper()) else ""


def tokenize(text: str, tolerant: bool = False) -> list[Token]:
    """Return the tokens of `text`, an "end" last.

    A bare name has letters, digits, `_`, and between them `.` and `-`: so a difference needs spaces around
    its `-`. Double quotes or back-ticks hold a column's name, single quotes a text; the quote itself is
    doubled in them.

    Raises
    ------
    FilterError
        A quote is not closed, a character means nothing, or the text is too long. Not if `tolerant`: the
        quote then goes to the end, with `closed` False, and characters without a meaning are left out.
    """
    if len(text) > LONGEST and not tolerant:
        raise FilterError(f"a filter has at most {LONGEST} characters", LONGEST, 1, text)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _quoted(text, at) if text[at] in "'\"`" else _plain(text, at)
        if token is None:
            if not tolerant:
                instead = {"&": "; write and", "|": "; write or", "!": "; write not, or !="}.get(text[at], "")
                raise FilterError(f"{text[at]} means nothing here{instead}", at, 1, text)
            at += 1
            continue
        if not token.closed and not tolerant:
            raise FilterError(f"the quote {text[at]} is not closed", at, len(text) - at, text)
        tokens.append(token)
        at = token.end
    return [*tokens, Token("end", "", len(text), len(text))]


def _plain(text: str, at: int) -> Token | None:
    if match := _NUMBER.match(text, at):
        return Token("number", match[0], at, match.end())
    if match := _NAME.match(text, at):
        return Token("name", match[0], at, match.end())
    if match := _SIGN.match(text, at):
        return Token("sign", _SAME.get(match[0], match[0]), at, match.end())
    return None


def _quoted(text: str, at: int) -> Token:
    quote, begin = text[at], at + 1
    parts: list[str] = []
    kind: Kind = "text" if quote == "'" else "quoted"
    while True:
        end = text.find(quote, begin)
        if end < 0:
            return Token(kind, quote.join([*parts, text[begin:]]), at, len(text), closed=False)
        parts.append(text[begin:end])
        if text[end + 1 : end + 2] != quote:
            return Token(kind, quote.join(parts), at, end + 1)
        begin = end + 2


def quoted_text(text: str) -> str:
    """Return `text` as a filter writes it."""
    return "'" + text.replace("'", "''") + "'"


def column_name(name: str) -> str:
    """Return a column's name as a filter writes it: bare if that can't be misread, else in double quotes."""
    if len(name) <= LONGEST:
        first, *rest = tokenize(name, tolerant=True)
        if first.kind == "name" and first.value == name and len(rest) == 1 and not first.word:
            return name
    return '"' + name.replace('"', '""') + '"'
