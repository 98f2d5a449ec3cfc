"""All that a command or a view may know of the review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from inspect import isawaitable
from typing import Any

from textual.app import App
from textual.screen import Screen

from tuiqc.config import Config
from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.qc.reasons import Reason
from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.attach import Attach
from tuiqc.ui.autosave import Autosave
from tuiqc.ui.crosshair import Crosshair
from tuiqc.ui.display_state import DisplayState
from tuiqc.ui.evidence_marks import EvidenceMarks
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.keys import PANES, Keymap, registry
from tuiqc.ui.label_watch import LabelWatch
from tuiqc.ui.object_reader import ObjectReader
from tuiqc.ui.output import Output
from tuiqc.ui.panes import Panes
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.player import Player
from tuiqc.ui.ranking_work import RankingWork
from tuiqc.ui.sample_status import SampleStatus
from tuiqc.ui.screens.dialogs import Confirm, Dialog, TextScreen
from tuiqc.ui.status import Status
from tuiqc.ui.table_panes import TablePanes
from tuiqc.ui.titles import Titles
from tuiqc.ui.view_host import OpenView, ViewHost, as_widget
from tuiqc.ui.viewport_state import ViewportState
from tuiqc.ui.widgets.ask_line import Question

Entry = tuple[str, str, str]
"""Of a menu: result, key, text."""


class ReviewContext:
    """The parts of the screen, each with its own state, and the ways to talk to the person.

    Attributes
    ----------
    session
        Where one is and what is decided.
    config, keys, output
        Settings, keys in force, and the way of pictures to the terminal.
    jobs
        Work off the loop.
    display, viewport
        Styles and colours; where one looks in the picture.
    pictures, crosshair, player
        The picture of the current place, and what moves in it.
    tables, panes, views
        The tables; which pane has the focus; the view that is open.
    status, titles
        The lines of the screen and the titles of the panes.
    loading, autosave, sampling, ranking, evidence, labels, attach
        What goes on beside the keys.
    """

    def __init__(
        self,
        host: Screen[None],
        session: Session,
        config: Config,
        output: Output,
        keys: Keymap,
        reasons: tuple[Reason, ...],
    ) -> None:
        self._host = host
        self.session, self.config, self.output, self.keys = session, config, output, keys
        self._pending, self._commands = Changes.NONE, 0
        self.show: Callable[[Changes], None] = lambda changes: None
        """Shows what has changed; set by the screen."""
        changed, say = self.changed, self.say
        session.changed = changed
        self.jobs = Jobs(host)
        self.display = DisplayState(session, changed)
        self.viewport = ViewportState(session, changed)
        self.status = Status(session, keys, self.jobs, reasons)
        self.pictures = Pictures(session, self.display, self.viewport, self.jobs, output, config, changed)
        self.tables = TablePanes(session, self.display, self.viewport, self.jobs, say, changed)
        self.titles = Titles(session, self.display, self.viewport, self.pictures, self.tables)
        self.loading = ObjectReader(session, self.pictures, self.tables, self.jobs, say, changed)
        self.panes = Panes(
            host, session, self.tables, self.pictures, self.status, lambda: self.loading.pending, changed
        )
        self.views = ViewHost(
            host, session, self.panes, self.tables, self.pictures, self.viewport, self.status, changed
        )
        self.pictures.wanted = lambda: self.views.has_picture
        self.crosshair = Crosshair(session, self.viewport, self.pictures, self.jobs, say, changed)
        self.player = Player(session, self.jobs, self.status.slider, self._picture_free)
        self.autosave = Autosave(session, self.jobs, say)
        self.sampling = SampleStatus(session, self.status, self.jobs, changed)
        self.ranking = RankingWork(
            session, self.tables, self.status, self.jobs, changed, config.measure_ahead
        )
        self.evidence = EvidenceMarks(session, self.jobs, say, changed)
        self.labels = LabelWatch(session, self.pictures, self.jobs, say)
        self.attach = Attach(
            lambda: host.app, output, self.pictures, self.jobs, say, lambda: self.view, lambda: self.in_sight
        )

    @property
    def caps(self) -> Capabilities:
        """What the terminal can do now; another one may attach at any time."""
        return self.output.caps

    @property
    def view(self) -> OpenView | None:
        """The view that is open, None on the home screen."""
        return self.views.view

    @property
    def in_sight(self) -> bool:
        """Whether no other screen lies above the review."""
        return self._host.app.screen is self._host

    @cached_property
    def plates(self) -> PlateMap | None:
        """Which well each image is of, None if nothing says so; the same in all views of the plate."""
        return plate_map(self.session.batch)

    def _picture_free(self) -> bool:
        return not self.pictures.pending and not self.output.busy and self.in_sight

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
                self.focus_judged()

        keys.display = False
        line.ask(question, closed)

    def choose(self, heading: str, entries: Sequence[Entry], then: Callable[[str], None]) -> None:
        """A menu with a key for each entry (result, key, text); `then` gets the result, if one was chosen."""
        from tuiqc.ui.panels.list_panel import ListPanel
        from tuiqc.ui.panels.lists import Menu

        self.push(ListPanel(Menu(heading, entries)), lambda chosen: None if chosen is None else then(chosen))

    def confirm(self, heading: str, lines: Sequence[str], then: Callable[[bool], None]) -> None:
        """A question that is answered by yes or no."""
        self.push(Confirm(heading, lines), lambda yes: then(bool(yes)))

    def read(self, heading: str, lines: Sequence[str]) -> None:
        """A longer text."""
        self.push(TextScreen(heading, lines))

    def push(self, screen: Screen[Any], then: Callable[[Any], None] | None = None) -> None:
        """Open a dialog; `then` gets what it ends with."""
        if isinstance(screen, Dialog):
            screen.keymap = self.keys
        self._host.app.push_screen(screen, then)

    def push_beside(self, panel: Screen[None]) -> None:
        """Open a panel whose changes show in the picture: over the tables, never over the picture."""

        def closed(result: object) -> None:
            self._host.remove_class("-beside")

        self._host.set_class(self.view is None, "-beside")
        self.push(panel, closed)

    async def run(self, name: str) -> None:
        """Run another command by its name."""
        command = registry.find(name, (*(self.view.PLACES if self.view is not None else ()), *PANES))
        done = command.run(self if command.place in PANES else self.view) if command is not None else None
        if isawaitable(done):
            await done

    @property
    def app(self) -> App[Any]:
        """The program."""
        return self._host.app

    def quit(self) -> None:
        """Save and quit."""
        self.output.when_settled(self._host.app.exit)

    def palette(self) -> None:
        """Find a command by name."""
        self._host.app.action_command_palette()

    def focus_judged(self) -> None:
        """Give the focus to what keys go to: the view that is open, or the table that is judged."""
        if self.view is not None:
            as_widget(self.view).focus()
        else:
            self.panes.focus_judged()

    # --- what has changed

    def changed(self, changes: Changes) -> None:
        """Say what has changed: it is shown once, when the present command (or the present turn of the loop) ends."""
        if not self._pending and not self._commands:
            self._host.call_next(self.flush)
        self._pending |= changes

    def flush(self) -> None:
        """Show what has changed since it was shown last."""
        changes, self._pending = self._pending, Changes.NONE
        if changes:
            self.show(changes)

    def begin_command(self) -> None:
        """What changes from here on is shown when the command ends; what has changed before, now."""
        if not self._commands:
            self.flush()
        self._commands += 1

    def end_command(self) -> None:
        """The command that began last has ended."""
        self._commands -= 1
        if not self._commands:
            self.flush()
