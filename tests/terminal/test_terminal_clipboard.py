"""What is sent to put a text into the clipboard of the terminal outside."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from tuiqc.terminal.capabilities import Capabilities, Replies, TmuxFacts
from tuiqc.terminal.clipboard import MOST, clipboard_codes
from tuiqc.terminal.protocol_choice import choose

PLAIN = choose(Replies(), {})
TMUX = replace(PLAIN, multiplexer="tmux", answers=Replies(tmux=TmuxFacts(passthrough=True)))


def texts(codes: bytes | None) -> list[str]:
    assert codes is not None
    found = re.findall(rb"\x1b]52;c;([A-Za-z0-9+/=]*)\x1b", codes)
    return [base64.b64decode(one).decode("utf-8", "surrogateescape") for one in found]


@pytest.mark.parametrize("text", ["", "A1#7", "a\tb\nµ ␛", "10\udcb5M.tif", "x" * 40_000])
@pytest.mark.parametrize(("caps", "times"), [(PLAIN, 1), (TMUX, 2), (replace(TMUX, answers=Replies()), 1)])
def test_the_text_arrives(text: str, caps: Capabilities, times: int) -> None:
    codes = clipboard_codes(text, caps)
    assert texts(codes) == [text] * times
    assert codes is not None
    assert (b"\x1bPtmux;\x1b\x1b]52" in codes) == (times == 2)


def test_screen_gets_it_in_pieces() -> None:
    codes = clipboard_codes("y" * 1000, replace(PLAIN, multiplexer="screen"))
    assert codes is not None
    pieces = [piece.removesuffix(b"\x1b\\") for piece in codes.split(b"\x1bP")[1:]]
    assert max(map(len, pieces)) <= 300
    assert b"".join(pieces).startswith(b"\x1b]52;c;eXl5")


def test_what_is_too_long_is_not_sent() -> None:
    assert clipboard_codes("x" * MOST, PLAIN) is None
