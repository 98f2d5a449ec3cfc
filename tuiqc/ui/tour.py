"""A short tour: ten keys on the demo, each told when it is its turn, and done by the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuiqc.ui.empty_states import key_of

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@dataclass(frozen=True, slots=True)
class Step:
    """One key.

    Attributes
    ----------
    command
        Whose key it is.
    words
        What to press, with `{}` for the key, and what it is good for.
    done
        Whether the person has done it, when a command has run; None: when this command (or one that begins with its
        name, as the ones of the number keys do) has run.
    """

    command: str
    words: str
    done: Callable[[ReviewContext], bool] | None = None


def _among_objects(context: ReviewContext) -> bool:
    return context.session.cursor.level == "object" and context.views.panes.chosen is context.tables.objects


STEPS = (
    Step(
        "next_pane",
        "{} goes from pane to pane: press it until you are in the list of nuclei. Keys are for the pane with the "
        "bright frame; the picture shows the row under the cursor.",
        _among_objects,
    ),
    Step("table_down", "{} goes to the next row: the picture follows to each nucleus."),
    Step(
        "verdict_pass",
        "Is this one outlined well? {} passes it and goes on. It is on disk before the next key is read.",
    ),
    Step("verdict_fail", "{} fails the next one, whatever it looks like: this is only the tour."),
    Step("reason_", "{} fails one with the reason merged; the line of reasons has the others.", None),
    Step("undo", "{} takes the last verdict back, and the one before, as far as you like."),
    Step("zoom_in", "{} enlarges the picture about the nucleus, - makes it smaller, 0 shows all."),
    Step(
        "sort",
        "{} sorts by the column under the cursor, twice the other way round: errors are often the largest or smallest.",
    ),
    Step(
        "worst_first",
        "{} puts the likely errors first and says why below the picture; your verdicts teach it.",
    ),
    Step("gallery", "{} shows all nuclei as tiles, in this order. p and f judge here too."),
)
"""The ten keys, in the order in which they are told."""


class Tour:
    """Tells the step whose turn it is, and goes on when it was done."""

    def __init__(self, context: ReviewContext) -> None:
        self._context = context
        self.at = 0

    def begin(self) -> None:
        """Tell the first step."""
        self._tell()

    def ran(self, name: str) -> None:
        """A command has run: perhaps the one that was asked for."""
        if self.at >= len(STEPS):
            return
        step = STEPS[self.at]
        if step.done(self._context) if step.done is not None else name.startswith(step.command):
            self.at += 1
            self._tell()

    def _tell(self) -> None:
        keys = self._context.status.keys
        if self.at < len(STEPS):
            step = STEPS[self.at]
            name = "reason_1" if step.command == "reason_" else step.command
            self._context.status.tour_line.tell(
                f" {self.at + 1} of {len(STEPS)} ", step.words.format(key_of(keys, name))
            )
        else:
            self._context.status.tour_line.tell(
                " done ",
                f"These were ten keys. {key_of(keys, 'home')} leaves a view, {key_of(keys, 'filter')} filters, "
                f"{key_of(keys, 'help')} shows all keys, {key_of(keys, 'palette')} finds any by name, "
                f"{key_of(keys, 'quit')} quits. Nothing of the tour is kept: tuiqc open FOLDER is for your own data.",
            )
