"""What `tuiqc doctor` shows: what was found, why, what to set, what a picture costs, and a test image."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from textwrap import wrap

import numpy as np

from tuiqc.terminal.advice import advise
from tuiqc.terminal.capabilities import VARIABLE, Capabilities, Protocol, TmuxFacts
from tuiqc.terminal.palette import RGB
from tuiqc.terminal.protocols import picture_protocol
from tuiqc.terminal.protocols.picture_protocol import protocol_of
from tuiqc.text import printable

_TOLD = (
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TMUX",
    "STY",
    "SSH_CONNECTION",
    VARIABLE,
)
_BARS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 220, 0), (255, 0, 255), (0, 255, 255), (255, 255, 255))
_COLUMNS, _ROWS = 40, 12
_TEST_ID = 0x545143


def doctor_report(caps: Capabilities, environ: Mapping[str, str], width: int = 100) -> str:
    """The findings as lines of plain text, without escape codes; text from outside is made printable.

    Sentences are broken at `width` columns. What to set stands last: it stays in sight above the test image.
    """
    lines = [f"{name:<13} {printable(value)}" for name, value in _findings(caps)]
    told = [f"{name}={printable(environ[name])}" for name in _TOLD if environ.get(name)]
    lines += _listed("environment", told, "  ", width)
    lines += _listed("test image", costs(caps), ", ", width)
    lines += ["", "Why:"]
    for reason in caps.reasons:
        lines += _sentence(reason, "  - ", width)
    lines += ["", "What to set:", *_advice(caps, environ, width)]
    return "\n".join(lines)


def doctor_facts(caps: Capabilities, environ: Mapping[str, str]) -> dict[str, object]:
    """The same for programs: what was found, why, and what to set; values as JSON has them."""
    facts = caps.answers.tmux if caps.multiplexer == "tmux" else None
    return {
        "terminal": caps.terminal or None,
        "protocol": str(caps.protocol),
        "through_tmux": caps.passthrough,
        "multiplexer": caps.multiplexer or None,
        "outside_tmux": None if facts is None else _outside(facts),
        "round_trip_ms": caps.round_trip_ms,
        "cell": [caps.cell_width, caps.cell_height],
        "truecolor": caps.truecolor,
        "sixel": {"registers": caps.sixel_registers, "largest": caps.sixel_max} if _has_sixel(caps) else None,
        "synchronized": caps.synchronized,
        "environment": {name: environ[name] for name in _TOLD if environ.get(name)},
        "why": list(caps.reasons),
        "advice": [
            {"about": one.about, "finding": one.finding, "remedy": one.remedy}
            for one in advise(caps, environ)
        ],
    }


def _listed(name: str, words: list[str], between: str, width: int) -> list[str]:
    """Words in lines under a name, none broken."""
    lines = [f"{name:<13} "]
    for word in words:
        begun = lines[-1].strip() and len(lines[-1]) > 14
        if begun and len(lines[-1]) + 2 * len(between) + len(word) > width:
            lines[-1] += between.rstrip()
            lines.append(" " * 14)
            begun = False
        lines[-1] += (between if begun else "") + word
    return lines


def _findings(caps: Capabilities) -> list[tuple[str, str]]:
    answer = "no answer" if caps.round_trip_ms is None else f"{caps.round_trip_ms:.1f} ms"
    largest = (
        f"at most {caps.sixel_max[0]}x{caps.sixel_max[1]} px" if caps.sixel_max else "size limit not told"
    )
    facts = caps.answers.tmux if caps.multiplexer == "tmux" else None
    outside = [] if facts is None else [("outside tmux", _outside(facts))]
    return [
        ("terminal", caps.terminal or "unknown"),
        ("pictures by", f"{caps.protocol}{' through tmux' if caps.passthrough else ''}"),
        ("multiplexer", caps.multiplexer or "none"),
        *outside,
        ("round trip", answer),
        ("cell", f"{caps.cell_width}x{caps.cell_height} px"),
        ("text colours", "24-bit" if caps.truecolor else "256"),
        ("sixel", f"{caps.sixel_registers} colours, {largest}" if _has_sixel(caps) else "not offered"),
        ("synchronized", "yes" if caps.synchronized else "no"),
    ]


def _has_sixel(caps: Capabilities) -> bool:
    return caps.protocol is Protocol.SIXEL or 4 in (caps.answers.attributes or ())[1:]


def _outside(facts: TmuxFacts) -> str:
    words = [facts.client or "nothing", f"passthrough {'on' if facts.passthrough else 'off'}"]
    if facts.sixel is not None:
        words.append(f"sixel {'handed on' if facts.sixel else 'not handed on'}")
    return ", ".join(words)


def _advice(caps: Capabilities, environ: Mapping[str, str], width: int) -> list[str]:
    lines = []
    for one in advise(caps, environ):
        lines += _sentence(f"{one.about}: {one.finding}", "  - ", width)
        lines += _sentence(one.remedy, "    -> ", width)
    return lines or ["  nothing"]


def _sentence(text: str, start: str, width: int) -> list[str]:
    indent = " " * len(start)
    return wrap(
        printable(text),
        max(40, width),
        initial_indent=start,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def costs(caps: Capabilities) -> list[str]:
    """What the test image takes here in each protocol, in bytes and milliseconds of encoding."""
    found = []
    for protocol in Protocol:
        like = replace(caps, protocol=protocol, passthrough=False)
        picture = test_image(*picture_protocol.picture_size(_COLUMNS, _ROWS, like))
        picture_protocol.encode(picture, _COLUMNS, _ROWS, like, _TEST_ID)
        started = time.perf_counter()
        frame = picture_protocol.encode(picture, _COLUMNS, _ROWS, like, _TEST_ID)
        elapsed = (time.perf_counter() - started) * 1e3
        found.append(f"{protocol} {frame.nbytes / 1000:.1f} kB {elapsed:.1f} ms")
    return found


def test_image(width: int, height: int) -> RGB:
    """The test image, (height, width, 3) uint8: colour bars above, a grey wedge in the middle, round cells
    below.

    The bars are red, green, blue, yellow, magenta, cyan, white; the wedge runs from black to white; the
    outlines of the cells are yellow, the middle one's white and thicker.
    """
    rgb = np.zeros((height, width, 3), np.uint8)
    bars, wedge = height * 3 // 10, height * 5 // 10
    rgb[:bars] = np.array(_BARS, np.uint8)[np.arange(width) * len(_BARS) // width]
    rgb[bars:wedge] = (np.arange(width) * 255 // max(1, width - 1)).astype(np.uint8)[None, :, None]
    y, x = np.mgrid[: height - wedge, :width].astype(np.float32)
    radius = (height - wedge) * 0.36
    for number in range(5):
        centre = ((height - wedge) / 2, width * (2 * number + 1) / 10)
        distance = np.hypot(y - centre[0], x - centre[1])
        grey = 40 + 150 * np.clip(1 - distance / radius, 0, 1) ** 0.5
        inside = distance < radius
        lower = rgb[wedge:]
        lower[inside] = grey[inside].astype(np.uint8)[:, None]
        thick, colour = (2.5, (255, 255, 255)) if number == 2 else (1.2, (255, 220, 0))
        lower[np.abs(distance - radius) < thick] = colour
    return rgb


def print_test_image(caps: Capabilities, columns: int = _COLUMNS, rows: int = _ROWS) -> bytes:
    """Bytes for standard output that draw the test image below the cursor and leave the cursor under it."""
    picture = test_image(*picture_protocol.picture_size(columns, rows, caps))
    frame = picture_protocol.encode(picture, columns, rows, caps, _TEST_ID)
    return protocol_of(caps.protocol).print_here(frame, caps)
