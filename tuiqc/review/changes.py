"""What of a review has changed: raised once by whoever changes it, handled once by whoever shows it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from enum import Flag, auto


class Changes(Flag):
    """Parts of the review that can change.

    Attributes
    ----------
    PLACE
        The current image, object, track, time point or slice.
    VERDICTS
        Verdicts, reasons, notes or categories.
    ROWS
        Which rows a table has, or their order; the objects that have been read.
    SELECTION
        Which rows are selected.
    FILTERS
        The list of filters, or what they let through.
    DISPLAY
        Styles, colours, contrast, or where one looks in the picture.
    COLUMNS
        Which columns a table has, their width and order.
    RANKING
        The order of what looks wrong.
    """

    NONE = 0
    PLACE = auto()
    VERDICTS = auto()
    ROWS = auto()
    SELECTION = auto()
    FILTERS = auto()
    DISPLAY = auto()
    COLUMNS = auto()
    RANKING = auto()
    ALL = PLACE | VERDICTS | ROWS | SELECTION | FILTERS | DISPLAY | COLUMNS | RANKING


class PendingChanges:
    """Collects what has changed until the present command, or the present turn of the loop, ends.

    Parameters
    ----------
    show
        Shows all of it.
    later
        Has the loop call something on its next turn.
    """

    def __init__(
        self, show: Callable[[Changes], None], later: Callable[[Callable[[], None]], object]
    ) -> None:
        self._show, self._later = show, later
        self._pending, self._commands = Changes.NONE, 0

    def add(self, changes: Changes) -> None:
        """Say what has changed."""
        if not self._pending and not self._commands:
            self._later(self._flush)
        self._pending |= changes

    def _flush(self) -> None:
        changes, self._pending = self._pending, Changes.NONE
        if changes:
            self._show(changes)

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        """What changes inside is shown once, at the end; what has changed before, now."""
        if not self._commands:
            self._flush()
        self._commands += 1
        try:
            yield
        finally:
            self._commands -= 1
            if not self._commands:
                self._flush()
