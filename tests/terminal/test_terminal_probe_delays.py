"""The probe at the other end of links of every kind: the right protocol, and nothing that is left to be typed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import pytest
from fixtures import fake_terminals as fake

from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.probe import QUESTIONS, QUESTIONS_IN_TMUX, probe

FOOT = fake.Behaviour("foot(1.13.1)", "?62;4;22c", cell=(8, 16), mode="2")
MOSH = fake.Behaviour("", "?62c")  # it answers for itself, and lets no pictures through

TERMINALS = {
    "kitty": (fake.KITTY_032, "xterm-kitty", Protocol.KITTY),
    "old kitty": (fake.KITTY_026, "xterm-kitty", Protocol.KITTY_DIRECT),
    "Ghostty": (fake.GHOSTTY, "xterm-ghostty", Protocol.KITTY),
    "WezTerm": (fake.WEZTERM, "xterm-256color", Protocol.SIXEL),
    "foot": (FOOT, "foot", Protocol.SIXEL),
    "xterm": (fake.XTERM, "xterm-256color", Protocol.SIXEL),
    "xterm without graphics": (fake.XTERM_PLAIN, "xterm-256color", Protocol.HALFBLOCK),
    "tmux": (fake.TMUX, "tmux-256color", Protocol.HALFBLOCK),
    "tmux with sixel": (fake.TMUX_SIXEL, "tmux-256color", Protocol.HALFBLOCK),
    "tmux in xterm": (replace(fake.TMUX, outside=fake.XTERM), "tmux-256color", Protocol.HALFBLOCK),
    "tmux in kitty": (replace(fake.TMUX, outside=fake.KITTY_032), "screen-256color", Protocol.KITTY),
    "tmux with sixel in kitty": (
        replace(fake.TMUX_SIXEL, outside=fake.KITTY_026),
        "tmux-256color",
        Protocol.SEXTANT,
    ),
    "tmux with sixel in xterm": (replace(fake.TMUX_SIXEL, outside=fake.XTERM), "tmux", Protocol.SIXEL),
    "mosh": (MOSH, "xterm-256color", Protocol.HALFBLOCK),
    "dumb": (fake.Behaviour(attributes=None), "dumb", Protocol.ASCII),
}
DELAYS = (0.0, 0.15, 1.5, None)
"""Seconds until the answers; None: they never come."""


@dataclass(frozen=True)
class Outcome:
    caps: Capabilities
    seconds: float
    typed: bytes
    written: bytes


def outcome(name: str, delay: float | None) -> Outcome:
    behaviour, term, _ = TERMINALS[name]
    behaviour = replace(behaviour, delay=delay or 0.0)
    if delay is None:
        behaviour = fake.MUTE
    environ = {"TERM": term, "COLORTERM": "truecolor", "LANG": "en_GB.UTF-8"}
    if delay and delay > 1:
        environ["SSH_TTY"] = "/dev/pts/9"  # links as slow as that are waited for longer
    with fake.running(behaviour) as terminal:
        start = time.monotonic()
        caps = probe(input_fd=terminal.fd, output_fd=terminal.fd, environ=environ)
        seconds = time.monotonic() - start
        fake.make_raw(terminal.fd)
        return Outcome(caps, seconds, terminal.pending(wait=0.1), bytes(terminal.written))


@cache
def outcomes() -> dict[tuple[str, float | None], Outcome]:
    """All of them at once: most of the time is waiting."""
    cases = [(name, delay) for name in TERMINALS for delay in DELAYS]
    with ThreadPoolExecutor(len(cases)) as pool:
        return dict(zip(cases, pool.map(lambda case: outcome(*case), cases), strict=True))


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("name", TERMINALS)
def test_the_right_protocol_is_found_and_nothing_is_typed(name: str, delay: float | None) -> None:
    found = outcomes()[name, delay]
    expected = TERMINALS[name][2]
    if delay is None and expected is not Protocol.ASCII:
        # Its TERM alone tells that these draw quadrants in any version.
        known = TERMINALS[name][1] in ("xterm-kitty", "xterm-ghostty", "foot")
        expected = Protocol.QUADRANT if known else Protocol.HALFBLOCK
    assert found.caps.protocol is expected
    assert found.typed == b""
    if name == "dumb":
        assert found.written == b"", "it would print the questions"
        return
    questions = QUESTIONS_IN_TMUX if "tmux" in name else QUESTIONS
    assert found.written.startswith(questions)
    assert found.written.count(QUESTIONS_IN_TMUX) == 1
    if delay is None:
        assert 1.9 < found.seconds < 6
        assert found.caps.round_trip_ms is None
    else:
        assert found.caps.round_trip_ms is not None
        assert found.caps.round_trip_ms >= 1e3 * delay
