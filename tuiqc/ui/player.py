"""Playing a movie: which time point it is time for."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.timer import Timer

from tuiqc.review.session import Session
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.widgets.slider import Slider

RATES = (1, 2, 4, 8, 12, 16, 24)
"""Time points per second that playing can go at."""


class Player:
    """Shows one time point after the other; those in between are left out if pictures do not come as fast.

    Parameters
    ----------
    free
        Whether the last picture has been shown, and nothing lies over it.
    """

    def __init__(self, session: Session, jobs: Jobs, slider: Slider, free: Callable[[], bool]) -> None:
        self._session, self._jobs, self._slider, self._free = session, jobs, slider, free
        self._timer: Timer | None = None
        self._rate = 3
        self._from = (0.0, 0)
        self.step = 0
        """1 while playing forwards, -1 backwards, 0 while nothing is played."""

    @property
    def rate(self) -> int:
        """Time points per second."""
        return RATES[self._rate]

    def play(self, step: int) -> None:
        """Play forwards (1) or backwards (-1)."""
        self.stop()
        self.step = step
        self._from = (monotonic(), self._session.cursor.t)
        self._timer = self._jobs.every(1 / self.rate, self._next)
        self._slider.playing = "▶ " if step > 0 else "◀ "
        self._slider.refresh()

    def faster(self, step: int) -> None:
        """Go on at the next rate, or with -1 at the one before."""
        self._rate = min(max(self._rate + step, 0), len(RATES) - 1)
        self.play(self.step)

    def stop(self) -> None:
        """Stay where one is."""
        if self._timer is not None:
            self._timer.stop()
        self._timer, self.step, self._slider.playing = None, 0, ""
        self._slider.refresh()

    def _next(self) -> None:
        if not self._free():
            return
        start, t = self._from
        passed = int((monotonic() - start) * self.rate)
        cursor = self._session.cursor
        cursor.go_time((t + self.step * passed) % cursor.extent.t)
