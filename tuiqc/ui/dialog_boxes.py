"""Dialogs over pictures that text replaces cell by cell (sixel): the picture stays one of pixels wherever no box lies.

The picture is drawn under the boxes, then these are painted over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

from textual.app import App
from textual.geometry import Region
from textual.screen import ModalScreen, Screen

from tuiqc.terminal import tmux
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.ui.output import Output
from tuiqc.ui.textual_private import boxes_of, screen_strips, tell_painted


class DialogBoxes:
    """Knows where boxes of dialogs lie, and paints them again over a picture.

    Parameters
    ----------
    app
        The program.
    wiped
        Told of the regions beside all boxes that a dialog has painted: pictures there have to be drawn again.
    """

    def __init__(
        self, app: Callable[[], App[Any]], output: Output, wiped: Callable[[Sequence[Region]], None]
    ) -> None:
        self._app, self._output, self._wiped = app, output, wiped
        self._watched: WeakSet[Screen[Any]] = WeakSet()
        output.when_drawn = self.paint

    def may_lie_over_pictures(self, screen: Screen[Any]) -> bool:
        """Whether pictures need not be covered for this screen."""
        return protocol_of(self._output.caps.protocol).TEXT_WINS and isinstance(screen, ModalScreen)

    def watch(self, screen: Screen[Any]) -> bool:
        """Be told of what a dialog paints; False if it was watched already."""
        if screen in self._watched:
            return False
        self._watched.add(screen)
        tell_painted(screen, self._painted)
        return True

    @property
    def _boxes(self) -> list[Region]:
        above = [one for one in self._app().screen_stack if isinstance(one, ModalScreen)]
        return [box for screen in above for box in boxes_of(screen)]

    def _painted(self, dirty: Sequence[Region]) -> None:
        boxes = self._boxes
        beside = [one for one in dirty if not any(box.contains_region(one) for box in boxes)]
        if beside:
            self._wiped(beside)

    def paint(self, drawn: Region) -> None:
        """A picture was drawn in this region of the screen: paint the boxes that lie over it."""
        app = self._app()
        if not isinstance(app.screen, ModalScreen):
            return
        hidden = [box for box in self._boxes if box.overlaps(drawn)]
        if not hidden:
            return
        lines, text, caps = screen_strips(app), [], self._output.caps
        # What passes through tmux unread is in the places of the terminal outside of it.
        left, top = caps.pane if caps.passthrough else (0, 0)
        for box in hidden:
            for y in range(max(0, box.y), min(box.bottom, len(lines))):
                text.append(f"\x1b[{top + y + 1};{left + box.x + 1}H")
                text.append(lines[y].crop(box.x, box.right).render(app.console))
        codes = "\x1b7" + "".join(text) + "\x1b8"
        # tmux may not write again what stands in its own cells already: so the terminal outside is told itself.
        self._output.write_text(tmux.wrap(codes.encode()).decode() if caps.passthrough else codes)
