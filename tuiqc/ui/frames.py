"""Finished pictures: an encoded frame and the strips of text that show it, all made in the worker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuiqc.picture.painter import Painted, Shot
from tuiqc.terminal import halfblock
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.encoder import Frame, encode
from tuiqc.terminal.kitty import id_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Finished:
    """A picture that is ready to be shown.

    `milliseconds` is the time from the request to here, `nbytes` what the terminal is sent.
    """

    number: int
    shot: Shot
    painted: Painted
    frame: Frame
    strips: list[Strip]
    rgb: NDArray[Any]
    milliseconds: float
    nbytes: int


# Ids belong to the whole terminal: other programs tend to count from 1, another tuiqc has another process number.
_FIRST_ID = 0x740000 + 2 * (os.getpid() % 0x4000)


def finish(number: int, shot: Shot, painted: Painted, cells: tuple[int, int], caps: Capabilities) -> Finished:
    """Encode a painted picture for `cells` (columns, rows) and make its strips of text; times are filled in later."""
    columns, rows = cells
    # Two ids in turn: the old picture stays in the terminal until the new one is there.
    frame = encode(painted.rgb, columns, rows, caps, image_id=_FIRST_ID + number % 2)
    strips: list[Strip] = []
    nbytes = len(frame.payload)
    if caps.protocol is Protocol.HALFBLOCK:
        strips = strips_of_runs(frame.runs)
        nbytes = sum(_run_bytes(run) for row in frame.runs for run in row)
    elif caps.protocol is Protocol.KITTY:
        style = Style(color=Color.from_rgb(*id_colour(frame.image_id)), bgcolor=Color.from_rgb(0, 0, 0))
        strips = [Strip([Segment(text, style)], columns) for text in frame.placeholders]
        nbytes += sum(len(text.encode()) for text in frame.placeholders)
    return Finished(number, shot, painted, frame, strips, painted.rgb, 0.0, nbytes)


def _run_bytes(run: halfblock.Run) -> int:
    """Bytes of one run in true colour as Rich writes it: the colours, three bytes a cell, the reset."""
    cells, top, bottom = run
    return sum(len(str(part)) for part in (*top, *bottom)) + 20 + 3 * cells + 4


def strips_of_runs(rows: list[list[halfblock.Run]]) -> list[Strip]:
    """Half-block cells as strips: `▀` with the upper pixel as its colour and the lower one as its background."""
    strips = []
    for row in rows:
        segments, length = [], 0
        for cells, top, bottom in row:
            style = Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom))
            segments.append(Segment("▀" * cells, style))
            length += cells
        strips.append(Strip(segments, length))
    return strips


def halfblock_strips(rgb: NDArray[Any], columns: int, rows: int) -> list[Strip]:
    """Any picture as half-blocks of `columns` x `rows` cells."""
    return strips_of_runs(halfblock.cells(halfblock.fit(rgb, columns, rows)))
