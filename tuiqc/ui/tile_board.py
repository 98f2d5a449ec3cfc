"""Which tiles are in sight where, and how each gets there by what the terminal has."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuiqc.picture.pipeline import LatestJobWorker
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.qc.verdict import RGB
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.picture_protocol import Frame, PictureProtocol, draw_at, encode, protocol_of
from tuiqc.ui.frame_store import halfblock_strips, held_strips
from tuiqc.ui.output import Output
from tuiqc.ui.sheet_ground import Ground
from tuiqc.ui.tiles import PageMade, Tile

if TYPE_CHECKING:
    from numpy.typing import NDArray


_RETRY = 0.015
_TOGETHER = 0.3
"""Seconds between two pictures of a page whose tiles are still being made."""
_PAGES_BYTES = 8 << 20

Placed = tuple[Hashable, Region, Any]
"""Name of a tile, the cells of its picture, and its pixels."""


@dataclass(frozen=True)
class _Line:
    """A line of tiles: `key` names what it shows, wherever it is; `area` are its cells in the widget."""

    key: Hashable
    area: Region
    placed: Sequence[Placed]


class SixelPage:
    """Draws a page of tiles, each line of them as one picture; text around the tiles is painted again after it.

    Lines are encoded one by one and kept: the first is there before the others, and a line that was seen before is not
    encoded again, wherever it was.

    Parameters
    ----------
    view
        The widget; it gets a `PageMade` when a line has been encoded in the thread.
    repaint
        Paints the text that lies in the page's area.
    """

    def __init__(self, view: Widget, output: Output, caps: Capabilities, repaint: Callable[[], None]) -> None:
        self._view, self._output, self.caps, self._repaint = view, output, caps, repaint
        self._kept: ByteCache[Hashable, Frame] = ByteCache(_PAGES_BYTES)
        self._encoder: LatestJobWorker[tuple[Sequence[_Line], RGB], Hashable] | None = None
        self.paper: RGB = (0, 0, 0)
        self._placed: list[Placed] = []
        self._complete = True
        self._drawn: dict[Region, Hashable] = {}
        self._at = 0.0
        self._waiting = False

    def show(self, placed: Sequence[Placed], complete: bool) -> None:
        """These tiles are there; `complete` says that no more are being made."""
        self._placed, self._complete = list(placed), complete
        self.draw()

    def wiped(self) -> None:
        """Some of it was painted over."""
        self._drawn.clear()

    def draw(self) -> None:
        """Bring the picture up to date, now or when it is encoded, or when the terminal has time."""
        self._waiting = False
        if not self._placed:
            return
        lines = [
            _Line((self.caps.cell_width, self.paper, key), area, placed)
            for key, area, placed in lines_of(self._placed)
        ]
        due = [line for line in lines if self._drawn.get(line.area) != line.key]
        if not due:
            return
        if not self._complete and monotonic() - self._at < _TOGETHER:
            self._later(_TOGETHER)
            return
        missing = [line for line in due if line.key not in self._kept]
        if missing:
            self._ask_for(missing)
        ready = [(line, frame) for line in due if (frame := self._kept.get(line.key)) is not None]
        if ready and self._output.busy:
            self._later(_RETRY)
        elif ready:
            self._write(ready, {line.area for line in lines})

    def _write(self, ready: Sequence[tuple[_Line, Frame]], areas: set[Region]) -> None:
        for line, frame in ready:
            at = line.area.offset + self._view.region.offset
            self._output.write(draw_at(frame, at.x, at.y, self.caps))
            self._drawn[line.area] = line.key
        # What lay elsewhere is covered by these, or by the text that is painted now.
        self._drawn = {area: key for area, key in self._drawn.items() if area in areas}
        self._at = monotonic()
        self._repaint()
        self._output.ask_when_done()

    def _ask_for(self, lines: Sequence[_Line]) -> None:
        if self._encoder is None:
            self._encoder = LatestJobWorker(self._encode, self._tell)
        self._encoder.request((lines, self.paper))

    def _tell(self, made: Hashable) -> None:
        self._view.post_message(PageMade(made))

    def _later(self, seconds: float) -> None:
        if not self._waiting:
            self._waiting = True
            self._view.set_timer(seconds, self.draw)

    def _encode(self, job: tuple[Sequence[_Line], RGB], superseded: Callable[[], bool]) -> Hashable | None:
        """Encode lines, and tell of each: the first is drawn while the others are encoded."""
        lines, paper = job
        for line in lines:
            if superseded():
                return None
            if line.key not in self._kept:
                rgb = page_of(line.placed, line.area, self.caps.pixels, paper)
                frame = encode(rgb, line.area.width, line.area.height, self.caps, 1)
                self._kept.put(line.key, frame, len(frame.payload))
            if line is not lines[-1]:
                self._tell(line.key)
        return lines[-1].key

    def stop(self) -> None:
        """End the thread."""
        if self._encoder is not None:
            self._encoder.stop()


def lines_of(placed: Sequence[Placed]) -> list[tuple[Hashable, Region, Sequence[Placed]]]:
    """Tiles beside each other together: what each line shows, its cells, and its tiles; from top to bottom."""
    together: list[list[Placed]] = []
    bottom = 0
    for one in sorted(placed, key=lambda tile: tile[1].y):
        region = one[1]
        if together and region.y < bottom:
            together[-1].append(one)
        else:
            together.append([one])
        bottom = max(bottom, region.bottom)
    found: list[tuple[Hashable, Region, Sequence[Placed]]] = []
    for tiles in together:
        area = Region.from_union([region for _, region, _ in tiles])
        shows = tuple((name, region.translate((-area.x, -area.y))) for name, region, _ in tiles)
        found.append((shows, area, tiles))
    return found


def page_of(
    placed: Sequence[Placed],
    area: Region,
    pixels: Callable[[int, int], tuple[int, int]],
    paper: RGB = (0, 0, 0),
) -> NDArray[np.uint8]:
    """The pixels of a page: its paper, with the tiles at their places; (rows, columns, 3) for `area` in cells.

    `pixels` gives width and height in pixels of so many columns and rows of cells.
    """
    width, height = pixels(area.width, area.height)
    page = np.full((height, width, 3), paper, np.uint8)
    for _, region, rgb in placed:
        x, y = pixels(region.x - area.x, region.y - area.y)
        right, bottom = pixels(region.right - area.x, region.bottom - area.y)
        part = page[y:bottom, x:right]
        fit = rgb[: part.shape[0], : part.shape[1]]
        part[: fit.shape[0], : fit.shape[1]] = fit
    return page


_AT_ONCE = 48 << 10
"""About so many bytes are sent before the terminal is asked whether it has taken them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a tile's picture is: cells of the widget; `rank` is 0 for the one under the cursor."""

    key: Hashable
    region: Region
    rank: int


