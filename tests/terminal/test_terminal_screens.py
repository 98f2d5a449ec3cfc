"""What real terminals show: outlines in their colours at their places, in pictures of the screen.

Needs Xvfb, xterm, kitty and tmux. Without them nothing is tested.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fixtures.desks import desk_on
from fixtures.review_batches import small_batch, write_batch
from fixtures.screens import missing, photographed
from numpy.typing import NDArray

from tuiqc.picture.painter import Painter
from tuiqc.terminal.capabilities import Protocol, Replies
from tuiqc.terminal.protocol_choice import choose

REPOSITORY = Path(__file__).resolve().parents[2]
COLUMNS, ROWS = 100, 30
Screen = tuple[NDArray[np.uint8], tuple[int, int]]
MOST_OFFSET = 5
"""Pixels between the edge of a window and its first cell."""

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]


@dataclass(frozen=True)
class Case:
    terminal: str
    protocol: Protocol
    in_tmux: bool = False

    def __str__(self) -> str:
        return f"{self.protocol} in {'tmux in ' if self.in_tmux else ''}{self.terminal}"


CASES = (
    Case("xterm", Protocol.SIXEL),
    Case("xterm", Protocol.SIXEL, in_tmux=True),
    Case("kitty", Protocol.KITTY_DIRECT),
    Case("kitty", Protocol.KITTY_DIRECT, in_tmux=True),
    Case("xterm", Protocol.HALFBLOCK),
)


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Screen]:
    """A picture of the screen for each case; two terminals at a time."""
    folder = tmp_path_factory.mktemp("screens")
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(CASES, pool.map(lambda case: screen_of(case, folder), CASES), strict=True))


def screen_of(case: Case, folder: Path) -> Screen:
    place = folder / str(case)
    data = write_batch(place / "data")
    # Not in the terminal's own environment: kitty runs a Python of its own.
    environ = {f"TUIQC_{name}_DIR": str(place / name) for name in ("STATE", "CACHE", "CONFIG")}
    environ |= {"COLORTERM": "truecolor", "PYTHONPATH": str(REPOSITORY)}
    program = ["env", *(f"{name}={value}" for name, value in environ.items())]
    program += [sys.executable, "-m", "tuiqc", "open", "--graphics", str(case.protocol)]
    for kind, names in (("images", ("DNA", "ER")), ("labels", ("nuclei", "cells"))):
        for name in names:
            ending = f"{name}_labels" if kind == "labels" else name
            program += [f"--{kind}", f"{name}={data}/{{well}}_{ending}.tif"]
    program += ["--table", f"nuclei={data}/{{well}}_nuclei.csv", "--annotations", str(place / "a.csv")]
    return photographed(case.terminal, (COLUMNS, ROWS), program, place, in_tmux=case.in_tmux)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_outlines_have_their_colours_at_their_places(
    case: Case, screens: dict[Case, Screen], tmp_path: Path
) -> None:
    picture, cell = screens[case]
    screen = picture.astype(int)
    rows = ROWS - case.in_tmux
    replies = Replies(screen=(COLUMNS, rows, COLUMNS * cell[0], rows * cell[1]))
    caps = choose(replies, {"COLORTERM": "truecolor"}, case.protocol)
    async with desk_on(small_batch(tmp_path / "data"), (COLUMNS, rows), caps=caps) as desk:
        rendered = Painter().paint(desk.spec)
        assert rendered is not None
        pane = desk.review.picture.content_region
    expected = rendered.rgb.astype(int)
    if case.protocol is Protocol.HALFBLOCK:
        expected = enlarged(expected, cell)
    coloured = np.ptp(expected, axis=2) > 100
    if case.protocol is Protocol.HALFBLOCK:
        coloured &= inside_halves(coloured.shape[0], cell[1])[:, None]
    assert coloured.mean() > 0.01, "there are outlines"
    left, top = pane.x * cell[0], pane.y * cell[1]
    wrong = min(
        (np.abs(at(screen, left + dx, top + dy, expected) - expected).max(axis=2)[coloured] > 6).mean()
        for dx in range(MOST_OFFSET)
        for dy in range(MOST_OFFSET)
    )
    assert wrong < 0.005, f"{wrong:.1%} of the outlines' pixels have another colour"


def at(screen: NDArray[np.int_], left: int, top: int, like: NDArray[np.int_]) -> NDArray[np.int_]:
    return screen[top : top + like.shape[0], left : left + like.shape[1]]


def enlarged(halves: NDArray[np.int_], cell: tuple[int, int]) -> NDArray[np.int_]:
    """Two pixels per cell, one above the other, as large as the terminal draws them."""
    line = np.arange(halves.shape[0] // 2 * cell[1])
    which = line // cell[1] * 2 + (line % cell[1] >= cell[1] / 2)
    return np.repeat(halves[which], cell[0], axis=1)


def inside_halves(lines: int, height: int) -> NDArray[np.bool_]:
    """Lines away from where one half of a cell ends: fonts differ there."""
    line = np.arange(lines) % height
    return (np.abs(line - height // 4) <= 1) | (np.abs(line - 3 * height // 4) <= 1)
