"""What real terminals answered to the probe, byte for byte, and what is chosen for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from tuiqc.terminal.capabilities import Protocol, Replies
from tuiqc.terminal.emulators import has_256_colours
from tuiqc.terminal.probe import is_complete, parse
from tuiqc.terminal.protocol_choice import choose
from tuiqc.terminal.protocols.picture_protocol import encode, picture_size


@dataclass(frozen=True)
class Seen:
    """`screen` is what TIOCGWINSZ told: (columns, rows, width, height)."""

    answers: bytes
    screen: tuple[int, int, int, int]
    term: str
    protocol: Protocol
    cell: tuple[int, int]
    truecolor: bool = True


SEEN = {
    "Konsole 22.12": Seen(
        b"\x1b_Gi=31;OK\x1b\\\x1b[6;18;8t\x1b[4;720;960t\x1b[?1;0;256S\x1b[?2;0;16384;16384S"
        b"\x1bP>|Konsole 22.12.3\x1b\\\x1b[?62;1;4c",
        (120, 40, 962, 720),
        "xterm-256color",
        Protocol.KITTY_DIRECT,
        (8, 18),
    ),
    "Konsole 25.04": Seen(
        b"\x1b_Gi=31;OK\x1b\\\x1b[6;14;7t\x1b[4;560;840t\x1b[?1;0;256S\x1b[?2;0;16384;16384S"
        b"\x1bP>|Konsole 25.04.2\x1b\\\x1b[?62;1;4c",
        (120, 40, 841, 560),
        "xterm-256color",
        Protocol.KITTY_DIRECT,
        (7, 14),
    ),
    "foot 1.13": Seen(
        b"\x1b[6;15;7t\x1b[4;600;840t\x1b[?1;0;1024S\x1b[?2;0;840;600S\x1b[?2026;2$y"
        b"\x1bP>|foot(1.13.1)\x1b\\\x1b[?62;4;22c",
        (120, 40, 840, 600),
        "foot",
        Protocol.SIXEL,
        (7, 15),
    ),
    "mlterm 3.9": Seen(
        b"\x1b[6;16;8t\x1b[4;640;960t\x1b[?1;0;1024S\x1b[?1;3;0S\x1b[?2026;0$y"
        b"\x1b[?63;1;2;3;4;6;7;15;18;22;29c",
        (120, 40, 960, 640),
        "mlterm",
        Protocol.SIXEL,
        (8, 16),
        truecolor=False,
    ),
    "xterm 379 as vt340": Seen(
        b"\x1b[?1;0;256S\x1b[?2;0;960;680S\x1b[?2026;0$y\x1bP>|XTerm(379)\x1b\\\x1b[?63;1;2;4;6;9;15;16;22;28c",
        (120, 40, 964, 684),
        "xterm",
        Protocol.SIXEL,
        (8, 17),
    ),
    "xterm 379": Seen(
        b"\x1b[?1;3S\x1b[?2;3S\x1b[?2026;0$y\x1bP>|XTerm(379)\x1b\\\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c",
        (120, 40, 964, 684),
        "xterm",
        Protocol.HALFBLOCK,
        (8, 17),
    ),
    "kitty 0.26": Seen(
        b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;9t\x1b[4;600;900t\x1b[?2026;2$y\x1bP>|kitty(0.26.5)\x1b\\\x1b[?62;c",
        (100, 30, 900, 600),
        "xterm-kitty",
        Protocol.KITTY_DIRECT,
        (9, 20),
    ),
    "kitty 0.41": Seen(
        b"\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[4;720;1080t\x1b[?2026;2$y\x1bP>|kitty(0.41.1)\x1b\\\x1b[?62;c",
        (120, 40, 1080, 720),
        "xterm-kitty",
        Protocol.KITTY,
        (9, 18),
    ),
    # As in VS Code and JupyterLab: the cell is 8.425 px wide.
    "xterm.js 6 with its image addon": Seen(
        b"\x1b[6;16;8t\x1b[4;640;1011t\x1b[?1;0;256S\x1b[?2;0;1011;640S\x1b[?2026;2$y\x1b[?62;4;9;22c",
        (120, 40, 0, 0),
        "xterm-256color",
        Protocol.SIXEL,
        (8, 16),
        truecolor=False,  # VS Code sets COLORTERM
    ),
    "GNOME Terminal, VTE 0.70": Seen(
        b"\x1b[4;630;900t\x1b[?1;1S\x1b[?2;1S\x1b[?2026;4$y\x1b[?65;1;9c",
        (100, 30, 0, 0),
        "xterm-256color",
        Protocol.HALFBLOCK,
        (9, 21),
        truecolor=False,  # it sets COLORTERM
    ),
    "Alacritty": Seen(
        b"\x1b[4;630;900t\x1b[?6c",
        (100, 30, 900, 630),
        "alacritty",
        Protocol.QUADRANT,
        (9, 21),
    ),
    # PuTTY's Unix face tells the kernel nonsense of pixels.
    "PuTTY": Seen(
        b"\x1b[4;522;736t\x1b[?6c",
        (120, 40, 14, 46),
        "xterm",
        Protocol.HALFBLOCK,
        (6, 13),
        truecolor=False,
    ),
    "st": Seen(b"\x1b[?6c", (120, 40, 840, 560), "st-256color", Protocol.HALFBLOCK, (7, 14), truecolor=False),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_real_terminals_answered_leads_to_what_they_show(name: str) -> None:
    seen = SEEN[name]
    assert is_complete(seen.answers)
    caps = choose(parse(seen.answers, Replies(asked=True, screen=seen.screen)), {"TERM": seen.term})
    assert (caps.protocol, (caps.cell_width, caps.cell_height)) == (seen.protocol, seen.cell)
    assert caps.truecolor is seen.truecolor


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm"}, True),  # PuTTY, and xterm over SSH
        ({"TERM": "st"}, True),
        ({"TERM": "screen"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "vt220"}, False),
        ({"TERM": "xterm-16color"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({}, False),
    ],
)
def test_256_colours_are_the_least_of_an_emulator(environ: dict[str, str], expected: bool) -> None:
    assert has_256_colours(environ) is expected


def test_cells_of_no_whole_number_of_pixels_fill_the_text_area() -> None:
    seen = SEEN["xterm.js 6 with its image addon"]
    caps = choose(parse(seen.answers, Replies(asked=True, screen=seen.screen)), {"TERM": seen.term})
    assert caps.pixels(120, 40) == (1011, 640)
    assert picture_size(60, 10, caps) == (506, 160)
    frame = encode(np.zeros((640, 1011, 3), np.uint8), 120, 40, caps, 1)
    assert (frame.columns, frame.rows, len(frame.parts)) == (120, 40, 0)
    halved = encode(np.zeros((640, 1011, 3), np.uint8), 120, 40, replace(caps, sixel_max=(600, 640)), 1)
    assert [(part.dx, part.dy) for part in halved.parts] == [(0, 0), (71, 0)]
    # Konsole tells the kernel of its border too.
    konsole = SEEN["Konsole 22.12"]
    known = Replies(asked=True, screen=konsole.screen)
    assert choose(parse(konsole.answers, known), {"TERM": konsole.term}).exact is None
