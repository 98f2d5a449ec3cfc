"""Enduring: suspended and brought back, drawn again, attached from another terminal, and left clean."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import replace

from textual import events

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import Capabilities, TmuxFacts
from tuiqc.terminal.choosing import choose_again
from tuiqc.terminal.probe import cell_size
from tuiqc.text import printable
from tuiqc.ui.screens.view_columns import ViewColumns

_LOOK_EVERY = 3.0
"""Seconds between two questions to tmux, of 2 ms processor time each."""


class Enduring(ViewColumns):
    """What the life of a terminal brings."""

    _asking_tmux = False

    def action_suspend(self) -> None:
        """Back to the shell; `fg` brings the program back."""
        self.output.when_settled(self._suspend)

    def _suspend(self) -> None:
        """The pictures go first: the shell's screen must not have them, and the terminal may not keep them."""
        self.picture.cover()
        if self.view is not None:
            self.view.cover()
        self.output.free_pictures()
        self.app.action_suspend_process()

    def resumed(self, app: object) -> None:
        """Brought back with `fg`: another size, another font, and nothing of ours is on the screen."""
        self.output.resumed()
        self.draw_all_again()
        self.look_outside()

    def action_redraw(self) -> None:
        """All of the screen again, pictures included."""
        self.output.free_pictures()
        self.draw_all_again()
        self.look_outside()

    def draw_all_again(self) -> None:
        """Paint all cells and send the pictures anew, whatever the terminal is believed to show."""
        self.measure_cells()
        self.picture.send_again()
        if self.app.screen is self:
            self.picture.uncover()
            if self.view is not None:
                self.view.uncover()
        if self.view is not None:
            self.view.draw_again()
        for screen in self.app.screen_stack:
            screen.refresh(layout=True)
        self.app.refresh(layout=True)
        self.request_picture(again=True)

    def measure_cells(self) -> None:
        """Ask the kernel how large a cell is: fonts are zoomed, sessions move to other windows."""
        size = None if self.app.is_headless else cell_size(1)
        if size is not None and size != (self.caps.cell_width, self.caps.cell_height):
            self._use(replace(self.caps, cell_width=size[0], cell_height=size[1], exact=None))
            if self.view is not None:
                self.view.draw_again()

    def _use(self, caps: Capabilities) -> None:
        self.caps = caps
        self.picture.use(caps)

    # --- in tmux the terminal outside may be another one at any time

    def on_app_focus(self, event: events.AppFocus) -> None:
        """The window was chosen again, or a terminal attached: it may hold none of the pictures."""
        if self.caps.passthrough and not self.app.is_headless:
            self.output.free_pictures()
            self.draw_all_again()
        self.look_outside()

    def look_outside(self) -> None:
        """Ask the tmux server what is outside of it now, in a thread."""
        if self.caps.multiplexer != "tmux" or self.app.is_headless or self._asking_tmux:
            return
        self._asking_tmux = True
        threading.Thread(target=self._ask_tmux, name="tuiqc-tmux", daemon=True).start()

    def watch_outside(self) -> None:
        """Ask tmux again and again: it tells of a terminal that attached only if it is set to, and not in all cases."""
        if self.caps.multiplexer == "tmux" and not self.app.is_headless:
            self.set_interval(_LOOK_EVERY, self.look_outside)

    def _ask_tmux(self) -> None:
        facts = tmux.ask_server(os.environ)
        with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
            self.app.call_later(self.seen_outside, facts)

    def seen_outside(self, facts: TmuxFacts | None) -> None:
        """Go on as that terminal needs it; while none is attached, as before."""
        self._asking_tmux = False
        if facts is None or not facts.client:
            return
        before, caps = self.caps.answers.tmux, choose_again(self.caps, facts, os.environ)
        same_client = before is None or before.client_pid == facts.client_pid
        if caps == self.caps and (same_client or not self.caps.passthrough):
            self.caps = caps
            return
        if caps.protocol is not self.caps.protocol:
            self.say(f"pictures by {caps.protocol} now, for {printable(facts.client)} outside of tmux")
        self.output.use(caps)
        self._use(caps)
        self.draw_all_again()
