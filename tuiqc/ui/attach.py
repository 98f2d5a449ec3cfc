"""What the life of a terminal brings: suspended and brought back, drawn again, attached from another terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from textual.app import App
from textual.geometry import Region
from textual.screen import Screen

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import Capabilities, TmuxFacts
from tuiqc.terminal.probe import cell_size
from tuiqc.terminal.protocol_choice import choose_again
from tuiqc.text import printable
from tuiqc.ui.dialog_boxes import DialogBoxes
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.output import Output
from tuiqc.ui.pictures import Pictures

_LOOK_EVERY = 3.0
"""Seconds between two questions to tmux, of 2 ms processor time each."""


class Drawn(Protocol):
    """A view that draws pictures."""

    def cover(self) -> None:
        """Another screen lies above."""

    def uncover(self) -> None:
        """It is in sight again."""

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """Cells in these regions of the screen are painted, None for all."""

    def draw_again(self) -> None:
        """The terminal has lost all pictures, or is another one."""


class Attach:
    """Keeps the screen right in a terminal that changes.

    Parameters
    ----------
    view
        The view that is open.
    in_sight
        Whether no other screen lies above the review.
    """

    def __init__(
        self,
        app: Callable[[], App[object]],
        output: Output,
        pictures: Pictures,
        jobs: Jobs,
        say: Callable[[str], None],
        view: Callable[[], Drawn | None],
        in_sight: Callable[[], bool],
    ) -> None:
        self._app, self._output, self._pictures, self._jobs = app, output, pictures, jobs
        self._say, self._view, self._in_sight = say, view, in_sight
        self.boxes = DialogBoxes(app, output, self.painted_over)

    def suspend(self) -> None:
        """Back to the shell; `fg` brings the program back."""
        self._output.when_settled(self._suspend)

    def _suspend(self) -> None:
        """The pictures go first: the shell's screen must not have them, and the terminal may not keep them."""
        self.cover()
        self._output.free_pictures()
        self._app().action_suspend_process()

    def resumed(self, app: object) -> None:
        """Brought back with `fg`: another size, another font, and nothing of ours is on the screen."""
        self._output.resumed()
        self.draw_all_again()
        self.look_outside()

    def redraw(self) -> None:
        """All of the screen again, pictures included."""
        self._output.free_pictures()
        self.draw_all_again()
        self.look_outside()

    def lies_above(self, screen: Screen[Any]) -> None:
        """A dialog lies above, or a screen that hides all."""
        if self.boxes.may_lie_over_pictures(screen):
            if self.boxes.watch(screen):  # it may have been painted already
                self.painted_over(None)
        else:
            self.cover()

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """Another screen has painted these regions of the window, None for all."""
        pane, view = self._pictures.pane, self._view()
        if regions is None or any(region.overlaps(pane.content_region) for region in regions):
            pane.painted_over()
        if view is not None:
            view.painted_over(regions)

    def cover(self) -> None:
        """Another screen lies above."""
        self._pictures.pane.cover()
        if (view := self._view()) is not None:
            view.cover()

    def uncover(self) -> None:
        """The review is the screen in sight."""
        self._pictures.pane.uncover()
        if (view := self._view()) is not None:
            view.uncover()

    def draw_all_again(self) -> None:
        """Paint all cells and send the pictures anew, whatever the terminal is believed to show."""
        self.measure_cells()
        self._pictures.pane.send_again()
        if self._in_sight():
            self.uncover()
        if (view := self._view()) is not None:
            view.draw_again()
        app = self._app()
        for screen in app.screen_stack:
            screen.refresh(layout=True)
        app.refresh(layout=True)
        self._pictures.request(again=True)

    def measure_cells(self) -> None:
        """Ask the kernel how large a cell is: fonts are zoomed, sessions move to other windows."""
        caps = self._output.caps
        size = None if self._app().is_headless else cell_size(1)
        if size is not None and size != (caps.cell_width, caps.cell_height):
            self._use(replace(caps, cell_width=size[0], cell_height=size[1], exact=None))
            if (view := self._view()) is not None:
                view.draw_again()

    def _use(self, caps: Capabilities) -> None:
        self._output.caps = caps
        self._pictures.pane.use(caps)

    # --- in tmux the terminal outside may be another one at any time

    def focused(self) -> None:
        """The window was chosen again, or a terminal attached: it may hold none of the pictures."""
        if self._output.caps.passthrough and not self._app().is_headless:
            self._output.free_pictures()
            self.draw_all_again()
        self.look_outside()

    def look_outside(self) -> None:
        """Ask the tmux server what is outside of it now, in a thread; never a second one while one asks."""
        if self._output.caps.multiplexer == "tmux" and not self._app().is_headless:
            self._jobs.once("tmux", _ask_server, self.seen_outside)

    def watch_outside(self) -> None:
        """Ask tmux again and again: it tells of a terminal that attached only if it is set to, and not in all cases."""
        if self._output.caps.multiplexer == "tmux" and not self._app().is_headless:
            self._jobs.every(_LOOK_EVERY, self.look_outside)

    def seen_outside(self, facts: TmuxFacts | None) -> None:
        """Go on as that terminal needs it; while none is attached, as before."""
        if facts is None or not facts.client:
            return
        now = self._output.caps
        before, caps = now.answers.tmux, choose_again(now, facts, os.environ)
        same_client = before is None or before.client_pid == facts.client_pid
        if caps == now and (same_client or not now.passthrough):
            self._output.caps = caps
            return
        if caps.protocol is not now.protocol:
            self._say(f"pictures by {caps.protocol} now, for {printable(facts.client)} outside of tmux")
        self._output.use(caps)
        self._use(caps)
        self.draw_all_again()


def _ask_server() -> TmuxFacts | None:
    """In a thread: what tmux tells, None where it can't be asked."""
    try:
        return tmux.ask_server(os.environ)
    except Exception:  # what is outside stays as it was; the next question comes in a few seconds
        return None
