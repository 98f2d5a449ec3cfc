"""What a terminal shows is the composed picture within the palette's error, in every encoder."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from fixtures.terminal_pictures import decode_kitty, decode_sixel
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment

from tuiqc.terminal.capabilities import Capabilities, Protocol, Replies
from tuiqc.terminal.protocol_choice import choose
from tuiqc.terminal.protocols import ascii, halfblock
from tuiqc.terminal.protocols import picture_protocol as protocols
from tuiqc.ui.frame_store import finish

CELL = (8, 16)
ENVELOPE = re.compile(rb"\x1bPtmux;((?:\x1b\x1b|[^\x1b])*)\x1b\\")
PIECE = re.compile(rb"\x1b7\x1b\[(\d+);(\d+)H(\x1bP.*?\x1b\\|(?:\x1b_G[^\x1b]*\x1b\\)+)\x1b8", re.DOTALL)


def caps(protocol: str, levels: int, registers: int = 256, **changes: object) -> Capabilities:
    known = choose(
        Replies(screen=(100, 40, 800, 640), registers=registers), {"COLORTERM": "truecolor"}, protocol
    )
    return replace(known, grey_levels=levels, **changes)  # type: ignore[arg-type]


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, int, int]:
    """A crop of a noisy grey picture with a few overlay colours, as large as some cells."""
    columns, rows = draw(st.integers(1, 14)), draw(st.integers(1, 7))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    y, x = np.mgrid[: 16 * rows + 40, : 8 * columns + 40]
    enlarged = draw(st.sampled_from([1, 3]))
    grey = random.integers(0, 256, y.shape) if draw(st.booleans()) else (x * 3 + y) % 256
    grey = np.repeat(np.repeat(grey, enlarged, 0), enlarged, 1)[: y.shape[0], : y.shape[1]]
    rgb = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    for _ in range(draw(st.integers(0, 5))):
        colour = random.integers(0, 256, 3)
        radius = random.uniform(3, 30)
        distance = np.hypot(y - random.integers(0, y.shape[0]), x - random.integers(0, y.shape[1]))
        rgb[np.abs(distance - radius) < 1] = colour
    top, left = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    return rgb[top : top + 16 * rows, left : left + 8 * columns], columns, rows


def error(shown: np.ndarray, picture: np.ndarray) -> tuple[float, float]:
    """The largest difference in grey pixels and in coloured ones."""
    grey = (picture[..., 0] == picture[..., 1]) & (picture[..., 1] == picture[..., 2])
    apart = np.abs(shown.astype(int) - picture).max(axis=2)
    return float(apart[grey].max(initial=0)), float(apart[~grey].max(initial=0))


@settings(max_examples=30, deadline=None)
@given(
    pictures(), st.sampled_from([4, 8, 16, 32, 64]), st.booleans(), st.sampled_from(["kitty", "kitty-direct"])
)
def test_kitty_shows_the_picture(case: tuple, levels: int, wrapped: bool, protocol: str) -> None:
    picture, columns, rows = case
    here = caps(protocol, levels, passthrough=wrapped)
    frame = protocols.encode(picture, columns, rows, here, 9)
    codes = frame.payload
    if wrapped and protocol == "kitty":
        assert ENVELOPE.sub(b"", codes) == b""
        codes = b"".join(ENVELOPE.findall(codes)).replace(b"\x1b\x1b", b"\x1b")
    (image,) = decode_kitty(codes)
    assert image.rgb.shape == picture.shape
    assert (image.keys["c"], image.keys["r"], image.keys["q"]) == (str(columns), str(rows), "2")
    grey, coloured = error(image.rgb, picture)
    assert grey <= 255 / (levels - 1) + 1
    assert coloured == 0, "five colours are exact beside any number of greys"


@settings(max_examples=30, deadline=None)
@given(
    pictures(),
    st.sampled_from([4, 16, 32, 64]),
    st.sampled_from([16, 64, 256]),
    st.sampled_from([None, (50, 30)]),
)
def test_sixels_show_the_picture(case: tuple, levels: int, registers: int, most: tuple | None) -> None:
    picture, columns, rows = case
    here = caps("sixel", levels, registers, sixel_max=most)
    frame = protocols.encode(picture, columns, rows, here, 0)
    shown = np.zeros_like(picture)
    seen = np.zeros(picture.shape[:2], bool)
    drawn = protocols.draw_at(frame, 3, 5, here)
    assert PIECE.sub(b"", drawn) == b""
    for row, column, codes in PIECE.findall(drawn):
        part = decode_sixel(codes)
        y, x = (int(row) - 6) * CELL[1], (int(column) - 4) * CELL[0]
        high, wide = part.index.shape
        assert not seen[y : y + high, x : x + wide].any(), "pieces do not overlap"
        seen[y : y + high, x : x + wide] = True
        shown[y : y + high, x : x + wide] = part.rgb
        assert len(part.registers) <= registers
        if most:
            assert high <= most[1]
            assert wide <= most[0]
    assert seen.all()
    grey, coloured = error(shown, picture)
    most = min(registers, 4 * levels)
    coloureds = (picture != picture[..., :1]).any()
    step = 255 / (min(levels, most // 2 if coloureds else most) - 1)
    assert grey <= 1.15 * step + 3, "percent of a colour are 2.55 apart"
    assert coloured <= min(step, 17) * 3**0.5 + 3, "five colours fit, near ones may be one"


@settings(max_examples=40, deadline=None)
@given(pictures(), st.sampled_from([4, 16, 64]))
def test_half_blocks_show_the_picture(case: tuple, levels: int) -> None:
    picture, columns, rows = case
    small = halfblock.fit(picture, columns, rows)
    here = caps("halfblock", levels)
    made = finish_of(small, columns, rows, here)
    shown = np.array([[colours(segment) for segment in cells(strip)] for strip in made])
    apart = np.abs(
        shown.reshape(rows, columns, 2, 3).transpose(0, 2, 1, 3).reshape(small.shape) - small.astype(int)
    )
    assert apart.max() <= 255 / (levels - 1) / 2 + 1


@settings(max_examples=30, deadline=None)
@given(pictures())
def test_256_colours_show_the_picture_nearly(case: tuple) -> None:
    picture, columns, rows = case
    small = halfblock.fit(picture, columns, rows)
    made = finish_of(small, columns, rows, caps("halfblock", 64, truecolor=False))
    for strip in made:
        for segment in cells(strip):
            assert segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor):
                assert colour is not None
                assert colour.number is not None
                assert colour.number >= 16
    shown = np.array([[colours(segment) for segment in cells(strip)] for strip in made])
    apart = shown.reshape(rows, columns, 2, 3).transpose(0, 2, 1, 3).reshape(small.shape) - small.astype(int)
    farthest = np.sqrt(3) * (95 / 2 + 255 / 63 / 2 + 1)
    assert np.hypot.reduce(apart, axis=2).max() <= farthest, "the steps of the cube are 40 to 95 apart"


@settings(max_examples=40, deadline=None)
@given(pictures())
def test_plain_characters_are_as_bright_as_the_picture(case: tuple) -> None:
    picture, columns, rows = case
    frame = protocols.encode(picture, columns, rows, caps("ascii", 64), 0)
    assert frame.protocol is Protocol.ASCII
    text = [row.decode("ascii") for row in frame.text]
    assert [len(row) for row in text] == [columns] * rows
    small = halfblock.fit(picture, columns, rows).astype(float)
    luma = small @ (77 / 256, 150 / 256, 29 / 256)
    brighter = np.maximum(luma[0::2], luma[1::2])
    steps = np.array([[ascii.RAMP.index(char) for char in row] for row in text])
    width = 256 / len(ascii.RAMP)
    assert np.abs((steps + 0.5) * width - brighter).max() <= width / 2 + 1.5


def finish_of(picture: np.ndarray, columns: int, rows: int, here: Capabilities) -> list[list[Segment]]:
    """The strips that the screen gets for a composed picture."""
    from tuiqc.picture.painter import RenderedPicture
    from tuiqc.render.viewport import Viewport

    view = Viewport.fit(picture.shape[:2], picture.shape[1], picture.shape[0])
    rendered = RenderedPicture(picture, view, picture.shape[:2], ())
    return [list(strip) for strip in finish(rendered, (columns, rows), here).strips]


def cells(strip: list[Segment]) -> list[Segment]:
    """One segment per cell."""
    assert all(set(segment.text) == {"▀"} for segment in strip)
    return [Segment("▀", segment.style) for segment in strip for _ in segment.text]


def colours(segment: Segment) -> list[int]:
    """Upper and lower colour of a cell."""
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    return [*segment.style.color.get_truecolor(), *segment.style.bgcolor.get_truecolor()]
