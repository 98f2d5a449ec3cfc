"""Small pictures of a sheet: made in threads of their own, kept, and encoded for the terminal each by itself.

Each is a picture of its own: it appears when it is made, and a kitty terminal keeps it for when it comes back in
sight. Only sixels are put together to one picture of the page (`SixelPage`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.message_pump import MessagePump

from tuiqc.errors import TuiqcError
from tuiqc.picture.painter import Painter, PictureSpec
from tuiqc.picture.pipeline import PriorityWorkers
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.ui.frame_store import Encoded, finish

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class TileMade(Message, bubble=False):
    """A small picture of a sheet is ready, or it is known why there is none."""

    key: Hashable


@dataclass
class PageMade(Message, bubble=False):
    """A page of tiles is encoded."""

    key: Hashable


MEMORY_BYTES = 64 << 20
"""Bound of the tiles that are kept ready to be shown."""

_RUN_BYTES = 300


@dataclass(frozen=True, slots=True)
class TileJob:
    """A tile that is wanted: what it shows, and its columns and rows of cells."""

    spec: PictureSpec
    cells: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tile:
    """A finished tile, or why there is none (`rgb` is None).

    `trouble` is a sentence about what could not be drawn, else "". Tiles of one page are encoded with it.
    """

    encoded: Encoded | None
    rgb: NDArray[Any] | None
    trouble: str = ""


class TileMaker:
    """Makes tiles in threads, those in front of the list first; finished ones are kept and told of.

    Parameters
    ----------
    painter
        Composes them.
    target
        Gets a `TileMade` for each.
    """

    def __init__(
        self, painter: Painter, target: MessagePump, caps: Capabilities, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self.painter, self.caps = painter, caps
        self._target = target
        self._memory_bytes = memory_bytes
        self._tiles: ByteCache[Hashable, Tile] = ByteCache(memory_bytes)
        self._workers: PriorityWorkers[TileJob] = PriorityWorkers(self._make)

    def get(self, key: Hashable) -> Tile | None:
        """The finished tile of this key, None if it is not (any more) there."""
        return self._tiles.get(key)

    def want(self, jobs: Sequence[tuple[Hashable, TileJob]]) -> None:
        """Make these and no others, in this order; those that are there already cost nothing."""
        self._workers.want([(key, job) for key, job in jobs if self._tiles.get(key) is None])

    def use(self, caps: Capabilities) -> None:
        """Make tiles for another size of cells, or another terminal; those that are there do not fit it."""
        if caps != self.caps:
            self.caps = caps
            self._tiles = ByteCache(self._memory_bytes)

    def stop(self) -> None:
        """End the threads."""
        self._workers.stop()

    def _make(self, key: Hashable, job: TileJob, superseded: Callable[[], bool]) -> bool:
        caps = self.caps
        try:
            rendered = self.painter.paint(job.spec, superseded)
            if rendered is None:
                return False
            together = protocol_of(caps.protocol).TOGETHER
            encoded = None if together else finish(rendered, job.cells, caps)
            if encoded is not None:
                _ = encoded.strips  # made here, and not when they are painted
            tile = Tile(encoded, rendered.rgb, rendered.problems[0] if rendered.problems else "")
        except TuiqcError as error:
            tile = Tile(None, None, str(error))
        except Exception as error:  # one broken image among a thousand must not end the others
            tile = Tile(None, None, f"{type(error).__name__}: {error}")
        if caps is not self.caps:
            return False
        self._tiles.put(key, tile, _nbytes(tile))
        self._target.post_message(TileMade(key))
        return True


def _nbytes(tile: Tile) -> int:
    if tile.rgb is None:
        return 1000
    if tile.encoded is None:
        return int(tile.rgb.nbytes)
    runs = sum(len(strip) for strip in tile.encoded.strips)
    return int(tile.rgb.nbytes) + len(tile.encoded.frame.payload) + _RUN_BYTES * runs
