"""All tiles in sight as one sixel: xterm keeps 16 pictures at most, and forgets the oldest of more."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from textual.geometry import Region
from textual.widget import Widget

from tuiqc.picture.latest_job import LatestJobWorker
from tuiqc.pixels.cache import ByteCache
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.encoder import draw_at, encode
from tuiqc.terminal.protocols.base import Frame
from tuiqc.ui.messages import PageMade
from tuiqc.ui.output import Output

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RETRY = 0.015
_TOGETHER = 0.3
"""Seconds between two pictures of a page whose tiles are still being made."""
_PAGES_BYTES = 8 << 20

Placed = tuple[Hashable, Region, Any]
"""Name of a tile, the cells of its picture, and its pixels."""


@dataclass(frozen=True)
class _Job:
    key: Hashable
    area: Region
    placed: Sequence[Placed]


class SixelPage:
    """Draws a page of tiles as one picture; text around the tiles has to be painted again after it.

    Parameters
    ----------
    view
        The widget; it gets a `PageMade` when a page has been encoded in the thread, and hands its key to `made`.
    repaint
        Paints the text that lies in the page's area.
    """

    def __init__(self, view: Widget, output: Output, caps: Capabilities, repaint: Callable[[], None]) -> None:
        self._view, self._output, self.caps, self._repaint = view, output, caps, repaint
        self._pages: ByteCache[Hashable, Frame] = ByteCache(_PAGES_BYTES)
        self._encoder: LatestJobWorker[_Job, Hashable] | None = None
        self._placed: list[Placed] = []
        self._complete = True
        self._area = Region()
        self._drawn: Hashable = None
        self._at = 0.0
        self._waiting = False

    def show(self, placed: Sequence[Placed], complete: bool) -> None:
        """These tiles are there; `complete` says that no more are being made."""
        self._placed, self._complete = list(placed), complete
        self.draw()

    def wiped(self) -> None:
        """Some of it was painted over."""
        self._drawn = None

    def draw(self) -> None:
        """Bring the picture up to date, now or when it is encoded, or when the terminal has time."""
        self._waiting = False
        if not self._placed:
            return
        self._area = Region.from_union([region for _, region, _ in self._placed])
        key = (self.caps.cell_width, tuple((name, region) for name, region, _ in self._placed))
        if key == self._drawn:
            return
        if not self._complete and monotonic() - self._at < _TOGETHER:
            self._later(_TOGETHER)
            return
        frame = self._pages.get(key)
        if frame is None:
            if self._encoder is None:
                self._encoder = LatestJobWorker(
                    self._encode, lambda made: void(self._view.post_message(PageMade(made)))
                )
            self._encoder.request(_Job(key, self._area, self._placed))
            return
        if self._output.busy:
            self._later(_RETRY)
            return
        at = self._area.offset + self._view.region.offset
        self._output.write(draw_at(frame, at.x, at.y, self.caps))
        self._drawn, self._at = key, monotonic()
        self._repaint()
        self._output.ask_when_done()

    def _later(self, seconds: float) -> None:
        if not self._waiting:
            self._waiting = True
            self._view.set_timer(seconds, self.draw)

    def _encode(self, job: _Job, superseded: Callable[[], bool]) -> Hashable | None:
        if superseded():
            return None
        rgb = page_of(job.placed, job.area, self.caps.pixels)
        frame = encode(rgb, job.area.width, job.area.height, self.caps, 1)
        self._pages.put(job.key, frame, len(frame.payload))
        return job.key

    def stop(self) -> None:
        """End the thread."""
        if self._encoder is not None:
            self._encoder.stop()


def void(_: object) -> None:
    """Forget a result."""


def page_of(
    placed: Sequence[Placed], area: Region, pixels: Callable[[int, int], tuple[int, int]]
) -> NDArray[np.uint8]:
    """The pixels of a page: black, with the tiles at their places; (rows, columns, 3) for `area` in cells.

    `pixels` gives width and height in pixels of so many columns and rows of cells.
    """
    width, height = pixels(area.width, area.height)
    page = np.zeros((height, width, 3), np.uint8)
    for _, region, rgb in placed:
        x, y = pixels(region.x - area.x, region.y - area.y)
        right, bottom = pixels(region.right - area.x, region.bottom - area.y)
        part = page[y:bottom, x:right]
        fit = rgb[: part.shape[0], : part.shape[1]]
        part[: fit.shape[0], : fit.shape[1]] = fit
    return page
