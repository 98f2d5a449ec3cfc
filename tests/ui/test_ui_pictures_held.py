"""What a kitty terminal is sent on a long walk: the picture in sight is always one that it holds."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.desks import WIDE, desk_on
from fixtures.review_batches import HALFBLOCK, small_batch

from tuiqc.terminal.capabilities import Protocol
from tuiqc.terminal.picture_store import MAX_IMAGES
from tuiqc.ui.output import Output
from tuiqc.ui.pictures import Foresight

CODES = re.compile(rb"\x1b_G([^;\x1b]*)|\x1b\[0;48;2;0;0;0;38;2;(\d+);(\d+);(\d+)m")


class Terminal:
    """Follows the graphics commands of a stream."""

    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.ahead = self.sent = self.most = 0
        self.seen: list[int] = []
        self.ended = False

    def take(self, data: bytes) -> None:
        for command, *colour in CODES.findall(data):
            if not command:
                red, green, blue = map(int, colour)
                self._see(red << 16 | green << 8 | blue)
                continue
            keys = dict(pair.split(b"=") for pair in command.split(b","))
            action, number = keys.get(b"a"), int(keys.get(b"i", 0))
            if action in (b"T", b"t"):
                self.sent += 1
                self.ahead += action == b"t"
                self.alive.add(number)
                self.most = max(self.most, len(self.alive))
            elif action == b"d" and keys[b"d"] == b"I":
                self.alive.remove(number)
                assert self.ended or self.seen[-1] != number, "what is in sight was freed"
            if action in (b"T", b"p") and b"U" not in keys:
                self._see(number)

    def _see(self, number: int) -> None:
        assert number in self.alive, "what is shown is not there"
        self.seen.append(number)


@pytest.mark.thorough
@pytest.mark.parametrize("protocol", [Protocol.KITTY, Protocol.KITTY_DIRECT])
async def test_the_picture_in_sight_is_held_however_many_came_before(
    protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(Output, "headless", False)
    monkeypatch.setattr("tuiqc.ui.output.write", lambda app, text: terminal.take(text.encode()))
    monkeypatch.setattr(Output, "ask_when_done", lambda self, nbytes=0: None)
    objects = MAX_IMAGES + 4
    async with desk_on(
        small_batch(tmp_path, ("A1",), (objects,)), WIDE, caps=replace(HALFBLOCK, protocol=protocol)
    ) as desk:
        desk.app.output.link.bytes_per_second = 1e9
        await desk.press("tab", "enter")
        ready = 0
        for row in range(objects - 1):
            ahead = terminal.ahead
            await desk.press("down")
            if row in (3, 7, objects - 5):  # while nothing is asked for the next one is sent
                await desk.wait(lambda: terminal.ahead > ahead, "the next picture")  # noqa: B023
                late = terminal.sent - terminal.ahead
                await desk.press("down")
                ready += terminal.sent - terminal.ahead == late
        assert ready, "it is there already, unless the one before it was sent late"
        assert len(set(terminal.seen)) > MAX_IMAGES - 6
        assert terminal.sent > MAX_IMAGES
        assert terminal.most <= MAX_IMAGES
        terminal.ended = True
    assert not terminal.alive


def test_what_may_follow_is_waited_for_unless_something_else_is_wanted() -> None:
    foresight = Foresight()
    assert foresight.of(1, lambda: True) == ((), ())
    threading.Timer(0.01, foresight.tell, (2, ["next"], ["far"])).start()
    assert foresight.of(2, lambda: False) == (["next"], ["far"])
    assert foresight.of(1, lambda: False) == ((), ())  # a newer picture is there by now
    foresight.wake(ended=True)
    assert foresight.of(3, lambda: False) == ((), ())


async def test_the_picture_of_the_row_under_the_mouse_is_made_ready(tmp_path: Path) -> None:
    wells = [f"A{number}" for number in range(1, 10)]
    async with desk_on(small_batch(tmp_path, wells, [2] * 9)) as desk:
        await desk.calm()  # contrast of the batch is a part of what a picture is known by
        pictures, table = desk.review.context.pictures, desk.review.images_table
        shown, pipeline = pictures.number, pictures._worker.pipeline
        spec, cells = pictures.specs.of_row("image", 5), (pictures.pane.size.width, pictures.pane.size.height)
        assert spec is not None
        key = pipeline.key_of(spec), (cells, desk.review.context.output.caps)
        assert key not in pipeline._frames
        await desk.pilot.hover(table, offset=(12, 1 + 1 + 5))
        await desk.wait(lambda: key in pipeline._frames, "the picture under the mouse")
        assert pictures.number == shown
