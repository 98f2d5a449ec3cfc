"""A picture that a view makes for itself, beside that of the current place: painted in a thread, newest wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.message import Message

from tuiqc.errors import TuiqcError
from tuiqc.picture.latest_job import LatestJobWorker
from tuiqc.picture.spec import PictureSpec, RenderedPicture
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.ui.frames import Finished, finish
from tuiqc.ui.output import Output
from tuiqc.ui.widgets.picture import Picture

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
