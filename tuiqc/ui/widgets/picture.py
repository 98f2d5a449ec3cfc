"""The pane that shows a finished picture. It composes and encodes nothing itself: frames come from the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tuiqc.errors import TuiqcError
from tuiqc.picture.pipeline import LatestJobWorker
from tuiqc.picture.spec import PictureSpec, RenderedPicture
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.picture_protocol import Frame, Held, PictureProtocol, picture_size, protocol_of
from tuiqc.text import printable, shorten
from tuiqc.ui.frame_store import Finished, finish, held_strips, stand_in_strips
from tuiqc.ui.output import Output

_RETRY = 0.015
_AHEAD = 0.15
"""Seconds that a picture may take on the link which is sent before it is wanted: so long a key may have to wait."""


class Picture(Widget, can_focus=True):
    """Shows the newest finished picture by whatever the terminal has.

    It is written over blank cells after Textual has painted them, and again whenever it painted over them: text through
    Textual takes a Python object for every cell, and with it tens of milliseconds. While another screen covers this one
    cells of text stand in, half-blocks or kitty placeholders; so they do where there is no terminal, and for ASCII.
    """

    ALLOW_SELECT = False

    @dataclass
    class Clicked(Message):
        """The mouse was pressed on a cell of the picture (0-based, from its top left)."""

        x: int
        y: int
        double: bool

    @dataclass
    class Dragged(Message):
        """The picture was drawn along by so many cells with the mouse."""

        dx: int
        dy: int

    @dataclass
    class Wheel(Message):
        """The mouse wheel was turned over a cell of the picture: +1 up, -1 down."""

        x: int
        y: int
        step: int

    @dataclass
    class Resized(Message):
        """The pane has another size."""

    @dataclass
    class Shown(Message):
        """A picture went to the terminal, as so many bytes: few where the terminal held it already."""

        finished: Finished
        nbytes: int

    def __init__(self, caps: Capabilities, output: Output, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.caps = caps
        self.output = output
        self.finished: Finished | None = None
        self.note = ""
        self._waiting: Finished | None = None
        self._next: Finished | None = None
        self._sent: Frame | None = None
        self._nbytes = 0
        self._strips: list[Strip] = []
        self.wiped = True
        self._draws = False
        self._covered = False
        self._dragged_from: tuple[float, float] | None = None
        self._was_dragged = False
        self._standing_in: list[Strip] | None = None
        self.when_shown: Callable[[Picture.Shown], None] | None = None
        """Called at once, before the message `Shown` comes: what it says is painted with all else."""

    @property
    def _way(self) -> PictureProtocol:
        return protocol_of(self.caps.protocol)

    @property
    def _over_text(self) -> bool:
        return self._way.OVER_TEXT or (self._way.WRITTEN and not self.output.headless)

    # --- taking pictures

    def offer(self, finished: Finished) -> None:
        """Show this picture as soon as the terminal has taken the one before it; a newer offer replaces it."""
        first = self._waiting is None
        self._waiting, self._next = finished, None
        if first:
            self._take()

    def _take(self) -> None:
        if self._waiting is None:
            return
        if self.output.picture_due:
            self.output.when_free(self._take)
            self.set_timer(_RETRY, self._take)  # should there be no answer
            return
        finished, self._waiting = self._waiting, None
        if finished.frame.protocol != self.caps.protocol:
            return  # it was made for another terminal
        before, self.finished = self.finished, finished
        self.note, self._standing_in, self._nbytes = "", None, finished.encoded.nbytes
        if self._over_text:
            self._show_over_text(before, finished)
        else:
            self._show_as_text(finished)
        as_text = not self._way.HELD and not self._over_text
        self.output.ask_when_done(finished.encoded.nbytes if as_text else 0)
        shown = self.Shown(finished, self._nbytes)
        if self.when_shown is not None:
            self.when_shown(shown)
        self.post_message(shown)

    def send_ahead(self, finished: Finished | None) -> None:
        """Have the terminal hold a picture that may be wanted next, where that takes the link next to no time.

        With None what still waits for that is not sent: something else is wanted.
        """
        held = finished is not None and protocol_of(finished.frame.protocol).HELD
        self._next = finished if held and not self.output.headless else None
        self._send_next()

    def _send_next(self) -> None:
        finished, output, region = self._next, self.output, self.content_region
        if finished is None or self._waiting is not None or self._covered:
            return
        if output.busy:
            output.when_free(self._send_next)
            return
        self._next, frame = None, finished.frame
        if (
            frame.protocol != self.caps.protocol
            or (frame.columns, frame.rows) != (region.width, region.height)
            or not output.link.carries(len(frame.payload), _AHEAD)
        ):
            return
        width, height = picture_size(frame.columns, frame.rows, self.caps)
        if codes := output.shelf.codes_ahead(finished.key, frame, width * height):
            output.write(codes)
            output.ask_when_done()

    def say(self, text: str) -> None:
        """Show a sentence in place of a picture (a broken image)."""
        self._waiting = None
        self._hide(self._sent)
        self.finished, self._sent, self.note, self._standing_in = None, None, printable(text), None
        self.refresh()

    def _show_as_text(self, finished: Finished) -> None:
        if not self._way.HELD:
            self._strips = finished.encoded.strips
            self.refresh()
            return
        held = self._hold(finished)
        self._nbytes += len(held.codes) - len(finished.frame.payload)
        self._strips = held_strips(held.frame, clipped=self._covered)
        self.output.write(held.codes)
        if held.gone:
            # Only after the cells that show the new one are painted: the old one must not blink.
            self.call_after_refresh(self.output.write, held.gone)
        self.refresh()

    def _hold(self, finished: Finished) -> Held:
        held = self._way.hold(finished.frame, finished.key, self.caps, self.output.shelf)
        self._sent = held.frame
        return held

    def _show_over_text(self, before: Finished | None, finished: Finished) -> None:
        if before is None or (before.frame.columns, before.frame.rows) != (
            finished.frame.columns,
            finished.frame.rows,
        ):
            self.refresh()  # painting the cells calls for the picture
        elif self._covered:
            self.refresh()  # cells of text stand in
        else:
            self._draw()

    def _draw(self) -> None:
        """Write the picture over its cells, unless something lies above them."""
        finished, self._draws = self.finished, False
        if finished is None or self._covered or not self.is_on_screen or not self.display:
            return
        region = self.content_region
        if (region.width, region.height) != (finished.frame.columns, finished.frame.rows):
            return  # the pane has another size by now; a picture for it is on its way
        old, shelf = self._sent, self.output.shelf
        drawing = self._way.draw(finished.frame, finished.key, (region.x, region.y), self.caps, shelf)
        self._sent = drawing.frame
        if self._way.HELD:
            self._nbytes = finished.encoded.nbytes - len(finished.frame.payload) + len(drawing.codes)
        self.output.write(drawing.codes)
        self.output.write_text(drawing.text)
        self.output.write(drawing.after)
        if old is not None and old.image_id != self._sent.image_id:
            self._hide(old)
        self.output.when_drawn(region)

    def _hide(self, frame: Frame | None) -> None:
        """Take a picture off the screen that lies over text; the terminal may hold it for the next time."""
        if frame is not None:
            self.output.write(protocol_of(frame.protocol).erase(frame, self.caps, self.output.shelf))

    def on_resize(self) -> None:
        """The picture that is there fits no more."""
        self.post_message(self.Resized())

    # --- when it is covered, hidden or ends

    def cover(self) -> None:
        """Another screen lies above: what is not text would shine through it."""
        self._covered = True
        if self._over_text:
            self._hide(self._sent)
            self.refresh()
        else:
            self._number_cells()

    def uncover(self) -> None:
        """This screen is the one in sight again."""
        self._covered = False
        if self._over_text:
            self.refresh()
        else:
            self._number_cells()

    def use(self, caps: Capabilities) -> None:
        """Another size of cells, or another terminal: the picture that is there is none for it."""
        if caps.protocol != self.caps.protocol:
            self.finished, self._sent, self._strips, self._standing_in = None, None, [], None
        self.caps = caps

    def send_again(self) -> None:
        """The terminal has lost the picture: show it as if it were new."""
        self._sent, self.wiped = None, True
        if self.finished is not None and not self._over_text:
            self._show_as_text(self.finished)
        self.refresh()

    def _number_cells(self) -> None:
        """Placeholders under a dialog each need their number: rows are no more painted from their first cell on."""
        if self._sent is not None and self._way.HELD:
            self._strips = held_strips(self._sent, clipped=self._covered)
            self.refresh()

    def on_hide(self) -> None:
        """The pane gave way to another."""
        if self._over_text:
            self._hide(self._sent)

    def on_unmount(self) -> None:
        """Leave nothing on the screen."""
        self._hide(self._sent)

    def painted_over(self) -> None:
        """Another screen has painted the cells that the picture lies over."""
        if self._over_text and self.finished is not None and not self._covered:
            self.wiped = False
            self._draw_soon()

    def _draw_soon(self) -> None:
        """Once, however often its cells are painted until then."""
        if not self._draws:
            self._draws = True
            self.call_later(self._draw)

    # --- painting cells

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells; painting them wipes a picture that lies over text, so it is drawn again."""
        if self.wiped and self._over_text and self.finished is not None and not self._covered:
            self.wiped = False
            self._draw_soon()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        width = self.size.width
        strips = self._rows_of_text()
        if strips is not None and y < len(strips) and strips[y].cell_length == width:
            return strips[y]
        style = Style(bgcolor="rgb(0,0,0)", color="rgb(180,180,180)")
        if y == self.size.height // 2 and self.note:
            text = shorten(self.note, width).center(width)
            return Strip([Segment(text, style)]).adjust_cell_length(width, style)
        return Strip([Segment(" " * width, style)], width)

    def _rows_of_text(self) -> list[Strip] | None:
        if self.finished is None:
            return None
        if not self._over_text:
            return self._strips
        if self._covered:
            if self._standing_in is None:
                self._standing_in = self._stand_ins(self.finished)
            return self._standing_in
        return None

    def _stand_ins(self, finished: Finished) -> list[Strip]:
        """Cells of text that something may lie over."""
        frame = finished.frame
        if self._way.HELD and not self._way.OVER_TEXT:
            held = self._hold(finished)
            self.output.write(held.codes + held.gone)
            frame = held.frame
        return stand_in_strips(frame, finished.rgb, self.caps.truecolor)

    # --- mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Perhaps the beginning of drawing the picture along."""
        self._dragged_from, self._was_dragged = (
            (event.screen_x, event.screen_y) if event.button == 1 else None,
            False,
        )
        if self._dragged_from is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The picture follows the mouse."""
        if self._dragged_from is None:
            return
        now = (event.screen_x, event.screen_y)
        dx, dy = (int(now[at] - self._dragged_from[at]) for at in (0, 1))
        if dx or dy:
            self._dragged_from, self._was_dragged = now, True
            self.post_message(self.Dragged(dx, dy))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """It stays where it is."""
        if self._dragged_from is not None:
            self._dragged_from = None
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Tell where."""
        if self._was_dragged or event.button != 1:
            return
        if (offset := event.get_content_offset(self)) is not None:
            self.post_message(self.Clicked(offset.x, offset.y, event.chain >= 2))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Wheel up."""
        event.stop()
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Wheel down."""
        event.stop()
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, step: int) -> None:
        if (offset := event.get_content_offset(self)) is not None:
            self.post_message(self.Wheel(offset.x, offset.y, step))


