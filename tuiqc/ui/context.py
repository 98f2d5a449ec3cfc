"""All that a command or a view may know of the review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual.screen import Screen

from tuiqc.config import Config
from tuiqc.qc.reasons import Reason
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.ui.display_state import DisplayState
from tuiqc.ui.empty_states import objects_empty, rows_empty
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.keys import Keymap
from tuiqc.ui.output import Output
from tuiqc.ui.panes import Panes
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.screens.dialogs import BESIDE, Confirm, Dialog
from tuiqc.ui.side_work import SideWork
from tuiqc.ui.status import Status
from tuiqc.ui.table_panes import TablePanes
from tuiqc.ui.view_host import ViewHost
from tuiqc.ui.widgets.ask_line import Question

Entry = tuple[str, str, str]
"""Of a menu: result, key, text."""


class ReviewContext:
    """The parts of the screen, each with its own state, and the ways to talk to the person.

    Attributes
    ----------
    session
        Where one is and what is decided.
    output
        What the terminal can do, and the way of pictures to it.
    jobs
        Work off the loop.
    display, pictures
        Styles and colours; the picture of the current place, and where one looks in it.
    tables, views
        The tables; the panes, which of them has the focus, and the view that is open in their place.
    status
        The lines of the screen, and the keys in force.
    work
        What goes on beside the keys.
    changed
        To be told what has changed: it is shown once, when the present command (or the present turn of the loop) ends.
    """

    def __init__(
        self,
        host: Screen[None],
        session: Session,
        config: Config,
        output: Output,
        keys: Keymap,
        reasons: tuple[Reason, ...],
        changed: Callable[[Changes], None],
    ) -> None:
        self._host = host
        self.session, self.output, self.changed = session, output, changed
        session.changed = changed
        jobs = self.jobs = Jobs(host)
        display = self.display = DisplayState(session, changed)
        status = self.status = Status(session, keys, jobs, reasons)
        pictures = self.pictures = Pictures(session, display, jobs, output, config, changed)
        tables = self.tables = TablePanes(session, display, pictures.viewport, jobs, status.say, changed)
        self.work = SideWork(
            host, session, pictures, tables, status, jobs, output, lambda: self.views.view, changed, config
        )
        loading = self.work.loading
        tables.objects.when_empty = lambda: objects_empty(session, keys, loading.pending)
        tables.images.when_empty = lambda: rows_empty(session.tables.images, keys, "images")
        panes = Panes(host, session, tables, pictures, status, lambda: loading.pending, changed)
        self.views = ViewHost(host, session, panes, tables, pictures, status, changed)
        pictures.wanted = lambda: self.views.has_picture
        pictures.specs.page = lambda: tables.judged.page

    # --- talking to the person

    def say(self, text: str, *, trouble: bool = False) -> None:
        """One sentence on the line of progress."""
        self.status.say(text, trouble=trouble)

    def ask(self, question: Question) -> None:
        """Open the line to type on, in the place of the keys: nothing else moves."""
        line, keys = self.status.ask_line, self.status.key_line

        def closed(answered: bool) -> None:
            keys.display = True
            if answered:
                self.views.focus_judged()

        keys.display = False
        line.ask(question, closed)

    def choose(self, heading: str, entries: Sequence[Entry], then: Callable[[str], None]) -> None:
        """A menu with a key for each entry (result, key, text); `then` gets the result, if one was chosen.

        It stands in the lines of keys; only where there are too many words for them it is a list of its own.
        """
        from tuiqc.ui.widgets import menu_line

        if menu_line.fits(heading, entries, self._host.size.width):
            self.status.menu_line.open(menu_line.Menu(heading, entries, then))
            return
        from tuiqc.ui.panels.list_panel import ListPanel
        from tuiqc.ui.panels.lists import Menu

        self.push(ListPanel(Menu(heading, entries)), lambda chosen: None if chosen is None else then(chosen))

    def confirm(self, heading: str, lines: Sequence[str], then: Callable[[bool], None]) -> None:
        """A question that is answered by yes or no."""
        self.push(Confirm(heading, lines), lambda yes: then(bool(yes)))

    def _leaves_picture(self) -> bool:
        """Whether a picture that lies over text stays in sight if a dialog lies over the tables alone."""
        over_text = protocol_of(self.output.caps.protocol).OVER_TEXT
        width = self.tables.images.outer_size.width
        return over_text and self.views.view is None and not self.views.panes.narrow and width >= BESIDE

    def push(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Open a dialog; `then` gets what it ends with.

        One whose changes show in the picture lies over the tables, never over the picture (`Dialog.place`).
        """

        def closed(result: Any) -> None:
            self._host.remove_class("-beside")
            if then is not None:
                then(result)

        if isinstance(screen, Dialog):
            screen.keymap = self.status.keys
            if screen.place in ("middle", "corner") and self._leaves_picture():
                screen.place, screen.room = "beside", self.tables.images.outer_size.width
        beside = isinstance(screen, Dialog) and screen.place == "beside"
        if isinstance(screen, Dialog) and beside:
            bottom = self._host.query_one("#main").region.bottom  # none while a view is laid out
            if bottom:
                screen.foot = self._host.size.height - bottom
            self._host.set_class(self.views.view is None, "-beside")
        self.work.attach.boxes.watch(screen)
        self._host.app.push_screen(screen, closed if beside else then)
