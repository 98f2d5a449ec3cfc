"""The questions to a terminal and the grammar of its answers. Pure: bytes in, values out.

Sources: XTerm Control Sequences (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html) for DA1, XTVERSION,
XTWINOPS, XTSMGRAPHICS and DECRQM; the kitty graphics protocol for `a=q`; the synchronized output draft
(https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036) for mode 2026.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tuiqc.terminal.capabilities import Replies

_KITTY_QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"

QUESTIONS_IN_TMUX = b"".join(
    (
        b"\x1b[16t",  # cell size in pixels
        b"\x1b[14t",  # text area in pixels
        b"\x1b[?1;1;0S",  # sixel colour registers
        b"\x1b[?2;1;0S",  # largest sixel picture
        b"\x1b[?2026$p",  # synchronized output?
        b"\x1b[>q",  # name and version
        b"\x1b[c",  # device attributes: every terminal answers, and it answers in order
    )
)
"""tmux and GNU screen take what the kitty query is put in (APC) for the pane's title, and would keep it as that."""

QUESTIONS = _KITTY_QUESTION + QUESTIONS_IN_TMUX
"""All in one write. Once the last is answered, the others have been or never will be."""

_KITTY = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_VERSION = re.compile(rb"\x1bP>\|([^\x1b\x07\x9c]{0,200})(?:\x1b\\|\x07|\x9c)")
_CELL = re.compile(rb"\x1b\[6;(\d{1,5});(\d{1,5})t")
_AREA = re.compile(rb"\x1b\[4;(\d{1,5});(\d{1,5})t")
_REGISTERS = re.compile(rb"\x1b\[\?1;0;(\d{1,7})S")
_SIXEL_MAX = re.compile(rb"\x1b\[\?2;0;(\d{1,6});(\d{1,6})S")
_MODE = re.compile(rb"\x1b\[\?2026;([0-4])\$y")
_ATTRIBUTES = re.compile(rb"\x1b\[\?(\d{1,5}(?:;\d{0,5}){0,40})c")  # kitty: "?62;c"

_STRAY = re.compile(
    rb"\x1b_G[^\x1b]*\x1b\\|\x1bP>\|[^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\[[468];\d+;\d+t|\x1b\[\?[\d;]*S"
    rb"|\x1b\[\?\d+;\d+\$y|\x1b\[\?[\d;]*c"
)


def is_complete(received: bytes) -> bool:
    """Whether the answer to the last question is there."""
    return _ATTRIBUTES.search(received) is not None


def parse(received: bytes, known: Replies | None = None) -> Replies:
    """Read whatever answers are in `received`, in any order and with anything else between them.

    `known` gives the fields that do not come from answers. Answers that say "not supported" count as none.
    """
    version = _VERSION.search(received)
    kitty = _KITTY.search(received)
    mode = _MODE.search(received)
    registers = _number(_REGISTERS, received)
    attributes = _ATTRIBUTES.search(received)
    return replace(
        known or Replies(),
        attributes=tuple(int(part) for part in attributes[1].split(b";") if part) if attributes else None,
        kitty_ok=kitty is not None and kitty[1].strip() == b"OK",
        version=version[1].decode("utf-8", "replace").strip() if version else "",
        cell=_size(_CELL, received, height_first=True),
        text_area=_size(_AREA, received, height_first=True),
        registers=registers if registers and registers >= 2 else None,
        sixel_max=_size(_SIXEL_MAX, received, height_first=False),
        synchronized=mode is not None and mode[1] in b"123",
    )


def strip_replies(typed: bytes) -> bytes:
    """Input without late answers to `QUESTIONS`; keys and mouse reports stay."""
    return _STRAY.sub(b"", typed)


def _number(pattern: re.Pattern[bytes], received: bytes) -> int | None:
    found = pattern.search(received)
    return int(found[1]) if found else None


def _size(pattern: re.Pattern[bytes], received: bytes, *, height_first: bool) -> tuple[int, int] | None:
    """(width, height) if both are above zero."""
    found = pattern.search(received)
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    if not first or not second:
        return None
    return (second, first) if height_first else (first, second)
