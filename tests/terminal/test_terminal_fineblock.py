"""Block characters that cut a cell into 4, 6 or 8 parts: which are chosen, and how well two colours fit."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from tuiqc.errors import UsageError
from tuiqc.terminal.capabilities import Replies, TmuxFacts
from tuiqc.terminal.emulators import block_parts
from tuiqc.terminal.protocol_choice import choose, choose_again
from tuiqc.terminal.protocols import Protocol
from tuiqc.terminal.protocols.fineblock import cells, shared_out, signs, two_colours
from tuiqc.terminal.protocols.halfblock import LEVELS, steps_of
from tuiqc.terminal.protocols.picture_protocol import encode, picture_size

ANSWERED = Replies(asked=True, attributes=(62,), version="")


@pytest.mark.parametrize(
    ("down", "bits", "sign"),
    [
        (2, 0b0001, "▘"),
        (2, 0b0110, "▞"),
        (2, 0b1111, "█"),
        (3, 0b000001, "\U0001fb00"),
        (3, 0b010100, "\U0001fb13"),
        (3, 0b010101, "▌"),
        (3, 0b010110, "\U0001fb14"),
        (3, 0b101010, "▐"),
        (3, 0b111110, "\U0001fb3b"),
        (4, 0b00000001, "\U0001cea8"),
        (4, 0b00000100, "\U0001cd00"),
        (4, 0b00000101, "▘"),
        (4, 0b00001111, "▀"),
        (4, 0b01011010, "▞"),
        (4, 0b11111110, "\U0001cde5"),
    ],
)
def test_signs_are_those_of_unicode(down: int, bits: int, sign: str) -> None:
    assert signs(down)[bits] == sign
    assert len(set(signs(down))) == 4**down


@pytest.mark.parametrize("down", [2, 3, 4])
def test_the_two_colours_are_the_best_there_are(down: int) -> None:
    rng = np.random.default_rng(down)
    grey, tint = rng.integers(0, 192, (down, 4, 1)), rng.integers(0, 64, (down, 4, 3))
    pixels = (grey + tint).astype(np.uint8)
    bits, front, back = two_colours(pixels, down, 256)
    for column in range(2):
        parts = pixels[:, 2 * column : 2 * column + 2].reshape(-1, 3).astype(float)
        best = min(_error(parts, np.array(split)) for split in product((0, 1), repeat=2 * down))
        mask = bits[0, column] >> np.arange(2 * down) & 1
        shown = np.where(mask[:, None], front[0, column], back[0, column])
        assert ((parts - shown) ** 2).sum() <= best + 2 * down  # rounding to whole numbers


def test_pixels_are_shared_out_by_the_area_that_a_part_covers() -> None:
    column = np.array([0, 90, 120, 240], np.uint8)[:, None, None].repeat(3, axis=2)
    assert shared_out(column, 2)[:, 0, 0].tolist() == [45, 180]
    assert shared_out(column, 3)[:, 0, 0].tolist() == [
        22,
        105,
        210,
    ]  # (0*3+90)/4, (90*2+120*2)/4, (120+240*3)/4
    assert shared_out(column, 4) is column


@pytest.mark.parametrize("down", [2, 3, 4])
@pytest.mark.parametrize("row", range(4))
def test_a_thin_line_keeps_its_colour(down: int, row: int) -> None:
    picture = np.full((4, 8, 3), 90, np.uint8)
    picture[row] = (255, 225, 0)
    _, front, back = two_colours(shared_out(picture, down), down, 256)
    colours = np.concatenate([front, back], axis=1)
    assert np.ptp(colours, axis=-1).max() >= 180, "its mean with what lies beside it is dim"


def _error(parts: np.ndarray, split: np.ndarray) -> float:
    groups = [parts[split == side] for side in (0, 1)]
    return sum(float(((group - group.mean(axis=0)) ** 2).sum()) for group in groups if len(group))


@pytest.mark.parametrize(("name", "down"), [("quadrant", 2), ("sextant", 3), ("octant", 4)])
@pytest.mark.parametrize("truecolor", [True, False])
def test_text_and_runs_show_the_same_cells(name: str, down: int, truecolor: bool) -> None:
    caps = replace(choose(ANSWERED, {"TERM": "xterm"}, name), truecolor=truecolor)
    width, height = picture_size(5, 2, caps)
    assert (width, height) == (10, 8)  # square in cells twice as high as wide
    rgb = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    rgb[:, :4] = 7
    parts = shared_out(rgb, down)
    frame = encode(rgb, 5, 2, caps, 1)
    rows = [re.sub("\x1b\\[[0-9;]*m", "", row.decode()) for row in frame.text]
    assert rows == ["".join(run.text for run in row) for row in cells(parts, down, frame.grey_levels)]
    assert [len(row) for row in rows] == [5, 5]
    assert all(row.startswith("  ") for row in rows)  # cells of one colour are blank
    assert frame.text[0].startswith(b"\x1b[48;2;" if truecolor else b"\x1b[48;5;")
    assert set(np.unique(two_colours(parts, down, frame.grey_levels)[1])) <= set(steps_of(LEVELS))


@pytest.mark.parametrize(
    ("terminal", "behind", "parts"),
    [
        ("kitty(0.40.0)", False, 8),
        ("kitty(0.40.0)", True, 6),
        ("kitty(0.26.5)", False, 6),
        ("xterm-kitty", False, 4),
        ("VTE(7802)", False, 8),
        ("VTE(7600)", False, 6),
        ("VTE(5202)", False, 4),
        ("foot(1.16.2)", False, 6),
        ("ghostty 1.1.3", False, 6),
        ("alacritty", False, 4),
        ("WezTerm 20240203-110809-5046fc22", False, 6),
        ("XTerm(379)", False, 2),
        ("xterm-256color", False, 2),
        ("", False, 2),
    ],
)
def test_no_terminal_is_sent_signs_that_it_may_show_as_boxes(terminal: str, behind: bool, parts: int) -> None:
    assert block_parts(terminal, behind=behind) == parts


TMUX_ENV = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0", "LANG": "C.UTF-8"}


@pytest.mark.parametrize(
    ("replies", "environ", "protocol", "reason"),
    [
        (
            replace(ANSWERED, version="VTE(7600)"),
            {"TERM": "xterm"},
            Protocol.SEXTANT,
            "VTE(7600) draws itself",
        ),
        (replace(ANSWERED, version="VTE(7600)"), {"TERM": "xterm", "NO_COLOR": "1"}, Protocol.ASCII, "plain"),
        (ANSWERED, {"TERM": "xterm-256color"}, Protocol.HALFBLOCK, "half-blocks"),
        (
            replace(ANSWERED, version="tmux 3.3a", tmux=TmuxFacts(client="VTE(7802)", utf8=True)),
            TMUX_ENV,
            Protocol.SEXTANT,
            "VTE(7802)",
        ),
        (
            replace(ANSWERED, version="tmux 3.3a", tmux=TmuxFacts(client="VTE(7802)", utf8=False)),
            TMUX_ENV,
            Protocol.HALFBLOCK,
            "half-blocks",
        ),
        (
            replace(ANSWERED, version="tmux 3.3a", tmux=TmuxFacts(True, "XTerm(379)", outer_sixel=True)),
            TMUX_ENV,
            Protocol.SIXEL,
            "XTerm(379) outside says that it has sixel",
        ),
        (
            replace(ANSWERED, version="tmux 3.3a", tmux=TmuxFacts(True, "XTerm(379)", outer_sixel=False)),
            TMUX_ENV,
            Protocol.HALFBLOCK,
            "half-blocks",
        ),
        (
            replace(ANSWERED, version="tmux 3.3a", tmux=TmuxFacts(False, "XTerm(379)", outer_sixel=True)),
            TMUX_ENV,
            Protocol.HALFBLOCK,
            "half-blocks",
        ),
    ],
)
def test_the_finest_way_that_is_known_to_work_is_chosen(
    replies: Replies, environ: dict[str, str], protocol: Protocol, reason: str
) -> None:
    caps = choose(replies, environ)
    assert caps.protocol is protocol
    assert reason in caps.reasons[0]
    assert caps.passthrough is (protocol is Protocol.SIXEL)


def test_a_tmux_that_is_asked_again_keeps_what_the_terminal_outside_said() -> None:
    facts = TmuxFacts(True, "XTerm(379)", client_pid=7, outer_sixel=True)
    caps = choose(replace(ANSWERED, version="tmux 3.3a", tmux=facts), TMUX_ENV)
    again = replace(facts, outer_sixel=None)
    assert choose_again(caps, again, TMUX_ENV).protocol is Protocol.SIXEL
    assert choose_again(caps, replace(again, client_pid=8), TMUX_ENV).protocol is Protocol.HALFBLOCK


def test_the_settings_file_counts_where_nothing_else_asks() -> None:
    environ = {"TERM": "xterm"}
    assert choose(ANSWERED, environ, setting="sextant").protocol is Protocol.SEXTANT
    assert choose(ANSWERED, environ, "halfblock", "sextant").protocol is Protocol.HALFBLOCK
    assert (
        choose(ANSWERED, {**environ, "TUIQC_GRAPHICS": "octant"}, setting="sextant").protocol
        is Protocol.OCTANT
    )
    with pytest.raises(UsageError, match=r"graphics in config\.toml: 'hexant' is none of"):
        choose(ANSWERED, environ, setting="hexant")
