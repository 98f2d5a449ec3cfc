"""The line under the picture: why the current object is suspected, and what the order has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from tuiqc.qc.reasons import Reason
from tuiqc.review.session import Session
from tuiqc.text import display_width, printable, shorten

if TYPE_CHECKING:
    from tuiqc.triage.learning_summary import LearningSummary

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
        shown = ranking.taken is not None and self._session.cursor.level == "object"
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


def learning_words(learning: LearningSummary) -> str:
    """`5 learned, 2 of the last 5 failed`, "" before any verdict."""
    if not learning.learned:
        return ""
    hits = f", {learning.recent_failed} of the last {learning.recent} failed" if learning.recent else ""
    return f"learned {learning.learned:,}{hits}"
