"""Enduring: suspended and brought back, drawn again, attached from another terminal, and left clean."""

from __future__ import annotations

from dataclasses import replace

from textual import events

from tuiqc.terminal.probe import cell_size
from tuiqc.ui.screens.view_columns import ViewColumns


class Enduring(ViewColumns):
    """What the life of a terminal brings."""

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

    def action_redraw(self) -> None:
        """All of the screen again, pictures included."""
        self.output.free_pictures()
        self.draw_all_again()

    def draw_all_again(self) -> None:
        """Paint all cells and send the pictures anew, whatever the terminal is believed to show."""
        self.measure_cells()
        if self.app.screen is self:
            self.picture.uncover()
            if self.view is not None:
                self.view.uncover()
        self.picture.send_again()
        for screen in self.app.screen_stack:
            screen.refresh(layout=True)
        self.app.refresh(layout=True)
        self.request_picture(again=True)

    def measure_cells(self) -> None:
        """Ask the kernel how large a cell is: fonts are zoomed, sessions move to other windows."""
        size = None if self.app.is_headless else cell_size(1)
        if size is not None and size != (self.caps.cell_width, self.caps.cell_height):
            self.caps = self.picture.caps = replace(self.caps, cell_width=size[0], cell_height=size[1])

    def on_app_focus(self, event: events.AppFocus) -> None:
        """In tmux, the terminal outside may be another one now: it holds none of the pictures."""
        if self.caps.multiplexer == "tmux" and len(self.output.shelf):
            self.action_redraw()
