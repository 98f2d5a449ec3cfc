"""How tiles reach the terminal: each once, when its cells have been painted, and none that is out of sight."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
from fixtures.review_batches import HALFBLOCK
from textual.geometry import Region

from tuiqc.picture.painter import RenderedPicture
from tuiqc.render.viewport import Viewport
from tuiqc.terminal import protocols
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.picture_store import ImageShelf
from tuiqc.terminal.protocols import ascii, picture_protocol
from tuiqc.terminal.protocols.picture_protocol import Frame, PictureProtocol, Run, protocol_of
from tuiqc.ui import tile_board
from tuiqc.ui.frame_store import finish
from tuiqc.ui.tile_board import SixelPage, Slot, TileBoard, lines_of
from tuiqc.ui.tiles import Tile

CELLS = (6, 3)


class Terminal:
    """Stands for the widget and the output."""

    region = Region(0, 1, 80, 20)

    def __init__(self, caps: Capabilities) -> None:
        self.tiles = ImageShelf(caps, 1, 256)
        self.written: list[bytes] = []
        self.refreshed: list[Region] = []
        self.repainted = 0
        self.busy = False
        self.later: list[Callable[[], Any]] = []

    def refresh(self, *regions: Region) -> None:
        self.refreshed += regions

    def call_later(self, work: Callable[[], Any]) -> None:
        self.later.append(work)

    def call_after_refresh(self, work: Callable[..., Any], *arguments: Any) -> None:
        work(*arguments)

    def set_timer(self, seconds: float, work: Callable[[], Any]) -> None:
        self.later.append(work)

    def post_message(self, message: Any) -> bool:
        self.later.append(lambda: None)
        return True

    def write(self, codes: bytes) -> None:
        self.written.append(codes)

    def ask_when_done(self, nbytes: int = 0) -> None:
        pass

    def repaint(self) -> None:
        self.repainted += 1

    def go_on(self) -> None:
        work, self.later = self.later, []
        for one in work:
            one()

    @property
    def pictures(self) -> int:
        return sum(b"a=T" in codes for codes in self.written)


def board_of(protocol: Protocol) -> tuple[TileBoard, Terminal, dict[object, Tile]]:
    caps = replace(HALFBLOCK, protocol=protocol)
    terminal = Terminal(caps)
    tiles: dict[object, Tile] = {}
    board = TileBoard(terminal, tiles.get, terminal, caps, terminal.repaint)  # type: ignore[arg-type]
    return board, terminal, tiles


def tile(protocol: Protocol, value: int) -> Tile:
    rgb = np.full((3 * 20, 6 * 10, 3), value, np.uint8)
    rendered = RenderedPicture(rgb, Viewport(60, 60, 0, 0, 1.0), (60, 60), ())
    return Tile(finish(rendered, CELLS, replace(HALFBLOCK, protocol=protocol)), rgb)


def slots(*keys: object) -> list[Slot]:
    return [Slot(key, Region(8 * at, 2, *CELLS), at) for at, key in enumerate(keys)]  # type: ignore[arg-type]


def test_placeholders_stand_in_the_cells_once_the_terminal_has_the_picture() -> None:
    board, terminal, tiles = board_of(Protocol.KITTY)
    board.show(slots("a", "b"), repaint=True)
    assert board.strips("a") is None
    tiles["a"] = tile(Protocol.KITTY, 50)
    board.made("a")
    assert terminal.pictures == 1
    assert terminal.refreshed == [Region(0, 2, *CELLS)]
    strips = board.strips("a")
    assert strips is not None
    assert [strip.cell_length for strip in strips] == [6, 6, 6]
    board.show(slots("b"), repaint=True)
    board.show(slots("a", "b"), repaint=True)
    assert terminal.pictures == 1, "the terminal holds it: it is not sent again"
    assert board.strips("a") is not None


def test_direct_pictures_wait_for_their_cells_and_are_hidden_when_they_leave() -> None:
    board, terminal, tiles = board_of(Protocol.KITTY_DIRECT)
    tiles["a"], tiles["b"] = tile(Protocol.KITTY_DIRECT, 50), tile(Protocol.KITTY_DIRECT, 90)
    board.show(slots("a", "b"), repaint=True)
    assert terminal.pictures == 0, "its cells are to be painted first"
    board.painted_over(None)
    terminal.go_on()
    assert terminal.pictures == 2
    board.show(slots("b"), repaint=False)
    assert any(b"a=d,d=i" in codes for codes in terminal.written)
    board.painted_over([Region(60, 3, 5, 1)])
    assert not terminal.later, "nothing of a tile was painted over"


def test_what_the_terminal_has_no_time_for_is_sent_later() -> None:
    board, terminal, tiles = board_of(Protocol.KITTY)
    terminal.busy = True
    tiles["a"] = tile(Protocol.KITTY, 50)
    board.show(slots("a"), repaint=False)
    assert terminal.pictures == 0
    terminal.busy = False
    terminal.go_on()
    assert terminal.pictures == 1


@pytest.mark.parametrize("protocol", [Protocol.HALFBLOCK, Protocol.ASCII])
def test_cells_of_text_need_no_sending(protocol: Protocol) -> None:
    board, terminal, tiles = board_of(protocol)
    tiles["a"] = tile(protocol, 200)
    board.show(slots("a"), repaint=True)
    strips = board.strips("a")
    assert strips is not None
    assert len(strips) == 3
    assert not terminal.written


def test_half_blocks_stand_in_while_a_dialog_lies_above() -> None:
    board, terminal, tiles = board_of(Protocol.KITTY_DIRECT)
    tiles["a"] = tile(Protocol.KITTY_DIRECT, 200)
    board.show(slots("a"), repaint=True)
    board.painted_over(None)
    terminal.go_on()
    assert board.strips("a") is None
    board.cover()
    strips = board.strips("a")
    assert strips is not None
    assert strips[0].text == "▀" * 6
    board.uncover()
    assert board.strips("a") is None


@pytest.mark.parametrize("protocol", [Protocol.KITTY, Protocol.KITTY_DIRECT])
def test_after_the_terminal_lost_them_tiles_are_sent_again(protocol: Protocol) -> None:
    board, terminal, tiles = board_of(protocol)
    tiles["a"] = tile(protocol, 50)
    board.show(slots("a"), repaint=False)
    assert terminal.pictures == 1
    terminal.tiles.forget()
    board.lost(board.caps)
    board.show(slots("a"), repaint=True)
    board.painted_over(None)
    board.flush()
    assert terminal.pictures == 2


def test_another_terminal_gets_tiles_its_own_way() -> None:
    board, terminal, tiles = board_of(Protocol.KITTY)
    tiles["a"] = tile(Protocol.KITTY, 50)
    board.show(slots("a"), repaint=False)
    board.lost(replace(HALFBLOCK, protocol=Protocol.HALFBLOCK))
    tiles["a"] = tile(Protocol.HALFBLOCK, 50)
    board.show(slots("a"), repaint=True)
    strips = board.strips("a")
    assert strips is not None
    assert strips[0].text == "▀" * 6
    assert terminal.pictures == 1


def test_views_share_what_the_terminal_holds_and_see_what_is_gone() -> None:
    board, terminal, tiles = board_of(Protocol.KITTY)
    tiles["a"] = tile(Protocol.KITTY, 50)
    board.show(slots("a"), repaint=False)
    board.hide()
    terminal.tiles.forget()  # another view's tiles took its place
    board.show(slots("a"), repaint=True)
    assert terminal.pictures == 2


# --- a further protocol is one class and its line in the registry

PROGRAM = Path(protocols.__file__).parents[2]


@pytest.mark.parametrize("protocol", list(Protocol))
def test_every_name_has_its_class_and_its_frames_its_name(protocol: Protocol) -> None:
    caps = replace(HALFBLOCK, protocol=protocol)
    way = protocol_of(protocol)
    width, height = way.size(6, 3, caps)
    frame = way.encode(np.zeros((height, width, 3), np.uint8), 6, 3, caps, 5, 16)
    assert frame.protocol is protocol
    assert way.OVER_TEXT or way.runs(frame)
    assert way.print_here(frame, caps)


def test_the_rooms_above_name_no_protocol() -> None:
    naming = [
        str(path.relative_to(PROGRAM))
        for path in PROGRAM.rglob("*.py")
        if re.search(r"\bProtocol\.[A-Z]", path.read_text()) and "terminal" not in path.parts
    ]
    assert not naming


class Letters(PictureProtocol):
    """A protocol of tomorrow: a letter for every cell."""

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        return Frame("letters", columns, rows, grey_levels=grey_levels, text=(b"x" * columns,) * rows)

    def runs(self, frame: Frame, *, clipped: bool = False) -> list[list[Run]]:
        return [[Run(row.decode(), frame.columns)] for row in frame.text]


def test_a_protocol_of_tomorrow_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ascii, "Letters", Letters, raising=False)
    monkeypatch.setitem(protocols.CLASSES, "letters", "ascii.Letters")
    caps = replace(HALFBLOCK, protocol="letters")  # type: ignore[arg-type]
    rgb = np.zeros((3 * 20, 6 * 10, 3), np.uint8)
    rendered = RenderedPicture(rgb, Viewport(60, 60, 0, 0, 1.0), (60, 60), ())
    tile = Tile(finish(rendered, CELLS, caps), rgb)
    terminal = Terminal(caps)
    board = TileBoard(terminal, {"a": tile}.get, terminal, caps, terminal.repaint)  # type: ignore[arg-type]
    board.show(slots("a"), repaint=True)
    strips = board.strips("a")
    assert strips is not None
    assert [strip.text for strip in strips] == ["xxxxxx"] * 3


def test_sixels_are_encoded_by_line_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen again, a line further up, is sent as it was; what is new is encoded alone."""
    caps = replace(HALFBLOCK, protocol=Protocol.SIXEL)
    terminal, encoded = Terminal(caps), list[tuple[int, ...]]()

    def encode(rgb: Any, *rest: Any) -> Frame:
        encoded.append(tuple(np.unique(rgb[..., 0])))
        return picture_protocol.encode(rgb, *rest)

    monkeypatch.setattr(tile_board, "encode", encode)
    page = SixelPage(terminal, terminal, caps, terminal.repaint)  # type: ignore[arg-type]
    width, height = caps.pixels(*CELLS)

    def placed(*numbers: int) -> list[tuple[int, Region, Any]]:
        """Two tiles a line; the colour of each is its number."""
        places = [(7 * (at % 2), 4 * (at // 2)) for at in range(len(numbers))]
        colours = [np.full((height, width, 3), number, np.uint8) for number in numbers]
        return [
            (number, Region(*place, *CELLS), colour)
            for number, place, colour in zip(numbers, places, colours, strict=True)
        ]

    def seen(*numbers: int) -> int:
        """Show them until all is encoded and sent; the sixels that were written."""
        terminal.written.clear()
        page.show(placed(*numbers), True)
        end = monotonic() + 10
        while len(page._drawn) < len(numbers) // 2 or any(
            page._drawn.get(area) != (caps.cell_width, page.paper, key)
            for key, area, _ in lines_of(placed(*numbers))
        ):
            assert monotonic() < end
            page.draw()
        return sum(b"\x1bP" in codes for codes in terminal.written)

    assert seen(10, 20, 30, 40) == 2
    assert encoded == [(0, 10, 20), (0, 30, 40)]
    assert seen(30, 40, 50, 60) == 2  # a line further down: the first of these was the second
    assert encoded[2:] == [(0, 50, 60)]
    assert seen(30, 40, 50, 70) == 1  # one tile is another
    assert encoded[3:] == [(0, 50, 70)]
    page.wiped()
    assert seen(30, 40, 50, 70) == 2
    assert len(encoded) == 4
    page.stop()