class TileBoard:
    """Shows the tiles that are in sight; a tile that stays where it was is not sent again.

    Parameters
    ----------
    view
        The widget whose cells they are; it asks `strips` for the text of each.
    tile
        The finished tile of a key, None while there is none.
    repaint
        Has all cells painted that are not of a tile's picture.
    """

    def __init__(
        self,
        view: Widget,
        tile: Callable[[Hashable], Tile | None],
        output: Output,
        caps: Capabilities,
        repaint: Callable[[], None],
    ) -> None:
        self._view, self._tile, self._output, self.caps = view, tile, output, caps
        self._shelf = output.tiles
        self._slots: dict[Hashable, Slot] = {}
        self._todo: set[Hashable] = set()
        self._strips: dict[Hashable, list[Strip]] = {}
        self._placed: dict[Hashable, Frame] = {}
        self._to_paint = False
        self._asked = False
        self._repaint = repaint
        self._page = self._new_page()
        self.covered = False
        self.shown = False
        self.ground = Ground()

    def _new_page(self) -> SixelPage | None:
        if not self._way.TOGETHER:
            return None
        return SixelPage(self._view, self._output, self.caps, self._repaint)

    @property
    def _way(self) -> PictureProtocol:
        return protocol_of(self.caps.protocol)

    @property
    def over_text(self) -> bool:
        """Whether pictures are drawn over the cells and not as cells."""
        return self._way.OVER_TEXT

    @property
    def slots(self) -> Sequence[Slot]:
        """The tiles in sight."""
        return list(self._slots.values())

    # --- what is to be seen

    def show(self, slots: Sequence[Slot], *, repaint: bool) -> None:
        """These tiles are in sight now; with `repaint` all cells of the widget will be painted."""
        before, self._slots = self._slots, {slot.key: slot for slot in slots}
        self.shown = True
        self._to_paint |= repaint and self.over_text
        moved = {
            key for key, slot in self._slots.items() if key not in before or before[key].region != slot.region
        }
        if self._page is not None:
            if moved:
                self._page.wiped()
        elif self.over_text:
            self._hide([key for key in self._placed if key not in self._slots])
            self._todo = {key for key in self._todo if key in self._slots} | (moved if not repaint else set())
        elif self._way.HELD:
            self._strips = {key: strips for key, strips in self._strips.items() if key in self._slots}
            self._todo = {key for key in self._slots if key not in self._strips}
        self.flush()

    def made(self, key: Hashable) -> None:
        """A tile is ready."""
        slot = self._slots.get(key)
        if slot is None or not self.shown:
            return
        tile = self._tile(key)
        if self._page is not None:
            self.flush()
        if tile is None or tile.rgb is None:
            self._view.refresh(slot.region)  # the trouble is told there
        elif self._page is not None:
            return
        elif self.over_text or self._way.HELD:
            self._todo.add(key)
            self.flush()
        else:
            self._view.refresh(slot.region)

    def strips(self, key: Hashable) -> list[Strip] | None:
        """The text of a tile's cells; None where they are blank (or nothing is there yet)."""
        tile, slot = self._tile(key), self._slots.get(key)
        if tile is None or tile.rgb is None or slot is None:
            return None
        if self.covered and self.over_text:
            return halfblock_strips(tile.rgb, slot.region.width, slot.region.height)
        if tile.encoded is None:
            return None
        if self.over_text:
            return None
        return self._strips.get(key) if self._way.HELD else tile.encoded.strips

    # --- sending

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """Cells in these regions of the screen are about to be painted: tiles over them have to be drawn again."""
        if not self.shown or not self.over_text:
            return
        offset = self._view.region.offset
        wiped = {
            key
            for key, slot in self._slots.items()
            if regions is None or any(one.overlaps(slot.region.translate(offset)) for one in regions)
            if self._ready(key)
        }
        self._to_paint = False
        if wiped and self._page is not None:
            self._page.wiped()
        if wiped:
            self._todo |= wiped
            self._view.call_later(self.flush)

    def flush(self) -> None:
        """Send what is missing, the tiles nearest to the cursor first, as fast as the terminal takes them."""
        self._asked = False
        if self.covered or not self.shown or self._to_paint:
            return  # painting the cells calls for their pictures
        if self._page is not None:
            self._draw_page(self._page)
            return
        ready = [key for key in self._todo if self._ready(key)]
        if not ready:
            return
        if self._output.busy:
            self._later()
            return
        sent = 0
        for slot in sorted((self._slots[key] for key in ready), key=lambda slot: slot.rank):
            sent += self._send(slot)
            self._todo.discard(slot.key)
            if sent > _AT_ONCE:
                break
        self._output.ask_when_done()
        if any(self._ready(key) for key in self._todo):
            self._later()

    def _ready(self, key: Hashable) -> bool:
        tile = self._tile(key)
        return key in self._slots and tile is not None and tile.rgb is not None

    def _draw_page(self, page: SixelPage) -> None:
        page.paper = self.ground.paper
        tiles = [(slot, self._tile(slot.key)) for slot in self._slots.values()]
        placed = [
            (slot.key, slot.region, tile.rgb)
            for slot, tile in tiles
            if tile is not None and tile.rgb is not None
        ]
        page.show(placed, all(tile is not None for _, tile in tiles))

    def page_made(self) -> None:
        """The page is encoded."""
        if self._page is not None and self.shown and not self.covered and not self._to_paint:
            self._page.draw()

    def _later(self) -> None:
        if not self._asked:
            self._asked = True
            self._view.set_timer(_RETRY, self.flush)

    def _send(self, slot: Slot) -> int:
        tile = self._tile(slot.key)
        assert tile is not None
        assert tile.encoded is not None
        frame, way, at = tile.encoded.frame, self._way, slot.region.offset + self._view.region.offset
        if self.over_text:
            drawing = way.draw(frame, slot.key, (at.x, at.y), self.caps, self._shelf)
            self._output.write(drawing.codes)
            self._placed[slot.key] = drawing.frame
            sent, gone = drawing.codes, drawing.after
        else:
            _, sent, gone = held = way.hold(frame, slot.key, self.caps, self._shelf)
            self._output.write(sent)
            self._strips[slot.key] = held_strips(held.frame)
            self._view.refresh(slot.region)
        if gone:
            self._view.call_after_refresh(self._output.write, gone)
        return len(sent)

    def _hide(self, keys: Sequence[Hashable]) -> None:
        for key in keys:
            frame = self._placed.pop(key)
            self._output.write(protocol_of(frame.protocol).erase(frame, self.caps, self._shelf))

    # --- when it is covered, hidden or ends

    def cover(self) -> None:
        """Another screen lies above: half-blocks stand in for what would shine through it."""
        self.covered = True
        if self.over_text and self.shown:
            self._hide(list(self._placed))
            self._view.refresh()

    def uncover(self) -> None:
        """It is in sight again."""
        self.covered = False
        if self.over_text and self.shown:
            self._view.refresh()

    def hide(self) -> None:
        """The view gives way to another one; the terminal keeps what it holds."""
        self._hide(list(self._placed))
        if self._page is not None:
            self._page.wiped()
        # Other views put their tiles onto the same shelf: what is still there is asked when it is shown again.
        self.shown, self._slots, self._todo, self._strips = False, {}, set(), {}

    def lost(self, caps: Capabilities) -> None:
        """The terminal holds none of the tiles any more, or is another one: all in sight are to be sent anew."""
        if caps != self.caps:
            self.caps = caps
            if self._page is not None:
                self._page.stop()
            self._page = self._new_page()
        if self._page is not None:
            self._page.wiped()
        sent = self.over_text or self._way.HELD
        self._strips, self._placed, self._todo = {}, {}, set(self._slots) if sent else set()

    def stop(self) -> None:
        """The program ends."""
        if self._page is not None:
            self._page.stop()