Paint = Callable[[Any, tuple[int, int], Callable[[], bool]], "tuple[PictureSpec, RenderedPicture] | None"]
"""Paints a job for (columns, rows) cells, in the thread; None if it is not wanted any more. TuiqcErrors are shown."""


@dataclass(frozen=True)
class _Wanted:
    """A picture that is wanted for `cells` (columns, rows)."""

    number: int
    job: object
    cells: tuple[int, int]
    caps: Capabilities


class OwnPicture(Picture, can_focus=False):
    """`ask` for a picture; `paint` makes it in the thread, and it is shown if it still fits."""

    @dataclass
    class Made(Message, bubble=False):
        """A picture came out of the thread; None with the words why not."""

        finished: Finished | None
        number: int
        words: str = ""

    def __init__(self, caps: Capabilities, output: Output, paint: Paint, *, id: str | None = None) -> None:
        super().__init__(caps, output, id=id)
        self._painter = paint
        self.number = 0
        """That of the picture that was asked for last."""
        self._worker: LatestJobWorker[_Wanted, OwnPicture.Made] | None = None

    def on_mount(self) -> None:
        """Begin the thread: not before, as a view that is refused is never on the screen."""
        self._worker = LatestJobWorker(self._make, self._tell)

    def on_unmount(self) -> None:
        """End the thread."""
        if self._worker is not None:
            self._worker.stop()

    def ask(self, job: object) -> None:
        """Have this one made, for the size that there is now."""
        if self._worker is not None:
            self.number += 1
            self._worker.request(_Wanted(self.number, job, (self.size.width, self.size.height), self.caps))

    def _tell(self, made: OwnPicture.Made) -> None:
        self.post_message(made)

    def _make(self, wanted: _Wanted, superseded: Callable[[], bool]) -> OwnPicture.Made | None:
        number = wanted.number
        try:
            found = self._painter(wanted.job, wanted.cells, superseded)
            if found is None or superseded():
                return None
            spec, rendered = found
            encoded = finish(rendered, wanted.cells, wanted.caps)
        except TuiqcError as error:
            return self.Made(None, number, str(error))
        except Exception as error:  # what can't be drawn must not end the thread
            return self.Made(None, number, f"{type(error).__name__}: {error}")
        return self.Made(Finished(number, spec, rendered, encoded), number)

    def on_own_picture_made(self, event: Made) -> None:
        """Show it, if it still fits."""
        event.stop()
        if event.finished is None:
            if event.number == self.number:
                self.say(event.words)
        elif (event.finished.frame.columns, event.finished.frame.rows) == tuple(self.size):
            self.offer(event.finished)
