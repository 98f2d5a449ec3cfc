"""The annotation CSV: written when nothing has been decided for a while, and looked at for what others wrote."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

from tuiqc.errors import TuiqcError
from tuiqc.review.bookmark import bookmark_of, save_bookmark
from tuiqc.review.session import Session
from tuiqc.ui.jobs import Jobs

IDLE = 2.5
"""Seconds without a decision after which the CSV is written."""

_POLL = 5.0
"""Seconds between two looks at the CSV."""


class Autosave:
    """Saves and polls, one thread of each kind at a time."""

    def __init__(self, session: Session, jobs: Jobs, say: Callable[..., None]) -> None:
        self._session, self._jobs, self._say = session, jobs, say
        self._timer: Timer | None = None
        self._asked = self._again = False

    def begin(self) -> None:
        """Look now and then whether somebody else changed the CSV."""
        self._jobs.every(_POLL, self.look)

    def soon(self) -> None:
        """Something was decided."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._jobs.after(IDLE, self._save)

    def now(self) -> None:
        """The person asked for it."""
        self._asked = True
        self._save()

    def keep_place(self) -> None:
        """Keep where one is for the next session."""
        save_bookmark(self._session.store.path, bookmark_of(self._session))

    def _save(self) -> None:
        self.keep_place()
        # What was decided while a save is at it is written by another one behind it.
        self._again = not self._jobs.once("save", self._write, self._saved)

    def _write(self) -> str:
        """In a thread: write the CSV; returns what went wrong."""
        try:
            self._session.store.save()
        except TuiqcError as error:
            return str(error)
        except Exception as error:
            if self._jobs.stopped:
                return ""  # closed meanwhile; closing saves
            return f"the annotations could not be written: {type(error).__name__}: {error}"
        return ""

    def _saved(self, trouble: str) -> None:
        if self._take_merged():
            return
        if trouble:
            self._say(trouble, trouble=True)
        elif self._again:
            self._again = False
            self._save()
        elif self._asked and not self._session.store.unsaved:
            # A save that nobody asked for must not take the place of an answer that somebody reads.
            self._asked = False
            self._say("saved")

    def look(self) -> None:
        """See whether others wrote into the CSV, and take over what they did; one look at a time."""
        self._jobs.once("refresh", self._refresh, self._refreshed)

    def _refresh(self) -> bool:
        """In a thread: take over what others wrote; whether there is any. What goes wrong, the next save tells."""
        try:
            return self._session.store.refresh()
        except Exception:
            return False

    def _refreshed(self, found: bool) -> None:
        self._take_merged()

    def _take_merged(self) -> bool:
        """Somebody else changed the CSV, and their rows were taken over: show them; whether there were any."""
        store = self._session.store
        merged = store.take_merged()
        if not merged:
            return False
        self._session.tables.take_decisions(merged)
        conflicts = len(store.conflicts)
        text = f"{len(merged):,} changed by others"
        self._say(f"{text}, {conflicts} conflicts: @ shows them" if conflicts else text)
        return True
